"""A township fills in, submits, is sent back, submits again and is accepted, all by HTTP."""

import re
from decimal import Decimal
from io import BytesIO

import pytest
from periods_pages_world import ACTS, CLASSES, MEMBERS, TEXT, chinese_only, sending, text_of

from youthpilot.core.counties.services import enable
from youthpilot.core.web.current import state
from youthpilot.plugins.figures.evidence import LIMIT

PDF = b"%PDF-1.4\n%fake\n"


def test_submit_return_resubmit_accept_by_two_people(world):
    han, zhou = world.enter("han"), world.enter("zhou")
    assert han.submit("柳河镇", v_acts="12", v_classes="3.5", t_practice=TEXT).status_code == 303
    sent = world.submission("柳河镇")
    assert (sent.state, sent.version, sent.late, sent.on_behalf, sent.submitted_by) == ("submitted", 1, True, False, "用户2")
    page = zhou.get(f"/fill/review?organization={world.places['柳河镇']}")
    assert "12" in page.text and "通过" in page.text and "迟报待审" in page.text
    chinese_only(page.text)
    assert zhou.post("/fill/return", submission=sent.id, version=1, reason="").status_code == 302
    assert "请写明要改什么" in zhou.told() and world.submission("柳河镇").state == "submitted"
    zhou.post("/fill/return", submission=sent.id, version=1, reason="主题团日次数与台账不符")
    assert "主题团日次数与台账不符" in text_of(han.get("/fill/").text)
    assert han.submit("柳河镇", v_acts="11", v_classes="3.5").status_code == 303
    page = text_of(zhou.get(f"/fill/review?organization={world.places['柳河镇']}").text)
    assert "与上次提交相比" in page and "12 11" in page
    zhou.post("/fill/accept", submission=sent.id, version=1)
    assert "用户2" in zhou.told() and world.submission("柳河镇").state == "submitted"
    zhou.post("/fill/accept", submission=sent.id, version=2)
    assert world.submission("柳河镇").state == "accepted" and world.submission("柳河镇").reviewed_by == "用户0"


def test_second_submit_of_the_same_page_and_a_rival(world):
    han = world.enter("han")
    page = han.check("柳河镇", v_acts="1", b_classes="unknown").location
    first = sending(han.client.get(page).text)
    for _twice in range(2):
        assert han.post("/fill/send", first).location.startswith("/c/test/fill/review")
    assert world.submission("柳河镇").version == 1 and "有人" not in han.told()
    zhou, he = world.enter("zhou"), world.enter("he")
    sent = world.submission("柳河镇")
    zhou.post("/fill/accept", submission=sent.id, version=1)
    he.post("/fill/return", submission=sent.id, version=0, reason="晚了一步")
    assert "用户0" in he.told() and world.submission("柳河镇").state == "accepted"


def test_an_untouched_form_is_not_sent_and_every_place_says_so(world):
    han = world.enter("han")
    page = han.post("/fill/submit", han.form("柳河镇"))
    assert page.status_code == 422 and page.text.count("还没有回答：请填数") == 2 and "请写主要做法与成效" in page.text
    assert "还没有提交：有 3 处" in text_of(page.text) and "已答 1/3，还差 2 项" in text_of(page.text)
    assert world.submission("柳河镇").state == "draft"
    assert han.get("/fill/check").status_code == 422  # nor by its address
    assert han.post("/fill/send", sending_of(world, "柳河镇")).status_code == 422 and world.submission("柳河镇").state == "draft"
    again = han.get("/fill/submit?period=2023H1")
    assert again.status_code == 302 and again.location.startswith("/c/test/fill/?period=2023H1")


def sending_of(world, place):
    return {"organization": world.places[place], "period": "2023H1", "version": "0", "seen": ""}


