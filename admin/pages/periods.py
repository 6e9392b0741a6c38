"""报告期: open, due date, who owes, closing, revisions. Plugins add routes of their own to it (`ScreenPart`)."""

from datetime import date
from typing import Any

from flask import flash, redirect, request, url_for
from wtforms import DateField, HiddenField, StringField
from wtforms.validators import InputRequired, Length

from youthpilot.core.accounts import allowed
from youthpilot.core.audit.acting import acts_of
from youthpilot.core.hookspecs import Specs
from youthpilot.core.kernel.actor import current_actor
from youthpilot.core.kernel.calendar import CalendarPeriod, Kind
from youthpilot.core.kernel.clock import today
from youthpilot.core.kernel.errors import ConflictError, RuleError, YouthpilotError
from youthpilot.core.kernel.i18n import _
from youthpilot.core.kernel.i18n import lazy_gettext as _l
from youthpilot.core.organizations.models import KINDS, Organization
from youthpilot.core.periods.acting import county_roles
from youthpilot.core.periods.lock import closing_notes, closing_problems, lock, reopen, verify_chain
from youthpilot.core.periods.managing import change_due, decisions_of, snapshots_of, would_owe
from youthpilot.core.periods.models import Period
from youthpilot.core.periods.queries import closed_inside, completeness, get_period, period_value, periods, suggested_code
from youthpilot.core.periods.rules import proposed_due
from youthpilot.core.periods.services import add_obligation, open_period, waive
from youthpilot.core.web.current import current_registry, the_county

from ..baseview import BaseAdminView, expose, needs
from ..context import mounted
from ..targets import chosen_act, row_id
from .forms import SYSTEM, PageForm

LATE = _l("Who submits after this day counts as late")
KIND_WORDS: dict[Kind, Any] = {"month": _l("Months"), "quarter": _l("Quarters"), "half_year": _l("Half-years"), "year": _l("Years")}
BACK: dict[Kind, int] = {"month": 6, "quarter": 4, "half_year": 2, "year": 2}  # so many before the present one may still be opened


class OpenForm(PageForm):
    """Until when; which period was chosen before."""

    code = HiddenField()
    due_on = DateField(_l("Last day to submit"), [InputRequired(_l("Choose the day"))], description=LATE)


class DueForm(PageForm):
    """Another last day."""

    due_on = DateField(_l("Last day to submit"), [InputRequired(_l("Choose the day"))])
    reason = StringField(_l("Reason"), [InputRequired(_l("Give the reason")), Length(max=300)])


