"""What organizations reported: entries that add up to the county's totals, submissions in their states, their history.

Rows are written in bulk but obey the form: each one is read as a form, jumps carry their explanation, events keep its figures.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from youthpilot.core.cadres.models import Person, Post
from youthpilot.core.cadres.standing import registered_and_effective
from youthpilot.core.kernel.clock import LOCAL
from youthpilot.core.kernel.db import bulk_load, transaction
from youthpilot.core.organizations.models import Organization
from youthpilot.core.periods.models import Obligation, Period, Submission, SubmissionEvent
from youthpilot.core.periods.queries import submission_of
from youthpilot.core.registry import CountyRegistry
from youthpilot.plugins.figures.declared import catalogue
from youthpilot.plugins.figures.forms import Form, FormBasis, form_basis, read_form
from youthpilot.plugins.figures.models import FigureEntry
from youthpilot.plugins.figures.texts import PRACTICE

from .sums import apportion

REPORTED = ("accepted", "submitted", "late")
SPIKES = 9  # forms of the open half-year that carry an explanation
EXPLAINED = "今年开展主题教育，组织生活比去年明显增加，会议记录已存档。"
RETURNED = "团员数与名册差6人，请核对后再报。"
DEEDS = (
    "开展主题教育，组织团员青年集中学习，由团干部领学、青年谈体会，把学习和本单位的工作结合起来",
    "用好青年之家和村级活动场所，组织青年座谈、读书和体育活动，让青年有地方去、有人带",
    "组织青年志愿者开展防溺水宣传、敬老助学和人居环境整治，活动前有通知，活动后有登记",
    "落实三会两制一课，团员大会、团课和民主评议按时召开，会议记录已经归档",
    "核对团员名册和团干部任职，转入转出当月登记，空缺职务已经提出补选办法",
    "宣传农村青年创业政策，走访返乡青年，把有贷款意愿的名单报给镇里",
)


@dataclass
class Work:
    """One period of one county while it is filled."""

    period: Period
    registry: CountyRegistry
    random: Random
    states: dict[int, str]  # organization → one of the six states
    reviewer: str
    open_end: bool  # the period is still open: late ones came in after the due date

    def day(self, early: int, late: int) -> date:
        """A day `early` to `late` days after the due date (negative: before)."""
        return self.period.due_on + timedelta(days=self.random.randint(early, late))

    def moment(self, day: date, first: int = 8, last: int = 17) -> datetime:
        """A moment of office hours on a day."""
        return datetime.combine(day, time(self.random.randint(first, last), self.random.randrange(60), self.random.randrange(60)), LOCAL)


def fill(work: Work, wanted: dict[str, Decimal], seed: int) -> dict[str, int]:
    """Write entries, submissions and history of a period; state → count comes back."""
    people = _secretaries(work.period)
    with transaction():
        spiked = _entries(work, wanted, people, seed)
        _submissions(work, people)
        _histories(work, people, spiked)
    counts: dict[str, int] = {}
    for state in work.states.values():
        counts[state] = counts.get(state, 0) + 1
    return counts


def _secretaries(period: Period) -> dict[int, str]:
    """Organization → name of its secretary at the end of the period."""
    query = Post.select(Post.organization_id, Person.name).join(Person, on=(Post.person == Person.id))
    held = (Post.title == "secretary") & (Post.start_on <= period.end_on) & (Post.end_on.is_null() | (Post.end_on >= period.end_on))
    return dict(query.where(held).tuples())


# entries -------------------------------------------------------------------------------------------------------------


def _entries(work: Work, wanted: dict[str, Decimal], people: dict[int, str], seed: int) -> set[int]:
    """Figures entered by hand: those that reported add up to the total; the organizations whose value jumps come back."""
    asked = {key: declared.indicator.asked_of for key, declared in catalogue(work.registry, wanted).items()}
    kinds = dict(Obligation.select(Obligation.organization_id, Obligation.kind_then).where(Obligation.period == work.period).tuples())
    sizes = _sizes(work.period.county_id)
    rows: list[dict[str, Any]] = []
    spiked: set[int] = set()
    for key, total in wanted.items():
        places = [i for i, kind in kinds.items() if kind in asked.get(key, ()) and work.states[i] != "none"]
        reported = [i for i in places if work.states[i] in REPORTED]
        by_size = reported and total / len(reported) > 10
        weights = [
            (sizes.get(i, 1) if by_size else 1) * Random(f"{seed} {key} {i}").uniform(0.8, 1.25) * work.random.uniform(0.95, 1.05) for i in reported
        ]
        if by_size:  # a body too small for a single one reports none
            whole = sum(weights)
            weights = [w if float(total) * w / whole >= 1 else 0 for w in weights]
        if work.open_end and not by_size and len(reported) > 100:
            spiked = _spike(work, reported, weights)
        for i, value in zip(reported, apportion(int(total), weights), strict=True):
            rows.append(_entry(work, i, key, value, people))
        mean = max(1, int(total) // max(1, len(reported)))
        rows += [_entry(work, i, key, work.random.randint(max(1, mean // 2), mean + 1), people) for i in places if i not in reported]
    bulk_load(FigureEntry, rows)
    return spiked


def _spike(work: Work, reported: list[int], weights: list[float]) -> set[int]:
    """Some forms that wait for review hold a figure far above last year's."""
    waiting = [n for n, i in enumerate(reported) if work.states[i] in ("submitted", "late")]
    chosen = work.random.sample(waiting, min(SPIKES, len(waiting)))
    for n in chosen:
        weights[n] *= 5
    return {reported[n] for n in chosen}


def _sizes(county_id: int) -> dict[int, int]:
    day = max(d for (d,) in Organization.select(Organization.member_count_on).where(Organization.member_count_on.is_null(False)).distinct().tuples())
    return {i: s.members or 1 for i, s in registered_and_effective(county_id, day).by_id.items()}


