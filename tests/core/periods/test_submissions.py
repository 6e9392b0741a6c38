"""From opening to acceptance: who owes, drafts, checks, late, returned, filled in for others, reviewed by whom."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from figures_world import TEXTS

from youthpilot.core.accounts.models import Grant, User
from youthpilot.core.audit.models import AuditEntry
from youthpilot.core.counties.services import set_setting
from youthpilot.core.hookvalues import Problem
from youthpilot.core.kernel.clock import LOCAL, now
from youthpilot.core.kernel.errors import ConflictError, NotFound, RuleError
from youthpilot.core.kernel.scope import Scope, scoped
from youthpilot.core.organizations.services import create
from youthpilot.core.periods import services
from youthpilot.core.periods.lock import lock
from youthpilot.core.periods.models import Period, Submission
from youthpilot.core.periods.opening import add_obligation, waive
from youthpilot.core.periods.queries import completeness, current_period, events_of, open_points
from youthpilot.core.periods.reminders import missing_words, reminder_text, reminder_words, reminders_by_group
from youthpilot.core.periods.rules import REVIEW
from youthpilot.core.periods.services import accept, accept_many, return_, withdraw
from youthpilot.plugins.figures.engine import compute_figures
from youthpilot.plugins.figures.entries import enter_total
from youthpilot.plugins.figures.forms import check_form, read_form
from youthpilot.plugins.figures.models import FigureEntry
from youthpilot.plugins.figures.pages.totals import save_totals
from youthpilot.plugins.figures.services import FormError, save_draft, submit
from youthpilot.plugins.figures.typed import Given

ON_TIME, LATE = date(2023, 6, 29), date(2023, 7, 3)


@pytest.fixture
def period(world):
    world.put("toy.times", 甲村=10, 乙村=20, 丙村=5, 一班=7)
    return world.open()


@pytest.fixture
def send(world, period):
    """Submit an organization's form: send("甲村", {...}, by=..., on=...)."""

    def act(name, given=None, by=None, on=ON_TIME, version=0):
        return world.submit(period, name, given, by, on, version)

    return act


def counts(period):
    return {k: v for k, v in completeness(period).counts.items() if v}


def test_opening_freezes_who_owes(world, period):
    done = completeness(period)
    assert (done.due, done.reported, done.missing, done.by_kind) == (6, 0, 6, {"township": 2, "village": 3, "school": 1})
    groups = {g.own.name: [o.name for o in g.below] for g in done.groups}
    assert groups == {"东镇": ["甲村", "乙村"], "西镇": ["丙村"], "实验小学": []}
    values = {"code": "new", "name": "丁村", "kind": "village", "org_type": "branch", "parent": world.ids["西镇"]}
    world.ids["丁村"] = create(world.county.id, values).id
    assert completeness(period).due == 6
    with pytest.raises(NotFound, match="应报单位"):
        read_form(period, world.ids["丁村"], world.registry)
    add_obligation(period, world.ids["丁村"], "六月成立", world.boss)
    assert completeness(period).due == 7 and completeness(period).groups[1].own.name == "西镇"
    with pytest.raises(ConflictError):
        add_obligation(period, world.ids["丁村"], "再来一次", world.boss)
    with pytest.raises(ConflictError, match="已经打开"):
        world.open()
    assert current_period(LATE).code == "2023H1"


def test_completeness_never_passes_the_whole(world, period, send):
    for name in ("东镇", "甲村", "乙村", "西镇", "丙村", "实验小学"):
        send(name, on=LATE if name == "丙村" else ON_TIME)
    done = completeness(period)
    assert (done.due, done.reported, done.missing) == (6, 6, 0) and sum(done.counts.values()) == 6
    assert done.counts["late"] == 1
    waive(period, world.ids["丙村"], "已并入丁村", world.boss)
    done = completeness(period)
    assert (done.due, done.reported, done.waived) == (5, 5, 1)
    with pytest.raises(RuleError, match="理由"):
        waive(period, world.ids["甲村"], " ", world.boss)


