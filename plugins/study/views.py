"""Screens: the issues, one issue with its units and who is missing, the ranking, the single records."""

from datetime import date
from typing import Any

from flask import abort, flash, request

from youthpilot.admin import ModuleModelView, bounded, expose, needs, row_id
from youthpilot.core import KINDS, Organization, RuleError, current_scope, mask_name, today, transaction

from . import queries, services
from .forms import AVERAGING, CellForm, IssueForm, WeeklyForm, choices
from .models import KINDS as ISSUE_KINDS
from .models import StudyAggregate, StudyIssue, StudyRecord, StudyRoster
from .pages import StudyPage, tabs
from .peopleviews import PeopleView
from .pointviews import PointsView
from .words import _, _l

MANY = 600  # names in one reminder


class IssuesView(StudyPage):
    """Issues, newest first, with their rates; one issue; ranking; the forms."""

    name = _l("Youth Study")
    category = _l("Fields of work")
    icon = "study"
    slug = "issues"

    # reading ---------------------------------------------------------------------------------------------------------

    @expose("/")
    def index(self) -> Any:
        """The issues of a year, of one kind, with learners, base and rate of what the user may see."""
        years = [y for (y,) in StudyIssue.select(StudyIssue.year).distinct().order_by(StudyIssue.year.desc()).tuples()]
        year = bounded(request.args.get("year"), 2000, 2100, years[0] if years else today().year)
        what, chips = self._what(".index", year=year)
        found = [i for i in queries.issues(kind=what) if i.year == year]
        totals = queries.totals_by_issue([i.id for i in found])
        return self.show("issues", issues=found, totals=totals, years=years, year=year, what=what, whats=chips, today=today())

    @expose("/issue/")
    def issue(self) -> Any:
        """One issue: the units below an organization, best rate first, and the members who have not learned."""
        issue, unit = self._issue(), self.unit()
        kind, kinds = self._kind(unit, id=issue.id)
        total, below = queries.lines([issue.id], unit, self.settings().averaging, kind)
        missing, outsiders = (self.shown(names, unit.id) for names in (queries.non_learners(issue, unit.id), queries.outsiders(issue, unit.id)))
        values: dict[str, Any] = {
            "kinds": kinds,
            "missing": missing,
            "text": self._reminder(issue, missing, below),
            "outsiders": outsiders,
            "closed": issue.closes_on < today(),
        }
        inside = self.ids(unit)
        conflicts = [c for c in queries.conflicts([issue.id]) if c.organization_id in inside]
        values |= {"conflicts": conflicts, "silent": [n for o, n in queries.unreported(issue) if o in inside]}
        return self.show("issue", issue=issue, unit=unit, path=self.path(unit), total=total, lines=below, **values)

    @expose("/ranking/")
    def ranking(self) -> Any:
        """Rates over the issues that closed in a range; averaging and rounding in force on its last day are named, the other one is a click away."""
        first = _day(request.args.get("from"), queries.current_half(today()))
        last = _day(request.args.get("to"), today())
        address: dict[str, Any] = {"from": first, "to": last}
        set_to = choices(current_scope().county_id or 0, last)
        averaging = request.args.get("averaging") or set_to.averaging
        if averaging not in AVERAGING:
            abort(400)
        what, whats = self._what(".ranking", **address, averaging=averaging)
        unit, found = self.unit(), list(queries.issues(first, last, what))
        kind, kinds = self._kind(unit, **address, averaging=averaging, what=what)
        total, below = queries.lines([i.id for i in found], unit, averaging, kind)
        means = [
            {
                "label": w,
                "url": self.get_url(".ranking", **address, what=what, organization=unit.id, kind=kind or "all", averaging=k),
                "current": k == averaging,
            }
            for k, w in AVERAGING.items()
        ]
        values = {"kind": kind, "kinds": kinds, "unit": unit, "path": self.path(unit), "total": total, "lines": below, "count": len(found)}
        values |= {"first": first, "last": last, "averaging": averaging, "means": means, "what": what, "whats": whats}
        return self.show("ranking", words=set_to.words_for(averaging), **values)

    def _what(self, endpoint: str, **address: Any) -> tuple[str, list[dict[str, Any]]]:
        """(study or class; chips to change it, none as long as there is only one kind)."""
        what = request.args.get("what") or "study"
        if what not in ISSUE_KINDS:
            abort(400)
        there = {k for (k,) in StudyIssue.select(StudyIssue.kind).distinct().tuples()}
        chips = [{"label": w, "url": self.get_url(endpoint, what=k, **address), "current": k == what} for k, w in ISSUE_KINDS.items()]
        return what, chips if "class" in there else []

    # forms -----------------------------------------------------------------------------------------------------------

    @expose("/new/", methods=("GET", "POST"))
    @needs("study.manage")
    def new(self) -> Any:
        """Add one issue; its roster is filled from names, the issue before, or the tree."""
        what, _chips = self._what(".new")
        last = queries.issues(kind=what).first()
        start = {"kind": what, "year": today().year, "number": last.number + 1 if last and last.year == today().year and not last.is_special else 1}
        form = IssueForm(request.form if request.method == "POST" else None, data=start)
        return self.form_page(form, _("New issue"), lambda: self._add(form))

    def _add(self, form: IssueForm) -> str:
        d = form.data
        with transaction():
            issue = services.add_issue(
                d["year"],
                d["number"],
                d["opens_on"],
                d["closes_on"],
                is_special=d["is_special"],
                title=d["title"] or "",
                theme=d["theme"] or "",
                kind=d["kind"],
            )
            filled = services.fill_roster(issue, min(today(), issue.closes_on))
        flash(_("%(issue)s added; %(count)s branches have their number of members.", issue=issue.title, count=filled), "success")
        return str(self.get_url(".issue", id=issue.id))

    @expose("/weekly/", methods=("GET", "POST"))
    @needs("study.manage")
    def weekly(self) -> Any:
        """Add the weekly issues of a stretch of time."""
        form = WeeklyForm(request.form if request.method == "POST" else None, data={"year": today().year, "first_number": 1})
        return self.form_page(form, _("Weekly issues"), lambda: self._add_weekly(form))

    def _add_weekly(self, form: WeeklyForm) -> str:
        d = form.data
        with transaction():
            made = services.open_weekly(d["year"], d["first_opens"], d["last_closes"], d["first_number"])
            for issue in reversed(made):
                services.fill_roster(issue, min(today(), issue.closes_on))
        if not made:
            raise RuleError(_("No new issue fits between these days"), "last_closes")
        flash(_("%(count)s issues added.", count=len(made)), "success")
        return str(self.get_url(".index", year=d["year"]))

    @expose("/edit/", methods=("GET", "POST"))
    @needs("study.manage")
    def edit(self) -> Any:
        """Correct an issue."""
        issue = self._issue()
        form = IssueForm(request.form if request.method == "POST" else None, obj=issue)

        def save() -> str:
            if (form.kind.data, form.year.data, form.number.data, form.is_special.data) != (issue.kind, issue.year, issue.number, issue.is_special):
                raise RuleError(_("Kind, year and number of an issue stay as they are; delete it and add another one."), "number")
            services.change_issue(
                issue, opens_on=form.opens_on.data, closes_on=form.closes_on.data, title=form.title.data or "", theme=form.theme.data or ""
            )
            flash(_("Saved."), "success")
            return str(self.get_url(".issue", id=issue.id))

        return self.form_page(form, _("Correct %(issue)s", issue=issue.title), save)

    @expose("/delete/", methods=("POST",))
    @needs("study.manage")
    def delete(self) -> Any:
        """Delete an issue without records."""
        issue = self._issue()
        return self.act(
            lambda: services.delete_issue(issue), _("Deleted."), self.get_url(".index", year=issue.year), self.get_url(".issue", id=issue.id)
        )

    @expose("/fill/", methods=("POST",))
    @needs("study.manage")
    def fill(self) -> Any:
        """Give branches without a number of members one."""
        issue = self._issue()
        to = self.get_url(".issue", id=issue.id)
        return self.act(lambda: services.fill_roster(issue, min(today(), issue.closes_on)), _("Numbers of members filled in."), to, to)

    @expose("/totals/", methods=("GET", "POST"))
    def totals(self) -> Any:
        """Number of members and total of one organization for one issue, typed by hand."""
        issue, unit = self._issue(), self.unit()
        aggregate = StudyAggregate.get_or_none(StudyAggregate.issue == issue.id, StudyAggregate.organization == unit.id)
        roster = StudyRoster.get_or_none(StudyRoster.issue == issue.id, StudyRoster.organization == unit.id)
        start = {k: getattr(aggregate, k, None) for k in ("learners_member", "learners_other", "source_file")}
        form = CellForm(request.form if request.method == "POST" else None, data=start | {"member_base": getattr(roster, "member_base", None)})
        named = StudyRecord.select().where(StudyRecord.issue == issue.id, StudyRecord.organization == unit.id).count()
        note = _("%(count)s people are recorded by name here: they are counted, a total is not.", count=named) if named else ""
        return self.form_page(
            form, _("%(unit)s, %(issue)s", unit=unit.name, issue=issue.title), lambda: self._write_cell(form, issue, unit, aggregate), note
        )

    def _write_cell(self, form: CellForm, issue: StudyIssue, unit: Organization, aggregate: StudyAggregate | None) -> str:
        d = form.data
        blank = d["learners_member"] is None and d["learners_other"] is None
        if blank and d["member_base"] is None and aggregate is None:
            raise RuleError(_("Enter at least one number; 0 if nobody learned"), "learners_member")
        with transaction():
            if d["member_base"] is not None:
                services.set_roster(issue, {unit.id: d["member_base"]}, min(today(), issue.closes_on))
            if not blank:
                services.record_aggregate(issue, unit.id, d["learners_member"], d["learners_other"], d["source_file"] or "")
            elif aggregate is not None:
                services.delete_aggregate(aggregate)
        flash(_("Saved."), "success")
        parent = unit.parent_id if unit.id != self.root().id else unit.id
        return str(self.get_url(".issue", id=issue.id, organization=parent))

    # tools -----------------------------------------------------------------------------------------------------------

    def _issue(self) -> StudyIssue:
        found = StudyIssue.get_or_none(StudyIssue.id == row_id(request.values.get("id")))
        return found if found is not None else abort(404)

    def _kind(self, unit: Organization, **address: Any) -> tuple[str, list[dict[str, Any]]]:
        """(the kind of units listed, '' all; chips to change it). Only like is ranked with like, unless asked otherwise."""
        kinds = queries.kinds_below(unit)
        chosen = request.args.get("kind") or (next(iter(kinds)) if len(kinds) > 1 else "")
        chosen = chosen if chosen in kinds else ""
        url = {
            k: self.get_url(f".{(request.endpoint or '').rpartition('.')[2]}", organization=unit.id, kind=k or "all", **address) for k in ["", *kinds]
        }
        chips = [{"label": KINDS[k], "count": n, "url": url[k], "current": k == chosen} for k, n in kinds.items()]
        chips.append({"label": _("All units"), "count": sum(kinds.values()), "url": url[""], "current": not chosen})
        return chosen, chips if len(kinds) > 1 else []

    def _reminder(self, issue: StudyIssue, missing: list[tuple[str, str]], below: list[queries.Line]) -> str:
        """The text for the group: who has not learned yet, by branch; above MANY names only how many, by unit."""
        named = {"issue": issue.title, "count": len(missing), "day": _cn(issue.closes_on)}
        if issue.closes_on >= today():
            head = _("%(issue)s: %(count)s members have not learned yet. It closes on %(day)s.", **named)
        else:
            head = _("%(issue)s closed on %(day)s; %(count)s members did not learn:", **named)
        if len(missing) > MANY:
            rows = [f"{line.name}：{line.base - line.members}名" for line in below if line.base is not None and line.base > line.members]
            return "\n".join([head, *rows])
        by_branch: dict[str, list[str]] = {}
        for branch, name in missing:
            by_branch.setdefault(branch, []).append(name)
        return "\n".join([head, *(f"{b}（{len(n)}）：{'、'.join(n)}" for b, n in by_branch.items())])


