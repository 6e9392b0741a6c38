"""An officer's account by requests: his bank's applications and nothing else of the house."""

import re
from datetime import date
from decimal import Decimal

import pytest

from youthpilot.core import scoped
from youthpilot.core.accounts.models import User
from youthpilot.core.accounts.signing_in import create_demo_user
from youthpilot.core.accounts.tokens import redeem_token
from youthpilot.core.app import create_app
from youthpilot.core.counties.models import County
from youthpilot.core.counties.services import county_registry
from youthpilot.core.kernel.db import database
from youthpilot.core.kernel.scope import county_scope
from youthpilot.core.periods.acting import Clerk
from youthpilot.core.periods.services import open_period
from youthpilot.core.web.policies import policy_of, routes
from youthpilot.plugins.loans import lending, officers, queries, services
from youthpilot.plugins.loans.models import LoanApplication, LoanDrawdown, LoanRepayment
from youthpilot.plugins.loans.outside import LoanOfficer

from .conftest import enter, granted

D, DAY = Decimal, date(2023, 3, 1)
PASSWORD = "green-river-7-boats"


@pytest.fixture
def house(world):
    """Two banks with a recommended application each (and one not recommended), an officer of the first, the county's administrator."""
    County.update(is_demo=True).where(County.id == world.county.id).execute()
    county = County.get_by_id(world.county.id)
    create_demo_user("county", "周敏", "county_admin", county)
    world.rival = services.save_bank("邮储银行支行", "邮储")
    values = {"name": "邮青贷", "limit": D(200_000), "max_months": 24, "annual_rate": D("4.5"), "revolving": True}
    world.rival_product = services.save_product(
        world.rival, values | {"valid_from": date(2020, 1, 1), "valid_to": None, "min_age": None, "max_age": None}
    )
    world.mine = _recommended(world, enter(world, "沈祥容", phone="13911112222"), world.product)
    world.foreign = _recommended(world, enter(world, "邮储客", birth=date(1990, 1, 1), phone="13933334444"), world.rival_product)
    world.early = services.apply(enter(world, "未推荐", birth=date(1991, 1, 1)), world.product, D(30_000), 12, "看种子", DAY)
    foreign_line = granted(world, enter(world, "邮储户", birth=date(1989, 1, 1)), product=world.rival_product)
    world.foreign_note = lending.draw(foreign_line, date(2023, 3, 2), D(20_000), date(2024, 1, 1), "Y1")
    world.foreign_paid = lending.repay(world.foreign_note, date(2023, 4, 1), D(1_000), proof="单")
    open_period(world.county, "2023H1", None, county_registry(world.registry, world.county), Clerk("周敏"))
    code = officers.invite_officer(world.bank, "钱经理", "qian")
    redeem_token(code, "", "", PASSWORD)
    world.app = create_app(registry=world.registry, TESTING=True, WTF_CSRF_ENABLED=False)
    world.desk, world.county_desk = world.app.test_client(), world.app.test_client()
    answer = world.desk.post("/login", data={"username": "qian", "password": PASSWORD})
    assert answer.status_code in (302, 303), answer.text[-800:]
    world.county_desk.post("/demo", data={"entry": "county"})
    database.connect(reuse_if_open=True)
    return world


def _recommended(world, elite, product):
    row = services.apply(elite, product, D(100_000), 12, f"{elite.person.name}的用途", DAY)
    for state in ("checked", "recommended"):
        services.move(row, state, DAY)
    return row


def rows(house, act):
    database.connect(reuse_if_open=True)
    with scoped(county_scope(house.county)):
        return act()


def get(house, path, status=200, client=None):
    answer = (client or house.desk).get(f"/c/test/{path}")
    database.connect(reuse_if_open=True)
    assert answer.status_code == status, (path, answer.status_code, re.sub(r"<[^>]*>", " ", answer.text)[-500:])
    return answer.text


def post(house, path, data, status=302, client=None):
    answer = (client or house.desk).post(f"/c/test/loans/{path}", data=data)
    database.connect(reuse_if_open=True)
    assert answer.status_code == status, (path, answer.status_code, re.sub(r"<[^>]*>", " ", answer.text)[-500:])
    return answer.text


def test_he_lands_on_his_list_and_sees_only_his_bank(house):
    answer = house.desk.get("/c/test/")
    assert answer.status_code == 302 and answer.location == "/c/test/loans/bank/"
    text = get(house, "loans/bank/")
    assert "沈祥容" in text and house.mine.number in text  # the positive control
    page = get(house, f"loans/bank/application/?id={house.mine.id}")
    for word in ("沈祥容", "13911112222", "沈祥容的用途", "100,000", "已推荐"):
        assert word in page, word
    for shown in (text, page):
        others = ("邮储", "未推荐", "周敏", house.foreign.number, house.early.number, "20,000", "名录", "2023年上半年")
        assert not [w for w in others if w in shown], [w for w in others if w in shown]