def _entry(work: Work, organization: int, key: str, value: int, people: dict[int, str]) -> dict[str, Any]:
    return {
        "county": work.period.county_id,
        "organization": organization,
        "period": work.period.id,
        "key": key,
        "origin": "entered",
        "value": Decimal(value),
        "blank_kind": "none" if value == 0 else "",
        "reason": "",
        "explanation": "",
        "source_file": "",
        "entered_by": people.get(organization, "团组织"),
        "entered_at": work.moment(work.day(-9, -1)),
    }


# submissions ---------------------------------------------------------------------------------------------------------


def _submissions(work: Work, people: dict[int, str]) -> None:
    obligations = dict(Obligation.select(Obligation.organization_id, Obligation.id).where(Obligation.period == work.period).tuples())
    bulk_load(Submission, [_submission(work, i, obligations[i], people) for i, state in work.states.items() if state != "none"])


def _submission(work: Work, organization: int, obligation: int, people: dict[int, str]) -> dict[str, Any]:
    state = work.states[organization]
    sent = None if state == "draft" else work.moment(work.day(1, 3) if state == "late" else work.day(-8, -2), 8, 8 if state == "late" else 17)
    reviewed = None if sent is None or state not in ("accepted", "returned") else sent + timedelta(hours=20 + work.random.randrange(20))
    return {
        "county": work.period.county_id,
        "organization": organization,
        "period": work.period.id,
        "obligation": obligation,
        "state": "submitted" if state == "late" else state,
        "version": 0 if sent is None else 1,
        "submitted_by": "" if sent is None else people.get(organization, "团组织"),
        "submitted_at": sent,
        "submitted_on": None if sent is None else sent.date(),
        "late": state == "late",
        "on_behalf": False,
        "returned_reason": RETURNED if state == "returned" else "",
        "reviewed_by": work.reviewer if reviewed else "",
        "reviewed_at": reviewed,
        "self_reviewed": False,
        "remark": "",
        "texts": {} if state == "draft" else {PRACTICE: _practice(organization, work.period)},
        "changed_at": reviewed or sent or work.moment(work.day(1, 2)),
    }


def _practice(organization: int, period: Period) -> str:
    """What an organization wrote of its half-year, long enough for the county's report; of its own chance, so that no figure moves."""
    said = Random(f"{organization} {period.code} practice").sample(DEEDS, 4)
    return f"{period.title}，我们主要做了四件事。" + "".join(f"{n}是{deed}。" for n, deed in zip("一二三四", said, strict=True))


# history -------------------------------------------------------------------------------------------------------------


def _histories(work: Work, people: dict[int, str], spiked: set[int]) -> None:
    """Each form read as the product reads it: what jumps is explained, what was submitted is kept with its event."""
    basis = form_basis(work.period, work.registry)
    events: list[dict[str, Any]] = []
    for organization, state in work.states.items():
        if state == "none":
            continue
        form = read_form(work.period, organization, work.registry, basis=basis)
        submission = form.submission or submission_of(work.period, organization)
        if state != "draft":
            form = _answered(work, form, people, basis)
            _explain(work, form, submission, people)
        events += _events(work, form, submission, people)
    bulk_load(SubmissionEvent, events)


def _answered(work: Work, form: Form, people: dict[int, str], basis: FormBasis) -> Form:
    """The form with 还不掌握 where neither records nor the organization tell a figure: a form goes in only with every figure answered."""
    if not form.missing:
        return form
    unknown = {"value": None, "blank_kind": "unknown"}
    bulk_load(FigureEntry, [_entry(work, form.organization_id, f.key, 0, people) | unknown for f in form.missing])
    return read_form(work.period, form.organization_id, work.registry, basis=basis)


def _explain(work: Work, form: Form, submission: Any, people: dict[int, str]) -> None:
    warned = [f for f in form.fields if f.warning]
    for item in warned:
        here = (FigureEntry.period == work.period) & (FigureEntry.organization == form.organization_id) & (FigureEntry.key == item.key)
        if not FigureEntry.update(explanation=EXPLAINED).where(here).execute():
            note = {"origin": "note", "value": None, "blank_kind": "", "explanation": "与去年同期统计范围不同，已核对名册。"}
            bulk_load(FigureEntry, [_entry(work, form.organization_id, item.key, 0, people) | note])
    remark = "；".join(p.text for p in form.problems if p.level == "W")
    if remark:
        Submission.update(remark=remark).where(Submission.id == submission.id).execute()


def _events(work: Work, form: Form, submission: Any, people: dict[int, str]) -> list[dict[str, Any]]:
    state = work.states[form.organization_id]
    figures = {f.key: None if f.value is None else format(f.value, "f") for f in form.fields}
    who = people.get(form.organization_id, "团组织")
    began = (submission.submitted_at or submission.changed_at) - timedelta(hours=3)
    place = {"county": work.period.county_id, "organization": form.organization_id, "submission": submission.id, "reason": ""}
    found = [place | {"event": "save", "from_state": "none", "to_state": "draft", "actor": who, "happened_at": began, "figures": {}}]
    if state != "draft":
        sent = {
            "event": "submit",
            "from_state": "draft",
            "to_state": "submitted",
            "actor": who,
            "happened_at": submission.submitted_at,
            "figures": figures,
        }
        found.append(place | sent)
    if submission.reviewed_at is not None:
        event, reason = ("accept", "") if state == "accepted" else ("return", RETURNED)
        done = {"event": event, "from_state": "submitted", "to_state": state, "reason": reason, "actor": work.reviewer}
        found.append(place | done | {"happened_at": submission.reviewed_at, "figures": figures})
    return found
