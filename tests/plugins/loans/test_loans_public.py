"""The public pages by requests: apply by a poster, see the status by the code, correct, withdraw; nothing is lost and nothing is told."""

import os
import re
import sqlite3
from datetime import date, timedelta
from decimal import Decimal

import pytest

from youthpilot.core import Person, RuleError, blind_index, scoped, set_setting
from youthpilot.core.accounts.signing_in import create_demo_user
from youthpilot.core.app import create_app
from youthpilot.core.counties.models import County
from youthpilot.core.kernel.db import database
from youthpilot.core.kernel.scope import county_scope
from youthpilot.plugins.loans import asking, links, notice, officers, queries, services
from youthpilot.plugins.loans.models import LoanApplication, LoanElite, LoanEntry, LoanStep
from youthpilot.plugins.loans.outside import LoanPoster, LoanRequest, LoanTry

from .conftest import enter

D, TODAY, ONE_DAY = Decimal, date(2023, 7, 3), timedelta(days=1)


def id_no(birth="19920504", order="123"):
    """A number whose check digit fits (an odd order is a man's)."""
    text = f"320830{birth}{order}"
    return text + "10X98765432"[sum(int(c) * w for c, w in zip(text, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), strict=True)) % 11]


@pytest.fixture
def door(world):
    """An application of the whole house, a poster of the county, what a good form holds."""
    County.update(is_demo=True).where(County.id == world.county.id).execute()
    county = County.get_by_id(world.county.id)
    create_demo_user("county", "周敏", "county_admin", county)
    create_demo_user("township", "韩雪", "reporter", county, world.at.town)
    world.app = create_app(registry=world.registry, TESTING=True, WTF_CSRF_ENABLED=False)
    world.poster = asking.make_poster(world.at.root, "青年创业贷款扫码申请", "县团委 0517-1234567", date(2023, 7, 1), date(2023, 9, 30))
    with world.app.test_request_context():
        world.token = links.poster_token(world.poster)
    world.phone = world.app.test_client()
    world.form = {
        "name": "顾青禾", "sex": "M", "birth_date": "1992-05-04", "id_no": id_no(), "phone": "13900001234", "place": world.at.village,
        "kind": "returnee", "business_name": "青禾家庭农场", "main_product": "泥鳅", "jobs_driven": "3", "product": world.product.id, "amount": "100000",
        "months": "12", "purpose": "购买种苗", "guarantee": "credit", "remark": "", "agree": "y", "agree_bank": "y", "website": "",
    }  # fmt: skip
    return world


@pytest.mark.parametrize(
    ("day", "open_"), [(date(2023, 6, 30), False), (date(2023, 7, 1), True), (date(2023, 9, 30), True), (date(2023, 10, 1), False)]
)
def test_a_poster_holds_on_both_its_days(world, day, open_):
    poster = asking.make_poster(world.at.root, "扫码申请", "县团委", date(2023, 7, 1), date(2023, 9, 30))
    assert (asking.poster_problem(poster, day) == "") == open_


@pytest.mark.parametrize(
    ("first", "last", "fits"),
    [
        (TODAY, TODAY, False),  # over before anybody has printed it
        (TODAY, TODAY + ONE_DAY, True),
        (TODAY + ONE_DAY, TODAY + ONE_DAY, True),  # of one day
        (date(2022, 7, 4), date(2023, 7, 4), True),
        (date(2022, 7, 3), date(2023, 7, 4), False),  # a year and a day
        (date(2023, 9, 1), date(2024, 9, 1), True),  # a year with a 29 February
    ],
)
def test_a_poster_ends_after_today_and_within_a_year(world, first, last, fits):
    if fits:
        assert asking.make_poster(world.at.root, "扫码申请", "县团委", first, last).to_on == last
    else:
        with pytest.raises(RuleError):
            asking.make_poster(world.at.root, "扫码申请", "县团委", first, last)


