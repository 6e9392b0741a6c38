"""An organization's form for a period: what the records say, what was entered, what it was before, and what must be explained."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from youthpilot.core.counties.services import setting
from youthpilot.core.kernel.scope import figure_scope
from youthpilot.core.periods.models import Period, Submission
from youthpilot.core.periods.queries import obligation_of, period_value, submission_of
from youthpilot.core.periods.rules import DEFAULT_DIFFERENCE, JUMP_DIFFERENCE
from youthpilot.core.registry import CountyRegistry

from .declared import Declared, catalogue, owner_title
from .models import FigureEntry
from .queries import Bases, bases, figures_of
from .rules import PAIRED, jumps, minus, value_of
from .typed import MIN_EXPLANATION, Given, Read, read_given
from .values import FigureSet, Meaning
from .words import _


@dataclass(frozen=True)
class FormBasis:
    """The county's figures that every form of a period is made from; computed once for many forms."""

    figures: FigureSet
    bases: Bases
    jump_difference: Decimal = Decimal(DEFAULT_DIFFERENCE)  # see jump_difference()


@dataclass(frozen=True)
class FieldState:
    """One figure of a form. Values are printed values; None is blank.

    computed: what the records of the organization and those below say (None for one entered by hand). entered: what was typed.
    value: what counts; numerator, denominator: what it is made of, None unless ratio or average. entered_by, entered_at: who stored what was typed. A figure is in one of three states: answered with a value, answered with 还不掌握 (`unknown`), or `missing`.
    below: sum of what those below reported of a figure entered by hand, to compare. needs_explanation: it
    jumped or exceeds 100 %, and the explanation given is too short. error: why it is refused, '' if it is not.
    """

    meaning: Meaning
    module_title: str
    by_hand: bool
    has_records: bool
    computed: Decimal | None
    computed_numerator: Any
    computed_denominator: Any
    given: Given
    entered: Decimal | None
    value: Decimal | None
    origin: Literal["", "override", "entered", "total", "note"]
    blank_kind: str
    numerator: Any
    denominator: Any
    entered_by: str
    entered_at: datetime | None
    last_year: Decimal | None
    previous: Decimal | None
    below: Decimal | None
    warning: str = ""
    needs_explanation: bool = False
    error: str = ""
    fault: bool = False
    read: Read = field(default=Read(), repr=False)

    @property
    def key(self) -> str:
        """The indicator's key, which is also the field's name."""
        return self.meaning.key

    @property
    def overridden(self) -> bool:
        """True if another number than the records' counts."""
        return self.origin == "override"

    @property
    def unknown(self) -> bool:
        """True if the reporter said 还不掌握: an answer, but not a value."""
        return self.blank_kind == "unknown"

    @property
    def filled(self) -> bool:
        """True if it is answered: it has a value (0 is one), or the reporter said that it is not known yet."""
        return self.value is not None or self.unknown

    @property
    def missing(self) -> bool:
        """True if nobody has answered it, which is neither 0 nor 还不掌握. A figure with an error is refused for that instead."""
        return not self.filled and not self.error


@dataclass(frozen=True)
class FormProblem:
    """Something about a form. level E: cannot be submitted so; W: needs an explanation or a look. key '' concerns the whole form."""

    key: str
    level: Literal["E", "W"]
    text: str


@dataclass(frozen=True)
class Form:
    """An organization's form; `version` goes back with `submit`."""

    period: Period
    organization_id: int
    submission: Submission | None
    fields: tuple[FieldState, ...]
    problems: tuple[FormProblem, ...]
    texts: Mapping[str, str]

    @property
    def version(self) -> int:
        """How often it was submitted."""
        return self.submission.version if self.submission else 0

    @property
    def state(self) -> str:
        """none, draft, submitted, returned or accepted."""
        return self.submission.state if self.submission else "none"

    @property
    def errors(self) -> tuple[FormProblem, ...]:
        """What must be settled before it can be submitted, missing explanations and answers included."""
        waiting = [FormProblem(f.key, "E", f.warning) for f in self.fields if f.needs_explanation]
        open_ = [FormProblem(f.key, "E", _("%(title)s is not answered yet", title=f.meaning.title)) for f in self.missing]
        return (*(p for p in self.problems if p.level == "E"), *waiting, *open_)

    @property
    def missing(self) -> tuple[FieldState, ...]:
        """The fields that nobody has answered."""
        return tuple(f for f in self.fields if f.missing)

    @property
    def unknown(self) -> tuple[FieldState, ...]:
        """The fields answered with 还不掌握."""
        return tuple(f for f in self.fields if f.unknown)

    @property
    def digest(self) -> str:
        """What would be sent, in short: it differs as soon as an answer, a reason, an explanation or a text does."""
        said = [
            (f.key, str(f.value), str(f.numerator), str(f.denominator), f.origin, f.blank_kind, f.given.reason, f.given.explanation)
            for f in self.fields
        ]
        return hashlib.sha256(json.dumps([said, sorted(self.texts.items())], ensure_ascii=False).encode()).hexdigest()[:32]

    @property
    def filled(self) -> int:
        """How many fields are answered."""
        return sum(f.filled for f in self.fields)

    def groups(self) -> list[tuple[str, list[FieldState]]]:
        """(module title, fields) in order, for the sections of the page."""
        found: dict[str, list[FieldState]] = {}
        for item in self.fields:
            found.setdefault(item.module_title, []).append(item)
        return list(found.items())

    def get(self, key: str) -> FieldState | None:
        """The field of an indicator."""
        return next((f for f in self.fields if f.key == key), None)


