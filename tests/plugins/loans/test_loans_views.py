"""The screens by requests on the whole application: a full loan, messages at their fields, nobody beyond his own units, no English word."""

import re
from datetime import date
from decimal import Decimal

import pytest

from youthpilot.core import scoped
from youthpilot.core.accounts.models import User
from youthpilot.core.accounts.services import grant_role
from youthpilot.core.accounts.signing_in import create_demo_user
from youthpilot.core.app import create_app
from youthpilot.core.counties.models import County
from youthpilot.core.counties.services import county_registry
from youthpilot.core.kernel.db import database
from youthpilot.core.kernel.scope import county_scope
from youthpilot.core.periods.acting import Clerk
from youthpilot.core.periods.services import open_period
from youthpilot.plugins.loans import lending, queries
from youthpilot.plugins.loans.models import (
    LoanApplication,
    LoanDrawdown,
    LoanElite,
    LoanEntry,
    LoanMatch,
    LoanRepayment,
    LoanRoleModel,
    LoanTotal,
)
from youthpilot.plugins.loans.subsidymodels import LoanClaim

from .conftest import enter, granted, programme

D = Decimal


@pytest.fixture
def site(world):
    """client(key): signed in as the county's administrator or the township's reporter."""
    County.update(is_demo=True).where(County.id == world.county.id).execute()
    county = County.get_by_id(world.county.id)
    create_demo_user("county", "周敏", "county_admin", county)
    create_demo_user("township", "韩雪", "reporter", county, world.at.other)
    app = create_app(registry=world.registry, TESTING=True, WTF_CSRF_ENABLED=False)
    clients = {}

    def client(key="county"):
        if key not in clients:
            clients[key] = app.test_client()
            answer = clients[key].post("/demo", data={"entry": key})
            assert answer.status_code in (302, 303), answer.text[:500]
        return clients[key]

    world.client = client
    return world


@pytest.fixture
def rows(site):
    """Run a piece of the test in the county's scope: requests close the connection."""
    return lambda act: _inside(site, act)


def _inside(site, act):
    database.connect(reuse_if_open=True)
    with scoped(county_scope(site.county)):
        return act()


def get(site, path, status=200, key="county"):
    answer = site.client(key).get(f"/c/test/loans/{path}")
    assert answer.status_code == status, (path, answer.status_code, re.sub(r"<[^>]*>", " ", answer.text)[-800:])
    database.connect(reuse_if_open=True)
    return answer.text


def post(site, path, data, status=302, key="county"):
    answer = site.client(key).post(f"/c/test/loans/{path}", data=data)
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.text))
    assert answer.status_code == status, (path, answer.status_code, words[-800:])
    database.connect(reuse_if_open=True)
    return answer.text


def test_a_full_loan(site, rows):
    """Application, recommendation, partial approval, three drawdowns, repayments, subsidy claim."""
    person = {
        "organization": site.at.village,
        "name": "沈祥容",
        "sex": "F",
        "birth_date": "1992-05-04",
        "kind": "returnee",
        "entered_on": "2023-02-01",
    }
    post(site, "elites/add/", person)
    elite = rows(lambda: LoanElite.get())
    form = {"elite": elite.id, "product": site.product.id, "amount": "100000", "months": "12", "purpose": "泥鳅种苗", "applied_on": "2023-02-10"}
    post(site, "applications/new/", form)
    a = rows(lambda: LoanApplication.get())
    for to, day in (("checked", "2023-02-12"), ("recommended", "2023-02-13"), ("surveyed", "2023-02-20"), ("rated", "2023-02-22")):
        post(site, f"applications/step/?id={a.id}&to={to}", {"on": day})
    post(site, f"applications/step/?id={a.id}&to=partial", {"on": "2023-03-01", "amount": "80000", "months": "12", "reason": "按规模核定"})
    for n, amount in enumerate(("30000", "30000", "20000")):
        draw = {"serial": f"J{n}", "drawn_on": f"2023-03-0{n + 2}", "amount": amount, "annual_rate": "4.35", "due_on": "2024-02-01"}
        post(site, f"applications/draw/?id={a.id}", draw)
    notes = rows(lambda: [d.id for d in LoanDrawdown.select().order_by(LoanDrawdown.id)])
    for note, amount in zip(notes, ("30000", "30000", "20000"), strict=True):
        post(site, f"applications/repay/?id={note}", {"repaid_on": "2023-06-01", "principal": amount, "interest": "300.50", "proof": "回单.pdf"})
    plan = rows(programme)
    assert "沈祥容" in get(site, "subsidies/open/")
    post(site, f"subsidies/new/?id={notes[0]}", {"programme": plan.id, "from_on": "2023-03-02", "to_on": "2023-05-31", "claimed_on": "2023-07-03"})
    claim = rows(lambda: LoanClaim.get())
    assert (claim.days, claim.amount) == (91, D("113.75"))
    for to in ("league", "bank", "paid"):
        post(site, f"subsidies/step/?id={claim.id}&to={to}", {"on": "2023-07-03", "note": "凭证12号" if to == "paid" else ""})
    assert "凭证12号" in get(site, f"subsidies/claim/?id={claim.id}")
    post(site, f"applications/step/?id={a.id}&to=settled", {"on": "2023-06-02"})
    text = get(site, f"applications/application/?id={a.id}")
    for word in ("沈祥容", "部分授信", "80,000", "按规模核定", "结清", "已还清", "回单.pdf", "113.75", "财政已拨付"):
        assert word in text, word
    assert rows(lambda: queries.outstanding(date(2023, 7, 3))) == 0


