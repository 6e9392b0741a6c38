"""Building the demonstration: two counties from one seed, all through the models and services that real counties use.

Rows are real rows; figures come out of queries. The default seed is tuned by construction to the report that people know; any
other seed gives other rows and its own right figures.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from random import Random
from typing import Any

from youthpilot.core.accounts.services import create_user, grant_role
from youthpilot.core.accounts.signing_in import create_demo_user
from youthpilot.core.counties.models import County
from youthpilot.core.counties.services import county_registry, disable, enable, value_of
from youthpilot.core.hookvalues import DemoTarget
from youthpilot.core.kernel.db import transaction
from youthpilot.core.kernel.schema import refresh_statistics
from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.core.organizations.founding import create_county
from youthpilot.core.organizations.models import Organization
from youthpilot.core.periods.acting import Clerk
from youthpilot.core.periods.models import Period
from youthpilot.core.periods.queries import period_value
from youthpilot.core.periods.services import lock, open_period, publish
from youthpilot.core.registry import Registry
from youthpilot.plugins.reports.models import Target
from youthpilot.plugins.reports.services import save_text

from . import people, submissions, tree
from .states import states_of

DEFAULT_SEED = 20230703
TODAY = date(2023, 7, 3)
Say = Callable[[str, int, int], None]
# code, days after the end: locked and published
HISTORY = (("2022H1", date(2022, 7, 18)), ("2022H2", date(2023, 1, 16)))
PUBLISHED_ALTHOUGH = "各单位都已上报；没有数的镇本期没有这项工作，已逐一核对"
ADMINISTRATOR, REVIEWER = "周敏", "何颖"
MODULES = ("study", "loans", "chamber", "volunteers", "ledger")
TRIED = ("reform",)  # filled and switched off again: switching it on shows at once what it holds
SECOND_MODULES = ("ledger", "volunteers", "reform")


def build(registry: Registry, seed: int = DEFAULT_SEED, say: Callable[..., Any] = print) -> None:
    """Fill a freshly migrated empty database with 示范县 and 临水县. `say(text, done, total)` is told how far it is (total 0: not counted)."""
    flagship = seed == DEFAULT_SEED
    with _day(TODAY):
        _first_county(registry, seed, flagship, say)
        _second_county(registry, seed, say)
        refresh_statistics()
        create_demo_user("platform", "平台管理员", "platform_admin", None)  # the last step: plugins.demo.state takes it for the mark
    say("示范数据已建成", 0, 0)


def _first_county(registry: Registry, seed: int, flagship: bool, say: Say) -> None:
    county = create_county("demo", "示范县", is_demo=True)
    made = _organizations(county, tree.FLAGSHIP, seed, flagship, say)
    _enable(registry, county, MODULES, ADMINISTRATOR)
    with scoped(county_scope(county)):
        for code, _locked in HISTORY:
            _period(registry, county, made, code, seed, flagship, say)
        _enable(registry, county, TRIED, ADMINISTRATOR)
        _period(registry, county, made, "2023H1", seed, flagship, say)
        for name in (n for n in TRIED if n in registry.loaded):
            disable(registry, county, name, ADMINISTRATOR, "试用后先停用，数据保留")
        liuhe = made.ids["001"]
        create_demo_user("county", ADMINISTRATOR, "county_admin", county)
        create_demo_user("township", "韩雪", "reporter", county, liuhe)
        root = Organization.get(Organization.parent.is_null()).id
        _user("heying", REVIEWER, "reviewer", county, root)
        _user("renyuan", "任远", "viewer", county, root)


def _enable(registry: Registry, county: County, names: tuple[str, ...], actor: str) -> None:
    for name in (n for n in names if n in registry.loaded):
        enable(registry, county, name, actor)


def _second_county(registry: Registry, seed: int, say: Say) -> None:
    """Another size, another set of modules, one half-year under way."""
    county = create_county("linshui", "临水县", is_demo=True)
    made = _organizations(county, tree.SECOND, seed + 1, False, say)
    _enable(registry, county, SECOND_MODULES, "陆青")
    with scoped(county_scope(county)):
        _period(registry, county, made, "2023H1", seed + 1, False, say)
        _user("luqing", "陆青", "county_admin", county)


def _organizations(county: County, size: tree.Size, seed: int, flagship: bool, say: Say) -> tree.Tree:
    with scoped(county_scope(county)):
        made = tree.make(tree.plan(size, Random(f"{seed} tree")), county)
        say(f"{county.name}：团组织", len(made.planned), len(made.planned))
        people.fill(county, made, Random(f"{seed} people"), flagship, say)
    return made


def _period(registry: Registry, county: County, made: tree.Tree, code: str, seed: int, flagship: bool, say: Say) -> None:
    """Open a half-year, let the modules fill in their records, let the organizations report; an old one is locked and published."""
    closed = dict(HISTORY).get(code)
    narrowed = county_registry(registry, county)
    actor = Clerk(ADMINISTRATOR if county.code == "demo" else "陆青")
    with _day(closed or TODAY):
        period = open_period(county, code, None, narrowed, actor)
        first = Period.select().count() == 1
        target = DemoTarget(value_of(county), period_value(period), first, seed, flagship, say, actor.name)
        for item in narrowed.items():
            if item.demo is not None:
                item.demo(target)
        _promises(period, target)
        _report(registry, county, made, period, target, closed is not None)
        if closed is not None:
            for block, proof in target.proofs.items():
                save_text(period, county, narrowed, block, "", proof, actor)  # type: ignore[arg-type]
            lock(period, narrowed, actor)
            period = Period.get_by_id(period.id)
            publish(period, narrowed, actor, PUBLISHED_ALTHOUGH)
            say(f"{period.title}已锁定并发布", 0, 0)


def _report(registry: Registry, county: County, made: tree.Tree, period: Period, target: DemoTarget, everybody: bool) -> None:
    random = Random(f"{target.seed} submissions {period.code}")
    rows = [r for kind in ("township", "village", "school") for r in made.rows(kind)]
    states = {r["code"]: "accepted" for r in rows} if everybody else states_of(rows, random, county.code == "demo")
    reviewer = REVIEWER if county.code == "demo" else "陆青"
    by_id = {made.ids[code]: state for code, state in states.items()}
    work = submissions.Work(period, county_registry(registry, county), random, by_id, reviewer, not everybody)
    submissions.fill(work, target.wanted, target.seed)
    target.say(f"{county.name}：{period.title}填报", len(by_id), len(by_id))


def _promises(period: Period, target: DemoTarget) -> None:
    for key, comparator, value, text, due_on in target.targets:
        place = {"county": period.county_id, "organization": period.organization_id, "period": period}
        Target.create(**place, key=key, comparator=comparator, value=value, text=text, due_on=due_on)


def _user(username: str, name: str, role: str, county: County, organization_id: int | None = None) -> None:
    """An account without a password: an administrator gives a one-time code."""
    with transaction():
        grant_role(create_user(username, name), role, county, organization_id)


@contextmanager
def _day(day: date) -> Iterator[None]:
    """The business day is `day` inside the block: periods are opened and closed on the days on which a county does it."""
    before = os.environ.get("YOUTHPILOT_TODAY")
    os.environ["YOUTHPILOT_TODAY"] = day.isoformat()
    try:
        yield
    finally:
        if before is None:
            del os.environ["YOUTHPILOT_TODAY"]
        else:
            os.environ["YOUTHPILOT_TODAY"] = before