def form_basis(period: Period, registry: CountyRegistry, today: date | None = None) -> FormBasis:
    """The figures that forms of the period are made from; pass it on when many forms are read or submitted."""
    county = registry.county
    asked = [key for key, declared in catalogue(registry).items() if declared.indicator.asked_of]  # the others stand in no form and cost time
    found, before = figures_of(county, period, registry, keys=asked, today=today), bases(county, period, registry, asked, today=today)
    return FormBasis(found, before, jump_difference(period))


def jump_difference(period: Period) -> Decimal:
    """The county's setting in force on the period's last day: a count or amount that moved by less never asks for an explanation."""
    return Decimal(str(setting(period.county_id, "core", JUMP_DIFFERENCE, period.end_on, DEFAULT_DIFFERENCE)))


def read_form(
    period: Period,
    organization_id: int,
    registry: CountyRegistry,
    given: Mapping[str, Given] | None = None,
    texts: Mapping[str, str] | None = None,
    basis: FormBasis | None = None,
    check_modules: bool = False,
) -> Form:
    """The form of an organization: what is stored, with `given` (as typed) laid over it. Nothing is written.

    Raises NotFound if the organization owes nothing or lies outside the scope. `check_modules` asks the modules' own checks too.
    """
    obligation = obligation_of(period, organization_id)
    basis = basis or form_basis(period, registry)
    submission = submission_of(period, organization_id)
    stored = {e.key: e for e in FigureEntry.select().where((FigureEntry.period == period) & (FigureEntry.organization == organization_id))}
    fields = [
        _field(declared, organization_id, registry, basis, stored.get(key), (given or {}).get(key))
        for key, declared in _asked(registry, basis, obligation.kind_then)
    ]
    problems = [p for f in fields for p in _field_problems(f)]
    if check_modules:
        problems += _module_problems(period, organization_id, registry)
    kept = dict(submission.texts or {}) if submission else {}
    return Form(period, organization_id, submission, tuple(fields), tuple(problems), {**kept, **(texts or {})})


def form_fields(period: Period, organization_id: int, registry: CountyRegistry, basis: FormBasis | None = None) -> list[FieldState]:
    """The fields of an organization's form as they are stored."""
    return list(read_form(period, organization_id, registry, basis=basis).fields)


def check_form(form: Form) -> list[FormProblem]:
    """Everything about a form, errors first."""
    return sorted((*form.problems, *(p for p in form.errors if p not in form.problems)), key=lambda p: p.level)


def _asked(registry: CountyRegistry, basis: FormBasis, kind: str) -> Iterable[tuple[str, Declared]]:
    for key, declared in catalogue(registry).items():
        if kind in declared.indicator.asked_of and declared.indicator.kind != "claim" and key in basis.figures:
            yield key, declared


