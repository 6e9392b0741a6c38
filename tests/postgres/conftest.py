"""A fresh, migrated database of its own in the throw-away cluster, for each test; `db` means PostgreSQL in this folder."""

import importlib.util
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from youthpilot.core.registry import Registry
from youthpilot.core.testing import installation

TESTS = Path(__file__).parents[1]
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def template(postgres_url, tmp_path_factory) -> str:
    """The name of a database with every table, to be copied: migrating anew for each test would take half a second."""
    from youthpilot.core.kernel.db import database, raw_allowed

    _server(postgres_url, "CREATE DATABASE migrated")
    with installation(tmp_path_factory.mktemp("template"), Registry().load_installed(), postgres_url.replace("/postgres", "/migrated")):
        with raw_allowed():
            database.execute_sql("TRUNCATE core_key_fingerprint")  # each copy of it takes the keys of its own home
        database.obj.close_all()
    return "migrated"


@pytest.fixture
def empty_url(postgres_url) -> Iterator[str]:
    """The address of an empty database."""
    yield from _database(postgres_url, "template1")


@pytest.fixture
def migrated_url(postgres_url, template) -> Iterator[str]:
    """The address of a database with every table."""
    yield from _database(postgres_url, template)


@pytest.fixture
def postgres(migrated_url, tmp_path, registry) -> Iterator[object]:
    """The same, opened."""
    from youthpilot.core.kernel.db import database

    with installation(tmp_path, registry, migrated_url):
        yield database
        database.obj.close_all()


@pytest.fixture
def db(postgres):
    """What the tests of the other folders ask for."""
    return postgres


def _database(url: str, source: str) -> Iterator[str]:
    name = f"t{next(_numbers)}"
    _server(url, f"CREATE DATABASE {name} TEMPLATE {source}")
    yield url.replace("/postgres", f"/{name}")
    _server(url, f"DROP DATABASE {name} WITH (FORCE)")


def _server(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(statement)


def same_tests(path: str, without: tuple[str, ...] = ()) -> dict[str, object]:
    """The tests and fixtures of another test file, to be run here too, on PostgreSQL."""
    _helpers()
    spec = importlib.util.spec_from_file_location("on_postgres_" + path.replace("/", "_").removesuffix(".py"), TESTS / path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    wanted = {n: v for n, v in vars(module).items() if n.startswith("test_") or type(v).__name__ == "FixtureFunctionDefinition"}
    assert wanted and set(without) <= set(wanted), path
    return {name: value for name, value in wanted.items() if name not in without}


sys.modules["same_on_postgres"] = sys.modules[__name__]  # how the files beside this one find same_tests


def _helpers() -> object:
    """tests/plugins/figures_world.py, which those files use."""
    if "figures_world" not in sys.modules:
        spec = importlib.util.spec_from_file_location("figures_world", TESTS / "plugins" / "figures_world.py")
        sys.modules["figures_world"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["figures_world"])
    return sys.modules["figures_world"]


@pytest.fixture
def world(in_county):
    """The small county of tests/plugins/figures_world.py."""
    return _helpers().build(in_county)
