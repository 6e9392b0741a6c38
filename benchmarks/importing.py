"""People on the roster learn one issue more, by a file of 22,000 rows (in the small run of all there are)."""

import csv
import io
import statistics
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from typing import Any

from youthpilot.plugins.importing.queries import importer_named
from youthpilot.plugins.importing.reading import read_sheet
from youthpilot.plugins.importing.services import run_import, undo
from youthpilot.plugins.study.services import add_issue

from .homes import Home
from .measure import Line, agree, alternately, seconds

ROWS = 22_000
ROSTER = """SELECT o.name, m.name, m.id, m.organization_id FROM study_member m JOIN core_organization o ON o.id = m.organization_id
    WHERE m.county_id = %s AND m.id IN (SELECT min(id) FROM study_member WHERE county_id = %s GROUP BY organization_id, name HAVING count(*) = 1)
    AND o.name IN (SELECT name FROM core_organization WHERE county_id = %s GROUP BY name HAVING count(*) = 1) ORDER BY m.id LIMIT %s"""
OF_ISSUE = "SELECT count(*) FROM study_record WHERE issue_id = %s"


def importing(home: Home, rounds: int) -> Iterator[Line]:
    """Judge, one transaction, counters, audit; the peer writes the same records into the same indexed table."""
    with home.inside() as (county, registry):
        importer, issue = importer_named(registry, "study_learners"), add_issue(2023, 27, date(2023, 6, 26), date(2023, 7, 2))
        people = home.rows(ROSTER, county.id, county.id, county.id, ROWS)
        data, options = _file(people), {"issue": str(issue.id)}
        taken: dict[str, Any] = {}

        def come() -> None:
            taken["batch"] = run_import(importer, read_sheet(data, "27.csv"), options, actor=None, reason="测量").batch

        def leave() -> None:
            agree(bool(undo(taken["batch"], importer)), True, "undo")

        came, left = alternately(rounds, come, leave)
        agree(home.rows(OF_ISSUE, issue.id), [(0,)], "records left after the undo")
        come()
        agree(home.rows(OF_ISSUE, issue.id), [(len(people),)], "records of the file")
        write = _writer(home, issue.id)
        leave()
        raw = statistics.median(seconds(write) for _round in range(rounds))
        yield Line(f"import of {len(people):,} rows, {home.engine}", came, raw, "the driver writing the same records")
        yield Line(f"its undo, {home.engine}", left, came, "the import", 1)


def _file(people: list[Any]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["团组织", "姓名", "学习时间"])
    writer.writerows((place, name, "2023-06-28") for place, name, *_ids in people)
    return text.getvalue().encode("utf-8-sig")


def _writer(home: Home, issue: int) -> Callable[[], None]:
    """Writes the records of an issue, as they stand there now, and takes them back: by COPY on PostgreSQL, else by executemany."""
    with closing(home.raw()) as connection:
        found = connection.execute(f"SELECT * FROM study_record WHERE issue_id = {issue} ORDER BY id")  # noqa: S608
        names, records = [c[0] for c in found.description][1:], [row[1:] for row in found.fetchall()]  # without its id

    def write() -> None:
        with closing(home.raw()) as connection, closing(connection.cursor()) as cursor:
            cursor.execute("BEGIN")
            if home.url:
                with cursor.copy(f"COPY study_record ({','.join(names)}) FROM STDIN") as copy:
                    for record in records:
                        copy.write_row(record)
            else:
                cursor.executemany(f"INSERT INTO study_record ({','.join(names)}) VALUES ({','.join('?' * len(names))})", records)  # noqa: S608
            cursor.execute("ROLLBACK")

    return write
