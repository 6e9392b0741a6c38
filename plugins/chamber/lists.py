"""Lists with search, conditions and export: units, receipts, meetings; the latter two with their forms."""

from typing import Any

from flask import redirect, request

from youthpilot.admin import ModuleModelView, expose, name_for, row_id
from youthpilot.core import RuleError, today

from . import checks, queries
from .models import ChamberMeeting, ChamberReceipt, ChamberTerm, ChamberUnit, ChamberWaiver
from .rules import CATEGORIES, MEETINGS, POSTS, SECTORS, next_number
from .words import _, _l


def tabs(view: Any) -> list[dict[str, Any]]:
    """The module's pages."""
    pages = (
        ("chamber_home.index", _("At a glance")),
        ("chamber_units.index_view", _("Member units")),
        ("chamber_home.terms", _("Terms and posts")),
        ("chamber_home.dues", _("Dues")),
        ("chamber_receipts.index_view", _("Receipts")),
        ("chamber_meetings.index_view", _("Meetings")),
    )
    return [{"label": label, "url": view.get_url(to), "current": request.endpoint == to} for to, label in pages]


class _List(ModuleModelView):
    category = _l("Fields of work")
    icon = "chamber"
    in_menu = False
    permission_read = "chamber.read"
    permission_write = "chamber.edit"

    def list_tabs(self) -> list[dict[str, Any]]:
        """The module's pages."""
        return tabs(self)

    def _reasoned(self, form: Any, row: Any, found: list[checks.Finding]) -> None:
        """Refuse the impossible; without a reason also the unusual, said at its field and at the reason's."""
        try:
            checks.settle(found, row.explanation)
        except checks.Doubtful as doubt:
            if doubt.field in form:
                form[doubt.field].errors = [*form[doubt.field].errors, str(doubt)]
            raise RuleError(_("Unusual, but possible: write here why it is right, and save again."), "explanation") from doubt


def _representative(view: Any, context: Any, row: Any, name: str) -> str:
    person = queries.representative_of(row, today())
    return "—" if person is None else name_for(person.name, "chamber.edit", row.organization_id)


def _post(view: Any, context: Any, row: Any, name: str) -> str:
    return POSTS[queries.post_titles(today()).get(row.id, "member")]


def _state(view: Any, context: Any, row: Any, name: str) -> str:
    return f"{_('has left the chamber')} {row.left_on}" if row.left_on else _("suspended") if row.suspended_on else _("on the roll")


class UnitsView(_List):
    """Every unit that is or was on the roll."""

    model = ChamberUnit
    name = _l("Member units")
    slug = "units"
    column_list = ("name", "uscc", "category", "sector", "representative", "post", "joined_on", "state")
    column_details_list = ("name", "uscc", "category", "sector", "business", "joined_on", "left_on", "left_why")
    column_labels = {
        "name": _l("Member unit"),
        "uscc": _l("Credit code"),
        "category": _l("Industry category"),
        "sector": _l("Sector"),
        "business": _l("Main business"),
        "representative": _l("Representative"),
        "post": _l("Post"),
        "joined_on": _l("Joined on"),
        "left_on": _l("Left on"),
        "left_why": _l("Why it left"),
        "suspended_on": _l("Suspended since"),
        "state": _l("Membership"),
        "organization": _l("League organization"),
    }
    column_choices = {"sector": list(SECTORS.items()), "category": [(k, f"{k} {v}") for k, v in CATEGORIES.items()]}
    column_formatters = {"representative": _representative, "post": _post, "state": _state}
    column_formatters_export = column_formatters
    column_searchable_list = ("name", "uscc")
    column_filters = ("sector", "category", "joined_on", "left_on", "organization")
    column_default_sort = ("joined_on", True)
    form_columns = ("business",)  # no form is offered here: a unit has its own page
    empty_title = _l("No unit is on the roll yet")
    empty_text = _l("Import the list of member units, or add them one by one.")

    @expose("/details/")
    def details_view(self) -> Any:
        """The unit's own page."""
        return redirect(self.get_url("chamber_home.unit", id=self._existing(request.args.get("id")).id))

    def head_buttons(self) -> list[dict[str, str]]:
        """Adding a unit."""
        return [{"label": _("New member unit"), "url": self.get_url("chamber_home.new"), "icon": "plus"}] if self.may_write() else []


