"""The real application with a module that need not be installed: a county, two townships, its people; browsers that bring the token."""

import re
from types import SimpleNamespace
from typing import Any

from argon2 import PasswordHasher

from youthpilot.core import Organization, county_scope, scoped
from youthpilot.core.accounts import passwords
from youthpilot.core.accounts.services import create_user, grant_role
from youthpilot.core.app import create_app
from youthpilot.core.counties.services import county_registry, enable
from youthpilot.core.kernel.db import database
from youthpilot.core.kernel.engines import open_database
from youthpilot.core.kernel.keyfiles import make_keys
from youthpilot.core.migrating import upgrade
from youthpilot.core.organizations import services as organizations
from youthpilot.core.organizations.founding import create_county
from youthpilot.core.registry import Registry

PASSWORD = "green-river-7-boats"
PLACES = {"柳河镇": ("002", "", "township"), "双桥镇": ("003", "", "township"), "河湾村": ("002001", "柳河镇", "village")}
PEOPLE = {
    "admin": ("周敏", "county_admin", ""),
    "second": ("何颖", "county_admin", ""),
    "town": ("韩雪", "reporter", "柳河镇"),
    "other": ("刘洋", "reporter", "双桥镇"),
    "viewer": ("任远", "viewer", ""),
}


def site(home: Any, module: Any, url: str = "") -> Any:
    """(generator) 试验县 with the module enabled and the whole county in scope: app, county, places, registry, enter(name). url: another engine."""
    before = passwords.set_hasher(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    registry = Registry().load_installed()
    name = module.PLUGIN.name
    if name not in registry.loaded:
        assert registry.add(module, name), registry.failures
    make_keys()
    open_database(url or f"sqlite:///{home / 'youthpilot.db'}")
    database.connect(reuse_if_open=True)
    upgrade(registry)
    county = create_county("test", "试验县")
    places: dict[str, int] = {}
    with scoped(county_scope(county)):
        places[""] = Organization.get(Organization.parent.is_null()).id
        for short, (code, parent, kind) in PLACES.items():
            org_type = "branch" if kind == "village" else "committee"
            values = {"code": code, "name": f"{short}团委", "short_name": short, "kind": kind, "org_type": org_type, "parent": places[parent]}
            places[short] = organizations.create(county.id, values).id
        enable(registry, county, name, "周敏")
    for user, (title, role, place) in PEOPLE.items():
        grant_role(create_user(user, title, PASSWORD, must_change=False), role, county, places[place])
    app = create_app(registry, TESTING=False)
    database.connect(reuse_if_open=True)
    browsers: dict[str, Browser] = {}

    def enter(who: str) -> "Browser":
        if who not in browsers:
            browsers[who] = Browser(app, who)
        return browsers[who]

    with scoped(county_scope(county)):
        yield SimpleNamespace(
            app=app, county=county, places=places, registry=registry, enter=enter, narrowed=lambda: county_registry(registry, county)
        )
    database.close()
    passwords.set_hasher(before)


class Browser:
    """A signed-in person inside the county."""

    def __init__(self, app: Any, name: str) -> None:
        self.client = app.test_client()
        page = self._ask("GET", "/login").get_data(as_text=True)
        answer = self._ask("POST", "/login", {"csrf_token": token_of(page), "username": name, "password": PASSWORD})
        assert answer.status_code == 303, answer.get_data(as_text=True)

    def _ask(self, method: str, path: str, data: Any = None) -> Any:
        """The request runs in a context of its own, as in a worker: without the test's scope, and with the connection put back after it."""
        import contextvars

        answer = contextvars.Context().run(lambda: self.client.open(path, method=method, data=data))
        database.connect(reuse_if_open=True)
        return answer

    def get(self, path: str, status: int = 200) -> str:
        """The page's text."""
        answer = self._ask("GET", "/c/test" + path)
        text = str(answer.get_data(as_text=True))
        assert answer.status_code == status, f"{answer.status_code} {answer.headers.get('Location')} {text_of(text)[-1500:]}"
        return text

    def post(self, path: str, status: int = 302, **fields: Any) -> str:
        """Send a form; the page it answers with, followed once when it leads on."""
        token = token_of(self._ask("GET", "/c/test/account/").get_data(as_text=True))
        answer = self._ask("POST", "/c/test" + path, {"csrf_token": token, **fields})
        text = str(answer.get_data(as_text=True))
        assert answer.status_code == status, f"{answer.status_code} {answer.headers.get('Location')} {text_of(text)[-1500:]}"
        if status in (302, 303):
            return str(self._ask("GET", answer.headers["Location"]).get_data(as_text=True))
        return text

    def fetch(self, path: str, status: int = 200) -> bytes:
        """What a download holds."""
        answer = self._ask("GET", "/c/test" + path)
        assert answer.status_code == status, answer.status_code
        return bytes(answer.get_data())


def token_of(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found, page[-800:]
    return found[1]


def text_of(html: str) -> str:
    """What a reader sees of the main part."""
    html = re.sub(r"<script.*?</script>|<svg.*?</svg>", " ", (re.search(r"<main.*?</main>", html, re.S) or [html])[0], flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def errors(html: str) -> dict[str, str]:
    """field → what is said at it."""
    found = re.findall(r'<p class="yp-msg yp-msg-bad" id="([\w]+)-why">(.*?)</p>', html, re.S)
    return {field: re.sub(r"<[^>]+>", "", re.sub(r"<svg.*?</svg>", "", text, flags=re.S)).strip() for field, text in found}


def chinese_only(html: str) -> None:
    """Fail if an English word stands on the page; names of formats are allowed."""
    words = set(re.findall(r"[A-Za-z]{3,}", re.sub(r"&[a-z]+;", " ", text_of(html)))) - {"Word", "Excel", "PDF", "CSV"}
    assert not words, words


def proves(*ids: str) -> Any:
    """Mark a test as the one that sees these numbered checks of a module's README."""

    def mark(function: Any) -> Any:
        function.proves = ids
        return function

    return mark


def proven(*modules: Any) -> set[str]:
    """All ids that the tests of these modules prove."""
    return {i for module in modules for f in vars(module).values() for i in getattr(f, "proves", ())}


def marked(folder: Any, letter: str) -> set[str]:
    """All ids that `proves` marks in the test files of a folder."""
    lines = re.findall(r"^@proves\((.*)\)$", "\n".join(p.read_text(encoding="utf-8") for p in folder.glob("test_*.py")), re.M)
    return {i for line in lines for i in re.findall(rf'"({letter}\d+)"', line)}


def documented(readme: Any, letter: str) -> set[str]:
    """All ids that a README lists in its table."""
    return set(re.findall(rf"^\| ({letter}\d+) \| [EW] \|", readme.read_text(encoding="utf-8"), re.M))
