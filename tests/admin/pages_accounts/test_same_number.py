"""One identity number at two townships: neither learns of the other, the county is told."""

import re

import pytest

from youthpilot.core.accounts.services import create_user, grant_role
from youthpilot.core.cadres.models import Person
from youthpilot.core.cadres.services import add_person
from youthpilot.core.kernel.scope import county_scope, scoped, unscoped
from youthpilot.core.organizations import services

from .conftest import GOOD

THEIRS, NOBODY_S = "320924199501010018", "320924199501010034"


def check_digit(number):
    return (
        number[:17] + "10X98765432"[sum(int(d) * w for d, w in zip(number, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), strict=False)) % 11]
    )


@pytest.fixture
def siblings(world):
    """双桥镇 beside 柳河镇, with somebody whose number is known there."""
    with scoped(county_scope(world.county)):
        values = {"code": "003", "name": "共青团双桥镇委员会", "short_name": "双桥镇", "kind": "township", "org_type": "committee"}
        other = services.create(world.county.id, {**values, "parent": world.township.parent_id})
        add_person(other, {"name": "陈秋", "id_no": check_digit(THEIRS)})
    grant_role(create_user("sibling", "双桥镇干事", GOOD, must_change=False), "reporter", world.county, other.id)
    return world


def answers(world, number, name):
    """What the township's reporter reads when he enters somebody: by the form, and in the check of a file."""
    browser = world.client("reporter")
    form = {"name": name, "id_no": number, "organization": world.township.id, "title": "member", "start_on": "2023-06-01", "sex": "", "political_status": "",
            "education": "", "mode": "part_time", "source": ""}  # fmt: skip
    by_form = browser.post("/c/test/cadres/appoint/", page="/c/test/cadres/appoint/", **form)
    rows = f"姓名\t身份证号\t团组织\t职务\t任职日期\n{name}\t{number}\t柳河镇\t委员\t2023-06-01\n"
    sent = browser.post("/c/test/imports/new/cadres.posts", page="/c/test/imports/new/cadres.posts", text=rows)
    page = browser.get(sent.location).text
    main = re.search(r"<main.*?</main>", page, re.S)[0]
    changing = rf"{number}|{number[-4:]}|{name}|csrf_token[^>]+|imports/\w+|/\d+\b|\d\d:\d\d"
    return by_form.status_code, by_form.location, re.sub(changing, "#", re.sub(r"\s+", " ", main))


def test_a_township_reads_the_same_whether_a_sibling_knows_the_number_or_nobody(siblings):
    known, unknown = answers(siblings, check_digit(THEIRS), "陈冬"), answers(siblings, check_digit(NOBODY_S), "陈夏")
    assert known[2].split("> <") == unknown[2].split("> <") and "双桥" not in known[2]
    assert known[:2] == unknown[:2] and known[0] == 302
    with unscoped("test: what was entered"):
        assert {p.name for p in Person.select() if p.id_no == check_digit(THEIRS)} == {"陈秋", "陈冬"}


def test_the_county_is_told_and_nobody_else(siblings):
    admin = siblings.client("admin")
    assert "身份证号重复" not in admin.get("/c/test/cadres/").text
    answers(siblings, check_digit(THEIRS), "陈冬")
    assert "身份证号重复" in admin.get("/c/test/cadres/").text
    page = admin.get("/c/test/cadres/doubles/").text
    assert "陈秋" in page and "陈冬" in page and "双桥镇" in page and check_digit(THEIRS) not in page
    for name in ("reporter", "sibling"):
        browser = siblings.client(name)
        assert browser.get("/c/test/cadres/doubles/").status_code == 403 and "身份证号重复" not in browser.get("/c/test/cadres/").text
