"""The screen of reconciliation: where a bank's lists and what is recorded differ, and what was decided."""

from typing import Any

from flask import abort, flash, request
from wtforms.validators import Length

from youthpilot.admin import bounded, expose, needs, table_file
from youthpilot.core import RuleError, YouthpilotError

from . import differences, rules
from .forms import Form, TextAreaField
from .models import LoanBank
from .pages import LoansPage, bank_choices, found, posted
from .subsidymodels import LoanDifference
from .words import _, _l

PAGE = 50


class DecisionForm(Form):
    """Why."""

    reason = TextAreaField(_l("Reason of the decision"), [Length(max=300)])


class DifferencesView(LoansPage):
    """核对: only here, only at the bank, different; a decision per row, remembered."""

    name = _l("Bank reconciliation")
    category = _l("Fields of work")
    icon = "loan"
    slug = "differences"
    in_menu = False

    def _rows(self) -> tuple[Any, str, int]:
        d, decision = LoanDifference, request.args.get("decision", "")
        if decision and decision not in rules.DECISIONS:
            abort(404)
        bank = bounded(request.args.get("bank"), 1, 2**31 - 1, 0)
        query = d.select(d, LoanBank).join(LoanBank, on=(d.bank == LoanBank.id)).where(d.decision == decision)
        return (query.where(d.bank == bank) if bank else query).order_by(d.listed, d.key, d.id), decision, bank

    @expose("/")
    def index(self) -> Any:
        """Open ones first."""
        query, decision, bank = self._rows()
        page = bounded(request.args.get("page"), 0, 10_000, 0)
        counts = {k: LoanDifference.select().where(LoanDifference.decision == k).count() for k in ("", *rules.DECISIONS)}
        words = {"": _("To be decided"), **rules.DECISIONS}
        chips = [
            {"label": w, "url": self.get_url(".index", decision=k or None, bank=bank or None), "current": k == decision, "count": counts[k]}
            for k, w in words.items()
        ]
        rows = [(row, differences.acts_of(row)) for row in query.paginate(page + 1, PAGE)]
        words_of = {"LISTS": differences.LISTS, "DIFFERS": differences.KINDS, "DECISIONS": rules.DECISIONS}
        pages = -(-query.count() // PAGE)
        return self.show(
            "differences", rows=rows, chips=chips, decision=decision, bank=bank, banks=bank_choices(), page=page, pages=pages, **words_of
        )

    @expose("/export/<kind>/", methods=("POST",))
    @needs("loans.read")
    def export(self, kind: str) -> Any:
        """What the bank is asked about."""
        query, decision, _bank = self._rows()
        headers = ("银行", "清单", "编号", "差异", "系统记录", "银行清单", "来源文件", "处理", "原因", "处理人")
        cells = [
            (
                r.bank.name, differences.LISTS[r.listed], r.key, differences.KINDS[r.kind], r.here, r.theirs, r.source_file,
                rules.DECISIONS.get(r.decision, "待处理"), r.reason, r.decided_by,
            )
            for r in query
        ]  # fmt: skip
        return table_file("银行核对", headers, cells, kind, [rules.DECISIONS.get(decision, "待处理")])

    @expose("/decide/", methods=("GET", "POST"))
    @needs("loans.answer")
    def decide(self) -> Any:
        """Decide one; keeping what is recorded takes one press, the rest a reason."""
        row = found(LoanDifference)
        decision = request.values.get("to", "")
        word = rules.DECISIONS.get(decision) or abort(404)
        if decision == "ours" and request.method == "POST":
            return self.act(
                lambda: differences.decide(row, decision), _("Remembered: the next list does not ask again."), self.back(self.get_url(".index"))
            )
        form = DecisionForm(posted())

        def save() -> str:
            try:
                differences.decide(row, decision, form.reason.data or "")
            except RuleError:
                raise
            except YouthpilotError as error:
                raise RuleError(str(error), "reason") from error
            flash(_("Remembered: the next list does not ask again."), "success")
            return str(self.get_url(".index"))

        values = {"here": row.here or "—", "theirs": row.theirs or "—"}
        return self.form_page(form, f"{word}：{row.key}", save, _("Recorded: %(here)s. The bank: %(theirs)s.", **values), self.get_url(".index"))
