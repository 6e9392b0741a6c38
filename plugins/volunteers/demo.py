"""The demonstration's volunteers: rosters, activities with approved hours, the care programme with its money, all from one seed.

Rows go in by bulk where they are many; the figures come out of the same queries as everywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from youthpilot.core import DemoTarget, Organization, Person, add_months, blind_index, bulk_load, local, now, today, transaction
from youthpilot.plugins.demo import apportion, invented_name, invented_phone

from . import association, caring, certifying, funding, rules, serving
from .models import Activity, Campaign, Child, Donation, Drive, Expense, Group, Movement, Project, Record, Room, RoomStep, Volunteer
from .queries import owed_disclosures
from .settings import limits

JOINED = {"2022H1": 250, "2022H2": 281, "2023H1": 317}
FUNDS = {"2022H1": 520_000, "2022H2": 610_000, "2023H1": 830_000}
ROOMS = {"2022H1": 41, "2022H2": 48, "2023H1": 63}
COST = 11_000  # yuan a room
THEMES = {
    "2022H1": (
        ("“守护夕阳”敬老志愿服务活动", "elderly", (4, 16)),
        ("“清洁家园”环保志愿服务活动", "environment", (5, 14)),
        ("“心系学子，助力高考”志愿服务活动", "education", (6, 7)),
    ),
    "2022H2": (
        ("“暑期安全，青春自护”防溺水宣传活动", "safety", (7, 16)),
        ("“青春志愿，爱心助残”活动", "care", (9, 17)),
        ("“敬老月”志愿服务活动", "elderly", (10, 4)),
        ("国际志愿者日主题活动", "culture", (12, 5)),
    ),
    "2023H1": (
        ("“亲情相伴，点亮梦想”2023年{county}暖冬行动", "care", (1, 12)),
        ("“心系学子，助力高考”志愿服务活动", "education", (6, 7)),
        ("“拒绝毒品，阳光生活”世界禁毒日志愿宣传活动", "safety", (6, 26)),
        ("“暑期安全，青春自护”防溺水安全公益讲座", "safety", (6, 28)),
    ),
}
PROJECTS = (("“梦想改造+”关爱计划", "care", True), ("青春助考", "education", True), ("平安青春", "safety", False), ("夕阳红陪伴", "elderly", False))
CLERK, REVIEWER = ("李晓慧", "何颖")


@dataclass
class Draw:
    """One period of one county while it is made."""

    target: DemoTarget
    random: Random
    top: Organization
    towns: list[Organization]
    villages: list[Organization]
    share: float  # of the flagship's size
    people: list[Volunteer] = field(default_factory=list)

    @property
    def code(self) -> str:
        """2023H1."""
        return self.target.period.code

    def total(self, of: dict[str, int]) -> int:
        """The flagship's number, or another of that size."""
        number = of.get(self.code, 200)
        return number if self.target.flagship else max(3, round(number * self.share * self.random.uniform(0.7, 1.3)))

    def own(self, place: int | None = None) -> dict[str, Any]:
        """County and organization of a row."""
        return {"county": self.target.county.id, "organization": place or self.top.id}

    def day(self, first: date, last: date) -> date:
        """A day between two."""
        return first + timedelta(days=self.random.randrange((last - first).days + 1))


def fill(target: DemoTarget) -> None:
    """A period's volunteers, activities, rooms and donations."""
    o = Organization
    towns = list(o.select().where(o.kind.in_(("township", "street"))).order_by(o.code))
    villages = list(o.select().where(o.kind.in_(("village", "community"))).order_by(o.code))
    top = o.get(o.parent.is_null())
    draw = Draw(target, Random(f"{target.seed} volunteers {target.county.code} {target.period.code}"), top, towns, villages, len(towns) / 15)
    if target.first:
        _set_up(draw)
    if draw.code == "2023H1":
        association.prepare_association(f"{target.county.name}青年志愿者协会", target.period.start + timedelta(days=58))
        association.add_drive("无志愿、不青春", target.period.start + timedelta(days=50), target.period.end, draw.total(JOINED) - 17)
    _join(draw)
    draw.people = list(Volunteer.select(Volunteer, Person).join(Person, on=(Volunteer.person == Person.id)).order_by(Volunteer.id))
    _serve(draw)
    _care(draw)
    target.say("青年志愿者", len(draw.people), len(draw.people))


