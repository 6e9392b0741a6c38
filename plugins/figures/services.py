"""An organization's form, saved and submitted: figures, reasons and texts are stored here, the state of the submission by core.periods."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from youthpilot.core.kernel.errors import ConflictError, RuleError
from youthpilot.core.organizations.models import Organization
from youthpilot.core.periods import services as periods
from youthpilot.core.periods.acting import Acting
from youthpilot.core.periods.models import Period, Submission
from youthpilot.core.periods.services import Content
from youthpilot.core.registry import CountyRegistry

from .forms import Form, FormBasis, read_form
from .texts import TextProblem, text_problems
from .typed import Given
from .words import _
from .written import write_entries


class FormError(RuleError):
    """A form cannot be submitted so; `form` holds every field with its error, `texts` what is wrong with the texts."""

    def __init__(self, form: Form, texts: Sequence[TextProblem] = ()) -> None:
        super().__init__(_("%(num)s places must be settled before this can be submitted", num=len(form.errors) + len(texts)))
        self.form, self.texts = form, tuple(texts)


@dataclass(frozen=True)
class Saved:
    """A saved draft and the form as it now stands, errors included."""

    submission: Submission
    form: Form


def save_draft(
    period: Period,
    organization_id: int,
    given: Mapping[str, Given],
    registry: CountyRegistry,
    actor: Acting,
    texts: Mapping[str, str] | None = None,
    basis: FormBasis | None = None,
) -> Saved:
    """Keep what was typed, without checking more than that it can be kept: a figure with an error keeps its earlier value.

    Raises ConflictError if the form has been submitted, NotFound outside the scope.
    """
    form = read_form(period, organization_id, registry, given, texts, basis)
    content = Content(form.texts, write=partial(write_entries, form, given, actor))
    return Saved(periods.save(period, organization_id, form.submission, actor, content), form)


def submit(
    period: Period,
    organization_id: int,
    version: int,
    given: Mapping[str, Given] | None,
    registry: CountyRegistry,
    actor: Acting,
    texts: Mapping[str, str] | None = None,
    today: date | None = None,
    basis: FormBasis | None = None,
    seen: str = "",
) -> Submission:
    """Submit the form as stored, with `given` laid over it (None: as stored). After the due date it counts as late.

    Every figure asked must be answered: by a value, 0 among them, or as not known yet; so must the texts that are not optional.
    `version` is the form's when it was read; the same one submitted again by the same person returns the first answer. `seen`: the
    digest of the form that the person agreed to, '' if none was shown. Raises FormError if something must be settled first,
    ConflictError if somebody else was faster.
    """
    form = read_form(period, organization_id, registry, given, texts, basis, check_modules=True)
    judge = partial(_judged, form, given or {}, actor, seen)
    return periods.send(period, organization_id, form.submission, version, actor, judge, today)


def _judged(form: Form, given: Mapping[str, Given], actor: Acting, seen: str, on_behalf: bool) -> Content:
    """What is submitted. Raises FormError, or ConflictError if it is not what the person saw."""
    wrong = [p for p in text_problems(form.texts, on_behalf) if p.level == "E"]
    if form.errors or wrong:
        raise FormError(form, wrong)
    if seen and seen != form.digest:
        raise ConflictError(_("The draft has changed since you checked it: look at it again, then submit"))
    return Content(
        form.texts,
        {f.key: None if f.value is None else format(f.value, "f") for f in form.fields},
        "；".join(dict.fromkeys([p.text for p in form.problems if p.level == "W"])),
        partial(write_entries, form, given, actor),
    )


def refuse_ticking_off(organization_id: int) -> None:
    """Raise RuleError: where figures are kept, what an organization owes is its form."""
    name = Organization.get_by_id(organization_id).short
    raise RuleError(_("%(name)s owes a form with figures, so it is not ticked off: fill it in for them, or let them off with a reason", name=name))
