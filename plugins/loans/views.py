"""Screens of applications and money: the board by status, one application with its steps, line, drawdowns and repayments, arrears, totals."""

from datetime import timedelta
from typing import Any

from flask import abort, flash, request

from youthpilot.admin import bounded, expose, needs
from youthpilot.core import RuleError, acting, add_months, today

from . import lending, queries, rules, services
from .differenceviews import DifferencesView
from .exports import ApplicationExports
from .forms import ApplicationForm, DrawForm, ExtendForm, ReasonForm, RepayForm, StepForm, TotalForm
from .models import LoanApplication, LoanBank, LoanDrawdown, LoanElite, LoanLine, LoanProduct, LoanRepayment, LoanTotal
from .otherviews import ElitesView, ProductsView, RoleModelsView
from .pages import LoansPage, bank_choices, elite_choices, found, posted, product_choices, set_to
from .peopleviews import MatchesView
from .posterviews import card_of, phoned
from .subsidymodels import LoanClaim
from .subsidyviews import ProgrammesView, SubsidiesView
from .words import _, _l

GROUPS = (
    ("league", rules.WAITING_LEAGUE),
    ("bank", rules.WAITING_BANK),
    ("running", ("granted", "partial", "drawing")),
    ("draft", ("draft", "returned")),
    ("ended", rules.ENDED),
)
PAGE = 50


