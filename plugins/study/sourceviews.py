"""The screens of the two sources: issues with a second source, the differences of one, decisions."""

from typing import Any

from flask import flash, redirect, request

from youthpilot.admin import expose
from youthpilot.core import ConflictError, Organization, RuleError

from . import comparing, reconciling
from .importers_life import IMPORTERS
from .lifepages import LifePage
from .models import StudyIssue
from .models_life import StudyDecision
from .rules_life import DIFFERENCES, VERDICTS
from .words import _, _l

SHOWN = 100
FIELDS = {"day": _l("learned on another day"), "member": _l("member or not"), "name": _l("written differently")}
HINTS = {
    "own": _l("The learner has a record, the branch has none. Accepted: it is recorded and counts."),
    "branch": _l("The branch has a record, the learner has none. Not accepted: the record goes."),
    "differs": _l("Both have a record that says otherwise. Accepted: the learner's own holds; not accepted: the branch's stays."),
}
CHOICES = {  # what the two verdicts do, by kind of difference
    "own": {"accepted": _l("Accept: record it"), "rejected": _l("Do not accept")},
    "branch": {"accepted": _l("Accept: it stays"), "rejected": _l("Do not accept: it goes")},
    "differs": {"accepted": _l("Accept the own record"), "rejected": _l("The branch's stays")},
}


class SourcesView(LifePage):
    """The learner's own record against the branch's."""

    name = _l("Two sources")
    slug = "sources"
    importers = (IMPORTERS[0],)

    @expose("/")
    def index(self) -> Any:
        """Issues with a second source and what is open in each."""
        unit = self.unit()
        found = [(issue, rows, comparing.compare(issue, unit.id)) for issue, rows in comparing.issues_with_two()[:26]]
        return self.show("sources", found=found, kinds=DIFFERENCES)

    @expose("/issue/")
    def issue(self) -> Any:
        """The differences of one issue."""
        return self._page({})

    def _page(self, wrong: dict[tuple[str, str], tuple[str, str]]) -> str:
        issue, unit = self.row(StudyIssue, request.values.get("id")), self.unit()
        found = comparing.compare(issue, unit.id)
        kind = request.values.get("kind", "")
        kinds = [k for k in DIFFERENCES if kind in ("", k) or kind not in DIFFERENCES]
        parts = [(k, DIFFERENCES[k], HINTS[k], found.of(k)[:SHOWN], len(found.of(k))) for k in kinds]
        words = {"": _("All differences"), **DIFFERENCES}
        chips = [
            {
                "label": w,
                "count": len(found.of(k)) if k else len(found.open),
                "url": self.get_url(".issue", id=issue.id, organization=unit.id, kind=k or None),
                "current": kind == k,
            }
            for k, w in words.items()
        ]
        values: dict[str, Any] = {
            "parts": parts,
            "chips": chips,
            "choices": CHOICES,
            "fields": FIELDS,
            "verdicts": VERDICTS,
            "wrong": wrong,
            "kind": kind,
        }
        values |= {"decisions": list(comparing.decisions(issue, unit.id).limit(SHOWN)), "differences": DIFFERENCES, "unit": unit}
        return self.show("source", issue=issue, found=found, sent=request.form, **values)

    @expose("/decide/", methods=("POST",))
    def decide(self) -> Any:
        """Decide one difference; what is refused is said beside it."""
        issue, f = self.row(StudyIssue, request.form.get("id")), request.form
        unit = self.row(Organization, f.get("unit"))
        to = self.get_url(".issue", id=issue.id, kind=f.get("kind") or None, organization=self.unit().id)
        try:
            case = reconciling.find_case(issue, unit.id, f.get("person", ""), f.get("seen", ""))
            reconciling.decide(issue, case, f.get("verdict", ""), f.get("reason", ""))
        except ConflictError as error:
            flash(str(error), "error")
            return redirect(to)
        except RuleError as error:
            return self._page({(str(unit.id), f.get("person", "")): (error.field or "reason", str(error))}), 422
        flash(_("Decided: %(name)s.", name=self.masked(case.name, unit.id)), "success")
        return redirect(to)

    @expose("/undo/", methods=("POST",))
    def undo(self) -> Any:
        """Take a decision back."""
        row = self.row(StudyDecision, request.form.get("id"))
        to = self.get_url(".issue", id=row.issue_id)
        return self.act(lambda: reconciling.take_back(row), _("Taken back: the records are as they were before."), to)


VIEWS = [SourcesView]
