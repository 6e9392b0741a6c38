"""填报进度: who has reported and who has not, bulk acceptance, reminders to copy, why the period cannot be locked yet."""

from collections.abc import Callable, Mapping
from itertools import accumulate
from typing import Any

from flask import flash, redirect, request, url_for

from youthpilot.core.accounts import allowed
from youthpilot.core.kernel.actor import current_actor
from youthpilot.core.kernel.calendar import days_late, short_date
from youthpilot.core.kernel.clock import local, today
from youthpilot.core.kernel.errors import ConflictError, RuleError
from youthpilot.core.kernel.i18n import _, ngettext
from youthpilot.core.kernel.i18n import lazy_gettext as _l
from youthpilot.core.kernel.tables import write_table
from youthpilot.core.periods.lock import closing_problems
from youthpilot.core.periods.models import Period
from youthpilot.core.periods.queries import (
    Completeness,
    Owing,
    completeness,
    current_period,
    get_period,
    get_submission,
    obligation_of,
    open_points,
    periods,
)
from youthpilot.core.periods.reminders import reminder_text, reminder_texts
from youthpilot.core.periods.rules import STATE_WORDS, SUBMISSION
from youthpilot.core.periods.services import accept_many, return_, tick_off
from youthpilot.core.web.current import current_registry, the_county

from ..baseview import BaseAdminView, expose, needs
from ..context import mounted
from ..exporting import file_response
from ..targets import chosen_act, row_id
from .board_rows import Choice, Row, kinds_text, rows_of, total_counts

MOST_CHOSEN = 500
OPEN_UNTIL = 40  # with a condition, rows are unfolded from the top until so many matching lines are shown


class BoardView(BaseAdminView):
    """The board of one period."""

    name = _l("Reporting progress")
    icon = "board"
    slug = "board"
    permission_read = "periods.see"
    permission_write = "periods.review"

    @expose("/")
    def index(self) -> Any:
        """Rows per township and stage of school; ?open=key unfolds one."""
        period = self._period()
        if period is None:
            return self.render("board/none.html")
        done, choice, points = completeness(period), Choice.of(request.args), open_points(period, current_registry())
        rows = rows_of(done, choice, points)
        return self.render(
            "board/index.html",
            period=period,
            periods=periods(),
            done=done,
            choice=choice,
            rows=rows,
            totals=total_counts(rows),
            opened=_opened(rows, choice, ticking=period.state == "open" and not _forms()),
            everything=request.args.get("all") == "1",
            day=today(),
            late=days_late(today(), period.due_on),
            kinds=kinds_text(done.by_kind),
            remarks=sum(bool(o.submission and o.submission.id in points) for o in done.lines),
            reminder=reminder_text(period, today(), done, _forms()) if done.missing and period.state == "open" else "",
            reminders=_reminders(done, period),
            why=_why_not(period) if allowed("periods.manage") else "",
            line=lambda owing: _line(owing, period, points),
            here=_here,
            may_review=allowed("periods.review") and period.state == "open",
            forms=_forms(),
            may_choose=lambda owing: period.state == "open" and _may_choose(owing),
        )

    @expose("/export")
    def export(self) -> Any:
        """Exactly the lines that the conditions show, as a workbook."""
        period = self._period()
        if period is None:
            return redirect(url_for("board.index"))
        choice, points = Choice.of(request.args), open_points(period, current_registry())
        rows = rows_of(completeness(period), choice, points)
        cells = [_cells(row, line, period, points) for row in rows for line in row.shown(True)]
        headers = [_("Township or stage"), _("Organization"), _("State"), _("Time"), _("Submitted by"), _("Remark")]
        notes = [_("%(title)s: reporting progress", title=period.title), _conditions(choice, len(cells))]
        content = write_table([str(h) for h in headers], cells, "xlsx", notes=[str(n) for n in notes])
        return file_response(content, "xlsx", f"{the_county().name}{period.title}{self.name}")

    @expose("/bulk", methods=("POST",))
    @needs("periods.review")
    def bulk(self) -> Any:
        """Accept what carries no remark, return with one reason, or tick off where no forms are; each says what was left out and why."""
        ids = [row_id(raw) for raw in request.form.getlist("rowid")[:MOST_CHOSEN]]
        if not ids:
            flash(_("Nothing was chosen: tick the forms first") if _forms() else _("Nothing was chosen: tick the organizations first"), "warning")
            return redirect(self.back(url_for("board.index")))
        act: Callable[[list[int]], Any] = chosen_act("act", {"accept": self._accept, "return": self._return, "tick": self._tick_off})
        return act(ids)

    def _accept(self, ids: list[int]) -> Any:
        """Accept them, without those that carry a remark."""
        done = accept_many(ids, current_registry(), current_actor())  # type: ignore[arg-type]
        if done.accepted:
            flash(ngettext("%(num)s form accepted", "%(num)s forms accepted", len(done.accepted)), "success")
        for submission, why in done.left_out:
            flash(_("Not accepted: %(name)s. %(why)s", name=submission.obligation.name_then, why=why), "warning")
        return redirect(self.back(url_for("board.index")))

    def _tick_off(self, organizations: list[int]) -> Any:
        """Note that what these organizations owe is there, where no forms are filled in."""
        period, count = get_period(request.form.get("period", "")), 0
        names = {organization: obligation_of(period, organization).name_then for organization in organizations}  # all, before the first is stored
        for organization, name in names.items():
            try:
                tick_off(period, organization, current_registry(), current_actor())  # type: ignore[arg-type]
                count += 1
            except (ConflictError, RuleError) as error:
                flash(_("Not ticked off: %(name)s. %(why)s", name=name, why=error), "warning")
        if count:
            flash(ngettext("%(num)s organization ticked off", "%(num)s organizations ticked off", count), "success")
        return redirect(self.back(url_for("board.index")))

    def _return(self, ids: list[int]) -> Any:
        """Ask for the reason once, then return them one by one."""
        submissions = [get_submission(i) for i in ids]
        reason = request.form.get("reason", "").strip()
        if not reason:
            return self.render("board/return.html", submissions=submissions, asked="reason" in request.form, target=self.back(url_for("board.index")))
        count = 0
        for submission in submissions:
            try:
                return_(submission.id, reason, current_actor(), submission.version)  # type: ignore[arg-type]
                count += 1
            except (ConflictError, RuleError) as error:
                flash(_("Not returned: %(name)s. %(why)s", name=submission.obligation.name_then, why=error), "warning")
        if count:
            flash(
                ngettext(
                    "%(num)s form returned; they read the reason at the top of their form",
                    "%(num)s forms returned; they read the reason at the top of their form",
                    count,
                ),
                "success",
            )
        return redirect(self.back(url_for("board.index")))

    def _period(self) -> Period | None:
        code = request.args.get("period", "")
        return get_period(code) if code else current_period(today())


