"""The demonstration's online classes, make-up study, exemptions, people outside the roster, and points by limits that fit it."""

from datetime import date, timedelta
from random import Random

from youthpilot.core import County, DemoTarget, set_setting
from youthpilot.plugins.demo import invented_name

from . import excusing, scoring, services
from .models import StudyIssue, StudyMember
from .queries import issues, missing_members
from .services import Learner

LIMITS = {"points_full_from": 70, "points_high_from": 60, "points_low_below": 20, "points_bad_below": 10, "streak_limit": 12}
LESSONS = (("学习二十大", 3), ("五四精神", 4), ("乡村振兴里的青年", 6))  # theme and month of the online classes
WHY_MISSED = ("外出务工", "住院", "手机故障", "期中考试")
EXEMPT = (("参军入伍", "入伍通知书"), ("长期病休", "县医院证明"), ("出国学习", "学校证明"), ("产假", "单位证明"))


def set_limits(target: DemoTarget) -> None:
    """Limits that fit a county in which 37 % learn; the province's would take points off every branch."""
    county = County.get_by_id(target.county.id)
    for key, value in LIMITS.items():
        set_setting(county, "study", key, value, target.period.start, target.actor)


def fill_people(target: DemoTarget, sizes: dict[int, int], random: Random) -> None:
    """What is recorded beside the issues of the newest half-year. sizes: branch → its members."""
    chosen = random.sample(sorted(sizes), min(12, len(sizes)))
    lessons = _classes(target, sizes, chosen[10:], random)
    last = list(issues(target.period.start, target.period.end).limit(3))
    _made_up(last, chosen[:6], random)
    _exempted(chosen[6:10], random)
    _outside(lessons[-1], chosen[10:], random)
    target.say("青年大学习：云团课、补学、免学、编外", 1, 1)
    scoring.compute(target.period.start, target.period.end)
    target.say("青年大学习：积分", 1, 1)


def _classes(target: DemoTarget, sizes: dict[int, int], by_name: list[int], random: Random) -> list[StudyIssue]:
    """Three online classes; every branch reports a total, but for the last one some send names."""
    made = []
    for number, (theme, month) in enumerate(LESSONS, 1):
        opens = date(target.period.start.year, month, 10)
        lesson = services.add_issue(opens.year, number, opens, opens + timedelta(days=9), theme=theme, kind="class")
        services.set_roster(lesson, sizes, lesson.closes_on)
        totals: dict[int, tuple[int | None, int | None]] = {
            u: (int(n * random.uniform(0.1, 0.75)), random.choice((0, 0, 0, 1, 3)))
            for u, n in sizes.items()
            if number < len(LESSONS) or u not in by_name
        }
        services.record_aggregates(lesson, totals, f"{lesson.title}学习情况.xlsx")
        made.append(lesson)
    return made


def _made_up(found: list[StudyIssue], units: list[int], random: Random) -> None:
    for issue in found[1:]:
        for unit in units:
            people = [p for (p,) in missing_members(issue, unit).select(StudyMember.id).limit(3).tuples()]
            if people:
                excusing.record_makeups(issue, people, issue.closes_on + timedelta(days=random.randint(1, 6)), random.choice(WHY_MISSED), "学习截图")


def _exempted(units: list[int], random: Random) -> None:
    for unit, (reason, evidence) in zip(units, EXEMPT, strict=False):
        member = StudyMember.select().where(StudyMember.organization == unit).order_by(StudyMember.id).first()
        excusing.exempt(member, date(2023, 6, random.randint(1, 12)), date(2023, 12, 31) if reason == "产假" else None, reason, evidence)


def _outside(lesson: StudyIssue, units: list[int], random: Random) -> None:
    """Branches that sent names for an online class, among them some that stand on no roster."""
    for unit in units:
        names = {f"m:{n}": n for n in (invented_name(random, random.choice("MF")) for _n in range(4))}
        rows = [{"organization_id": unit, "person_key": k, "name": n, "is_member": False, "off_roster": True} for k, n in names.items()]
        guests = services.add_members(rows).values()
        members = [p for (p,) in missing_members(lesson, unit).select(StudyMember.id).limit(10).tuples()]
        learners = [Learner(unit, p, lesson.opens_on) for p in members] + [
            Learner(unit, p, lesson.opens_on, False) for p in guests if p not in members
        ]
        services.record_learners(lesson, learners)
