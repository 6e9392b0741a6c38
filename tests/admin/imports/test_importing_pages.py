"""Imports through the browser: every step over HTTP, the worker and the database are the real ones."""

import re
import time
from datetime import date

from youthpilot.core.accounts.actor import actor_for
from youthpilot.core.accounts.services import revoke
from youthpilot.core.batches.models import Batch
from youthpilot.core.counties.services import county_registry
from youthpilot.core.kernel.clock import now
from youthpilot.core.kernel.home import files_dir
from youthpilot.core.kernel.scope import Scope, county_scope, scoped
from youthpilot.core.kernel.tables import write_table
from youthpilot.core.organizations.models import Organization
from youthpilot.core.periods.models import Period
from youthpilot.plugins.importing import jobs, queries, services
from youthpilot.plugins.importing.models import Job
from youthpilot.plugins.study.models import StudyRecord


def text_of(answer):
    return answer.get_data(as_text=True)


def count(site, model=StudyRecord):
    with scoped(county_scope(site.county)):
        return model.select().count()


def test_everybody_sees_only_what_he_may_import(site):
    assert "团组织名册" in text_of(site.enter("admin").get("/imports/"))
    page = text_of(site.enter("town").get("/imports/"))
    assert "团组织名册" not in page and "参学名单" in page and "团干部名册" in page
    assert site.enter("viewer").get("/imports/").status_code == 403
    assert site.enter("town").get("/imports/new/organizations.organizations").status_code == 404


def test_3000_rows_in_and_again_without_a_change(site, learners):
    browser = site.enter("admin")
    for kind, name in (("xlsx", "名单.xlsx"), ("csv", "名单.csv")):
        page = browser.upload("study_learners", learners(3000, kind), name)
        assert "存入 3,000 行" in text_of(page)
        done = browser.store(page)
        expected = "新增 3,000 行" if kind == "xlsx" else "3,000 行没有变化"
        assert expected in text_of(done), text_of(done)
        assert count(site) == 3000
    assert count(site, Batch) == 2  # the tree and the learners: what changed nothing is no batch


def test_bad_cells_are_named_and_nothing_is_stored(site, learners):
    browser = site.enter("admin")
    page = browser.upload("study_learners", learners(30, bad=[(3, 0, "没有的团支部"), (5, 3, "五月"), (7, 1, "")]))
    text = text_of(page)
    for cell in ("A6", "D8", "B10"):
        assert cell in text, cell
    assert "disabled" in text and "要改" in text
    after = browser.store(page)
    assert "先" in text_of(after) and count(site) == 0
    marked = browser.get(page.request.path + "/marked")
    assert marked.status_code == 200 and marked.data[:2] == b"PK" and "attachment" in marked.headers["Content-Disposition"]


def test_warnings_need_a_reason(site, learners):
    browser = site.enter("admin")
    page = browser.upload("study_learners", learners(3, bad=[(0, 3, "2023-05-20")]))
    assert "要看一下" in text_of(page)
    refused = browser.store(page)
    assert count(site) == 0 and "理由" in text_of(refused)
    assert "新增 3 行" in text_of(browser.store(refused, reason="与镇里电话核实"))


def test_paste_with_and_without_headings(site):
    browser = site.enter("admin")
    rows = "第0镇0村团支部\t王芳\t1\n第0镇1村团支部\t李雷\t2"
    for text in (f"团支部\t姓名\t学号\n{rows}", ""):
        if not text:  # the order of the template: school, college, organization, name, number
            text = "\n".join(f"\t\t{line}" for line in rows.splitlines())
        answer = browser.post("/imports/new/study_learners", text=text)
        page = browser.get(answer.headers["Location"])
        assert "存入 2 行" in text_of(page), text_of(page)
    assert "新增 2 行" in text_of(browser.store(page))


def test_columns_can_be_chosen_and_are_remembered(site):
    browser = site.enter("admin")
    data = write_table(("甲", "乙", "丙"), [("第0镇0村团支部", "王芳", "2023年第19期")])
    page = browser.upload("study_learners", data)
    assert "没有认出" in text_of(page) and "存入 1 行" not in text_of(page)
    path = page.request.path
    answer = browser.post(f"{path}/adjust", map_organization="0", map_name="1", map_issue="2", profile="柳河镇名册")
    page = browser.get(answer.headers["Location"])
    assert "存入 1 行" in text_of(page)
    again = browser.upload("study_learners", write_table(("甲", "乙", "丙"), [("第0镇1村团支部", "李雷", "2023年第19期")]))
    assert "柳河镇名册" in text_of(again) and "存入 1 行" in text_of(again)


