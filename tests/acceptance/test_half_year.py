"""A real county's half-year: the figures of the acceptance file come out of rows, follow the rows, and stay once they are locked."""

import csv
import json
import os
import sqlite3
import subprocess
import sys
from datetime import date
from pathlib import Path

import docx
import pytest

ACCEPTANCE = Path(__file__).with_name("half_year_figures.csv")
MODULES = ("core", "study", "loans", "chamber", "volunteers")
PARTICIPATIONS, TOWNSHIP, VILLAGE = "study.participations", "cadres.township_secretary_mean_age", "cadres.village_secretary_mean_age"


def run(home: Path, *words: str, **more: str) -> str:
    """Standard output of a youthpilot command on a home."""
    env = {**{k: v for k, v in os.environ.items() if k != "DATABASE_URL"}, "YOUTHPILOT_HOME": str(home), "YOUTHPILOT_TODAY": "2023-07-03", **more}
    done = subprocess.run(
        [sys.executable, "-c", "from youthpilot.core.cli import main; main()", *words], env=env, capture_output=True, text=True, timeout=280
    )
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr[-3000:]
    return done.stdout


def figures(home: Path, **more: str) -> dict[str, dict]:
    """key → record of `figures --format json`."""
    rows = json.loads(run(home, "figures", "--county", "demo", "--period", "2023H1", "--format", "json", **more))
    return {row["key"]: row for row in rows}


def report(home: Path, kind: str = "md", **more: str) -> str:
    """The report's text."""
    target = home / f"report.{kind}"
    run(home, "report", "--county", "demo", "--period", "2023H1", "--format", kind, "-o", str(target), **more)
    return target.read_text(encoding="utf-8") if kind != "docx" else "\n".join(p.text for p in docx.Document(str(target)).paragraphs)


def sql(home: Path, statement: str, *values: object) -> list[tuple]:
    """An independent look at (or a change of) the database: plain sqlite3, nothing of ours."""
    with sqlite3.connect(home / "youthpilot.db") as connection:
        return connection.execute(statement, values).fetchall()


def prove(home: Path) -> None:
    """Attach the notice behind “率先”: without it the report of the half-year cannot be published."""
    script = """
from youthpilot.core.commanding import Session
session = Session("all"); registry = session.registry()
from youthpilot.core.counties.services import county_by_code, county_registry
from youthpilot.core.periods.acting import Clerk
from youthpilot.core.periods.queries import get_period
from youthpilot.plugins.reports.services import compose_now, save_text
from youthpilot.core.kernel.scope import county_scope, scoped
county = county_by_code("demo")
with scoped(county_scope(county)):
    narrowed, period = county_registry(registry, county), get_period("2023H1")
    said = next(c for c in compose_now(period, county, narrowed)[1] if "率先" in c.text)
    save_text(period, county, narrowed, said.section.key, "", "团省委通报2023年第6期", Clerk("测"))
"""
    env = {**os.environ, "YOUTHPILOT_HOME": str(home), "YOUTHPILOT_TODAY": "2023-07-03"}
    subprocess.run([sys.executable, "-c", script], env=env, check=True, capture_output=True, timeout=120)


def ages(home: Path, kinds: tuple[str, ...], on: date) -> tuple[int, int]:
    """(sum of full years, secretaries) on a day, written down without any code of ours."""
    marks = ",".join("?" * len(kinds))
    rows = sql(
        home,
        f"""SELECT p.birth_date FROM core_post t JOIN core_person p ON p.id = t.person_id JOIN core_organization o ON o.id = t.organization_id
            JOIN core_county c ON c.id = t.county_id
            WHERE c.code = 'demo' AND t.title = 'secretary' AND t.start_on <= ? AND (t.end_on IS NULL OR t.end_on >= ?) AND o.kind IN ({marks})""",
        on.isoformat(), on.isoformat(), *kinds,
    )  # fmt: skip
    births = [date.fromisoformat(b) for (b,) in rows]
    return sum(on.year - b.year - ((on.month, on.day) < (b.month, b.day)) for b in births), len(births)