def _opened(rows: list[Row], choice: Choice, ticking: bool) -> set[str]:
    """Keys of unfolded rows: the one asked for, the only one; with a condition, or where they are ticked off, those from the top, the first one in
    any case."""
    wanted = request.args.get("open", "")
    if len(rows) == 1 and wanted != "-":
        return {rows[0].key}
    if not wanted and (choice.state or choice.remark or ticking):
        sums = accumulate(len(row.lines) for row in rows)
        return {row.key for row, shown in zip(rows, sums, strict=True) if shown <= OPEN_UNTIL or row is rows[0]}
    return {wanted}


def _may_choose(owing: Owing) -> bool:
    """True if the bulk act of the page would be taken for it from whoever looks: nobody decides on the organization that he stands for."""
    actor = current_actor()
    if actor is None or not allowed("periods.review") or owing.organization_id == actor.root_id:
        return False
    steps = SUBMISSION.open_to(owing.submission.state if owing.submission else SUBMISSION.none, {"reviewer"})
    return any(step.act == ("accept" if _forms() else "tick") for step in steps)


def _here(choice: Choice, **changes: Any) -> str:
    """The board's address with these conditions; `anchor` names a place on it."""
    anchor = changes.pop("anchor", "")
    code = request.args.get("period", "")
    query: dict[str, Any] = ({"period": code} if code else {}) | choice.address(**changes)
    return url_for("board.index", **query) + (f"#{anchor}" if anchor else "")


def _reminders(done: Completeness, period: Period) -> list[tuple[str, int, str]]:
    """(name, how many miss, text) for every group with somebody missing."""
    if period.state != "open":
        return []
    texts = reminder_texts(period, today(), done, _forms())
    return [(g.own.name, len(g.missing), texts[g.own.organization_id]) for g in done.groups if g.own.organization_id in texts]


def _why_not(period: Period) -> str:
    """Why the period cannot be locked yet; '' if it can."""
    if period.state != "open":
        return ""
    return "，".join(problem.text for _owner, problem in closing_problems(period, current_registry()) if problem.blocking)


def _forms() -> bool:
    """True where organizations fill in forms: a plugin (figures) has mounted them."""
    return mounted("fill.review")


def _form_url(line: Owing, period: Period) -> str:
    """The form of an organization; '' where there are no forms."""
    return url_for("fill.review", organization=line.organization_id, period=period.code) if _forms() else ""


def _line(line: Owing, period: Period, points: Mapping[int, str]) -> dict[str, Any]:
    """When, what to look at and what can be done about one form."""
    found = line.submission
    if found is None:
        return {
            "when": "",
            "remark": "",
            "warn": False,
            "label": _("Look"),
            "url": _form_url(line, period),
        }
    when = local(found.submitted_at if line.reported and found.submitted_at else found.changed_at)
    shown = f"{short_date(when)} {when:%H:%M}"
    words = {
        "returned": _("Reason: %(text)s", text=found.returned_reason),
        "accepted": _("Accepted by %(name)s", name=found.reviewed_by) if _forms() else _("Ticked off by %(name)s", name=found.reviewed_by),
        "draft": _("Not submitted yet"),
    }
    waiting, point = line.state in ("submitted", "late"), points.get(found.id, "")
    remark = point or words.get(line.state, _("Nothing remarkable"))
    marks = [
        *([_("filled in for them")] if found.on_behalf else []),
        *([_("reviewed by themselves")] if found.self_reviewed and line.state == "accepted" else []),
    ]
    return {
        "when": shown,
        "remark": remark + (f"（{'，'.join(str(m) for m in marks)}）" if marks else ""),
        "warn": bool(point),
        "label": _("Review") if waiting and allowed("periods.review") else _("Look"),
        "url": _form_url(line, period),
    }


def _cells(row: Row, line: Owing, period: Period, points: Mapping[int, str]) -> list[Any]:
    told, found = _line(line, period, points), line.submission
    return [row.title, line.name, STATE_WORDS[line.state], told["when"] or None, found.submitted_by if found else None, told["remark"] or None]


def _conditions(choice: Choice, count: int) -> str:
    """What the file shows, in words."""
    words = []
    if choice.state:
        grouped = {"missing": _("Not reported"), "waiting": _("Waiting for review, late ones too")}
        words.append(grouped.get(choice.state) or STATE_WORDS[choice.state])
    if choice.kind:
        words.append(_("townships and villages") if choice.kind == "town" else _("schools"))
    if choice.remark:
        words.append(_("with a remark only"))
    return _("Conditions: %(words)s; %(count)s organizations", words="、".join(str(w) for w in words) or _("none"), count=count)