def test_the_form_is_filled_from_the_records(world, period):
    form = read_form(period, world.ids["东镇"], world.registry)
    times, meetings = form.get("toy.times"), form.get("toy.meetings")
    assert (times.computed, times.value, times.origin, times.by_hand) == (30, 30, "", False)
    assert (meetings.computed, meetings.value, meetings.by_hand, meetings.filled) == (None, None, True, False)
    assert [f.key for f in form.fields if f.key.startswith("toy")] == ["toy.times", "toy.rate", "toy.meetings", "toy.share"]
    assert form.get("toy.stock") is None and (form.version, form.state) == (0, "none")


def test_draft_keeps_what_can_be_kept_and_shows_errors(world, period):
    given = {"toy.meetings": Given("3"), "toy.times": Given("31"), "toy.share": Given(numerator="x", denominator="2")}
    saved = save_draft(period, world.ids["东镇"], given, world.registry, world.reporter("东镇"), {"work": "做法"})
    assert saved.submission.state == "draft" and saved.submission.version == 0
    assert {p.key for p in saved.form.errors} == {"toy.times", "toy.share", "toy.rate", "organizations.members"}
    assert [f.key for f in saved.form.missing] == ["organizations.members", "toy.rate"]
    again = read_form(period, world.ids["东镇"], world.registry)
    assert again.get("toy.meetings").value == 3 and again.texts == {"work": "做法"}
    assert again.get("toy.times").overridden and "理由" in again.get("toy.times").error
    assert again.get("toy.share").value is None
    back = {"toy.times": Given(""), "toy.meetings": Given(blank="unknown")}
    save_draft(period, world.ids["东镇"], back, world.registry, world.reporter("东镇"))
    rows = {e.key: (e.origin, e.value, e.blank_kind) for e in FigureEntry.select()}
    assert rows == {"toy.meetings": ("entered", None, "unknown")}


def test_submit_late_return_and_submit_again(world, period, send):
    first = send("甲村", {"toy.meetings": Given("2")})
    assert (first.state, first.version, first.late, first.submitted_by) == ("submitted", 1, False, "甲村填报人")
    with pytest.raises(RuleError, match="要改什么"):
        return_(first.id, "", world.boss)
    back = return_(first.id, "会议少算一次", world.boss)
    assert (back.state, back.returned_reason) == ("returned", "会议少算一次")
    again = send("甲村", {"toy.meetings": Given("3")}, on=LATE, version=1)
    assert (again.version, again.late, again.returned_reason) == (2, True, "")
    assert counts(period) == {"late": 1, "none": 5}
    done = accept(again.id, world.boss)
    assert (done.state, done.reviewed_by) == ("accepted", "周敏")
    history = [(e.event, e.from_state, e.to_state, e.actor, e.figures.get("toy.meetings")) for e in events_of(done)]
    assert history == [
        ("submit", "none", "submitted", "甲村填报人", "2"),
        ("return", "submitted", "returned", "周敏", "2"),
        ("submit", "returned", "submitted", "甲村填报人", "3"),
        ("accept", "submitted", "accepted", "周敏", "3"),
    ]
    acts = [e.act for e in AuditEntry.select().where(AuditEntry.act.startswith("submission")).order_by(AuditEntry.id)]
    assert acts == ["submission.submit", "submission.return", "submission.submit", "submission.accept"]


def test_the_same_form_sent_twice_gives_the_first_answer(world, period, send):
    first, second = send("甲村"), send("甲村")
    assert first.id == second.id and second.version == 1 and len(events_of(first)) == 1
    with pytest.raises(ConflictError, match="待审核"):
        send("甲村", by=world.reviewer("东镇"))


def test_nothing_is_submitted_with_an_error(world, period, send):
    with pytest.raises(FormError, match="2处") as refused:
        send("东镇", {"toy.meetings": Given("-1"), "toy.times": Given("99")})
    assert {p.key for p in refused.value.form.errors} == {"toy.meetings", "toy.times"}
    assert Submission.select().count() == 0 and FigureEntry.select().count() == 0


def test_a_jump_asks_for_an_explanation_which_travels(world, period, send):
    world.put("toy.times", 甲村=3)
    lock(world.open("2022H1"), world.registry, world.boss, "历史数据")
    world.put("toy.times", 甲村=13)
    form = read_form(period, world.ids["甲村"], world.registry)
    assert form.get("toy.times").last_year == 3 and form.get("toy.times").needs_explanation
    assert [p.level for p in check_form(form) if p.key == "toy.times"] == ["E", "W"]
    with pytest.raises(FormError):
        send("甲村", {"toy.times": Given(explanation="补学")})
    sent = send("甲村", {"toy.times": Given(explanation="五月起全村青年集中参学")})
    assert "去年同期" in sent.remark
    assert [(e.origin, e.value) for e in FigureEntry.select().where((FigureEntry.period == period) & (FigureEntry.key == "toy.times"))] == [
        ("note", None)
    ]
    again = read_form(period, world.ids["甲村"], world.registry).get("toy.times")
    assert (again.value, again.origin, again.given.explanation) == (13, "", "五月起全村青年集中参学")


