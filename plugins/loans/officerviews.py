"""Screens of bank officers: the county makes their accounts; an officer sees and answers what was recommended to his bank, nothing else."""

from datetime import timedelta
from typing import Any

from flask import abort, flash, redirect, request

from youthpilot.admin import bounded, expose, one_time_link, row_id
from youthpilot.core import YouthpilotError, acting, today

from . import asking, lending, officers, queries, rules, services
from .forms import ReasonForm, StepForm
from .models import LoanApplication, LoanBank, LoanRepayment
from .outside import LoanOfficer
from .pages import LoansPage, found, posted, set_to
from .publicforms import OfficerForm
from .views import ApplicationsView
from .words import _, _l

GROUPS = {"waiting": rules.WAITING_BANK, "running": ("granted", "partial", "drawing"), "ended": rules.ENDED}
PAGE = 50


class OfficersView(LoansPage):
    """Accounts of bank officers, made by the county's administrator."""

    name = _l("Bank officers' accounts")
    category = _l("Fields of work")
    icon = "people"
    slug = "officers"
    in_menu = False
    permission_read = permission_write = "loans.officers"

    @expose("/")
    def index(self) -> Any:
        """Everybody, by bank."""
        return self.show("officers", lines=officers.lines(), banks=list(LoanBank.select().order_by(LoanBank.id)))

    @expose("/new/", methods=("GET", "POST"))
    def new(self) -> Any:
        """An account for an officer of one bank; its link is shown once."""
        bank = found(LoanBank, "bank")
        form = OfficerForm(posted())
        if request.method == "POST" and form.validate():
            try:
                code = officers.invite_officer(bank, form.name.data, form.username.data)
                return self._link(form.name.data, form.username.data, code, new=True)
            except YouthpilotError as error:
                field = form["name"] if getattr(error, "field", "") == "display_name" else form["username"]
                field.errors = [*field.errors, str(error)]
        note = _("He sees and answers only what is recommended to %(bank)s, and nothing else of this system.", bank=bank.name)
        page = self.show(
            "form", form=form, form_title=_("Account for an officer of %(bank)s", bank=bank), note=note, return_url=self.get_url(".index")
        )
        return page, 422 if request.method == "POST" else 200

    @expose("/link/", methods=("POST",))
    def link(self) -> Any:
        """A new link for his password."""
        row = found(LoanOfficer)
        try:
            line = next(each for each in officers.lines() if each.officer.id == row.id)
            return self._link(
                line.account.name if line.account else "", line.account.username if line.account else "", officers.renew_link(row), new=False
            )
        except YouthpilotError as error:
            flash(str(error), "error")
        return redirect(self.get_url(".index"))

    @expose("/withdraw/", methods=("GET", "POST"))
    def withdraw(self) -> Any:
        """End an account."""
        row, form = found(LoanOfficer), ReasonForm(posted())

        def save() -> str:
            officers.withdraw_officer(row, form.reason.data)
            flash(_("The account is withdrawn; what the officer answered stays."), "success")
            return str(self.get_url(".index"))

        return self.form_page(form, _("Withdraw the officer's account"), save, back=self.get_url(".index"))

    def _link(self, who: str, username: str, code: str, new: bool) -> str:
        return str(self.render("accounts/link.html", who=who, username=username, link=one_time_link(code), new=new))


