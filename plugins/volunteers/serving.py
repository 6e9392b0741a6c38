"""Verbs of activities and service: publish, sign up, sign in and out, record, approve. One transaction each."""

import re
from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

from youthpilot.core import (
    ConflictError,
    RuleError,
    acting,
    body_at,
    business_now,
    current_scope,
    local,
    mask_name,
    now,
    record_audit,
    today,
    transaction,
)

from . import rules
from .models import Activity, Certificate, CertificateLine, Duty, Record, SignUp, Volunteer
from .queries import stretches
from .rules import APPROVE
from .services import Wrong, audit, owned, place_of
from .settings import Limits, limits
from .words import _
from .workflows import VOLUNTEER

# activities --------------------------------------------------------------------------------------------------------------

ACTIVITY = (
    "project", "title", "place", "starts_at", "ends_at", "is_theme", "quota", "lowest_age", "is_risky", "insurance_no", "insured_from",
    "insured_until", "late_reason",
)  # fmt: skip


def save_activity(row: Activity | None, organization_id: int, values: dict[str, Any], duties: list[tuple[str, int]] | None = None) -> Activity:
    """Publish or change an activity. Only one to come may be published; a later one needs its reason (补录). Raises RuleError at the field."""
    place = place_of(organization_id)
    given: dict[str, Any] = {
        k: values.get(k) if values.get(k) is not None else "" if k in ("place", "insurance_no", "late_reason") else None for k in ACTIVITY
    }
    given["is_theme"], given["is_risky"] = bool(given["is_theme"]), bool(given["is_risky"])
    _check_activity(given, row)
    days = {"held_on": local(given["starts_at"]).date(), "until_on": local(given["ends_at"]).date()}
    with transaction():
        if row is None:
            row = Activity.create(**owned(place.id), **given, **days)
        else:
            for key, value in {**given, **days, "organization": place.id}.items():
                setattr(row, key, value)
            row.save()
        if duties is not None:
            _set_duties(row, duties)
        audit("activity.save", row, after={"starts_at": row.starts_at, "risky": row.is_risky})
    return row


def _check_activity(v: dict[str, Any], row: Activity | None) -> None:
    if rules.FORBIDDEN_WORD in v["title"]:
        raise RuleError(_("The title must not say 补录: give the reason below instead"), "title")
    if v["ends_at"] <= v["starts_at"]:
        raise RuleError(_("It must end after it begins"), "ends_at")
    if v["ends_at"] - v["starts_at"] > rules.LONGEST_ACTIVITY:
        raise RuleError(_("An activity lasts a year at most"), "ends_at")
    if local(v["ends_at"]).time() <= local(v["starts_at"]).time():
        raise RuleError(_("Over several days, the hour at which a day ends must lie after the one at which it begins"), "ends_at")
    if row is None and v["starts_at"] < business_now() and not v["late_reason"]:
        raise RuleError(_("It has begun already: give the reason for entering it late"), "late_reason")
    if v["is_risky"]:
        first, last = local(v["starts_at"]).date(), local(v["ends_at"]).date()
        if not v["insurance_no"]:
            raise RuleError(_("A dangerous activity needs an insurance before it begins"), "insurance_no")
        if v["insured_from"] is None or v["insured_from"] > first:
            raise RuleError(_("The insurance must hold from %(day)s", day=first), "insured_from")
        if v["insured_until"] is None or v["insured_until"] < last:
            raise RuleError(_("The insurance must hold until %(day)s", day=last), "insured_until")


def read_duties(text: str) -> list[tuple[str, int]]:
    """“引导 6、宣讲 2” as (title, people). Raises RuleError."""
    found = []
    for part in filter(None, (p.strip() for p in re.split(r"[、,，;；\n]", text or ""))):
        match = re.fullmatch(r"(.+?)\s*(\d{1,5})\s*[人名]?", part)
        if match is None:
            raise RuleError(_("“%(part)s”: write the post and how many, such as 引导 6", part=part), "duties")
        found.append((match[1].strip(), int(match[2])))
    return found


def _set_duties(row: Activity, duties: list[tuple[str, int]]) -> None:
    present = {d.title: d for d in Duty.select().where(Duty.activity == row.id)}
    for title, needed in duties:
        if title in present:
            Duty.update(needed=needed).where(Duty.id == present[title].id).execute()
        else:
            Duty.create(**owned(row.organization_id), activity=row.id, title=title, needed=needed)
    for title in present.keys() - {t for t, _n in duties}:
        SignUp.update(duty=None).where(SignUp.duty == present[title].id).execute()
        Duty.delete().where(Duty.id == present[title].id).execute()


