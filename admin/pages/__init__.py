"""Core's screens in the order of the menu, and the plain routes beside them."""

from typing import Any

from flask import Flask

from . import signing_in
from .accounts import AccountView, UsersView
from .audit import AuditView, PlatformAuditView
from .board import BoardView
from .cadres import CadresView
from .home import HomeView
from .modules import ModulesView
from .organizations import OrganizationsView
from .periods import PeriodsView
from .platform import CountiesView, InstalledModulesView
from .search import SearchView
from .settings import SettingsView

# Mounted in this order, which is the order of the menu; the home is mounted by the host itself. Views of the platform's plugins take their
# place behind the one that they name (`Screen.menu_after`). What does not belong to the group 系统 comes before it.
CORE_VIEWS: tuple[type[Any], ...] = (
    BoardView,
    OrganizationsView,
    CadresView,
    PeriodsView,
    ModulesView,
    UsersView,
    SettingsView,
    AuditView,
    AccountView,
    SearchView,
    CountiesView,
    InstalledModulesView,
    PlatformAuditView,
)

__all__ = ["CORE_VIEWS", "HomeView", "register_pages"]


def register_pages(app: Flask) -> None:
    """Routes that are no views of Flask-Admin: sign-in and out, password, one-time links, the demonstration's entries, health."""
    signing_in.register_pages(app)