def test_the_least_difference_is_a_dated_setting(world, period):
    world.put("toy.times", 甲村=3)
    lock(world.open("2022H1"), world.registry, world.boss, "历史数据")
    world.put("toy.times", 甲村=12)
    for since, least, asks in (("2023-01-01", 9, True), ("2023-06-30", 20, False), ("2023-07-01", 1, False)):
        set_setting(world.county, "core", "periods.jump_difference", least, date.fromisoformat(since), "周敏")
        assert read_form(period, world.ids["甲村"], world.registry).get("toy.times").needs_explanation is asks


def test_above_a_hundred_per_cent_is_unusual_not_refused(world, period, send):
    world.put("toy.rate", 甲村=(104, 100))
    with pytest.raises(FormError):
        send("甲村")
    sent = send("甲村", {"toy.rate": Given(explanation="含外来务工青年参学人数")})
    assert "超过100%" in sent.remark


def test_modules_speak_against_a_form(world, period, send):
    world.problems = [Problem("用信5笔，多于授信4笔", "请核对", True, world.ids["甲村"]), Problem("别处的事", "", True, world.ids["乙村"])]
    with pytest.raises(FormError) as refused:
        send("甲村")
    assert [p.text for p in refused.value.form.errors] == ["用信5笔，多于授信4笔。请核对"]


def test_who_may_do_what(world, period, send):
    viewer, town = world.viewer("甲村"), world.reviewer("东镇")
    for stranger in (viewer, world.reporter("西镇"), world.reporter("丙村"), world.manager_only):
        with pytest.raises(ConflictError, match="请找该单位"):
            send("甲村", by=stranger)
    first = send("甲村")
    for stranger in (viewer, world.reporter("甲村"), world.reviewer("西镇"), world.reviewer("甲村")):
        with pytest.raises(ConflictError):
            accept(first.id, stranger)
    assert accept(first.id, town).state == "accepted"
    with scoped(Scope(world.county.id, world.ids["西镇"], 5)):
        with pytest.raises(NotFound):
            accept(first.id, world.boss)
        with pytest.raises(NotFound):
            send("乙村")
        assert completeness(period).due == 2


def test_a_superior_fills_in_for_a_unit_and_may_withdraw(world, period, send):
    sent = send("甲村", by=world.reviewer("东镇"))
    assert sent.on_behalf and sent.submitted_by == "东镇审核人"
    assert not send("乙村").on_behalf
    back = withdraw(period, world.ids["乙村"], world.reporter("乙村"))
    assert back.state == "draft"
    with pytest.raises(ConflictError):
        withdraw(period, world.ids["乙村"], world.reporter("乙村"))


def _user(world, name, place):
    user = User.create(username=name, display_name=name, password_hash="", session_key="", created_at=now())
    role = "county_admin" if place is None else "reviewer"
    Grant.create(user=user, county=world.county, organization_id=place, role=role, permission=REVIEW, granted_at=now())
    return user


def test_the_reviewer_is_the_nearest_above_else_the_county(world, period):
    county = _user(world, "周敏", None)
    found = services.reviewer_of(period, world.ids["甲村"])
    assert (found.organization_id, found.is_county, found.names) == (world.ids["县"], True, ("周敏",))
    town = _user(world, "韩雪", world.ids["东镇"])
    found = services.reviewer_of(period, world.ids["甲村"])
    assert (found.organization_name, found.is_county, found.user_ids) == ("东镇", False, (town.id,))
    assert services.reviewer_of(period, world.ids["东镇"]).user_ids == (county.id,)


