"""Lists with search, conditions and export: measures, decisions, designations, fronts; all but the first with their forms."""

from typing import Any

from flask import current_app, redirect, request
from markupsafe import Markup

from youthpilot.admin import ModuleModelView, allowed, expose, name_for
from youthpilot.core import RuleError, today

from . import services
from .models import ReformDecision, ReformDesignation, ReformFront, ReformLink, ReformMeasure, ReformTalk
from .rules import LINKS, is_overdue
from .words import _, _l

BADGES = {
    "not_started": ("", "circle"),
    "in_progress": ("info", "clock"),
    "applied": ("warn", "form"),
    "returned": ("bad", "return"),
    "closed": ("ok", "check"),
}


def tabs(view: Any) -> list[dict[str, Any]]:
    """The module's pages."""
    pages = (
        ("reform_board.index", _("Board")),
        ("reform_measures.index_view", _("List of measures")),
        ("reform_board.lagging", _("Lagging")),
        ("reform_decisions.index_view", _("Decisions")),
        ("reform_delegates.index", _("Delegates")),
        ("reform_designations.index_view", _("Designation")),
    )
    return [{"label": label, "url": view.get_url(to), "current": request.endpoint == to} for to, label in pages]


class _List(ModuleModelView):
    category = _l("Fields of work")
    icon = "reform"
    in_menu = False
    permission_read = "reform.read"
    permission_write = "reform.manage"

    def list_tabs(self) -> list[dict[str, Any]]:
        """The module's pages."""
        return tabs(self)

    def import_button(self, key: str) -> list[dict[str, str]]:
        """The button that leads to one of the module's importers, for those who may use it."""
        if not self.may_write() or "imports.new" not in current_app.view_functions or not allowed("imports.run"):
            return []
        return [{"label": _("Import files of the pilot"), "url": self.get_url("imports.new", key=key), "icon": "upload"}]

    def new_row(self) -> Any:
        """A row of the county's own."""
        row = super().new_row()
        row.organization_id = services.root().id
        return row


class MeasuresView(_List):
    """Every measure, for search and export."""

    model = ReformMeasure
    name = _l("List of measures")
    slug = "measures"
    column_list = ("title", "front", "number", "owner", "co_owners", "unit", "baseline", "target", "current", "due_on", "status", "closed_on")
    column_details_list = ("title",)
    column_labels = {
        "front": _l("Front"),
        "number": _l("Place on the list"),
        "title": _l("Measure"),
        "content": _l("What is to be done"),
        "owner": _l("Responsible unit"),
        "co_owners": _l("Units that help"),
        "unit": _l("Unit of the target"),
        "baseline": _l("Baseline"),
        "target": _l("Target number"),
        "current": _l("Reached so far"),
        "due_on": _l("To be done by"),
        "status": _l("Status"),
        "closed_on": _l("Closed on"),
        "evidence": _l("Papers"),
        "organization": _l("League organization"),
    }
    column_badges = {"status": BADGES}
    column_searchable_list = ("title", "owner", "co_owners")
    column_filters = ("front", "status", "due_on", "closed_on", "organization")
    column_default_sort = ("due_on", False)
    form_columns = ("content",)  # no form is offered here: a measure has its own page
    empty_title = _l("No measure is on the list yet")
    empty_text = _l("Import the list of measures, or add them one by one.")

    def head_buttons(self) -> list[dict[str, str]]:
        """The list as a file."""
        return self.import_button("reform_measures")

    @expose("/details/")
    def details_view(self) -> Any:
        """The measure's own page."""
        return redirect(self.get_url("reform_board.measure", id=self._existing(request.args.get("id")).id))


def _decision_state(view: Any, context: Any, row: Any, name: str) -> str:
    if row.done_on:
        return _("carried out")
    return _("not carried out in time") if is_overdue(row.due_on, None, today()) else _("being carried out")


