"""Accounts from the command line: who there is, a one-time link for somebody who cannot sign in, an account opened again."""

from typing import Any

import click

from ..accounts.queries import get_user, user_by_username, users_of
from ..accounts.recovery import issue_recovery_link
from ..accounts.rules import clean_username
from ..accounts.services import enable
from ..commanding import Session, guarded
from ..counties.models import County
from ..counties.services import county_by_code
from ..kernel.clock import local
from ..kernel.errors import NotFound
from ..kernel.i18n import _
from .operations import print_link


@click.group()
def user() -> None:
    """Accounts: list, a link for a forgotten password, open one again."""


@user.command("list")
@click.option("--county", "code", default="", help="Only this county's; without it the platform's administrators and every county's users.")
@click.pass_obj
@guarded
def user_list(session: Session, code: str) -> None:
    """List accounts: user name, name, where, role, state, last sign-in."""
    session.registry()
    places = [county_by_code(code)] if code else [None, *County.select().order_by(County.code)]
    for place in places:
        for line in users_of(None if place is None else place.id):
            words = [line.username, line.name, _("The platform") if place is None else place.code, line.role_title]
            seen = local(line.last_login_at).strftime("%Y-%m-%d %H:%M") if line.last_login_at else _("never")
            click.echo("\t".join([*words, _state(line), seen]))


@user.command("link")
@click.argument("username", metavar="NAME")
@click.option("--county", "code", default="", help="Refuse unless the account belongs to this county.")
@click.option("--reason", default="", help="Why, as the county reads it.")
@click.pass_obj
@guarded
def user_link(session: Session, username: str, code: str, reason: str) -> None:
    """Print a one-time link with which NAME sets a new password; valid for 24 hours, in the audit log of his county."""
    session.registry()
    county = county_by_code(code) if code else None
    found = _user(username, county)
    token = issue_recovery_link(found, reason or _("From the command line"), county)
    click.echo(_("Open this address within 24 hours to set a new password for %(name)s (it works once):", name=found.display_name))
    print_link(token)


@user.command("enable")
@click.argument("username", metavar="NAME")
@click.pass_obj
@guarded
def user_enable(session: Session, username: str) -> None:
    """Open a disabled account again, without a last day; password and roles are as before."""
    session.registry()
    enable(_user(username, None))
    click.echo(_("The account is enabled again"))


def _user(username: str, county: Any) -> Any:
    """The account of a user name, of the county if one is given. Raises NotFound."""
    found = user_by_username(clean_username(username))
    if found is None:
        raise NotFound(_("There is no account %(name)s: see youthpilot user list", name=username))
    return found if county is None else get_user(county.id, found.id)


def _state(line: Any) -> str:
    if line.disabled:
        return _("Disabled")
    if line.lacks_place:
        return _("No organization: gives nothing")
    return _("Active") if line.has_password else _("Link not used yet")
