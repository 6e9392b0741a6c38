"""What the shell of every page needs: county, period, banner, who is signed in, numbers in the menu."""

from datetime import date
from functools import partial
from typing import Any

from flask import Flask, current_app, url_for

from youthpilot.core.accounts import allowed
from youthpilot.core.kernel.actor import current_actor
from youthpilot.core.kernel.clock import today
from youthpilot.core.kernel.kept import kept
from youthpilot.core.periods.queries import current_period, missing_count
from youthpilot.core.web.current import current_county, demo_day, platform_url, state

from .targets import import_url


def install(app: Flask) -> None:
    """Give every template the shell's values."""
    app.context_processor(shell)


def shell() -> dict[str, Any]:
    """Values for templates/yp/base.html; never raises for a page without a county or without a user."""
    county, actor = current_county(), current_actor()
    values: dict[str, Any] = {
        "county": county if actor is not None else None,
        "period_label": None,
        "demo_date": demo_day(),
        "user_name": actor.name if actor else None,
        "role_title": actor.role_title if actor else "",
        "counters": {},
        "yp_admin": state().get("admin"),
        "allowed": allowed,
        "import_url": import_url,
        "mounted": mounted,
        "home_url": url_for("admin.index"),
        "sign_out_url": platform_url("logout") if actor else None,
        "account_url": url_for("account.index") if actor else None,
        "search_url": url_for("search.index")
        if actor and county is not None and allowed("home.see") and "search.index" in current_app.view_functions
        else None,
    }
    if county is not None and allowed("periods.see"):
        values |= _of_county()
    return values


def mounted(endpoint: str) -> bool:
    """True if a page is there: those of a plugin that is not loaded are not."""
    return endpoint in current_app.view_functions


def _of_county() -> dict[str, Any]:
    """The current period and how many owe; asked again when somebody has written into what it is read from."""
    day = today()
    found: dict[str, Any] = kept(("shell", day), partial(_counted, day))
    return found


def _counted(day: date) -> dict[str, Any]:
    period = current_period(day)
    missing = missing_count(period) if period is not None else 0
    return {"period_label": period.title if period else None, "counters": {"board": missing} if missing else {}}
