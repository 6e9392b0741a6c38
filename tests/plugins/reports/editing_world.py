"""The real application on a small county whose report says one of everything that lives: a claim, a change, a list of names."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner

from youthpilot.core.accounts import passwords
from youthpilot.core.accounts.services import create_user, grant_role
from youthpilot.core.app import create_app
from youthpilot.core.cadres import services as cadres
from youthpilot.core.cli import assemble, cli
from youthpilot.core.commanding import Session
from youthpilot.core.counties.models import County
from youthpilot.core.counties.services import county_registry, enable
from youthpilot.core.kernel.db import database
from youthpilot.core.kernel.engines import open_database
from youthpilot.core.kernel.keyfiles import make_keys
from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.core.migrating import upgrade
from youthpilot.core.organizations import services as organizations
from youthpilot.core.organizations.founding import create_county
from youthpilot.core.organizations.models import Organization
from youthpilot.core.periods.acting import Clerk
from youthpilot.core.periods.models import Period
from youthpilot.core.periods.opening import open_period
from youthpilot.core.registry import Registry
from youthpilot.plugins.loans.services import add_person, name_role_model
from youthpilot.plugins.study.services import add_issue, record_aggregate

GOOD = "green-river-7-boats"
MODULES = ("study", "loans", "chamber", "volunteers", "reform", "ledger")
MODELS = ("沈祥容", "张其领", "王大海", "李青山", "赵长河")
BOSS = Clerk("周敏", 1)


@dataclass
class Desk:
    """A browser of the county's administrator, the command line, and the county's rows."""

    app: Any
    county: County
    client: Any
    home: Any

    def inside(self) -> Any:
        return scoped(county_scope(self.county))

    def registry(self) -> Any:
        return county_registry(self.app.extensions["youthpilot"]["registry"], self.county)

    def period(self) -> Period:
        return Period.get(Period.code == "2023H1")

    def get(self, path: str) -> Any:
        return self.client.get("/c/test" + path)

    def post(self, path: str, **fields: Any) -> Any:
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get("/account/").text)[1]
        return self.client.post("/c/test" + path, data={"csrf_token": token, **fields})

    def given(self, block: str) -> str:
        """What the editor of a section holds."""
        page = self.get(f"/report/wording?period=2023H1&block={block}").text
        return re.search(r'<textarea[^>]*name="text"[^>]*>(.*?)</textarea>', page, re.S)[1].strip().replace("&#34;", '"')

    def edit(self, block: str, text: str, proof: str = "", status: int = 302) -> Any:
        answer = self.post(f"/report/wording?period=2023H1&block={block}", text=text, proof=proof)
        assert answer.status_code == status, answer.text
        return answer

    def run(self, *words: str, code: int = 0) -> str:
        assemble("platform")
        done = CliRunner().invoke(cli.commands[words[0]], list(words[1:]), obj=Session("all"))
        open_database(f"sqlite:///{self.home / 'youthpilot.db'}")
        assert done.exit_code == code, done.output + str(done.exception)
        return done.output

    def said(self) -> str:
        """The report as the command line prints it, without its annex."""
        target = self.home / "report.md"
        self.run("report", "--county", "test", "--period", "2023H1", "--format", "md", "-o", str(target))
        return target.read_text(encoding="utf-8").replace("\\", "").partition("## 附件")[0]


@pytest.fixture(scope="session")
def edited_county(tmp_path_factory):
    """Built once; every test works on a copy. (home, application, county)."""
    before = passwords.set_hasher(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    folder = tmp_path_factory.mktemp("editing")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YOUTHPILOT_HOME", str(folder))
        patch.setenv("YOUTHPILOT_TODAY", "2023-07-03")
        patch.delenv("DATABASE_URL", raising=False)
        make_keys()
        registry = Registry().load_installed()
        open_database(f"sqlite:///{folder / 'youthpilot.db'}")
        database.connect(reuse_if_open=True)
        upgrade(registry)
        county = _fill(registry)
        database.execute_sql("pragma wal_checkpoint(truncate)")
        database.close()
        yield folder, create_app(registry), county
    passwords.set_hasher(before)


def _fill(registry: Registry) -> County:
    county = create_county("test", "试验县")
    with scoped(county_scope(county)):
        root = Organization.get(Organization.parent.is_null()).id
        values = {"code": "01", "name": "柳河镇团委", "short_name": "柳河镇", "kind": "township", "org_type": "committee", "parent": root}
        town = organizations.create(county.id, values).id
        values = {"code": "0101", "name": "河湾村团支部", "short_name": "河湾村", "kind": "village", "org_type": "branch", "parent": town}
        village = organizations.create(county.id, {**values, "member_count": 20}).id
        for name in MODULES:
            enable(registry, county, name, "周敏")
        for place, name, birth in ((town, "镇书记", date(1995, 1, 1)), (village, "村书记", date(1990, 1, 1))):
            person = cadres.add_person(place, {"name": name, "birth_date": birth}, audit=False)
            cadres.appoint(person, place, "secretary", date(2022, 1, 10), audit=False)
        cadres.enter_last_term_totals(county.id, "township", 31, 1, date(2022, 1, 10), "上届.xlsx")
        cadres.enter_last_term_totals(county.id, "village", 40, 1, date(2022, 1, 10), "上届.xlsx")
        for name in MODELS:
            values = {"named_on": date(2023, 5, 4), "level": "county", "honour": "优秀农村青年", "deed": "带动就业", "place": MODELS.index(name) + 1}
            name_role_model(add_person(town, {"name": name}), town, values)
        for year, learned in ((2022, 100), (2023, 120)):
            issue = add_issue(year, 1, date(year, 3, 7), date(year, 3, 13))
            record_aggregate(issue, village, learned, 0)
        for code in ("2022H1", "2023H1"):
            open_period(county, code, None, county_registry(registry, county), BOSS, owing=code == "2023H1")
    grant_role(create_user("zhou", "周敏", GOOD, must_change=False), "county_admin", county, None)
    return county


@pytest.fixture
def desk(edited_county, home) -> Iterator[Desk]:
    """The administrator of 试验县, signed in; 2023H1 is open, the day is 3 July."""
    folder, app, county = edited_county
    shutil.copytree(folder, home, dirs_exist_ok=True)
    open_database(f"sqlite:///{home / 'youthpilot.db'}")
    client = app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/login").text)[1]
    assert client.post("/login", data={"csrf_token": token, "username": "zhou", "password": GOOD}).status_code == 303
    yield Desk(app, county, client, home)
    if not database.is_closed():
        database.close()