def _set_up(draw: Draw) -> None:
    start = draw.target.period.start
    for title, kind, brand in PROJECTS:
        association.save_project(
            None, {"title": title, "field": kind, "is_brand": brand, "state": "running", "starts_on": start, "ends_on": None, "goals": ""}
        )
    chosen = [v for v in draw.villages if draw.random.random() < 0.4]
    rows = [
        {**draw.own(o.id), "name": f"{o.short}青年志愿服务队", "established_on": start + timedelta(days=9), "closed_on": None, "leader": ""}
        for o in [*draw.towns, *chosen]
    ]
    campaign = {
        "title": "“梦想改造+”关爱计划", "qualified_org": "省青少年发展基金会", "filing_no": "53320000500009999XA22001", "platform": "苏青益筹",
        "starts_on": start + timedelta(days=9), "ends_on": date(2023, 12, 31), "target": Decimal(2_400_000),
    }  # fmt: skip
    with transaction():
        bulk_load(Group, rows)
        funding.save_campaign(None, campaign)


# who joins ---------------------------------------------------------------------------------------------------------------


def _join(draw: Draw) -> None:
    period, random = draw.target.period, draw.random
    groups = {g.organization_id: g.id for g in Group.select()}
    with_group = [v for v in draw.villages if v.id in groups]
    places = [*draw.towns, *random.sample(with_group, min(len(with_group), 30))]
    counts = apportion(draw.total(JOINED), [random.uniform(3, 5) if o in draw.towns else random.uniform(0.6, 1.6) for o in places])
    drive = Drive.select().where(Drive.starts_on >= period.start).first()
    last = min(period.end, today())
    stem = rules.volunteer_number(draw.target.county.code, period.start.year, 0)[:-6]
    before, place_no = (
        max((i for (i,) in Person.select(Person.id).tuples()), default=0),
        Volunteer.select().where(Volunteer.number.startswith(stem)).count(),
    )
    people, joins = [], []
    for organization, count in zip(places, counts, strict=True):
        for _n in range(count):
            joined = draw.day(period.start + timedelta(days=12), last)
            people.append(draw.own(organization.id) | _person(random, joined))
            called = drive.id if drive is not None and joined >= drive.starts_on and random.random() < 0.8 else None
            joins.append((organization.id, joined, groups.get(organization.id), called))
    with transaction():
        bulk_load(Person, people)
        ids = [i for (i,) in Person.select(Person.id).where(Person.id > before).order_by(Person.id).tuples()]
        rows = []
        for n, (person, (place, joined, group, called)) in enumerate(zip(ids, joins, strict=True), place_no + 1):
            rows.append(draw.own(place) | {
                "person": person, "number": f"{stem}{n:06d}", "joined_on": joined, "left_on": None, "group": group, "drive": called, "skills": "",
                "fields": random.choice(list(rules.FIELDS)), "guardian_name": "", "guardian_relation": "", "guardian_phone": "", "consent_on": None,
                "consent_version": "",
            })  # fmt: skip
        bulk_load(Volunteer, rows)
        new = Volunteer.select().where(Volunteer.person.in_(Person.select(Person.id).where(Person.id > before))).order_by(Volunteer.id)
        bulk_load(Movement, [draw.own(v.organization_id) | {"volunteer": v.id, "kind": "joined", "happened_on": v.joined_on} for v in new])


