"""The core without any plugin: organizations and cadres by hand, a period opened, ticked off, locked, verified."""

from datetime import date

import pytest

from youthpilot.core.audit.models import AuditEntry
from youthpilot.core.cadres.models import Post
from youthpilot.core.cadres.queries import in_force
from youthpilot.core.cadres.services import add_person, appoint
from youthpilot.core.counties.models import CountyPlugin
from youthpilot.core.counties.services import value_of
from youthpilot.core.kernel.errors import ConflictError, RuleError
from youthpilot.core.organizations.models import Organization
from youthpilot.core.organizations.services import create
from youthpilot.core.periods.acting import Clerk
from youthpilot.core.periods.lock import correction, lock, publish, reopen
from youthpilot.core.periods.models import Period, Snapshot, Submission
from youthpilot.core.periods.queries import completeness, period_value
from youthpilot.core.periods.services import open_period, return_, tick_off, waive
from youthpilot.core.periods.verify import verify_chain
from youthpilot.core.registry import Registry
from youthpilot.plugins.figures.locking import prepare as preparing
from youthpilot.plugins.figures.models import FigureEntry

BOSS = Clerk("周敏", 1)
DAY = date(2023, 7, 3)


def narrowed(county, *platform):
    return Registry(platform=platform).for_county(value_of(county), [])


@pytest.fixture
def bare(in_county):
    return narrowed(in_county)


@pytest.fixture
def places(in_county):
    root = Organization.get(Organization.parent.is_null())
    town = {"code": "t", "name": "东镇团委", "short_name": "东镇", "kind": "township", "org_type": "committee", "parent": root.id}
    made = create(in_county.id, town)
    village = {"code": "v", "name": "甲村团支部", "short_name": "甲村", "kind": "village", "org_type": "branch", "parent": made.id}
    return made, create(in_county.id, village)


def test_two_organizations_a_cadre_a_period_ticked_off_and_locked(in_county, bare, places):
    town, village = places
    person = add_person(village, {"name": "王芳", "birth_date": date(1998, 5, 1), "gender": "f"})
    appoint(person, village, "secretary", date(2022, 1, 1))
    assert [post.person.name for post in Post.select().where(in_force(DAY))] == ["王芳"]
    period = open_period(in_county, "2023H1", date(2023, 6, 30), bare, BOSS, today=DAY)
    assert [o.name for o in completeness(period).missing_lines] == ["东镇", "甲村"]
    assert tick_off(period, village.id, bare, Clerk("东镇审核人", 7, town.id), "纸质表已收").state == "accepted"
    with pytest.raises(ConflictError):  # once is enough, and nobody does it for himself
        tick_off(period, village.id, bare, BOSS)
    with pytest.raises(ConflictError):
        tick_off(period, town.id, bare, Clerk("东镇填报人", 8, town.id))
    with pytest.raises(RuleError, match="1个单位未报"):
        lock(period, bare, BOSS)
    period = Period.get_by_id(period.id)
    waive(period, town.id, "今年新设", BOSS)
    lock(period, bare, BOSS, today=DAY)
    assert (period.state, Snapshot.get().parts, Snapshot.get().as_of) == ("locked", {}, date(2023, 6, 30))
    assert verify_chain(bare) == []
    with pytest.raises(RuleError, match="不能发布"):
        publish(period, bare, BOSS)
    with correction(period, "补记", bare, BOSS):
        pass
    assert period.revision == 2 and verify_chain(bare) == []
    acts = [e.act for e in AuditEntry.select().where(AuditEntry.object_type.in_(["period", "submission"])).order_by(AuditEntry.id)]
    assert acts == ["period.open", "submission.tick", "period.obligation.waive", "period.lock", "period.correct"]


def test_what_was_ticked_off_is_sent_back_and_ticked_off_again(in_county, bare, places):
    period = open_period(in_county, "2023H1", date(2023, 6, 30), bare, BOSS, today=DAY)
    reviewer = Clerk("东镇审核人", 7, places[0].id)
    return_(tick_off(period, places[1].id, bare, reviewer).id, "纸质表没有盖章", reviewer)
    assert tick_off(period, places[1].id, bare, reviewer).state == "accepted" and Submission.select().count() == 1
    whole = narrowed(in_county, "importing", "figures", "reports")
    assert [p.text for p in preparing(period_value(period), whole, DAY).problems] == ["1个单位没有填表就记为已报，数据是空的"]


def test_a_module_that_does_not_work_stands_against_ticking_off(in_county, bare, places):
    period = open_period(in_county, "2023H1", date(2023, 6, 30), bare, BOSS, today=DAY)
    CountyPlugin.create(county=in_county, plugin="study", state="suspended", changed_at=period.opened_at)
    with pytest.raises(RuleError, match="没有运行.*study"):
        tick_off(period, places[1].id, bare, BOSS)
    assert completeness(period).counts["none"] == 2


def test_where_figures_are_kept_nothing_is_ticked_off(in_county, places):
    whole = narrowed(in_county, "importing", "figures", "reports")
    period = open_period(in_county, "2023H1", date(2023, 6, 30), whole, BOSS, today=DAY)
    with pytest.raises(RuleError, match="甲村要填报数据"):
        tick_off(period, places[1].id, whole, BOSS)
    assert completeness(period).counts["none"] == 2


def test_a_county_with_figures_is_not_locked_without_them(in_county, bare, places):
    period = open_period(in_county, "2023H1", date(2023, 6, 30), bare, BOSS, today=DAY)
    FigureEntry.create(county=in_county, organization=places[1], period=period, key="toy.times", origin="entered", entered_at=period.opened_at)
    with pytest.raises(RuleError, match="“数据”.*没有加载"):
        tick_off(period, places[1].id, bare, BOSS)
    with pytest.raises(RuleError, match="“数据”.*没有加载"):
        lock(period, bare, BOSS, "急用")
    period = Period.get_by_id(period.id)
    whole = narrowed(in_county, "importing", "figures", "reports")
    lock(period, whole, BOSS, "急用", today=DAY)
    assert verify_chain(whole) == []
    assert [(d.text, d.unchecked) for d in verify_chain(bare)] == [
        ("“数据”的部分没有核对：它没有加载。", True),
        ("“报告”的部分没有核对：它没有加载。", True),
    ]
    with pytest.raises(RuleError, match="“数据”.*“报告”"):
        publish(period, bare, BOSS, "急用")
    with pytest.raises(RuleError, match="“数据”.*“报告”"), correction(period, "补记", bare, BOSS):
        pytest.fail("nothing is written")
    assert Period.get_by_id(period.id).state == "locked"


def test_what_the_core_locked_alone_is_not_published_as_a_report(in_county, bare, places):
    period = open_period(in_county, "2023H1", date(2023, 6, 30), bare, BOSS, today=DAY)
    lock(period, bare, BOSS, "急用", today=DAY)
    whole = narrowed(in_county, "importing", "figures", "reports")
    with pytest.raises(RuleError, match="没有生成报告"):
        publish(period, whole, BOSS, "急用")
    reopen(period, "补报告", BOSS)
    lock(period, whole, BOSS, "补报告", today=DAY)
    publish(period, whole, BOSS, "急用")
    assert verify_chain(whole) == []
