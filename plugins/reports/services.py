"""The report of a period: compiled while open, printed from what was stored once locked or published."""

import hashlib
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from youthpilot.core.accounts.actor import Actor
from youthpilot.core.audit.acting import hold
from youthpilot.core.audit.services import record
from youthpilot.core.calling import own
from youthpilot.core.counties.models import County
from youthpilot.core.hookvalues import PartCheck, PeriodPart, PeriodValue
from youthpilot.core.kernel.clock import business_now, today
from youthpilot.core.kernel.db import transaction
from youthpilot.core.kernel.errors import ConflictError, RuleError
from youthpilot.core.kernel.numbers import round_half_up
from youthpilot.core.organizations.models import Organization
from youthpilot.core.periods.models import Period, Snapshot
from youthpilot.core.periods.queries import completeness
from youthpilot.core.registry import CountyRegistry
from youthpilot.plugins.figures.formats import BLANK, default_format, format_figure
from youthpilot.plugins.figures.hookspecs import indicators
from youthpilot.plugins.figures.queries import base_values, figures_of, missing_units
from youthpilot.plugins.figures.values import FigureSet, FigureValue

from . import compile as compiling
from .audited import audited
from .builder import ReportBuilder, ReportFigures, ReportFrame
from .compile import Composed, Edit
from .document import Document, Figure, Table, figure_digest, from_json, to_json
from .edited import revived, template_text
from .hookspecs import ReportSection
from .hookspecs import sections as sections_of
from .models import LockedDocument, PublishedDocument, ReportText, Target
from .openpoints import OpenPoint, open_points
from .placeholders import check_written
from .sections import CORE_SECTIONS
from .settling import settle
from .words import _


def document_for(period: Period, county: County, registry: CountyRegistry, on: date | None = None) -> Document:
    """The report as it stands: published and locked ones from what was stored, an open one compiled now."""
    if period.state == "published":
        stored = PublishedDocument.select().where((PublishedDocument.period == period) & (PublishedDocument.revision == period.revision)).get()
        return from_json(stored.document)
    if period.state == "locked":
        stored = _newest_locked(period)
        if stored is not None:
            return settle(from_json(stored.document))
    return compile_now(period, county, registry, on)


def compile_now(period: Period, county: County, registry: CountyRegistry, on: date | None = None) -> Document:
    """Compile the report from the figures as they are (the snapshot's if the period is locked)."""
    frame, composed = compose_now(period, county, registry, on)
    return compiling.compile_report(frame, composed, proofs_of(period), fulfilment_table(period, county, registry, on or today()))


def compose_now(period: Period, county: County, registry: CountyRegistry, on: date | None = None) -> tuple[ReportFrame, list[Composed]]:
    """Every section of the enabled modules, composed; also what the editor of wordings starts from."""
    day = on or today()
    frame = frame_of(period, county, day)
    figures = report_figures(period, county, registry, frame, day)
    sections: list[tuple[str, ReportSection]] = [("core", s) for s in CORE_SECTIONS] + sections_of(registry)
    edits = {t.block: Edit(t.text, t.made_from) for t in ReportText.select().where(ReportText.period == period) if t.text}
    proofs = proofs_of(period)
    return frame, compiling.compose_all(sections, lambda: ReportBuilder(frame, own(figures), dict(proofs)), edits, registry.isolated)


def proofs_of(period: Period) -> dict[str, str]:
    """Section key → the proof named for its superlative."""
    return {t.block: t.proof for t in ReportText.select().where(ReportText.period == period) if t.proof}


def frame_of(period: Period, county: County, day: date) -> ReportFrame:
    """Names and dates around the report of a period."""
    root = Organization.select(Organization.code).where(Organization.parent.is_null()).order_by(Organization.id).first()
    return ReportFrame(
        county_code=county.code,
        county_name=county.name,
        committee_name=county.committee_name,
        period_code=period.code,
        period_title=period.title,
        root_code=root.code,
        state=period.state,
        revision=period.revision,
        dated_on=day,
        printed_at=business_now(),
    )


def report_figures(period: Period, county: County, registry: CountyRegistry, frame: ReportFrame, day: date) -> ReportFigures:
    """The county's own figures at this period and at its two bases, as the document keeps them."""
    figures = figures_of(county, period, registry, today=day)
    current = {f.key: document_figure(frame, f, period, county.name) for f in figures.for_organization()}
    bases = base_values(county, period, registry, today=day)
    formats = {indicator.key: indicator.format for _name, indicator in indicators(registry) if indicator.format}
    return ReportFigures(current, bases.last_year, bases.previous, missing_units(period, figures), formats)


