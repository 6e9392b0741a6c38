"""Screens of subsidies: programmes, what could be claimed now, claims step by step."""

from typing import Any

from flask import abort, flash, request
from peewee import JOIN

from youthpilot.admin import allowed, bounded, expose, needs
from youthpilot.core import Person, RuleError, YouthpilotError, acting, today, workflow

from . import subsidies, subsidyrules
from .exports import claims_file
from .models import LoanBank, LoanDrawdown, LoanElite, LoanProduct
from .pages import LoansPage, found, posted, product_choices, yuan
from .rules import RECOMMEND
from .subsidyforms import ClaimForm, ClaimStepForm, ProgrammeForm
from .subsidymodels import LoanClaim, LoanClaimStep, LoanProgramme
from .words import _, _l

PAGE = 50


def claims(*where: Any) -> Any:
    """Claims in scope with person, note, bank and programme, the newest first."""
    c, d = LoanClaim, LoanDrawdown
    query = c.select(c, d, LoanBank, LoanElite, Person, LoanProgramme).join(d, on=(c.drawdown == d.id)).join(LoanBank, on=(d.bank == LoanBank.id))
    query = query.switch(c).join(LoanElite, on=(c.elite == LoanElite.id)).join(Person, on=(LoanElite.person == Person.id))
    query = query.switch(c).join(LoanProgramme, JOIN.LEFT_OUTER, on=(c.programme == LoanProgramme.id))
    return (query.where(*where) if where else query).order_by(c.claimed_on.desc(), c.id.desc())


