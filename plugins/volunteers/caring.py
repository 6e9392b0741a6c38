"""Verbs of 梦想改造+: candidates, survey, a room step by step, pairings. Names and addresses are stored protected and leave only masked."""

from datetime import date
from typing import Any

from youthpilot.core import ConflictError, RuleError, acting, actor_name, mask_name, today, transaction

from . import rules
from .models import Child, Pairing, Room, RoomStep
from .services import audit, not_future, owned, place_of
from .settings import limits
from .words import _

CONSENT = ("guardian_name", "guardian_relation", "consent_on")


def add_child(organization_id: int, values: dict[str, Any]) -> Child:
    """A candidate with his room at the first step (摸排). Raises RuleError at the field: without the guardian's consent nothing is kept."""
    place = place_of(organization_id)
    not_future(values["found_on"], "found_on")
    if values["category"] not in rules.CATEGORIES:
        raise RuleError(_("Choose the category"), "category")
    years = rules.full_years(values["birth_date"], values["found_on"])
    if not 0 <= years < limits(values["found_on"]).ages.adult:
        raise RuleError(_("The programme is for minors"), "birth_date")
    for name in CONSENT:
        if not values.get(name):
            raise RuleError(_("Without the guardian's name, relation and consent only numbers may be kept, not the child"), name)
    with transaction():
        year = values["found_on"].year
        code = values.get("code") or _next_code("C", year, Child)
        kept = {k: values.get(k) or "" for k in ("address", "guardian_name", "guardian_relation", "guardian_phone")}
        child = Child.create(
            **owned(place.id), code=code, category=values["category"], name=values["name"].strip(), masked=masked(values["name"]),
            birth_date=values["birth_date"], consent_on=values["consent_on"], consent_version=limits(year_end(year)).consent_version,
            found_on=values["found_on"], **kept,
        )  # fmt: skip
        room = Room.create(**owned(place.id), child=child.id, code=values.get("room_code") or _next_code("R", year, Room))
        _step(room, "survey", values["found_on"], "")
        audit("child.add", child, object_name=child.code)
    return child


def masked(name: str) -> str:
    """Only the surname is shown: 张**, whatever the length of the name."""
    return mask_name(name.strip())[:1] + "**"


def year_end(year: int) -> date:
    """31 December."""
    return date(year, 12, 31)


def _next_code(letter: str, year: int, model: Any) -> str:
    start = f"{letter}{year}-"
    taken = [int(c[len(start) :]) for (c,) in model.select(model.code).where(model.code.startswith(start)).tuples()]
    return f"{start}{max(taken, default=0) + 1:03d}"


def correct_child(child: Child, values: dict[str, Any]) -> None:
    """Change what was written of a candidate; name, address and guardian only where something is given (the screen never shows them).

    Raises RuleError at the field.
    """
    if values["category"] not in rules.CATEGORIES:
        raise RuleError(_("Choose the category"), "category")
    birth = values.get("birth_date") or child.birth_date
    if not 0 <= rules.full_years(birth, child.found_on) < limits(child.found_on).ages.adult:
        raise RuleError(_("The programme is for minors"), "birth_date")
    with transaction():
        told = []
        for key in ("name", "address", "guardian_name", "guardian_phone", "guardian_relation", "consent_on", "birth_date", "category"):
            if values.get(key) and values[key] != getattr(child, key):
                setattr(child, key, values[key].strip() if isinstance(values[key], str) else values[key])
                told.append(key)
        child.masked = masked(child.name)
        child.save()
        audit("child.change", child, object_name=child.code, after={"fields": sorted(told)})


def reveal_child(child: Child, reason: str) -> dict[str, str]:
    """Name, address and guardian in full for one who says why: whoever surveys or builds must find the house. The look is logged.

    Raises RuleError without a reason.
    """
    if not reason.strip():
        raise RuleError(_("Say why you need to see it"), "reason")
    _nothing_private(child, reason, "reason")
    audit("child.view", child, object_name=child.code, reason=reason.strip())
    return {k: getattr(child, k) for k in ("name", "address", "guardian_name", "guardian_relation", "guardian_phone")}


def _nothing_private(child: Child, text: str, field: str) -> None:
    """Raise RuleError if a text tells the name, the address or the guardian of the child."""
    if any(t in text for t in (child.name, child.address, child.guardian_name, child.guardian_phone) if t and len(t) > 1):
        raise RuleError(_("The text names the child, the guardian or the address: leave it out"), field)