def _person(random: Random, joined: date) -> dict[str, Any]:
    sex = random.choice("MF")
    birth = date(joined.year - random.randrange(19, 35), random.randrange(1, 13), random.randrange(1, 29))
    id_no, phone = _invented_id(random, birth, sex), invented_phone(random)
    return {
        "name": invented_name(random, sex), "sex": sex, "birth_date": birth, "id_no": id_no, "id_no_index": blind_index(id_no), "phone": phone,
        "phone_index": blind_index(phone), "ethnicity": "", "political_status": "", "education": "", "is_member": birth.year > joined.year - 28,
    }  # fmt: skip


def _invented_id(random: Random, birth: date, sex: str) -> str:
    """A number of region 320999, which was never given to anybody, with its check digit."""
    body = f"320999{birth:%Y%m%d}{random.randrange(0, 50):02d}{random.randrange(5) * 2 + (sex == 'M')}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


# service -----------------------------------------------------------------------------------------------------------------


def _serve(draw: Draw) -> None:
    period = draw.target.period
    projects = {p.field: p.id for p in Project.select()}
    for title, kind, (month, day) in THEMES.get(draw.code, ()):
        held = date(period.start.year, month, day)
        activity = _activity(draw, title.format(county=draw.target.county.name), draw.top, held, projects.get(kind), True)
        _turn_out(draw, activity, draw.people, draw.random.randrange(36, 64))
    for town in draw.towns:
        held = draw.day(period.start + timedelta(days=70), min(period.end, today()) - timedelta(days=3))
        activity = _activity(draw, f"{town.short}文明实践志愿服务日", town, held, None, False)
        below = [v for v in draw.people if v.organization_id == town.id]
        _turn_out(draw, activity, below, 12)
    if draw.code == "2023H1":
        _leave_some_waiting()
        _certify(draw)


def _activity(draw: Draw, title: str, place: Organization, held: date, project: int | None, theme: bool) -> Activity:
    zone = local(now()).tzinfo
    begins, ends = (datetime.combine(held, time(h, m), zone) for h, m in ((8, 30), (11, 30)))
    values = {
        "title": title,
        "project": project,
        "place": f"{place.short}",
        "starts_at": begins,
        "ends_at": ends,
        "is_theme": theme,
        "late_reason": "示范数据",
    }
    activity = serving.save_activity(None, place.id, values)
    serving.hold(activity)
    return activity


def _turn_out(draw: Draw, activity: Activity, people: Sequence[Volunteer], count: int) -> None:
    random, held = draw.random, activity.held_on
    able = [v for v in people if v.joined_on <= held]
    rows = []
    for volunteer in random.sample(able, min(count, len(able))):
        came = activity.starts_at + timedelta(minutes=random.randrange(0, 20))
        left = activity.ends_at - timedelta(minutes=random.choice((0, 0, 0, 5, 10, 30)))
        rows.append(draw.own(activity.organization_id) | {
            "activity": activity.id, "volunteer": volunteer.id, "served_on": held, "came_at": came, "left_at": left,
            "minutes": rules.minutes_between(came, left), "state": "approved", "source": "phone", "recorded_by": f"volunteer:{volunteer.id}",
            "recorded_name": "本人扫码", "approved_by": REVIEWER, "approved_name": REVIEWER, "approved_at": now(),
        } | dict.fromkeys(("reason", "late_reason", "evidence"), "") | {"is_self_review": False})  # fmt: skip
    with transaction():
        bulk_load(Record, rows)


def _leave_some_waiting() -> None:
    """The newest sign-ins still wait; one forgot to sign out."""
    newest = list(Record.select(Record.id).order_by(Record.served_on.desc(), Record.id.desc()).limit(9).tuples())
    ids = [i for (i,) in newest]
    cleared = {"approved_by": "", "approved_name": "", "approved_at": None}
    with transaction():
        Record.update(state="waiting", **cleared).where(Record.id.in_(ids[:-1])).execute()
        Record.update(state="open", left_at=None, minutes=None, **cleared).where(Record.id.in_(ids[-1:])).execute()