class PeriodsView(BaseAdminView):
    """The reporting periods of the county: months, quarters, half-years, years."""

    name = _l("Reporting periods")
    category = SYSTEM
    icon = "form"
    slug = "periods"
    permission_read = "periods.see"
    permission_write = "periods.manage"

    def is_visible(self) -> bool:
        """In the menu of who sees the whole county."""
        actor = current_actor()
        return actor is not None and actor.whole

    @expose("/")
    def index(self) -> Any:
        """All of them, the newest first; what to do next."""
        found = periods()
        return self.render(
            "periods/index.html",
            lines=[(p, completeness(p), _stands(p)) for p in found],
            earlier=self.earlier_periods(found),
            suggestion=CalendarPeriod.parse(suggested_code(today())).title,
            day=today(),
        )

    @expose("/open", methods=("GET", "POST"))
    @needs("periods.manage")
    def open(self) -> Any:
        """Open a period; who will owe is shown before. GET: ?code= says which one, and the last day to submit is proposed for it."""
        form, choices = OpenForm(), _can_be_opened()
        span = _chosen(form.code.data if request.method == "POST" else request.args.get("code"), choices)
        if request.method == "GET":
            form.code.data, form.due_on.data = span.code, proposed_due(span, today())
            form.due_on.description = _why_proposed(span, form.due_on.data)
        if form.validate_on_submit():
            try:
                opened = open_period(the_county(), form.code.data or "", form.due_on.data, current_registry(), _actor())
                flash(_("%(title)s is open: %(num)s organizations owe figures", title=opened.title, num=completeness(opened).due), "success")
                return redirect(url_for("periods.show", period=opened.code))
            except YouthpilotError as error:
                form.refuse(error)
        kinds = [(KINDS[k], n) for k, n in would_owe(the_county().id, today()).items()]
        shown = {KIND_WORDS[kind]: spans for kind, spans in choices.items() if spans}
        return self.render("periods/open.html", form=form, span=span, choices=shown, kinds=kinds, total=sum(n for _k, n in kinds))

    @expose("/show")
    def show(self) -> Any:
        """One period: state, due date, closing, revisions."""
        return self._show(get_period(request.args.get("period", "")))

    def _show(self, period: Period, due: DueForm | None = None, reason: str = "", sure: bool = False) -> str:
        manage = allowed("periods.manage")
        problems = closing_problems(period, current_registry()) if manage and period.state == "open" else []
        due = due or DueForm(formdata=None, due_on=period.due_on)
        return self.render(
            "periods/show.html",
            period=period,
            acts={step.act for step in acts_of(period, county_roles(_actor(), period.organization_id))},
            done=completeness(period),
            problems=problems,
            hard=[p for owner, p in problems if p.blocking and owner != "periods"],
            soft=[p for owner, p in problems if p.blocking and owner == "periods"],
            notes=[p for _owner, p in problems if not p.blocking],
            due=due,
            reason=reason,
            sure=sure,
            decisions=decisions_of(period) if manage else [],
            snapshots=snapshots_of(period),
            notes_of_plugins=closing_notes(period, current_registry()) if manage and period.state == "open" else [],
            facts=_facts(period),
            closed=closed_inside(period) if period.state == "open" else [],
        )

    @expose("/due", methods=("POST",))
    def due(self) -> Any:
        """Another due date, with a reason."""
        period, form = self._posted(), DueForm()
        if form.validate_on_submit():
            try:
                change_due(period, form.due_on.data, form.reason.data, _actor())
                flash(_("The last day to submit is now %(day)s", day=f"{period.due_on:%Y-%m-%d}"), "success")
                return redirect(url_for("periods.show", period=period.code))
            except YouthpilotError as error:
                form.refuse(error)
        return self._show(period, due=form), 422

    @expose("/owing", methods=("GET", "POST"))
    @needs("periods.manage")
    def owing(self) -> Any:
        """Who owes figures by decision: add an organization or let one off, each with a reason."""
        if request.method == "POST":
            return self._decide(self._posted())
        period = get_period(request.args.get("period", ""))
        done = completeness(period)
        owed = {o.organization_id for o in done.lines} | {d.organization_id for d in decisions_of(period)}
        others = Organization.select().where(Organization.closed_on.is_null() & Organization.parent.is_null(False) & (Organization.kind != "class"))
        addable = [o for o in others.order_by(Organization.code) if o.id not in owed]
        return self.render("periods/owing.html", period=period, done=done, addable=addable[:500], decisions=decisions_of(period), kind_words=KINDS)

    def _decide(self, period: Period) -> Any:
        organization, reason = row_id(request.form.get("organization")), request.form.get("reason", "")[:300]
        is_waived = chosen_act("act", {"waive": True, "add": False})
        try:
            if is_waived:
                waive(period, organization, reason, _actor())
                flash(_("Let off: it no longer counts as missing, what it submitted stays"), "success")
            else:
                row = add_obligation(period, organization, reason, _actor())
                flash(_("%(name)s owes figures from now on", name=row.name_then), "success")
        except (ConflictError, RuleError) as error:
            flash(str(error), "error")
        return redirect(url_for("periods.owing", period=period.code))

    @expose("/lock", methods=("POST",))
    def lock(self) -> Any:
        """Lock: figures, tree and report are stored; a reason is needed while somebody still owes."""
        period, reason = self._posted(), request.form.get("reason", "")[:500]
        if request.form.get("sure") != "1":
            unchecked = _("Not locked: tick that you have checked the report"), _("Not locked: tick that you have checked who has reported")
            flash(unchecked[not mounted("report.index")], "warning")
            return self._show(period, reason=reason), 422
        try:
            lock(period, current_registry(), _actor(), reason)
            flash(_locked(period.revision), "success")
        except (ConflictError, RuleError) as error:
            flash(str(error), "error")
            return self._show(get_period(period.code), reason=reason, sure=True), error.status
        return redirect(url_for("periods.show", period=period.code))

    @expose("/reopen", methods=("POST",))
    def reopen(self) -> Any:
        """Open a closed period again, with a reason."""
        reason = request.form.get("reason", "")[:500]
        return self._step(lambda period: reopen(period, reason, _actor()), _("Open again; the next lock writes a new revision"))

    def _step(self, act: Any, done: str) -> Any:
        period = self._posted()
        try:
            act(period)
            flash(done, "success")
        except (ConflictError, RuleError) as error:
            flash(str(error), "error")
        return redirect(url_for("periods.show", period=period.code))

    @expose("/verify", methods=("POST",))
    def verify(self) -> Any:
        """Recompute every stored digest of the county."""
        titles = {p.code: p.title for p in periods()}
        return self.render(
            "periods/verified.html", found=verify_chain(current_registry()), titles=titles, count=sum(len(snapshots_of(p)) for p in periods())
        )

    def earlier_periods(self, found: list[Period]) -> list[CalendarPeriod]:
        """The earlier periods whose totals may be entered; whoever keeps totals (figures) says which."""
        return []

    def _posted(self) -> Period:
        return get_period(request.form.get("period", ""))


