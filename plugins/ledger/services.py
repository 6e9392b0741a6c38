"""Verbs of the county's own figures. Each is one transaction, checked, audited."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from youthpilot.core import CalendarPeriod, ConflictError, RuleError, current_scope, now, record_audit, today, transaction
from youthpilot.plugins.figures import enter_total
from youthpilot.plugins.reports import check_written

from . import queries, rules
from .models import LedgerFigure, LedgerSentence, LedgerVersion
from .words import _


@dataclass(frozen=True)
class Definition:
    """What a figure means: what the form asks."""

    title: str
    unit: str
    definition: str
    decimals: int = 0
    asked_of: tuple[str, ...] = ()
    format: str = ""
    responsible: str = ""


@dataclass(frozen=True)
class Wording:
    """A sentence of the report: where it stands, its text with placeholders, when it is printed."""

    chapter: str
    heading: str
    text: str
    position: int = 100
    when_key: str = ""
    when_comparator: str = ""
    when_value: Decimal | None = None
    needs_figures: bool = False


def define_figure(kind: str, definition: Definition, valid_from: date, actor: str, position: int = 100, slug: str = "") -> LedgerFigure:
    """A new figure with its first version; its key is ledger.k<n>, or ledger.<slug>. Raises RuleError."""
    _check_definition(kind, definition)
    with transaction():
        key = f"ledger.{slug}" if slug else rules.next_key(k for (k,) in LedgerFigure.select(LedgerFigure.key).tuples())
        if slug and (not rules.SLUG.match(slug) or LedgerFigure.get_or_none(LedgerFigure.key == key)):
            raise RuleError(_("This number is taken or not allowed"))
        figure = LedgerFigure.create(**_root(), key=key, kind=kind, position=position, created_by=actor, created_at=now())
        _add_version(figure, 1, definition, valid_from, actor, "")
        record_audit("ledger.define", object_type="ledger_figure", object_id=key, object_name=definition.title, after=asdict(definition))
    return figure


def change_figure(figure: LedgerFigure, definition: Definition, valid_from: date, actor: str, reason: str) -> LedgerVersion:
    """A new version from a day on; what was reported under earlier ones keeps their meaning. Raises RuleError."""
    _check_definition(figure.kind, definition)
    if not reason.strip():
        raise RuleError(_("Say why the figure is changed: it is printed with its history"), "reason")
    with transaction():
        earlier = queries.history(figure)
        if valid_from < earlier[0].valid_from:
            raise RuleError(_("The change cannot begin before the last one (%(day)s)", day=earlier[0].valid_from), "valid_from")
        version = _add_version(figure, earlier[0].number + 1, definition, valid_from, actor, reason)
        before = {name: getattr(earlier[0], name) for name in asdict(definition)}
        record_audit(
            "ledger.change",
            object_type="ledger_figure",
            object_id=figure.key,
            object_name=definition.title,
            reason=reason,
            before=before,
            after=asdict(definition),
        )
    return version


def close_figure(figure: LedgerFigure, last_day: date, actor: str, reason: str) -> None:
    """Ask for it no longer after a day; its past stays. Raises RuleError, ConflictError if it is closed already."""
    if figure.closed_on is not None:
        raise ConflictError(_("The figure is closed already"))
    if not reason.strip():
        raise RuleError(_("Say why the figure is closed"), "reason")
    with transaction():
        LedgerFigure.update(closed_on=last_day).where(LedgerFigure.id == figure.id).execute()
        record_audit("ledger.close", object_type="ledger_figure", object_id=figure.key, reason=reason, after={"closed_on": last_day})


def reopen_figure(figure: LedgerFigure, actor: str) -> None:
    """Ask for a closed figure again. Raises ConflictError if a module continues it."""
    if figure.replaced_by:
        raise ConflictError(_("A module continues this figure: it cannot be asked by hand again"))
    with transaction():
        LedgerFigure.update(closed_on=None).where(LedgerFigure.id == figure.id).execute()
        record_audit("ledger.reopen", object_type="ledger_figure", object_id=figure.key, before={"closed_on": figure.closed_on})


def link_series(figure: LedgerFigure, key: str, from_period: str, actor: str) -> None:
    """A module's indicator continues the figure from the first day of a period (2024H1) on. Raises RuleError.

    The figure is no longer asked from that day; its values before it stay its own and are the base of the comparison.
    """
    try:
        start = CalendarPeriod.parse(from_period).start
    except RuleError as error:
        raise RuleError(_("Choose a period"), "from_period") from error
    if key.startswith("ledger."):
        raise RuleError(_("A figure of the county's own cannot continue another one: choose a module's figure"), "key")
    with transaction():
        changes = {"replaced_by": key, "replaced_from": start, "closed_on": rules.day_before(start)}
        LedgerFigure.update(**changes).where(LedgerFigure.id == figure.id).execute()
        record_audit("ledger.continue", object_type="ledger_figure", object_id=figure.key, after=changes)


def enter_value(
    figure: LedgerFigure,
    period: Any,
    value: Decimal | None,
    source_file: str,
    actor: str,
    numerator: Decimal | None = None,
    denominator: Decimal | None = None,
) -> None:
    """Enter the county's value as a total (汇总录入) with the file that it was taken from. Raises RuleError,
    ConflictError if locked.

    An average is given by its sum and its count; `value` is then left None and computed.
    """
    if figure.kind == "average":
        if numerator is None or not denominator:
            raise RuleError(_("An average needs its sum and its count"), "numerator")
        value = numerator / denominator
    if value is not None and not source_file.strip():
        raise RuleError(_("Name the file or notice that the figure was taken from"), "source_file")
    version = queries.ruling(list(reversed(queries.history(figure))), today())
    if figure.kind != "average" and value is not None and value != round(value, version.decimals):
        raise RuleError(_("At most %(count)s decimals", count=version.decimals), "value")
    root = queries.root_id()
    enter_total(period, root, figure.key, value=value, numerator=numerator, denominator=denominator, source_file=source_file, actor=actor)


def add_sentence(wording: Wording, valid_from: date, known: Iterable[str], actor: str) -> LedgerSentence:
    """A sentence for the reports from a day on; `known`: keys that the county has. Raises RuleError for an unknown placeholder."""
    _check_wording(wording, known)
    with transaction():
        row = LedgerSentence.create(**_root(), **asdict(wording), valid_from=valid_from, changed_by=actor, changed_at=now())
        record_audit("ledger.sentence", object_type="ledger_sentence", object_id=row.id, object_name=wording.heading, after=asdict(wording))
    return row


def change_sentence(row: LedgerSentence, wording: Wording, known: Iterable[str], actor: str) -> None:
    """Change a sentence in reports that are not published. Raises RuleError."""
    _check_wording(wording, known)
    with transaction():
        before = {name: getattr(row, name) for name in asdict(wording)}
        LedgerSentence.update(**asdict(wording), changed_by=actor, changed_at=now()).where(LedgerSentence.id == row.id).execute()
        record_audit(
            "ledger.sentence", object_type="ledger_sentence", object_id=row.id, object_name=wording.heading, before=before, after=asdict(wording)
        )


def close_sentence(row: LedgerSentence, last_day: date, actor: str) -> None:
    """Print it no longer in reports of periods that begin after a day."""
    with transaction():
        LedgerSentence.update(closed_on=last_day, changed_by=actor, changed_at=now()).where(LedgerSentence.id == row.id).execute()
        record_audit("ledger.sentence_close", object_type="ledger_sentence", object_id=row.id, object_name=row.heading, after={"closed_on": last_day})


def _root() -> dict[str, Any]:
    return {"county": current_scope().county_id, "organization": queries.root_id()}


def _add_version(figure: LedgerFigure, number: int, definition: Definition, valid_from: date, actor: str, reason: str) -> LedgerVersion:
    values = asdict(definition) | {"asked_of": list(definition.asked_of)}
    return LedgerVersion.create(**_root(), figure=figure, number=number, valid_from=valid_from, reason=reason, made_by=actor, made_at=now(), **values)


def _check_definition(kind: str, definition: Definition) -> None:
    if kind not in rules.KINDS:
        raise RuleError(_("Choose what sort of figure it is"), "kind")
    for field in ("title", "unit", "definition"):
        if not getattr(definition, field).strip():
            raise RuleError(_("This must be filled in"), field)
    if not 0 <= definition.decimals <= 4:
        raise RuleError(_("0 to 4 decimals"), "decimals")
    if kind in ("distinct", "average") and definition.asked_of:
        raise RuleError(_("Such a figure cannot be added up over organizations: let the county answer"), "asked_of")


def _check_wording(wording: Wording, known: Iterable[str]) -> None:
    known = set(known)
    if wording.chapter not in rules.CHAPTERS:
        raise RuleError(_("Choose the part of the report"), "chapter")
    if not wording.heading.strip() or not wording.text.strip():
        raise RuleError(_("This must be filled in"), "heading" if not wording.heading.strip() else "text")
    check_written(wording.text, known)
    if wording.when_comparator:
        if wording.when_comparator not in rules.COMPARATORS or wording.when_value is None:
            raise RuleError(_("The condition is not complete: figure, comparison and value"), "when_value")
        if wording.when_key not in known:
            raise RuleError(_("There is no figure %(key)s: take one from the list beside the text", key=wording.when_key), "when_key")