def test_what_will_be_sent_is_shown_first_and_survives_another_browser(world):
    han = world.enter("han")
    han.post("/fill/save", han.form("柳河镇", b_acts="none", b_classes="unknown", t_practice=TEXT))
    other = world.enter("han")
    form = other.get("/fill/").text
    assert re.search(rf'name="b:{CLASSES}" value="unknown" checked', form) and re.search(rf'name="b:{ACTS}" value="none" checked', form)
    page = other.get("/fill/check")
    shown = text_of(page.text)
    assert page.status_code == 200 and "1 项按“还不掌握”提交" in shown and "团课" in shown and TEXT[:20] in shown and "没有材料" in shown
    chinese_only(page.text)
    han.post("/fill/save", han.form("柳河镇", v_acts="9", b_classes="unknown"))
    assert other.post("/fill/send", sending(page.text)).location.startswith("/c/test/fill/check") and "再核对一遍" in other.told()
    other.post("/fill/send", sending(other.get("/fill/check").text))
    sent = world.submission("柳河镇")
    assert (sent.state, sent.remark) == ("submitted", "团课：还不掌握")
    zhou = world.enter("zhou")
    board = text_of(zhou.get("/board/?open=" + str(world.places["柳河镇"])).text)
    assert "团课：还不掌握" in board and "核对无问题" not in board
    assert "还不掌握" in text_of(zhou.get(f"/fill/review?organization={world.places['柳河镇']}").text)
    zhou.post("/board/bulk", rowid=[sent.id], act="accept")
    assert "没有通过：柳河镇" in zhou.told() and world.submission("柳河镇").state == "submitted"


def test_what_a_value_is_made_of_and_who_gave_it_stands_beside_it(world):
    """On the page before sending, on the reviewer's, and in the trace of the report down to the form."""
    with world.inside():
        enable(state(world.app)["registry"], world.county, "study", "周敏")
    han, zhou = world.enter("han"), world.enter("zhou")
    fields = {"v_acts": "4", "b_classes": "none", "t_practice": TEXT}
    rate = {"n:study.rate": "29", "d:study.rate": "75", "v:study.participations": "29"}
    han.post("/fill/save", {**han.form("柳河镇", **fields), **rate})
    page = han.get("/fill/check").text
    assert re.search(r"参学率\s*29 ÷ 75 · 手工填报 · 用户2 2023-07-03 [\d:]+\s*38.7\s*%", text_of(page)), text_of(page)
    seen = sending(page)
    han.post("/fill/save", {**han.form("柳河镇", **fields), **rate, "n:study.rate": "58", "d:study.rate": "150"})  # the same rate, of twice as many
    assert "再核对一遍" in (han.post("/fill/send", seen), han.told())[1]
    here = f"/c/test/fill/review?organization={world.places['柳河镇']}&amp;period=2023H1"
    assert here not in zhou.get("/report/?figure=study.rate").text  # a draft is not behind the figure
    han.post("/fill/send", sending(han.get("/fill/check").text))
    review = zhou.get(f"/fill/review?organization={world.places['柳河镇']}").text
    assert "58 ÷ 150 · 手工填报 · 用户2" in text_of(review) and "分子：报告期内" in text_of(review)
    for key, value in (("study.rate", "38.7%"), (ACTS, "4次")):
        for path in ("/report/?", "/report/records?"):
            traced = zhou.get(f"{path}figure={key}&period=2023H1").text
            assert here in traced and re.search(rf"柳河镇\s*{value}.*?手工填报 · 用户2 · 2023-07-03", text_of(traced)), (path, key)
    assert "填报人和来源" not in world.enter("liu").get(f"/report/?figure={ACTS}").text  # another township


def test_blank_is_not_zero_and_the_last_click_wins(world):
    han = world.enter("han")
    han.post("/fill/save", han.form("柳河镇", b_acts="none", b_classes="unknown"))
    assert world.entry("柳河镇", ACTS).value == Decimal(0) and world.entry("柳河镇", ACTS).blank_kind == "none"
    assert world.entry("柳河镇", CLASSES).value is None and world.entry("柳河镇", CLASSES).blank_kind == "unknown"
    han.post("/fill/save", han.form("柳河镇", v_acts="7", w_acts="0", b_acts="none"))
    assert world.entry("柳河镇", ACTS).value == Decimal(7) and world.entry("柳河镇", ACTS).blank_kind == ""
    han.post("/fill/save", han.form("柳河镇", v_acts="7", w_acts="7", b_acts="unknown"))
    assert world.entry("柳河镇", ACTS).value is None
    han.post("/fill/save", han.form("柳河镇", v_acts="", b_acts=""))
    assert world.entry("柳河镇", ACTS) is None


def test_errors_stand_at_the_field_and_what_was_typed_is_kept(world):
    han = world.enter("han")
    page = han.submit("柳河镇", v_acts="十二", v_classes="2", t_practice="短")
    assert page.status_code == 422 and "不是数字" in page.text and 'value="十二"' in page.text
    chinese_only(page.text)
    assert world.submission("柳河镇").state == "draft" and world.entry("柳河镇", CLASSES).value == Decimal(2)
    page = han.submit("柳河镇", v_acts="1", t_practice="长" * 401)
    assert page.status_code == 422 and "超出 1 字" in page.text


