"""Earlier periods as totals (汇总录入): the county's figures in one form, each as the notice or table says it."""

from dataclasses import dataclass
from typing import Any

from youthpilot.core.kernel.errors import RuleError
from youthpilot.core.periods.models import Period
from youthpilot.core.registry import CountyRegistry
from youthpilot.plugins.figures.models import FigureEntry
from youthpilot.plugins.figures.typed import Given, read_given

from ..declared import catalogue, owner_title
from ..entries import enter_total
from ..formats import default_format, format_figure
from ..rules import PAIRED, value_of
from ..values import FigureSet, Meaning
from ..words import _

MOST_FIELDS = 400


@dataclass(frozen=True)
class TotalField:
    """One figure of the form, as stored or as typed."""

    meaning: Meaning
    module_title: str
    given: Given
    paired: bool


def posted_totals(posted: Any) -> dict[str, Given]:
    """Key → what was typed."""
    return {key: Given(*(posted.get(f"{part}:{key}", "").strip()[:40] for part in "vnd")) for key in posted.getlist("k")[:MOST_FIELDS]}


def total_fields(period: Period, registry: CountyRegistry, typed: dict[str, Given] | None) -> list[tuple[str, list[TotalField]]]:
    """(module title, fields) of every figure that the county can have as a total; claims follow from the others."""
    stored = _stored(period)
    found: dict[str, list[TotalField]] = {}
    for key, declared in catalogue(registry).items():
        meaning = declared.meaning
        if meaning.kind == "claim":
            continue
        title = owner_title(registry, declared.module)
        given = typed.get(key, Given()) if typed is not None else stored.get(key, Given())
        found.setdefault(title, []).append(TotalField(meaning, title, given, meaning.kind in PAIRED))
    return list(found.items())


def save_totals(period: Period, typed: dict[str, Given], source: str, registry: CountyRegistry, actor: Any) -> tuple[int, dict[str, str]]:
    """Store the county's totals in the caller's transaction; (how many changed, key → error). With an error nothing is written.

    A field that was emptied loses its total. Raises RuleError without a source, ConflictError if the period is closed.
    """
    if not source:
        raise RuleError(_("Name the file or notice that the figure was taken from"), "source")
    known, stored = catalogue(registry), _stored(period)
    reads = {key: read_given(known[key].meaning, given) for key, given in typed.items() if key in known and known[key].meaning.kind != "claim"}
    errors = {key: read.error for key, read in reads.items() if read.error}
    if errors:
        return 0, errors
    count = 0
    for key, read in reads.items():
        if typed[key] == stored.get(key, Given()):
            continue  # an untouched figure keeps the source that it had
        value = read.value
        if read.numerator is not None:
            meaning = known[key].meaning
            value = _quotient(meaning, read)
        enter_total(
            period,
            period.organization_id,
            key,
            value=value,
            numerator=read.numerator,
            denominator=read.denominator,
            source_file=source,
            actor=actor.name,
        )
        count += read.part is not None
    return count, {}


def recorded_values(figures: FigureSet) -> dict[str, str]:
    """Key → the county's value in words where records give one: a total typed beside it does not count."""
    found = [f for f in figures.for_organization() if f.source == "computed" and f.value is not None and not isinstance(f.value, bool)]
    return {f.key: format_figure(f.value, f.unit, default_format(f.kind, f.unit, f.value)) for f in found}


def _quotient(meaning: Meaning, read: Any) -> Any:
    """The printed value of a rate or mean, so that the row reads by itself; figures are made from its parts."""
    return value_of(meaning.kind, read.part, meaning.decimals, meaning.percent)


def _stored(period: Period) -> dict[str, Given]:
    rows = FigureEntry.select().where(
        (FigureEntry.period == period) & (FigureEntry.organization == period.organization_id) & (FigureEntry.origin == "total")
    )
    return {e.key: Given(_text(e.value), _text(e.numerator), _text(e.denominator)) for e in rows}


def _text(value: Any) -> str:
    return "" if value is None else format(value, "f")