def test_nobody_reviews_himself_except_in_a_body_of_one(world, period, send):
    lone = world.reviewer("东镇", _user(world, "韩雪", world.ids["东镇"]).id)
    mine = send("甲村", by=lone)
    with pytest.raises(RuleError, match="写明理由"):
        accept(mine.id, lone)
    done = accept(mine.id, lone, "镇团委只有一人")
    assert done.self_reviewed and events_of(done)[-1].reason == "镇团委只有一人"
    _user(world, "吴刚", world.ids["东镇"])
    other = send("乙村", by=lone)
    with pytest.raises(RuleError, match="另一位审核人"):
        accept(other.id, lone, "只有一人")
    third = send("丙村", by=world.boss)
    west = _user(world, "西镇一人", world.ids["西镇"])  # the body that reviews has one person, but another one than who submitted
    with pytest.raises(RuleError, match="另一位审核人"):
        accept(third.id, world.boss, "只有一人")
    User.update(disabled=True).where(User.id == west.id).execute()
    ours = send("实验小学", by=world.boss)
    with pytest.raises(RuleError, match="另一位审核人"):
        accept(ours.id, world.boss, "只有一人")
    assert not accept(ours.id, world.second).self_reviewed
    set_setting(world.county, "core", "periods.self_review", "all", date(2023, 1, 1), "周敏")
    assert accept(third.id, world.boss, "县里只有一人").self_reviewed


def test_bulk_acceptance_leaves_out_what_needs_a_look(world, period, send):
    known = {"toy.meetings": Given(blank="none"), "organizations.members": Given("5"), "toy.rate": Given("", "8", "10")}
    plain, own, unsure = send("甲村", known), send("乙村", known, by=world.boss), send("西镇")
    world.put("toy.rate", 丙村=(104, 100))
    marked = send("丙村", {**known, "toy.rate": Given(explanation="含外来务工青年参学人数")})
    done = accept_many([plain.id, own.id, marked.id, unsure.id], world.registry, world.boss)
    assert [s.id for s in done.accepted] == [plain.id]
    assert [s.id for s, _why in done.left_out] == [own.id, marked.id, unsure.id] and "还不掌握" in done.left_out[2][1]
    assert counts(period) == {"accepted": 1, "submitted": 3, "none": 2}
    assert accept(unsure.id, world.boss).state == "accepted"


def test_an_untouched_figure_is_no_answer(world, period):
    """Neither from the browser nor from anywhere else: the service refuses. A blank one, 0 and 还不掌握 are three states."""
    place, reporter = world.ids["甲村"], world.reporter("甲村")
    with pytest.raises(FormError, match="4处") as refused:
        submit(period, place, 0, {}, world.registry, reporter)
    keys = ["organizations.members", "toy.rate", "toy.meetings"]
    assert [f.key for f in refused.value.form.missing] == keys and [p.key for p in refused.value.texts] == ["practice"]
    assert Submission.select().count() == 0
    answers = {keys[0]: Given("0"), keys[1]: Given(blank="unknown"), keys[2]: Given(blank="none")}
    save_draft(period, place, answers, world.registry, reporter, TEXTS)
    form = read_form(period, place, world.registry)
    assert [(f.value, f.unknown, f.missing) for f in map(form.get, keys)] == [(0, False, False), (None, True, False), (0, False, False)]
    save_draft(period, place, {keys[2]: Given()}, world.registry, reporter)
    assert [f.key for f in read_form(period, place, world.registry).missing] == [keys[2]]
    with pytest.raises(FormError, match="1处"):
        submit(period, place, 0, None, world.registry, reporter)
    sent = submit(period, place, 0, {keys[2]: Given("3")}, world.registry, reporter)
    assert sent.remark == "参学率：还不掌握" and events_of(sent)[-1].figures["toy.rate"] is None


def test_not_known_stays_blank_in_the_totals(world, period, send):
    for name, answer in (("甲村", Given("2")), ("乙村", Given(blank="none")), ("东镇", Given(blank="unknown"))):
        send(name, {"toy.meetings": answer})
    town = compute_figures(world.county, period, world.registry, today=LATE).get("toy.meetings", world.ids["东镇"])
    assert (town.value, town.n, town.m) == (2, 2, 3)


def test_a_form_of_the_first_version_without_answers_is_an_open_point(world, period, send):
    """0.1.0 sent blank figures; such a form still waits, is named so and is left out of the bulk."""
    sent = send("甲村", {"toy.meetings": Given("2")})
    FigureEntry.delete().where(FigureEntry.blank_kind == "unknown").execute()
    Submission.update(remark="").where(Submission.id == sent.id).execute()
    assert open_points(period, world.registry) == {sent.id: "2 项没有回答"}
    assert accept_many([sent.id], world.registry, world.boss).accepted == ()
    assert return_(sent.id, "请补齐", world.boss).state == "returned"