class ReceiptsView(_List):
    """Payments of dues."""

    model = ChamberReceipt
    name = _l("Receipts")
    slug = "receipts"
    can_create = can_edit = True  # a wrong one is voided, so that its number stays accounted for
    column_list = ("receipt_no", "unit", "year", "amount", "paid_on", "voided_on", "note")
    column_details_list = (*column_list, "void_reason", "explanation")
    column_labels = {
        "receipt_no": _l("Receipt number"),
        "unit": _l("Member unit"),
        "year": _l("Year of the dues"),
        "amount": _l("Amount (yuan)"),
        "paid_on": _l("Paid on"),
        "voided_on": _l("Receipt void since"),
        "void_reason": _l("Why the receipt is void"),
        "note": _l("Remark"),
        "explanation": _l("Reason"),
    }
    column_filters = ("year", "paid_on", "amount", "voided_on")
    column_searchable_list = ("receipt_no", ChamberUnit.name)
    column_default_sort = ("paid_on", True)
    form_columns = ("unit", "year", "amount", "paid_on", "receipt_no", "note", "explanation")
    form_ajax_refs = {"unit": {"fields": ("name", "uscc")}}
    form_args = {"explanation": {"description": _l("Only where something unusual is marked: why it is right.")}}
    empty_title = _l("No dues have been paid yet")
    empty_text = _l("Every payment is entered with the number of its receipt, or imported.")

    def create_form(self, obj: Any = None) -> Any:
        """This year, today, and the unit one came from."""
        form = super().create_form(obj)
        if request.method == "GET":
            form.year.data, form.paid_on.data = today().year, today()
            form.receipt_no.data = next_number(queries.numbers_of(today().year), today().year)
            form.year.data = int(request.args["year"]) if request.args.get("year", "").isdecimal() else form.year.data
            if request.args.get("unit"):
                form.unit.data = ChamberUnit.get_or_none(ChamberUnit.id == row_id(request.args["unit"]))
        return form

    def on_model_change(self, form: Any, model: Any, is_created: bool) -> None:
        """C15–C18, C27."""
        if model.voided_on is not None:
            raise RuleError(_("The receipt %(number)s is void already.", number=model.receipt_no), "receipt_no")
        model.organization_id = model.unit.organization_id
        own = None if is_created else ChamberReceipt.get_by_id(model.id)
        values = {k: getattr(model, k) for k in ("year", "amount", "paid_on", "receipt_no")}
        found = checks.check_receipt(model.unit, values, today(), own)
        self._reasoned(form, model, found or (checks.check_number(model.receipt_no, model.paid_on.year) if own is None else []))


class WaiversView(_List):
    """Dues that were waived; they are entered on the unit's page."""

    model = ChamberWaiver
    name = _l("Dues waived")
    slug = "waivers"
    can_view_details = False
    column_list = ("unit", "year", "amount", "waived_on", "reason", "approval")
    column_labels = {
        "unit": _l("Member unit"),
        "year": _l("Year of the dues"),
        "amount": _l("Amount waived (yuan)"),
        "waived_on": _l("Waiver approved on"),
        "reason": _l("Why dues are waived"),
        "approval": _l("Waiver approved by"),
    }
    column_filters = ("year", "waived_on")
    column_default_sort = ("waived_on", True)
    form_columns = ("reason",)  # no form is offered here
    empty_title = _l("No dues have been waived")
    empty_text = _l("They are waived on the page of the unit, with the reason and who approved it.")


class MeetingsView(_List):
    """Meetings with quorum and votes."""

    model = ChamberMeeting
    name = _l("Chamber meetings")
    slug = "meetings"
    permission_write = "chamber.manage"
    can_create = can_edit = can_delete = True
    column_list = ("held_on", "kind", "topic", "term", "should_attend", "present", "votes_for", "passed")
    column_details_list = (*column_list, "place", "result", "explanation")
    column_labels = {
        "held_on": _l("Held on"),
        "kind": _l("Sort of meeting"),
        "topic": _l("Topic"),
        "term": _l("Term"),
        "place": _l("Place"),
        "should_attend": _l("Should attend"),
        "present": _l("People present"),
        "votes_for": _l("Votes for"),
        "passed": _l("Resolution passed"),
        "result": _l("Decided"),
        "explanation": _l("Reason"),
    }
    column_choices = {"kind": list(MEETINGS.items())}
    column_filters = ("kind", "held_on", "term")
    column_default_sort = ("held_on", True)
    form_columns = ("term", "kind", "held_on", "topic", "place", "should_attend", "present", "votes_for", "passed", "result", "explanation")
    form_queries = {"term": lambda: ChamberTerm.select().order_by(ChamberTerm.number.desc())}
    form_args = {
        "votes_for": {"description": _l("Blank if nothing was voted on.")},
        "explanation": {"description": _l("Only where something unusual is marked: why it is right.")},
    }
    empty_title = _l("No meeting has been recorded yet")
    empty_text = _l("Record meetings with how many should have come and how many came.")

    def on_model_change(self, form: Any, model: Any, is_created: bool) -> None:
        """C16, C19–C21."""
        model.organization_id = model.term.organization_id
        limits = queries.settings_on(model.held_on)
        if min(model.should_attend, model.present, model.votes_for or 0) < 0:
            raise RuleError(_("A number of people cannot be negative"), "present")
        self._reasoned(form, model, checks.check_meeting(model, limits, today()))
