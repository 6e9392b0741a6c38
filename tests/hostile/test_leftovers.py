"""What a refused module leaves behind: nothing. Its models are closed until it is accepted; what the host is called is taken."""

from types import SimpleNamespace

import pytest
from peewee import CharField, ForeignKeyField

from youthpilot.core import Organization, OrganizationRow, Plugin, hookimpl
from youthpilot.core.accounts.models import User
from youthpilot.core.cli import assemble, cli
from youthpilot.core.kernel.db import COUNTY_TABLES
from youthpilot.core.kernel.errors import ScopeError
from youthpilot.core.kernel.i18n import words
from youthpilot.core.kernel.scope import county_scope, scoped, unscoped
from youthpilot.core.plugin import NAME, RESERVED
from youthpilot.core.registry import Registry


def made(table="left_row"):
    """A model class of a module's."""

    class Row(OrganizationRow):
        name = CharField()
        far = ForeignKeyField(Organization, backref="left_rows", null=True)

        class Meta:
            table_name = table

    return Row


def module(model, **hooks):
    @hookimpl
    def register_models():
        return [model]

    marked = {name: hookimpl(function) for name, function in hooks.items()}
    return SimpleNamespace(__name__="left", __file__="", PLUGIN=Plugin("left", "剩下", requires="2"), register_models=register_models, **marked)


def ways(row, county):
    """Every way to touch its rows."""
    return [
        lambda: list(row.select()),
        lambda: list(row.alias().select()),
        lambda: list(Organization.select().join(row, on=(row.id > 0))),
        lambda: row.create(county=county, organization=1, name="x"),
        lambda: row.insert_many([{"county": county.id, "organization": 1, "name": "x"}]).execute(),
        lambda: row.update(name="y").execute(),
        lambda: row.delete().execute(),
    ]


def test_a_model_is_closed_until_its_module_is_accepted_and_again_when_it_is_refused(county):
    row = made()
    assert "left_row" not in COUNTY_TABLES and not hasattr(Organization, "left_rows")
    for scope in (scoped(county_scope(county)), unscoped("the wall")):
        with scope:
            for way in ways(row, county):
                with pytest.raises(ScopeError, match="its module is not accepted"):
                    way()
    registry = Registry()
    assert registry.add(module(row)) and COUNTY_TABLES["left_row"] is row and row in Organization._meta.model_backrefs
    registry.refuse("left", RuntimeError("later"))
    assert "left_row" not in COUNTY_TABLES and not hasattr(Organization, "left_rows") and not Organization._meta.model_backrefs.get(row)
    with scoped(county_scope(county)):
        for way in ways(row, county):
            with pytest.raises(ScopeError, match="its module is not accepted"):
                way()


def test_a_class_with_a_table_of_cores_stops_nothing(county):
    registry, row = Registry(), made("core_user")
    assert "core_user" not in COUNTY_TABLES and User.select().count() == 0  # the class alone, with no scope, as at the sign-in
    assert not registry.add(module(row)) and "must begin with 'left_'" in registry.failures[0].reason
    assert "core_user" not in COUNTY_TABLES
    with scoped(county_scope(county)):
        assert Organization.get().name and not Organization._meta.model_backrefs.get(row)


def test_a_refused_module_takes_no_model_of_core_or_of_another_with_it(county):
    registry, row = Registry(), made()
    assert registry.add(module(row))
    for taken in (Organization, row):
        thief = SimpleNamespace(
            __name__="thief", __file__="", PLUGIN=Plugin("thief", "拿走", requires="2"), register_models=hookimpl(lambda t=taken: [t])
        )
        assert not registry.add(thief) and "must begin with 'thief_'" in registry.failures[-1].reason
    with scoped(county_scope(county)):
        assert Organization.get().name and list(row._meta.model_refs) and COUNTY_TABLES["left_row"] is row
    registry.refuse("left", RuntimeError("later"))


def test_the_words_of_a_refused_module_are_gone(tmp_path):
    folder = tmp_path / "zh_Hans_CN" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "left.po").write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "left behind"\nmsgstr "剩下的话"\n')
    registry, _ = Registry(), words("left").gettext
    taken = module(made(), register_translations=lambda: str(tmp_path))
    assert registry.add(taken) and _("left behind") == "剩下的话"
    registry.refuse("left", RuntimeError("later"))
    assert _("left behind") == "left behind"
    broken = module(made(), register_translations=lambda: str(tmp_path), register_indicators=lambda: 5)
    assert not registry.add(broken) and _("left behind") == "left behind"


def test_what_the_host_is_called_is_taken(db, registry):
    """Compared with the application: a page or a command that comes later has to be added to the list."""
    from youthpilot.core.app import create_app
    from youthpilot.core.web.policies import routes

    app = create_app(registry=Registry(), TESTING=True)
    called = {part for rule, _method, endpoint in routes(app) for part in (rule.strip("/").split("/")[0], endpoint.split(".")[0])}
    assemble("platform")
    called |= {name for name in cli.commands if name not in registry.loaded}
    called |= {name.partition("/")[0] for name in app.jinja_loader.list_templates()}
    assert {name for name in called if NAME.match(name)} <= RESERVED
    assert not RESERVED & set(registry.loaded)