def _decision_badge(view: Any, context: Any, row: Any, name: str) -> Markup:
    kind = "ok" if row.done_on else "bad" if is_overdue(row.due_on, None, today()) else "info"
    return Markup('<span class="badge badge-{}">{}</span>').format(kind, _decision_state(view, context, row, name))


class DecisionsView(_List):
    """Decisions of joint meetings and policies."""

    model = ReformDecision
    name = _l("Decisions")
    slug = "decisions"
    can_create = can_edit = can_delete = True
    column_list = ("content", "kind", "source", "decided_on", "owner", "due_on", "done_on", "state")
    column_details_list = ("content", "kind", "source", "ref_no", "decided_on", "owner", "measure", "due_on", "done_on", "result")
    column_labels = {
        "content": _l("Decided matter"),
        "kind": _l("Sort of decision"),
        "source": _l("Meeting or document"),
        "ref_no": _l("Number of the document"),
        "decided_on": _l("Decided on day"),
        "owner": _l("Responsible unit"),
        "measure": _l("Measure"),
        "due_on": _l("To be done by"),
        "done_on": _l("Carried out on"),
        "result": _l("Result"),
        "state": _l("Status"),
    }
    column_formatters = {"state": _decision_badge}
    column_formatters_export = {"state": _decision_state}
    column_searchable_list = ("content", "source", "owner")
    column_filters = ("kind", "decided_on", "due_on", "done_on")
    column_default_sort = ("due_on", True)
    column_wide = ("content",)
    form_columns = ("kind", "source", "ref_no", "decided_on", "content", "owner", "measure", "due_on", "done_on", "result")
    form_ajax_refs = {"measure": {"fields": ("title",)}}
    empty_title = _l("No decision has been recorded yet")
    empty_text = _l("What the joint meeting or a policy decided, who does it, until when.")

    def head_buttons(self) -> list[dict[str, str]]:
        """Decisions as a file."""
        return self.import_button("reform_decisions")

    def on_model_change(self, form: Any, model: Any, is_created: bool) -> None:
        """R8: days in order; R10: a result with the day."""
        services.settle(services.check_decision({k: getattr(model, k) for k in ("decided_on", "due_on", "done_on", "result")}))


class TalksView(_List):
    """Talks with lagging owners, to be corrected, searched and exported; they begin on the measure's page."""

    model = ReformTalk
    name = _l("Talks with owners")
    slug = "talks"
    can_edit = can_delete = True
    column_list = (
        "talked_on",
        "owner",
        "measure",
        "talked_by",
        "problem",
        "rectify_by",
        "started_on",
        "plan",
        "rectified_on",
        "result",
        "organization",
    )
    column_details_list = column_list
    column_labels = {
        "talked_on": _l("Talked on"),
        "owner": _l("Unit talked to"),
        "measure": _l("Measure"),
        "talked_by": _l("Talked by"),
        "problem": _l("Problem"),
        "rectify_by": _l("To be put right by"),
        "started_on": _l("Plan handed in on"),
        "plan": _l("What will be done to put it right"),
        "rectified_on": _l("Put right on"),
        "result": _l("Result of putting it right"),
        "organization": _l("League organization"),
    }
    column_searchable_list = ("owner", "problem")
    column_filters = ("talked_on", "rectify_by", "rectified_on", "organization")
    column_default_sort = ("talked_on", True)
    column_wide = ("problem",)
    form_columns = ("owner", "talked_on", "talked_by", "problem", "rectify_by", "started_on", "plan", "rectified_on", "result")
    empty_title = _l("No talk has been recorded yet")
    empty_text = _l("A talk begins on the page of a lagging measure.")

    def on_model_change(self, form: Any, model: Any, is_created: bool) -> None:
        """R7, R8."""
        services.settle(services.check_talk(model))


def _link_name(view: Any, context: Any, row: Any, name: str) -> str:
    return str(row.name) if row.kind == "branch" else name_for(row.name, "reform.manage", row.organization_id)


