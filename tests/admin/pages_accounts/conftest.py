"""The real application on a fresh database: a county with a township and a village, and one user per role."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from argon2 import PasswordHasher

from youthpilot.core.accounts import passwords
from youthpilot.core.accounts.models import User
from youthpilot.core.accounts.services import create_user, grant_role
from youthpilot.core.app import create_app
from youthpilot.core.counties.models import County
from youthpilot.core.counties.services import enable
from youthpilot.core.kernel.db import database
from youthpilot.core.kernel.engines import open_database
from youthpilot.core.kernel.keyfiles import make_keys
from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.core.migrating import upgrade
from youthpilot.core.organizations import services
from youthpilot.core.organizations.founding import create_county
from youthpilot.core.organizations.models import Organization
from youthpilot.core.registry import Registry

GOOD = "green-river-7-boats"


@dataclass
class World:
    """What the tests act upon."""

    app: Any
    registry: Any
    county: County
    other: County
    township: Organization
    users: dict[str, User]

    def client(self, username: str = "", password: str = GOOD) -> "Browser":
        """A browser, signed in as `username` unless it is ''."""
        browser = Browser(self.app.test_client())
        if username:
            answer = browser.post("/login", username=username, password=password)
            assert answer.status_code == 303, answer.text
        return browser


class Browser:
    """A test client that brings the page's token with every form."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def get(self, path: str) -> Any:
        return self.client.get(path)

    def post(self, path: str, page: str = "", **fields: Any) -> Any:
        """Send a form with the token of `page` (default: the sign-in page on the same side)."""
        return self.client.post(path, data={"csrf_token": self.token(page), **fields})

    def token(self, page: str = "") -> str:
        for address in [page] if page else ["/account/", "/c/test/account/", "/c/next/account/", "/login", "/"]:
            found = re.search(r'name="csrf_token" value="([^"]+)"', self.client.get(address).text)
            if found:
                return found[1]
        raise AssertionError("no page gives a token")


@pytest.fixture(scope="session", autouse=True)
def cheap_hasher():
    """Hashes that cost nothing."""
    before = passwords.set_hasher(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    yield
    passwords.set_hasher(before)


@pytest.fixture(scope="session")
def built(tmp_path_factory, cheap_hasher):
    """The installation is built once; every test works on a copy of it. (home, application, registry, ids of the world)."""
    folder = tmp_path_factory.mktemp("pages")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YOUTHPILOT_HOME", str(folder))
        patch.setenv("YOUTHPILOT_TODAY", "2023-07-03")
        patch.delenv("DATABASE_URL", raising=False)
        make_keys()
        registry = Registry().load_installed()
        open_database(f"sqlite:///{folder / 'youthpilot.db'}")
        database.connect(reuse_if_open=True)
        upgrade(registry)
        rows = _fill(registry)
        database.execute_sql("pragma wal_checkpoint(truncate)")
        database.close()
        return folder, create_app(registry), registry, rows


def _fill(registry: Registry) -> dict[str, Any]:
    county, other = create_county("test", "试验县"), create_county("next", "第二县")
    with scoped(county_scope(county)):
        root = Organization.get(Organization.parent.is_null())
        values = {"code": "002", "name": "共青团柳河镇委员会", "short_name": "柳河镇", "kind": "township", "org_type": "committee"}
        township = services.create(county.id, {**values, "parent": root.id})
        enable(registry, county, "study", "周敏")
    places = {
        "admin": (county, "county_admin", None),
        "second": (county, "county_admin", None),
        "reporter": (county, "reporter", township.id),
        "viewer": (county, "viewer", root.id),
        "stranger": (other, "county_admin", None),
        "platform": (None, "platform_admin", None),
    }
    users = {}
    for name, (place, role, root_id) in places.items():
        users[name] = create_user(name, f"用户{len(users)}", GOOD, must_change=False)
        grant_role(users[name], role, place, root_id)
    return {"county": county, "other": other, "township": township, "users": users}


@pytest.fixture
def world(built, home) -> Iterator[World]:
    """试验县 with the study module on, 第二县 beside it."""
    folder, app, registry, rows = built
    shutil.copytree(folder, home, dirs_exist_ok=True)
    open_database(f"sqlite:///{home / 'youthpilot.db'}")
    failures = list(registry.failures)
    yield World(app, registry, **{**rows, "users": dict(rows["users"])})
    registry.failures[:] = failures
    database.close()


def chinese_only(html: str) -> None:
    """Fail if an English word of an interface stands on the page (latin words that data hold are allowed)."""
    main = re.search(r"<main.*?</main>", html, re.S)  # the menu holds other people's pages
    html = main[0] if main else html
    text = re.sub(r"<script.*?</script>|<style.*?</style>|<[^>]+>", " ", html, flags=re.S)
    text = re.sub(r"&[a-z]+;", " ", text)
    words = set(re.findall(r"[A-Za-z][a-z]{3,}", text)) - {
        "admin",
        "second",
        "reporter",
        "viewer",
        "stranger",
        "platform",
        "http",
        "welcome",
        "localhost",
        "test",
        "next",
        "newbie",
    }
    assert not words, words
