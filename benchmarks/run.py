"""Ratios against a peer in the same run; see README.md. Prints one JSON object."""

import csv
import io
import json
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROUNDS = 5


def alternately(product: Callable[[], Any], peer: Callable[[], Any]) -> dict[str, float]:
    """Medians of both, run in turn, and their ratio."""
    taken: tuple[list[float], list[float]] = ([], [])
    for _round in range(ROUNDS):
        for which, run in enumerate((product, peer)):
            started = time.perf_counter()
            run()
            taken[which].append(time.perf_counter() - started)
    mine, theirs = (statistics.median(t) for t in taken)
    return {
        "product_s": round(mine, 4),
        "peer_s": round(theirs, 4),
        "ratio": round(mine / theirs, 2),
        "spread": round(max(taken[0]) / min(taken[0]), 2),
    }


def main() -> None:
    home = Path(tempfile.mkdtemp(prefix="youthpilot-bench-"))
    os.environ |= {"YOUTHPILOT_HOME": str(home), "YOUTHPILOT_TODAY": "2023-07-03"}
    os.environ.pop("DATABASE_URL", None)
    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    from youthpilot.core import migrating
    from youthpilot.core.commanding import Session
    from youthpilot.core.counties.models import County
    from youthpilot.core.counties.services import county_registry
    from youthpilot.core.kernel.keyfiles import make_keys
    from youthpilot.core.kernel.scope import county_scope, scoped
    from youthpilot.plugins.demo import build

    session = Session(True)
    session.open()
    make_keys()
    migrating.upgrade(session.installed())
    registry = session.registry()
    build(registry, say=lambda *words: None)
    county = County.get(County.code == "demo")
    narrowed = county_registry(registry, county)
    with scoped(county_scope(county)):
        results = {
            "figures": figures(county, narrowed, home),
            "kept": kept(county, narrowed),
            "word": word(county, narrowed),
            "import": importing(county, narrowed, home),
        }
    sys.stdout.write(json.dumps(results, indent=2) + "\n")


def figures(county: Any, registry: Any, home: Path) -> dict[str, float]:
    from youthpilot.core.periods.queries import get_period
    from youthpilot.plugins.figures.engine import compute_figures

    period = get_period("2023H1")
    raw = sqlite3.connect(home / "youthpilot.db")
    statement = """SELECT r.organization_id, count(*) FROM study_record r JOIN study_issue i ON i.id = r.issue_id
                   WHERE r.county_id = ? AND i.kind = 'study' AND i.closes_on BETWEEN '2023-01-01' AND '2023-06-30' GROUP BY 1"""

    def peer() -> int:
        return sum(n for _o, n in raw.execute(statement, (county.id,)))

    assert compute_figures(county, period, registry).value("study.participations") == peer()
    return alternately(lambda: compute_figures(county, period, registry), peer)


def kept(county: Any, registry: Any) -> dict[str, float]:
    from youthpilot.core.periods.queries import get_period
    from youthpilot.plugins.figures.engine import compute_figures
    from youthpilot.plugins.figures.queries import figures_of

    period = get_period("2023H1")
    figures_of(county, period, registry)
    return alternately(lambda: figures_of(county, period, registry), lambda: compute_figures(county, period, registry))


def word(county: Any, registry: Any) -> dict[str, float]:
    import docx

    from youthpilot.core.kernel.clock import now
    from youthpilot.core.periods.queries import get_period
    from youthpilot.plugins.reports.document import prepare
    from youthpilot.plugins.reports.docx import render_docx
    from youthpilot.plugins.reports.services import document_for

    document = prepare(document_for(get_period("2023H1"), county, registry))
    return alternately(lambda: render_docx(document, now()), lambda: docx.Document().save(io.BytesIO()))


def importing(county: Any, registry: Any, home: Path) -> dict[str, Any]:
    """22,000 people on the roster learn one issue more: dry runs, so that every round does the same work."""
    from youthpilot.plugins.importing.queries import importer_named
    from youthpilot.plugins.importing.reading import read_sheet
    from youthpilot.plugins.importing.services import run_import

    raw = sqlite3.connect(home / "youthpilot.db", isolation_level=None)
    people = raw.execute(
        """SELECT o.name, m.name, m.id, m.organization_id FROM study_member m JOIN core_organization o ON o.id = m.organization_id
           WHERE m.county_id = ? GROUP BY m.organization_id, m.name HAVING count(*) = 1 LIMIT 22000""",
        (county.id,),
    ).fetchall()
    from datetime import date

    from youthpilot.plugins.study.services import add_issue

    issue = add_issue(2023, 27, date(2023, 6, 26), date(2023, 7, 2))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["团组织", "姓名", "学习时间"])
    writer.writerows((o, name, "2023-06-28") for o, name, _id, _organization in people)
    data = text.getvalue().encode("utf-8-sig")
    importer = importer_named(registry, "study_learners")

    def product() -> None:
        outcome = run_import(importer, read_sheet(data, "27.csv"), {"issue": str(issue.id)}, actor=None, dry_run=True, reason="bench")
        assert outcome.counts.added > 20_000, outcome.counts

    return {**_beside_raw(raw, people, issue, product), "undo": _undone(importer, data, issue)}


def _undone(importer: Any, data: bytes, issue: Any) -> dict[str, float]:
    """The same file taken in and back again; ratio below 1: it leaves faster than it came."""
    from youthpilot.plugins.importing.reading import read_sheet
    from youthpilot.plugins.importing.services import run_import, undo

    taken: dict[str, Any] = {}

    def come() -> None:
        taken["batch"] = run_import(importer, read_sheet(data, "27.csv"), {"issue": str(issue.id)}, actor=None, reason="bench").batch

    def leave() -> None:
        assert undo(taken["batch"], importer)

    times: tuple[list[float], list[float]] = ([], [])
    for _round in range(ROUNDS):
        for which, run in enumerate((come, leave)):
            started = time.perf_counter()
            run()
            times[which].append(time.perf_counter() - started)
    came, left = (statistics.median(t) for t in times)
    return {"product_s": round(left, 4), "peer_s": round(came, 4), "ratio": round(left / came, 2), "spread": round(max(times[1]) / min(times[1]), 2)}


def _beside_raw(raw: sqlite3.Connection, people: list[Any], issue: Any, product: Callable[[], None]) -> dict[str, float]:
    columns = [c[1] for c in raw.execute("PRAGMA table_info(study_record)")]
    sample = dict(zip(columns, raw.execute("SELECT * FROM study_record LIMIT 1").fetchone(), strict=True))
    rows = [[{**sample, "id": None, "issue_id": issue.id, "person_id": p, "organization_id": org}[c] for c in columns] for _o, _n, p, org in people]

    def peer() -> None:
        raw.execute("BEGIN IMMEDIATE")
        raw.executemany(f"INSERT INTO study_record VALUES ({','.join('?' * len(columns))})", rows)  # noqa: S608
        raw.execute("ROLLBACK")

    return alternately(product, peer)


if __name__ == "__main__":
    main()
