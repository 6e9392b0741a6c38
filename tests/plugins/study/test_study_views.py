"""The screens by requests: rates with their denominator, who is missing, forms, and nothing beyond one's own units."""

from datetime import date

from youthpilot.core import Scope, scoped
from youthpilot.core.counties.models import CountyPlugin
from youthpilot.plugins.study import counting, queries, services
from youthpilot.plugins.study.models import StudyAggregate, StudyIssue, StudyRecord

ALL = frozenset({"study.read", "study.record", "study.manage"})


def page(client, path, status=200, **kwargs):
    answer = client.get(f"/c/demo{path}", **kwargs)
    assert answer.status_code == status, answer.text[-2000:]
    return answer.text


def test_issues_with_rate_and_denominator(site):
    text = page(site.client(), "/study/issues/")
    assert "2023年第26期" in text
    assert "9 ÷ 11" in text and "81.8%" in text
    assert "合计人次÷合计应学，四舍五入" in text


def test_one_issue_from_township_to_branch(site):
    text = page(site.client(), f"/study/issues/issue/?id={site.issue.id}")
    assert "T1" in text and "66.7%" in text and "低于70%" in text
    assert "150.0%" not in text and "S1" not in text  # townships are compared with townships
    for kind in ("school", "all"):
        text = page(site.client(), f"/study/issues/issue/?id={site.issue.id}&kind={kind}")
        assert "150.0%" in text and "超过100%" in text and ("T1" in text) == (kind == "all")
    text = page(site.client(), f"/study/issues/issue/?id={site.issue.id}&organization={site.org['T1']}")
    assert "4 ÷ 7" in text
    assert "“青年大学习”2023年第26期已于6月25日截止，以下3名团员未学习" in text
    assert "V1（3）：王己、王庚、王戊" in text or "V1（3）" in text


def test_no_english_and_no_key_on_the_pages(site):
    import re

    i = site.issue.id
    with scoped(Scope(site.county.id, None)):
        services.record_aggregate(site.issue, site.org["V1"], 9, 1)
        services.record_aggregate(site.issue, site.org["T1"], 9, 1)
    for path in ("", f"issue/?id={i}", "ranking/", "new/", "weekly/", f"edit/?id={i}", f"totals/?id={i}&organization={site.org['V1']}"):
        body = page(site.client(), f"/study/issues/{path}").split("<main", 1)[1].split(">", 1)[1].split("</main>")[0]
        words = re.sub(r"<[^>]*>", " ", body)
        assert not re.findall(r"[A-Za-z]{3,}", words), (path, re.findall(r"[A-Za-z]{3,}", words))


def test_a_township_sees_its_own_only(site):
    client = site.client("T1", ALL - {"study.manage"})
    text = page(client, f"/study/issues/issue/?id={site.issue.id}")
    assert "6 ÷ 9" in text and "C1" not in text
    page(client, f"/study/issues/issue/?id={site.issue.id}&organization={site.org['S1']}", 404)
    page(client, f"/study/issues/totals/?id={site.issue.id}&organization={site.org['C1']}", 404)
    page(client, "/study/issues/new/", 403)
    assert "王" in page(client, "/study/records/")
    with scoped(Scope(site.county.id, None)):
        foreign = StudyRecord.get(StudyRecord.organization == site.org["C1"])
    page(client, f"/study/records/details/?id={foreign.id}", 404)
    assert client.post("/c/demo/study/records/delete/", data={"id": foreign.id}).status_code == 404


def test_adding_an_issue(site):
    client = site.client()
    data = {"year": "2023", "number": "27", "opens_on": "2023-06-26", "closes_on": "2023-06-20"}
    answer = client.post("/c/demo/study/issues/new/", data=data)
    assert answer.status_code == 422 and "截止日期早于开始日期" in answer.text
    answer = client.post("/c/demo/study/issues/new/", data=data | {"closes_on": "2023-07-02"})
    assert answer.status_code == 302
    with scoped(Scope(site.county.id, None)):
        made = StudyIssue.get(StudyIssue.number == 27)
        assert made.title == "2023年第27期"
        assert queries.totals_by_issue([made.id])[made.id].base == 12


def test_a_total_by_hand_blank_is_not_zero(site):
    client = site.client("T1")
    url = f"/c/demo/study/issues/totals/?id={site.issue.id}&organization={site.org['T1']}"
    assert client.post(url, data={"learners_member": ""}).status_code == 422
    assert client.post(url, data={"learners_member": "0", "member_base": "5"}).status_code == 302
    with scoped(Scope(site.county.id, None)):
        row = StudyAggregate.get()
        assert (row.learners_member, row.learners_other, row.source_file) == (0, None, "")
        assert counting.audit_counters() == []


def test_deleting_a_record_on_the_screen_changes_the_counter(site):
    client = site.client()
    text = page(client, "/study/records/")
    assert "王甲" not in text and "王*" in text
    with scoped(Scope(site.county.id, None)):
        record = StudyRecord.get(StudyRecord.organization == site.org["V1"])
    assert client.post("/c/demo/study/records/delete/", data={"id": record.id}).status_code == 302
    assert "8 ÷ 11" in page(client, "/study/issues/")
    with scoped(Scope(site.county.id, None)):
        assert counting.audit_counters() == []


def test_switched_off_it_is_gone(site):
    with scoped(Scope(site.county.id, None)):
        CountyPlugin.update(state="disabled").where(CountyPlugin.plugin == "study").execute()
    page(site.client(), "/study/issues/", 404)
    page(site.client(), "/study/records/", 404)


def test_panel_and_problems(site):
    from youthpilot.core import CountyValue, PeriodValue
    from youthpilot.plugins.study.panels import panels, problems

    county = CountyValue(site.county.id, "demo", "示范县")
    with scoped(Scope(site.county.id, None)):
        (panel,) = panels(county, date(2023, 7, 3))
        assert panel.lines[0] == "2023年第26期：团员参学 9 / 应学 11，81.8%"
        assert "T1" in panel.lines[1] and "S1" in panel.lines[2]
        services.add_issue(2023, 25, date(2023, 6, 12), date(2023, 6, 18))
        found = problems(county, PeriodValue(1, "2023H1", date(2023, 1, 1), date(2023, 6, 30), 0))
        assert [p.text for p in found] == ["2023年第25期没有任何参学记录"]
    with scoped(Scope(site.other.id, None)):
        assert [p.todo for p in panels(CountyValue(site.other.id, "other", "邻县"), date(2023, 7, 3))] == [True]


def test_who_only_looks_sees_masked_names(site):
    text = page(site.client(permissions=frozenset({"study.read"})), f"/study/issues/issue/?id={site.issue.id}")
    assert "王己" not in text and "王*" in text
    assert "录入汇总数" not in text


def test_the_ranking_names_its_averaging(site):
    text = page(site.client(), "/study/issues/ranking/?from=2023-01-01&to=2023-06-30")
    assert "9 ÷ 11" in text and "合计人次÷合计应学" in text
    assert "这段时间没有截止的期次" in page(site.client(), "/study/issues/ranking/?from=2022-01-01&to=2022-06-30")
    page(site.client(), "/study/issues/ranking/?from=x", 400)
