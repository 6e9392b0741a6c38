"""The other screens: registry, role models, subsidies, banks and products."""

from datetime import date
from typing import Any

from flask import flash, request

from youthpilot.admin import ModuleModelView, allowed, bounded, expose, needs
from youthpilot.core import VILLAGE_KINDS, Organization, Person, RuleError, YouthpilotError, _, _l, today

from . import lending, queries, rules, services
from .forms import BankForm, ClaimForm, EliteForm, MatchForm, NewEliteForm, ProductForm, ReasonForm, RoleModelForm
from .models import LoanApplication, LoanBank, LoanClaim, LoanDrawdown, LoanElite, LoanMatch, LoanProduct, LoanRoleModel
from .pages import LoansPage, Tools, bank_choices, elite_choices, found, place_choices, posted, shown_name, tabs

PERSON = ("name", "sex", "birth_date", "phone")


def _name(view: Any, context: Any, row: Any, name: str) -> str:
    return shown_name(row.person)


class ElitesView(Tools, ModuleModelView):
    """The registry: list with filters, one entrepreneur, forms."""

    model = LoanElite
    name = _l("Registry of young entrepreneurs")
    category = _l("Fields of work")
    icon = "loan"
    slug = "elites"
    in_menu = False
    can_view_details = True
    column_list = ("person", "organization", "kind", "main_product", "jobs_driven", "entered_on")
    column_details_list = column_list
    column_labels = {
        "person": _l("Name"),
        "organization": _l("Township or village"),
        "kind": _l("Type"),
        "main_product": _l("Main product"),
        "jobs_driven": _l("Jobs driven"),
        "entered_on": _l("Entered on"),
    }
    column_formatters = {"person": _name}
    column_formatters_export = {"person": _name}
    column_filters = ("kind", "organization", "entered_on")
    column_searchable_list = ("main_product",)
    column_default_sort = ("entered_on", True)
    form_columns = ("main_product",)  # no form is offered here; upstream builds one all the same
    empty_title = _l("Nobody is in the registry yet")
    empty_text = _l("Enter the first one, or import the list.")

    def get_query(self) -> Any:
        """Those who applied by a poster and are not checked yet are not in the registry."""
        return super().get_query().where(LoanElite.pending == False)  # noqa: E712

    def list_tabs(self) -> list[dict[str, Any]]:
        """The module's pages."""
        return tabs(self)

    def head_buttons(self) -> list[dict[str, str]]:
        """Add one."""
        return [{"label": _("Enter somebody"), "url": self.get_url(".add"), "icon": "plus"}] if allowed("loans.record") else []

    @expose("/details/")
    def details_view(self) -> Any:
        """One entrepreneur: profile, applications, villages, honours."""
        row = found(LoanElite)
        m = LoanMatch
        matches = list(m.select(m, Organization).join(Organization, on=(m.organization == Organization.id)).where(m.elite == row.id))
        honours = list(LoanRoleModel.select().where(LoanRoleModel.person == row.person_id).order_by(LoanRoleModel.named_on))
        values = {"applications": list(queries.applications(LoanApplication.elite == row.id)), "matches": matches, "honours": honours}
        years = rules.age(row.person.birth_date, today()) if row.person.birth_date else None
        return self.show("elite", e=row, years=years, **values)

    @expose("/add/", methods=("GET", "POST"))
    @needs("loans.record")
    def add(self) -> Any:
        """Enter somebody."""
        form = NewEliteForm(posted(), data={"entered_on": today()})
        form.organization.choices = place_choices()

        def save() -> str:
            d = form.data
            elite = services.register_elite(
                d["organization"], {k: d[k] for k in PERSON}, d["kind"], d["entered_on"], _profile(d), reason=d["remark"] or ""
            )
            flash(_("%(name)s is in the registry.", name=elite.person.name), "success")
            return str(self.get_url(".details_view", id=elite.id))

        return self.form_page(form, _("Enter somebody"), save)

    @expose("/change/", methods=("GET", "POST"))
    @needs("loans.record")
    def change(self) -> Any:
        """Correct a profile."""
        row = found(LoanElite)
        form, to = EliteForm(posted(), obj=row), self.get_url(".details_view", id=row.id)

        def save() -> str:
            services.change_elite(row, form.kind.data, _profile(form.data) | {"left_on": form.left_on.data})
            flash(_("Saved."), "success")
            return str(to)

        return self.form_page(form, _("Correct %(name)s", name=row.person.name), save, back=to)

    @expose("/match/", methods=("GET", "POST"))
    @needs("loans.record")
    def match(self) -> Any:
        """万企联万村."""
        row = found(LoanElite)
        form, to = MatchForm(posted(), data={"from_on": today()}), self.get_url(".details_view", id=row.id)
        form.village.choices = place_choices(VILLAGE_KINDS)

        def save() -> str:
            services.match_village(row, form.village.data, form.from_on.data, form.work.data or "")
            flash(_("Saved."), "success")
            return str(to)

        return self.form_page(form, _("Match %(name)s with a village", name=row.person.name), save, back=to)


