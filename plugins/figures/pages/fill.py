"""我的填报: an organization's own form, filled in, checked and submitted; and the same form read by its reviewer."""

from typing import Any

from flask import flash, jsonify, redirect, request, url_for

from youthpilot.admin.baseview import BaseAdminView, expose, needs
from youthpilot.admin.files import send_stored
from youthpilot.admin.targets import bounded, row_id
from youthpilot.core.accounts import allowed
from youthpilot.core.kernel.actor import current_actor
from youthpilot.core.kernel.calendar import days_late
from youthpilot.core.kernel.clock import LOCAL, now, today
from youthpilot.core.kernel.errors import ConflictError, RuleError
from youthpilot.core.organizations.models import Organization
from youthpilot.core.periods.acting import reviewer_of, roles_for
from youthpilot.core.periods.models import Period, Submission
from youthpilot.core.periods.queries import board_state, current_period, events_of, get_period, get_submission, obligation_of, periods, submission_of
from youthpilot.core.periods.rules import SUBMISSION
from youthpilot.core.periods.services import accept, return_, self_review_allowed, withdraw
from youthpilot.core.web.current import current_registry
from youthpilot.plugins.figures.services import FormError, save_draft, submit
from youthpilot.plugins.figures.typed import MIN_EXPLANATION

from ..evidence import LIMIT, add_evidence, evidence_of, remove_evidence, stored_file
from ..forms import Form, form_basis, read_form
from ..texts import TextProblem, text_problems
from ..words import _, _l
from .fill_reading import changes_between, counts_text, given_from, sections_of, size_text, texts_from


