"""Two small counties built by the services, every other table filled by looking at its model, a mark in every text column."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from peewee import BooleanField, CharField, DateField, ForeignKeyField, IntegerField, IntegrityError, TextField

from youthpilot.core import migrating
from youthpilot.core.accounts import passwords
from youthpilot.core.accounts.services import create_user, grant_role
from youthpilot.core.app import create_app
from youthpilot.core.counties.models import County
from youthpilot.core.counties.services import county_registry, enable
from youthpilot.core.kernel.clock import now
from youthpilot.core.kernel.db import CountyModel, database, transaction
from youthpilot.core.kernel.fields import DecimalTextField, JsonField, UtcDateTimeField
from youthpilot.core.kernel.scope import county_scope, scoped, unscoped
from youthpilot.core.organizations.founding import create_county
from youthpilot.core.organizations.models import Organization
from youthpilot.core.organizations.services import create
from youthpilot.core.periods.acting import Clerk
from youthpilot.core.periods.lock import lock, publish
from youthpilot.core.periods.models import Period
from youthpilot.core.periods.services import open_period
from youthpilot.core.registry import Registry
from youthpilot.core.testing import installation
from youthpilot.plugins.figures.evidence import add_evidence
from youthpilot.plugins.figures.services import save_draft

from . import hostile
from .canaries import TAIL, Canaries, marked_fields

PASSWORD = "green-river-7-boats"
TREE = (("T1", "township", "R"), ("V11", "village", "T1"), ("V12", "village", "T1"), ("S1", "school", "T1"), ("T2", "township", "R"), ("V21", "village", "T2"),
        ("V22", "village", "T2"), ("S2", "school", "R"))  # fmt: skip
TARGETS = {"own": "T1", "child": "V11", "sibling": "T2", "cousin": "V21", "top": "R"}
# role → (side: county code or '', role, place it is narrowed to)
ROLES = {
    "admin": ("aa", "county_admin", ""),
    "reporter": ("aa", "reporter", "T1"),
    "reviewer": ("aa", "reviewer", "T1"),
    "viewer": ("aa", "viewer", "T1"),
    "village": ("aa", "reporter", "V11"),
    "stranger": ("bb", "county_admin", ""),
    "partner": ("aa", "partner", ""),  # a bank's officer: he must meet nothing but his bank's rows
    "platform": ("", "platform_admin", ""),
}
SIBLINGS = {"sibling": ("aa", "reporter", "T2"), "second": ("aa", "county_admin", "")}  # whose rows and accounts the others must not reach
BY_LOCK = ("core_snapshot", "core_locked_document", "core_published_document")  # a lock writes them, and reads them again
SHAPES: dict[str, Any] = {"state": "draft", "kind": "import", "kind_then": "village", "org_type": "branch", "origin": "entered", "key": "ledger.k1",
    "comparator": ">=", "event": "move", "importer": "study_totals", "chapter": "service", "source": "entered",
    "category": "05", "industry": "01", "before": "applied", "after": "checked", "action": "start", "fields": "care",
    "verdict": "accepted", "difference": "own", "rule": "full"}  # fmt: skip
MODULES = ("study", "ledger", "loans", "chamber", "volunteers", "reform", "hostile", "leaky")


@dataclass
class World:
    """What the sweep acts upon. ids: county code → target → table → ids of its rows; places: county code → name → organization."""

    app: Any
    registry: Registry
    canaries: Canaries
    counties: dict[str, County] = field(default_factory=dict)
    places: dict[str, dict[str, int]] = field(default_factory=dict)
    users: dict[str, int] = field(default_factory=dict)
    path: Path = Path()
    pristine: Any = None
    watch: Any = None

    def ids(self, code: str, place: str, table: str) -> list[int]:
        """Ids of the rows of a table that belong to a place, the first ones first."""
        model = self.model(table)
        column = model._meta.columns.get(model.scope_column) and model.scope_column
        query = f'SELECT id FROM "{table}" WHERE county_id = ? AND "{column}" = ? ORDER BY id'
        return [i for (i,) in self.rows(query, (self.counties[code].id, self.places[code][place]))]

    def model(self, table: str) -> Any:
        return next(m for m in self.models() if m._meta.table_name == table)

    def models(self) -> list[Any]:
        """Every county-owned model of core and of the modules."""
        return [m for m in migrating.core_models() + self.registry.models() if issubclass(m, CountyModel)]

    def rows(self, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """Straight from the file, past all walls."""
        if self.watch is None:
            self.watch = sqlite3.connect(self.path, isolation_level=None)
        return self.watch.execute(sql, values).fetchall()

    def subtree(self, code: str, place: str) -> set[int]:
        """The organization and everything below it."""
        top = self.places[code][place]
        sql = "SELECT descendant_id FROM core_organization_closure WHERE ancestor_id = ?"
        return {i for (i,) in self.rows(sql, (top,))}

    def above(self, code: str, place: str) -> set[int]:
        """Every organization above it."""
        sql = "SELECT ancestor_id FROM core_organization_closure WHERE descendant_id = ? AND depth > 0"
        return {i for (i,) in self.rows(sql, (self.places[code][place],))}

    def keep(self) -> None:
        """Remember the database as it is."""
        self.pristine = sqlite3.connect(":memory:")
        with closing(sqlite3.connect(self.path)) as connection:
            connection.backup(self.pristine)

    def restore(self) -> None:
        """Put it back."""
        if not database.is_closed():
            database.close()
        with closing(sqlite3.connect(self.path)) as connection:
            self.pristine.backup(connection)


@contextmanager
def world_in(folder: Path, tail: str = TAIL) -> Iterator[World]:
    """The whole of it, in a fresh installation; the hasher costs nothing meanwhile."""
    before = passwords.set_hasher(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    registry = Registry().load_installed()
    for module in (hostile.SAFE, hostile.LEAKY):
        assert registry.add(module), registry.failures
    try:
        with installation(folder, registry):
            world = World(None, registry, Canaries(tail), path=folder / "youthpilot.db")
            for code, name in (("aa", "甲县"), ("bb", "乙县")):
                _county(world, code, name)
            _users(world)
            _states(world)
            _fill(world)
            _point_elsewhere(world)
            _mark_all(world)
            for code in world.counties:
                _locked(world, code)
            _mark_all(world, again=True)
            database.close()
            world.app = create_app(registry)
            assert not registry.failures, registry.failures
            world.keep()
            yield world
    finally:
        passwords.set_hasher(before)


def _county(world: World, code: str, name: str) -> None:
    county = create_county(code, name)
    world.counties[code], places = county, {}
    world.places[code] = places
    for module in MODULES:
        enable(world.registry, county, module, "建")
    with scoped(county_scope(county)):
        places["R"] = Organization.get(Organization.parent.is_null()).id
        for number, (short, kind, parent) in enumerate(TREE):
            org_type = "branch" if kind == "village" else "committee"
            values = {
                "code": f"{code}{number:03}",
                "name": f"{name}{short}",
                "short_name": short,
                "kind": kind,
                "org_type": org_type,
                "parent": places[parent],
            }
            places[short] = create(county.id, values | ({"school_stage": "primary"} if kind == "school" else {})).id
        narrowed = county_registry(world.registry, county)
        _study(county, places)
        _ledger(county)
        for period in ("2022H2", "2023H1"):
            open_period(county, period, None, narrowed, Clerk("建"), today=date(2023, 7, 3))
        opened = Period.get(Period.code == "2023H1")
        for short, kind, _parent in TREE:
            if kind != "class":
                save_draft(opened, places[short], {}, narrowed, Clerk("建"), {"practice": f"{code}{short}", "difficulty": f"{code}{short}"})
                add_evidence(opened, places[short], f"{short}.txt", f"{code} {short}".encode(), Clerk("建"))


def _states(world: World) -> None:
    """Every state of a form somewhere, so that what only one of them shows is shown."""
    from youthpilot.core.periods.models import Submission

    states = {"T1": "returned", "V11": "submitted", "V12": "draft", "T2": "submitted", "V21": "accepted", "V22": "returned"}
    with unscoped("sweep: states"):
        for places in world.places.values():
            for short, state in states.items():
                Submission.update(state=state, submitted_at=now(), reviewed_at=now()).where(Submission.organization == places[short]).execute()


def _study(county: County, places: dict[str, int]) -> None:
    from youthpilot.plugins.study import services

    issue = services.add_issue(2023, 1, date(2023, 1, 2), date(2023, 1, 8))
    services.add_issue(2023, 2, date(2023, 1, 9), date(2023, 1, 15))
    for short, place in places.items():
        made = services.add_members(
            [{"organization_id": place, "person_key": f"{county.code}{short}", "name": f"{county.code}{short}", "number": short}]
        )
        services.set_roster(issue, {place: 3}, date(2023, 1, 8))
        services.record_learners(issue, [services.Learner(place, person) for person in made.values()])


def _ledger(county: County) -> None:
    from youthpilot.plugins.ledger import services

    figure = services.define_figure("flow", services.Definition("推送", "篇", "篇数", asked_of=("township", "village")), date(2022, 7, 1), "建")
    services.add_sentence(services.Wording("service", "推送", f"共推送{{{figure.key}}}篇"), date(2022, 7, 1), [figure.key], "建")


def _users(world: World) -> None:
    for name, (code, role, place) in {**ROLES, **SIBLINGS}.items():
        county = world.counties.get(code)
        mark = world.canaries.text("core_user", "display_name", len(world.users), county.id if county else None, None)
        user = create_user(name, f"户{len(world.users)}", PASSWORD, must_change=False)
        user.display_name = mark
        user.save()
        grant_role(user, role, county, world.places[code][place] if place else None)
        world.users[name] = user.id


# whatever the services did not write ----------------------------------------------------------------------------------


def _fill(world: World) -> None:
    """A row of every county-owned table for every place (for tables of the county: for its root)."""
    with unscoped("sweep: fill every table"):
        for _round in range(2):  # a table may refer to one that is filled later
            for model in world.models():
                if model._meta.table_name.startswith(BY_LOCK):
                    continue
                if model.scope_column == "organization_id":
                    for code, places in world.places.items():
                        for place in [places["R"]] if model.readable_from == "county" else places.values():
                            _row(model, world.counties[code].id, place)
                elif model.scope_column == "county_id":
                    for county in world.counties.values():
                        _row(model, county.id, None)


def _point_elsewhere(world: World) -> None:
    """What a module's row of the whole county points to belongs to one township: the others may read the row, not what is behind it."""
    with unscoped("sweep: rows of the county point to one township's"):
        for model in [m for m in world.registry.models() if issubclass(m, CountyModel) and m.readable_from == "county"]:
            for item in model._meta.sorted_fields:
                behind = item.rel_model if isinstance(item, ForeignKeyField) else None
                if behind is None or item.name in ("county", "organization") or behind.readable_from == "county" or model.append_only:
                    continue
                for code, county in world.counties.items():
                    found = behind.get(behind.organization == world.places[code]["T2"])
                    assert model.update({item: found.id}).where(model.county == county).execute(), (model, item)


