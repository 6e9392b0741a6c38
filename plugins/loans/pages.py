"""What the module's screens share: tabs, the form page, rows by id, names masked for those who only look."""

from collections.abc import Callable
from typing import Any

from flask import abort, current_app, flash, redirect, request

from youthpilot.admin import ModuleView, allowed, name_for, row_id
from youthpilot.core import Organization, Person, RuleError, YouthpilotError, current_scope, mask_phone, today

from . import queries, rules
from .choices import Choices, choices, target_here
from .importers import IMPORTERS
from .models import LoanBank, LoanElite, LoanProduct
from .panels import wan
from .subsidyrules import CLAIM_STATES
from .words import _

TABS = (
    ("loans_applications.index", "Loan applications"),
    ("loans_posters.index", "Applications by poster"),
    ("loans_elites.index_view", "Registry"),
    ("loans_models.index", "Role models"),
    ("loans_applications.arrears", "Arrears"),
    ("loans_subsidies.index", "Subsidies"),
    ("loans_matches.index_view", "Villages and talents"),
    ("loans_differences.index", "Bank reconciliation"),
    ("loans_applications.totals", "Bank totals"),
    ("loans_products.index", "Banks and products"),
)


def tabs(view: Any) -> list[dict[str, Any]]:
    """The module's pages."""
    words = {
        "Loan applications": _("Loan applications"),
        "Applications by poster": _("Applications by poster"),
        "Registry": _("Registry of young entrepreneurs"),
        "Role models": _("Role models"),
        "Arrears": _("Arrears"),
        "Subsidies": _("Subsidies"),
        "Villages and talents": _("Villages and talents"),
        "Bank reconciliation": _("Bank reconciliation"),
        "Bank totals": _("Bank totals"),
        "Banks and products": _("Banks and products"),
    }
    return [{"label": words[label], "url": view.get_url(to), "current": request.endpoint == to} for to, label in TABS]


def posted() -> Any:
    """The form's data of a POST, None else."""
    return request.form if request.method == "POST" else None


def shown_name(person: Any) -> str:
    """The name for those who work with it, masked for those who only look."""
    return str(name_for(person.name, "loans.record", person.organization_id))


def phone_of(person: Any) -> str:
    """Whom to call: the number without its middle; '' if none is known."""
    return mask_phone(person.phone) if person.phone else ""


def set_to() -> Choices:
    """The settings in force today."""
    return choices(current_scope().county_id or 0, today())


class Tools:
    """What the module's screens add to their base."""

    permission_read = "loans.read"
    permission_write = "loans.record"
    render: Any
    get_url: Any
    back: Any

    def show(self, template: str, **values: Any) -> str:
        """A page of the module with what all its pages need."""
        may = {p: allowed(f"loans.{p}") for p in ("record", "recommend", "answer")}
        words = {
            "CLAIM_WORDS": CLAIM_STATES,
            "STATES": rules.STATES,
            "KINDS": rules.KINDS,
            "LEVELS": rules.LEVELS,
            "GUARANTEES": rules.GUARANTEES,
            "SIDES": rules.SIDES,
        }
        now = set_to()
        more = {"yuan": yuan, "wan": wan, "who": shown_name, "phone_of": phone_of, "today": today(), "OVERDUE": rules.OVERDUE}
        more |= {"set_to": now, "target": target_here(now)}
        return str(self.render(f"loans/{template}.html", tabs=tabs(self), imports=self.imports(), may=may, **words, **more, **values))

    def imports(self) -> list[tuple[str, str]]:
        """(title, address) of the module's importers, for those who may use them."""
        if "imports.new" not in current_app.view_functions or not allowed("imports.run"):
            return []
        return [(i.title, self.get_url("imports.new", key=i.key)) for i in IMPORTERS if allowed(i.permission)]

    def form_page(self, form: Any, title: str, save: Callable[[], str], note: str = "", back: str = "") -> Any:
        """The form; a POST saves and leads on, or stays with the message at its field."""
        status = 200
        if request.method == "POST":
            status = 422
            if form.validate():
                try:
                    return redirect(save())
                except RuleError as error:
                    field = form[error.field] if error.field in form else next(iter(form))
                    field.errors = [*field.errors, str(error)]
                except YouthpilotError as error:
                    status = error.status
                    flash(str(error), "error")
        return self.show("form", form=form, form_title=title, note=note, return_url=self.back(back)), status

    def act(self, act: Callable[[], Any], done: str, to: str) -> Any:
        """A button: do it, say so, go on; or say why not."""
        try:
            act()
            flash(done, "success")
        except YouthpilotError as error:
            flash(str(error), "error")
        return redirect(to)


class LoansPage(Tools, ModuleView):
    """Base of the module's own screens."""


def found(model: Any, key: str = "id") -> Any:
    """The row of the request's id; a foreign one is a missing one."""
    row = model.get_or_none(model.id == row_id(request.values.get(key)))
    return row if row is not None else abort(404)


def yuan(amount: Any) -> str:
    return "—" if amount is None else rules.yuan(amount)


# choices of forms ----------------------------------------------------------------------------------------------------


def place_choices(kinds: tuple[str, ...] = ()) -> list[tuple[int, str]]:
    """Townships and villages in scope; villages behind their township."""
    o = Organization
    query = o.select().where(o.closed_on.is_null(), o.kind.in_(kinds or ("county", "township", "street", "village", "community")))
    rows = list(query.order_by(o.code))
    names = {r.id: r.short for r in rows}
    return [(r.id, f"{names[r.parent_id]}{r.short}" if r.kind in ("village", "community") and r.parent_id in names else r.short) for r in rows]


def elite_choices() -> list[tuple[int, str]]:
    """Everybody in the registry in scope, by name."""
    e = LoanElite
    query = e.select(e.id, Person.name, Organization).join(Person, on=(e.person == Person.id)).switch(e)
    query = query.join(Organization, on=(e.organization == Organization.id)).where(e.left_on.is_null(), e.pending == False)  # noqa: E712
    return [(row.id, f"{row.person.name}（{row.organization.short}）") for row in query.order_by(Person.name)]


def product_choices() -> list[tuple[int, str]]:
    """Products offered today."""
    p = LoanProduct
    query = p.select(p, LoanBank).join(LoanBank, on=(p.bank == LoanBank.id)).where(p.valid_to.is_null() | (p.valid_to >= today()))
    return [(row.id, str(row)) for row in query.order_by(p.name, p.id)]


def bank_choices() -> list[tuple[int, str]]:
    """Banks."""
    return [(b.id, str(b)) for b in LoanBank.select().order_by(LoanBank.id)]


def root_or_404() -> int:
    """The top organization in scope."""
    return queries.scope_root() or abort(404)
