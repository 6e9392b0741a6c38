"""A county with other sizes and names, entered by importers only: no demonstration code, other figures, right ones."""

import csv
import json
import os
import random
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

TOWNSHIPS, VILLAGES, MEMBERS = 7, 5, 110  # villages per township, members per village
START, END = date(2023, 1, 1), date(2023, 6, 30)


def run(home: Path, *words: object, code: int = 0) -> str:
    env = {**{k: v for k, v in os.environ.items() if k != "DATABASE_URL"}, "YOUTHPILOT_HOME": str(home), "YOUTHPILOT_TODAY": "2023-07-03"}
    line = [sys.executable, "-c", "from youthpilot.core.cli import main; main()", *map(str, words)]
    done = subprocess.run(line, env=env, capture_output=True, text=True, timeout=200)
    assert done.returncode == code, done.stdout[-2000:] + done.stderr[-3000:]
    return done.stdout + (done.stderr if code else "")


def workbook(path: Path, rows: list[list[object]]) -> Path:
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            sheet.write_string(at, column, str(value)) if not isinstance(value, int) else sheet.write_number(at, column, value)
    book.close()
    return path


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    """青川县 after all imports; home, files and the truth they hold."""
    home, draw = tmp_path_factory.mktemp("qingchuan"), random.Random(7)
    run(home, "init")
    run(home, "county", "add", "qingchuan", "青川县")
    run(home, "plugin", "enable", "study", "--county", "qingchuan")
    organizations = [["组织编码", "组织全称", "组织类型", "单位类别", "上级组织", "团员数", "最近换届日期"]]
    cadres = [["姓名", "性别", "出生日期", "团组织", "职务", "任职日期"]]
    births: dict[str, list[date]] = {"township": [], "village": []}
    learners = []
    for t in range(TOWNSHIPS):
        town = f"青山{t + 1}乡团委"
        organizations.append([f"0{t}", town, "团委", "镇", "", "", "2021-05-10"])
        births["township"].append(date(draw.randrange(1990, 1999), draw.randrange(1, 13), draw.randrange(1, 28)))
        cadres.append([f"乡书记{t}", "女", births["township"][-1].isoformat(), town, "书记", "2021-05-10"])
        for v in range(VILLAGES):
            village = f"青山{t + 1}乡水源{v + 1}村团支部"
            organizations.append([f"0{t}.{v}", village, "团支部", "村", town, MEMBERS, "2021-06-01"])
            births["village"].append(date(draw.randrange(1980, 1996), draw.randrange(1, 13), draw.randrange(1, 28)))
            cadres.append([f"村书记{t}{v}", "男", births["village"][-1].isoformat(), village, "书记", "2021-06-01"])
            learners += [[village, f"学员{t}{v}{n:03d}", "2023-02-08"] for n in range(draw.randrange(40, MEMBERS))]
    files = {
        "organizations.organizations": workbook(home / "organizations.xlsx", organizations),
        "cadres.posts": workbook(home / "cadres.xlsx", cadres),
        "cadres.last_term_totals": workbook(
            home / "terms.xlsx",
            [
                ["类型", "换届日期", "上届年龄合计", "上届人数"],
                ["镇", "2021-05-10", TOWNSHIPS * 31, TOWNSHIPS],
                ["村", "2021-06-01", TOWNSHIPS * VILLAGES * 40, TOWNSHIPS * VILLAGES],
            ],
        ),
    }
    for importer, file in files.items():
        run(home, "import", importer, file, "--county", "qingchuan", "--reason", "新县首次导入")
    csv_file = home / "第3期.csv"
    with csv_file.open("w", encoding="gb18030", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["青川县“青年大学习”2023年第3期参学名单", "", ""])
        writer.writerow(["团组织", "姓名", "学习时间"])
        writer.writerows(learners)
        writer.writerow([f"合计：{len(learners)}人", "", ""])
    return home, csv_file, births, learners


def mean(births: list[date], on: date) -> tuple[int, int]:
    return sum(on.year - b.year - ((on.month, on.day) < (b.month, b.day)) for b in births), len(births)


def test_a_county_entered_by_importers_only_comes_out_right(county):
    home, csv_file, births, learners = county
    run(home, "study", "add", "--county", "qingchuan", "2023", "3", "2023-02-06")
    first = run(home, "import", "study_learners", csv_file, "--county", "qingchuan", "--option", "issue=2023年第3期", "--reason", "尚未导入花名册")
    assert str(len(learners)) in first.replace(",", "")
    size = (home / "youthpilot.db").stat().st_size
    again = run(home, "import", "study_learners", csv_file, "--county", "qingchuan", "--option", "issue=2023年第3期", "--reason", "再导一次")
    assert "新增 0" in again and (home / "youthpilot.db").stat().st_size <= size * 1.05
    run(home, "period", "open", "--county", "qingchuan", "2023H1")
    rows = json.loads(run(home, "figures", "--county", "qingchuan", "--period", "2023H1", "--format", "json"))
    found = {r["key"]: r for r in rows}
    assert found["study.participations"]["value"] == len(learners)
    assert found["organizations.registered"]["value"] == TOWNSHIPS * (1 + VILLAGES)
    assert found["organizations.members"]["value"] == TOWNSHIPS * VILLAGES * MEMBERS
    for level, kind in (("township", "township"), ("village", "village")):
        figure = found[f"cadres.{level}_secretary_mean_age"]
        assert (figure["numerator"], figure["denominator"]) == mean(births[kind], END)
    assert found["cadres.township_secretary_mean_age_previous"]["value"] == 31
    down = all(mean(births[k], END)[0] / mean(births[k], END)[1] < before for k, before in (("township", 30.95), ("village", 39.95)))
    assert found["cadres.mean_age_both_down"]["value"] is down
    target = home / "report.md"
    run(home, "report", "--county", "qingchuan", "--period", "2023H1", "--format", "md", "-o", target)
    text = target.read_text(encoding="utf-8")
    assert "共青团青川县委员会" in text and f"{found['cadres.township_secretary_mean_age']['value']}岁" in text and ("双下降" in text) is down


def test_a_file_with_bad_cells_names_each_and_stores_nothing(county, tmp_path):
    home, *_rest = county
    bad = workbook(
        tmp_path / "bad.xlsx",
        [
            ["姓名", "出生日期", "团组织", "职务", "任职日期"],
            ["甲", "1999-02-30", "青山1乡团委", "书记", "2022-01-01"],
            ["乙", "1999-02-03", "没有这个乡团委", "总书记", "2022-01-01"],
        ],
    )
    before = run(home, "figures", "--county", "qingchuan", "--period", "2023H1", "--format", "json")
    said = run(home, "import", "cadres.posts", bad, "--county", "qingchuan", code=1)
    for cell in ("1999-02-30", "没有这个乡团委", "总书记"):
        assert cell in said
    assert run(home, "figures", "--county", "qingchuan", "--period", "2023H1", "--format", "json") == before