def test_every_page_speaks_chinese(site, rows):
    elite = rows(lambda: enter(site))
    line = rows(lambda: granted(site, elite))
    note = rows(lambda: lending.draw(line, date(2023, 3, 2), D(50_000), date(2023, 6, 1), "1001"))
    paid = rows(lambda: lending.repay(note, date(2023, 5, 1), D(10_000), proof="回单"))
    rows(lambda: lending.record_total(site.bank, date(2022, 1, 1), date(2022, 6, 30), {"amount": D(1)}, "通报"))
    app = line.application_id
    pages = [
        "applications/", "applications/?group=running", "applications/?group=ended", "applications/arrears/", "applications/totals/", "applications/new/",
        f"applications/application/?id={app}", f"applications/draw/?id={app}", f"applications/repay/?id={note.id}", f"applications/extend/?id={note.id}",
        f"applications/undraw/?id={note.id}", f"applications/unrepay/?id={paid.id}", "applications/totals/new/", f"applications/step/?id={app}&to=settled", "elites/",
        "elites/add/", f"elites/details/?id={elite.id}", f"elites/change/?id={elite.id}", f"elites/match/?id={elite.id}", "models/", "models/edit/",
        "subsidies/", "subsidies/open/", f"subsidies/new/?id={note.id}", "programmes/", "programmes/edit/", "matches/", "matches/add/", "differences/",
        "elites/doubles/", "products/", "products/bank/", "products/product/",
    ]  # fmt: skip
    for path in pages:
        body = get(site, path).split("<main", 1)[1].split(">", 1)[1].split("</main>")[0]
        words = re.findall(r"[A-Za-z]{3,}", re.sub(r"<[^>]*>", " ", re.sub(r"<(script|style).*?</\1>", "", body, flags=re.S)))
        assert not set(words) - {"Excel", "CSV"}, (path, words)
    assert "逾期 32 天" in get(site, f"applications/application/?id={app}")
    rows(lambda: open_period(site.county, "2023H1", None, county_registry(site.registry, site.county), Clerk("周敏")))
    home = site.client().get("/c/test/").text
    assert "1 笔贷款逾期未还" in home and "今年已发放 5 万元" in home


def test_a_village_sees_its_own_and_types_no_bank_s_answer(site, rows):
    elite = rows(lambda: enter(site))
    own = rows(lambda: enter(site, "东王人", place=site.at.other, birth=date(1990, 1, 1)))
    line = rows(lambda: granted(site, elite))
    get(site, f"applications/application/?id={line.application_id}", 404, "township")
    get(site, f"elites/details/?id={elite.id}", 404, "township")
    assert "东王人" in get(site, "elites/", key="township")
    form = {"elite": own.id, "product": site.product.id, "amount": "1000", "months": "12", "purpose": "x", "applied_on": "2023-03-01"}
    post(site, "applications/new/", form, key="township")
    a = rows(lambda: LoanApplication.get(LoanApplication.elite == own.id))
    post(site, f"applications/step/?id={a.id}&to=checked", {"on": "2023-03-02"}, key="township")
    post(site, f"applications/step/?id={a.id}&to=recommended", {"on": "2023-03-02"}, 403, "township")
    post(site, "applications/totals/new/", {}, 403, "township")
    post(site, "products/bank/", {"name": "私行"}, 403, "township")
    with_elite = post(site, "applications/new/", form | {"elite": elite.id}, 422, "township")
    assert "elite-why" in with_elite
    assert rows(lambda: LoanTotal.select().count()) == 0 and rows(lambda: LoanRepayment.select().count()) == 0