class ApplicationsView(ApplicationExports, LoansPage):
    """Applications by status, with the next allowed step as buttons."""

    name = _l("Start-up loans")
    category = _l("Fields of work")
    icon = "loan"
    slug = "applications"

    # reading ---------------------------------------------------------------------------------------------------------

    @expose("/")
    def index(self) -> Any:
        """The board: chips by who has to act, cards with the next step."""
        counts = queries.counts_by_state()
        sums = {key: sum(counts.get(s, 0) for s in states) for key, states in GROUPS}
        group = request.args.get("group") or next((k for k, n in sums.items() if n), "league")
        states = dict(GROUPS).get(group) or abort(404)
        a = LoanApplication
        where = [a.state.in_(states)]
        if bank := bounded(request.args.get("bank"), 1, 2**31 - 1, 0):
            where.append(LoanProduct.bank == bank)
        page = bounded(request.args.get("page"), 0, 10_000, 0)
        query = queries.applications(*where)
        total = query.count()
        late = {x.drawdown.line_id for x in queries.overdue(today())}
        rows = [(row, acting.acts_of(row)) for row in query.paginate(page + 1, PAGE)]
        lines = {line_.application_id: line_ for line_ in self._lines([r.id for r, _s in rows])}
        chips = [
            {"label": w, "count": sums[k], "url": self.get_url(".index", group=k, bank=bank or None), "current": k == group}
            for k, w in _groups().items()
        ]
        year = queries.drawn(today().replace(month=1, day=1), today())
        values = {"lines": lines, "late": late, "year": year, "owed": queries.outstanding(today()), "page": page, "pages": -(-total // PAGE)}
        values["known"] = queries.any_bank()
        return self.show(
            "applications", phoned=phoned([r.id for r, _s in rows]), rows=rows, chips=chips, group=group, bank=bank, banks=bank_choices(), **values
        )

    def _lines(self, ids: list[int]) -> Any:
        return LoanLine.select().where(LoanLine.application.in_(ids or [0]))

    @expose("/application/")
    def application(self) -> Any:
        """One application: facts, steps so far, line, drawdowns with repayments, what may be done next."""
        row = self._application()
        values: dict[str, Any] = {**card_of(row)}
        line = queries.line_of(row)
        drawn = queries.drawdowns_of(line)
        ids = [d.id for d in drawn]
        debts = queries.debts(ids)
        claims = list(LoanClaim.select().where(LoanClaim.drawdown.in_(ids or [0])).order_by(LoanClaim.from_on))
        values |= {"paid": queries.repayments_of(ids), "debts": debts, "claims": claims}
        free = line.amount - queries.line_use(line, row.product.revolving) if line else None
        if line and row.product.revolving:
            free = line.amount - sum((d.left(today()) for d in debts.values()), rules.ZERO)
        interest = {i: self._interest(d, drawn[n].annual_rate) for n, (i, d) in enumerate((i, debts[i]) for i in ids)}
        return self.show(
            "application", a=row, steps=queries.steps(row), line=line, drawn=drawn, free=free, next=acting.acts_of(row), interest=interest, **values
        )

    @staticmethod
    def _interest(debt: rules.Debt, rate: Any) -> Any:
        return rules.interest(rules.segments(debt, debt.drawn_on, today() - timedelta(days=1)), rate, set_to().day_count)

    @expose("/arrears/")
    def arrears(self) -> Any:
        """What is overdue today, the longest first, by age."""
        rows = queries.overdue(today())
        lines = {row.drawdown.line_id: row.drawdown.line.application_id for row in rows}
        return self.show("arrears", rows=rows, lines=lines, buckets=queries.ageing(rows), owed=queries.outstanding(today()))

    # applications ----------------------------------------------------------------------------------------------------

    @expose("/new/", methods=("GET", "POST"))
    @needs("loans.record")
    def new(self) -> Any:
        """An application."""
        form = ApplicationForm(posted(), data={"applied_on": today(), "elite": bounded(request.args.get("elite"), 1, 2**31 - 1, 0)})
        form.elite.choices, form.product.choices = elite_choices(), product_choices()
        note = "" if form.product.choices and form.elite.choices else _("Add a product and somebody to the registry first.")

        def save() -> str:
            d = form.data
            elite, product = LoanElite.get_by_id(d["elite"]), LoanProduct.get_by_id(d["product"])
            made = services.apply(
                elite, product, d["amount"], d["months"], d["purpose"], d["applied_on"], guarantee=d["guarantee"], reason=d["remark"] or ""
            )
            flash(_("Application %(number)s is handed in.", number=made.number), "success")
            return str(self.get_url(".application", id=made.id))

        return self.form_page(form, _("New application"), save, note)

    @expose("/step/", methods=("GET", "POST"))
    def step(self) -> Any:
        """One step of an application: day, amount or reason."""
        row = self._application()
        act, to = request.values.get("to", ""), self.get_url(".application", id=row.id)
        chosen = rules.APPLICATION.step(row.state, act)
        if chosen is None:
            return self.act(lambda: services.move(row, act, today()), "", to)
        if chosen not in acting.acts_of(row):
            abort(403)
        start = {"on": today(), "amount": row.amount if chosen.after == "granted" else None, "months": row.months}
        form = StepForm(posted(), data=start, needs=chosen.needs)

        def save() -> str:
            d = form.data
            if chosen.after == "settled":
                lending.settle(row, d["on"])
            else:
                services.move(row, act, d["on"], reason=d["reason"] or "", amount=d.get("amount"), months=d.get("months"))
            flash(_("%(number)s: %(word)s.", number=row.number, word=chosen.word), "success")
            return str(to)

        return self.form_page(form, f"{row.number} {chosen.word}", save, back=to)

    # money -----------------------------------------------------------------------------------------------------------

    @expose("/draw/", methods=("GET", "POST"))
    @needs("loans.answer")
    def draw(self) -> Any:
        """用信."""
        row = self._application()
        line = queries.line_of(row) or abort(404)
        start = {"drawn_on": today(), "annual_rate": row.product.annual_rate, "due_on": min(add_months(today(), row.months), line.end_on)}
        form = DrawForm(posted(), data=start)

        def save() -> str:
            d = form.data
            lending.draw(line, d["drawn_on"], d["amount"], d["due_on"], d["serial"], d["annual_rate"], reason=d["remark"] or "")
            return self._saved(row.id)

        return self.form_page(form, _("Drawdown of %(number)s", number=row.number), save, back=self._page(row.id))

    @expose("/repay/", methods=("GET", "POST"))
    @needs("loans.answer")
    def repay(self) -> Any:
        """还款."""
        row, key = self._drawdown()
        left = queries.debts([row.id])[row.id].left(today())
        form = RepayForm(posted(), data={"repaid_on": today()})

        def save() -> str:
            d = form.data
            lending.repay(row, d["repaid_on"], d["principal"], d["interest"], d["proof"] or "", d["serial"] or "")
            return self._saved(key)

        note = _("%(left)s yuan are owed.", left=rules.yuan(left))
        return self.form_page(form, _("Repayment of %(serial)s", serial=row.serial), save, note, self._page(key))

    @expose("/extend/", methods=("GET", "POST"))
    @needs("loans.answer")
    def extend(self) -> Any:
        """展期."""
        row, key = self._drawdown()
        form = ExtendForm(posted(), data={"decided_on": today()})

        def save() -> str:
            lending.extend(row, form.decided_on.data, form.due_on.data, form.reason.data or "")
            return self._saved(key)

        return self.form_page(form, _("Extension of %(serial)s", serial=row.serial), save, back=self._page(key))

    @expose("/undraw/", methods=("GET", "POST"))
    @needs("loans.answer")
    def undraw(self) -> Any:
        """Take out a drawdown entered by mistake."""
        row, key = self._drawdown()
        form = ReasonForm(posted())

        def save() -> str:
            lending.delete_drawdown(row, form.reason.data)
            return self._saved(key)

        return self.form_page(form, _("Take out drawdown %(serial)s", serial=row.serial), save, back=self._page(key))

    @expose("/unrepay/", methods=("GET", "POST"))
    @needs("loans.answer")
    def unrepay(self) -> Any:
        """Take out a repayment entered by mistake."""
        row = found(LoanRepayment)
        key = row.drawdown.line.application_id
        form = ReasonForm(posted())

        def save() -> str:
            lending.delete_repayment(row, form.reason.data)
            return self._saved(key)

        return self.form_page(form, _("Take out repayment %(serial)s", serial=row.serial), save, back=self._page(key))

    # totals ----------------------------------------------------------------------------------------------------------

    @expose("/totals/")
    def totals(self) -> Any:
        """What banks without rows say."""
        t = LoanTotal
        rows = list(t.select(t, LoanBank).join(LoanBank, on=(t.bank == LoanBank.id)).order_by(t.to_on.desc(), t.id.desc()))
        return self.show("totals", rows=[(row, queries.has_rows(row.bank_id, row.from_on, row.to_on)) for row in rows])

    @expose("/totals/new/", methods=("GET", "POST"))
    @needs("loans.answer")
    def total(self) -> Any:
        """汇总录入."""
        form = TotalForm(posted())
        form.bank.choices = bank_choices()

        def save() -> str:
            d = form.data
            if queries.root_id() is None:
                raise RuleError(_("Totals of a bank are entered by the county."), "bank")
            bank = LoanBank.get_by_id(d["bank"])
            lending.record_total(bank, d["from_on"], d["to_on"], d, d["source_file"] or "")
            flash(_("Saved."), "success")
            return str(self.get_url(".totals"))

        note = _("Only where a bank gives no rows. Its own rows win: then the total does not count.")
        return self.form_page(form, _("Total of a bank"), save, note, self.get_url(".totals"))

    @expose("/totals/delete/", methods=("POST",))
    @needs("loans.answer")
    def delete_total(self) -> Any:
        """Take out a total."""
        row = found(LoanTotal)
        return self.act(lambda: lending.delete_total(row), _("Deleted."), self.get_url(".totals"))

    # tools -----------------------------------------------------------------------------------------------------------

    def _application(self) -> LoanApplication:
        row = queries.applications(LoanApplication.id == found(LoanApplication).id).first()
        return row if row is not None else abort(404)

    def _drawdown(self) -> tuple[LoanDrawdown, int]:
        row = found(LoanDrawdown)
        return row, row.line.application_id

    def _page(self, key: int) -> str:
        return str(self.get_url(".application", id=key))

    def _saved(self, key: int) -> str:
        flash(_("Saved."), "success")
        return self._page(key)


def _groups() -> dict[str, str]:
    return {
        "league": _("With the League"),
        "bank": _("With the bank"),
        "running": _("Granted and in use"),
        "draft": _("Drafts and returned"),
        "ended": _("Ended"),
    }


VIEWS: list[type] = [ApplicationsView, ElitesView, RoleModelsView, SubsidiesView, ProgrammesView, MatchesView, DifferencesView, ProductsView]
