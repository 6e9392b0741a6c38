"""Pages without an account: wrong tries end, nobody signs anybody else up, what is over takes nobody, numbers cannot be counted through."""

import re

import pytest
from volunteer_site import token_of

from youthpilot.core.audit.models import AuditEntry
from youthpilot.plugins.volunteers import certifying, serving
from youthpilot.plugins.volunteers.models import Certificate, Record, SignUp

STRANGER, OTHER = "203.0.113.7", "198.51.100.7"


class Phone:
    """A browser in a network, with the token that the page gave it."""

    def __init__(self, app, path, ip=STRANGER):
        self.client, self.path, self.where = app.test_client(), path, {"REMOTE_ADDR": ip}
        self.token = token_of(self.client.get(path, environ_overrides=self.where).text)

    def send(self, **data):
        return self.client.post(self.path, data={"csrf_token": self.token, **data}, environ_overrides=self.where)


@pytest.fixture
def poster(filled, clock):
    """The address on the poster of an activity of today, and what the volunteer types."""
    clock(filled.at("7-3", "08:40"))
    day = filled.activity("七月三日活动", day="7-3")
    page = filled.browser("han").get(f"activities/poster/?id={day.id}")
    filled.path = "/c/test/volunteers/" + re.search(r"/volunteers/(sign/[^\"/]+/)", page)[1]
    filled.good = {"number": filled.who.number, "name": "王小芳", "digits": "8000", "act": "in"}
    filled.app = filled.browser().client.application
    return filled


def test_wrong_tries_end_with_429_and_few_rows_in_the_log(poster):
    before = AuditEntry.select().count()
    phone = Phone(poster.app, poster.path)
    answers = [phone.send(**poster.good | {"number": f"VTEST99{n:06}"}) for n in range(150)]
    codes = [a.status_code for a in answers]
    assert codes.count(422) == 30 and set(codes[30:]) == {429}
    assert int(answers[-1].headers["Retry-After"]) <= 21 and re.search(r"请在 \d\d:\d\d 以后再试", answers[-1].text)
    rows = list(AuditEntry.select().where(AuditEntry.sequence > before))
    assert len(rows) == 3 and sorted((r.after or {}).get("count", 1) for r in rows) == [1, 10, 100]
    assert Phone(poster.app, poster.path, OTHER).send(**poster.good).status_code == 303, "another network is not shut out"
    assert Record.get(Record.source == "phone").volunteer_id == poster.who.id


def test_one_number_cannot_be_guessed_from_many_networks(poster):
    for n in range(10):
        assert Phone(poster.app, poster.path, f"192.0.{n}.1").send(**poster.good | {"digits": f"{n:04}"}).status_code == 422
    assert Phone(poster.app, poster.path, OTHER).send(**poster.good | {"digits": "0011"}).status_code == 429
    assert Phone(poster.app, poster.path, OTHER).send(**poster.good | {"number": "VTEST23000099"}).status_code == 422, "another number is judged"


def test_good_ones_are_not_counted(poster):
    """Fifty volunteers behind one village's network: all get in."""
    phone = Phone(poster.app, poster.path)
    for _n in range(50):
        assert phone.send(**poster.good | {"act": "up"}).status_code == 303
    assert SignUp.select().count() == 1 and AuditEntry.select().where(AuditEntry.act == "volunteers.signup.add").count() == 1


def test_nobody_signs_up_for_what_is_over_and_an_unknown_act_is_none(poster, clock):
    phone = Phone(poster.app, poster.path)
    assert phone.send(**poster.good | {"act": "hold"}).status_code == 422
    clock(poster.at("7-3", "11:30"))
    answer = phone.send(**poster.good | {"act": "up"})
    assert answer.status_code == 422 and "活动已经结束" in answer.text and not SignUp.select().exists()
    clock(poster.at("7-3", "11:29"))
    assert phone.send(**poster.good | {"act": "up"}).status_code == 303 and SignUp.select().count() == 1


def test_an_act_of_the_clerk_that_is_unknown_holds_nothing(poster):
    row = poster.activity("八月活动", day="7-3")
    poster.browser("han").post("activities/state/", 422, id=row.id, to="anything")
    assert type(row).get_by_id(row.id).state == "planned"
    poster.browser("han").post("activities/state/", id=row.id, to="held")
    assert type(row).get_by_id(row.id).state == "held"


def test_a_minor_gives_the_guardian_s_digits_and_whoever_has_no_phone_the_id_card_s(poster):
    elder, boy = poster.join("老王", id_no="320999197005040029"), poster.young
    type(boy).update(guardian_phone="13700137000").where(type(boy).id == boy.id).execute()
    phone = Phone(poster.app, poster.path)
    assert phone.send(number=elder.number, name="老王", digits="0029", act="up").status_code == 303
    assert phone.send(number=boy.number, name="李明明", digits="7000", act="up").status_code == 303
    nothing = poster.join("无号")
    assert phone.send(number=nothing.number, name="无号", digits="", act="up").status_code == 422


def test_a_certificate_is_not_found_by_counting(poster):
    serving.approve([poster.row], ("user:98", "别人"))
    given = {"from_on": poster.held.held_on, "to_on": poster.held.held_on, "content": "助考", "issuer": "团县委", "responsible": "周敏",
             "handler": "李晓慧", "contact": "0"}  # fmt: skip
    made = certifying.draw_up(poster.who, given)
    client, where = poster.app.test_client(), {"REMOTE_ADDR": STRANGER}
    ask = lambda number, **w: client.get(f"/c/test/volunteers/certificate/?number={number}&name=王小芳", environ_overrides=w or where)  # noqa: E731
    assert ask(made.number).status_code == 200
    assert ask(made.number[:-5]).status_code == 404 and re.fullmatch(r"TEST-2023-00001-[A-Z]{4}", made.number)
    codes = [ask(f"TEST-2023-{n:05}").status_code for n in range(2, 60)]
    assert codes.count(404) == 29 and codes[-1] == 429
    Certificate.update(number="TEST-2023-00001").execute()  # given before there were marks: name and number still open it
    assert ask("TEST-2023-00001", REMOTE_ADDR=OTHER).status_code == 200
    assert certifying.draw_up(poster.who, given).number.startswith("TEST-2023-00002-")
