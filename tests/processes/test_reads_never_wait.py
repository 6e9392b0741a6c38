"""A database that another writer keeps: pages are shown at once, a form is told to come again and keeps its text, nothing noted is lost."""

import sqlite3
import time
from contextlib import contextmanager

from .conftest import COUNTY, Visitor

REASON = "第一行\n“引号”<b>与标记</b>"


@contextmanager
def locked(home):
    """Another process's long write transaction."""
    other = sqlite3.connect(home / "youthpilot.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def new_organization(visitor, code, rows, **more):
    [(root,)] = rows("SELECT id FROM core_organization WHERE parent_id IS NULL")
    given = {"code": code, "name": f"{code}团支部", "short_name": code, "kind": "village", "org_type": "branch", "parent": str(root)}
    return {**given, **more, "csrf_token": visitor.token(f"{COUNTY}/organizations/new")}


def until(condition, seconds=15):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.1)


def test_pages_come_at_once_and_a_form_is_kept(small_home, serve, rows):
    server = serve()
    visitor = Visitor(server.address).enter()
    assert visitor.ask(f"{COUNTY}/board/").status == 200  # warm
    form = new_organization(visitor, "busy", rows, note=REASON)
    rows("UPDATE core_session SET seen_at = '2000-01-01 00:00:00.000000' WHERE 0 = 1")  # the column is there
    [(before,)] = rows("SELECT seen_at FROM core_session WHERE user_id IS NOT NULL")
    late = before.replace(before[:16], _earlier(before))
    rows("UPDATE core_session SET seen_at = ? WHERE user_id IS NOT NULL", late)
    refused = rows("SELECT COUNT(*) FROM core_audit WHERE act = 'access.refused'")
    with locked(small_home):
        for path, status in ((f"{COUNTY}/board/", 200), ("/counties/", 403), (f"{COUNTY}/board/", 200)):
            answer = visitor.ask(path)
            assert answer.seconds < 4 and answer.status in (status, 404), (path, answer.status, answer.seconds)
        head = visitor.ask(f"{COUNTY}/board/", method="HEAD")
        assert (head.status, head.text) == (200, "")
        busy = visitor.ask(f"{COUNTY}/organizations/new", form)
        assert (busy.status, busy.headers["Retry-After"]) == (503, "5") and 4 < busy.seconds < 14
        assert "请稍后再试" in busy.text and "<b>与标记" not in busy.text
        kept = busy.form
        assert kept["note"].replace("\r\n", "\n") == REASON and kept["code"] == "busy"
        assert rows("SELECT seen_at FROM core_session WHERE user_id IS NOT NULL") == [(late,)]
    until(lambda: rows("SELECT seen_at FROM core_session WHERE user_id IS NOT NULL") != [(late,)])
    until(lambda: rows("SELECT COUNT(*) FROM core_audit WHERE act = 'access.refused'") != refused)
    assert visitor.ask(f"{COUNTY}/organizations/new", kept).status in (302, 303)
    assert len(rows("SELECT 1 FROM core_organization WHERE code = 'busy'")) == 1


def _earlier(moment):
    """Some minutes before, up to the minute, so that the session still lives."""
    from datetime import datetime, timedelta

    return (datetime.fromisoformat(moment[:16]) - timedelta(minutes=5)).isoformat(moment[10])[:16]


def test_what_is_gathered_is_written_at_an_orderly_stop(small_home, serve, rows):
    server = serve()
    visitor = Visitor(server.address).enter()
    with locked(small_home):
        assert visitor.ask("/counties/").status in (403, 404)
        server.process.terminate()
        time.sleep(1)
    assert server.process.wait(30) == 0
    assert rows("SELECT result FROM core_audit WHERE act = 'access.refused'") == [("refused",)]


def test_a_password_is_never_put_on_the_page(small_home, serve):
    server = serve()
    visitor = Visitor(server.address)
    token = visitor.token("/login")
    with locked(small_home):
        answer = visitor.ask("/login", {"username": "clerk", "password": "geheim-12-boote", "csrf_token": token})
    assert answer.status == 503 and "geheim" not in answer.text and "请稍后再试" in answer.text
