"""The log in words, as a file, and checked; the platform's side."""

import io
import re

import openpyxl
import pytest

from youthpilot.core.accounts.models import Grant, Token
from youthpilot.core.accounts.services import grant_role
from youthpilot.core.audit.models import AuditEntry
from youthpilot.core.audit.services import record
from youthpilot.core.counties.models import County
from youthpilot.core.kernel.clock import now
from youthpilot.core.kernel.db import database
from youthpilot.core.kernel.errors import RuleError
from youthpilot.core.organizations.founding import create_county

from .conftest import GOOD, chinese_only

AUDIT = "/c/test/audit/"


def test_no_key_reaches_the_screen(world):
    record("weird.thing_done", object_type="mystery", object_name="青龙镇", county_id=world.county.id, before={"inner_flag": "old_code", "state": "draft"},
           after={"inner_flag": "new_code", "state": "submitted", "phone": "13800138000"}, actor="李华")  # fmt: skip
    text = world.client("admin").get(AUDIT).text
    chinese_only(text)
    assert "其他操作" in text and "青龙镇" in text and "草稿" in text and "已提交" in text and "1 项" in text
    shown = re.sub(r"<[^>]+>", " ", text)
    assert "13800138000" not in text and "weird" not in shown and "inner_flag" not in text


def test_filters(world):
    browser = world.client("admin")
    browser.get("/c/test/modules/")
    record("period.open", object_name="2023年上半年", county_id=world.county.id, actor="李华")
    record("period.open", object_name="别县的报告期", county_id=world.other.id, actor="李华")
    rows = lambda query: re.findall(r'<th scope="row">(.*?)</th>', browser.get(f"{AUDIT}?{query}").text)  # noqa: E731
    assert rows("act=period.open") == ["开启报告期"] or rows("act=period.open") == ["打开报告期"] or len(rows("act=period.open")) == 1
    assert rows("text=上半年") == rows("act=period.open")
    assert set(rows(f"actor={world.users['admin'].id}")) == {"登录"}
    assert rows("result=refused") == [] and rows("end=2020-01-01") == []
    assert "别县的报告期" not in browser.get(AUDIT).text
    for odd in ("start=x", "actor=1%27", "actor=99999999999", "page=5", "act=%3Cb%3E", "result=zzz"):
        assert browser.get(f"{AUDIT}?{odd}").status_code == 200
    assert browser.get(f"{AUDIT}?page=x").status_code == 400


def test_export_holds_the_filtered_lines(world):
    record("period.open", object_name="=1+1", county_id=world.county.id, actor="李华", reason="按期")
    answer = world.client("admin").get(f"{AUDIT}export?act=period.open")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert "1 条" in rows[0][0] and len(rows) == 3 and "按期" in rows[2] and "=1+1" not in rows[2]
    assert "%E6%93%8D%E4%BD%9C%E8%AE%B0%E5%BD%95" in answer.headers["Content-Disposition"]


def test_check_finds_what_was_changed(world):
    browser = world.client("admin")
    good = browser.post(f"{AUDIT}verify", page=AUDIT)
    assert good.status_code == 200 and "校验通过" in good.text
    database.connect(reuse_if_open=True)
    name = next(
        t
        for (t,) in database.execute_sql(
            "select name from sqlite_master where type='trigger' and tbl_name='core_audit' and sql like '%UPDATE%'"
        ).fetchall()
    )
    database.execute_sql(f'drop trigger "{name}"')
    database.execute_sql("update core_audit set actor='别人' where sequence=2")
    bad = browser.post(f"{AUDIT}verify", page=AUDIT)
    assert "被改动过" in bad.text and "2" in bad.text
    chinese_only(bad.text)


def test_check_finds_a_log_that_was_emptied_and_goes_on(world):
    browser = world.client("admin")
    database.connect(reuse_if_open=True)
    database.execute_sql('drop trigger "core_audit_no_delete"')
    database.execute_sql("delete from core_audit")
    for _again in range(2):  # the check itself is the first entry of the new log
        bad = browser.post(f"{AUDIT}verify", page=AUDIT)
        assert "被改动过" in bad.text and ("后面的被删除了" in bad.text or "重新开头" in bad.text)
        chinese_only(bad.text.replace("audit-ends.json", ""))


def test_platform_landing_and_its_pages(world):
    browser = world.client("platform")
    for page in ("/", "/counties/", "/counties/new", "/installed/", "/platform-audit/", "/account/"):
        answer = browser.get(page)
        assert answer.status_code == 200, page
        chinese_only(answer.text)
    assert "试验县" in browser.get("/").text and "/c/test/users" not in browser.get("/").text


@pytest.mark.parametrize("page", ["/counties/", "/counties/new", "/installed/", "/platform-audit/", "/platform-audit/export"])
def test_platform_pages_are_closed_to_counties(world, page):
    assert world.client("admin").get(page).status_code == 403
    assert world.client("admin").get(f"/c/test{page}").status_code == 404
    assert world.client().get(page).status_code == 302


@pytest.mark.parametrize("page", ["", "users/", "modules/", "audit/", "organizations/"])
def test_platform_administrator_reads_no_county(world, page):
    assert world.client("platform").get(f"/c/test/{page}").status_code == 404