def test_override_needs_a_reason_and_keeps_the_records(world):
    han = world.enter("han")
    page = han.submit("柳河镇", v_acts="1", v_members="23")
    assert page.status_code == 422 and world.entry("柳河镇", MEMBERS) is not None
    assert han.submit("柳河镇", v_acts="1", b_classes="none", v_members="23", r_members="6月29日转入3名，还没导入").status_code == 303
    entry = world.entry("柳河镇", MEMBERS)
    assert (entry.origin, entry.value, entry.reason) == ("override", Decimal(23), "6月29日转入3名，还没导入")
    page = text_of(world.enter("zhou").get(f"/fill/review?organization={world.places['柳河镇']}").text)
    assert "与记录不同" in page and "来自记录 20" in page and "6月29日转入3名" in page


def test_a_jump_asks_for_an_explanation_of_ten_characters(world, monkeypatch):
    zhou, han = world.enter("zhou"), world.enter("han")
    zhou.post("/periods/earlier", code="2022H1")
    with world.inside():
        from youthpilot.plugins.figures.entries import enter_total

        enter_total(world.period("2022H1"), world.places["柳河镇"], ACTS, value=Decimal(2), source_file="台账", actor="周敏")
    zhou.post("/periods/lock", period="2022H1", sure="1", reason="补录")
    page = han.submit("柳河镇", v_acts="20", x_acts="太短")
    assert page.status_code == 422 and "至少 10 个字" in page.text
    assert han.submit("柳河镇", v_acts="20", b_classes="none", x_acts="5月在镇文化广场集中开展").status_code == 303
    assert world.entry("柳河镇", ACTS).explanation == "5月在镇文化广场集中开展" and world.submission("柳河镇").remark
    done = zhou.post("/board/bulk", rowid=[world.submission("柳河镇").id], act="accept")
    assert done.status_code == 302 and "没有通过：柳河镇" in zhou.told() and world.submission("柳河镇").state == "submitted"


def test_autosave_answers_in_words_and_twice_is_once(world):
    han = world.enter("han")
    fields = han.form("柳河镇", v_acts="4") | {"csrf_token": ""}
    from periods_pages_world import token_of

    fields["csrf_token"] = token_of(han.get("/fill/").text)
    for _ in range(2):
        answer = han.client.post("/c/test/fill/save", data=fields, headers={"X-Requested-With": "fetch"})
        assert answer.status_code == 200 and "草稿已保存" in answer.json["text"]
    assert world.entry("柳河镇", ACTS).value == Decimal(4)
    fields["csrf_token"] = "wrong"
    assert han.client.post("/c/test/fill/save", data=fields).status_code == 400


def test_filling_in_for_somebody_is_marked_and_needs_a_source(world):
    han = world.enter("han")
    page = han.submit("河湾村", v_acts="2")
    assert page.status_code == 422 and "数字从哪里来" in page.text
    assert han.submit("河湾村", v_acts="2", t_source="7月3日电话核实").status_code == 303
    assert world.submission("河湾村").on_behalf is True
    assert "代填" in world.enter("zhou").get(f"/fill/review?organization={world.places['河湾村']}").text


def test_the_nearest_reviewer_accepts_and_nobody_his_own(world):
    wan, shen, zhou = world.enter("wan"), world.enter("shen"), world.enter("zhou")
    wan.submit("河湾村", v_acts="2")
    sent = world.submission("河湾村")
    assert wan.post("/fill/accept", submission=sent.id, version=1).status_code == 403
    shen.post("/fill/accept", submission=sent.id, version=1)
    assert world.submission("河湾村").state == "accepted"
    zhou.submit("双桥镇", v_acts="2", b_classes="unknown", t_source="传真")
    sent = world.submission("双桥镇")
    zhou.post("/fill/accept", submission=sent.id, version=1, reason="只有我一人")
    assert world.submission("双桥镇").state == "submitted"
    world.enter("he").post("/fill/accept", submission=sent.id, version=1)
    assert world.submission("双桥镇").state == "accepted"


@pytest.mark.parametrize("path", ["/fill/?organization={0}", "/fill/review?organization={0}", "/board/?open={0}"])
def test_a_township_sees_only_its_own(world, path):
    han = world.enter("han")
    answer = han.get(path.format(world.places["双桥镇"]))
    assert answer.status_code in (200, 404) and "东王村" not in answer.text and "双桥镇" not in text_of(answer.text)
    assert (answer.status_code == 404) == path.startswith("/fill")
    assert text_of(answer.text) == text_of(han.get(path.format(999999)).text) or answer.status_code == 200