def _profile(data: dict[str, Any]) -> dict[str, Any]:
    texts = {k: (data[k] or "").strip() for k in ("industry", "main_product", "business_name", "uscc", "source")}
    return texts | {"jobs_driven": data["jobs_driven"]}


class RoleModelsView(LoansPage):
    """典型 of a year in the order in which the report names them."""

    name = _l("Role models")
    category = _l("Fields of work")
    icon = "loan"
    slug = "models"
    in_menu = False

    @expose("/")
    def index(self) -> Any:
        """Those of a year."""
        year = bounded(request.args.get("year"), 2000, 2100, today().year)
        halves = (
            (_("First half"), date(year, 1, 1), date(year, 6, 30)),
            (_("Second half"), date(year, 7, 1), date(year, 12, 31)),
        )
        return self.show("models", year=year, halves=[(word, queries.role_models(a, b)) for word, a, b in halves])

    @expose("/edit/", methods=("GET", "POST"))
    @needs("loans.recommend")
    def edit(self) -> Any:
        """Name one, or correct one."""
        row = found(LoanRoleModel) if request.values.get("id") else None
        form = RoleModelForm(posted(), obj=row, data=None if row else {"named_on": today(), "place": 100})
        form.elite.choices, form.organization.choices = [(0, "—"), *elite_choices()], place_choices()
        if row is not None:
            del form.elite, form.name, form.organization

        def save() -> str:
            person, organization = (row.person, row.organization_id) if row else _person_of(form)
            values = {k: form[k].data for k in ("named_on", "level", "honour", "deed", "place")}
            services.name_role_model(person, organization, values, reason=form.remark.data or "", row=row)
            flash(_("Saved."), "success")
            return str(self.get_url(".index", year=form.named_on.data.year))

        return self.form_page(form, _("Role model"), save)


def _person_of(form: Any) -> tuple[Person, int]:
    if form.elite.data:
        elite = LoanElite.get_by_id(form.elite.data)
        return elite.person, elite.organization_id
    name = (form.name.data or "").strip()
    if not name:
        raise RuleError(_("Choose somebody from the registry, or write a name."), "name")
    here = (Person.organization == form.organization.data) & (Person.name == name)
    person = Person.select().where(here).first() or services.add_person(form.organization.data, {"name": name})
    return person, form.organization.data