def _day(raw: str | None, default: date) -> date:
    try:
        return date.fromisoformat(raw) if raw else default
    except ValueError:
        abort(400)


def _cn(day: date) -> str:
    return f"{day.month}月{day.day}日"


def _masked(view: Any, context: Any, row: Any, name: str) -> str:
    return str(mask_name(row.person.name)) if row.person else "—"


class RecordsView(ModuleModelView):
    """Single records; names masked; a wrong one can be deleted, the counters follow."""

    model = StudyRecord
    name = _l("Study records")
    category = _l("Fields of work")
    icon = "study"
    slug = "records"
    in_menu = False
    permission_read = "study.read"
    permission_write = "study.record"
    can_delete = True
    column_list = ("person", "issue", "organization", "learned_on", "is_member")
    column_details_list = column_list
    column_labels = {
        "person": _l("Name"),
        "issue": _l("Study issue"),
        "organization": _l("League organization"),
        "learned_on": _l("Learned on"),
        "is_member": _l("League member"),
        "counted_on": _l("Closes on"),
    }
    column_formatters = {"person": _masked}
    column_formatters_export = {"person": _masked}
    column_filters = ("issue", "organization", "learned_on", "is_member")
    form_columns = ("learned_on",)  # no form is offered; upstream builds one all the same
    empty_title = _l("Nobody has been recorded yet")
    empty_text = _l("Import the list of those who learned; the province's export will do.")

    def list_tabs(self) -> list[dict[str, Any]]:
        """The module's pages."""
        return tabs(self)

    def delete_model(self, model: Any) -> bool:
        """Through the service, so that the counter follows."""
        try:
            services.delete_record(model)
        except Exception as error:
            self._refused(error)
            return False
        return True


VIEWS = [IssuesView, RecordsView, PeopleView, PointsView]