def document_figure(frame: ReportFrame, figure: FigureValue, period: Period, name: str) -> Figure:
    """A figure as the document stores it, with its id and digest."""
    made = compiling.make_figure(
        frame,
        figure.key,
        frame.root_code,
        title=figure.title,
        unit=figure.unit,
        kind=figure.kind,
        value=figure.value,
        numerator=figure.numerator,
        denominator=figure.denominator,
        decimals=figure.decimals,
        definition=figure.definition,
        organization_name=name,
        period=period.title,
        state=figure.state,
        source=figure.source,
        n_of_m=(figure.n, figure.m) if figure.m else None,
    )
    return replace(made, digest=figure_digest(made))


def fulfilment_table(period: Period, county: County, registry: CountyRegistry, day: date) -> Table | None:
    """What earlier plans promised for this period or later and what came of it by now; None if nothing was promised."""
    figures = figures_of(county, period, registry, today=day)
    rows = [row for target, value in targets_for(period, figures) if (row := _fulfilment(period, figures, target, value)) is not None]
    return Table("目标完成情况", ("目标", "目标值", "完成值", "完成情况"), tuple(rows)) if rows else None


def _fulfilment(period: Period, figures: FigureSet, target: Target, value: Decimal | None) -> tuple[str, ...] | None:
    figure = figures.get(target.key)
    if figure is None:
        return None
    at_least = target.comparator == ">="

    def words(number: Decimal) -> str:
        return format_figure(number, figure.unit, default_format(figure.kind, figure.unit, number))

    wanted = f"{'不低于' if at_least else '不高于'}{words(target.value)}"
    if value is None:
        return (figure.title, wanted, BLANK, BLANK)
    reached = value >= target.value if at_least else value <= target.value
    running = target.due_on is not None and target.due_on > period.end_on
    share = f"{round_half_up(value / target.value * 100, 1)}%" if at_least and target.value else ""
    return (figure.title, wanted, words(value), "完成" if reached else f"进行中，{share}" if running and share else "未完成")


def targets_for(period: Period, figures: FigureSet) -> list[tuple[Target, Decimal | None]]:
    """Targets planned in an earlier period and due in this one or later, with the county's value now (None: not known)."""
    due = (
        Target.select(Target, Period)
        .join(Period)
        .where((Period.end_on < period.start_on) & ((Target.due_on.is_null()) | (Target.due_on >= period.start_on)))
    )
    out = []
    for target in (t for t in due.order_by(Target.id) if _measured_by(period, t)):
        value = figures.value(target.key)
        out.append((target, None if isinstance(value, bool) else value))
    return out


def _measured_by(period: Period, target: Target) -> bool:
    """True if what happened in the period is what the target speaks of: a plan for a half-year is not held against one quarter of it.

    A period of the kind that planned it always is; one of another kind if it begins with the target's first day and is over by its last.
    """
    planned = target.period.calendar
    if planned.kind == period.calendar.kind:
        return True
    return planned.next.start == period.start_on and target.due_on is not None and target.due_on >= period.end_on


def store_locked(period: Period, county: County, registry: CountyRegistry, name: str) -> LockedDocument:
    """Store the document of a locked period as its next version; who calls names its digest in the audit entry of the act."""
    document = compile_now(period, county, registry)
    newest = _newest_locked(period)
    text = to_json(document)
    stored: LockedDocument = LockedDocument.create(
        county=county,
        organization=period.organization_id,
        period=period,
        revision=period.revision,
        version=newest.version + 1 if newest else 1,
        document=text,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        stored_by=name,
        stored_at=business_now(),
    )
    return stored


def points_of(period: Period, county: County, registry: CountyRegistry) -> list[OpenPoint]:
    """What is open in the report of a period, as publishing asks for it."""
    done = completeness(period)
    return open_points(document_for(period, county, registry), (done.reported, done.due))


def lock_part(value: PeriodValue, registry: CountyRegistry, name: str) -> PeriodPart:
    """Compile the document of a period that is being locked, and store it with the lock."""
    period = Period.get_by_id(value.id)
    document = store_locked(period, County.get_by_id(period.county_id), registry, name)
    return PeriodPart(document.digest, audited(period, document))


def check_lock(value: PeriodValue) -> PartCheck | None:
    """The document that was stored with the lock `value.revision`; None if there is none. What was edited later is proved by the audit log."""
    query = LockedDocument.select().where((LockedDocument.period == value.id) & (LockedDocument.revision == value.revision))
    first = query.order_by(LockedDocument.version).first()
    return None if first is None else PartCheck(hashlib.sha256(first.document.encode()).hexdigest())


