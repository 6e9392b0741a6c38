"""The county's dated settings: the core's numbers and every enabled module's, the value in force, since when, and changes from a day on."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from flask import abort, flash, redirect, request
from werkzeug.datastructures import MultiDict
from wtforms import DateField, DecimalField, Form, HiddenField, IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange

from youthpilot.core.counties.queries import SettingEntry, settings_history
from youthpilot.core.counties.services import set_setting
from youthpilot.core.hookvalues import Setting
from youthpilot.core.kernel.actor import actor_name
from youthpilot.core.kernel.clock import today
from youthpilot.core.kernel.errors import YouthpilotError
from youthpilot.core.kernel.i18n import _
from youthpilot.core.kernel.i18n import lazy_gettext as _l
from youthpilot.core.organizations.rules import DEFAULTS, EVER
from youthpilot.core.periods.rules import DEFAULT_DIFFERENCE, JUMP_DIFFERENCE
from youthpilot.core.web.current import current_registry, the_county

from ..baseview import BaseAdminView, expose
from ..context import mounted
from .forms import SYSTEM, PageForm
from .module_facts import FORM, value_text

CORE = "core"
DATED = {**DEFAULTS, JUMP_DIFFERENCE: ((EVER, DEFAULT_DIFFERENCE),)}  # key → (from, value), what holds where a county set nothing
SELF_REVIEW = "periods.self_review"
NUMBERS = {  # key → (title, help, lowest, highest), in the order of the page
    "organizations.min_members": (_l("A branch has at least … members"), _l("Fewer: it is listed as hollow and does not count as effective"), 1, 50),
    "organizations.max_members": (_l("A branch has at most … members"), _l("More: it is listed as to be divided"), 3, 500),
    "organizations.committee_from_members": (_l("A branch has a committee from … members"), "", 3, 100),
    "organizations.student_branch_years": (_l("Term of a class branch (years)"), "", 1, 5),
    "organizations.branch_years_min": (_l("Term of a branch, shortest (years)"), "", 1, 10),
    "organizations.branch_years_max": (_l("Term of a branch, longest (years)"), "", 1, 10),
    "organizations.committee_years_min": (_l("Term of a committee, shortest (years)"), "", 1, 10),
    "organizations.committee_years_max": (_l("Term of a committee, longest (years)"), "", 1, 10),
    "organizations.county_years": (_l("Term of the county committee (years)"), "", 1, 10),
    "organizations.branch_extension_months": (_l("A branch's term may be extended by … months"), "", 0, 36),
    "organizations.extension_months": (_l("A committee's term may be extended by … months"), "", 0, 36),
    "organizations.term_notice_days": (_l("Reminders begin … days before a term ends"), "", 0, 730),
    JUMP_DIFFERENCE: (
        _l("A figure asks for an explanation only if it moved by at least …"),
        _l("More than three times or less than a third of last year, and by so much; the value on the period's last day holds"),
        0,
        100000,
    ),
}
REVIEW_CHOICES = [("below", _l("below county level, with a reason")), ("all", _l("everywhere, with a reason")), ("none", _l("nowhere"))]


@dataclass(frozen=True)
class Owner:
    """The core or a module: its settings and the form that judges them."""

    name: str
    title: str
    form: type[Form]
    settings: list[Setting]


@dataclass(frozen=True)
class Row:
    """A setting on the page. since None: the default holds; history: newest first, coming changes included."""

    owner: str
    key: str
    title: str
    help: str
    value: str
    since: date | None
    coming: SettingEntry | None
    history: list[tuple[date | None, str, str]]  # (from, value, who)
    form: Any
    open: bool


class ChangeForm(PageForm):
    """Which setting, from which day."""

    owner = HiddenField(validators=[InputRequired()])
    key = HiddenField(validators=[InputRequired()])
    valid_from = DateField(
        _l("From this day on"), [InputRequired()], description=_l("Earlier days keep the old value; locked periods do not change.")
    )


class SettingsView(BaseAdminView):
    """What a county may set, each with the day from which it holds."""

    name = _l("Settings")
    category = SYSTEM
    icon = "gear"
    slug = "settings"
    permission_read = "settings.edit"

    @expose("/", methods=("GET", "POST"))
    def index(self) -> Any:
        """All settings; a POST changes one from a day on."""
        failed: dict[tuple[str, str], Any] = {}
        change = ChangeForm(formdata=request.form if request.method == "POST" else None, valid_from=today())
        if request.method == "POST":
            owner = next((o for o in owners() if o.name == change.owner.data), None)
            setting = next((s for s in owner.settings if s.key == change.key.data), None) if owner else None
            if owner is None or setting is None:
                abort(404)
            form = _asked(owner, _judged, owner, setting.key, MultiDict(request.form))
            if form is None:
                flash(_("This setting was not changed: the module “%(title)s” failed", title=owner.title), "error")
            elif change.validate() and not form[setting.key].errors and self._save(owner, setting, form[setting.key].data, change):
                return redirect(self.get_url(".index", _anchor=f"set-{owner.name}"), 303)
            failed[owner.name, setting.key] = form
        groups = [(o, _asked(o, partial(_rows, o, failed))) for o in owners()]
        return self.render("settings/index.html", groups=groups, change=change), 422 if failed else 200

    def _save(self, owner: Owner, setting: Setting, value: Any, change: ChangeForm) -> bool:
        try:
            set_setting(the_county(), owner.name, setting.key, _storable(value), change.valid_from.data, actor_name(), str(setting.title))
        except YouthpilotError as error:
            flash(str(error), "error")
            return False
        flash(_("“%(title)s” holds from %(day)s on", title=setting.title, day=change.valid_from.data.isoformat()), "success")
        return True


def owners() -> list[Owner]:
    """The core first, then the enabled modules that have settings."""
    core = Owner(CORE, _("Organizations, terms, review"), _core_form(), _core_settings())
    modules = [
        Owner(i.plugin.name, i.plugin.title, i.settings_form, i.settings) for i in current_registry().items() if i.settings_form and i.settings
    ]
    return [core, *modules]


def _asked(owner: Owner, function: Any, *args: Any) -> Any:
    """What the owner's form gives; None for a module whose form fails."""
    return function(*args) if owner.name == CORE else current_registry().isolated(owner.name, FORM, function, *args)