class FillView(BaseAdminView):
    """Forms: the own one, those below (代填), and their review."""

    name = _l("Our form")
    icon = "form"
    slug = "fill"
    menu_after = "board"
    permission_read = "periods.see"
    permission_write = "periods.fill"

    def is_visible(self) -> bool:
        """In the menu of those who report for an organization below the county."""
        actor = current_actor()
        return actor is not None and not actor.whole and actor.may("periods.fill")

    @expose("/")
    @needs("periods.fill")
    def index(self) -> Any:
        """The form to fill in; once submitted, the form as it was submitted."""
        place = self._place()
        if place is None:
            return redirect(url_for("board.index"))
        period, organization = place
        if not _may(period, organization, "save"):
            return redirect(url_for("fill.review", organization=organization, period=period.code))
        return self._form(period, organization, read_form(period, organization, current_registry()))

    @expose("/save", methods=("POST",))
    def save(self) -> Any:
        """Keep what was typed. The same page again; for the script that saves by itself a line of text."""
        period, organization = self._posted()
        try:
            given, basis = given_from(request.form), form_basis(period, current_registry())
            saved = save_draft(period, organization, given, current_registry(), _actor(), texts_from(request.form), basis)
            self._file(period, organization, set(given))
        except (ConflictError, RuleError) as error:
            if _by_script():
                return jsonify(text=str(error)), error.status
            flash(str(error), "error")
            return redirect(url_for("fill.index", organization=organization, period=period.code))
        text = _("Draft saved %(time)s", time=now().astimezone(LOCAL).strftime("%H:%M"))
        if _by_script():
            return jsonify(text=text, errors=len(saved.form.errors), counts=counts_text(saved.form))
        flash(text, "success")
        return redirect(url_for("fill.index", organization=organization, period=period.code))

    @expose("/submit", methods=("GET", "POST"))
    @needs("periods.fill")
    def submit(self) -> Any:
        """Check: what must be settled first is shown at its place, else the page that shows what will be sent. Everything typed is kept.

        The page after a refusal stands under this address; asked for anew it is the form.
        """
        if request.method == "GET":
            return redirect(url_for("fill.index", organization=request.args.get("organization"), period=request.args.get("period")))
        period, organization = self._posted()
        given, texts, registry = given_from(request.form), texts_from(request.form), current_registry()
        basis = form_basis(period, registry)
        try:
            save_draft(period, organization, given, registry, _actor(), texts, basis)
            form = read_form(period, organization, registry, given, texts, basis, check_modules=True)
            if not self._filed(period, organization, given):
                return redirect(url_for("fill.index", organization=organization, period=period.code) + "#evidence")
        except (ConflictError, RuleError) as error:
            flash(str(error), "error")
            return redirect(url_for("fill.index", organization=organization, period=period.code))
        if form.errors or self._wrong_texts(form):
            return self._unsettled(form)
        return redirect(url_for("fill.check", organization=organization, period=period.code), 303)

    @expose("/check")
    @needs("periods.fill")
    def check(self) -> Any:
        """What will be sent, to be looked at once: values, zeros, what is not known yet, explanations, texts, files."""
        place = self._place()
        if place is None:
            return redirect(url_for("board.index"))
        period, organization = place
        if not _may(period, organization, "submit"):
            return redirect(url_for("fill.review", organization=organization, period=period.code))
        form = read_form(period, organization, current_registry(), check_modules=True)
        if form.errors or self._wrong_texts(form):
            return self._unsettled(form)
        return self._form(period, organization, form, template="figures/check.html")

    @expose("/send", methods=("POST",))
    def send(self) -> Any:
        """Submit what the page before showed; if the draft has changed since, it is shown anew."""
        period, organization = self._posted()
        place = {"organization": organization, "period": period.code}
        try:
            version, seen = bounded(request.form.get("version"), 0, 10**6), request.form.get("seen", "")[:64] or "-"
            done = submit(period, organization, version, None, current_registry(), _actor(), seen=seen)
        except FormError as error:
            return self._unsettled(error.form)
        except (ConflictError, RuleError) as error:
            flash(str(error), "error")
            return redirect(url_for("fill.check", **place), 303)
        flash(_("Submitted, counted as late. The reviewer sees it now") if done.late else _("Submitted. The reviewer sees it now"), "success")
        return redirect(url_for("fill.review", **place), 303)

    @expose("/withdraw", methods=("POST",))
    def withdraw(self) -> Any:
        """Take a submitted form back, as long as nobody has decided."""
        period, organization = self._posted()
        try:
            withdraw(period, organization, _actor())
            flash(_("Taken back: it is a draft again and must be submitted anew"), "success")
        except (ConflictError, RuleError) as error:
            flash(str(error), "error")
        return redirect(url_for("fill.index", organization=organization, period=period.code))

    @expose("/remove/<int:evidence_id>", methods=("POST",))
    def remove(self, evidence_id: int) -> Any:
        """Take a file away from the form; what was typed meanwhile is kept."""
        period, organization = self._posted()
        try:
            row = remove_evidence(evidence_id, _actor())
            save_draft(period, organization, given_from(request.form), current_registry(), _actor(), texts_from(request.form))
            flash(_("“%(name)s” was taken away", name=row.file_name), "success")
        except (ConflictError, RuleError) as error:
            flash(str(error), "error")
        return redirect(url_for("fill.index", organization=organization, period=period.code) + "#evidence")

    @expose("/evidence/<int:evidence_id>")
    def evidence(self, evidence_id: int) -> Any:
        """A file as a download, never shown by the browser itself."""
        return send_stored(stored_file(row_id(evidence_id)))

    @expose("/review")
    def review(self) -> Any:
        """The form read-only: figures, explanations, files, what changed, history; and the reviewer's two buttons."""
        place = self._place()
        if place is None:
            return redirect(url_for("board.index"))
        period, organization = place
        form = read_form(period, organization, current_registry())
        events = events_of(form.submission) if form.submission else []
        return self._form(
            period,
            organization,
            form,
            template="figures/review.html",
            events=events,
            changes=changes_between(events, form),
            words=SUBMISSION.acts,
            **_deciding(form),
        )

    @expose("/accept", methods=("POST",))
    @needs("periods.review")
    def accept(self) -> Any:
        """Accept the version that was read."""
        submission = get_submission(row_id(request.form.get("submission")))
        try:
            accept(submission.id, _actor(), request.form.get("reason", "")[:500], bounded(request.form.get("version"), 0, 10**6))
            flash(_("%(name)s is accepted", name=submission.obligation.name_then), "success")
        except (ConflictError, RuleError) as error:
            flash(str(error), "error")
            return redirect(_review_url(submission))
        return redirect(url_for("board.index", state="waiting") if _waiting(submission.period) else url_for("board.index"))

    @expose("/return", methods=("POST",))
    @needs("periods.review")
    def give_back(self) -> Any:
        """Return it with a reason."""
        submission = get_submission(row_id(request.form.get("submission")))
        try:
            return_(submission.id, request.form.get("reason", "")[:500], _actor(), bounded(request.form.get("version"), 0, 10**6))
            flash(_("Returned; %(name)s reads the reason at the top of the form", name=submission.obligation.name_then), "success")
        except (ConflictError, RuleError) as error:
            flash(str(error), "error")
        return redirect(_review_url(submission))

    # what the routes share -----------------------------------------------------------------------------------------------

    def _unsettled(self, form: Form) -> Any:
        """The form with everything that must be settled first, at its place."""
        count = len(form.errors) + len(self._wrong_texts(form))
        flash(_("Not submitted yet: %(num)s places must be settled first. What you typed is kept", num=count), "error")
        return self._form(form.period, form.organization_id, form, checked=True), 422

    def _wrong_texts(self, form: Form) -> list[TextProblem]:
        return [p for p in text_problems(form.texts, _on_behalf(form.period, form.organization_id)) if p.level == "E"]

    def _form(self, period: Period, organization: int, form: Form, template: str = "figures/index.html", checked: bool = False, **values: Any) -> str:
        filling = template == "figures/index.html"
        every = text_problems(form.texts, filling and _on_behalf(period, organization))
        problems = [p for p in every if checked or p.level == "W" or form.texts.get(p.key)]  # nobody is blamed for what he has not come to
        evidence = evidence_of(period, organization)
        submission = form.submission
        return self.render(
            template,
            period=period,
            periods=[p for p in periods() if p.state == "open"],
            organization=obligation_of(period, organization),
            place=Organization.get_by_id(organization),
            form=form,
            sections=sections_of(form, problems, evidence),
            text_problems={p.key: p for p in problems},
            checked=checked,
            whole=[p for p in form.problems if not p.key],
            state=board_state(form.state, bool(submission and submission.late)),
            late=days_late(today(), period.due_on),
            reviewer=reviewer_of(period, organization),
            on_behalf=_on_behalf(period, organization),
            may_fill=allowed("periods.fill") and _may(period, organization, "save"),
            may_withdraw=_may_withdraw(period, organization, form),
            from_records=sum(not f.by_hand and f.computed is not None for f in form.fields),
            evidence=evidence,
            size_text=size_text,
            counts=counts_text(form),
            titles={f.key: f.meaning.title for f in form.fields},
            shortest=MIN_EXPLANATION,
            **values,
        )

    def _place(self) -> tuple[Period, int] | None:
        """(period, organization) that the address asks for, by default the user's own; None if there is nothing to fill in. Foreign ones answer 404."""
        code, actor = request.args.get("period", ""), current_actor()
        period = get_period(code) if code else current_period(today())
        wanted = request.args.get("organization")
        organization = row_id(wanted) if wanted else actor.root_id if actor else None
        if period is None or organization is None:
            return None
        return period, obligation_of(period, organization).organization_id

    def _posted(self) -> tuple[Period, int]:
        period = get_period(request.form.get("period", ""))
        return period, obligation_of(period, row_id(request.form.get("organization"))).organization_id

    def _filed(self, period: Period, organization: int, given: Any) -> bool:
        """Like `_file`; False, with the reason said, if the file was refused."""
        try:
            self._file(period, organization, set(given))
        except RuleError as error:
            flash(str(error), "error")
            return False
        return True

    def _file(self, period: Period, organization: int, known: set[str]) -> None:
        """Store the file that came along, if any."""
        sent = request.files.get("file")
        if sent is not None and sent.filename:
            key = request.form.get("file_key", "")
            add_evidence(period, organization, sent.filename, sent.stream.read(LIMIT + 1), _actor(), key if key in known else "")