class BankView(LoansPage):
    """What was recommended to the officer's bank: look, answer, record what is drawn and repaid."""

    name = _l("Recommended to our bank")
    icon = "loan"
    slug = "bank"
    permission_read = permission_write = "loans.bank"

    def permission_of(self, method_name: str, http_method: str) -> str:
        """All of it is for officers: also the pages shared with the county's view, which ask for another right there."""
        return "loans.bank"

    def show(self, template: str, **values: Any) -> str:
        """A page without the module's other pages."""
        words = {"STATES": rules.STATES, "KINDS": rules.KINDS, "GUARANTEES": rules.GUARANTEES, "OVERDUE": rules.OVERDUE}
        more = {"yuan": rules.yuan, "today": today(), "bank": officers.my_bank()}
        return str(self.render(f"loans/{template}.html", **words, **more, **values))

    @expose("/")
    def index(self) -> Any:
        """Cards by whose turn it is, the longest waiting first among those that wait."""
        bank = officers.my_bank()
        if bank is None:
            return self.show("bank_none")
        states = {s: officers.recommended_to(bank, LoanApplication.state.in_(kinds)).count() for s, kinds in GROUPS.items()}
        group = request.args.get("group") or next((k for k, n in states.items() if n), "waiting")
        kinds = GROUPS.get(group) or abort(404)
        page = bounded(request.args.get("page"), 0, 10_000, 0)
        query = officers.recommended_to(bank, LoanApplication.state.in_(kinds))
        rows = [(row, acting.acts_of(row), queries.line_of(row)) for row in query.paginate(page + 1, PAGE)]
        words = {"waiting": _("To be answered"), "running": _("Granted and in use"), "ended": _("Ended")}
        chips = [{"label": w, "count": states[k], "url": self.get_url(".index", group=k), "current": k == group} for k, w in words.items()]
        return self.show("bank", rows=rows, chips=chips, group=group, page=page, pages=-(-states[group] // PAGE))

    @expose("/application/")
    def application(self) -> Any:
        """One application: what the bank needs, since it was recommended."""
        row = self._application()
        line = queries.line_of(row)
        drawn = queries.drawdowns_of(line)
        debts = queries.debts([d.id for d in drawn])
        used = sum((d.left(today()) for d in debts.values()), rules.ZERO)
        free = None if line is None else line.amount - (used if row.product.revolving else queries.line_use(line, False))
        basis, until = set_to().day_count, today() - timedelta(days=1)
        interest = {d.id: rules.interest(rules.segments(debts[d.id], d.drawn_on, until), d.annual_rate, basis) for d in drawn}
        values = {"paid": queries.repayments_of(debts), "debts": debts, "interest": interest, "free": free, "asked": asking.request_of(row)}
        return self.show("bank_application", a=row, line=line, drawn=drawn, steps=officers.steps_for_bank(row), next=acting.acts_of(row), **values)

    @expose("/step/", methods=("GET", "POST"))
    def step(self) -> Any:
        """An answer: day, amount or reason."""
        row = self._application()
        to = self._page(row.id)
        chosen = next((t for t in acting.acts_of(row) if t.act == request.values.get("to", "")), None)
        if chosen is None:
            flash(_("The status has moved on: look at it again."), "error")
            return redirect(to)
        start = {"on": today(), "amount": row.amount if chosen.after == "granted" else None, "months": row.months}
        form = StepForm(posted(), data=start, needs=chosen.needs)

        def save() -> str:
            d = form.data
            if chosen.after == "settled":
                lending.settle(row, d["on"])
            else:
                services.move(row, chosen.act, d["on"], reason=d["reason"] or "", amount=d.get("amount"), months=d.get("months"))
            flash(_("%(number)s: %(word)s.", number=row.number, word=chosen.word), "success")
            return to

        return self.form_page(form, f"{row.number} {chosen.word}", save, back=to)

    draw, repay, extend, undraw = ApplicationsView.draw, ApplicationsView.repay, ApplicationsView.extend, ApplicationsView.undraw

    @expose("/unrepay/", methods=("GET", "POST"))
    def unrepay(self) -> Any:
        """Take out a repayment entered by mistake."""
        row = officers.repayment_of(self._bank(), row_id(request.values.get("id"))) or abort(404)
        key, form = row.drawdown.line.application_id, ReasonForm(posted())

        def save() -> str:
            lending.delete_repayment(LoanRepayment.get_by_id(row.id), form.reason.data)
            return self._saved(key)

        return self.form_page(form, _("Take out repayment %(serial)s", serial=row.serial), save, back=self._page(key))

    # tools: the shared pages find their rows by these -------------------------------------------------------------------

    def _bank(self) -> LoanBank:
        return officers.my_bank() or abort(404)

    def _application(self) -> LoanApplication:
        return officers.application_of(self._bank(), row_id(request.values.get("id"))) or abort(404)

    def _drawdown(self) -> tuple[Any, int]:
        row = officers.drawdown_of(self._bank(), row_id(request.values.get("id"))) or abort(404)
        return row, row.line.application_id

    def _page(self, key: int) -> str:
        return str(self.get_url(".application", id=key))

    def _saved(self, key: int) -> str:
        flash(_("Saved."), "success")
        return self._page(key)