def _row(model: Any, county: int, place: int | None) -> None:
    own = (model.county == county) & ((model.organization == place) if place else True)
    if model.select().where(own).exists():
        return
    values: dict[str, Any] = {}
    for item in model._meta.sorted_fields:
        if item.name == "id" or item.default is not None and not isinstance(item, JsonField):
            continue
        value = _value(model, item, county, place)
        if value is _MISSING:
            return
        values[item.name] = value
    try:
        with transaction():
            model.create(**values)
    except IntegrityError:  # one row of this kind for the county, and it is there
        return


_MISSING = object()


def _value(model: Any, item: Any, county: int, place: int | None) -> Any:
    if item.name == "county":
        return county
    if item.name == "organization" and place:
        return place
    if isinstance(item, ForeignKeyField):
        return None if item.null else _referred(item.rel_model, county, place)
    if item.null and item.name.endswith(("_on", "_id", "_at")):
        return None
    if isinstance(item, UtcDateTimeField):
        return now()
    if isinstance(item, DateField):
        return date(2023, 5, 1)
    if isinstance(item, JsonField):
        return {}
    if isinstance(item, DecimalTextField | IntegerField | BooleanField):
        return None if item.null else (place or 1) if _alone(model, item) else 1
    if isinstance(item, CharField | TextField) and item.choices:
        return next(k for k, _word in item.choices if k)
    return SHAPES.get(item.name, f"{item.name}{place or county if _alone(model, item) else ''}")


