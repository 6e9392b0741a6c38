"""The audit log on the screen: who did what when, before and after; as a file; and whether the chain holds."""

from typing import Any

from flask import request
from wtforms import DateField, SearchField, SelectField
from wtforms.validators import Length, Optional

from youthpilot.core.accounts.queries import users_of
from youthpilot.core.accounts.rules import role_title
from youthpilot.core.audit.queries import Filters, Line, acts_of, iterate_entries, list_entries
from youthpilot.core.audit.rules import RESULTS, register_acts
from youthpilot.core.audit.services import record, verify
from youthpilot.core.kernel.clock import now
from youthpilot.core.kernel.i18n import _
from youthpilot.core.kernel.i18n import lazy_gettext as _l
from youthpilot.core.kernel.tables import write_table
from youthpilot.core.web.current import current_county

from ..baseview import BaseAdminView, expose
from ..exporting import file_response
from ..targets import BIGGEST_PAGE, bounded
from .audit_words import changes, thing
from .forms import SYSTEM, PageForm

PAGE_SIZE, MOST_ROWS = 50, 10_000
register_acts({"audit.verify": _l("Log checked"), "audit.export": _l("Log exported")})


class FilterForm(PageForm):
    """What to look for. Read from the address, changes nothing."""

    class Meta:
        """No token in an address."""

        csrf = False

    start = DateField(_l("From day"), [Optional()])
    end = DateField(_l("To day"), [Optional()])
    actor = SelectField(_l("Who"), validate_choice=False)
    act = SelectField(_l("Act"), validate_choice=False)
    result = SelectField(_l("Result"), validate_choice=False)
    text = SearchField(_l("Object or name"), [Optional(), Length(max=60)])


class AuditBase(BaseAdminView):
    """One place's log: the county's, or the platform's."""

    category = SYSTEM
    icon = "audit"

    def _county_id(self) -> int | None:
        county = current_county()
        return county.id if county else None

    def _form(self) -> FilterForm:
        form = FilterForm(formdata=request.args)
        blank = ("", _("All"))
        form.actor.choices = [blank] + [(str(u.user_id), u.name) for u in users_of(self._county_id())]
        form.act.choices = [blank, *acts_of(self._county_id())]
        form.result.choices = [blank] + [(key, str(word)) for key, word in RESULTS.items()]
        return form

    @expose("/")
    def index(self) -> str:
        """One page of the log, newest first."""
        form = self._form()
        form.validate()
        page = bounded(request.args.get("page"), 0, BIGGEST_PAGE, 0)
        lines, count = list_entries(self._county_id(), _filters(form), page + 1, PAGE_SIZE)
        return self._page(form, lines, count, page)

    def _page(self, form: FilterForm, lines: list[Line], count: int, page: int, findings: list[str] | None = None) -> str:
        wanted = {k: v for k, v in request.args.items() if v and k != "page"}
        return self.render("audit/index.html", form=form, lines=lines, count=count, page=page, pages=-(-count // PAGE_SIZE), changes=changes, title_of_role=role_title, thing=thing, wanted=wanted,
                           page_url=lambda p: self.get_url(".index", **wanted, page=p), findings=findings, results={k: str(w) for k, w in RESULTS.items()})  # fmt: skip

    @expose("/verify", methods=("POST",))
    def verify(self) -> str:
        """Check the chain of the whole log; what was found stands on the page."""
        findings = verify()
        record("audit.verify", result="failed" if findings else "ok")
        form = self._form()
        lines, count = list_entries(self._county_id(), Filters(), 1, PAGE_SIZE)
        return self._page(form, lines, count, 0, findings)

    @expose("/export")
    def export(self) -> Any:
        """The lines of the screen's conditions as .xlsx, at most 10,000 of the newest; read and written row by row."""
        form = self._form()
        form.validate()
        wanted = _filters(form)
        lines, count = iterate_entries(self._county_id(), wanted, MOST_ROWS)
        record("audit.export", after={"rows": count})
        heads = [
            _("No."),
            _("Time"),
            _("Who"),
            _("Role"),
            _("Act"),
            _("Kind"),
            _("Object"),
            _("Before and after"),
            _("Reason"),
            _("Result"),
            _("Network address"),
        ]
        content = write_table(heads, map(_cells, lines), notes=_notes(form, count), sheet_name=str(self.name))
        return file_response(content, "xlsx", f"{self.name}_{now():%Y%m%d_%H%M}")


def _filters(form: FilterForm) -> Filters:
    actor = int(form.actor.data) if (form.actor.data or "").isdecimal() and len(form.actor.data) < 10 else None
    return Filters(form.start.data, form.end.data, actor, form.act.data or "", (form.text.data or "").strip()[:60], form.result.data or "")


def _cells(line: Line) -> list[Any]:
    text = "；".join(f"{what}：{old} → {new}" if old else f"{what}：{new}" for what, old, new in changes(line.before, line.after))
    return [line.sequence, line.at, line.actor, role_title(line.role), line.act, line.what, thing(line), text, line.reason, line.result, line.ip]


def _notes(form: FilterForm, count: int) -> list[str]:
    said = [
        f"{f.label.text}：{dict(f.choices).get(f.data, '') if isinstance(f, SelectField) else f.data}"
        for f in form
        if f.data and f.name != "csrf_token"
    ]
    more = [_("Only the newest %(num)s entries: choose fewer days for earlier ones", num=count)] if count == MOST_ROWS else []
    return [_("%(num)s entries", num=count) + (f"（{'；'.join(said)}）" if said else ""), *more]


class AuditView(AuditBase):
    """The county's log."""

    name = _l("Audit log")
    slug = "audit"
    permission_read = "audit.see"


class PlatformAuditView(AuditBase):
    """The platform's log: counties, platform accounts, sign-ins there."""

    name = _l("Platform's audit log")
    slug = "platform-audit"
    permission_read = "platform.audit"
    side = "platform"
    category = None