def test_names_are_masked_for_those_who_only_look(site, rows):
    rows(lambda: enter(site))
    user = User.get(User.display_name == "韩雪")
    rows(lambda: grant_role(user, "viewer", site.county, site.at.village))
    text = get(site, "elites/", key="township")
    assert "沈*容" in text and "沈祥容" not in text
    assert "沈祥容" in get(site, "elites/?search=沈祥") and "沈*容" not in get(site, "elites/?search=沈祥", key="township")


def test_villages_doubles_and_the_order_of_role_models(site, rows):
    """What the day played by hand goes through: match, end, remove; merge two entries; up, down, delete; files of the lists."""
    a, b = rows(lambda: enter(site)), rows(lambda: enter(site, place=site.at.other, birth=None))
    rows(lambda: LoanElite.update(household="沈家").where(LoanElite.id == b.id).execute())
    rows(lambda: type(b.person).update(birth_date=date(1992, 5, 4)).where(type(b.person).id == b.person_id).execute())
    post(site, "matches/add/", {"elite": b.id, "village": site.at.village, "from_on": "2023-03-01", "work": "养泥鳅"})
    match = rows(lambda: LoanMatch.get())
    assert "养泥鳅" in get(site, "matches/")
    post(site, f"matches/change/?id={match.id}", {"village": site.at.village, "from_on": "2023-03-02", "work": "养虾"})
    post(site, f"matches/end/?id={match.id}", {"to_on": "2023-06-30"})
    assert rows(lambda: LoanMatch.get().to_on) == date(2023, 6, 30)
    assert "姓名和出生日期相同" in get(site, "elites/doubles/")
    post(site, f"elites/merge/?id={a.id}&other={b.id}", {"stays": a.id, "reason": "同一人"})
    assert rows(lambda: LoanMatch.get().elite_id) == a.id and rows(lambda: LoanElite.get_by_id(a.id).household) == "沈家"
    assert "养虾" in get(site, f"elites/details/?id={a.id}") and "已并入另一条" in get(site, f"elites/details/?id={b.id}")
    assert rows(lambda: LoanEntry.select().count()) == 1
    post(site, f"matches/remove/?id={match.id}", {"reason": ""}, 422)
    post(site, f"matches/remove/?id={match.id}", {"reason": "录错"})
    model = {"elite": 0, "organization": site.at.village, "named_on": "2023-05-04", "level": "county", "deed": "带动就业"}
    for n, name in enumerate(("甲", "乙"), 1):
        post(site, "models/edit/", model | {"name": name, "place": n})
    last = rows(lambda: LoanRoleModel.select().order_by(LoanRoleModel.place.desc()).get())
    post(site, "models/move/", {"id": last.id, "to": "upwards"}, 422)
    post(site, "models/move/", {"id": last.id, "to": "up"})
    assert rows(lambda: [r.person.name for r in queries.role_models(date(2023, 1, 1), date(2023, 6, 30))]) == ["乙", "甲"]
    post(site, f"models/delete/?id={last.id}", {"reason": ""}, 422)
    post(site, f"models/delete/?id={last.id}", {"reason": "重复"})
    rows(lambda: programme())
    for path in (
        "applications/",
        "applications/arrears/",
        "applications/totals/",
        "subsidies/",
        "models/",
        "products/",
        "matches/",
        "differences/",
        "elites/",
    ):
        for kind in ("xlsx", "csv"):
            answer = site.client().post(f"/c/test/loans/{path}export/{kind}/")
            assert answer.status_code == 200 and "attachment" in answer.headers["Content-Disposition"], path
            database.connect(reuse_if_open=True)