def test_the_last_day_of_a_bank(world):
    for closed, open_ in ((TODAY, True), (TODAY - ONE_DAY, False)):
        services.LoanBank.update(closed_on=closed).where(services.LoanBank.id == world.bank.id).execute()
        bank = services.LoanBank.get_by_id(world.bank.id)
        assert bool(asking.products_on(TODAY)) == open_
        if open_:
            assert officers.invite_officer(bank, "钱经理", "qian")
        else:
            with pytest.raises(RuleError):
                officers.invite_officer(bank, "孙经理", "sun")


def rows(door, act):
    database.connect(reuse_if_open=True)
    with scoped(county_scope(door.county)):
        return act()


def visit(door, path, status=200):
    answer = door.phone.get(f"/c/test/p/loan/{path}")
    database.connect(reuse_if_open=True)
    assert answer.status_code == status, (path, answer.status_code, plain(answer.text)[-600:])
    return answer.text


def send(door, path, data, status=303):
    answer = door.phone.post(f"/c/test/p/loan/{path}", data=data)
    database.connect(reuse_if_open=True)
    assert answer.status_code == status, (path, answer.status_code, plain(answer.text)[-800:])
    return answer if status == 303 else answer.text


def plain(text):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text))


def at_field(text, field):
    found = re.search(rf'id="{field}-why">.*?<span>(.*?)</span>', text, re.S)
    assert found, f"no message at {field}"
    return found[1].strip()


def apply_once(door, **more):
    """Hand in a good form; the code comes back."""
    key = re.search(r'name="form_key" value="([^"]+)"', visit(door, f"{door.token}/"))[1]
    answer = send(door, f"{door.token}/", door.form | {"form_key": key} | more)
    return re.search(r"/p/loan/s/([A-Z2-7-]{19})/", answer.location)[1]


def test_an_application_by_phone_and_its_status(door):
    before = visit(door, f"{door.token}/")
    assert all(head in before for head, _text in notice.notice("", "")) and "农商行" in before and "200,000" in before and "4.35%" in before
    code = apply_once(door)
    a, asked = rows(door, lambda: (LoanApplication.get(), LoanRequest.get()))
    assert (a.state, a.amount, a.number, a.applied_on) == ("applied", D(100_000), "2023-0001", TODAY)
    assert rows(door, lambda: [(s.after, s.side, s.actor) for s in queries.steps(a)]) == [("applied", "applicant", asking.APPLICANT)]
    assert (asked.place, asked.phone, asked.consent, asked.is_known) == ("柳河镇河湾村", "13900001234", notice.VERSION, False)
    text = visit(door, f"s/{code}/?new=1")
    for word in ("2023-0001", "已申请", "等待镇、村团组织初审", "顾*禾", "139****1234", "100,000", code, "<svg"):
        assert word in text, word
    assert not [w for w in ("顾青禾", "13900001234", id_no(), "周敏") if w in text]
    stored = _raw("loans_request")
    assert id_no() not in stored and "13900001234" not in stored and code.replace("-", "") not in stored


def _raw(table):
    with sqlite3.connect(os.environ["YOUTHPILOT_HOME"] + "/youthpilot.db") as connection:
        return str(connection.execute(f'SELECT * FROM "{table}"').fetchall())  # noqa: S608


