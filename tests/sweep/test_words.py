"""No English word, no key, no untranslated message on any page of the demonstration, for whoever looks at it."""

import re

import pytest
from lxml import html as lxml_html

from youthpilot.core.accounts.models import User
from youthpilot.core.accounts.session import start_session
from youthpilot.core.accounts.signing_in import DEMO_USERS
from youthpilot.core.app import create_app
from youthpilot.core.kernel.db import database
from youthpilot.core.kernel.engines import open_database
from youthpilot.core.web.policies import policy_of, routes

ALLOWED = frozenset("MB Ctrl Word Excel CSV xlsx csv xls JSON PDF QQ XLSX URL ID docx pdf jpg png zip doc txt ofd".split())  # noqa: SIM905
ATTRIBUTES = ("placeholder", "title", "aria-label", "alt", "data-text", "data-confirm", "label")
WORD = re.compile(r"[A-Za-z]{2,}(?:[._][A-Za-z]+)*")
# Numbers that people write down and type in again: 91320830MA1X…, VDEMO20230012, QSH-2023-001, a link printed for typing.
CODE = re.compile(r"https?://\S+|[A-Z0-9-]*\d[A-Z0-9-]*")
USERS = {
    "admin": DEMO_USERS["county"],
    "reporter": DEMO_USERS["township"],
    "reviewer": "heying",
    "viewer": "renyuan",
    "platform": DEMO_USERS["platform"],
}
IDS = {
    "organization": "2",
    "id": "2",
    "key": "2",
    "figure": "study.participations",
    "period": "2023H1",
    "module": "study",
    "open": "2",
    "q": "柳河",
    "block": "",
}


@pytest.fixture(scope="module")
def demonstration(demo_source, tmp_path_factory):
    """The application on a copy of the demonstration, and a sign-in for each of its users."""
    import os
    import shutil

    home = tmp_path_factory.mktemp("words") / "home"
    shutil.copytree(demo_source, home)
    before = {k: os.environ.get(k) for k in ("YOUTHPILOT_HOME", "YOUTHPILOT_TODAY", "DATABASE_URL")}
    os.environ.update(YOUTHPILOT_HOME=str(home), YOUTHPILOT_TODAY="2023-07-03")
    os.environ.pop("DATABASE_URL", None)
    bound = database.obj
    open_database(f"sqlite:///{home / 'youthpilot.db'}")
    app = create_app(WTF_CSRF_ENABLED=False)
    yield app, home
    if not database.is_closed():
        database.close()
    database.initialize(bound)
    for key, value in before.items():
        os.environ.pop(key, None) if value is None else os.environ.__setitem__(key, value)


def client_of(app, username):
    """A browser in which the user is signed in."""
    client = app.test_client()
    with app.test_request_context("/", method="POST"):  # a session is made by a POST only
        from flask import session

        app.preprocess_request()
        start_session(User.get(User.username == username))
        cookie = session.token
        app.process_response(app.make_response(""))
    client.set_cookie("yp_session", cookie)
    return client


def words_of(data: bytes, allowed: frozenset[str]) -> set[str]:
    """Latin words that a reader of the page sees or hears."""
    root = lxml_html.fromstring(data)
    for node in root.xpath("//script | //style | //input[@type='hidden']"):
        node.drop_tree()
    texts = [
        *root.itertext(),
        *(n.get(a) for a in ATTRIBUTES for n in root.xpath(f"//*[@{a}]")),
        *(n.get("value") or "" for n in root.xpath("//input[not(@type='checkbox' or @type='radio')]")),
    ]
    return {w for t in texts for w in WORD.findall(CODE.sub(" ", t)) if w not in allowed}


def addresses(app, role, ids):
    """Every GET route of the role's side, its places filled with rows of the demonstration."""
    side = "platform" if role == "platform" else "county"
    for rule, method, endpoint in routes(app):
        found = policy_of(app, endpoint, method)
        if method != "GET" or found is None or found.side not in (side, "both") or endpoint.endswith("static"):
            continue
        prefix = "" if side == "platform" else "/c/demo"
        for values in ids(endpoint):
            path = re.sub(r"<(?:\w+:)?(\w+)>", lambda m, v=values: str(v.get(m[1], "x")), rule)
            yield endpoint, prefix + path, {k: v for k, v in values.items() if f"{k}>" not in rule and v}


def rows_of(home, sql):
    import sqlite3

    connection = sqlite3.connect(home / "youthpilot.db")
    found = [r[0] for r in connection.execute(sql)]
    connection.close()
    return found


@pytest.mark.parametrize("role", USERS)
def test_no_english_word_on_any_page(demonstration, role):
    app, home = demonstration
    names = frozenset(rows_of(home, "SELECT username FROM core_user UNION SELECT code FROM core_county"))  # what users typed
    first = {t: (rows_of(home, f'SELECT id FROM "{t}" WHERE county_id = 1 ORDER BY id LIMIT 1') or ["1"])[0]
             for t in ("core_post", "study_issue", "study_record", "ledger_figure", "ledger_sentence", "core_submission", "core_evidence", "core_batch")}  # fmt: skip
    tables = {"cadres": "core_post", "study_issues": "study_issue", "study_records": "study_record", "ledger_figures": "ledger_figure"}

    def ids(endpoint):
        row = first.get(tables.get(endpoint.partition(".")[0], ""), "2")
        base = {
            **IDS,
            "id": row,
            "key": row,
            "user_id": "3",
            "act": "disable",
            "verb": "move",
            "batch_id": first["core_batch"],
            "evidence_id": first["core_evidence"],
        }
        if endpoint == "ledger_figures.sentence":
            base["id"] = first["ledger_sentence"]
        if endpoint.startswith("imports."):
            return [
                {**base, "key": k}
                for k in ("organizations.organizations", "cadres.posts", "cadres.last_term_totals", "study_learners", "study_totals")
            ]
        if endpoint == "users.act":
            return [{**base, "act": a} for a in ("disable", "enable", "revoke", "unlock", "code", "sessions")]
        if endpoint == "organizations.act":
            return [{**base, "verb": v} for v in ("move", "merge", "split", "close", "reopen")]
        if endpoint == "report.wording":
            return [{**base, "block": b} for b in ("", "study.learning", "core.cadres")]
        return (
            [base]
            if role in ("reviewer", "viewer")
            else [base, {k: v for k, v in base.items() if k in ("key", "user_id", "act", "verb", "module", "evidence_id", "id")}]
        )

    client, wrong, pages = client_of(app, USERS[role]), [], 0
    for endpoint, path, query in addresses(app, role, ids):
        answer = client.get(path, query_string=query)
        assert answer.status_code < 500, (path, query)
        if answer.mimetype == "text/html" and answer.status_code != 302 and "attachment" not in answer.headers.get("Content-Disposition", ""):
            pages += answer.status_code == 200
            found = words_of(answer.data, ALLOWED | names)
            if found:
                wrong.append(f"{endpoint} {path} {query}: {sorted(found)}")
    assert not wrong, "\n".join(wrong[:40])
    assert pages >= {"platform": 4, "viewer": 10, "reviewer": 10, "reporter": 15, "admin": 30}[role], pages