def _certify(draw: Draw) -> None:
    """Three of those who served most ask for a certificate: one issued, one made public, one revoked."""
    served: dict[int, int] = {}
    for volunteer, minutes in Record.select(Record.volunteer_id, Record.minutes).where(Record.state == "approved").tuples():
        served[volunteer] = served.get(volunteer, 0) + minutes
    best = sorted(served, key=lambda v: (-served[v], v))[:3]
    told = {
        "content": "参加主题志愿服务活动",
        "issuer": f"共青团{draw.target.county.name}委员会",
        "responsible": "周敏",
        "handler": CLERK,
        "contact": "0000-00000000",
    }
    first, last = date(2022, 1, 1), draw.target.period.end
    for number, key in enumerate(best):
        made = certifying.draw_up(
            Volunteer.get_by_id(key), told | {"from_on": first, "to_on": last - timedelta(days=20 - number)}, last - timedelta(days=12 - 4 * number)
        )
        if number == 0:
            certifying.issue(made, today())
        if number == 2:
            certifying.revoke(made, "本人申请更正服务内容")


# care --------------------------------------------------------------------------------------------------------------------


def _care(draw: Draw) -> None:
    campaign = Campaign.get()
    _donations(draw, campaign)
    rooms = draw.total(ROOMS)
    _rooms(draw, rooms)
    _expenses(draw, campaign)
    _disclosures(draw, campaign)
    if draw.code == "2023H1":
        _under_way(draw)


def _donations(draw: Draw, campaign: Campaign) -> None:
    period, random, total = draw.target.period, draw.random, draw.total(FUNDS)
    first, last = max(period.start, campaign.starts_on), period.end - timedelta(days=30)
    rows, given = [], 0
    for n in range(72):
        amount = random.choice((10_000, 20_000, 50_000)) if n < 12 else random.choice((100, 200, 500, 1_000, 2_000, 5_000))
        if given + amount > total * 0.8:
            continue
        kind = "body" if n < 12 else random.choice(("person", "person", "anonymous"))
        donor = f"爱心企业{n + 1}号" if kind == "body" else invented_name(random, random.choice("MF")) if kind == "person" else ""
        rows.append((draw.day(first, last), amount, kind, donor, ""))
        given += amount
    months = apportion(total - given, [random.uniform(0.8, 1.2) for _ in range(5)])
    for n, amount in enumerate(months):
        day = add_months(first.replace(day=25), n)
        rows.append((min(day, last), amount, "total", "", f"平台月度对账单{day:%Y%m}.xlsx"))
    made = [
        draw.own() | {"campaign": campaign.id, "received_on": day, "amount": Decimal(amount), "kind": kind, "donor": donor, "channel": "online",
                      "reference_no": f"D{draw.code}{n:04d}", "source_file": source}
        for n, (day, amount, kind, donor, source) in enumerate(sorted(rows), 1) if amount
    ]  # fmt: skip
    with transaction():
        bulk_load(Donation, made)


def _rooms(draw: Draw, count: int) -> None:
    random, period = draw.random, draw.target.period
    start, last = period.start, min(period.end, today())
    place_no = Child.select().where(Child.code.startswith(f"C{start.year}-")).count()
    children, rooms, steps = [], [], []
    for n in range(place_no + 1, place_no + count + 1):
        place, found = random.choice(draw.villages or draw.towns).id, draw.day(start + timedelta(days=3), start + timedelta(days=40))
        children.append(draw.own(place) | _child(random, f"C{start.year}-{n:03d}", found))
        handed = draw.day(last - timedelta(days=45), last - timedelta(days=2))
        days = (found, *sorted(draw.day(found, handed - timedelta(days=9)) for _ in range(3)), handed - timedelta(days=7), handed)
        rooms.append(draw.own(place) | {
            "code": f"R{start.year}-{n:03d}", "state": "handed", "done": ",".join([*rules.SURFACES, *rules.ITEMS]), "budget": Decimal(COST),
            "builder": "县青年装饰志愿队", "started_on": days[3], "tested_on": days[4], "test_passed": True, "test_report": f"KQ{start.year}{n:04d}",
            "handed_on": handed, "dropped_reason": "",
        })  # fmt: skip
        steps.append((place, days))
    with transaction():
        bulk_load(Child, children)
        ids = dict(Child.select(Child.code, Child.id).tuples())
        bulk_load(Room, [{**row, "child": ids["C" + row["code"][1:]]} for row in rooms])
        keys = dict(Room.select(Room.code, Room.id).tuples())
        bulk_load(RoomStep, [
            draw.own(place) | {"room": keys[row["code"]], "state": state, "done_on": day, "actor": CLERK, "note": ""}
            for row, (place, days) in zip(rooms, steps, strict=True)
            for state, day in zip(rules.ROOM_ORDER, days, strict=False)
        ])  # fmt: skip


