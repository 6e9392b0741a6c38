"""The keys outside the database: keys status, keys renew-secret."""

import click

from youthpilot.core.commanding import Session, guarded
from youthpilot.core.kernel.keyfiles import key_path

from ..keys import key_states, renew_secret
from ..words import _


@click.group()
def keys() -> None:
    """The keys outside the database."""


@keys.command("status")
@click.pass_obj
@guarded
def keys_status(session: Session) -> None:
    """Say whether the keys in the home are those of the database; exit code 1 if not."""
    session.open()
    states = key_states()
    for name, problem in states.items():
        click.echo(problem or _("%(path)s fits", path=key_path(name)))
    if any(states.values()):
        raise SystemExit(1)


@keys.command("renew-secret")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
@guarded
def keys_renew_secret(session: Session, yes: bool) -> None:
    """Make a new secret.key, where the old one is lost or was seen: links and QR codes given out before no longer work."""
    session.open()
    if not yes:
        click.confirm(_("Links and QR codes given out until now will no longer work. Go on?"), abort=True)
    renew_secret()
    click.echo(_("A new secret.key was made. Restart the server, and put a copy of it to the copies of the keys"))