def test_the_acceptance_figures_come_out_of_rows(demo_source):
    found = figures(demo_source)
    with ACCEPTANCE.open(encoding="utf-8") as handle:
        wanted = [row for row in csv.DictReader(handle) if row["module"] in MODULES]
    assert len(wanted) == 14
    for row in wanted:
        value = found[row["key"]]["value"]
        assert value == (row["value"] == "true" if row["kind"] == "claim" else float(row["value"])), row["key"]
        for part in ("numerator", "denominator"):
            if row[part]:
                assert found[row["key"]][part] == float(row[part]), row["key"]


def test_an_independent_query_agrees(demo_source):
    found = figures(demo_source)
    (count,) = sql(
        demo_source,
        """SELECT count(*) FROM study_record r JOIN study_issue i ON i.id = r.issue_id JOIN core_county c ON c.id = r.county_id
           WHERE c.code = 'demo' AND i.kind = 'study' AND i.closes_on BETWEEN '2023-01-01' AND '2023-06-30'""",
    )[0]  # fmt: skip
    assert count == found[PARTICIPATIONS]["value"] == 572_000
    for key, kinds in ((TOWNSHIP, ("township", "street")), (VILLAGE, ("village", "community"))):
        total, secretaries = ages(demo_source, kinds, date(2023, 6, 30))
        assert (found[key]["numerator"], found[key]["denominator"]) == (total, secretaries)
        assert found[key]["value"] == pytest.approx(total / secretaries, abs=0.05)


def test_the_report_says_them_in_word(demo_source, tmp_path):
    target = tmp_path / "report.docx"
    run(demo_source, "report", "--county", "demo", "--period", "2023H1", "-o", str(target))
    text = "\n".join(
        "".join(t.text or "" for t in p.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}t"))
        for p in docx.Document(str(target)).element.body.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}p")
    )
    for words in ("57.2万人次", "28.3岁", "34.7岁", "双下降", "2023年上半年工作总结", "目标完成情况", "进行中，63.2%"):
        assert words in text


def test_deleting_a_row_and_ending_a_post_changes_exactly_those_figures(demo_home):
    before, said = figures(demo_home), report(demo_home)
    script = """
from datetime import date
from youthpilot.core.commanding import Session
session = Session("all"); session.registry()
from youthpilot.core.counties.models import County
from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.core.cadres.models import Person, Post
from youthpilot.core.cadres.services import end_post
from youthpilot.core.organizations.models import Organization
from youthpilot.plugins.study.models import StudyIssue, StudyRecord
from youthpilot.plugins.study.services import delete_record
county = County.get(County.code == "demo")
with scoped(county_scope(county)):
    delete_record(StudyRecord.select().join(StudyIssue).where(StudyIssue.closes_on == date(2023, 6, 25)).first())
    posts = Post.select(Post).join(Organization, on=(Post.organization == Organization.id)).switch(Post).join(Person, on=(Post.person == Person.id))
    oldest = posts.where((Post.title == "secretary") & (Organization.kind == "township") & Post.end_on.is_null()).order_by(Person.birth_date).first()
    end_post(oldest, date(2023, 6, 1), "调离")
"""
    env = {**os.environ, "YOUTHPILOT_HOME": str(demo_home), "YOUTHPILOT_TODAY": "2023-07-03"}
    subprocess.run([sys.executable, "-c", script], env=env, check=True, capture_output=True, timeout=120)
    after = figures(demo_home)
    changed = {key for key in before if after[key] != before[key]}
    possible = {PARTICIPATIONS, "study.rate", "study.persons", TOWNSHIP, "cadres.posts_filled", "cadres.posts_vacant", "cadres.persons"}
    assert {PARTICIPATIONS, TOWNSHIP, "cadres.posts_filled", "cadres.persons"} <= changed <= possible
    assert after[PARTICIPATIONS]["value"] == 571_999
    total, secretaries = ages(demo_home, ("township", "street"), date(2023, 6, 30))
    assert secretaries == 14 and (after[TOWNSHIP]["numerator"], after[TOWNSHIP]["denominator"]) == (total, 14)
    assert f"平均年龄{after[TOWNSHIP]['value']}岁" in report(demo_home) and f"平均年龄{after[TOWNSHIP]['value']}岁" not in said


