"""Fixtures that everybody uses: a fresh database with all tables, a county with its root, a throw-away PostgreSQL; --programme and CI."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

sys.path.insert(0, str(Path(__file__).parents[1]))  # the benchmarks, whatever starts pytest

from benchmarks.cluster import cluster, programs
from youthpilot.core.kernel.db import database
from youthpilot.core.kernel.engines import open_database
from youthpilot.core.kernel.i18n import register_translations, shipped_folders
from youthpilot.core.kernel.keyfiles import make_keys
from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.core.migrating import upgrade
from youthpilot.core.registry import Registry

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "build" / "programme.json"


@pytest.fixture(autouse=True)
def _the_log_as_it_was():
    """A command that a test runs in this process writes its log as lines of its own; the next test finds it as it was."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


# ways of running -----------------------------------------------------------------------------------------------------


def pytest_configure():
    """Errors in the log as plain tracebacks: the default renders every local variable, an import's thousands of rows too.

    Our modules' words are known before a registry loads them, so that a test of pure rules needs no other test before it.
    A kept result that reads what nobody counts raises (elsewhere it is only not kept).
    """
    for folder in shipped_folders():
        if folder.parent.parent.name == "plugins":
            register_translations(folder.parent.name, folder)
    os.environ["YOUTHPILOT_STRICT"] = "1"
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], plain])


def pytest_addoption(parser):
    parser.addoption("--programme", action="store_true", help="Also run the long counts and write build/programme.json.")


def pytest_collection_modifyitems(config, items):
    """Long counts are left out, not skipped, unless --programme asks for them."""
    if not config.getoption("--programme"):
        left_out = [i for i in items if i.get_closest_marker("programme")]
        if left_out:
            config.hook.pytest_deselected(items=left_out)
            items[:] = [i for i in items if not i.get_closest_marker("programme")]


def _no_skips(report):
    """With CI=1 a skip is a failure: what is not run proves nothing."""
    if os.environ.get("CI") == "1" and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped although CI=1: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    return _no_skips((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    return _no_skips((yield))


def pytest_terminal_summary(terminalreporter, config):
    """`make programme`: what each long count measured (record_property), how long it took and how it ended."""
    if not config.getoption("--programme"):
        return
    found = {}
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            if report.when == "call":
                found[report.nodeid] = {"outcome": outcome, "seconds": round(report.duration, 2), **dict(report.user_properties)}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(found, ensure_ascii=False, indent=2, sort_keys=True, default=str) + "\n", encoding="utf-8")
    terminalreporter.write_line(f"results written to {RESULTS.relative_to(ROOT)}")


# a fresh installation ------------------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A fresh YOUTHPILOT_HOME with its keys; the business day is 2023-07-03."""
    monkeypatch.setenv("YOUTHPILOT_HOME", str(tmp_path))
    monkeypatch.setenv("YOUTHPILOT_TODAY", "2023-07-03")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    make_keys()
    return tmp_path


@pytest.fixture
def registry() -> Registry:
    """All installed modules, freshly loaded."""
    return Registry().load_installed()


@pytest.fixture
def db(home, registry) -> Iterator[object]:
    """A fresh SQLite file with every table of core and of the installed modules."""
    open_database(f"sqlite:///{home / 'youthpilot.db'}")
    database.connect(reuse_if_open=True)
    upgrade(registry)
    yield database
    database.close()


@pytest.fixture
def county(db):
    """试验县 with its root organization; no scope is set."""
    from youthpilot.core.organizations.founding import create_county

    return create_county("test", "试验县")


@pytest.fixture
def in_county(county) -> Iterator[object]:
    """The same with the whole county in scope."""
    with scoped(county_scope(county)):
        yield county


# the demonstration ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def demo_source(tmp_path_factory) -> Path:
    """A YOUTHPILOT_HOME with the demonstration of the default seed, built once by its own command for all workers. Do not write into it."""
    import fcntl

    shared = tmp_path_factory.getbasetemp()
    shared = (shared.parent if os.environ.get("PYTEST_XDIST_WORKER") else shared) / "demonstration"
    with (shared.parent / "demonstration.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "built").exists():
            command = [sys.executable, "-c", "from youthpilot.core.cli import main; main()", "demo", "--no-serve"]
            done = subprocess.run(command, env=demo_env(shared), capture_output=True, text=True, timeout=280)
            assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
            (shared / "built").touch()
    return shared


@pytest.fixture
def demo_home(demo_source, tmp_path) -> Path:
    """A copy of the demonstration that a test may change."""
    target = tmp_path / "demo"
    shutil.copytree(demo_source, target)
    return target


def demo_env(home: Path) -> dict[str, str]:
    """The environment of a process on a demonstration's home."""
    kept = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL",)}
    return {**kept, "YOUTHPILOT_HOME": str(home), "YOUTHPILOT_TODAY": "2023-07-03"}


# examples and PostgreSQL ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def example_module():
    """The one-file module of docs/write-a-plugin.md."""
    name = "youthpilot_library"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, ROOT / "tests" / "examples" / "rural_library" / f"{name}.py")
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A throw-away cluster on a unix socket, with a database owned by `owner`; skipped where PostgreSQL is not installed."""
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    with cluster(found) as url:
        yield url