def _alone(model: Any, item: Any) -> bool:
    """True if another row of the county must not have the same value there."""
    return any(unique and item.name in names for names, unique in model._meta.indexes)


def _referred(model: Any, county: int, place: int | None) -> Any:
    same = model.select().where(model.county == county).order_by(model.id.desc()) if "county" in model._meta.fields else model.select()
    if place and "organization" in model._meta.fields:
        found = same.where(model.organization == place).first()
        if found is not None:
            return found
    return same.first() or _MISSING


# marks ----------------------------------------------------------------------------------------------------------------


def _mark_all(world: World, again: bool = False) -> None:
    """A mark in every text column that has none yet. Append-only tables are changed behind their triggers."""
    connection = sqlite3.connect(world.path)
    triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _sql in triggers:
        connection.execute(f'DROP TRIGGER "{name}"')
    with unscoped("sweep: mark every text"):
        for model in world.models():
            fields = marked_fields(model)
            for row in model.select():
                marked = {f.name: world.canaries.of(model, row, f.name, False) for f in fields if "cnr" not in str(getattr(row, f.name))}
                for name, text in marked.items():
                    own = model._meta.fields[name]
                    connection.execute(f'UPDATE "{model._meta.table_name}" SET "{own.column_name}" = ? WHERE id = ?', (own.db_value(text), row.id))
            _mark_json(world, model, connection)
    if not again:
        for code, county in world.counties.items():
            texts = {n: world.canaries.text("core_county", n, county.id, county.id, None, True) for n in ("name", "committee_name")}
            connection.execute("UPDATE core_county SET name = ?, committee_name = ? WHERE code = ?", (*texts.values(), code))
    for _name, sql in triggers:
        connection.execute(sql)
    connection.commit()
    connection.close()
    if not again:
        _mark_audit(world)


