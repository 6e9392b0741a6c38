"""The demonstration's League life and its second source: meetings of the newest half-year, one issue with differences to decide.

Nothing here changes who learned: the figures of the known report stay as they are.
"""

from datetime import date, timedelta
from random import Random
from typing import Any

from youthpilot.core import DemoTarget, Organization, bulk_load, transaction

from . import reconciling
from .comparing import compare
from .models import StudyIssue, StudyMember, StudyRecord
from .models_life import StudyMeeting, StudyOwnRecord
from .rules_life import EVERY, enough, spans

TOPICS = {
    "assembly": ("传达团县委工作会议精神", "讨论接收新团员", "半年工作总结"),
    "committee": ("研究本月学习安排", "研究团员发展对象", "研究志愿服务活动", "通报团费收缴情况"),
    "lecture": ("学习党的二十大精神", "五四精神与青年担当", "团章学习"),
    "group": ("交流“青年大学习”体会", "开展一次结对帮学"),
}
USUAL = {"assembly": 0.94, "committee": 0.93, "lecture": 0.92, "group": 0.25}  # how often what is due takes place
SHARED = 8  # branches that handed in their members' screenshots


def fill(target: DemoTarget, issues: list[StudyIssue]) -> None:
    """Meetings, then the own records of the newest issue, two of whose differences are decided."""
    random = Random(f"{target.seed} life {target.county.code}")
    o = Organization
    branches = list(o.select(o.id, o.member_count).where(o.org_type == "branch", o.member_count > 2).order_by(o.code).tuples())
    rows = [row for key, members in branches for row in _meetings(target, key, members, random)]
    with transaction():
        bulk_load(StudyMeeting, rows)
    target.say("三会两制一课：逐次登记", len(rows), len(rows))
    _second_source(target, issues[-1], random)


def _meetings(target: DemoTarget, branch: int, members: int, random: Random) -> list[dict[str, Any]]:
    out = []
    for kind, share in USUAL.items():
        for span in spans(EVERY[kind], target.period.start, target.period.end):
            if random.random() > share:
                continue
            should = min(members, 3) if kind == "committee" else members
            out.append(
                _meeting(target, branch, kind, span.start + timedelta(days=random.randrange((span.end - span.start).days + 1)), should, random)
            )
    return out


def _meeting(target: DemoTarget, branch: int, kind: str, day: date, should: int, random: Random) -> dict[str, Any]:
    present = max(1, min(should, round(should * random.uniform(0.62, 1.04))))
    if random.random() < 0.01:
        present = should // 2
    quorate = enough(present, should, "1/2")
    return {
        "county": target.county.id,
        "organization": branch,
        "kind": kind,
        "held_on": day,
        "should_attend": should,
        "present": present,
        "excellent": None,
        "quorate": quorate,
        "topic": random.choice(TOPICS[kind]),
        "result": "",
        "reason": "" if quorate else "外出务工团员较多，已另行传达",
        "recorded_by": target.actor,
        "batch_id": None,
    }


def _second_source(target: DemoTarget, issue: StudyIssue, random: Random) -> None:
    r, m = StudyRecord, StudyMember
    places = [o for (o,) in r.select(r.organization_id).where(r.issue == issue.id).distinct().order_by(r.organization_id).limit(SHARED).tuples()]
    rows: list[dict[str, Any]] = []
    for place in places:
        learned = dict(r.select(r.person_id, r.learned_on).where(r.issue == issue.id, r.organization == place).tuples())
        people = list(m.select().where(m.organization == place).order_by(m.id))
        absent = [p for p in people if p.id not in learned][:1]
        there = [p for p in people if p.id in learned]
        rows += [_own(target, issue, p, learned[p.id]) for p in there[1:]] + [_own(target, issue, p, issue.closes_on) for p in absent]
        if len(there) > 2 and learned[there[1].id] != issue.opens_on:
            rows[-len(there) + 1 - len(absent)]["learned_on"] = issue.opens_on
    with transaction():
        bulk_load(StudyOwnRecord, rows)
        cases = [c for c in compare(issue).cases if c.kind == "own"]
        for case, verdict, reason in zip(cases, ("rejected", "open"), ("截图是上一期的", "已请本人补交完整截图"), strict=False):
            made = reconciling.decide(issue, case, verdict, reason)
            made.decided_by = target.actor
            made.save()
    target.say("青年大学习：个人记录", len(rows), len(rows))


def _own(target: DemoTarget, issue: StudyIssue, person: StudyMember, day: date | None) -> dict[str, Any]:
    who = {"person_key": person.person_key, "name": person.name, "number": person.number, "is_member": person.is_member}
    return {"county": target.county.id, "organization": person.organization_id, "issue": issue.id, "learned_on": day, "batch_id": None} | who