def _actor() -> Any:
    return current_actor()


def _facts(period: Period) -> list[str]:
    """What plugins say beside the progress of the period."""
    told = current_registry().each(Specs.county_period_facts, period=period_value(period))
    return [fact for _name, facts in told for fact in facts or ()]


def _locked(revision: int) -> str:
    """What is said after a lock; what was stored depends on what is loaded."""
    if mounted("report.index"):
        return str(_("Locked as revision %(num)s: figures, tree and report are stored with their digest", num=revision))
    return str(_("Locked as revision %(num)s", num=revision))


def _stands(period: Period) -> str:
    """What is to be done with it next, in a few words."""
    if period.state == "published":
        return str(_("Printed from what is stored"))
    if period.state == "locked":
        return str(_("The report can be published") if mounted("report.publish") else _("Finished; it can be opened again with a reason"))
    return str(_("Being filled in"))


def _why_proposed(span: CalendarPeriod, day: date) -> str:
    """Why the page of opening proposes this last day, and what it means."""
    if day == span.end:
        why = _("Proposed: the last day of %(title)s.", title=span.title)
    else:
        why = _(
            "%(title)s ended on %(day)s already; proposed is a week from today, so that nobody is late at once.",
            title=span.title,
            day=f"{span.end:%Y-%m-%d}",
        )
    return f"{why}{LATE}"


def _can_be_opened() -> dict[Kind, list[CalendarPeriod]]:
    """Of every kind those that are not open yet, from some time ago to the next one, the newest first."""
    there = {p.code for p in periods()}
    return {kind: [span for span in _around(kind) if span.code not in there] for kind in KIND_WORDS}


def _around(kind: Kind) -> list[CalendarPeriod]:
    found = [CalendarPeriod.of(today(), kind).next]
    for _step in range(BACK[kind] + 1):
        found.append(found[-1].previous)
    return found


def _chosen(code: str | None, choices: dict[Kind, list[CalendarPeriod]]) -> CalendarPeriod:
    """The period of a code, if it may be opened; else the suggested one."""
    offered = {span.code: span for spans in choices.values() for span in spans}
    return offered.get(code or "") or CalendarPeriod.parse(suggested_code(today()))