class SubsidiesView(LoansPage):
    """贴息: claims by status, drawdowns with days that could be claimed."""

    name = _l("Subsidies")
    category = _l("Fields of work")
    icon = "loan"
    slug = "subsidies"
    in_menu = False

    @expose("/")
    def index(self) -> Any:
        """Claims, the newest first, by status."""
        state = request.args.get("state", "")
        if state and state not in subsidyrules.CLAIM_STATES:
            abort(404)
        page = bounded(request.args.get("page"), 0, 10_000, 0)
        query = claims(LoanClaim.state == state) if state else claims()
        total = query.count()
        counts = self._counts()
        chips = [{"label": _("All"), "url": self.get_url(".index"), "current": not state, "count": sum(counts.values())}] + [
            {"label": word, "url": self.get_url(".index", state=key), "current": state == key, "count": counts.get(key, 0)}
            for key, word in subsidyrules.CLAIM_STATES.items()
        ]
        steps = {key: self._steps(key) for key in subsidyrules.CLAIM_STATES}
        ready = len(self._open())
        values = {"rows": list(query.paginate(page + 1, PAGE)), "page": page, "pages": -(-total // PAGE), "ready": ready}
        return self.show("subsidies", chips=chips, state=state, steps=steps, total=total, programmes=LoanProgramme.select().count(), **values)

    @staticmethod
    def _steps(state: str) -> list[workflow.Transition]:
        return subsidyrules.CLAIM.open_to(state, {RECOMMEND} if allowed(RECOMMEND) else ())

    @staticmethod
    def _counts() -> dict[str, int]:
        from peewee import fn

        return dict(LoanClaim.select(LoanClaim.state, fn.COUNT(LoanClaim.id)).group_by(LoanClaim.state).tuples())

    @expose("/export/<kind>/", methods=("POST",))
    @needs("loans.read")
    def export(self, kind: str) -> Any:
        """The claims of a status with their working."""
        state = request.args.get("state", "")
        return claims_file(list(claims(LoanClaim.state == state) if state else claims()), kind, state if state in subsidyrules.CLAIM_STATES else "")

    @expose("/open/")
    def open(self) -> Any:
        """Notes with days that could be claimed now."""
        return self.show("subsidies_open", rows=self._open(), programmes=LoanProgramme.select().count())

    @staticmethod
    def _open() -> list[Any]:
        d = LoanDrawdown
        rows = d.select(d, LoanElite, Person).join(LoanElite, on=(d.elite == LoanElite.id)).join(Person, on=(LoanElite.person == Person.id))
        return subsidies.claimable(list(rows.order_by(d.id.desc())))

    @expose("/claim/")
    def claim(self) -> Any:
        """One claim: days, working, steps."""
        row = claims(LoanClaim.id == found(LoanClaim).id).first() or abort(404)
        steps = list(LoanClaimStep.select().where(LoanClaimStep.claim == row.id).order_by(LoanClaimStep.id))
        return self.show("claim", c=row, steps=steps, next=acting.acts_of(row), CLAIMS=subsidyrules.CLAIM_STATES)

    @expose("/new/", methods=("GET", "POST"))
    @needs("loans.recommend")
    def new(self) -> Any:
        """Claim days of a drawdown."""
        row = found(LoanDrawdown)
        ready = subsidies.claimable([row])
        start = {"claimed_on": today()} | ({"programme": ready[0][1].id, "from_on": ready[0][2], "to_on": ready[0][3]} if ready else {})
        form = ClaimForm(posted(), data=start)
        form.programme.choices = [(p.id, p.name) for p in subsidies.programmes_for(row)]

        def save() -> str:
            d = form.data
            programme = LoanProgramme.get_by_id(d["programme"])
            made = subsidies.claim_subsidy(row, programme, d["from_on"], d["to_on"], d["claimed_on"])
            flash(_("%(days)s days, %(amount)s yuan claimed.", days=made.days, amount=yuan(made.amount)), "success")
            if made.amount < made.computed:
                flash(_("Cut to the yearly cap; computed were %(amount)s yuan.", amount=yuan(made.computed)), "warning")
            return str(self.get_url(".claim", id=made.id))

        note = _("Only days neither overdue nor extended count, after proof of repayment, each once.")
        if not form.programme.choices:
            note = _("No subsidy programme is for this note: add one first, or check its product and days.")
        return self.form_page(form, _("Subsidy for %(serial)s", serial=row.serial), save, note, self.get_url(".open"))

    @expose("/step/", methods=("GET", "POST"))
    @needs("loans.recommend")
    def step(self) -> Any:
        """One step of a claim: day, voucher or reason."""
        row = found(LoanClaim)
        after = request.values.get("to", "")
        step = subsidyrules.CLAIM.step(row.state, after)
        to = self.get_url(".claim", id=row.id)
        if step is None:
            return self.act(lambda: subsidies.decide_claim(row, after, today()), "", to)
        form = ClaimStepForm(posted(), data={"on": today()})

        def save() -> str:
            try:
                subsidies.decide_claim(row, after, form.on.data, form.note.data or "")
            except RuleError:
                raise
            except YouthpilotError as error:
                raise RuleError(str(error), "on") from error
            flash(_("Saved."), "success")
            return str(to)

        return self.form_page(form, f"{step.word} {row.drawdown.serial}", save, back=to)

    @expose("/step-all/", methods=("POST",))
    @needs("loans.recommend")
    def step_all(self) -> Any:
        """The same step today for every claim of a status."""
        state, after = request.form.get("state", ""), request.form.get("to", "")
        if after == "returned" or subsidyrules.CLAIM.step(state, after) is None:
            abort(404)
        rows = list(LoanClaim.select().where(LoanClaim.state == state))
        done = _("%(count)s claims: %(word)s.", count=len(rows), word=subsidyrules.CLAIM_STATES[after])
        return self.act(lambda: subsidies.decide_all(rows, after, today()), done, self.get_url(".index", state=after))


class ProgrammesView(LoansPage):
    """贴息项目: fund source, formula, caps, days."""

    name = _l("Subsidy programmes")
    category = _l("Fields of work")
    icon = "loan"
    slug = "programmes"
    in_menu = False
    permission_write = "loans.recommend"

    @expose("/")
    def index(self) -> Any:
        """Programmes, those in force first."""
        rows = sorted(LoanProgramme.select().order_by(LoanProgramme.valid_from.desc()), key=lambda p: bool(p.valid_to and p.valid_to < today()))
        return self.show("programmes", rows=[(p, self._words(p)) for p in rows], FORMULAS=subsidyrules.FORMULAS)

    @staticmethod
    def _words(p: LoanProgramme) -> str:
        """What it pays, in a line."""
        number = {"points": f"{p.points}个百分点", "base": f"基准利率{p.base_rate}%", "above_lpr": f"市场报价利率减{p.spread}个基点以上"}.get(
            p.formula, ""
        )
        shares = "，".join(f"第{n}年{share}" for n, share in enumerate((p.share_1, p.share_2, p.share_3), 1) if share)
        return "；".join(x for x in (number, shares) if x)

    @expose("/edit/", methods=("GET", "POST"))
    @needs("loans.recommend")
    def edit(self) -> Any:
        """A programme, new or corrected."""
        row = found(LoanProgramme) if request.values.get("id") else None
        start = {"valid_from": today().replace(month=1, day=1), "share_1": "100%"}
        form = ProgrammeForm(posted(), obj=row, data=None if row else start)
        form.product.choices = [(0, _("every product")), *product_choices()]
        if row is not None and row.product_id and row.product_id not in dict(form.product.choices):
            form.product.choices.append((row.product_id, str(LoanProduct.get_by_id(row.product_id))))
        if row is not None and request.method == "GET":
            form.product.data = row.product_id or 0

        def save() -> str:
            values = {k: v.strip() if isinstance(v, str) else v for k, v in form.data.items()} | {"product": form.product.data or None}
            subsidies.save_programme(values, row)
            flash(_("Saved."), "success")
            return str(self.get_url(".index"))

        return self.form_page(form, _("Subsidy programme"), save)

    @expose("/delete/", methods=("POST",))
    @needs("loans.recommend")
    def delete(self) -> Any:
        """Take out a programme that nothing was claimed under."""
        row = found(LoanProgramme)
        return self.act(lambda: subsidies.delete_programme(row), _("Deleted."), self.get_url(".index"))
