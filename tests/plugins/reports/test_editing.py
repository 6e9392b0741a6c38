"""A section that the county edited in the browser: figures, changes, names and claims stay alive; what no longer holds is a gap."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from editing_world import MODELS

from youthpilot.core.cadres.models import Person
from youthpilot.plugins.figures.entries import enter_total
from youthpilot.plugins.loans.models import LoanRoleModel
from youthpilot.plugins.reports.models import ReportText
from youthpilot.plugins.study.models import StudyAggregate
from youthpilot.plugins.study.services import record_aggregate
from youthpilot.plugins.volunteers.models import Activity

DOWN, STUDY, NAMES = "“双下降”", "比去年同期增长20%", "沈祥容、张其领等5名优秀农村青年"


def older(desk):
    """The township's secretary becomes older than the one before."""
    with desk.inside():
        Person.update(birth_date=date(1980, 1, 1)).where(Person.name == "镇书记").execute()


def fewer(desk, keep):
    """Only these role models are left."""
    with desk.inside():
        gone = LoanRoleModel.select(LoanRoleModel.id).join(Person, on=(LoanRoleModel.person == Person.id)).where(Person.name.not_in(keep))
        LoanRoleModel.delete().where(LoanRoleModel.id.in_([r.id for r in gone])).execute()


def learned(desk, count):
    with desk.inside():
        row = StudyAggregate.select().order_by(StudyAggregate.id.desc()).first()
        record_aggregate(row.issue, row.organization_id, count, 0)


def test_an_editor_is_given_placeholders_for_everything_that_lives(desk):
    assert "{cadres.mean_age_both_down|words}" in desk.given("core.base") and "双下降" not in desk.given("core.base")
    assert "{study.participations|change}" in desk.given("study") and "增长" not in desk.given("study")
    assert "{loans.role_models|names}优秀农村青年" in desk.given("loans") and MODELS[0] not in desk.given("loans")


def test_placeholders_are_named_beside_the_editor_and_in_the_log(desk):
    """A secretary reads titles: the section's own figures stand first, with what must be typed below; the log holds no keys at all."""
    page = desk.get("/report/wording?period=2023H1&block=core.base").text
    own = page.split("本节用到的数")[1].split("<details")[0]
    row = r'<th scope="row">村居?[^<]*平均年龄[^<]*<small><code>\{cadres.village_secretary_mean_age\}</code></small></th><td class="n">[\d.]+岁'
    assert re.search(row, own), own
    assert own.count("<tr>") == len(set(re.findall(r"\{[a-z_.]+", desk.given("core.base"))))
    desk.edit("core.base", desk.given("core.base").replace("全县共有", "目前全县共有"))
    with desk.inside():
        enter_total(desk.period(), desk.period().organization_id, "ledger.x", value=Decimal(12), source_file="台账.xlsx", actor="周敏")
        enter_total(desk.period(), desk.period().organization_id, "study.participations", value=Decimal(12), source_file="台账.xlsx", actor="周敏")
    for log in (re.sub("<[^>]+>", " ", desk.get("/audit/").text.split("<main")[1]), _sheet(desk.get("/audit/export").data)):
        assert "目前全县共有团组织〔" in log and "平均年龄〔" in log and "青年大学习参学 · 2023年上半年" in log and "台账.xlsx" in log
        assert not re.findall(r"\{[a-z]|cadres\.|ledger\.|study\.", log)


def _sheet(data):
    rows = openpyxl.load_workbook(BytesIO(data)).active.iter_rows(values_only=True)
    return "\n".join(str(cell) for row in rows for cell in row if cell is not None)


def test_a_saved_text_without_a_change_prints_the_same(desk):
    before = desk.said()
    for block in ("core.base", "study", "loans"):
        desk.edit(block, desk.given(block))
    assert desk.said() == before and DOWN in before and STUDY in before and NAMES in before
    assert desk.given("core.base").count("|words}") == 1  # an edited text comes back as it was saved


def test_a_claim_that_fails_takes_its_sentence_along(desk):
    desk.edit("core.base", desk.given("core.base") + "全县团干部精神面貌好。")
    older(desk)
    said = desk.said()
    assert "【待核实" in said and "“双下降”已不成立：镇" in said and "实现平均年龄" not in said
    assert "全县团干部精神面貌好。" in said and "全县共有团组织2个" in said