def _mark_json(world: World, model: Any, connection: Any) -> None:
    """Texts inside JSON: what a form says, what a batch warned of, what a job works on, a row as it was."""
    import json

    fields = {"core_submission": "texts", "core_before_image": "before", "core_submission_event": "figures"}
    table = model._meta.table_name
    if table not in fields:
        return
    for row in model.select():
        name = fields[table]
        if "cnr" in json.dumps(getattr(row, name)):
            continue
        keys = ("practice", "difficulty", "source") if name == "texts" else ("name", "note")
        value = json.dumps({k: world.canaries.of(model, row, f"{name}.{k}", False) for k in keys}, ensure_ascii=False)
        connection.execute(f'UPDATE "{table}" SET "{name}" = ? WHERE id = ?', (value, row.id))


def _mark_audit(world: World) -> None:
    """Acts of every county and of every place, as the log would hold them."""
    from youthpilot.core.audit.services import record

    for code, county in world.counties.items():
        for place in world.places[code].values():
            marks = {n: world.canaries.text("core_audit", n, 0, county.id, place) for n in ("object_name", "reason", "actor")}
            record(
                "organization.change", object_type="organization", object_id=place, county_id=county.id, organization_id=place, actor_id=1, **marks
            )


def _locked(world: World, code: str) -> None:
    """The half-year before is locked and published, with the marks in what it stores."""
    county = County.get(County.code == code)
    narrowed = county_registry(world.registry, county)
    with scoped(county_scope(county)):
        period = Period.get(Period.code == "2022H2")
        lock(period, narrowed, Clerk("建"), reason="测")
        publish(Period.get_by_id(period.id), narrowed, Clerk("建"), "测")