def _delegate_name(view: Any, context: Any, row: Any, name: str) -> str:
    return name_for(row.delegate.name, "reform.manage", row.organization_id)


class LinksView(_List):
    """Who links whom, over time, for export; links are made and ended on the delegates' page."""

    model = ReformLink
    name = _l("Links over time")
    slug = "links"
    can_view_details = False
    column_list = ("delegate", "kind", "name", "linked_on", "ended_on", "organization")
    column_labels = {
        "delegate": _l("Delegate of the congress"),
        "kind": _l("Sort of link"),
        "name": _l("Whom he links"),
        "linked_on": _l("Linked since"),
        "ended_on": _l("Link ended on"),
        "organization": _l("League organization"),
    }
    column_choices = {"kind": list(LINKS.items())}
    column_formatters = {"name": _link_name, "delegate": _delegate_name}
    column_formatters_export = column_formatters
    column_filters = ("kind", "linked_on", "ended_on", "organization")
    column_default_sort = ("linked_on", True)
    form_columns = ("name",)  # no form is offered here
    empty_title = _l("No link has been recorded yet")
    empty_text = _l("Links are added on the delegates' page.")


class DesignationsView(_List):
    """The notice of the pilot."""

    model = ReformDesignation
    name = _l("Designation")
    slug = "designations"
    can_create = can_edit = can_delete = True
    column_list = ("notice", "notice_no", "issued_by", "round", "designated_on", "starts_on", "ends_on")
    column_details_list = (*column_list, "leader", "group", "office", "note")
    column_labels = {
        "notice": _l("Notice"),
        "notice_no": _l("Number of the document"),
        "issued_by": _l("Notice issued by"),
        "round": _l("Round"),
        "designated_on": _l("Designated on"),
        "starts_on": _l("Begins on"),
        "ends_on": _l("Ends on"),
        "leader": _l("Head of the work group"),
        "group": _l("Members of the work group"),
        "office": _l("Office of the work group"),
        "note": _l("Remark"),
    }
    column_plain = ("round",)
    form_columns = ("notice", "notice_no", "issued_by", "round", "designated_on", "starts_on", "ends_on", "leader", "group", "office", "note")
    form_args = {"notice": {"description": _l("The title without its brackets, as the report shall print it.")}}
    empty_title = _l("The notice of the pilot is not recorded")
    empty_text = _l("The report begins with it.")

    def head_buttons(self) -> list[dict[str, str]]:
        """The fronts stand behind it."""
        return [{"label": _("Fronts"), "url": self.get_url("reform_fronts.index_view"), "icon": "board"}]

    def on_model_change(self, form: Any, model: Any, is_created: bool) -> None:
        """R8."""
        if model.ends_on and model.ends_on < model.starts_on:
            raise RuleError(_("The last day must not lie before the first"), "ends_on")
        if model.round is not None and model.round < 1:
            raise RuleError(_("A number is 1 or more"), "round")


class FrontsView(_List):
    """The fronts, as many as the county wants."""

    model = ReformFront
    name = _l("Fronts")
    slug = "fronts"
    can_create = can_edit = can_delete = True
    can_view_details = False
    column_list = ("number", "title")
    column_labels = {"number": _l("Place on the list"), "title": _l("Front")}
    column_default_sort = ("number", False)
    form_columns = column_list
    empty_title = _l("There is no front yet")
    empty_text = _l("The notice of the pilot names four.")

    def on_model_change(self, form: Any, model: Any, is_created: bool) -> None:
        """R1."""
        same = ReformFront.select().where(ReformFront.number == model.number, ReformFront.id != (model.id or 0)).exists()
        if same or model.number < 1:
            raise RuleError(_("There is a front of this number already.") if same else _("A number is 1 or more"), "number")

    def on_model_delete(self, model: Any) -> None:
        """Only an empty one."""
        if ReformMeasure.select().where(ReformMeasure.front == model.id).exists():
            raise RuleError(_("The front has measures; move them to another front first."))
