"""Is the installation whole? Each area says which thing is wrong, what is wrong with it, and what to do; nothing here writes.

A part that cannot be read becomes a finding of its own and the rest goes on: a damaged file is exactly when this is needed.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from youthpilot.core import migrating
from youthpilot.core.accounts.queries import without_place
from youthpilot.core.audit.services import verify
from youthpilot.core.counties.models import County
from youthpilot.core.counties.services import county_registry
from youthpilot.core.kernel import modes, schema
from youthpilot.core.kernel.connection import at_one_moment
from youthpilot.core.kernel.home import files_dir
from youthpilot.core.kernel.scope import county_scope, scoped, unscoped
from youthpilot.core.organizations.services import check_closure
from youthpilot.core.periods.verify import verify_chain
from youthpilot.core.registry import Registry

from .words import _

_MOST = 20  # findings of one kind that are named


@dataclass(frozen=True)
class Area:
    """One thing that was checked. findings: what is wrong; advice: what to do about it; notes: worth knowing, not wrong."""

    title: str
    findings: tuple[str, ...]
    advice: str = ""
    notes: tuple[str, ...] = ()


def area(title: str, findings: Callable[[], Iterable[str]], advice: str, notes: Callable[[], Iterable[str]] = tuple) -> Area:
    """The area as it is now. A check that fails is itself a finding."""
    with unscoped("check the installation"):
        found, told = _contained(findings), _contained(notes)
    return Area(title, found, advice if found else "", told)


def _contained(part: Callable[[], Iterable[str]]) -> tuple[str, ...]:
    found: list[str] = []
    try:
        for text in part():
            found.append(text)
    except Exception as error:
        found.append(_("This could not be checked to the end: %(why)s", why=f"{type(error).__name__}: {error}"))
    return tuple(found)


def areas(registry: Registry) -> Iterator[Area]:
    """Everything but the database file, one area after the other."""
    yield area(
        _("Schema"),
        lambda: _schema(registry),
        _("Run `youthpilot db up`; if it stays, ask who changed the tables by hand"),
        lambda: _strange(registry),
    )
    yield area(
        _("Lock triggers"),
        lambda: _triggers(registry),
        _("Run `youthpilot db up`: it makes them again. Then read what stands under locks and audit log"),
    )
    yield area(
        _("Modules"),
        lambda: [f"{f.title or f.name}: {f.reason}" for f in registry.failures],
        _("The rest runs without these modules. Their data stays"),
    )
    yield area(
        _("Audit log"),
        verify,
        _("%(first)s Then restore the backup, or take the log as it stands: `youthpilot audit accept --reason …`", first=_compare()),
    )
    yield locks_area(registry)
    yield area(_("Who may read the files"), modes.findings, _("Do what each line says; a start closes by itself what belongs to its own user"))
    yield area(_("Stored files"), lambda: _files(registry), _("Put the files back from the last backup"), lambda: _orphans(registry))
    yield area(_("Records of the modules"), lambda: _records(registry), _("Correct these records in the module, or ask its developers"))
    yield area(_("Accounts"), _placeless, _("Set the organization of these accounts at “Users”, or withdraw the role"))
    yield area(_("Organization trees"), _trees, _("Restore the last backup, or ask the developers: the tree must be computed again"))


def locks_area(registry: Registry, county: County | None = None) -> Area:
    """What is no longer as it was locked or published, in one county or in all."""
    advice = _("%(first)s Then restore the backup; a locked figure is never mended by hand", first=_compare())
    unchecked: list[str] = []  # filled while the findings are looked for: a lock is looked at once
    return area(_("Locks and publications"), lambda: _locks(registry, county, unchecked), advice, lambda: unchecked)


def _compare() -> str:
    return _("Compare with the log lines kept elsewhere and with the last backup, and find out who had access to the database.")


def database_area() -> Area:
    """Whether the database itself is whole; it needs no schema."""
    advice = _("Stop the server, keep the damaged file, and restore the last backup")
    return area(_("Database"), _database, advice)


def _database() -> Iterator[str]:
    for text in schema.damages(_MOST):
        yield _("The file is damaged: %(text)s", text=text)
    for table, parent, count in schema.broken_references():
        yield _("%(table)s: %(count)s rows refer to rows of %(parent)s that do not exist", table=table, count=count, parent=parent)
    for name in schema.not_in_force():
        yield _("%(name)s is not in force in PostgreSQL: REINDEX the index, VALIDATE the constraint", name=name)


# schema and modules --------------------------------------------------------------------------------------------------


def _schema(registry: Registry) -> Iterator[str]:
    for text in schema.drift(migrating.core_models() + registry.models()):
        yield _("The tables are not what this version expects: %(what)s", what=text)


def _strange(registry: Registry) -> Iterator[str]:
    """Modules whose tables are there and whose code is not."""
    for owner in migrating.without_code(registry):
        yield _("The module %(name)s is not loaded; its tables and records stay as they are", name=owner)


def _triggers(registry: Registry) -> Iterator[str]:
    for name in migrating.unlocked_tables(registry):
        yield _("The lock trigger %(name)s is missing or was replaced: rows of that table could be rewritten", name=name)


# counties ------------------------------------------------------------------------------------------------------------


def _locks(registry: Registry, county: County | None, unchecked: list[str]) -> Iterator[str]:
    for row in [county] if county is not None else County.select().order_by(County.code):
        for text in _contained(partial(_locks_of, registry, row, unchecked)):  # one county's damage does not hide another's
            yield _("%(county)s: %(text)s", county=row.name, text=text)


def _locks_of(registry: Registry, county: County, unchecked: list[str]) -> Iterator[str]:
    """What is wrong; what only could not be looked at goes to `unchecked`."""
    for found in verify_chain(county_registry(registry, county)):
        revision = _(" (lock no. %(number)s)", number=found.revision) if found.revision else ""
        text = _("%(period)s%(revision)s: %(text)s", period=found.period_code, revision=revision, text=found.text)
        if found.unchecked:
            unchecked.append(_("%(county)s: %(text)s", county=county.name, text=text))
        else:
            yield text


def _placeless() -> Iterator[str]:
    for county in County.select():
        with scoped(county_scope(county)):
            for user in without_place(county.id):
                text = _("%(name)s (%(role)s) has no organization and sees nothing: set one at “Users”", name=user.username, role=user.role_title)
                yield f"{county.code}: {text}"


def _trees() -> Iterator[str]:
    for row in County.select().order_by(County.code):
        with scoped(county_scope(row)):
            with at_one_moment():  # a server may write while it reads tables that must fit together
                found = list(check_closure(row.id))
            for text in found:
                yield _("%(county)s: %(text)s", county=row.name, text=text)


def _records(registry: Registry) -> Iterator[str]:
    """Counters and sums of each county's modules, as the modules themselves tell."""
    for row in County.select().order_by(County.code):
        with scoped(county_scope(row)):
            for name, told in county_registry(registry, row).differences():
                title = registry.loaded[name].plugin.title
                for text in [_("its own check failed")] if told is None else told:
                    yield _("%(county)s, %(module)s: %(text)s", county=row.name, module=title, text=text)


