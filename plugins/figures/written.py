"""Writing the layer between records and figures: what an organization entered or overrode in its form."""

from collections.abc import Mapping
from typing import Any

from youthpilot.core.kernel.clock import business_now as now
from youthpilot.core.periods.acting import Acting

from .forms import FieldState, Form
from .models import FigureEntry
from .typed import Given


def write_entries(form: Form, given: Mapping[str, Given], actor: Acting) -> None:
    """Store the fields that were typed and have no error about their number, in the caller's transaction.

    A field back at the records' value loses its entry; an explanation alone is kept as a note; an imported total stays until
    another number replaces it.
    """
    period, at = form.period, form.organization_id
    stored = {e.key: e for e in FigureEntry.select().where((FigureEntry.period == period) & (FigureEntry.organization == at))}
    for state in form.fields:
        if state.key not in given or state.read.error:
            continue
        values, old = _values(state), stored.get(state.key)
        if values is None:
            if old is not None and old.origin != "total":
                FigureEntry.delete().where(FigureEntry.id == old.id).execute()
            continue
        if old is not None and all(getattr(old, name) == value for name, value in values.items()):
            continue
        values |= {"entered_by": actor.name, "entered_at": now()}
        if old is None:
            FigureEntry.create(county=period.county_id, organization=at, period=period.id, key=state.key, **values)
        else:
            FigureEntry.update(**values).where(FigureEntry.id == old.id).execute()


def _values(state: FieldState) -> dict[str, Any] | None:
    """The row of a field; None if nothing needs to be kept."""
    given, read = state.given, state.read
    words = {"reason": given.reason.strip(), "explanation": given.explanation.strip()}
    number = {"value": read.value, "numerator": read.numerator, "denominator": read.denominator}
    if state.origin in ("override", "entered", "total"):
        zero = read.value == 0 and given.blank == "none"
        return {"origin": "entered" if state.origin == "total" else state.origin, **number, **words, "blank_kind": "none" if zero else ""}
    if state.computed is None and given.blank == "unknown":
        return {"origin": "entered", "value": None, "numerator": None, "denominator": None, **words, "blank_kind": "unknown"}
    if words["explanation"]:
        return {"origin": "note", "value": None, "numerator": None, "denominator": None, **words, "blank_kind": ""}
    return None