def test_foreign_acts_answer_as_missing_ones(world):
    liu, han = world.enter("liu"), world.enter("han")
    liu.submit("双桥镇", v_acts="1", b_classes="unknown")
    sent, place = world.submission("双桥镇"), world.places["双桥镇"]
    for path, fields in (("/fill/save", {}), ("/fill/submit", {"version": 0}), ("/fill/send", {"version": 0}), ("/fill/withdraw", {})):
        assert han.post(path, {"organization": place, "period": "2023H1", "k": ACTS, f"v:{ACTS}": "9", **fields}).status_code == 404
    shen = world.enter("shen")
    assert shen.post("/fill/accept", submission=sent.id, version=1).status_code == 404
    assert shen.post("/fill/return", submission=sent.id, version=1, reason="越界的退回").status_code == 404
    assert shen.post("/board/bulk", rowid=[sent.id], act="accept").status_code == 404
    assert world.submission("双桥镇").state == "submitted" and world.entry("双桥镇", ACTS).value == Decimal(1)


def test_evidence_is_a_download_inside_the_scope(world):
    han = world.enter("han")
    fields = han.form("柳河镇", v_acts="1") | {"file": (BytesIO(PDF), "../../签到表\u202e.pdf"), "file_key": ACTS}
    assert han.post("/fill/save", fields).status_code == 302
    (row,) = world.evidence()
    assert (row.file_name, row.key, row.size) == ("签到表.pdf", ACTS, len(PDF)) and "签到" not in row.stored_name
    answer = han.get(f"/fill/evidence/{row.id}")
    assert answer.data == PDF and answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff" and answer.mimetype == "application/octet-stream"
    assert world.enter("zhou").get(f"/fill/evidence/{row.id}").status_code == 200
    assert world.enter("liu").get(f"/fill/evidence/{row.id}").status_code == 404
    assert world.enter("liu").post(f"/fill/remove/{row.id}", organization=world.places["双桥镇"], period="2023H1").status_code == 404
    han.post(f"/fill/remove/{row.id}", han.form("柳河镇", v_acts="3"))
    assert world.evidence()[0].removed and han.get(f"/fill/evidence/{row.id}").status_code == 404 and world.entry("柳河镇", ACTS).value == Decimal(3)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("页面.pdf", b"<html><script>1</script>", "对不上"),
        ("程序.exe", b"MZ\x90\x00", "不能收"),
        ("页面.txt", b"  <svg onload=1>", "对不上"),
        ("空.pdf", b"", "空文件"),
        ("大.pdf", PDF + b"0" * LIMIT, "20 MB"),
    ],
)
def test_what_cannot_be_taken_is_refused_and_the_draft_kept(world, name, content, why):
    han = world.enter("han")
    fields = han.form("柳河镇", v_acts="5") | {"file": (BytesIO(content), name)}
    han.post("/fill/submit", fields)
    assert why in han.told() and world.evidence() == [] and world.entry("柳河镇", ACTS).value == Decimal(5)
    assert world.submission("柳河镇").state == "draft"


def test_once_submitted_nothing_is_added_and_it_can_be_taken_back(world):
    han = world.enter("han")
    fields = han.form("柳河镇", v_acts="1", b_classes="unknown")
    han.submit("柳河镇", v_acts="1", b_classes="unknown")
    assert han.get("/fill/").status_code == 302
    han.post("/fill/save", {**fields, f"v:{ACTS}": "99", "file": (BytesIO(PDF), "迟到.pdf")})
    assert world.entry("柳河镇", ACTS).value == Decimal(1) and world.evidence() == []
    han.post("/fill/withdraw", organization=world.places["柳河镇"], period="2023H1")
    assert world.submission("柳河镇").state == "draft" and han.get("/fill/").status_code == 200


def test_pages_speak_chinese(world):
    han, kan = world.enter("han"), world.enter("kan")
    for path in ("/fill/", "/fill/review", "/board/", "/periods/span"):
        chinese_only(han.get(path).text)
    assert kan.get(f"/fill/?organization={world.places['柳河镇']}").status_code == 403
    assert kan.get(f"/fill/review?organization={world.places['柳河镇']}").status_code == 200