# stored files --------------------------------------------------------------------------------------------------------


def _storing(registry: Registry) -> list[Any]:
    return [m for m in migrating.core_models() + registry.models() if m.stored_in]


def _files(registry: Registry) -> Iterator[str]:
    for model in _storing(registry):
        for stored, digest, title in model.select(model.stored_name, model.digest, model.file_name).order_by(model.id).tuples():
            text = _file_difference(files_dir() / model.stored_in, stored, digest)
            if text:
                yield _("“%(title)s” (%(place)s): %(text)s", title=title, place=f"files/{model.stored_in}/{stored}", text=text)


def _file_difference(folder: Path, name: str, digest: str) -> str:
    path = folder / name
    if not name.isalnum() or not path.is_file():
        return _("the file is missing")
    with path.open("rb") as file:
        same = hashlib.file_digest(file, "sha256").hexdigest() == digest
    return "" if same else _("the content was changed")


def _orphans(registry: Registry) -> Iterator[str]:
    """Files that no row names: what an upload leaves that was stopped between file and row."""
    named: dict[str, set[str]] = {}
    for model in _storing(registry):
        named.setdefault(model.stored_in, set()).update(name for (name,) in model.select(model.stored_name).tuples())
    for folder, names in named.items():
        place = files_dir() / folder
        left = {path.name for path in place.iterdir()} - names if place.is_dir() else set()
        if left:
            yield _("files/%(folder)s holds %(count)s files that no record names, e.g. %(name)s", folder=folder, count=len(left), name=min(left))
