"""The real application on a fresh database: a county of two townships, three villages and a school; the half-year is open."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from argon2 import PasswordHasher

from youthpilot.core.accounts import passwords
from youthpilot.core.accounts.services import create_user, grant_role
from youthpilot.core.app import create_app
from youthpilot.core.counties.models import County
from youthpilot.core.counties.services import county_registry, enable
from youthpilot.core.kernel.db import database
from youthpilot.core.kernel.engines import open_database
from youthpilot.core.kernel.keyfiles import make_keys
from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.core.migrating import upgrade
from youthpilot.core.organizations import services
from youthpilot.core.organizations.founding import create_county
from youthpilot.core.organizations.models import Organization
from youthpilot.core.periods.acting import Clerk
from youthpilot.core.periods.models import Period, Submission
from youthpilot.core.periods.opening import open_period
from youthpilot.core.registry import Registry
from youthpilot.plugins.figures.models import Evidence, FigureEntry
from youthpilot.plugins.ledger.services import Definition, define_figure

GOOD = "green-river-7-boats"
TEXT = "上半年，柳河镇团委依托镇文化广场青年之家组织集中学习。" * 6
ACTS, CLASSES = "ledger.acts", "ledger.classes"
MEMBERS = "organizations.members"
PLACES = {
    "柳河镇": ("002", "", "township", "committee", None),
    "河湾村": ("002001", "柳河镇", "village", "branch", 12),
    "小街村": ("002002", "柳河镇", "village", "branch", 8),
    "双桥镇": ("003", "", "township", "committee", None),
    "东王村": ("003001", "双桥镇", "village", "branch", 20),
    "第一小学": ("004", "", "school", "branch", 5),
}
USERS = {
    "zhou": ("county_admin", ""),
    "he": ("county_admin", ""),
    "han": ("reporter", "柳河镇"),
    "liu": ("reporter", "双桥镇"),
    "wan": ("reporter", "河湾村"),
    "shen": ("reviewer", "柳河镇"),
    "kan": ("viewer", ""),
}


@dataclass
class World:
    """What the tests act upon."""

    app: Any
    county: County
    places: dict[str, int]

    def enter(self, username: str) -> "Browser":
        """A browser, signed in."""
        browser = Browser(self.app.test_client(), self)
        page = browser.client.get("/login").text
        answer = browser.client.post("/login", data={"csrf_token": token_of(page), "username": username, "password": GOOD})
        assert answer.status_code == 303, answer.text
        return browser

    def inside(self) -> Any:
        """The whole county in scope."""
        return scoped(county_scope(self.county))

    def submission(self, place: str) -> Submission | None:
        with self.inside():
            return Submission.get_or_none(Submission.organization == self.places[place])

    def entry(self, place: str, key: str, code: str = "2023H1") -> FigureEntry | None:
        with self.inside():
            return FigureEntry.get_or_none(
                (FigureEntry.organization == self.places[place]) & (FigureEntry.key == key) & (FigureEntry.period == Period.get(Period.code == code))
            )

    def evidence(self) -> list[Evidence]:
        with self.inside():
            return list(Evidence.select().order_by(Evidence.id))

    def periods(self) -> list[Period]:
        with self.inside():
            return list(Period.select())

    def period(self, code: str = "2023H1") -> Period:
        with self.inside():
            return Period.get(Period.code == code)


class Browser:
    """A test client inside the county that brings the token with every form."""

    def __init__(self, client: Any, world: World) -> None:
        self.client, self.world = client, world

    def get(self, path: str) -> Any:
        return self.client.get("/c/test" + path)

    def post(self, path: str, data: Any = None, **fields: Any) -> Any:
        """Send a form; flashes stay for the next page."""
        token = token_of(self.client.get("/c/test/account/").text)
        return self.client.post("/c/test" + path, data={"csrf_token": token, **(data or {}), **fields}, content_type=None)

    def form(self, place: str, **more: Any) -> dict[str, Any]:
        """The fields that every page of a form carries, `more` with keys v_acts → v:ledger.acts."""
        page = self.get(f"/fill/?organization={self.world.places[place]}").text
        found = {"organization": self.world.places[place], "period": "2023H1", "version": re.search(r'name="version" value="(\d+)"', page)[1]}
        found["k"] = re.findall(r'name="k" value="([^"]+)"', page)
        names = {"acts": ACTS, "classes": CLASSES, "members": MEMBERS}
        for name, value in more.items():
            part, _, short = name.partition("_")
            found[f"{part}:{names.get(short, short)}"] = value
        return found

    def check(self, place: str, **more: Any) -> Any:
        """Press 检查并提交 with a text of the right length, unless `more` has another."""
        fields = self.form(place, **more)
        return self.post("/fill/submit", {"t:practice": TEXT, **fields})

    def submit(self, place: str, **more: Any) -> Any:
        """Check, then send what the page before shows; the first answer if it was refused."""
        answer = self.check(place, **more)
        if answer.status_code != 303:
            return answer
        page = self.client.get(answer.location).text
        return self.post("/fill/send", sending(page))

    def told(self) -> str:
        """The messages on the next page."""
        return text_of("".join(re.findall(r'<div class="alert alert-[a-z]+".*?</div>', self.get("/board/").text, re.S)))


def sending(page: str) -> dict[str, str]:
    """The fields with which the page before sending is agreed to."""
    names = ("organization", "period", "version", "seen")
    return {n: re.search(rf'name="{n}" value="([^"]*)"', page.split("/fill/send")[1])[1] for n in names}


def token_of(page: str) -> str:
    return re.search(r'name="csrf_token" value="([^"]+)"', page)[1]


def text_of(html: str) -> str:
    """What a reader sees of the main part."""
    html = re.sub(r"<script.*?</script>|<svg.*?</svg>", " ", (re.search(r"<main.*?</main>", html, re.S) or [html])[0], flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """Built once; every test works on a copy. (home, application, county, places)."""
    before = passwords.set_hasher(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    folder = tmp_path_factory.mktemp("periods")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YOUTHPILOT_HOME", str(folder))
        patch.setenv("YOUTHPILOT_TODAY", "2023-07-03")
        patch.delenv("DATABASE_URL", raising=False)
        make_keys()
        registry = Registry().load_installed()
        open_database(f"sqlite:///{folder / 'youthpilot.db'}")
        database.connect(reuse_if_open=True)
        upgrade(registry)
        county, places = _fill(registry)
        database.execute_sql("pragma wal_checkpoint(truncate)")
        database.close()
        yield folder, create_app(registry), county, places
    passwords.set_hasher(before)


def _fill(registry: Registry) -> tuple[County, dict[str, int]]:
    county = create_county("test", "试验县")
    create_county("next", "第二县")
    with scoped(county_scope(county)):
        places = {"": Organization.get(Organization.parent.is_null()).id}
        for name, (code, parent, kind, org_type, members) in PLACES.items():
            values = {"code": code, "name": f"{name}团委", "short_name": name, "kind": kind, "org_type": org_type, "member_count": members}
            stage = {"school_stage": "primary"} if kind == "school" else {}
            places[name] = services.create(county.id, {**values, **stage, "parent": places[parent]}).id
        enable(registry, county, "ledger", "周敏")
        asked = ("township", "village", "school")
        define_figure("flow", Definition("主题团日", "次", "开展主题团日的次数", 0, asked), date(2022, 1, 1), "周敏", slug="acts")
        define_figure("flow", Definition("团课", "节", "团课节数", 1, ("township",)), date(2022, 1, 1), "周敏", slug="classes")
        open_period(county, "2023H1", date(2023, 6, 30), county_registry(registry, county), Clerk("周敏"))
    for n, (name, (role, place)) in enumerate(USERS.items()):
        grant_role(create_user(name, f"用户{n}", GOOD, must_change=False), role, county, places[place])
    return county, places


@pytest.fixture
def world(built, home) -> Iterator[World]:
    """试验县 with 2023H1 open since 30 June; the day is 3 July."""
    folder, app, county, places = built
    shutil.copytree(folder, home, dirs_exist_ok=True)
    open_database(f"sqlite:///{home / 'youthpilot.db'}")
    yield World(app, county, places)
    database.close()


def chinese_only(html: str) -> None:
    """Fail if an English word stands on the page; names of formats and of files are allowed."""
    words = set(re.findall(r"[A-Za-z]{3,}", re.sub(r"&[a-z]+;", " ", text_of(html)))) - {"Word", "Excel", "PDF", "ZIP", "docx", "PPT", "JPG", "PNG"}
    assert not {w for w in words if not re.fullmatch(r"[0-9a-f]+", w)}, words
