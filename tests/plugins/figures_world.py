"""A small county with a module made of dictionaries: what the tests of figures and periods play with.

Tree: county → 东镇 (甲村, 乙村), 西镇 (丙村), 实验小学 (一班). Six owe figures: two townships, three villages, one school.
"""

from dataclasses import dataclass, field
from datetime import date
from types import SimpleNamespace

from youthpilot.core import Plugin, Problem, hookimpl
from youthpilot.core.counties.services import value_of
from youthpilot.core.hookvalues import PartCheck, PeriodPart, Preparation
from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.core.organizations.models import Organization
from youthpilot.core.organizations.services import create
from youthpilot.core.periods.acting import Clerk
from youthpilot.core.periods.rules import FILL, MANAGE, REVIEW
from youthpilot.core.periods.services import open_period
from youthpilot.core.registry import Registry
from youthpilot.plugins.figures import Indicator
from youthpilot.plugins.figures.forms import read_form
from youthpilot.plugins.figures.services import submit
from youthpilot.plugins.figures.typed import Given

ALL = ("township", "village", "school")
TODAY = date(2023, 7, 3)
TEXTS = {"practice": "上半年组织集中学习八次，青年参加踊跃。", "source": "电话"}


@dataclass
class World:
    """The county, its organizations by short name, the module's data (key → rows) and shortcuts."""

    county: object
    ids: dict = field(default_factory=dict)
    rows: dict = field(default_factory=dict)
    problems: list = field(default_factory=list)
    closed: list = field(default_factory=list)
    parts: list = field(default_factory=list)  # digests that the module stores with the next locks; an exception is raised
    seen: list = field(default_factory=list)  # (what it had prepared, (period, revision)) of every part
    preparing: object = lambda: None  # called while the module prepares a lock
    registry: object = None

    def put(self, key, **by_name):
        """Set the module's rows: name=number, name=(numerator, denominator) or name=[items]."""
        out = []
        for name, value in by_name.items():
            if isinstance(value, list):
                out += [(self.ids[name], item) for item in value]
            else:
                out.append((self.ids[name], *value) if isinstance(value, tuple) else (self.ids[name], value))
        self.rows[key] = out

    def open(self, code="2023H1", due=date(2023, 6, 30)):
        return open_period(self.county, code, due, self.registry, self.boss, today=TODAY)

    def answered(self, period, name, given=None):
        """`given`, with 还不掌握 for every figure of the form that nothing else answers."""
        form = read_form(period, self.ids[name], self.registry, given)
        return {f.key: Given(blank="unknown") for f in form.missing} | (given or {})

    def submit(self, period, name, given=None, by=None, on=TODAY, version=0):
        """Submit an organization's form with every figure answered and a text."""
        actor = by or self.reporter(name)
        return submit(period, self.ids[name], version, self.answered(period, name, given), self.registry, actor, TEXTS, today=on)

    boss = Clerk("周敏", 1)
    second = Clerk("吴刚", 2)

    def reporter(self, name, user_id=50):
        return Clerk(f"{name}填报人", user_id, self.ids[name], frozenset({FILL}))

    def reviewer(self, name, user_id=70):
        return Clerk(f"{name}审核人", user_id, self.ids[name], frozenset({FILL, REVIEW}))

    def viewer(self, name, user_id=90):
        return Clerk("旁观者", user_id, self.ids[name], frozenset())

    manager_only = Clerk("管理", 3, None, frozenset({MANAGE}))


def indicators(world):
    def told(key):
        def compute(ctx):
            found = world.rows.get(key, [])
            if isinstance(found, Exception):
                raise found
            return list(found)

        return compute

    return [
        Indicator("toy.times", "参学人次", "人次", "flow", "各期之和", asked_of=ALL, compute=told("toy.times"), order=1),
        Indicator("toy.stock", "会员单位", "家", "stock", "期末在册", across_time="last", compute=told("toy.stock"), order=2),
        Indicator("toy.rate", "参学率", "%", "ratio", "人次/应学", decimals=1, percent=True, asked_of=ALL, compute=told("toy.rate"), order=3),
        Indicator("toy.age", "平均年龄", "岁", "average", "岁之和/人数", decimals=1, compute=told("toy.age"), order=4),
        Indicator("toy.people", "参加人数", "人", "distinct", "去重", items=told("toy.people"), order=5),
        Indicator("toy.meetings", "召开支部大会", "次", "flow", "手工填写", asked_of=ALL, order=6),
        Indicator("toy.share", "覆盖率", "%", "ratio", "手工填写", decimals=1, percent=True, asked_of=("township",), order=7),
        Indicator(
            "toy.young", "不到三十", "", "claim", "平均年龄低于30岁", order=8, claim_needs=("toy.age",),
            claim=lambda f: None if f["toy.age"] is None else f["toy.age"] < 30,
        ),
    ]  # fmt: skip


def build(county):
    """The world, with the module `toy` enabled."""
    world = World(county)

    @hookimpl
    def register_indicators():
        return indicators(world)

    @hookimpl
    def county_period_problems(county, period):
        return [p if isinstance(p, Problem) else p() for p in world.problems]

    @hookimpl
    def county_period_closed(county, period):
        world.closed.append((county.code, period.code, period.revision))

    @hookimpl
    def county_period_preparing(period):
        world.preparing()
        return Preparation("prepared")

    @hookimpl
    def county_period_locking(prepared, period):
        world.seen.append((prepared, (period.code, period.revision)))
        number = period.revision - 1
        if number < len(world.parts) and isinstance(world.parts[number], Exception):
            raise world.parts[number]
        return PeriodPart(world.parts[number]) if number < len(world.parts) else None

    @hookimpl
    def county_lock_verifying(period):
        return PartCheck(world.parts[period.revision - 1]) if period.revision <= len(world.parts) else None

    module = SimpleNamespace(
        __name__="toy",
        PLUGIN=Plugin("toy", "玩具", requires="2"),
        register_indicators=register_indicators,
        county_period_problems=county_period_problems,
        county_period_closed=county_period_closed,
        county_period_preparing=county_period_preparing,
        county_period_locking=county_period_locking,
        county_lock_verifying=county_lock_verifying,
    )
    registry = Registry()
    assert registry.add(module), registry.failures
    world.registry = registry.for_county(value_of(county), ["toy"])
    with scoped(county_scope(county)):
        root = Organization.get(Organization.parent.is_null())
        world.ids["县"] = root.id
        tree = [
            ("东镇", "township", "县"),
            ("甲村", "village", "东镇"),
            ("乙村", "village", "东镇"),
            ("西镇", "township", "县"),
            ("丙村", "village", "西镇"),
        ]
        tree += [("实验小学", "school", "县"), ("一班", "class", "实验小学")]
        for n, (name, kind, parent) in enumerate(tree):
            org_type = "committee" if kind in ("township", "school") else "branch"
            values = {"code": f"x{n}", "name": name, "short_name": name, "kind": kind, "org_type": org_type, "parent": world.ids[parent]}
            if kind == "school":
                values["school_stage"] = "primary"
            world.ids[name] = create(county.id, values).id
    return world
