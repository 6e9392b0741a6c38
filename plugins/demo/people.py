"""Cadres of the demonstration: persons with birthdays, posts with predecessors, elections with what was before."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from youthpilot.core.cadres.models import Election, Person, Post
from youthpilot.core.counties.models import County
from youthpilot.core.kernel.calendar import age
from youthpilot.core.kernel.clock import now
from youthpilot.core.kernel.db import bulk_load, transaction
from youthpilot.core.kernel.secrets import blind_index, protect

from .names import invented_name, invented_phone
from .tree import Tree

NOW, YEAR_AGO = date(2023, 6, 30), date(2022, 6, 30)
SECRETARIES = {"柳河镇": "韩雪", "城关镇": "林凡", "双桥镇": "徐航", "青石镇": "高洁", "西坪乡": "田野", "河湾村": "沈晓东", "小街社区": "吴倩"}


@dataclass(frozen=True)
class Level:
    """Secretaries of one level: means in years, bounds; `now`, `year_ago`, `before`: the sums that the flagship's draw is moved to."""

    kind: str
    mean: float
    mean_before: float
    low: int
    high: int
    replaced: float  # share that changed since the election
    now: int
    year_ago: int
    before: int


# 425/15 = 28.3, a year ago 438/15 = 29.2, previous term 444/15 = 29.6; 8328/240 = 34.7, 8424/240 = 35.1, 8688/240 = 36.2
LEVELS = (
    Level("township", 28.3, 29.6, 24, 33, 0.4, 425, 438, 444),
    Level("village", 34.7, 36.2, 22, 45, 0.2, 8_328, 8_424, 8_688),
)


@dataclass
class Rows:
    """What is written at the end, in one go. A post names its person by the position in `persons`."""

    county: County
    random: Random
    persons: list[dict[str, Any]] = field(default_factory=list)
    posts: list[dict[str, Any]] = field(default_factory=list)

    def person(self, organization: int, birth: date, *, name: str = "", student: bool = False) -> int:
        """Add a person; his position comes back."""
        random = self.random
        sex = random.choice("MF")
        member = age(birth, NOW) < 28
        self.persons.append(
            {
                "county": self.county.id,
                "organization": organization,
                "name": name or invented_name(random, sex),
                "sex": "F" if name in ("韩雪", "高洁", "吴倩", "周敏") else sex,
                "birth_date": birth,
                "phone": "" if student else invented_phone(random),
                "ethnicity": "汉族" if random.random() < 0.96 else random.choice(("回族", "满族", "苗族", "土家族")),
                "political_status": "member" if student else _politics(random, member),
                "education": "below" if student else random.choices(("below", "college", "bachelor", "master"), (8, 38, 50, 4))[0],
                "is_member": member,
            }
        )
        return len(self.persons) - 1

    def post(self, person: int, organization: int, title: str, start: date, end: date | None = None, **more: Any) -> None:
        """Add a post of a person."""
        values = {"mode": "part_time", "source": "", "on_establishment": None, "two_committees": False, "end_reason": ""} | more
        self.posts.append(
            {"county": self.county.id, "organization": organization, "person": person, "title": title, "start_on": start, "end_on": end, **values}
        )


def _politics(random: Random, member: bool) -> str:
    return random.choices(("party", "probationary", "member" if member else "none", "none"), (46, 8, 40, 6))[0]


def draw_ages(random: Random, count: int, mean: float, low: int, high: int, total: int | None) -> list[int]:
    """Ages around a mean inside bounds (included); with `total` single ones are moved by a year until the sum is hit."""
    ages = [min(high, max(low, round(random.gauss(mean, (high - low) / 7)))) for _ in range(count)]
    while total is not None and sum(ages) != total:
        step = 1 if sum(ages) < total else -1
        place = random.randrange(count)
        if low <= ages[place] + step <= high:
            ages[place] += step
    return ages


def birthday(random: Random, years: int, on: date) -> date:
    """A birthday on which somebody is `years` old (full years) on a day."""
    latest = on.replace(year=on.year - years)
    return latest - timedelta(days=random.randrange(365))


def fill(county: County, tree: Tree, random: Random, flagship: bool, say: Callable[..., None]) -> int:
    """Write every cadre of a county; the number of persons comes back. `flagship`: means are moved to the known report's."""
    rows = Rows(county, random)
    elections: list[dict[str, Any]] = []
    for level in LEVELS:
        elections += _secretaries(rows, tree, level, random, flagship)
    for place, branch in enumerate(tree.planned):
        _committee(rows, tree, branch.row, random)
        if place % 500 == 0:
            say("团干部", place, len(tree.planned))
    _county_committee(rows, tree, random)
    with transaction():
        _write(rows, elections)
    say("团干部", len(rows.persons), len(rows.persons))
    return len(rows.persons)


def _secretaries(rows: Rows, tree: Tree, level: Level, random: Random, flagship: bool) -> list[dict[str, Any]]:
    """Three layers: who was before the election, who was elected, who came in later; elections keep sums measured the day before."""
    places = tree.rows(level.kind)
    count = len(places)
    later = sorted(random.sample(range(count), round(count * level.replaced)))
    now_ages = draw_ages(random, count, level.mean, level.low, level.high, level.now if flagship else None)
    before_ages = draw_ages(random, count, level.mean_before, level.low, level.high + 6, level.before if flagship else None)
    births = [birthday(random, years, NOW) for years in now_ages]
    if places[0]["short_name"] == "柳河镇":
        births[0] = date(births[0].year, 3, 8) if age(date(births[0].year, 3, 8), NOW) == now_ages[0] else births[0]
    stay = sum(age(births[i], YEAR_AGO) for i in range(count) if i not in later)
    goal = level.year_ago - stay if flagship else None
    gone_mean = goal / len(later) if goal is not None and later else level.mean + 2
    gone = draw_ages(random, len(later), gone_mean, level.low, level.high + 12, goal) if later else []
    elections = []
    for place, row in enumerate(places):
        held, organization = row["last_elected_on"], tree.ids[row["code"]]
        eve = held - timedelta(days=1)
        earlier = birthday(random, before_ages[place], eve)
        before = rows.person(organization, earlier)
        rows.post(before, organization, "secretary", held - timedelta(days=1095 + random.randrange(40)), eve, end_reason="换届")
        elected_birth = births[place]
        if place in later:
            elected_birth = birthday(random, gone[later.index(place)], YEAR_AGO)
        elections.append(_election(rows, organization, level, row, earlier, elected_birth))
        _terms(rows, organization, level, row, births[place], elected_birth if place in later else None, random)
    return elections