def survey(child: Child, on: date, needs: str, eligible: bool | None = None) -> Child:
    """What the survey of the room found. Names and addresses do not belong here: RuleError if the text holds them."""
    not_future(on, "on")
    _nothing_private(child, needs, "note")
    with transaction():
        child.surveyed_on, child.survey = on, needs
        child.eligible = child.eligible if eligible is None else eligible
        child.save()
        audit("child.survey", child, object_name=child.code)
    return child


def move(room: Room, to: str, on: date, note: str = "", *, builder: str = "", test_passed: bool | None = None, test_report: str = "") -> Room:
    """The room's next step. Raises RuleError: not the next one, before the last one, hand-over without a passed air test or unfinished."""
    not_future(on, "on")
    acting.check(room, to)
    last = RoomStep.select().where(RoomStep.room == room.id).order_by(RoomStep.done_on.desc()).first()
    if last is not None and on < last.done_on:
        raise RuleError(_("The step before was on %(day)s", day=last.done_on), "on")
    given = {"note": note.strip()}
    acting.check(room, to, given=given)
    _nothing_private(room.child, note, "note")
    _check_step(room, to, test_passed, test_report)
    kept: dict[str, dict[str, Any]] = {
        "building": {"started_on": on, "builder": builder or room.builder},
        "air_test": {"tested_on": on, "test_passed": test_passed, "test_report": test_report.strip()},
        "handed": {"handed_on": on},
        "dropped": {"dropped_reason": note.strip()},
    }
    with acting.carrying_out(room, to, given=given, **kept.get(to, {})):
        if to == "design" and room.child.eligible is None:
            Child.update(eligible=True).where(Child.id == room.child_id).execute()
        _step(room, to, on, note)
    return room


def _check_step(room: Room, to: str, test_passed: bool | None, test_report: str) -> None:
    if to == "air_test":
        lacking = rules.missing_parts(room.done.split(","))
        if lacking:
            raise RuleError(_("Not finished yet: %(parts)s", parts="、".join(lacking)), "to")
        if test_passed and not test_report.strip():
            raise RuleError(_("A passed air test has a report with a number"), "test_report")
    if to == "handed" and not room.test_passed:
        raise RuleError(_("It cannot be handed over before the air test was passed"), "to")


def repeat_test(room: Room, on: date, passed: bool, report: str) -> None:
    """Another air test, after the first was not passed. Raises RuleError."""
    not_future(on, "on")
    acting.check(room, "test")
    if passed and not report.strip():
        raise RuleError(_("A passed air test has a report with a number"), "test_report")
    with acting.carrying_out(room, "test", tested_on=on, test_passed=passed, test_report=report.strip()) as (_done, told):
        _step(room, "air_test", on, report)
        told["passed"] = passed


def finish_parts(room: Room, done: list[str]) -> Room:
    """Which surfaces (三面) and items (六物) are finished. Raises RuleError unless the room is being built or tested."""
    if room.state not in ("building", "air_test"):
        raise RuleError(_("Parts are ticked while the room is being built"), "done")
    known = {**rules.SURFACES, **rules.ITEMS}
    with transaction():
        room.done = ",".join(k for k in known if k in done)
        room.save()
        audit("room.parts", room, after={"done": room.done})
    return room


def _step(room: Room, state: str, on: date, note: str) -> None:
    RoomStep.create(**owned(room.organization_id), room=room.id, state=state, done_on=on, actor=actor_name(), note=note.strip())


def pair(child: Child, partner: str, kind: str = "", from_on: date | None = None) -> Pairing:
    """Somebody accompanies the child from a day (default: today)."""
    with transaction():
        row = Pairing.create(**owned(child.organization_id), child=child.id, partner=partner.strip(), kind=kind, from_on=from_on or today())
        audit("pairing.add", row, object_name=child.code)
    return row


def end_pairing(row: Pairing, to_on: date) -> None:
    """`to_on` is the last day. Raises RuleError before it began, ConflictError if it has ended."""
    not_future(to_on, "on")
    if row.to_on is not None:
        raise ConflictError(_("This pairing has ended already"))
    if to_on < row.from_on:
        raise RuleError(_("The last day lies before the first day"), "on")
    with transaction():
        row.to_on = to_on
        row.save()
        audit("pairing.end", row, object_name=row.child.code, after={"on": to_on})