def _judged(owner: Owner, key: str, formdata: Any) -> Any:
    form = _form_for(owner, key, formdata)
    form.validate()
    return form


def _core_settings() -> list[Setting]:
    shown = [key for key in DATED if key in NUMBERS and (key != JUMP_DIFFERENCE or mounted("fill.index"))]  # without forms nobody explains a figure
    numbers = [Setting(key, NUMBERS[key][0], _default(key), NUMBERS[key][1]) for key in shown]
    return [
        *numbers,
        Setting(SELF_REVIEW, _l("One person may submit and accept"), "below", _l("For bodies with a single person; marked as own review")),
    ]


def _default(key: str) -> int:
    return [value for since, value in DATED[key] if since <= today()][-1]


def _core_form() -> type[Form]:
    fields: dict[str, Any] = {key: IntegerField(words[0], [InputRequired(), NumberRange(words[2], words[3])]) for key, words in NUMBERS.items()}
    fields[SELF_REVIEW] = SelectField(_l("One person may submit and accept"), choices=REVIEW_CHOICES)
    return type("CoreSettingsForm", (Form,), fields)


def _rows(owner: Owner, failed: dict[tuple[str, str], Any]) -> list[Row]:
    history = settings_history(owner.name)
    return [_row(owner, s, history.get(s.key, []), failed.get((owner.name, s.key))) for s in owner.settings]


def _row(owner: Owner, setting: Setting, entries: list[SettingEntry], failed: Any) -> Row:
    now = next((e for e in entries if e.valid_from <= today()), None)
    value = now.value if now else setting.default
    form = failed or _form_for(owner, setting.key, None, value)
    lines = [(e.valid_from, _words(form[setting.key], e.value), e.changed_by) for e in entries]
    coming = next((e for e in reversed(entries) if e.valid_from > today()), None)
    return Row(
        owner.name, setting.key, str(setting.title), str(setting.help), _words(form[setting.key], value), now.valid_from if now else None, coming,
        [*lines, *_default_lines(owner, setting, form)], form[setting.key], failed is not None,
    )  # fmt: skip


def _default_lines(owner: Owner, setting: Setting, form: Any) -> list[tuple[date | None, str, str]]:
    """The default at the end of the history; the core's own defaults may be dated too."""
    dated = DATED.get(setting.key) if owner.name == CORE else None
    if dated:
        return [(None if since == EVER else since, _words(form[setting.key], value), _("by the rules")) for since, value in reversed(dated)]
    return [(None, _words(form[setting.key], setting.default), _("default"))]


def _form_for(owner: Owner, key: str, formdata: Any, value: Any = None) -> Any:
    """The owner's form with one value in it; the other fields are not looked at."""
    probe = owner.form()
    if key not in probe:
        abort(404)
    return owner.form(formdata, data={key: _typed(probe[key], value)}, meta={"locales": ["zh"]})


def _typed(field: Any, value: Any) -> Any:
    """The stored (JSON) value as the field wants it."""
    try:
        if isinstance(field, DecimalField) and value is not None:
            return Decimal(str(value))
        return date.fromisoformat(value) if isinstance(field, DateField) and isinstance(value, str) else value
    except (InvalidOperation, ValueError):
        return None


def _storable(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, Decimal) else value


def _words(field: Any, value: Any) -> str:
    pairs = {str(c[0]): str(c[1]) for c in (getattr(field, "choices", None) or ()) if isinstance(c, tuple | list)}
    return pairs.get(str(value), value_text(value))