def _terms(rows: Rows, organization: int, level: Level, row: dict[str, Any], birth: date, replaced: date | None, random: Random) -> None:
    town = level.kind == "township"
    more: dict[str, Any] = {
        "mode": "full_time" if town and random.random() < 0.6 else "part_time",
        "source": random.choice(("team", "civil_servant", "selected")) if town else random.choice(("returnee", "returnee", "student", "other")),
        "on_establishment": town,
        "two_committees": not town and random.random() < 0.55,
    }
    start = row["last_elected_on"]
    if replaced is not None:
        change = date(2022, 8, 1) + timedelta(days=random.randrange(240))
        rows.post(rows.person(organization, replaced), organization, "secretary", start, change - timedelta(days=1), end_reason="工作调动", **more)
        start = change
    person = rows.person(organization, birth, name=SECRETARIES.get(row["short_name"], ""))
    rows.post(person, organization, "secretary", start, **more)


def _election(rows: Rows, organization: int, level: Level, row: dict[str, Any], before: date, after: date) -> dict[str, Any]:
    held = row["last_elected_on"]
    years = row.get("term_years") or 3
    return {
        "county": rows.county.id,
        "organization": organization,
        "held_on": held,
        "due_on": held.replace(year=held.year + years),
        "covers_kind": "",
        "before_on": held - timedelta(days=1),
        "before_age_sum": age(before, held - timedelta(days=1)),
        "before_count": 1,
        "after_age_sum": age(after, held),
        "after_count": 1,
        "approval_ref": "",
        "source_file": "2021年镇村团组织换届登记表.xlsx",
        "recorded_at": now(),
    }


def _committee(rows: Rows, tree: Tree, row: dict[str, Any], random: Random) -> None:
    """Secretary (where the levels have not made one), deputies and members, as many as are due, now and then one less."""
    organization, kind = tree.ids[row["code"]], row["kind"]
    if row["code"] in ("401", "402", "403", "405"):  # four firms without anybody
        return
    student = kind == "class"
    start = row.get("last_elected_on") or date(2022, 2, 20)
    if kind not in ("township", "street", "village", "community"):
        rows.post(rows.person(organization, _birth(random, row), student=student), organization, "secretary", start)
        if start > date(2022, 1, 1):  # somebody was there before, or the half-years before would find nobody
            eve, years = start - timedelta(days=1), 1 if student else 3
            rows.post(
                rows.person(organization, _birth(random, row), student=student),
                organization,
                "secretary",
                start.replace(year=start.year - years),
                eve,
            )
    due = {"committee": 9 if kind == "township" else 7, "general_branch": 5, "work_committee": 7}.get(row["org_type"], 3)
    if row["org_type"] == "branch" and (row.get("member_count") or 0) < 7:
        return
    titles = ["deputy_secretary"] * (2 if due > 5 else 1) + ["member"] * (due - 1 - (2 if due > 5 else 1))
    for title in titles[: len(titles) - (random.random() < 0.06 and due > 3)]:
        rows.post(rows.person(organization, _birth(random, row), student=student), organization, title, start)


def _county_committee(rows: Rows, tree: Tree, random: Random) -> None:
    """团县委: the secretary is the county administrator of the demonstration."""
    root, start = tree.ids[""], date(2021, 8, 20)
    for place, title in enumerate(["secretary", "deputy_secretary", "deputy_secretary", *["standing_member"] * 2, *["member"] * 2]):
        name = "周敏" if place == 0 and rows.county.code == "demo" else ""
        person = rows.person(root, birthday(random, random.randrange(27, 36), NOW), name=name)
        mode = "full_time" if place < 2 else "secondment" if place == 2 else "part_time"
        rows.post(person, root, title, start, mode=mode, source="civil_servant", on_establishment=True)


def _birth(random: Random, row: dict[str, Any]) -> date:
    if row["kind"] == "class":
        years = {"1": 15, "2": 16, "3": 17}[row["code"].rsplit(".", 1)[1][0]] - (2 if row["school_stage"] == "junior" else 0)
        return birthday(random, max(14, years), NOW)
    return birthday(random, random.randrange(23, 38), NOW)


def _write(rows: Rows, elections: list[dict[str, Any]]) -> None:
    first = (Person.select(Person.id).order_by(Person.id.desc()).limit(1).scalar() or 0) + 1
    for row in rows.persons:
        phone = row["phone"]
        row |= {"phone": protect(phone) if phone else "", "phone_index": blind_index(phone), "id_no": "", "id_no_index": ""}
    bulk_load(Person, rows.persons)
    ids = [i for (i,) in Person.select(Person.id).where((Person.county == rows.county.id) & (Person.id >= first)).order_by(Person.id).tuples()]
    for row in rows.posts:
        row["person"] = ids[row["person"]]
    bulk_load(Post, rows.posts)
    bulk_load(Election, elections)