def _actor() -> Any:
    return current_actor()


def _by_script() -> bool:
    return request.headers.get("X-Requested-With") == "fetch"


def _on_behalf(period: Period, organization: int) -> bool:
    """True if the user fills in for somebody below (代填)."""
    return "superior" in roles_for(_actor(), period, organization)


def _may(period: Period, organization: int, event: str) -> bool:
    """True if the user may do this with the form now."""
    if period.state != "open":
        return False
    submission = submission_of(period, organization)
    open_to = SUBMISSION.open_to(submission.state if submission else SUBMISSION.none, roles_for(_actor(), period, organization))
    return any(step.act == event for step in open_to)


def _may_withdraw(period: Period, organization: int, form: Form) -> bool:
    """Whose form it is takes it back, or who filled it in for them; a reviewer returns it instead."""
    if not allowed("periods.fill") or not _may(period, organization, "withdraw"):
        return False
    own = "reporter" in roles_for(_actor(), period, organization)
    return own or bool(form.submission and form.submission.submitted_by_id == _actor().user_id)


def _deciding(form: Form) -> dict[str, Any]:
    """What the reviewer may do with the form now."""
    submission, actor = form.submission, _actor()
    if submission is None or not allowed("periods.review"):
        return {"may_accept": False, "may_return": False, "own": False, "own_allowed": False}
    own = submission.submitted_by_id == actor.user_id and submission.state == "submitted"
    reviewer = reviewer_of(form.period, form.organization_id)
    own_allowed = own and self_review_allowed(form.period, reviewer, actor.user_id, today())
    return {
        "may_accept": _may(form.period, form.organization_id, "accept"),
        "may_return": _may(form.period, form.organization_id, "return"),
        "own": own,
        "own_allowed": own_allowed,
    }


def _waiting(period: Period) -> bool:
    return bool(Submission.select().where((Submission.period == period) & (Submission.state == "submitted")).exists())


def _review_url(submission: Any) -> str:
    return url_for("fill.review", organization=submission.organization_id, period=submission.period.code)