def test_undo_from_the_list(site, learners):
    browser = site.enter("admin")
    browser.store(browser.upload("study_learners", learners(40)))
    assert count(site) == 40
    page = text_of(browser.get("/imports/batches"))
    action = re.findall(r'action="([^"]+/undo)"', page)[0]
    assert "已撤销" in text_of(browser.get(browser.post(action, url="/c/test/imports/batches").headers["Location"]))
    assert count(site) == 0
    assert "已经撤销" in text_of(browser.get(browser.post(action).headers["Location"]))


def test_a_reporter_stays_below_his_township(site, learners):
    browser = site.enter("town")
    page = browser.upload("study_learners", learners(20, town=1))
    assert "要改" in text_of(page) and "第1镇0村团支部”" in text_of(page)
    own = browser.upload("study_learners", learners(20, town=0))
    assert "新增 20 行" in text_of(browser.store(own)) and count(site) == 20
    admin = site.enter("admin")
    assert admin.get(own.request.path).status_code == 404  # a card belongs to who opened it


def test_a_right_withdrawn_stops_the_job_before_it_writes(site, learners):
    browser = site.enter("town")
    browser.upload("study_learners", learners(20, town=0))
    actor = actor_for(site.users["town"], site.county, county_registry(site.registry, site.county))
    revoke(site.users["town"], site.county)
    with scoped(Scope(site.county.id, actor.root_id, actor.user_id)):
        job = Job.select().order_by(Job.id.desc()).first()
        jobs.start(job, actor, site.registry)  # the button was pressed a moment before
        for _n in range(300):
            time.sleep(0.01)
            if (fresh := Job.get_by_id(job.id)).state == "failed":
                break
        assert "收回" in fresh.message
    assert count(site) == 0


def test_a_job_of_a_dead_process_is_shown_as_failed_and_starts_again(site, learners):
    browser = site.enter("admin")
    page = browser.upload("study_learners", learners(20))
    job_id = int(page.request.path.rsplit("/", 1)[1])
    with scoped(county_scope(site.county)):
        job = Job.get_by_id(job_id)
        Job.update(state="running", params={**job.params, "worker": "0123456789abcdef"}).where(Job.id == job_id).execute()
    failed = browser.get(f"/imports/job/{job_id}")
    assert "没有存入" in text_of(failed)
    again = browser.get(f"/imports/check/{job_id}")
    assert "新增 20 行" in text_of(browser.store(again))


def test_a_locked_period_is_said(site, learners):
    with scoped(county_scope(site.county)):
        root = Organization.get(Organization.parent.is_null())
        days = {"start_on": date(2023, 1, 1), "end_on": date(2023, 6, 30), "due_on": date(2023, 7, 5), "opened_at": now()}
        Period.create(county=site.county, organization=root, code="2023H1", title="2023年上半年", state="locked", **days)
    browser = site.enter("admin")
    done = browser.store(browser.upload("study_learners", learners(20)))
    assert "2023年上半年" in text_of(done) and "锁定" in text_of(done) and count(site) == 0


def test_hostile_uploads_are_refused_in_words(site):
    browser = site.enter("admin")
    for name, data in (("a.exe", b"MZ"), ("a.xlsx", b"not a workbook"), ("a.csv", b""), ("../../etc/passwd", b"x"), ("a.xlsx", b"PK\x03\x04broken")):
        answer = browser.upload("study_learners", data, name)
        assert answer.status_code == 422 and "alert-danger" in text_of(answer), name
    assert not list((files_dir() / "imports").iterdir())  # what was refused is not kept
    assert browser.post("/imports/new/study_learners").status_code == 422


def test_an_undo_that_was_stopped_shows_how_far_it_is_and_goes_on(site, learners):
    browser = site.enter("admin")
    browser.store(browser.upload("study_learners", learners(40)))
    with scoped(county_scope(site.county)):
        batch = Batch.select().order_by(Batch.id.desc()).get()
        services.undo(batch, queries.importer_named(site.registry, "study_learners"), slices=0)  # the process died right after
    assert count(site) == 0
    state = browser.get(f"/imports/batches/{batch.id}/state").get_json()
    assert state["finished"] is False and "还有" in state["text"] and state["total"] >= 40
    page = text_of(browser.get("/imports/batches"))
    assert "已撤销" in page and "正在清理" in page and f'/batches/{batch.id}/undo"' not in page
    for _n in range(300):
        time.sleep(0.02)
        if browser.get(f"/imports/batches/{batch.id}/state").get_json()["finished"]:
            break
    assert "正在清理" not in text_of(browser.get("/imports/batches"))
    assert browser.get(f"/imports/batches/{batch.id}/undoing").status_code == 302
