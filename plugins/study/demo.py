"""The module's part of the demonstration: the period still open by name, the locked ones as totals (汇总录入), all from the seed."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from youthpilot.core import DemoTarget, Organization, PeriodValue, transaction

from . import services
from .models import StudyIssue
from .services import Learner

TUNED = {"2022H1": 529_140, "2022H2": 551_300, "2023H1": 572_000}  # 人次 of the default seed, a known report's
SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉兰红波辉斌宇浩凯琳雪倩鑫晨阳佳怡子涵雨欣梓轩思远嘉宁文博一诺俊熙"


def fill(target: DemoTarget) -> None:
    """Issues, rosters and learners of every period."""
    random = Random(target.seed * 7 + 1)
    bases = _bases(random)
    people = _people(random, bases)
    lean = {o: random.uniform(0.55, 1.6) for o in bases}  # some branches learn more than others
    newest = max(target.periods, key=lambda p: p.start)
    for period in sorted(target.periods, key=lambda p: p.start):
        wanted = TUNED.get(period.code) if target.flagship else None
        total = wanted or int(sum(bases.values()) * len(_sundays(period)) * random.uniform(0.33, 0.42))
        with transaction():
            issues = _issues(period)
            counts = _share(random, total, [random.uniform(0.9, 1.1) for _i in issues])
            for done, (issue, count) in enumerate(zip(issues, counts, strict=True), 1):
                target.say(f"青年大学习 {period.code}", done, len(issues))
                services.set_roster(issue, bases, issue.closes_on, "names" if period == newest else "entered")
                if period == newest:
                    _by_name(random, issue, count, people, lean)
                else:
                    _as_totals(random, issue, count, bases, lean)


def _sundays(period: PeriodValue) -> list[date]:
    first = period.start + timedelta(days=(6 - period.start.weekday()) % 7)
    return [first + timedelta(days=7 * i) for i in range(26) if first + timedelta(days=7 * i) <= period.end]


def _issues(period: PeriodValue) -> list[StudyIssue]:
    offset = 0 if period.start.month == 1 else 26
    days = _sundays(period)
    return [services.add_issue(day.year, offset + i, day - timedelta(days=6), day) for i, day in enumerate(days, 1)]


def _bases(random: Random) -> dict[int, int]:
    """Members of every branch: as the tree knows them, else a few."""
    o = Organization
    rows = o.select(o.id, o.member_count).where(o.org_type == "branch").order_by(o.id).tuples()
    return {key: count if count is not None else random.randint(3, 40) for key, count in rows}


def _people(random: Random, bases: dict[int, int]) -> list[tuple[int, int]]:
    """(organization, member id) of everybody on the rosters."""
    rows = []
    for organization, count in bases.items():
        for i in range(count):
            name = random.choice(SURNAMES) + "".join(random.sample(GIVEN, random.choice((1, 2, 2))))
            rows.append(
                {"organization_id": organization, "person_key": f"n:{organization:05d}{i:03d}", "name": name, "number": f"{organization:05d}{i:03d}"}
            )
    ids = services.add_members(rows)
    return [(r["organization_id"], ids[r["organization_id"], r["person_key"]]) for r in rows]


def _share(random: Random, total: int, weights: list[float]) -> list[int]:
    """`total` in whole numbers by weight; the parts sum up to it exactly."""
    whole, at, out = sum(weights), 0.0, []
    for weight in weights:
        before, at = round(total * at / whole), at + weight
        out.append(round(total * at / whole) - before)
    return out


def _by_name(random: Random, issue: StudyIssue, count: int, people: list[tuple[int, int]], lean: dict[int, float]) -> None:
    """The `count` people with the highest draw; a keen branch draws higher."""
    drawn = sorted(((random.random() ** (1 / lean[o]), o, p) for o, p in people), reverse=True)[:count]
    span = (issue.closes_on - issue.opens_on).days
    services.record_learners(issue, [Learner(o, p, issue.opens_on + timedelta(days=random.randint(0, span))) for _draw, o, p in drawn])


def _as_totals(random: Random, issue: StudyIssue, count: int, bases: dict[int, int], lean: dict[int, float]) -> None:
    keys = list(bases)
    shares = _share(random, count, [bases[o] * lean[o] * random.uniform(0.8, 1.2) + 1e-6 for o in keys])
    totals: Iterator[Any] = ((o, (n, None)) for o, n in zip(keys, shares, strict=True))
    services.record_aggregates(issue, dict(totals), f"{issue.title}省平台统计.xlsx")
