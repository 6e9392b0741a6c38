"""Screens of people: the roster of a branch, make-up study, exemptions, who is outside the roster, who missed issues in a row."""

from datetime import timedelta
from typing import Any

from flask import abort, flash, request

from youthpilot.admin import bounded, chosen_act, expose, needs, row_id, table_file
from youthpilot.core import RuleError, current_scope, today

from . import excusing, queries, rolls
from .models import StudyIssue, StudyMember
from .models_points import StudyExemption, StudyMakeup
from .pages import StudyPage, posted
from .peopleforms import EndForm, ExemptForm, MakeupForm
from .pointing import PointChoices, point_choices
from .words import _, _l

PAGE = 100
EXPORT = 50_000
STEPS = (0, 2, 5, 10)  # beyond the limit, as chips


class PeopleView(StudyPage):
    """The roster below an organization, and what is special about single people."""

    name = _l("Study roster")
    category = _l("Fields of work")
    icon = "people"
    slug = "people"
    in_menu = False

    @expose("/")
    def index(self) -> Any:
        """Units with their numbers of names; of a branch everybody with what he learned this half-year."""
        unit = self.unit()
        first, last, half = self.half()
        ids = [i.id for i in queries.issues(first, min(last, today()))]
        people = rolls.standings(unit.id, ids, today())
        counts = rolls.names_below(unit.id)
        units = [(o, counts[o.id]) for o in queries.children(unit) if o.id in counts]
        values = {"unit": unit, "path": self.path(unit), "people": people, "units": units, "count": len(ids), "first": first, "last": last}
        values["half"] = half
        return self.show("people", halves=self.halves(".index", first, organization=unit.id), masked=self.masked, **values)

    # make-up study ---------------------------------------------------------------------------------------------------

    @expose("/makeup/", methods=("GET", "POST"))
    @needs("study.record")
    def makeup(self) -> Any:
        """Tick who of a unit made up for an issue."""
        issue, unit = self._issue(), self.unit()
        missing = list(queries.missing_members(issue, unit.id).order_by(StudyMember.organization, StudyMember.name).limit(PAGE * 5))
        form = MakeupForm(posted(), data={"made_on": today()})
        ticked = [row_id(v) for v in request.form.getlist("people")]
        stale = StudyMember.select().where(StudyMember.id.in_(ticked or [0]), StudyMember.organization.in_(queries.below(unit.id)))
        form.people.choices = [(m.id, m.name) for m in [*missing, *stale]]  # who is missing no longer: the service says why he is refused

        def save() -> str:
            if issue.closes_on >= today():
                raise RuleError(_("The issue is still open: record it as learned"), "made_on")
            done = excusing.record_makeups(issue, form.people.data or [], form.made_on.data, form.reason.data, form.evidence.data or "")
            flash(_("%(count)s made up for %(issue)s.", count=done, issue=issue.title), "success")
            return str(self.get_url("study_issues.issue", id=issue.id, organization=unit.id))

        title = _("%(unit)s, %(issue)s: make-up study", unit=unit.short, issue=issue.title)
        return self.form_page(form, title, save, template="makeup", missing=missing, many=len({m.organization_id for m in missing}) > 1)

    @expose("/unmake/", methods=("POST",))
    def unmake(self) -> Any:
        """Take out a make-up recorded by mistake."""
        row = self._found(StudyMakeup)
        return self.act(lambda: excusing.delete_makeup(row), _("Deleted."), self.get_url(".excused"))

    # exemptions ------------------------------------------------------------------------------------------------------

    @expose("/excused/")
    def excused(self) -> Any:
        """Exemptions and make-ups below an organization."""
        unit = self.unit()
        page = bounded(request.args.get("page"), 0, 10_000, 0)
        lists = {k: q(unit.id) for k, q in (("exemptions", rolls.exemptions), ("makeups", rolls.makeups))}
        pages = -(-max(q.count() for q in lists.values()) // PAGE)
        values: dict[str, Any] = {k: list(q.paginate(page + 1, PAGE)) for k, q in lists.items()}
        values |= {"counts": {k: q.count() for k, q in lists.items()}, "page": page, "pages": pages, "today": today(), "rules": self._rules()}
        return self.show("excused", unit=unit, path=self.path(unit), masked=self.masked, **values)

    @expose("/exempt/", methods=("GET", "POST"))
    @needs("study.record")
    def exempt(self) -> Any:
        """Exempt one member for some time."""
        member = self._found(StudyMember, "person")
        form = ExemptForm(posted(), data={"from_on": today()})

        def save() -> str:
            excusing.exempt(member, form.from_on.data, form.to_on.data, form.reason.data, form.evidence.data or "")
            flash(_("%(name)s is exempted and leaves the number of those who should learn.", name=member.name), "success")
            return str(self.get_url(".index", organization=member.organization_id))

        return self.form_page(form, _("Exempt %(name)s", name=member.name), save)

    @expose("/end/", methods=("GET", "POST"))
    @needs("study.record")
    def end(self) -> Any:
        """Set the last day of an exemption."""
        row = self._found(StudyExemption)
        form = EndForm(posted(), data={"to_on": row.to_on or today() - timedelta(days=1)})

        def save() -> str:
            excusing.end_exemption(row, form.to_on.data, form.reason.data)
            flash(_("Saved."), "success")
            return str(self.get_url(".excused", organization=row.organization_id))

        return self.form_page(form, _("End the exemption of %(name)s", name=row.person.name), save)

    # outside the roster ----------------------------------------------------------------------------------------------

    @expose("/outside/")
    def outside(self) -> Any:
        """Who learned without standing on the roster, with the way onto it."""
        unit = self.unit()
        query = rolls.outsiders(unit.id)
        page, count = bounded(request.args.get("page"), 0, 10_000, 0), query.order_by().count()
        values = {"rows": rolls.outsider_rows(query.paginate(page + 1, PAGE)), "count": count, "page": page, "pages": -(-count // PAGE)}
        return self.show("outside", unit=unit, path=self.path(unit), masked=self.masked, **values)

    @expose("/takein/", methods=("POST",))
    def takein(self) -> Any:
        """Put the ticked people onto the roster, as members or as others."""
        ids, to = [row_id(v) for v in request.form.getlist("rowid")], self.get_url(".outside", organization=self.unit().id)
        is_member = chosen_act("as", {"member": True, "other": False})
        return self.act(lambda: excusing.take_in(ids, is_member), _("They stand on the roster now."), to)

    # missed in a row -------------------------------------------------------------------------------------------------

    @expose("/streaks/")
    def streaks(self) -> Any:
        """Members who missed the last issues in a row, by branch."""
        unit, rules, limit = self.unit(), self._rules(), self._limit()
        query = rolls.streaks(today(), limit, rules.makeup_in_streaks, unit.id)
        page, count = bounded(request.args.get("page"), 0, 10_000, 0), query.order_by().count()
        rows = rolls.streak_rows(query.paginate(page + 1, PAGE), today(), rules.makeup_in_streaks)
        chips = [
            {"label": _("%(count)s issues or more", count=n), "url": self.get_url(".streaks", limit=n, organization=unit.id), "current": n == limit}
            for n in sorted({limit, *(rules.streak_limit + s for s in STEPS)})
        ]
        values = {"rows": rows, "count": count, "page": page, "pages": -(-count // PAGE), "limit": limit, "chips": chips, "rules": rules}
        below = [o for o in queries.children(unit)] if unit.org_type != "branch" else []
        return self.show("streaks", unit=unit, units=below, path=self.path(unit), masked=self.masked, **values)

    @expose("/streaks/export/", methods=("POST",))
    @needs("study.read")
    def export(self) -> Any:
        """The same list as a file; names as on the screen."""
        unit, limit = self.unit(), self._limit()
        with_makeups = self._rules().makeup_in_streaks
        query = rolls.streaks(today(), limit, with_makeups, unit.id).limit(EXPORT)
        cells = [
            (s.unit, self.masked(s.name, s.organization_id), s.number if self.may_write(s.organization_id) else "", s.length, s.last_on)
            for s in rolls.streak_rows(query, today(), with_makeups)
        ]
        headers = [_("League organization"), _("Name"), _("Number of the learner"), _("Issues missed in a row"), _("Last learned issue closed on")]
        notes = [unit.name, _("%(count)s issues or more", count=limit), _("As of %(day)s", day=today())]
        return table_file(_("Missed in a row"), headers, cells, request.form.get("kind", "xlsx"), notes)

    # tools -----------------------------------------------------------------------------------------------------------

    @staticmethod
    def _rules() -> PointChoices:
        return point_choices(current_scope().county_id or 0, today())

    def _limit(self) -> int:
        return bounded(request.values.get("limit"), 1, 60, self._rules().streak_limit)

    @staticmethod
    def _issue() -> StudyIssue:
        found = StudyIssue.get_or_none(StudyIssue.id == row_id(request.values.get("id")))
        return found if found is not None else abort(404)

    @staticmethod
    def _found(model: Any, key: str = "id") -> Any:
        found = model.get_or_none(model.id == row_id(request.values.get(key)))
        return found if found is not None else abort(404)
