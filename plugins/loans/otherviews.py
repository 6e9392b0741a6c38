"""The other screens: registry, role models, banks and products."""

from datetime import date
from typing import Any

from flask import flash, request

from youthpilot.admin import ModuleModelView, allowed, bounded, chosen_act, expose, needs
from youthpilot.core import CalendarPeriod, Person, RuleError, today

from . import people, queries, services
from .exports import products_file, role_models_file
from .forms import BankForm, NewEliteForm, ProductForm, ReasonForm, RoleModelForm
from .models import LoanBank, LoanElite, LoanProduct, LoanRoleModel
from .pages import LoansPage, Tools, bank_choices, elite_choices, found, place_choices, posted, shown_name, tabs
from .peopleviews import EliteActs, profile_of
from .words import _, _l

PERSON = ("name", "sex", "birth_date", "phone")


def _name(view: Any, context: Any, row: Any, name: str) -> str:
    return shown_name(row.person)


class ElitesView(EliteActs, Tools, ModuleModelView):
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
    column_searchable_list = (Person.name, "main_product")
    column_default_sort = ("entered_on", True)
    form_columns = ("main_product",)  # no form is offered here; upstream builds one all the same
    empty_title = _l("Nobody is in the registry yet")
    empty_text = _l("Enter the first one, or import the list.")

    def get_query(self) -> Any:
        """Those who applied by a poster and are not checked yet are not in the registry."""
        return super().get_query().where(LoanElite.pending == False, LoanElite.merged_into.is_null())  # noqa: E712

    def narrowed(self, search: str | None, filters: Any) -> Any:
        """Who sees names masked does not find them by guessing either: his words are looked for in the products."""
        if not search or allowed("loans.record"):
            return super().narrowed(search, filters)
        query = super().narrowed("", filters)
        for word in search.split()[:5]:
            query = query.where(LoanElite.main_product.contains(word))
        return query

    def list_tabs(self) -> list[dict[str, Any]]:
        """The module's pages."""
        return tabs(self)

    def head_buttons(self) -> list[dict[str, str]]:
        """Who may be entered twice; add one."""
        if not allowed("loans.record"):
            return []
        doubles = {"label": _("Possible doubles"), "url": self.get_url(".doubles"), "icon": "people"}
        return [doubles, {"label": _("Enter somebody"), "url": self.get_url(".add"), "icon": "plus"}]

    @expose("/add/", methods=("GET", "POST"))
    @needs("loans.record")
    def add(self) -> Any:
        """Enter somebody."""
        form = NewEliteForm(posted(), data={"entered_on": today()})
        form.organization.choices = place_choices()

        def save() -> str:
            d = form.data
            elite = services.register_elite(
                d["organization"], {k: d[k] for k in PERSON}, d["kind"], d["entered_on"], profile_of(d), reason=d["remark"] or ""
            )
            flash(_("%(name)s is in the registry.", name=elite.person.name), "success")
            return str(self.get_url(".details_view", id=elite.id))

        return self.form_page(form, _("Enter somebody"), save)


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
            (_("First half"), CalendarPeriod(year, "half_year", 1)),
            (_("Second half"), CalendarPeriod(year, "half_year", 2)),
        )
        return self.show("models", year=year, halves=[(word, queries.role_models(half.start, half.end)) for word, half in halves])

    @expose("/export/<kind>/", methods=("POST",))
    @needs("loans.read")
    def export(self, kind: str) -> Any:
        """Those of a year."""
        year = bounded(request.args.get("year"), 2000, 2100, today().year)
        return role_models_file(queries.role_models(date(year, 1, 1), date(year, 12, 31)), kind, year)

    @expose("/edit/", methods=("GET", "POST"))
    @needs("loans.recommend")
    def edit(self) -> Any:
        """Name one, or correct one."""
        row = found(LoanRoleModel) if request.values.get("id") else None
        form = RoleModelForm(posted(), obj=row, data=None if row else {"named_on": today(), "place": 1000})
        form.elite.choices, form.organization.choices = [(0, "—"), *elite_choices()], place_choices()
        if row is not None:
            del form.elite, form.name, form.organization

        def save() -> str:
            person, organization = (row.person, row.organization_id) if row else _person_of(form)
            values = {k: form[k].data for k in ("named_on", "level", "honour", "deed", "place")}
            services.name_role_model(person, organization, values, reason=form.remark.data or "", row=row)
            flash(_("Saved."), "success")
            return str(self.get_url(".index", year=form.named_on.data.year))

        return self.form_page(form, _("Role model") if row is None else row.person.name, save)

    @expose("/move/", methods=("POST",))
    @needs("loans.recommend")
    def move(self) -> Any:
        """One place up or down in its half-year."""
        row = found(LoanRoleModel)
        half = CalendarPeriod.of(row.named_on, "half_year")
        rows = queries.role_models(half.start, half.end)
        is_up, to = chosen_act("to", {"up": True, "down": False}), self.get_url(".index", year=row.named_on.year)
        return self.act(lambda: people.move_role_model(rows, row, is_up), _("Moved."), to)

    @expose("/delete/", methods=("GET", "POST"))
    @needs("loans.recommend")
    def delete(self) -> Any:
        """Take one out, with the reason."""
        row = found(LoanRoleModel)
        form, to = ReasonForm(posted()), self.get_url(".index", year=row.named_on.year)

        def save() -> str:
            people.delete_role_model(row, form.reason.data)
            flash(_("Deleted."), "success")
            return str(to)

        return self.form_page(
            form, _("Delete %(name)s from the role models", name=row.person.name), save, _("The report no longer names this person."), to
        )


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

    @expose("/export/<kind>/", methods=("POST",))
    @needs("loans.read")
    def export(self, kind: str) -> Any:
        """Every product."""
        p = LoanProduct
        return products_file(list(p.select(p, LoanBank).join(LoanBank, on=(p.bank == LoanBank.id)).order_by(LoanBank.id, p.name)), kind)

    @expose("/bank/", methods=("GET", "POST"))
    @needs("loans.recommend")
    def bank(self) -> Any:
        """A bank."""
        row = found(LoanBank) if request.values.get("id") else None
        form = BankForm(posted(), obj=row)

        def save() -> str:
            services.save_bank(form.name.data, form.short_name.data or "", row, form.closed_on.data)
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
