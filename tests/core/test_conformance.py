"""The conformance kit: our modules and the example keep the contract, and each way of breaking it is named."""

import importlib
from importlib.metadata import entry_points
from types import SimpleNamespace

import pytest
from peewee import CharField

from youthpilot.core import OrganizationRow, Plugin, hookimpl
from youthpilot.core.registry import ENTRY_POINTS
from youthpilot.core.testing import assert_plugin_contract, plugin_faults
from youthpilot.plugins.figures import Indicator, Records
from youthpilot.plugins.importing import Column, Counts, Importer
from youthpilot.plugins.reports import ReportSection

SHIPPED = sorted(point.value for point in entry_points(group=ENTRY_POINTS) if point.value.startswith("youthpilot.plugins."))


@pytest.mark.parametrize("name", SHIPPED)
def test_the_modules_that_we_ship_keep_the_contract(name, home):
    module = importlib.import_module(name)
    others = [importlib.import_module(f"youthpilot.plugins.{needed}") for needed in module.PLUGIN.depends_on]
    assert_plugin_contract(module, tuple(others))


def test_study_and_ledger_are_among_them():
    assert {"youthpilot.plugins.study", "youthpilot.plugins.ledger"} <= set(SHIPPED)


def test_the_one_file_module_keeps_the_contract(example_module, home):
    assert_plugin_contract(example_module)


def module(**hooks):
    return SimpleNamespace(__name__="toy", __file__="", PLUGIN=Plugin("toy", "玩具", requires="2"), **{k: hookimpl(v) for k, v in hooks.items()})


def indicator(key="toy.times", kind="flow", **more):
    given = {"title": "人次", "unit": "人次", "definition": "之和", "records": lambda ctx, ids: Records(("甲",), [])} | more
    return Indicator(key, given.pop("title"), given.pop("unit"), kind, given.pop("definition"), **given)


def declaring(**more):
    return module(register_indicators=lambda: [indicator(**more)])


def section(compose):
    return module(register_report_sections=lambda: [ReportSection("toy.part", "service", "玩具", 1, compose)])


def importing(column):
    kept = {"row_key": lambda values: None, "judge": lambda row, lookups: None, "apply": lambda batch, rows, lookups, options: Counts()}
    return module(register_importers=lambda: [Importer("toy_rows", "玩具", (column,), permission="toy.read", **kept)])


BROKEN = {
    "no template": (importing(Column("name", "名称", help="\ud800")), "Column.help: expected text, got the character U+D800"),
    "prefix": (declaring(key="other.times"), "must begin with 'toy.'"),
    "English title": (declaring(title="visits"), "write it in Chinese"),
    "no definition": (declaring(definition=""), "say in `definition`"),
    "no records": (declaring(compute=lambda ctx: [], records=None), "`records` must list them"),
    "invents a zero": (declaring(compute=lambda ctx: [(1, 0)]), "blank is not zero"),
    "raises": (declaring(compute=lambda ctx: 1 / 0), "ZeroDivisionError"),
    "sum of persons": (declaring(kind="distinct", compute=lambda ctx: [], items=lambda ctx: []), "would count twice"),
    "claim of nothing": (declaring(kind="claim", claim=lambda f: True), "claim_needs"),
    "section raises": (section(lambda report: 1 / 0), "raises when no figure is there"),
    "panel raises": (module(county_panels=lambda county, period, today: 1 / 0), "county_panels raises"),
    "check raises": (module(county_period_problems=lambda county, period: 1 / 0), "county_period_problems raises"),
    "migration fails": (module(register_migrations=lambda: {"0001_x": ["CREATE NONSENSE"]}), "migrations failed"),
    "table without a model": (module(register_migrations=lambda: {"0001_x": ["CREATE TABLE toy_left (id INTEGER)"]}), "has no model"),
    "stays enabled in part": (module(county_enabled=lambda county: None, register_blueprints=lambda: [_open_blueprint()]), "declares no policy"),
}


def _open_blueprint():
    from flask import Blueprint

    made = Blueprint("toy", "toy")
    made.add_url_rule("/toy", "page", lambda: "open to everybody")
    return made


@pytest.mark.parametrize("case", BROKEN, ids=str)
def test_each_break_is_named(case, home):
    broken, says = BROKEN[case]
    assert any(says in fault for fault in plugin_faults(broken)), plugin_faults(broken)


def test_a_model_without_its_table_or_with_loose_keys_is_named(home):
    class Loose(OrganizationRow):
        name = CharField(max_length=20)

        class Meta:
            table_name = "toy_loose"
            indexes = ((("name",), True),)

    found = plugin_faults(module(register_models=lambda: [Loose]))
    assert "missing table toy_loose" in " ".join(found) and "unique keys begin with county" in " ".join(found)


def test_records_under_the_wrong_number_of_headings_are_named(example_module, home, monkeypatch):
    broken = SimpleNamespace(**{k: v for k, v in vars(example_module).items() if not k.startswith("__")}, __name__="library", __file__="")
    right = example_module.visit_records

    def wrong(ctx, ids):
        return Records(("日期",), right(ctx, ids).query)

    declared = Indicator("library.visitors", "借阅", "人次", "flow", "之和", compute=example_module.visitors, records=wrong)
    broken.register_indicators = hookimpl(lambda: [declared])
    assert "records give 2 columns under 1 headings" in " ".join(plugin_faults(broken))