def test_the_claim_is_gone_when_it_is_not_true(demo_home):
    sql(
        demo_home,
        "UPDATE core_election SET before_age_sum = before_count * 20 WHERE organization_id IN (SELECT id FROM core_organization WHERE kind = 'township')",
    )
    assert figures(demo_home)["cadres.mean_age_both_down"]["value"] is False
    said = report(demo_home)
    assert "28.3岁" in said and "双下降" not in said


def test_locked_published_off_and_uninstalled_the_report_stays(demo_home):
    run(demo_home, "period", "close", "--county", "demo", "--reason", "测试：带理由截止", "2023H1")
    refused = subprocess.run(
        [sys.executable, "-c", "from youthpilot.core.cli import main; main()", "period", "publish", "--county", "demo", "--reason", "急", "2023H1"],
        env={**os.environ, "YOUTHPILOT_HOME": str(demo_home), "YOUTHPILOT_TODAY": "2023-07-03"}, capture_output=True, text=True, timeout=280,
    )  # fmt: skip
    assert refused.returncode == 1 and "“率先”缺依据" in refused.stdout + refused.stderr  # a reason is not enough for it
    prove(demo_home)
    locked, stored = report(demo_home), figures(demo_home)
    assert stored[PARTICIPATIONS]["state"] == "locked" and stored[PARTICIPATIONS]["value"] == 572_000 and "57.2万" in locked
    sql(demo_home, "DELETE FROM study_counter")  # the source is gone; what was locked stays
    run(demo_home, "plugin", "disable", "study", "--county", "demo")
    assert report(demo_home) == locked
    run(demo_home, "period", "publish", "--county", "demo", "--reason", "测试：个别单位没有数", "2023H1")
    published = report(demo_home)
    assert "57.2万" in published and "28.3岁" in published
    without = run(demo_home, "--no-modules", "figures", "--county", "demo", "--period", "2023H1", "--format", "json")
    assert {r["key"]: r["value"] for r in json.loads(without)}[PARTICIPATIONS] == 572_000
    target = demo_home / "bare.md"
    run(demo_home, "--no-modules", "report", "--county", "demo", "--period", "2023H1", "--format", "md", "-o", str(target))
    assert target.read_text(encoding="utf-8") == published


def test_the_same_published_report_is_equal_to_the_byte(demo_source, tmp_path):
    files = [tmp_path / f"{n}.docx" for n in (1, 2)]
    for file in files:
        run(demo_source, "report", "--county", "demo", "--period", "2022H2", "--printed-at", "2023-01-10T08:00:00", "-o", str(file))
    assert files[0].read_bytes() == files[1].read_bytes()


def test_another_seed_gives_other_rows_and_its_own_right_figures(demo_source, tmp_path):
    run(tmp_path, "demo", "--no-serve", "--seed", "99")
    found = figures(tmp_path)
    (count,) = sql(
        tmp_path,
        """SELECT count(*) FROM study_record r JOIN study_issue i ON i.id = r.issue_id JOIN core_county c ON c.id = r.county_id
           WHERE c.code = 'demo' AND i.kind = 'study' AND i.closes_on BETWEEN '2023-01-01' AND '2023-06-30'""",
    )[0]  # fmt: skip
    assert found[PARTICIPATIONS]["value"] == count
    total, secretaries = ages(tmp_path, ("township", "street"), date(2023, 6, 30))
    assert (found[TOWNSHIP]["numerator"], found[TOWNSHIP]["denominator"]) == (total, secretaries)
    names = "SELECT name FROM core_person WHERE county_id = 1 ORDER BY id LIMIT 50"
    assert sql(tmp_path, names) != sql(demo_source, names)