def test_another_bank_s_rows_do_not_exist_for_him(house):
    for row in (house.foreign, house.early):  # L54
        get(house, f"loans/bank/application/?id={row.id}", 404)
        for path in (f"step/?id={row.id}&to=granted", f"draw/?id={row.id}"):
            get(house, f"loans/bank/{path}", 404)
            post(house, f"bank/{path}", {"on": "2023-03-02", "amount": "100000"}, 404)
    for path in (f"repay/?id={house.foreign_note.id}", f"extend/?id={house.foreign_note.id}", f"undraw/?id={house.foreign_note.id}"):
        get(house, f"loans/bank/{path}", 404)
        post(house, f"bank/{path}", {"repaid_on": "2023-05-01", "principal": "1", "reason": "x"}, 404)
    post(house, f"bank/unrepay/?id={house.foreign_paid.id}", {"reason": "x"}, 404)
    get(house, "loans/bank/application/?id=99999", 404)
    states = rows(house, lambda: [LoanApplication.get_by_id(r.id).state for r in (house.foreign, house.early)])
    assert states == ["recommended", "applied"] and rows(house, lambda: LoanRepayment.select().count()) == 1


def test_he_answers_in_part_pays_out_and_takes_in(house):
    key = house.mine.id
    post(house, f"bank/step/?id={key}&to=surveyed", {"on": "2023-03-05"})
    post(house, f"bank/step/?id={key}&to=rated", {"on": "2023-03-06"})
    text = post(house, f"bank/step/?id={key}&to=partial", {"on": "2023-03-07", "amount": "100000"}, 422)
    assert re.search(r'id="amount-why"', text)
    post(house, f"bank/step/?id={key}&to=refused", {"on": "2023-03-07"}, 422)
    post(house, f"bank/step/?id={key}&to=partial", {"on": "2023-03-07", "amount": "60000", "months": "12", "reason": "按规模核定"})
    draw = {"serial": "J1", "drawn_on": "2023-03-08", "amount": "40000", "annual_rate": "4.35", "due_on": "2024-02-01"}
    post(house, f"bank/draw/?id={key}", draw)
    note = rows(house, lambda: LoanDrawdown.get(LoanDrawdown.serial == "J1"))
    post(house, f"bank/repay/?id={note.id}", {"repaid_on": "2023-06-01", "principal": "40000", "proof": "回单1"})
    page = get(house, f"loans/bank/application/?id={key}")
    for word in ("部分授信", "60,000", "按规模核定", "回单1", "已还清", "钱经理"):
        assert word in page, word
    paid = rows(house, lambda: LoanRepayment.get(LoanRepayment.drawdown == note.id))
    post(house, f"bank/unrepay/?id={paid.id}", {"reason": "记错"})
    post(house, f"bank/repay/?id={note.id}", {"repaid_on": "2023-06-02", "principal": "40000", "proof": "回单2"})
    post(house, f"bank/step/?id={key}&to=settled", {"on": "2023-06-03"})
    steps = rows(house, lambda: [(s.after, s.actor) for s in queries.steps(house.mine)])[3:]
    assert steps == [(s, "钱经理") for s in ("surveyed", "rated", "partial", "drawing", "settled")]
    ended = get(house, f"loans/bank/application/?id={key}")
    assert "不再显示" in ended and "13911112222" not in ended
    county = house.county_desk.get(f"/c/test/loans/applications/application/?id={key}").text
    assert "回单2" in county and "钱经理" in county


def test_every_other_page_of_the_house_is_closed(house):
    """All routes of the application: only the bank's pages, his own account and what is public open for him."""
    opened = []
    for rule, method, endpoint in routes(house.app):
        found = policy_of(house.app, endpoint, method)
        if method != "GET" or found.kind in ("public", "token") or found.side == "platform":
            continue
        path = re.sub(r"<[^>]*>", "1", rule).lstrip("/")
        answer = house.desk.get(f"/c/test/{path}")
        if answer.status_code not in (403, 404):
            opened.append((endpoint, answer.status_code))
    names = {e.split(".")[0] for e, _s in opened}
    assert names <= {"admin", "account", "loans_bank"}, opened
    assert ("loans_bank.index", 200) in opened and ("admin.index", 302) in opened
    assert house.desk.get("/c/test/search/?q=邮储").status_code == 403
    assert house.desk.get("/c/other/").status_code == 404


def test_the_county_makes_and_withdraws_his_account(house):
    rival = house.rival.id
    page = post(house, f"officers/new/?bank={rival}", {"name": "孙经理", "username": "qian"}, 422, house.county_desk)
    assert re.search(r'id="username-why"', page)
    page = post(house, f"officers/new/?bank={rival}", {"name": "孙经理", "username": "sun"}, 200, house.county_desk)
    code = re.search(r"/welcome/([\w-]+)|token=([\w-]+)", page)
    assert code, re.sub(r"<[^>]*>", " ", page)[-500:]
    assert "孙经理" in get(house, "loans/officers/", client=house.county_desk)
    row = rows(house, lambda: LoanOfficer.get(LoanOfficer.user_id == User.get(User.username == "qian").id))
    assert "合作单位人员" in house.county_desk.get("/c/test/users/").text
    post(house, f"officers/withdraw/?id={row.id}", {"reason": "调离"}, client=house.county_desk)
    get(house, "loans/bank/", 404)
    assert "已收回" in get(house, "loans/officers/", client=house.county_desk)
    rows(house, lambda: services.LoanBank.update(closed_on=date(2023, 6, 30)).where(services.LoanBank.id == rival).execute())
    page = post(house, f"officers/new/?bank={rival}", {"name": "李经理", "username": "li"}, 422, house.county_desk)  # L53
    assert "不再与这家银行合作" in page