def hold(row: Activity) -> None:
    """The activity took place: it counts. Raises RuleError before its first day, ConflictError if it was cancelled or somebody was faster."""
    if row.held_on > today():
        raise RuleError(_("It begins only on %(day)s", day=row.held_on))
    acting.carry_out(row, "held")


def cancel(row: Activity) -> None:
    """It does not take place. Raises RuleError if somebody served, ConflictError if it took place or somebody was faster."""
    if Record.select().where(Record.activity == row.id, Record.state.in_(("waiting", "approved"))).exists():
        raise RuleError(_("People have served in it already"))
    acting.carry_out(row, "cancelled")


def enter_total(row: Activity, people: int, minutes: int, source_file: str) -> None:
    """A total without names (汇总录入) with its file; it counts while nobody is recorded by name. Raises RuleError."""
    if not source_file.strip():
        raise RuleError(_("Name the file that the total was taken from"), "source_file")
    if (people == 0) != (minutes == 0):
        raise RuleError(_("People and hours do not fit each other"), "total_people")
    days = (row.until_on - row.held_on).days + 1
    if minutes > people * days * limits(row.held_on).daily_minutes:
        raise RuleError(_("More hours than the people could serve"), "total_hours")
    total: dict[str, Any] = {"total_people": people, "total_minutes": minutes, "source_file": source_file.strip()}
    told = {"people": people, "minutes": minutes, "source": source_file}
    if row.held_on <= today():
        with acting.carrying_out(row, "total", **total) as (_step, entry):
            entry |= told
        return
    with transaction():
        Activity.update(**total).where(Activity.id == row.id).execute()
        audit("activity.total", row, after=told)


def sign_up(activity: Activity, volunteer: Volunteer, duty: Duty | None = None) -> SignUp:
    """A volunteer wants to come; twice is once. Raises RuleError if too young, not on the roster, full, cancelled or over."""
    _check_person(activity, volunteer, activity.held_on)
    if closing_of(activity, activity.until_on) <= business_now():
        raise RuleError(_("The activity is over: nobody can sign up any more"), "volunteer")
    with transaction():
        taken = SignUp.select().where(SignUp.activity == activity.id, ~SignUp.cancelled, SignUp.volunteer != volunteer.id).count()
        if activity.quota is not None and taken >= activity.quota:
            raise RuleError(_("All %(count)s places are taken", count=activity.quota))
        if duty is not None and SignUp.select().where(SignUp.duty == duty.id, ~SignUp.cancelled).count() >= duty.needed:
            raise RuleError(_("%(duty)s has people enough", duty=duty.title), "duty")
        row = SignUp.get_or_none(SignUp.activity == activity.id, SignUp.volunteer == volunteer.id)
        if row is not None and not row.cancelled and row.duty_id == (duty.id if duty else None):
            return row
        values = {"duty": duty.id if duty else None, "cancelled": False, "signed_at": now()}
        if row is None:
            row = SignUp.create(**owned(activity.organization_id), activity=activity.id, volunteer=volunteer.id, **values)
        else:
            SignUp.update(**values).where(SignUp.id == row.id).execute()
        audit("signup.add", row, object_name=activity.title)
        return SignUp.get_by_id(row.id)


def cancel_sign_up(row: SignUp) -> None:
    """The volunteer does not come; the place is free again. Nothing happens twice."""
    with transaction():
        SignUp.update(cancelled=True).where(SignUp.id == row.id).execute()
        audit("signup.cancel", row, object_name=row.activity.title)


def _check_person(activity: Activity, volunteer: Volunteer, on: date) -> None:
    if activity.state == "cancelled":
        raise RuleError(_("The activity was cancelled"), "activity")
    if volunteer.joined_on > on or (volunteer.left_on is not None and volunteer.left_on < on):
        raise RuleError(_("Not on the roster on %(day)s", day=on), "volunteer")
    birth = volunteer.person.birth_date
    if activity.lowest_age is not None and (birth is None or rules.full_years(birth, on) < activity.lowest_age):
        raise RuleError(_("The activity is for people of %(age)s full years", age=activity.lowest_age), "volunteer")


# records -----------------------------------------------------------------------------------------------------------------


def closing_of(activity: Activity, day: date) -> datetime:
    """When the activity's day ends: the last day's hour, on that day."""
    end = local(activity.ends_at)
    return datetime.combine(day, end.time(), end.tzinfo)


def opening_of(activity: Activity, day: date) -> datetime:
    """When the activity's day begins."""
    begin = local(activity.starts_at)
    return datetime.combine(day, begin.time(), begin.tzinfo)


