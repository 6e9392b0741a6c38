"""The report: preview with the origin of every figure, wording by the county, download as Word and other formats, publishing."""

from io import BytesIO
from typing import Any

from flask import flash, has_request_context, redirect, request, send_file, url_for
from wtforms import HiddenField, TextAreaField
from wtforms.validators import Length

from youthpilot.admin.baseview import BaseAdminView, expose, needs
from youthpilot.admin.pages.forms import PageForm
from youthpilot.core.accounts import allowed
from youthpilot.core.audit.services import record
from youthpilot.core.counties.models import County
from youthpilot.core.hookvalues import PeriodValue
from youthpilot.core.kernel.actor import current_actor
from youthpilot.core.kernel.clock import business_now, now, today
from youthpilot.core.kernel.errors import NotFound, YouthpilotError
from youthpilot.core.periods.lock import publish
from youthpilot.core.periods.models import Period
from youthpilot.core.periods.queries import current_period, get_period, periods
from youthpilot.core.registry import CountyRegistry
from youthpilot.core.screens import ClosingNote
from youthpilot.core.web.current import current_registry, the_county
from youthpilot.plugins.figures import formats
from youthpilot.plugins.figures.behind import Behind, breakdown_of, records_behind
from youthpilot.plugins.figures.pages.given import SHOWN as GIVEN_SHOWN
from youthpilot.plugins.figures.pages.given import given_lines
from youthpilot.plugins.figures.queries import base_values, figures_of

from .document import Document, Figure, FigureRef, figure_text, prepare, walk
from .docx import render_docx
from .html import render_html, render_page
from .jsondoc import render_json
from .markdown import render_markdown
from .placeholders import LIVE, NAMES, WORDS, pieces, placeholder
from .services import compose_now, document_for, points_of, proofs_of, save_text, why_no_report
from .words import _, _l, ngettext

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FORMATS = {
    "html": ("text/html; charset=utf-8", render_page),
    "json": ("application/json", render_json),
    "md": ("text/markdown; charset=utf-8", render_markdown),
}
ROWS_SHOWN, UNITS_SHOWN, PAGE = 3, 5, 50


class PublishForm(PageForm):
    """Why a report goes out in which something is open."""

    period = HiddenField()
    reason = TextAreaField(_l("Why it may go out all the same"), [Length(max=500)])


class WordingForm(PageForm):
    """The county's own words for one section."""

    text = TextAreaField(_l("Text of the section"), [Length(max=4000)], description=_l("Empty: the wording of the module is used again"))
    proof = TextAreaField(
        _l("Proof"), [Length(max=1000)], description=_l("For words such as 率先 or 首个: notice, number, date or where it was reported")
    )