def test_what_is_sent_is_what_was_shown(world, period):
    place, reporter = world.ids["甲村"], world.reporter("甲村")
    seen = save_draft(period, place, world.answered(period, "甲村"), world.registry, reporter, TEXTS).form.digest
    save_draft(period, place, {"toy.meetings": Given("7")}, world.registry, reporter)
    with pytest.raises(ConflictError, match="再核对"):
        submit(period, place, 0, None, world.registry, reporter, seen=seen)
    assert submit(period, place, 0, None, world.registry, reporter, seen=read_form(period, place, world.registry).digest).version == 1


def test_the_reminder_reads_as_a_secretary_writes_it(world, period, send):
    for name in ("甲村", "实验小学", "西镇"):
        send(name)
    at = datetime(2023, 7, 3, 9, 20, tzinfo=LOCAL)
    done = completeness(period)
    assert reminder_words(done, period, at) == (
        "各单位：截至7月3日9时，2023年上半年填报应报6个，已报3个，未报3个（镇1个：东镇；村2个）。"
        "填报已于6月30日截止，请未报单位今天17时前在系统提交，有困难请联系团县委办公室。"
    )
    assert "请未报单位今天17时前报送，有困难" in reminder_words(done, period, at, forms=False)
    texts = reminders_by_group(done, period, at)
    assert set(texts) == {world.ids["东镇"], world.ids["西镇"]}
    assert texts[world.ids["东镇"]].startswith("东镇：截至7月3日9时，2023年上半年填报应报3个，已报1个，未报2个（东镇、乙村）。填报已于")
    assert missing_words(done) == "东镇、2个村"
    assert "6月29日" in reminder_text(period, date(2023, 6, 29)) and "于6月30日截止" in reminder_text(period, date(2023, 6, 29))
    for name in ("东镇", "乙村", "丙村"):
        send(name)
    assert reminder_words(completeness(period), period, at).endswith("应报6个，已报6个，已全部报齐。")


def test_earlier_totals_are_not_replaced_by_hand_nor_by_a_rate_alone(world, period, send):
    send("甲村", {"toy.meetings": Given("3")})
    with pytest.raises(ConflictError, match="自己填报"):
        enter_total(period, world.ids["甲村"], "toy.meetings", value=Decimal(9), source_file="台账", actor="李四")
    typed = {"toy.times": Given("5"), "toy.share": Given("80"), "toy.none": Given("8")}
    count, errors = save_totals(period, typed, "台账", world.registry, world.boss)
    assert count == 0 and list(errors) == ["toy.share"] and "分母" in errors["toy.share"]
    assert FigureEntry.select().where(FigureEntry.origin == "total").count() == 0


def test_a_total_does_not_get_into_a_period_that_was_locked_meanwhile(world, period):
    read_before = Period.get_by_id(period.id)
    lock(period, world.registry, world.boss, "提前")
    with pytest.raises(ConflictError):
        enter_total(read_before, world.ids["县"], "toy.meetings", value=Decimal(9), source_file="台账", actor="李四")
    assert FigureEntry.select().where(FigureEntry.origin == "total").count() == 0


def test_a_number_typed_where_records_are_silent_is_not_called_a_record_once_submitted(world, period, send):
    send("东镇", {"toy.rate": Given(numerator="80", denominator="100")})
    field = read_form(period, world.ids["东镇"], world.registry).get("toy.rate")
    assert (field.computed, field.origin, str(field.value)) == (None, "entered", "80.0")


def test_an_earlier_half_year_of_totals_is_nobodys_work(world, monkeypatch):
    from youthpilot.core.periods.services import open_period

    monkeypatch.setenv("YOUTHPILOT_TODAY", "2023-07-03")
    earlier = open_period(world.county, "2022H1", None, world.registry, world.boss, owing=False)
    assert current_period(LATE) is None
    opened = world.open()
    assert current_period(LATE) == opened != earlier
    with scoped(Scope(world.county.id, world.ids["甲村"], 1)):
        assert current_period(LATE) == opened