def publish_part(value: PeriodValue, registry: CountyRegistry, name: str, reason: str) -> PeriodPart:
    """Store the document of a locked period as the published one, without what is open.

    reason: why it may go out although points are open. Raises RuleError if a claim is false, a superlative has no proof, points are open and
    no reason is given, or the period was locked without a report.
    """
    period = Period.get_by_id(value.id)
    county = County.get_by_id(period.county_id)
    if _newest_locked(period) is None:
        if why := why_no_report(period):
            raise RuleError(why)
        store_locked(period, county, registry, name)
    points = points_of(period, county, registry)
    _refuse_open(points, reason)
    text = to_json(document_for(period, county, registry))
    stored = PublishedDocument.create(
        county=county,
        organization=period.organization_id,
        period=period,
        revision=period.revision,
        document=text,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        published_by=name,
        published_at=business_now(),
    )
    return PeriodPart(stored.digest, {"digest": stored.digest, "open_points": len(points)}, reason if points else "")


def why_no_report(period: Period) -> str:
    """Why a locked period has no report and gets none, and what to do: it was locked by the core alone, without figures. '' for any other period."""
    if period.state != "locked" or _newest_locked(period) is not None:
        return ""
    if Snapshot.get((Snapshot.period == period) & (Snapshot.revision == period.revision)).parts is None:
        return ""  # a lock of version 0.1 could be without a document: publishing makes it
    return str(_("%(period)s was locked without a report: open it again with a reason and lock it anew", period=period.title))


def _refuse_open(points: list[OpenPoint], reason: str) -> None:
    held = [point.text for point in points if not point.passes]
    if held:
        raise RuleError(
            _("Not published: %(points)s. Change the sentence or attach the proof; a reason is not enough for these", points="；".join(held)),
            "reason",
        )
    if points and not reason.strip():
        shown = "；".join(point.text for point in points[:3]) + ("…" if len(points) > 3 else "")
        raise RuleError(_("Not published: %(count)s points are open (%(points)s). Give the reason", count=len(points), points=shown), "reason")


def save_text(period: Period, county: County, registry: CountyRegistry, block: str, text: str, proof: str, actor: Actor) -> None:
    """Store the county's own wording of a section ('' returns to the module's); what it repeats of the module's words stays alive.

    Raises RuleError for a bad placeholder, ConflictError if the report is published.
    """
    if period.state == "published":
        raise ConflictError(_("The report is published: reopen the period with a reason to change it"))
    keys = set(figures_of(county, period, registry).keys)
    check_written(text, keys)
    _refuse_without_modules(period, registry)
    with transaction():
        hold(period)
        before = ReportText.get_or_none((ReportText.period == period) & (ReportText.block == block))
        own = _own_section(period, county, registry, block) if text.strip() else None
        made_from, text = (template_text(own), revived(text, own)) if own is not None else ("", text)
        values = {"text": text.strip(), "proof": proof.strip(), "made_from": made_from, "changed_by": actor.name, "changed_at": business_now()}
        if before is None:
            ReportText.create(county=county, organization=period.organization_id, period=period, block=block, **values)
        else:
            ReportText.update(**values).where(ReportText.id == before.id).execute()
        old = {"text": before.text, "proof": before.proof} if before else None
        stored = store_locked(period, county, registry, actor.name) if period.state == "locked" else None
        after = {"text": text, "proof": proof} | audited(period, stored)
        record("report.edit", object_type="report", object_id=block, object_name=period.title, before=old, after=after)


def _refuse_without_modules(period: Period, registry: CountyRegistry) -> None:
    """A locked report is compiled again when it is edited: not while a module is off whose sentences it has."""
    snapshot = Snapshot.get_or_none((Snapshot.period == period) & (Snapshot.revision == period.revision)) if period.state == "locked" else None
    off = [name for name in snapshot.modules if name not in registry.enabled] if snapshot is not None else []
    if off:
        titles = [registry.registry.loaded[name].plugin.title if name in registry.registry.loaded else name for name in off]
        raise ConflictError(_("%(names)s was switched off after the lock; its sentences would be lost. Switch it on first", names="、".join(titles)))


def _own_section(period: Period, county: County, registry: CountyRegistry, block: str) -> ReportBuilder | None:
    """What the module itself says in a section now; None if there is no such section."""
    return next((c.own for c in compose_now(period, county, registry)[1] if c.section.key == block), None)


def _newest_locked(period: Period) -> Any:
    query = LockedDocument.select().where((LockedDocument.period == period) & (LockedDocument.revision == period.revision))
    return query.order_by(LockedDocument.version.desc()).first()