class ReportView(BaseAdminView):
    """工作总结."""

    name = _l("Report")
    icon = "report"
    slug = "report"
    menu_after = "fill"
    permission_read = "report.see"

    @expose("/")
    def index(self) -> Any:
        """The paper with the origin of one figure beside it (?figure=key&organization=id)."""
        code = request.args.get("period", "")
        period = get_period(code) if code else current_period(today())
        if period is None:
            return self.render("reports/none.html")
        document = document_for(period, the_county(), current_registry())
        key = request.args.get("figure", "")
        by_id = {f.id: f.key for f in document.figures.values()}
        paper = render_html(prepare(document), lambda i: url_for("report.index", period=period.code, figure=by_id.get(i, "")) + "#trace", annex=False)
        return self.render(
            "reports/index.html",
            period=period,
            periods=periods(),
            document=document,
            paper=paper,
            trace=trace(period, document, key) if key else None,
            without=why_no_report(period),
            at=business_now() if document.is_draft else document.printed_at or business_now(),
        )

    @expose("/word", methods=("POST",))
    @needs("report.see")
    def word(self) -> Any:
        """The Word file."""
        period = get_period(request.form.get("period", ""))
        document = document_for(period, the_county(), current_registry())
        record("report.download", object_type="period", object_id=period.id, object_name=period.title, after={"format": "docx"})
        data = BytesIO(render_docx(prepare(document), document.printed_at or now()))
        return send_file(data, WORD, as_attachment=True, download_name=file_name(period, document, "docx"))

    @expose("/file/<kind>")
    def file(self, kind: str) -> Any:
        """Web page, Markdown or JSON of the same document."""
        if kind not in FORMATS:
            raise NotFound(_("There is no such format"))
        period = get_period(request.args.get("period", ""))
        document = document_for(period, the_county(), current_registry())
        mimetype, render = FORMATS[kind]
        data = BytesIO(render(prepare(document)).encode())
        return send_file(data, mimetype, as_attachment=True, download_name=file_name(period, document, kind))

    @expose("/records")
    @needs("figures.see")
    def records(self) -> Any:
        """All rows behind one figure of one organization, page by page."""
        period = get_period(request.args.get("period", ""))
        key, organization = request.args.get("figure", ""), request.args.get("organization", type=int)
        page = min(max(request.args.get("page", 0, type=int), 0), 100_000)
        figures = figures_of(the_county(), period, current_registry()).visible(root_of_user())
        figure = figures.get(key, organization)
        if figure is None:
            raise NotFound(_("There is no such figure here"))
        found = listing(period, key, figure.organization_id, page * PAGE, PAGE)
        place = figures.places[figure.organization_id]
        given = given_lines(period, figures, key, figure.organization_id) if not page else []
        return self.render("reports/records.html", period=period, figure=figure, place=place, found=found, page=page, size=PAGE, given=given)

    @expose("/wording", methods=("GET", "POST"))
    @needs("report.edit")
    def wording(self) -> Any:
        """Rewrite one section; figures stay figures."""
        period = get_period(request.args.get("period", ""))
        _frame, composed = compose_now(period, the_county(), current_registry())
        block = request.args.get("block", "")
        chosen = next((c for c in composed if c.section.key == block), None)
        form = WordingForm()
        if chosen is not None and request.method == "GET":
            form.text.data, form.proof.data = chosen.text, proofs_of(period).get(block, "")
        if chosen is not None and form.validate_on_submit():
            try:
                save_text(period, the_county(), current_registry(), block, form.text.data or "", form.proof.data or "", current_actor())  # type: ignore[arg-type]
                flash(_("Saved; the report says it this way from now on"), "success")
                return redirect(url_for("report.index", period=period.code))
            except YouthpilotError as error:
                form.text.errors = [*form.text.errors, str(error)]
        usable = [*live_list(composed, figures_of(the_county(), period, current_registry())), *figure_list(period)]
        return self.render(
            "reports/wording.html",
            period=period,
            composed=composed,
            chosen=chosen,
            form=form,
            figures=usable,
            own_figures=[line for line in usable if line[0] in placeholders_in(form.text.data or "")],
            formats=[(f.name, f.sample) for f in formats.FORMATS.values()] + list(LIVE.items()),
            points=[p for p in points_of(period, the_county(), current_registry()) if p.block == block] if chosen is not None else [],
        )

    @expose("/publish", methods=("GET", "POST"))
    @needs("periods.manage")
    def publish(self) -> Any:
        """What is open in the report, and publishing it: with a reason while something is open, not at all while something is false."""
        form = PublishForm()
        period = get_period((form.period.data or "") if request.method == "POST" else request.args.get("period", ""))
        if request.method == "POST" and form.validate():
            try:
                publish(period, current_registry(), current_actor(), form.reason.data or "")  # type: ignore[arg-type]
                flash(_("Published: the report is printed from what is stored now, whatever happens later"), "success")
                return redirect(url_for("report.index", period=period.code))
            except YouthpilotError as error:
                form.refuse(error)
                period = get_period(period.code)
        form.period.data = period.code
        points = points_of(period, the_county(), current_registry()) if period.state != "published" else []
        shown = self.render("reports/publish.html", period=period, points=points, form=form, held=[p for p in points if not p.passes])
        return (shown, 422) if form.errors else shown


def listing(period: Any, key: str, organization_id: int, offset: int, limit: int) -> Behind:
    """What stands behind a figure: its rows from `offset` on, or why there are none to be shown."""
    return records_behind(period, key, organization_id, current_registry(), offset, limit)


def root_of_user() -> int | None:
    """The organization from which the user sees; None for the whole county."""
    actor = current_actor()
    return actor.root_id if actor else -1


def file_name(period: Any, document: Document, ending: str) -> str:
    """示范县2023年上半年工作总结（征求意见稿）.docx"""
    return f"{document.county}{period.calendar.report_title}{'（征求意见稿）' if document.is_draft else ''}.{ending}"


