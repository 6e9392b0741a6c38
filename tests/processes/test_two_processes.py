"""Processes beside each other on one home: nobody dies, and nothing that was acknowledged is lost. Acknowledged acts are counted here."""

import re
import sqlite3
import tarfile
import threading
import time
from contextlib import contextmanager

import pytest

from .conftest import COUNTY, Visitor

FORM = {"kind": "village", "org_type": "branch", "short_name": ""}


class Acts(threading.Thread):
    """Somebody who acts and looks around until told to stop; `acknowledged` holds the codes of what was answered as done."""

    def __init__(self, address, mark, root, name):
        super().__init__(daemon=True)
        self.visitor, self.mark, self.root = Visitor(address).enter(name), mark, root
        self.acknowledged, self.pages, self.faults, self.stopping = [], 0, [], threading.Event()

    def run(self):
        token, number = self.visitor.token(f"{COUNTY}/organizations/new"), 0
        while not self.stopping.is_set():
            number += 1
            code = f"{self.mark}{number}"
            try:
                self.act(code, token)
                self.look()
            except OSError as error:  # the server is gone
                self.faults.append(repr(error))
                return

    def act(self, code, token):
        answer = self.visitor.ask(
            f"{COUNTY}/organizations/new", {**FORM, "code": code, "name": f"{code}团支部", "parent": self.root, "csrf_token": token}
        )
        if answer.status in (302, 303):
            self.acknowledged.append(code)
        elif answer.status != 503:
            self.faults.append(f"{code}: {answer.status}")

    def look(self):
        for path in ("/", "/board/", "/organizations/"):
            answer = self.visitor.ask(COUNTY + path)
            self.pages += 1
            if answer.status != 200:
                self.faults.append(f"{path}: {answer.status}")


@contextmanager
def acting(servers, rows, each=1):
    """People at work on each server while the block runs."""
    [(root,)] = rows("SELECT id FROM core_organization WHERE parent_id IS NULL")
    seats = [(n, server, p) for n, server in enumerate(servers) for p in range(each)]
    people = [Acts(server.address, f"s{n}p{p}n", str(root), f"clerk{1 + n * each + p}") for n, server, p in seats]
    for one in people:
        one.start()
    try:
        yield people
    finally:
        for one in people:
            one.stopping.set()
        for one in people:
            one.join(90)


def lost(people, rows):
    there = {code for (code,) in rows("SELECT code FROM core_organization")}
    return [code for one in people for code in one.acknowledged if code not in there]


def judged(servers, people, rows, home):
    """Nothing dead, nothing lost, the file whole; how many acts were acknowledged."""
    assert all(server.lives for server in servers), [server.log.read_text()[-2000:] for server in servers]
    assert not [fault for one in people for fault in one.faults]
    assert lost(people, rows) == []
    assert rows("PRAGMA integrity_check") == [("ok",)]
    done = sum(len(one.acknowledged) for one in people)
    assert done > 0 and sum(one.pages for one in people) > 0
    return done


def commands_beside(serve, command, rows, home, times):
    server, failed = serve(), []
    with acting([server], rows) as people:
        for number in range(times):
            for words in (("check",), ("audit", "verify"), ("backup", str(home / f"copy-{number}.tar"))):
                if command(*words) != 0:
                    failed.append(words)
    done = judged([server], people, rows, home)
    assert failed == []
    with tarfile.open(home / f"copy-{times - 1}.tar") as copy:
        (home / "copied.db").write_bytes(copy.extractfile("youthpilot.db").read())
    copied = sqlite3.connect(home / "copied.db").execute("PRAGMA integrity_check").fetchall()
    assert copied == [("ok",)]
    return done


def test_commands_beside_a_browsed_server(serve, command, rows, small_home):
    commands_beside(serve, command, rows, small_home, 10)


@pytest.mark.programme
def test_200_commands_of_each_beside_a_browsed_server(serve, command, rows, small_home, record_property):
    record_property("acknowledged", commands_beside(serve, command, rows, small_home, 200))


# two servers ------------------------------------------------------------------------------------------------------------


def import_learners(server, rows, count):
    """Have a list of so many learners checked and stored through one server, and wait until its page says that it is done."""
    visitor, page = Visitor(server.address).enter(), f"{COUNTY}/imports/new/study_learners"
    names = [name for (name,) in rows("SELECT name FROM core_organization WHERE kind = 'village' AND name LIKE '%镇%'")]
    lines = [f"{names[n % len(names)]}\t学员{n}\t{20230000 + n}\t2023-05-03\t是\t2023年第19期" for n in range(count)]
    text = "\n".join(["团支部\t姓名\t学号\t学习时间\t是否团员\t课程", *lines])
    answer = visitor.ask(page, {"csrf_token": visitor.token(page), "text": text})
    assert answer.status == 303, answer.text
    shown = visitor.ask(path_of(answer))
    action = re.search(r'action="([^"]+/apply)"', shown.text)[1]
    answer = visitor.ask(action, {"csrf_token": shown.form["csrf_token"]})
    assert answer.status == 303, answer.text
    while "/job/" in path_of(answer) and '"finished":true' not in visitor.ask(f"{path_of(answer)}/state").text.replace(" ", ""):
        time.sleep(0.2)
    assert rows("SELECT COUNT(*) FROM study_record") == [(count,)]


def path_of(answer):
    return re.sub(r"^https?://[^/]+", "", answer.headers["Location"])


def two_servers(serve, rows, home, count, each):
    servers = [serve(), serve()]
    with acting(servers, rows, each) as people:
        import_learners(servers[0], rows, count)
    return judged(servers, people, rows, home)


def test_two_servers_with_an_import(serve, rows, small_home):
    two_servers(serve, rows, small_home, 400, 1)


@pytest.mark.programme
def test_two_servers_with_an_import_of_22000(serve, rows, small_home, record_property):
    record_property("acknowledged", two_servers(serve, rows, small_home, 22_000, 3))
