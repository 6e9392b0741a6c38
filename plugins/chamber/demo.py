"""The demonstration's chamber: units that joined and left over three half-years, a congress in the last, dues and meetings."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from youthpilot.core import DemoTarget, Organization, transaction
from youthpilot.plugins.demo import invented_name, invented_phone

from . import services
from .models import ChamberMeeting, ChamberReceipt, ChamberTerm, ChamberUnit
from .queries import dues, representatives, scope_root
from .services import Member

NEWEST = date(2023, 6, 30)
AGES = 2077  # of the 58 representatives of the known report, on NEWEST
OLD_TERM, CONGRESS = (date(2018, 5, 20), date(2023, 5, 19)), date(2023, 5, 16)
POSTS = {"president": 1, "executive": 1, "vice": 4, "standing": 6, "director": 12, "overseer": 1, "secretary": 1}
REASON = "会长会议讨论通过"
HEADS = "恒达 宏远 金鑫 华泰 盛源 瑞丰 东方 天成 永昌 富民 鼎新 联创 新元 海纳 正大 绿源 同德 中兴 嘉禾 青禾".split()
KINDS = (
    ("01", "生态农业专业合作社"), ("03", "畜禽养殖专业合作社"), ("04", "水产养殖专业合作社"), ("02", "苗木专业合作社"), ("05", "农机服务有限公司"),
    ("13", "食品有限公司"), ("17", "纺织有限公司"), ("34", "机械有限公司"), ("38", "电气有限公司"), ("21", "家居有限公司"), ("30", "建材有限公司"),
    ("43", "设备维修有限公司"), ("48", "市政工程有限公司"), ("50", "装饰工程有限公司"), ("51", "商贸有限公司"), ("54", "物流有限公司"), ("62", "餐饮管理有限公司"),
    ("64", "电子商务有限公司"), ("65", "软件有限公司"), ("72", "广告传媒有限公司"), ("83", "教育培训有限公司"), ("61", "民宿管理有限公司"),
)  # fmt: skip


@dataclass(frozen=True)
class Planned:
    """A unit of the plan. `earlier`: the older representative whom the congress replaced."""

    member: Member
    left_on: date | None = None
    earlier: Member | None = None


def fill(target: DemoTarget) -> None:
    """Whoever joined or left in the period; the first period brings the roll of the years before."""
    random = Random(f"{target.seed} chamber {target.county.code} {target.period.code}")
    start = date(2000, 1, 1) if target.first else target.period.start
    with transaction():
        if target.first:
            _old_term()
        for unit in plan(target.seed, target.county.code, target.flagship):
            if start <= unit.member.joined_on <= target.period.end:
                services.add_unit(unit.earlier or unit.member, REASON)
        if target.first:
            _posts(ChamberTerm.get(), OLD_TERM[0], random)
        for unit in plan(target.seed, target.county.code, target.flagship):
            if unit.left_on and target.period.start <= unit.left_on <= target.period.end:
                services.leave(
                    ChamberUnit.get(ChamberUnit.name == unit.member.name), unit.left_on, "企业外迁" if unit.left_on.month % 2 else "自愿退会"
                )
        if target.period.start <= CONGRESS <= target.period.end:
            _congress(target)
        _receipts(target, random)
        _waivers(target)
        _meetings(target, random)
    target.say("青年商会", ChamberUnit.select().count(), ChamberUnit.select().count())


# the plan ------------------------------------------------------------------------------------------------------------


def plan(seed: int, county: str, flagship: bool) -> list[Planned]:
    """Every unit that ever joins, the same whenever it is asked: 47 that stay and 4 that leave, then 5 and 6 new ones."""
    random = Random(f"{seed} chamber {county}")
    old, new = (47, (5, 6)) if flagship else (random.randint(20, 40), (random.randint(2, 5), random.randint(2, 6)))
    stay = old + sum(new)
    ages = _ages(random, stay, AGES if flagship else None)
    names = [(head, kind) for head in HEADS for kind in KINDS]
    random.shuffle(names)
    joined = [_day(random, date(2018, 5, 20), date(2022, 3, 31)) for _ in range(old)]
    joined += [_day(random, date(2022, 7, 5), date(2022, 11, 30)) for _ in range(new[0])]
    joined += [_day(random, date(2023, 1, 10), date(2023, 5, 10)) for _ in range(new[1])]
    out = []
    for number, (day, years) in enumerate(zip(joined, ages, strict=True)):
        member = _member(random, names.pop(), day, years)
        older = _member(random, names[-1], day, random.randint(46, 51), member) if number % 9 == 4 and number < old else None
        out.append(Planned(member, None, older))
    for left_on in (date(2022, 9, 15), date(2022, 11, 8), date(2023, 2, 20), date(2023, 4, 11)):
        out.append(Planned(_member(random, names.pop(), _day(random, date(2018, 5, 20), date(2021, 12, 31)), random.randint(41, 47)), left_on))
    return out


def _ages(random: Random, count: int, total: int | None) -> list[int]:
    """Full years on NEWEST; their sum is `total` if one is asked for."""
    ages = [round(random.triangular(25, 45, 36)) for _ in range(count)]
    while total is not None and sum(ages) != total:
        at = random.randrange(count)
        step = 1 if sum(ages) < total else -1
        if 25 <= ages[at] + step <= 45:
            ages[at] += step
    return ages


def _member(random: Random, name: tuple[str, tuple[str, str]], joined_on: date, years: int, same: Member | None = None) -> Member:
    head, (category, kind) = name
    birth = NEWEST.replace(year=NEWEST.year - years) - timedelta(days=random.randrange(0, 364))
    who = invented_name(random, random.choice("MMF"))
    position, phone = random.choice(("总经理", "董事长", "负责人")), invented_phone(random)
    if same is not None:
        return Member(same.name, same.category, joined_on, who, birth, same.uscc, same.business, position, phone)
    code = _uscc(random, "93" if kind.endswith("合作社") else "91")
    return Member(f"{head}{kind}", category, joined_on, who, birth, code, kind.removesuffix("有限公司"), position, phone)


def _day(random: Random, first: date, last: date) -> date:
    return first + timedelta(days=random.randrange((last - first).days))


def _uscc(random: Random, kind: str) -> str:
    signs = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    text = f"{kind}329999" + "".join(random.choice(signs) for _ in range(9))
    total = sum(signs.index(sign) * pow(3, place, 31) for place, sign in enumerate(text))
    return text + signs[(31 - total % 31) % 31]


# terms -----------------------------------------------------------------------------------------------------------------


def _old_term() -> None:
    services.begin_term(2, *OLD_TERM)


def _congress(target: DemoTarget) -> None:
    """The third term: some units send somebody younger, posts are given anew."""
    for unit in plan(target.seed, target.county.code, target.flagship):
        if unit.earlier is not None:
            row, m = ChamberUnit.get(ChamberUnit.name == unit.member.name), unit.member
            services.change_representative(row, m.given, CONGRESS, REASON, position=m.position)
    term = services.begin_term(3, CONGRESS, date(2028, 5, 15))
    _posts(term, CONGRESS, Random(f"{target.seed} chamber posts"))


def _posts(term: ChamberTerm, day: date, random: Random) -> None:
    """Given to the oldest members first, as it is."""
    people = sorted(representatives(max(day, date(2022, 4, 1))), key=lambda r: (r.unit.joined_on, r.id))
    titles = [title for title, count in POSTS.items() for _ in range(count)]
    for person, title in zip(people, titles, strict=False):
        services.appoint(term, person, title, max(day, person.from_on), REASON)


# dues and meetings -------------------------------------------------------------------------------------------------------


def _receipts(target: DemoTarget, random: Random) -> None:
    year = target.period.start.year
    share = 0.86 if target.period.calendar.start == date(year, 1, 1) else 0.8
    days = (CONGRESS + timedelta(days=1), target.period.end) if year == 2023 else (target.period.start + timedelta(days=20), target.period.end)
    number = ChamberReceipt.select().where(ChamberReceipt.year == year).count()
    for line in dues(year, target.period.end):
        if line.open and line.unit.left_on is None and random.random() < share:
            number += 1
            place = {"county": target.county.id, "organization": line.unit.organization_id, "unit": line.unit}
            paid_on = max(_day(random, *days), line.unit.joined_on)
            ChamberReceipt.create(**place, year=year, amount=line.open, paid_on=paid_on, receipt_no=f"QSH{year}-{number:03d}")


def _waivers(target: DemoTarget) -> None:
    """One unit in difficulties, in the newest half-year."""
    if target.period.start <= CONGRESS <= target.period.end:
        line = next((x for x in dues(2023, target.period.end) if x.open and x.post == "member" and x.unit.left_on is None), None)
        if line is not None:
            services.waive(line.unit, 2023, line.open, date(2023, 6, 15), "厂房受灾停产三个月", "2023年6月15日会长会议")


def _meetings(target: DemoTarget, random: Random) -> None:
    for held_on, kind, topic, term in _held(target):
        size = {"congress": len(list(representatives(held_on))), "board": 25, "presidents": 6}[kind]
        present = size - random.randrange(0, size // 6 + 1)
        votes = present - random.randrange(0, 2)
        place = {"county": target.county.id, "organization": _root().id, "term": term}
        counted = {"should_attend": size, "present": present, "votes_for": votes, "passed": True}
        ChamberMeeting.create(**place, held_on=held_on, kind=kind, topic=topic, place="县青年之家", result=f"通过{topic}", **counted)


def _held(target: DemoTarget) -> Iterable[tuple[date, str, str, ChamberTerm]]:
    terms = {t.number: t for t in ChamberTerm.select()}
    every = [
        (date(2022, 3, 18), "board", "2022年工作计划和会费收支报告", 2),
        (date(2022, 9, 22), "presidents", "新会员入会审议", 2),
        (date(2023, 3, 10), "board", "换届筹备方案", 2),
        (CONGRESS, "congress", "第三届会员大会选举", 3),
        (date(2023, 6, 15), "presidents", "结对服务乡村振兴工作", 3),
    ]
    return [(day, kind, topic, terms[number]) for day, kind, topic, number in every if target.period.start <= day <= target.period.end]


def _root() -> Organization:
    root = scope_root()
    assert root is not None
    return root