def test_messages_stand_at_their_fields_and_nothing_is_lost(door):
    cases = [
        ("L40", {"name": "x1"}, "name"),
        ("L41", {"id_no": id_no()[:17] + ("1" if id_no()[17] != "1" else "2")}, "id_no"),
        ("L41", {"id_no": ""}, "id_no"),
        ("L42", {"birth_date": "1992-05-05"}, "birth_date"),
        ("L42", {"sex": "F"}, "sex"),
        ("L43", {"phone": "12345"}, "phone"),
        ("L45", {"agree": ""}, "agree"),
        ("L45", {"agree_bank": ""}, "agree_bank"),
        ("L46", {"birth_date": "1960-05-04", "id_no": id_no("19600504")}, "birth_date"),
        ("L46", {"birth_date": "2006-05-04", "id_no": id_no("20060504")}, "birth_date"),
        ("L8", {"amount": "200001"}, "amount"),
        ("L8", {"amount": "0"}, "amount"),
        ("L9", {"months": "25"}, "months"),
        ("", {"place": "0"}, "place"),
        ("", {"product": "99999"}, "product"),
        ("", {"kind": ""}, "kind"),
    ]
    for code, wrong, field in cases:
        page = send(door, f"{door.token}/", door.form | wrong, 422)
        message = at_field(page, field)
        assert message and not re.search(r"[A-Za-z]{3,}", message), (code, message)
        kept = {k: v for k, v in door.form.items() if k not in (*wrong, "website") and isinstance(v, str) and v}
        for name in ("business_name", "main_product", "purpose", "phone"):
            assert name not in kept or f'value="{kept[name]}"' in page, (field, name)
    assert rows(door, lambda: (LoanApplication.select().count(), Person.select().where(Person.name == "顾青禾").count())) == (0, 0)


def test_nobody_learns_whether_a_person_is_known(door):
    rows(door, lambda: enter(door, "顾青禾", birth=date(1992, 5, 4), id_no=id_no()))
    known = rows(door, lambda: LoanElite.get())
    first = plain(visit(door, f"s/{apply_once(door)}/"))
    second = plain(visit(door, f"s/{apply_once(door, name='秦小满', id_no=id_no(order='125'), main_product='草莓')}/"))
    third = plain(visit(door, f"s/{apply_once(door)}/"))  # again with the same bank: taken, and said to the League only
    for text in (second, third):
        shape = re.sub(r"[A-Z2-7-]{19}|2023-\d{4}|[顾秦].[禾满]", "", text)
        assert shape == re.sub(r"[A-Z2-7-]{19}|2023-\d{4}|[顾秦].[禾满]", "", first)
    elites = rows(door, lambda: [(a.elite_id == known.id, a.elite.pending) for a in LoanApplication.select().order_by(LoanApplication.id)])
    assert elites == [(True, False), (False, True), (True, False)]
    last = rows(door, lambda: asking.doubts(LoanRequest.select().order_by(LoanRequest.id.desc()).get()))
    assert len(last) == 1 and "2023-0001" in last[0]  # L48
    renamed = apply_once(door, name="顾清河", birth_date="1992-05-04")
    assert "顾*河" in visit(door, f"s/{renamed}/")
    told = rows(door, lambda: asking.doubts(asking.request_by_code(renamed)))
    assert "顾清河" in told[0] and "顾青禾" in told[0]
    assert rows(door, lambda: Person.get_by_id(known.person_id).name) == "顾青禾"


def test_the_same_form_sent_twice_counts_once(door):
    key = re.search(r'name="form_key" value="([^"]+)"', visit(door, f"{door.token}/"))[1]
    pages = {send(door, f"{door.token}/", door.form | {"form_key": key}).location for _n in range(2)}
    assert len(pages) == 1 and rows(door, lambda: LoanApplication.select().count()) == 1
    send(door, f"{door.token}/", door.form | {"form_key": "forged"})
    assert rows(door, lambda: LoanApplication.select().count()) == 2


def test_who_is_not_checked_yet_is_in_no_figure(door):
    code = apply_once(door)
    assert rows(door, lambda: (LoanElite.get().pending, LoanEntry.select().count())) == (True, 0)
    client = door.app.test_client()
    client.post("/demo", data={"entry": "county"})
    assert "顾青禾" not in client.get("/c/test/loans/elites/").text
    a = rows(door, lambda: LoanApplication.get())
    page = client.get(f"/c/test/loans/applications/application/?id={a.id}").text
    assert "申请人填写的内容" in page and "青禾家庭农场" in page and "13900001234" in page and id_no() not in page
    assert "扫码" in client.get("/c/test/loans/applications/").text
    client.post(f"/c/test/loans/applications/step/?id={a.id}&to=checked", data={"on": "2023-07-03"})
    assert rows(door, lambda: (LoanElite.get().pending, LoanEntry.get().entered_on)) == (False, TODAY)
    assert "顾青禾" in client.get("/c/test/loans/elites/").text
    text = visit(door, f"s/{code}/")
    assert "初审已通过" in text and "周敏" not in text


