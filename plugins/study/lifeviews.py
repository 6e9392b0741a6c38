"""Screens of League life: who is behind, the meetings, their form; with those of the matrix, the two sources and the flags."""

from typing import Any

from flask import flash, request

from youthpilot.admin import ModuleModelView, allowed, bounded, expose, needs, table_file
from youthpilot.core import Organization, current_scope, today, transaction

from . import living, queries_life
from .flagviews import VIEWS as FLAGS
from .importers_life import IMPORTERS
from .lifeforms import MeetingForm
from .lifepages import LifePage
from .matrixviews import VIEWS as MATRIX
from .models_life import StudyMeeting
from .pages import half_name, posted, tabs
from .queries import children
from .rules_life import EVERY, KINDS, PER
from .settings_life import due
from .sourceviews import VIEWS as SOURCES
from .words import _, _l

SHOWN = 100  # branches on a page


class LifeView(LifePage):
    """Who is behind with 三会两制一课, and the form of a meeting."""

    name = _l("League life")
    slug = "life"
    importers = (IMPORTERS[1],)

    @expose("/")
    def index(self) -> Any:
        """Branches of a half-year, those behind first."""
        first, last, half = self.half()
        unit, county = self.unit(), current_scope().county_id or 0
        lines = queries_life.life_lines(county, unit.id, first, last, today())
        started = queries_life.any_meeting()
        kind = request.args.get("kind", "")
        kind = kind if kind in KINDS else ""
        behind = [line for line in lines if (line.missing.get(kind) if kind else line.missing)] if started else []
        if request.args.get("export"):
            return self._file(lines, unit.short, first, last)
        behind.sort(key=lambda line: -(sum(n for _s, n in line.missing[kind]) if kind else line.behind))
        place = {"organization": unit.id, "year": first.year, "half": half}
        pages = max(1, -(-len(behind) // SHOWN))
        page = bounded(request.args.get("page"), 0, pages - 1, 0)
        counts = {k: sum(1 for line in lines if k in line.missing) for k in KINDS} if started else dict.fromkeys(KINDS, 0)
        chips = [
            {
                "label": _("All kinds"),
                "count": sum(1 for x in lines if x.missing) if started else 0,
                "url": self.get_url(".index", **place),
                "current": not kind,
            }
        ]
        chips += [{"label": w, "count": counts[k], "url": self.get_url(".index", kind=k, **place), "current": k == kind} for k, w in KINDS.items()]
        sums = [(KINDS[k], self._rule(county, k), sum(line.held.get(k, 0) for line in lines), counts[k]) for k in KINDS]
        values: dict[str, Any] = {
            "lines": behind[page * SHOWN : (page + 1) * SHOWN],
            "pages": pages,
            "page": page,
            "branches": len(lines),
            "behind": len(behind),
        }
        values |= {
            "chips": chips,
            "sums": sums,
            "kinds": {kind: KINDS[kind]} if kind else KINDS,
            "place": place,
            "unit": unit,
            "path": self.path(unit),
        }
        values |= {"below": children(unit) if unit.org_type != "branch" else [], "halves": self.halves(".index", first, organization=unit.id)}

        def pager_url(n: int) -> str:
            return str(self.get_url(".index", page=n, kind=kind or None, **place))

        return self.show("life", started=started, title=half_name(first.year, half), pager_url=pager_url, **values)

    def _rule(self, county: int, kind: str) -> str:
        times = due(county, kind, today())
        return _("%(per)s at least %(times)s", per=PER[EVERY[kind]], times=times) if times else _("not required")

    def _file(self, lines: list[queries_life.LifeLine], name: str, first: Any, last: Any) -> Any:
        heads = [_("Study unit"), *KINDS.values(), *(_("%(kind)s missing", kind=w) for w in KINDS.values())]
        rows = [[x.name, *(x.held.get(k, 0) for k in KINDS), *(x.said(k) or None for k in KINDS)] for x in lines]
        notes = [f"{name} {first.isoformat()}～{last.isoformat()}", _("Meetings without a quorum are not counted.")]
        return table_file(_("League life, branch by branch"), heads, rows, request.args["export"], notes)

    # the form ----------------------------------------------------------------------------------------------------------

    @expose("/new/", methods=("GET", "POST"))
    @needs("study.record")
    def new(self) -> Any:
        """Record a meeting; a branch secretary finds his branch chosen."""
        unit = self.unit()
        start = {
            "organization": unit.id,
            "held_on": today(),
            "kind": request.args.get("kind"),
            "should_attend": unit.member_count if unit.org_type == "branch" else None,
        }
        form = MeetingForm(posted(), data=start)
        return self.form_page(form, _("Record a meeting"), lambda: self._save(form, None))

    @expose("/edit/", methods=("GET", "POST"))
    @needs("study.record")
    def edit(self) -> Any:
        """Correct a meeting."""
        row = self.row(StudyMeeting, request.args.get("id"))
        form = MeetingForm(posted(), obj=row, data={"organization": row.organization_id})
        if request.method == "GET":
            form.organization.data = row.organization_id
        return self.form_page(form, _("Correct the meeting of %(day)s", day=row.held_on), lambda: self._save(form, row))

    def _save(self, form: MeetingForm, row: StudyMeeting | None) -> str:
        organization = self.row(Organization, form.organization.data)
        values = {k: getattr(form, k).data for k in living.FIELDS} | {"topic": (form.topic.data or "").strip()}
        with transaction():
            living.record_meeting(organization, values, form.reason.data or "", row)
        flash(_("The meeting is recorded."), "success")
        return str(self.get_url("study_meetings.index_view"))


class MeetingsView(ModuleModelView):
    """The meetings one by one."""

    model = StudyMeeting
    name = _l("Meetings and lessons")
    category = _l("Fields of work")
    icon = "study"
    slug = "meetings"
    in_menu = False
    permission_read = "study.read"
    permission_write = "study.record"
    can_delete = True
    column_list = ("kind", "organization", "held_on", "should_attend", "present", "quorate", "topic")
    column_details_list = (*column_list, "excellent", "result", "reason", "recorded_by")
    column_labels = {
        "kind": _l("Kind of meeting"),
        "organization": _l("League organization"),
        "held_on": _l("Held on"),
        "should_attend": _l("Should attend"),
        "present": _l("Present"),
        "quorate": _l("Counts as held"),
        "topic": _l("Topic of the meeting"),
        "result": _l("Result of the meeting"),
        "excellent": _l("Assessed as excellent"),
        "reason": _l("Why something unusual is right"),
        "recorded_by": _l("Recorded by"),
    }
    column_filters = ("kind", "organization", "held_on", "quorate")
    column_searchable_list = ("topic",)
    column_default_sort = ("held_on", True)
    column_wide = ("topic",)
    form_columns = ("topic",)  # the form is LifeView's; upstream builds one all the same
    empty_title = _l("No meeting has been recorded yet")
    empty_text = _l("Record the first one, or import the branches' sheet.")

    def list_tabs(self) -> list[dict[str, Any]]:
        """The module's pages."""
        return tabs(self)

    def head_buttons(self) -> list[dict[str, str]]:
        """Who is behind; record one."""
        found = [{"label": _("Who is behind"), "url": self.get_url("study_life.index"), "icon": "clock"}]
        if allowed("study.record"):
            found.append({"label": _("Record a meeting"), "url": self.get_url("study_life.new"), "icon": "plus"})
        return found

    def delete_model(self, model: Any) -> bool:
        """Through the service."""
        try:
            living.delete_meeting(model)
        except Exception as error:
            self._refused(error)
            return False
        return True


VIEWS = [*MATRIX, *SOURCES, *FLAGS, LifeView, MeetingsView]