def test_new_county_and_its_first_administrator(world):
    browser = world.client("platform")
    page = browser.post("/counties/new", page="/counties/new", name="青山县", code="qingshan", committee_name="")
    link = re.search(r">http://localhost(/welcome/[^<]+)<", page.text)[1]
    for told in ("/", "/counties/"):
        shown = browser.get(told).text
        assert "链接已开出，还没有人打开" in shown and "还没有管理员" not in shown
    Token.update(expires_at=now()).where(Token.county == County.get(County.code == "qingshan")).execute()
    assert "链接已开出" not in browser.get("/").text and "还没有管理员" in browser.get("/").text
    page = browser.post("/counties/qingshan/link", page="/counties/")
    link = re.search(r">http://localhost(/welcome/[^<]+)<", page.text)[1]
    visitor = world.client()
    fields = {"display_name": "何新", "username": "hexin", "password": GOOD, "again": GOOD}
    assert visitor.post(link, page=link, **fields).location == "/c/qingshan/"
    assert "链接已开出" not in browser.get("/").text
    assert visitor.get("/c/qingshan/users/").status_code == 200
    assert "何新" in browser.get("/counties/").text
    assert browser.post("/counties/qingshan/link", page="/counties/").status_code == 409
    acts = [e.act for e in AuditEntry.select().where(AuditEntry.county_id == County.get(County.code == "qingshan").id)]
    assert "county.create" in acts and "token.redeem" in acts


@pytest.mark.parametrize("code", ["320999", "3a", "a-9", "9" * 32])
def test_a_natural_code_serves_every_address(world, code):
    browser = world.client("platform")
    page = browser.post("/counties/new", page="/counties/new", name="东河县", code=code, committee_name="")
    link = re.search(r">http://localhost(/welcome/[^<]+)<", page.text)[1]
    visitor = world.client()
    fields = {"display_name": "何新", "username": "hexin", "password": GOOD, "again": GOOD}
    assert visitor.post(link, page=link, **fields).location == f"/c/{code}/"
    assert visitor.get(f"/c/{code}/users/").status_code == 200 and f"/c/{code}/" in browser.get("/counties/").text


@pytest.mark.parametrize("code", ["-320999", "320999-", "3", "９９９", "a_b", "A1", "a" * 33, "320999\n"])
def test_a_code_that_no_address_can_hold_is_refused(db, code):
    with pytest.raises(RuleError):
        create_county(code, "东河县")


@pytest.mark.parametrize(("name", "code", "said"), [("", "abc", "必填"), ("甲县", "Bad Code", "小写"), ("甲县", "test", "test")])
def test_new_county_refused_in_words(world, name, code, said):
    answer = world.client("platform").post("/counties/new", page="/counties/new", name=name, code=code)
    assert answer.status_code == 422 and said in answer.text


def test_several_counties_are_offered(world):
    grant_role(world.users["admin"], "county_admin", world.other)
    browser = world.client("admin")
    text = browser.get("/").text
    assert 'href="/c/test/"' in text and 'href="/c/next/"' in text
    chinese_only(text)


def test_one_county_needs_no_choice(world):
    assert world.client("reporter").get("/").location == "/c/test/"


def test_an_administrator_who_forgot_is_helped_and_the_county_reads_it(world):
    platform, path = world.client("platform"), "/counties/test/recover"
    page = platform.get(path)
    assert "登录不了" in page.text and "用户0" in page.text
    chinese_only(page.text.replace("admin", "").replace("second", ""))
    admin, reporter = (str(world.users[name].id) for name in ("admin", "reporter"))
    assert platform.post(path, page=path, user=admin, reason=" ").status_code == 422
    assert platform.post(path, page=path, user=reporter, reason="忘记密码").status_code == 422  # the county's own administrators do that
    answer = platform.post(path, page=path, user=admin, reason="忘记密码，电话核实")
    link = re.search(r">http://localhost(/welcome/[^<]+)<", answer.text)[1]
    done = world.client().post(link, page=link, password="blue-hill-3-lamps", again="blue-hill-3-lamps")
    assert done.location == "/c/test/"
    home = world.client("admin", "blue-hill-3-lamps").get("/c/test/").text
    assert "重设密码的链接" in home and "忘记密码，电话核实" in home and "用户5" in home
    assert "重设密码的链接" not in world.client("reporter").get("/c/test/").text
    log = world.client("second").get(AUDIT).text
    assert "平台开出重设密码链接" in log and "忘记密码，电话核实" in log
    for name in ("admin", "reporter"):
        assert world.client(name, "blue-hill-3-lamps" if name == "admin" else GOOD).get(path).status_code in (403, 404)
    chinese_only(world.client().get("/login").text)


def test_accounts_without_a_place_stand_in_the_list_and_at_home(world):
    viewer = world.users["viewer"]
    Grant.update(organization_id=None).where(Grant.user == viewer).execute()
    admin = world.client("admin")
    assert "缺单位" in admin.get("/c/test/users/").text and "1 个账号缺单位" in admin.get("/c/test/").text
    lost = world.client("viewer")
    assert lost.get("/c/test/organizations/").status_code == 404 and "还没有选定单位" in lost.get("/").text
    path = f"/c/test/users/{viewer.id}"
    page = admin.post(path, page=path, role="viewer", organization="")
    assert "管全县的，请选县团委" in page.text
    admin.post(path, page=path, role="viewer", organization="柳河镇")
    assert lost.get("/c/test/organizations/").status_code == 200 and "缺单位" not in admin.get("/c/test/").text
