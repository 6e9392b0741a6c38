"""The organizations of the demonstration: townships, villages, schools with their classes, offices, firms; members that sum up exactly."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from youthpilot.core.counties.models import County
from youthpilot.core.organizations.loading import bulk_create
from youthpilot.core.organizations.models import Organization

from . import names
from .sums import apportion

COUNTED_ON = date(2023, 6, 30)
SEATS_OF_SCHOOL = {"senior": 9, "junior": 24, "primary": 27}


@dataclass
class Branch:
    """A planned organization: the row for `bulk_create`, how much of the members falls to it (0: a committee, which has none of its own)."""

    row: dict[str, Any]
    weight: float = 0.0


@dataclass
class Tree:
    """What was planned, then made: code → id."""

    planned: list[Branch] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)

    def rows(self, kind: str = "") -> list[dict[str, Any]]:
        """Rows of one kind (with streets, communities for village; '' all), in order."""
        wanted = {"township": ("township", "street"), "village": ("village", "community"), "": ()}.get(kind, (kind,))
        return [b.row for b in self.planned if not wanted or b.row["kind"] in wanted]


@dataclass(frozen=True)
class Size:
    """How large a county is."""

    townships: int
    villages: int
    schools: dict[str, int]
    organizations: int  # in all, without the county committee
    members: int
    agencies: int
    institutions: int
    firms: int
    region: str
    names: tuple[str, ...]


FLAGSHIP = Size(15, 240, SEATS_OF_SCHOOL, 2_041, 60_000, 45, 25, 90, "990101", names.TOWNSHIPS)
SECOND = Size(8, 96, {"senior": 3, "junior": 8, "primary": 9}, 480, 11_600, 20, 9, 22, "990102", names.SECOND_TOWNSHIPS)


def plan(size: Size, random: Random) -> Tree:
    """Every organization of a county of this size, with its members."""
    tree = Tree()
    _townships(tree, size, random)
    _schools(tree, size, random)
    _others(tree, size, random)
    _classes(tree, size, random)
    _members(tree, size, random)
    return tree


def make(tree: Tree, county: County) -> Tree:
    """Write the planned organizations; the county committee stands under the code ''."""
    tree.ids = bulk_create(county.id, [b.row for b in tree.planned], audit=True)
    tree.ids[""] = Organization.select(Organization.id).where(Organization.parent.is_null()).scalar()
    return tree


def _townships(tree: Tree, size: Size, random: Random) -> None:
    sizes = _uneven(size.townships, size.villages, random)
    found = names.villages(random, sizes, names.LIUHE if size.names[0] == "柳河镇" else ())
    for number in range(size.townships):
        name, code = size.names[number], f"{number + 1:03d}"
        region = f"{size.region}{100 + number if name.endswith('镇') else 200 + number}"
        elected = date(2021, 4, 6 + number)
        _add(
            tree,
            code,
            "",
            f"{name}团委",
            "township",
            "committee",
            short=name,
            last_elected_on=elected,
            term_years=5,
            region_code=region,
            region_year=2022,
        )
        _add(tree, f"{code}.900", code, f"{name}机关团支部", "agency", "branch", 19, last_elected_on=elected, branch_kind="normal")
        for place, village in enumerate(found[number], 1):
            kind = "community" if village.endswith("社区") else "village"
            held = date(2021, 3, 1) + timedelta(days=random.randrange(60))
            if number in (0, 1) and place in (6, 7):  # four terms that ended this spring
                held = date(2020, 5, 21) + timedelta(days=3 * number + place - 6)
            region_village = f"{region}{(0 if kind == 'community' else 200) + place:03d}"
            weight = random.uniform(20, 58)
            _add(
                tree, f"{code}.{place:03d}", code, f"{village}团支部", kind, "branch", weight,
                short=village, last_elected_on=held, branch_kind="normal", region_code=region_village, region_year=2022,
            )  # fmt: skip


def _uneven(count: int, total: int, random: Random) -> list[int]:
    """`count` sizes around the mean that sum to `total`; the first is the mean."""
    mean = total // count
    sizes = [mean] * count
    for _ in range(count * 2):
        give, take = random.randrange(1, count), random.randrange(1, count)
        if sizes[give] > mean - 4 and sizes[take] < mean + 5:
            sizes[give] -= 1
            sizes[take] += 1
    for place in range(total - sum(sizes)):
        sizes[1 + place % (count - 1)] += 1
    return sizes


def _schools(tree: Tree, size: Size, random: Random) -> None:
    towns = size.names[: size.townships]
    stages = {
        "senior": list(names.SENIOR),
        "junior": [*(f"{t[:-1]}中学" for t in towns), *names.JUNIOR_TOWN],
        "primary": [*names.PRIMARY_TOWN[:1], *(f"{t}中心小学" if t.endswith("镇") else f"{t}中心校" for t in towns), *names.PRIMARY_TOWN[1:]],
    }
    types = {"senior": "committee", "junior": "general_branch", "primary": "branch"}
    words = {"committee": "团委", "general_branch": "团总支", "branch": "团支部"}
    number = 100
    for stage, count in size.schools.items():
        for name in stages[stage][:count]:
            number += 1
            kind = types[stage]
            real = "vocational" if any(word in name for word in ("职", "体育")) else stage
            weight = random.uniform(6, 16) if stage == "primary" else 0
            held = date(2022, 9, 15) + timedelta(days=number % 40)
            branch = {"branch_kind": "normal"} if kind == "branch" else {}
            _add(tree, f"{number}", "", f"{name}{words[kind]}", "school", kind, weight, short=name, last_elected_on=held, school_stage=real, **branch)


def _classes(tree: Tree, size: Size, random: Random) -> None:
    """Class branches fill up the county's number of organizations: grades of 高一 … in the order of the schools' sizes."""
    schools = [b.row for b in tree.planned if b.row["kind"] == "school" and b.row["org_type"] != "branch"]
    missing = size.organizations - len(tree.planned)
    shares = [random.uniform(0.7, 1.3) * (2.0 if s["org_type"] == "committee" else 1.0) for s in schools]
    for school, count in zip(schools, apportion(missing, shares), strict=True):
        grades = {"senior": ("高一", "高二", "高三"), "junior": ("初一", "初二", "初三")}.get(school["school_stage"], ("一年级", "二年级", "三年级"))
        for place in range(count):
            grade, room = grades[place % 3], place // 3 + 1
            mean = 38 if school["org_type"] == "committee" else {0: 15, 1: 27, 2: 33}[place % 3]
            held = date(2022, 10, 10) + timedelta(days=random.randrange(18))
            name = f"{school['short_name']}{grade}（{room}）班团支部"
            _add(
                tree, f"{school['code']}.{place % 3 + 1}{room:02d}", school["code"], name, "class", "branch", mean * random.uniform(0.75, 1.22),
                short=f"{grade}（{room}）班", last_elected_on=held, branch_kind="normal", school_stage=school["school_stage"],
            )  # fmt: skip


def _others(tree: Tree, size: Size, random: Random) -> None:
    held = date(2021, 9, 1)
    for number, name in enumerate(names.AGENCIES[: size.agencies], 201):
        _add(tree, str(number), "", f"{name}团支部", "agency", "branch", random.uniform(9, 30), short=name, last_elected_on=_later(held, random))
    for number, name in enumerate(names.INSTITUTIONS[: size.institutions], 301):
        _add(
            tree, str(number), "", f"{name}团支部", "institution", "branch", random.uniform(14, 48), short=name, last_elected_on=_later(held, random)
        )
    _add(tree, "399", "", "青年商会团工委", "social", "work_committee", short="青年商会")
    towns = [b.row["code"] for b in tree.planned if b.row["kind"] == "township"]
    for number, name in enumerate(names.firms(random, size.firms), 401):
        elected = date(2020, 4, 10) + timedelta(days=3 * (number - 400)) if number < 409 else _later(held, random)
        weight = 2.0 if number in (420, 431, 442, 453, 464, 475, 486) else random.uniform(8, 45)
        above = towns[number % len(towns)] if number % 4 == 0 else ""
        code = f"{above}.{number}" if above else str(number)
        _add(tree, code, above, f"{name}团支部", "enterprise", "branch", weight, short=name, last_elected_on=elected)


def _later(day: date, random: Random) -> date:
    return day + timedelta(days=random.randrange(500))


def _members(tree: Tree, size: Size, random: Random) -> None:
    """Members of the branches: in proportion to their weight, the hollow ones as they are, the sum exact."""
    hollow = [b for b in tree.planned if b.weight == 2.0]
    rest = [b for b in tree.planned if b.weight and b.weight != 2.0]
    for branch in hollow:
        branch.row["member_count"] = random.choice((1, 2))
    left = size.members - sum(b.row["member_count"] for b in hollow)
    for branch, count in zip(rest, apportion(left, [b.weight for b in rest]), strict=True):
        branch.row["member_count"] = count
    for branch in (*hollow, *rest):
        branch.row["member_count_on"] = COUNTED_ON
        if branch.row["kind"] in ("village", "community"):
            branch.row["youth_count"] = round(branch.row["member_count"] * random.uniform(2.4, 4.8))


def _add(tree: Tree, code: str, parent: str, name: str, kind: str, org_type: str, weight: float = 0.0, short: str = "", **more: Any) -> None:
    row = {"code": code, "parent_code": parent, "name": name, "kind": kind, "org_type": org_type, "short_name": short, **more}
    tree.planned.append(Branch(row, weight))