def _child(random: Random, code: str, found: date) -> dict[str, Any]:
    name = invented_name(random, random.choice("MF"))
    birth = date(found.year - random.randrange(7, 16), random.randrange(1, 13), random.randrange(1, 29))
    kind = random.choices(list(rules.CATEGORIES), (1, 6, 3))[0]
    return {
        "code": code, "category": kind, "name": name, "masked": caring.masked(name), "birth_date": birth, "address": "", "guardian_name": invented_name(random, "F"),
        "guardian_relation": "祖母", "guardian_phone": invented_phone(random), "consent_on": found, "consent_version": "2023-01", "found_on": found,
        "surveyed_on": found, "survey": "缺独立书桌，墙面返潮", "eligible": True,
    }  # fmt: skip


def _expenses(draw: Draw, campaign: Campaign) -> None:
    """What each room cost, paid at the end of the half-year."""
    period = draw.target.period
    paid = min(period.end - timedelta(days=4), today())
    rooms = list(Room.select(Room.id, Room.code).where(Room.handed_on >= period.start, Room.handed_on <= period.end).order_by(Room.code))
    affordable = int(funding.money_of(campaign.id, paid).left // COST)
    rows = [
        draw.own() | {"campaign": campaign.id, "room": r.id, "spent_on": paid, "amount": Decimal(COST), "payee": "县青年装饰志愿队", "purpose": "小屋材料和家具", "voucher": f"PZ{r.code[1:]}"}
        for r in rooms[:affordable]
    ]  # fmt: skip
    with transaction():
        bulk_load(Expense, rows)


def _disclosures(draw: Draw, campaign: Campaign) -> None:
    """Published two days before it was due, up to the day on which the period is looked at."""
    last = min(today() - timedelta(days=1), add_months(draw.target.period.end, 1))
    for each in owed_disclosures(campaign, limits(today())):
        if each.on - timedelta(days=2) <= last:
            funding.disclose(campaign, each.on - timedelta(days=2), "团县委网站 公示公告")


def _under_way(draw: Draw) -> None:
    """Rooms at every step of the way."""
    last = draw.target.period.end
    for n, state in enumerate(("survey", "review", "design", "building", "building", "air_test")):
        place = draw.random.choice(draw.villages or draw.towns)
        found = last - timedelta(days=60 - n)
        child = caring.add_child(place.id, {k: v for k, v in _child(draw.random, "", found).items() if k not in ("code", "masked")})
        room = Room.get(Room.child == child.id)
        for step, to in enumerate(rules.ROOM_ORDER[1 : rules.ROOM_ORDER.index(state) + 1], 1):
            if to == "air_test":
                caring.finish_parts(room, [*rules.SURFACES, *rules.ITEMS])
            room = caring.move(room, to, found + timedelta(days=8 * step), test_passed=False if to == "air_test" else None)
        if state == "building":
            caring.finish_parts(room, [*list(rules.SURFACES)[: 2 + n % 2], *list(rules.ITEMS)[: n % 4]])
