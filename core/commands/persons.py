"""Persons from the command line."""

import click

from ..cadres.erasing import erase_person
from ..commanding import Session, guarded
from ..counties.services import county_by_code, county_registry
from ..kernel.i18n import _
from ..kernel.scope import county_scope, scoped


@click.group()
def person() -> None:
    """Persons: erase."""


@person.command("erase")
@click.argument("number", type=click.IntRange(1, 2**31 - 1))
@click.option("--county", "code", required=True)
@click.option("--reason", required=True, help="Who asked for it and why: it stays in the audit log.")
@click.pass_obj
@guarded
def person_erase(session: Session, number: int, code: str, reason: str) -> None:
    """Erase what tells of a person, in core and in every installed module; NUMBER stands in the address of the person's page."""
    registry = session.registry()
    county = county_by_code(code)
    with scoped(county_scope(county)):
        erase_person(number, reason, county_registry(registry, county))
    click.echo(_("Erased; that somebody held these posts stays counted"))