def test_returned_corrected_withdrawn(door):
    code = apply_once(door)
    a = rows(door, lambda: LoanApplication.get())
    rows(door, lambda: services.move(a, "returned", TODAY, reason="请写明种苗数量"))
    assert "请写明种苗数量" in visit(door, f"s/{code}/")
    page = visit(door, f"s/{code}/again/")
    assert "请写明种苗数量" in page and 'value="购买种苗"' in page and id_no() not in page
    fields = ("kind", "business_name", "main_product", "jobs_driven", "product", "months", "guarantee")
    again = {k: door.form[k] for k in fields} | {"amount": "80000", "purpose": "购买种苗5000斤", "remark": "已写明"}
    assert at_field(send(door, f"s/{code}/again/", again | {"amount": "900000"}, 422), "amount")  # L8
    send(door, f"s/{code}/again/", again)
    a = rows(door, lambda: LoanApplication.get())
    assert (a.state, a.amount, a.purpose) == ("applied", D(80_000), "购买种苗5000斤")
    assert door.phone.post(f"/c/test/p/loan/s/{code}/again/", data=again).status_code == 302  # L49: no longer returned
    send(door, f"s/{code}/withdraw/", {"reason": "不需要了"})
    text = visit(door, f"s/{code}/")
    assert "申请已撤销" in text and rows(door, lambda: LoanApplication.get().state) == "withdrawn"
    send(door, f"s/{code}/withdraw/", {})  # L49
    assert "状态已经变化" in visit(door, f"s/{code}/") and rows(door, lambda: LoanStep.select().where(LoanStep.after == "withdrawn").count()) == 1


def test_posters_end_and_are_made_by_those_who_record(door):
    client = door.app.test_client()
    client.post("/demo", data={"entry": "township"})
    form = {"title": "柳河镇扫码申请", "organization": door.at.town, "contact": "镇团委 888", "from_on": "2023-07-03", "to_on": "2023-07-02"}
    assert at_field(client.post("/c/test/loans/posters/new/", data=form).text, "to_on")  # L44
    assert at_field(client.post("/c/test/loans/posters/new/", data=form | {"to_on": "2025-07-03"}).text, "to_on")  # L44
    made = client.post("/c/test/loans/posters/new/", data=form | {"to_on": "2023-08-31"})
    page = client.get(made.location).text
    own = re.search(r"/c/test/p/loan/([^/\"]+)/", page)[1]
    assert "<svg" in page and "河湾村" in visit(door, f"{own}/") and "秦" not in page
    visit(door, f"{own}x/", 404)
    row = rows(door, lambda: LoanPoster.select().order_by(LoanPoster.id.desc()).get())
    client.post(f"/c/test/loans/posters/revoke/?id={row.id}", data={"reason": "印错了"})
    assert "已失效" in visit(door, f"{own}/", 410)  # L50
    rows(door, lambda: LoanPoster.update(from_on=date(2023, 7, 4)).where(LoanPoster.id == door.poster.id).execute())
    assert "起接受申请" in visit(door, f"{door.token}/", 410)  # L50
    rows(door, lambda: LoanPoster.update(from_on=date(2023, 6, 1), to_on=date(2023, 7, 2)).where(LoanPoster.id == door.poster.id).execute())
    send(door, f"{door.token}/", door.form, 410)  # L50
    assert rows(door, lambda: LoanApplication.select().count()) == 0


