"""A small county in a fresh database: a township with two villages, a school with two class branches, a second township."""

from datetime import date
from types import SimpleNamespace

import pytest

from youthpilot.core import Organization, OrganizationClosure, create_statements, run, scoped
from youthpilot.core.clock import now
from youthpilot.core.counties.models import County
from youthpilot.core.db import database, open_database
from youthpilot.core.migrating import core_models
from youthpilot.core.scope import county_scope, unscoped
from youthpilot.plugins.study import services
from youthpilot.plugins.study.tables import MODELS

TREE = {
    "R": ("", "county", "leading_organ"),
    "T1": ("R", "township", "committee"),
    "V1": ("T1", "village", "branch"),
    "V2": ("T1", "village", "branch"),
    "S1": ("R", "school", "committee"),
    "C1": ("S1", "class", "branch"),
    "C2": ("S1", "class", "branch"),
    "T2": ("R", "township", "committee"),
    "V3": ("T2", "village", "branch"),
}


def grow(county, prefix="", extra=0):
    """Organizations by code, with their closure."""
    org, above = {}, {}
    tree = dict(TREE) | {f"X{i}": ("S1", "class", "branch") for i in range(extra)}
    for code, (parent, kind, org_type) in tree.items():
        org[code] = Organization.create(
            county=county,
            code=prefix + code,
            name=f"{code}团组织",
            short_name=code,
            kind=kind,
            org_type=org_type,
            parent=org[parent].id if parent else None,
        )
        above[code] = [*above.get(parent, []), code]
        for depth, a in enumerate(reversed(above[code])):
            OrganizationClosure.create(county=county, ancestor=org[a], descendant=org[code], depth=depth)
    return {c: o.id for c, o in org.items()}


@pytest.fixture
def world(tmp_path, monkeypatch):
    monkeypatch.setenv("YOUTHPILOT_HOME", str(tmp_path))
    monkeypatch.setenv("YOUTHPILOT_TODAY", "2023-07-03")
    open_database(f"sqlite:///{tmp_path / 'study.db'}")
    database.connect()
    with unscoped("test"):
        for model in [*core_models(), *MODELS]:
            run(create_statements(model))
        counties = [County.create(code=c, name=c, committee_name=c, created_at=now()) for c in ("demo", "other")]
        org = grow(counties[0])
        grow(counties[1])
    with scoped(county_scope(counties[0])):
        yield SimpleNamespace(county=counties[0], other=counties[1], org=org)
    database.close()


@pytest.fixture
def issue(world):
    return services.add_issue(2023, 19, date(2023, 5, 1), date(2023, 5, 7))


@pytest.fixture
def people(world):
    """Seven names in V1, two in V2, three in C1: (code, index) → member id."""
    rows = [(c, i) for c, n in (("V1", 7), ("V2", 2), ("C1", 3)) for i in range(n)]
    keys = services.add_members([{"organization_id": world.org[c], "person_key": f"{c}-{i}", "name": "王" + "甲乙丙丁戊己庚"[i]} for c, i in rows])
    return {(c, i): keys[world.org[c], f"{c}-{i}"] for c, i in rows}
