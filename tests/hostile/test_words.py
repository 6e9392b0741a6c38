"""Two modules whose catalogues write other Chinese for the host's words and for each other's: each changes its own page and messages only."""

import re
from types import SimpleNamespace

import pytest
from argon2 import PasswordHasher
from flask import flash, redirect

from youthpilot.admin import ModuleView, expose
from youthpilot.core import Permission, Plugin, hookimpl, scoped, words
from youthpilot.core.accounts import passwords
from youthpilot.core.accounts.services import create_user, grant_role
from youthpilot.core.app import create_app
from youthpilot.core.kernel.scope import county_scope
from youthpilot.core.registry import Registry
from youthpilot.core.testing import installation, make_county

PASSWORD = "green-river-7-boats"
PAGE = "{% extends 'yp/base.html' %}{% import 'yp/macros.html' as m with context %}{% block body %}<p>{{ _('Sign out') }}·{{ _('Fly') }}·{{ _('Sail') }}</p>{% endblock %}"
CHINESE = {"kite": {"Sign out": "收线", "Fly": "放飞", "Settings": "线轴"}, "boat": {"Sign out": "靠岸", "Fly": "启航", "Sail": "扬帆"}}


def module(name, folder):
    """A module with a page, a message and words of its own."""
    _, _l, _ngettext = words(name)
    (folder / "templates" / name).mkdir(parents=True)
    (folder / "templates" / name / "page.html").write_text(PAGE, encoding="utf-8")
    catalogue = folder / "translations" / "zh_Hans_CN" / "LC_MESSAGES"
    catalogue.mkdir(parents=True)
    entries = [f'msgid "{message}"\nmsgstr "{text}"\n' for message, text in CHINESE[name].items()]
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n'
    (catalogue / f"{name}.po").write_text("\n".join([head, *entries]), encoding="utf-8")

    class Page(ModuleView):
        name, slug, permission_read = _l("Fly"), "page", f"{folder.name}.see"

        @expose("/")
        def index(self):
            return self.render(f"{self.plugin}/page.html")

        @expose("/act", methods=("POST",))
        def act(self):
            flash(_("Sign out"))
            return redirect(self.get_url(".index"))

    hooks = {
        "register_translations": lambda: str(folder / "translations"),
        "register_permissions": lambda: [Permission(f"{name}.see", "看", roles=("county_admin",))],
        "register_admin_views": lambda: [Page],
    }
    card = Plugin(name, f"{name}模块", requires="2", icon="file")
    return SimpleNamespace(__name__=name, __file__=str(folder / "__init__.py"), PLUGIN=card, **{k: hookimpl(v) for k, v in hooks.items()})


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """Signed in to a county that has both modules; (get, post, application)."""
    folder, before = tmp_path_factory.mktemp("own"), passwords.set_hasher(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    (folder / "home").mkdir()
    registry = Registry()
    for name in CHINESE:
        assert registry.add(module(name, folder / name)), registry.failures
    with installation(folder / "home", registry):
        county = make_county(registry, enable=tuple(CHINESE))
        with scoped(county_scope(county)):
            grant_role(create_user("zhou", "周敏", PASSWORD, must_change=False), "county_admin", county)
        app = create_app(registry=registry, TESTING=True, WTF_CSRF_ENABLED=False)
        assert registry.failures == []
        client = app.test_client()
        assert client.post("/login", data={"username": "zhou", "password": PASSWORD}).status_code == 303
        yield client
    passwords.set_hasher(before)
    for name in CHINESE:
        registry.refuse(name, RuntimeError("the test is over"))


def test_each_page_and_message_speaks_its_own_words_and_the_frame_the_hosts(browser):
    for name, own in (("kite", "收线·放飞·Sail"), ("boat", "靠岸·启航·扬帆")):
        assert browser.post(f"/c/test/{name}/page/act").status_code == 302
        page = browser.get(f"/c/test/{name}/page/").text
        assert f"<p>{own}</p>" in page
        told = re.findall(r'<div class="alert alert-[a-z]+".*?</div>', page, re.S)
        assert CHINESE[name]["Sign out"] in "".join(told)
        frame = re.sub(r"<main.*?</main>", "", page, flags=re.S)
        assert "退出" in frame and "设置" in frame and "放飞" in frame and "启航" in frame  # the entries of the menu are each module's
        assert not re.search("收线|靠岸|线轴", frame.replace("".join(told), ""))


def test_the_hosts_pages_say_what_they_said(browser):
    for address in ("/c/test/", "/c/test/settings/", "/c/test/account/", "/c/test/periods/"):
        page = browser.get(address).text
        assert "退出" in page and not re.search("收线|靠岸|线轴", page)