def test_flooding_and_programs_are_stopped(door):
    page = send(door, f"{door.token}/", door.form | {"website": "http://spam"}, 422)  # L51
    assert "没有提交成功" in page and 'value="青禾家庭农场"' in page and rows(door, lambda: LoanApplication.select().count()) == 0
    rows(door, lambda: set_setting(door.county, "loans", "public_per_hour", 5, date(2023, 1, 1), "周敏"))
    for _n in range(4):
        send(door, f"{door.token}/", door.form | {"name": ""}, 422)
    page = send(door, f"{door.token}/", door.form, 429)  # L47
    assert "提交次数太多" in page and 'value="青禾家庭农场"' in page
    assert rows(door, lambda: {t.network for t in LoanTry.select()}) == {blind_index("127.0.0.1")}


def test_a_wrong_code_shows_nothing_and_guessing_ends(door):
    code = apply_once(door)
    typed = code.lower().replace("-", " ")
    assert code in send(door, "s/", {"code": typed}).location
    assert at_field(send(door, "s/", {"code": "AAAA-AAAA-AAAA-AAAA"}, 422), "code")  # L52
    visit(door, "s/AAAA-AAAA-AAAA-AAAA/", 404)
    rows(door, lambda: set_setting(door.county, "loans", "public_per_hour", 5, date(2023, 1, 1), "周敏"))
    for n in range(6):  # the first one was typed above, the second was right
        send(door, "s/", {"code": "AAAA-AAAA-AAAA-AAAA"}, 422 if n < 3 else 429)
    visit(door, "s/AAAA-AAAA-AAAA-AAAA/", 429)  # looking counts nothing, but ends with the others
    visit(door, f"s/{code}/")  # who has the code still gets in
    rows(door, lambda: LoanRequest.update(expires_on=date(2023, 7, 2)).execute())
    visit(door, f"s/{code}/", 429)


def test_a_new_code_ends_the_old_one_and_erasing_ends_both(door):
    code = apply_once(door)
    a = rows(door, lambda: LoanApplication.get())
    client = door.app.test_client()
    client.post("/demo", data={"entry": "county"})
    page = client.post("/c/test/loans/posters/code/", data={"id": a.id}).text
    fresh = re.search(r"[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}", plain(page))[0]
    visit(door, f"s/{code}/", 404)
    visit(door, f"s/{fresh}/")
    from youthpilot.plugins.loans import county_person_erased

    person = rows(door, lambda: LoanElite.get().person_id)
    rows(door, lambda: county_person_erased(None, person))
    visit(door, f"s/{fresh}/", 404)
    asked = rows(door, lambda: LoanRequest.get())
    assert (asked.name, asked.id_no, asked.phone, asked.place) == ("", "", "", "")


def test_without_the_token_of_the_form_nothing_is_taken(door):
    app = create_app(registry=door.registry, TESTING=True)
    answer = app.test_client().post(f"/c/test/p/loan/{door.token}/", data=door.form)
    assert answer.status_code == 400
    phone = app.test_client()
    page = phone.get(f"/c/test/p/loan/{door.token}/").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    assert phone.post(f"/c/test/p/loan/{door.token}/", data=door.form | {"csrf_token": token}).status_code == 303


def test_every_public_page_speaks_chinese(door):
    code = apply_once(door)
    a = rows(door, lambda: LoanApplication.get())
    rows(door, lambda: services.move(a, "returned", TODAY, reason="补充"))
    for path in (f"{door.token}/", "s/", f"s/{code}/", f"s/{code}/again/", f"s/{code}/withdraw/"):
        body = re.sub(r"<(script|style|svg).*?</\1>", "", visit(door, path), flags=re.S).split("<body", 1)[1].split(">", 1)[1]
        words = set(re.findall(r"[A-Za-z]{3,}", re.sub(re.escape(code), "", plain(body))))
        assert not words - {"http", "localhost", "test", "loan"}, (path, words)