def check_stretch(
    activity: Activity, volunteer: Volunteer, came: datetime, left: datetime | None, others: list[Record], set_to: Limits
) -> Wrong | None:
    """What is impossible about a stretch of service, None if nothing is. `others`: the volunteer's other records that stand."""
    day = local(came).date()
    if came > business_now() or (left is not None and left > business_now()):
        return Wrong("came_at" if came > business_now() else "left_at", _("The time lies in the future"), "V13")
    if not activity.held_on <= day <= activity.until_on:
        return Wrong("came_at", _("The activity was from %(first)s to %(last)s", first=activity.held_on, last=activity.until_on), "V14")
    if activity.is_risky and (activity.insured_from is None or not activity.insured_from <= day <= (activity.insured_until or day)):
        return Wrong("came_at", _("Nobody was insured on that day: a dangerous activity needs it"), "V18")
    same_day = [o for o in others if o.served_on == day]
    if sum(o.activity_id == activity.id for o in same_day) >= set_to.pairs:
        return Wrong("came_at", _("At most %(count)s sign-ins a day in one activity", count=set_to.pairs), "V15")
    if left is None:
        if any(o.left_at is not None and o.came_at <= came < o.left_at for o in others):
            return Wrong("came_at", _("At that time this person served elsewhere already"), "V16")
        return None
    if left <= came:
        return Wrong("left_at", _("The sign-out must lie after the sign-in"), "V12")
    if local(left).date() != day:
        return Wrong("left_at", _("Signed out on another day: enter each day by itself"), "V12")
    end = rules.counted_end(left, closing_of(activity, day), came)
    if rules.overlaps(came, left, ((o.came_at, o.left_at) for o in others)):
        return Wrong("came_at", _("At that time this person served elsewhere already"), "V16")
    if sum(o.minutes or 0 for o in same_day) + rules.minutes_between(came, end) > set_to.daily_minutes:
        return Wrong("left_at", _("More than %(hours)s hours on one day", hours=set_to.daily_minutes // 60), "V17")
    return None


def record(
    activity: Activity, volunteer: Volunteer, came: datetime, left: datetime | None, recorder: tuple[str, str], *,
    source: str = "hand", late_reason: str = "", evidence: str = "", batch: Any = None,
) -> Record:  # fmt: skip
    """Write down a stretch of service; recorder: (id, name). With a sign-out it waits for approval. Raises RuleError at the field."""
    day = local(came).date()
    _check_person(activity, volunteer, day)
    with transaction():
        wrong = check_stretch(activity, volunteer, came, left, stretches(volunteer.id), limits(day))
        if wrong:
            wrong.refuse()
        values = {"source": source, "late_reason": late_reason, "evidence": evidence, "recorded_by": recorder[0], "recorded_name": recorder[1]}
        row = Record.create(
            **owned(activity.organization_id), activity=activity.id, volunteer=volunteer.id, served_on=day, came_at=came, left_at=left,
            minutes=_minutes(activity, came, left), state="open" if left is None else "waiting", batch_id=batch.id if batch else None, **values,
        )  # fmt: skip
        if batch is None:
            audit("record.add", row, object_name=activity.title)
    return row


def _minutes(activity: Activity, came: datetime, left: datetime | None) -> int | None:
    return None if left is None else rules.minutes_between(came, rules.counted_end(left, closing_of(activity, local(came).date()), came))


def sign_in(activity: Activity, volunteer: Volunteer, at: datetime | None = None) -> Record:
    """Sign in by phone. Raises RuleError outside the activity's hours, while signed in, or beyond the pairs of the day."""
    at = at or business_now()
    day = local(at).date()
    early = timedelta(minutes=limits(day).early)
    if not opening_of(activity, day) - early <= at <= closing_of(activity, day):
        raise RuleError(
            _(
                "Sign-in is open from %(first)s to %(last)s",
                first=(opening_of(activity, day) - early).strftime("%H:%M"),
                last=closing_of(activity, day).strftime("%H:%M"),
            )
        )
    if any(o.state == "open" and o.served_on == day for o in stretches(volunteer.id, day)):
        raise RuleError(_("Signed in already: sign out first"))
    return record(activity, volunteer, at, None, (f"volunteer:{volunteer.id}", mask_name(volunteer.person.name)), source="phone")


def sign_out(activity: Activity, volunteer: Volunteer, at: datetime | None = None) -> Record:
    """Sign out by phone on the same day; what lies after the closing time is not counted. A forgotten one gives no minutes ever.

    Raises RuleError without a sign-in of that day.
    """
    at = at or business_now()
    day = local(at).date()
    row = next((o for o in stretches(volunteer.id, day) if o.state == "open" and o.activity_id == activity.id), None)
    if row is None:
        raise RuleError(_("There is no open sign-in of today. A forgotten sign-out is entered by the one in charge."))
    return finish(row, at, held={VOLUNTEER})


def finish(
    row: Record, left: datetime, late_reason: str = "", recorder: tuple[str, str] | None = None, held: Collection[str] | None = None
) -> Record:
    """Give an open record its sign-out; `late_reason` when somebody else enters it afterwards (补录). held: as in `acting`.

    Raises RuleError, or ConflictError if it has one already.
    """
    acting.check(row, "finish", held)
    changes: dict[str, Any] = {"left_at": left, "minutes": _minutes(row.activity, row.came_at, left)}
    others = stretches(row.volunteer_id, but=row.id)
    with transaction():
        wrong = check_stretch(row.activity, row.volunteer, row.came_at, left, others, limits(row.served_on))
        if wrong:
            wrong.refuse()
        if recorder is not None:
            if not late_reason.strip():
                raise RuleError(_("Say why the sign-out is entered afterwards"), "late_reason")
            changes |= {"late_reason": late_reason, "recorded_by": recorder[0], "recorded_name": recorder[1]}
        acting.carry_out(row, "finish", held, entry={"object_name": row.activity.title}, **changes)
    return row


# approval ----------------------------------------------------------------------------------------------------------------


def approve(records: Iterable[Record], approver: tuple[str, str], reason: str = "") -> int:
    """Approve the records that wait; approver: (id, name). Returns how many.

    Raises RuleError: no sign-out, or recorded by the same person without 本人复核 and its reason.
    """
    done, ids = 0, [r.id for r in records]
    with transaction():
        rows = [Record.get_by_id(i) for i in ids]  # as they are now, not as somebody's page showed them
        for row in rows:
            if row.state == "open":
                raise RuleError(
                    _("%(name)s did not sign out on %(day)s: enter the sign-out first", name=mask_name(row.volunteer.person.name), day=row.served_on)
                )
            if row.state != "waiting":
                continue
            own = row.recorded_by == approver[0]
            if own:
                _check_alone(row)
            if own and not reason.strip():
                raise RuleError(_("You recorded these hours yourself: say why nobody else can review them"), "reason")
            acting.check(row, "approve")
            with suppress(ConflictError):  # somebody else dealt with it in this moment
                acting.move(row, "approve", **_by(approver, reason if own else ""), is_self_review=own)
                done += 1
        if done:
            record_audit(
                "volunteers.record.approve",
                object_type="volunteers_record",
                object_id=ids[0],
                reason=reason,
                after={"records": len(ids), "approved": done},
            )
    return done


def _check_alone(row: Record) -> None:
    """Raises RuleError unless the county allows it and nobody else of the body that approves these hours could."""
    if not limits(today()).self_review:
        raise RuleError(_("Who recorded the hours cannot approve them: ask somebody else"), "reason")
    body, me = body_at(row.organization_id, APPROVE), current_scope().actor_id
    if not body.is_alone(me):
        names = "、".join(body.others(me)[:3])
        raise RuleError(_("Who recorded the hours cannot approve them: %(names)s can, ask there", names=names), "reason")


def refuse(row: Record, approver: tuple[str, str], reason: str) -> None:
    """Not approved, with a reason. Raises RuleError, ConflictError."""
    _end(row, "refused", approver, reason)


def withdraw(row: Record, actor: tuple[str, str], reason: str) -> None:
    """Take approved hours back. A certificate that counts them is revoked first: RuleError."""
    line = CertificateLine.select().join(Certificate, on=(CertificateLine.certificate == Certificate.id))
    held = line.where(CertificateLine.record == row.id, Certificate.state != "revoked").first()
    if held is not None:
        raise RuleError(_("Certificate %(number)s counts these hours: revoke it first", number=held.certificate.number))
    _end(row, "withdrawn", actor, reason)


def _end(row: Record, act: str, actor: tuple[str, str], reason: str) -> None:
    acting.carry_out(row, act, given={"reason": reason}, entry={"object_name": row.activity.title}, **_by(actor, reason.strip()))


def _by(actor: tuple[str, str], reason: str) -> dict[str, Any]:
    """Who decided on a record, and why."""
    return {"approved_by": actor[0], "approved_name": actor[1], "approved_at": now(), "reason": reason}
