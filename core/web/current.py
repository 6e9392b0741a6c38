"""What a request knows: its county, its registry, its actor, and addresses on both sides."""

from datetime import date
from typing import Any

from flask import Flask, current_app, g, request, url_for

from ..counties.models import County
from ..counties.services import county_registry
from ..kernel.address import ENVIRON_KEY
from ..kernel.clock import pinned_day
from ..registry import CountyRegistry, Registry

STATE = "youthpilot"


def state(app: Flask | None = None) -> dict[str, Any]:
    """What create_app keeps on the application: registry, policies, the Flask-Admin instance."""
    kept: dict[str, Any] = (app or current_app).extensions.setdefault(STATE, {})
    return kept


def registry() -> Registry:
    """All installed modules of this application."""
    found: Registry = state()["registry"]
    return found


def current_county() -> County | None:
    """The county in the address, None on the platform's side."""
    county: County | None = g.get("county")
    return county


def the_county() -> County:
    """The county in the address. A programming error on the platform's side."""
    county: County = g.county
    return county


def current_registry() -> CountyRegistry:
    """The registry narrowed to the county's enabled modules, read once per request."""
    if "registry" not in g:
        g.registry = county_registry(registry(), the_county())
    found: CountyRegistry = g.registry
    return found


def county_prefix() -> str:
    """/c/<code> if the request is on a county's side, else ''."""
    code = request.environ.get(ENVIRON_KEY)
    return f"/c/{code}" if code else ""


def platform_url(endpoint: str, **values: Any) -> str:
    """The address of a platform endpoint, also from inside a county."""
    url, prefix = url_for(endpoint, **values), county_prefix()
    return url.replace(f"{prefix}/", "/", 1) if prefix else url


def county_url(code: str, endpoint: str, **values: Any) -> str:
    """The address of a county endpoint, also from the platform's side or another county."""
    path = platform_url(endpoint, **values)
    root = (request.script_root or "").removesuffix(county_prefix())
    return f"{root}/c/{code}{path.removeprefix(root)}"


def demo_day() -> date | None:
    """The pinned day for the banner, None if the real clock rules."""
    return pinned_day()
