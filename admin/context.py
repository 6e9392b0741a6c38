"""What the shell of every page needs: county, period, banner, who is signed in, numbers in the menu."""

from typing import Any

from flask import Flask, current_app, g, url_for

from youthpilot.core.accounts import allowed
from youthpilot.core.kernel.actor import current_actor
from youthpilot.core.kernel.clock import today
from youthpilot.core.periods.queries import completeness, current_period
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
    """Read once per request: the current period and how many owe."""
    if "shell" not in g:
        period = current_period(today())
        counted = completeness(period) if period is not None else None
        g.shell = {"period_label": period.title if period else None, "counters": {"board": counted.missing} if counted and counted.missing else {}}
    found: dict[str, Any] = g.shell
    return found
