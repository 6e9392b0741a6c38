"""What core itself has to say on the home: what is to do about forms, terms and accounts, and the first steps of a new county."""

from typing import Any

from flask import url_for

from youthpilot.core.accounts import allowed
from youthpilot.core.accounts.queries import without_place
from youthpilot.core.accounts.recovery import recoveries_of
from youthpilot.core.cadres.models import Election, Post
from youthpilot.core.counties.services import plugin_states
from youthpilot.core.kernel.calendar import days_late
from youthpilot.core.kernel.clock import local, today
from youthpilot.core.kernel.i18n import _, ngettext
from youthpilot.core.organizations.models import Organization
from youthpilot.core.organizations.queries import terms_due
from youthpilot.core.periods.reminders import missing_words
from youthpilot.core.screens import HomeStep, HomeTodo
from youthpilot.core.web.current import current_registry, registry, the_county

from ..targets import import_url


def account_todos() -> list[HomeTodo]:
    """What whoever manages the county's users must know: links made past him, accounts whose organization was left blank."""
    if not allowed("users.manage"):
        return []
    users, found = url_for("users.index"), []
    for made in recoveries_of(the_county().id):
        when = local(made.at)
        title = _("%(by)s made a new password link for %(name)s", by=made.by, name=made.name)
        hint = _(
            "%(time)s, reason: %(reason)s. If nobody asked for it, end the sessions of the account", time=f"{when:%Y-%m-%d %H:%M}", reason=made.reason
        )
        found.append(HomeTodo(title, hint, users, _("Look"), "lock", order=0))
    if lacking := without_place(the_county().id):
        title = ngettext(
            "%(num)s account has no organization and sees nothing", "%(num)s accounts have no organization and see nothing", len(lacking)
        )
        found.append(HomeTodo(title, "、".join(line.name for line in lacking[:5]), users, _("Set it"), "people", True, order=0))
    return found


def module_todos() -> list[HomeTodo]:
    """Modules that the county has turned on and that do not run here: refused at the start, or the site was started without modules."""
    if not allowed("plugins.manage"):
        return []
    count = sum(state.state == "enabled" and name not in registry().loaded for name, state in plugin_states(the_county().id).items())
    if not count:
        return []
    title = ngettext("%(num)s module of the county is not running", "%(num)s modules of the county are not running", count)
    hint = _("Their pages, figures and sentences are missing for now; their data are kept. Ask the platform administrator before a report goes out")
    return [HomeTodo(title, hint, url_for("modules.index"), _("Look"), "module", True, order=5)]


def period_todos(period: Any, counted: Any) -> list[HomeTodo]:
    """What is to do about the forms of the period."""
    if period.state != "open":
        return []
    found, board = [], url_for("board.index")
    if counted.missing:
        late = days_late(today(), period.due_on)
        text = ngettext("%(num)s organization has not reported", "%(num)s organizations have not reported", counted.missing)
        if late:
            text += _(", %(days)s days late", days=late)
        found.append(HomeTodo(text, missing_words(counted), f"{board}?state=missing", _("Remind them"), "warn", late > 0, 10))
    waiting = counted.counts.get("submitted", 0) + counted.counts.get("late", 0)
    if waiting:
        hint = _("%(late)s of them late", late=counted.counts.get("late", 0)) if counted.counts.get("late") else ""
        text = ngettext("%(num)s form to review", "%(num)s forms to review", waiting)
        found.append(HomeTodo(text, hint, f"{board}?state=waiting", _("Begin"), "board", order=20))
    if not counted.missing and not waiting:
        lock = url_for("periods.index")
        found.append(HomeTodo(_("Everybody is in and reviewed"), _("The period can be locked"), lock, _("Lock"), "lock", order=40))
    return found


def term_todos() -> list[HomeTodo]:
    """Terms that are over."""
    due = terms_due(the_county().id, today(), 0)
    if not due:
        return []
    text = ngettext("The term of %(num)s organization is over", "The terms of %(num)s organizations are over", len(due))
    return [HomeTodo(text, "、".join(d.name for d in due[:3]), f"{url_for('organizations.index')}?problem=term_over", _("Look"), "clock", order=60)]


def first_steps() -> list[HomeStep]:
    """What a new county does first, and what of it is done; steps of plugins stand between them."""
    found = _steps_by_file() if import_url() else _steps_by_hand()
    if registry().ordered():
        choose = _("Only what the county needs; more at any time")
        found.append(HomeStep(_("Choose modules"), choose, url_for("modules.index"), len(current_registry().enabled), order=50))
    return [*found, HomeStep(_("Open the period"), _("From then on everybody sees what he owes"), url_for("periods.open"), order=60)]


def _steps_by_file() -> list[HomeStep]:
    fits, terms = _("The file from 智慧团建 fits as it is"), _("Without them nobody can say whether the average fell")
    return [
        HomeStep(_("Import the organizations"), fits, import_url("organizations.organizations"), _organizations_below(), order=10),
        HomeStep(_("Import the cadres"), _ages(), import_url("cadres.posts"), Post.select().count(), order=20),
        HomeStep(_("Enter last term's ages"), terms, import_url("cadres.last_term_totals"), Election.select().count(), order=30),
    ]


def _steps_by_hand() -> list[HomeStep]:
    """Where nothing imports: records are entered one by one, and last term's ages have no page."""
    below = _("Townships, villages and schools one by one: a code, a name, and what they stand below")
    return [
        HomeStep(_("Enter the organizations"), below, url_for("organizations.new"), _organizations_below(), order=10),
        HomeStep(_("Appoint the cadres"), _ages(), url_for("cadres.appoint"), Post.select().count(), order=20),
    ]


def _organizations_below() -> int:
    return Organization.select().where(Organization.parent.is_null(False)).count()  # type: ignore[no-any-return]


def _ages() -> str:
    return _("Names, posts, dates of birth: ages are computed from them")