def test_changes_and_names_follow_the_records(desk):
    for block in ("study", "loans"):
        desk.edit(block, desk.given(block) + "成效明显。")
    learned(desk, 80)
    fewer(desk, ("王大海", "李青山", "赵长河"))
    said = desk.said()
    assert "比去年同期下降20%" in said and "王大海、李青山等3名优秀农村青年" in said and "沈祥容" not in said and "成效明显" in said


@pytest.mark.parametrize(
    "block, typed, spoil, gap",
    [
        ("core.base", "镇村团干部实现平均年龄“双下降”。", older, "“双下降”已不成立"),
        ("core.base", "镇村团干部平均年龄双双下降。", older, "“双下降”已不成立"),
        ("study", "青年大学习{study.participations}，比去年同期增长20%。", lambda desk: learned(desk, 80), "现在是“比去年同期下降20%”"),
        ("study", "青年大学习{study.participations}，同比增长20%。", lambda desk: learned(desk, 80), "“同比增长20%”与现在的数不符"),
        ("loans", "涌现出沈祥容、张其领等5名优秀农村青年。", lambda desk: fewer(desk, MODELS[1:]), "现在是“张其领、王大海等4名优秀农村青年”"),
    ],
)
def test_plain_words_of_an_older_home_are_checked(desk, block, typed, spoil, gap):
    """0.1.0 stored everything but figures as plain words and did not know what a text was made from."""
    desk.edit(block, "甲。")
    with desk.inside():
        ReportText.update(text=typed + "别的话照旧。", made_from="").execute()
    assert gap not in desk.said()
    spoil(desk)
    text = desk.said().partition("## 待核实事项")[0]
    assert gap in text and "别的话照旧。" in text and typed not in text


def test_plain_words_that_repeat_the_module_stay_alive(desk):
    desk.edit("loans", f"涌现出{NAMES}。")
    desk.edit("study", "青年大学习{study.participations}，比去年同期增长20%。")
    assert f"涌现出{NAMES}。" in desk.said() and "{loans.role_models|names}" in desk.given("loans")
    fewer(desk, MODELS[1:])
    learned(desk, 80)
    assert "涌现出张其领、王大海等4名优秀农村青年。" in desk.said() and "，比去年同期下降20%。" in desk.said()


def test_what_the_module_no_longer_says_is_stale_until_the_section_is_saved_again(desk):
    """谋实…换届, titles of activities and the like come from records: they are compared with what the module says now."""
    with desk.inside():
        place = {"county": desk.county, "organization": Person.get(Person.name == "镇书记").organization_id}
        moment = datetime(2023, 5, 4, 1, tzinfo=UTC)
        days = {"held_on": date(2023, 5, 4), "until_on": date(2023, 5, 4), "starts_at": moment, "ends_at": moment + timedelta(hours=2)}
        Activity.create(**place, title="清洁家园", place="广场", is_theme=True, state="held", **days)
    desk.edit("volunteers.service", desk.given("volunteers.service").replace("开展", "扎实开展"))
    assert "扎实开展“清洁家园”等主题志愿服务活动1次。" in desk.said()
    with desk.inside():
        Activity.update(title="爱心助考").execute()
    said = desk.said()
    assert "记录已变，“清洁家园”不再出现" in said and "扎实开展" not in said
    desk.edit("volunteers.service", "扎实开展“爱心助考”等主题志愿服务活动{volunteers.activities|plain}。")
    assert "扎实开展“爱心助考”等主题志愿服务活动1次。" in desk.said()


def test_claim_words_that_nothing_backs_are_marked_until_a_proof_is_attached(desk):
    desk.edit("study", "青年大学习覆盖{study.participations}，村级团课全覆盖，工作在全省率先推开。")
    said = desk.said()
    assert "“全覆盖”是手写的，依据？" in said and "“率先”缺依据" in said and "村级团课全覆盖" in said
    desk.edit("study", "青年大学习覆盖{study.participations}，村级团课全覆盖，工作在全省率先推开。", proof="团省委通报2023年第6期")
    assert "待核实" not in desk.said().partition("抓实思想引领")[2].partition("##")[0]


def test_a_wrong_placeholder_is_refused_at_the_field(desk):
    for wrong in ("{study.nothing}", "{study.participations|percents}", "{study.participations"):
        page = desk.edit("study", wrong, status=200).text
        assert "yp-msg" in page