class SubsidiesView(LoansPage):
    """贴息: claims, and drawdowns with days that could be claimed."""

    name = _l("Subsidies")
    category = _l("Fields of work")
    icon = "loan"
    slug = "subsidies"
    in_menu = False

    @expose("/")
    def index(self) -> Any:
        """Claims, the newest first, and what could be claimed."""
        c, d = LoanClaim, LoanDrawdown
        claims = c.select(c, d, LoanElite, Person).join(d, on=(c.drawdown == d.id)).switch(c).join(LoanElite, on=(c.elite == LoanElite.id))
        claims = list(claims.join(Person, on=(LoanElite.person == Person.id)).order_by(c.claimed_on.desc(), c.id.desc()).limit(200))
        rows = d.select(d, LoanElite, Person).join(LoanElite, on=(d.elite == LoanElite.id)).join(Person, on=(LoanElite.person == Person.id))
        open_ones = [(row, days) for row in rows.order_by(d.id.desc()).limit(300) if (days := lending.claimable(row, today()))]
        return self.show("subsidies", claims=claims, open_ones=open_ones, CLAIMS=rules.CLAIM_STATES)

    @expose("/new/", methods=("GET", "POST"))
    @needs("loans.recommend")
    def new(self) -> Any:
        """Claim days of a drawdown."""
        row = found(LoanDrawdown)
        days = lending.claimable(row, today())
        start = {"claimed_on": today()} | ({"from_on": days[0], "to_on": days[1]} if days else {})
        form = ClaimForm(posted(), data=start)

        def save() -> str:
            made = lending.claim_subsidy(row, form.from_on.data, form.to_on.data, form.claimed_on.data)
            words = {"days": made.days, "amount": rules.yuan(made.amount)}
            flash(_("%(days)s days, %(amount)s yuan claimed.", **words), "success")
            if made.amount < made.computed:
                flash(_("Cut to the yearly cap; computed were %(amount)s yuan.", amount=rules.yuan(made.computed)), "warning")
            return str(self.get_url(".index"))

        note = _("Only days neither overdue nor extended count, after proof of repayment, each once.")
        return self.form_page(form, _("Subsidy for %(serial)s", serial=row.serial), save, note, self.get_url(".index"))

    @expose("/decide/", methods=("POST",))
    @needs("loans.recommend")
    def decide(self) -> Any:
        """Confirm a claim or note its payment."""
        row = found(LoanClaim)
        return self.act(lambda: lending.decide_claim(row, request.form.get("to", ""), today()), _("Saved."), self.get_url(".index"))

    @expose("/refuse/", methods=("GET", "POST"))
    @needs("loans.recommend")
    def refuse(self) -> Any:
        """Refuse a claim."""
        row = found(LoanClaim)
        form = ReasonForm(posted())

        def save() -> str:
            try:
                lending.decide_claim(row, "refused", today(), form.reason.data)
            except RuleError:
                raise
            except YouthpilotError as error:
                raise RuleError(str(error), "reason") from error
            flash(_("Saved."), "success")
            return str(self.get_url(".index"))

        return self.form_page(form, _("Refuse the claim"), save, back=self.get_url(".index"))


class ProductsView(LoansPage):
    """Banks and their products."""

    name = _l("Banks and products")
    category = _l("Fields of work")
    icon = "loan"
    slug = "products"
    in_menu = False
    permission_write = "loans.recommend"

    @expose("/")
    def index(self) -> Any:
        """Products of each bank."""
        by_bank: dict[int, list[LoanProduct]] = {}
        for row in LoanProduct.select().order_by(LoanProduct.name, LoanProduct.valid_from):
            by_bank.setdefault(row.bank_id, []).append(row)
        return self.show("products", banks=list(LoanBank.select().order_by(LoanBank.id)), by_bank=by_bank)

    @expose("/bank/", methods=("GET", "POST"))
    @needs("loans.recommend")
    def bank(self) -> Any:
        """A bank."""
        row = found(LoanBank) if request.values.get("id") else None
        form = BankForm(posted(), obj=row)

        def save() -> str:
            services.save_bank(form.name.data, form.short_name.data or "", row)
            flash(_("Saved."), "success")
            return str(self.get_url(".index"))

        return self.form_page(form, _("Bank"), save)

    @expose("/product/", methods=("GET", "POST"))
    @needs("loans.recommend")
    def product(self) -> Any:
        """A product."""
        row = found(LoanProduct) if request.values.get("id") else None
        form = ProductForm(
            posted(), obj=row, data=None if row else {"valid_from": today(), "bank": bounded(request.args.get("bank"), 1, 2**31 - 1, 0)}
        )
        form.bank.choices = bank_choices()
        if row is not None:
            del form.bank

        def save() -> str:
            values = {k: v for k, v in form.data.items() if k != "bank"}
            services.save_product(row.bank if row else LoanBank.get_by_id(form.bank.data), values, row)
            flash(_("Saved."), "success")
            return str(self.get_url(".index"))

        return self.form_page(form, _("Product"), save)