def _field(declared: Declared, at: int, registry: CountyRegistry, basis: FormBasis, entry: FigureEntry | None, typed: Given | None) -> FieldState:
    meaning, figures = declared.meaning, basis.figures
    part = None if declared.by_hand else figures.from_records(meaning.key, at)
    computed = value_of(meaning.kind, part, meaning.decimals, meaning.percent)
    given = typed if typed is not None else given_of(entry)
    read = read_given(meaning, given)
    entered = value_of(meaning.kind, read.part, meaning.decimals, meaning.percent)
    same = part is not None and (read.part is None or (read.part == part if read.numerator is not None else read.value == computed))
    origin: Any = (
        ""
        if same or read.part is None
        else "override"
        if part is not None
        else "total"
        if entry and entry.origin == "total" and typed is None
        else "entered"
    )
    value = computed if not origin and part is not None else entered
    made = (part if not origin and part is not None else read.part) if meaning.kind in PAIRED else None
    blank = "unknown" if value is None and given.blank == "unknown" else ""
    state = FieldState(
        meaning=meaning,
        module_title=owner_title(registry, declared.module),
        by_hand=declared.by_hand,
        has_records=declared.indicator.records is not None,
        computed=computed,
        computed_numerator=part[0] if part else None,
        computed_denominator=part[1] if part else None,
        given=given,
        entered=entered if origin else None,
        value=value,
        origin=origin,
        blank_kind=blank,
        numerator=made[0] if made else None,
        denominator=made[1] if made else None,
        entered_by=entry.entered_by if entry and origin else "",
        entered_at=entry.entered_at if entry and origin else None,
        last_year=_base(basis.bases.last_year, meaning.key, at, declared.by_hand),
        previous=_base(basis.bases.previous, meaning.key, at, declared.by_hand),
        below=_below(figures, meaning, at) if declared.by_hand else None,
        fault=figures.columns[meaning.key].fault,
        read=read,
    )
    return _judged(state, basis.jump_difference)


def _judged(state: FieldState, difference: Decimal) -> FieldState:
    """The field with its error and its warning."""
    error = state.read.error
    if not error and state.overridden and not state.given.reason.strip():
        error = _("The records say %(value)s. Give the reason for another number", value=state.computed)
    warning = "" if error else warning_of(state.meaning, state.value, state.last_year, state.previous, difference)
    short = len(state.given.explanation.strip()) < MIN_EXPLANATION
    return replace(state, error=error, warning=warning, needs_explanation=bool(warning) and short)


def warning_of(meaning: Meaning, value: Any, last_year: Any, previous: Any, difference: Decimal = Decimal(DEFAULT_DIFFERENCE)) -> str:
    """What is unusual about a value, '' if nothing: above 100 %, or a jump against last year (else the period before).

    Counts and amounts jump only if they moved by `difference` at least; ages and rates by their factor alone.
    """
    if value is None:
        return ""
    if meaning.percent and meaning.kind == "ratio" and value > 100:
        return _("%(title)s is %(value)s%%, above 100%%. Say why", title=meaning.title, value=value)
    base, which = (last_year, _("the same period last year")) if last_year is not None else (previous, _("the period before"))
    if jumps(value, base, meaning.jump_limit, Decimal(0) if meaning.kind in PAIRED else difference):
        more = value > base
        text = (
            "%(title)s %(value)s is far above %(which)s (%(base)s). Say why"
            if more
            else "%(title)s %(value)s is far below %(which)s (%(base)s). Say why"
        )
        return _(text, title=meaning.title, value=f"{value:f}", base=f"{base:f}", which=which)
    return ""


def _field_problems(state: FieldState) -> Iterable[FormProblem]:
    if state.error:
        yield FormProblem(state.key, "E", state.error)
    if state.warning:
        yield FormProblem(state.key, "W", state.warning)
    if state.unknown:
        yield FormProblem(state.key, "W", _("%(title)s: not known yet", title=state.meaning.title))


def _module_problems(period: Period, organization_id: int, registry: CountyRegistry) -> list[FormProblem]:
    """What the modules say against this organization's figures."""
    with figure_scope(period.county_id):
        found = [p for _owner, p in registry.period_problems(period_value(period)) if p.organization_id == organization_id]
    return [FormProblem("", "E" if p.blocking else "W", f"{p.text}。{p.advice}" if p.advice else p.text) for p in found]


def _base(figures: FigureSet | None, key: str, at: int, own: bool) -> Decimal | None:
    found = figures.get(key, at) if figures else None
    value = None if found is None else (found.own if own else found.value)
    return value if isinstance(value, Decimal) else None


def _below(figures: FigureSet, meaning: Meaning, at: int) -> Decimal | None:
    part, own = figures.part(meaning.key, at), figures.columns[meaning.key].own.get(at)
    if part is None or meaning.kind == "distinct" or part == own:
        return None
    rest = minus(part, own)
    return value_of(meaning.kind, rest, meaning.decimals, meaning.percent)


def given_of(entry: FigureEntry | None) -> Given:
    """What was stored, as if it were typed."""
    if entry is None:
        return Given()
    value, numerator, denominator = ("" if v is None else format(v, "f") for v in (entry.value, entry.numerator, entry.denominator))
    return Given(value, numerator, denominator, blank=entry.blank_kind, reason=entry.reason, explanation=entry.explanation)