def figure_list(period: Any) -> list[tuple[str, str, str]]:
    """(placeholder, title, value) of every figure, for the editor."""
    figures = figures_of(the_county(), period, current_registry())
    return [("{" + f.key + "}", f.title, written(f)) for f in figures.for_organization() if f.kind != "claim"]


def placeholders_in(text: str) -> set[str]:
    """The placeholders of a text as the list beside it writes them: of a number without its format."""
    parts = [piece for piece in pieces(text) if isinstance(piece, tuple)]
    return {placeholder(key, form if form in (WORDS, NAMES) else "") for key, form in parts}


def live_list(composed: Any, figures: Any) -> list[tuple[str, str, str]]:
    """(placeholder, title, words) of the claims and the lists of names that the sections know."""
    claims = {key: note for item in composed for key, note in item.own.claims.items()}
    lists = {key: listed for item in composed for key, listed in item.own.lists.items() if key in figures}
    return [(placeholder(key, WORDS), figures.meaning(key).title, note.text) for key, note in claims.items() if key in figures] + [
        (placeholder(key, NAMES), figures.meaning(key).title, "、".join(listed.names[: listed.limit])) for key, listed in lists.items()
    ]


def written(figure: Any) -> str:
    """A figure in its default wording."""
    return formats.format_figure(figure.value, figure.unit, formats.default_format(figure.kind, figure.unit, figure.value))


def trace(period: Any, document: Document, key: str) -> dict[str, Any] | None:
    """Definition → organizations → records of one figure; None if the county has no such figure now."""
    figures = figures_of(the_county(), period, current_registry()).visible(root_of_user())
    organization = request.args.get("organization", type=int)
    figure = figures.get(key, organization)
    if figure is None:
        return None
    printed: Figure | None = next((f for f in document.figures.values() if f.key == key), None)
    children = [c for c in figures.children(key, figure.organization_id) if c.value is not None]
    children.sort(key=lambda c: -abs(float(c.value or 0)) if not isinstance(c.value, bool) else 0)
    shown = children if request.args.get("all") else children[:UNITS_SHOWN]
    records = listing(period, key, figure.organization_id, 0, ROWS_SHOWN)
    bases = base_values(the_county(), period, current_registry())
    last_year, previous = bases.last_year, bases.previous
    top = figures.places[figure.organization_id]
    at_root = top.parent is None or figure.organization_id == figures.root
    last, before = (last_year.get(key), previous.get(key)) if at_root else (None, None)
    return {
        "figure": figure,
        "words": figure_words_of(document, printed, figure) if at_root else written(figure),
        "place": top,
        "parent": figures.places.get(top.parent) if top.parent is not None else None,
        "shown": [(figures.places[c.organization_id], c) for c in shown],
        "count": len(children),
        "largest": max((abs(float(c.value or 0)) for c in children if not isinstance(c.value, bool)), default=0),
        "records": records,
        "breakdown": breakdown_of(period, key, figure.organization_id, current_registry()),
        "given": given_lines(period, figures, key, figure.organization_id),
        "given_shown": None if request.args.get("all") else GIVEN_SHOWN,
        "true": formats.display_true(figure.value),
        "last": written_value(last, figure) if last is not None else "",
        "before": written_value(before, figure) if before is not None else "",
        "change": formats.change_words(figure.value, last, figure.kind, figure.unit, base="") if last is not None else "",
        "may_see_records": allowed("figures.see"),
    }


def written_value(value: Any, figure: Any) -> str:
    """Another value of the same figure in its default wording."""
    return formats.format_figure(value, figure.unit, formats.default_format(figure.kind, figure.unit, value))


def figure_words_of(document: Document, printed: Figure | None, figure: Any) -> str:
    """As the paper writes it, else the default wording."""
    for item in walk(document):
        if printed is not None and isinstance(item, FigureRef) and item.figure_id == printed.id:
            return figure_text(document, item)
    return written(figure)


def closing_notes(value: PeriodValue, registry: CountyRegistry) -> list[ClosingNote]:
    """A line about the open points of the report, if there are any."""
    period = Period.get_by_id(value.id)
    count = len(points_of(period, County.get_by_id(period.county_id), registry))
    if not count:
        return []
    text = ngettext("%(num)s point of the report is still open", "%(num)s points of the report are still open", count)
    return [ClosingNote(text, url_for("report.publish", period=period.code) if has_request_context() else "")]
