"""Modules from distributions of their own: a good one in one file, and four that misbehave beside it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
EXAMPLE = HERE.parent / "examples" / "rural_library"
CLI = "from youthpilot.core.cli import main; main()"
CARD = "from youthpilot.core import Plugin, hookimpl\nPLUGIN = Plugin(name={name!r}, title={title!r}, requires='2')\n"
MISBEHAVING = {
    "crash": "raise RuntimeError('crashes at import')\n",
    "leaver": "raise SystemExit(9)\n",
    "panelist": CARD.format(name="panelist", title="坏看板")
    + "@hookimpl\ndef county_panels(county, period, today):\n    raise ValueError('no panel')\n",
    "squatter": CARD.format(name="squatter", title="占别人的表")
    + "from peewee import CharField\nfrom youthpilot.core import OrganizationRow\n"
    + "class Row(OrganizationRow):\n    name = CharField()\n    class Meta:\n        table_name = 'study_stolen'\n"
    + "@hookimpl\ndef register_models():\n    return [Row]\n",
}
PLAIN = "这一块暂时显示不出来"


def install(target: Path) -> None:
    """The example by pip, from its own pyproject.toml; the misbehaving ones as pip would leave them."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation", "--no-index"]
    copy = target.parent / "rural_library"
    copy.mkdir()
    for file in EXAMPLE.iterdir():
        if file.is_file():
            (copy / file.name).write_bytes(file.read_bytes())
    done = subprocess.run([*pip, "--target", str(target), str(copy)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    for name, code in MISBEHAVING.items():
        (target / f"youthpilot_{name}.py").write_text(code, encoding="utf-8")
        card = target / f"youthpilot_{name}-1.0.dist-info"
        card.mkdir()
        (card / "METADATA").write_text(f"Metadata-Version: 2.1\nName: youthpilot-{name}\nVersion: 1.0\n")
        (card / "entry_points.txt").write_text(f"[youthpilot.plugins]\n{name} = youthpilot_{name}\n")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """run(*arguments) → what the command says, in an installation with all of them; two counties, the module enabled in the first."""
    folder = tmp_path_factory.mktemp("third_party")
    target, home = folder / "site", folder / "home"
    install(target)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(target), os.environ.get("PYTHONPATH", "")]),
        "YOUTHPILOT_HOME": str(home),
        "YOUTHPILOT_TODAY": "2023-07-03",
        "DATABASE_URL": "",
    }

    def run(*arguments, script=("-c", CLI), ok=True):
        done = subprocess.run([sys.executable, *script, *arguments], env=environment, capture_output=True, text=True, timeout=120, cwd=folder)
        assert not ok or done.returncode == 0, f"{arguments}\n{done.stdout}\n{done.stderr}"
        return done

    first = run("db", "up")
    assert "library:0001_initial" in first.stdout
    run("init")
    for code, name in (("aa", "甲县"), ("bb", "乙县")):
        run("county", "add", code, name)
    for name in ("library", "panelist"):
        run("plugin", "enable", name, "--county", "aa")
    run("fill", script=(str(HERE / "drive.py"),))
    for code in ("aa", "bb"):
        run("period", "open", "--county", code, "2023H1")
    return run


def browse(site, *pages):
    return json.loads(site("browse", *pages, script=(str(HERE / "drive.py"),)).stdout.splitlines()[-1])


def test_its_indicator_is_in_the_figures_of_the_county_that_enabled_it_and_nowhere_in_the_other(site):
    found = {}
    for code in ("aa", "bb"):
        rows = json.loads(site("figures", "--county", code, "--period", "2023H1", "--format", "json").stdout)
        found[code] = {row["key"]: (row["module"], row["value"], row["unit"]) for row in rows}
    assert found["aa"]["library.visitors"] == ("library", 37, "人次")
    assert "library.visitors" not in found["bb"] and "study.participations" in found["bb"]


def test_its_sentence_is_in_the_report_of_that_county_only(site, tmp_path):
    texts = {}
    for code in ("aa", "bb"):
        for form in ("json", "html"):
            out = tmp_path / f"{code}.{form}"
            site("report", "--county", code, "--period", "2023H1", "--format", form, "-o", str(out))
            texts[code, form] = out.read_text(encoding="utf-8")
    assert "library.visitors" in texts["aa", "json"] and "农家书屋接待借阅" in texts["aa", "html"] and "37人次" in texts["aa", "html"]
    assert all("农家书屋" not in texts["bb", form] for form in ("json", "html"))
    again = tmp_path / "again.html"
    site("plugin", "disable", "library", "--county", "aa")
    site("report", "--county", "aa", "--period", "2023H1", "--format", "html", "-o", str(again))
    site("plugin", "enable", "library", "--county", "aa")
    assert "农家书屋" not in again.read_text(encoding="utf-8")


def test_what_misbehaves_at_load_is_recorded_and_everything_else_works(site, tmp_path):
    listed = site("plugin", "list", "--county", "aa").stdout
    for name, reason in (("crash", "crashes at import"), ("leaver", "SystemExit"), ("squatter", "study_stolen")):
        line = next(line for line in listed.splitlines() if line.startswith(f"{name}\t"))
        assert reason in line, line
    assert "library\t农家书屋" in listed and "study\t青年大学习" in listed
    assert site("check", ok=False).returncode == 1  # the failures are findings
    assert "核对无误" in site("backup", str(tmp_path / "a.tar")).stdout
    restored = site("restore", str(tmp_path / "a.tar"), ok=False)  # ends with `check`
    assert restored.returncode == 1 and "已恢复" in restored.stdout and "crashes at import" in restored.stdout
    bare = site("--no-plugins", "county", "list").stdout
    assert "甲县" in bare


def test_a_panel_that_raises_shows_a_plain_message_and_is_suspended_after_three(site):
    first = browse(site, "/c/aa/", "/c/bb/")
    (status, home), (other_status, other) = first["pages"]
    assert (status, other_status) == (200, 200)
    assert "共 2 天有记录" in home and PLAIN in home and "no panel" not in home and "Traceback" not in home
    assert "天有记录" not in other  # there it is a switch that is off, nothing more
    assert set(first["failures"]) == {"crash", "leaver", "squatter"}
    later = browse(site, "/c/aa/", "/c/aa/", "/c/aa/", "/c/aa/modules/")
    assert [status for status, _text in later["pages"]] == [200] * 4
    assert "panelist" not in later["aa"] and "library" in later["aa"] and "no panel" in later["aa suspended"]["panelist"]
    assert set(map(tuple, later["faults"])) == {("panelist", "county_panels")}
    home, modules = later["pages"][2][1], later["pages"][3][1]
    assert PLAIN not in home and "共 2 天有记录" in home and "坏看板" in modules
