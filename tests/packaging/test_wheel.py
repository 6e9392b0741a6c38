"""The wheel, installed in an environment of its own: it migrates, serves Chinese pages, and nothing of the source is missing in it."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import urllib.request
import zipfile
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARTS = ("core", "plugins", "admin", "templates")
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]


def run(*command, **more):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=240, **more)
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def sources() -> set[str]:
    """Every file of the four parts that belongs to the product (no caches, no compiled catalogues, no notes for developers)."""
    found = [
        p
        for part in PARTS
        for p in (ROOT / part).rglob("*")
        if p.is_file() and "__pycache__" not in p.parts and p.suffix not in (".mo", ".pyc", ".md")
    ]
    return {p.relative_to(ROOT).as_posix() for p in found}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built from a copy, so that nothing is left in the source tree."""
    folder = tmp_path_factory.mktemp("wheel")
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / "src" / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.py", "pyproject.toml", "LICENSE", "README.md"):
        shutil.copy(ROOT / name, folder / "src" / name)
    run(*PIP, "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", folder / "out", folder / "src")
    return next((folder / "out").glob("youthpilot-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """bin folder of a fresh environment with the wheel; its dependencies are those of this one, by a .pth file."""
    folder = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "venv", "--without-pip", folder / "env")
    run(*PIP, "--python", folder / "env/bin/python", "install", "--quiet", "--no-deps", "--no-index", wheel)
    site = next((folder / "env/lib").glob("python3*/site-packages"))
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder


def environment(folder):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "YOUTHPILOT", "DATABASE", "VIRTUAL_ENV"))}
    return {**kept, "YOUTHPILOT_HOME": str(folder / "home")}


def test_nothing_of_the_source_is_missing_in_the_wheel(wheel):
    inside = {name.removeprefix("youthpilot/") for name in zipfile.ZipFile(wheel).namelist() if name.startswith("youthpilot/")}
    assert sources() - inside == set()
    kinds = {Path(name).suffix for name in inside}
    assert {".py", ".html", ".css", ".js", ".svg", ".po", ".typed"} <= kinds
    assert {"core/migrations/0001_initial.py", "plugins/study/migrations/0001_initial.py"} <= inside
    assert not any(name.startswith(("tests", "docs", "build")) for name in inside)


def test_nothing_else_lands_beside_the_package(wheel):
    """A literal `core` or `admin` in site-packages would collide with anybody's."""
    assert {name.split("/")[0].split("-")[0] for name in zipfile.ZipFile(wheel).namelist()} == {"youthpilot"}


@contextmanager
def serving(folder):
    server = subprocess.Popen(
        [folder / "env/bin/youthpilot", "serve", "--port", "0"],
        env=environment(folder),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        lines = []
        for line in server.stdout:
            lines.append(line)
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            if found:
                yield found[0]
                break
        else:
            pytest.fail("it did not serve: " + "".join(lines))
    finally:
        server.terminate()
        server.wait(20)
    assert server.returncode == 0  # SIGTERM is a way to stop, not a crash


def test_installed_elsewhere_it_migrates_and_serves_in_chinese(installed):
    where = run(
        installed / "env/bin/python", "-c", "import youthpilot.core; print(youthpilot.core.__file__)", env=environment(installed), cwd=installed
    )
    assert where.startswith(str(installed))
    command = [installed / "env/bin/youthpilot"]
    applied = run(*command, "db", "up", env=environment(installed), cwd=installed)
    assert "core:0001_initial" in applied and "study:0001_initial" in applied and "ledger:0001_initial" in applied
    run(*command, "init", env=environment(installed), cwd=installed)
    run(*command, "county", "add", "test", "试验县", env=environment(installed), cwd=installed)
    run(*command, "check", env=environment(installed), cwd=installed)
    with serving(installed) as address:
        page = urllib.request.urlopen(address + "/").read().decode()
        assert 'lang="zh-CN"' in page and "登录" in page and "用户名" in page
        assert not re.search(r">\s*[A-Za-z]{4,}[^<]*<", re.sub(r"(?s)<(script|style).*?</\1>|<title>.*?</title>", "", page)), (
            "English words on the page"
        )
        for asset in re.findall(r'(?:href|src)="(/static/[^"]+)"', page):
            assert urllib.request.urlopen(address + asset).status == 200, asset
        assert urllib.request.urlopen(address + "/healthz").status == 200
