"""A county's own figures: defined, dated, entered with a source, printed, continued by a module."""

from datetime import date
from decimal import Decimal

import pytest

from youthpilot.core import ConflictError, RuleError, county_scope, scoped
from youthpilot.core.audit.models import AuditEntry
from youthpilot.core.counties.services import county_registry, enable
from youthpilot.core.organizations.founding import create_county
from youthpilot.core.periods.acting import Clerk
from youthpilot.core.periods.lock import lock
from youthpilot.core.periods.models import Period
from youthpilot.core.periods.services import open_period
from youthpilot.plugins.figures.engine import compute_figures
from youthpilot.plugins.figures.hookspecs import indicators
from youthpilot.plugins.ledger import queries, rules, services
from youthpilot.plugins.ledger.services import Definition, Wording
from youthpilot.plugins.reports.services import compose_now

START = date(2023, 1, 1)
ARTICLES = Definition("公众号推送", "篇", "团县委公众号推送的篇数")
CLERK = Clerk("周敏")


@pytest.fixture
def world(county, registry):
    enable(registry, county, "ledger", "周敏")
    with scoped(county_scope(county)):
        yield county, lambda: county_registry(registry, county)


def opened(world, code="2023H1"):
    county, narrowed = world
    return open_period(county, code, None, narrowed(), CLERK)


def said(world, period):
    county, narrowed = world
    _frame, composed = compose_now(period, county, narrowed())
    return {
        c.section.title: "".join(p.text for s in c.builder.sentences for p in getattr(s, "parts", ()) if hasattr(p, "text") and p.text)
        for c in composed
        if c.owner == "ledger"
    }


def test_a_figure_is_asked_entered_and_computed(world):
    county, narrowed = world
    figure = services.define_figure("flow", ARTICLES, START, "周敏")
    assert figure.key == "ledger.k1"
    period = opened(world)
    assert compute_figures(county, period, narrowed()).value("ledger.k1") is None
    services.enter_value(figure, period, Decimal(161), "宣传工作统计表.xlsx", "周敏")
    found = compute_figures(county, period, narrowed()).get("ledger.k1")
    assert (found.value, found.unit, found.title) == (161, "篇", "公众号推送")
    services.enter_value(figure, period, Decimal(0), "宣传工作统计表.xlsx", "周敏")
    assert compute_figures(county, period, narrowed()).value("ledger.k1") == 0
    services.enter_value(figure, period, None, "", "周敏")
    assert compute_figures(county, period, narrowed()).value("ledger.k1") is None
    assert AuditEntry.select().where(AuditEntry.act == "figure.total").count() == 3


def test_a_value_needs_its_source_and_an_open_period(world):
    county, narrowed = world
    figure = services.define_figure("flow", ARTICLES, START, "周敏")
    period = opened(world)
    with pytest.raises(RuleError) as refused:
        services.enter_value(figure, period, Decimal(1), " ", "周敏")
    assert refused.value.field == "source_file"
    with pytest.raises(RuleError):
        services.enter_value(figure, period, Decimal("1.5"), "表.xlsx", "周敏")
    lock(period, narrowed(), CLERK, "试验")
    with pytest.raises(ConflictError):
        services.enter_value(figure, Period.get_by_id(period.id), Decimal(1), "表.xlsx", "周敏")


def test_an_average_keeps_sum_and_count(world):
    county, narrowed = world
    figure = services.define_figure("average", Definition("会员平均年龄", "岁", "年龄之和除以人数", 1), START, "周敏")
    period = opened(world)
    services.enter_value(figure, period, None, "名册.xlsx", "周敏", Decimal(2077), Decimal(58))
    found = compute_figures(county, period, narrowed()).get(figure.key)
    assert (found.value, found.numerator, found.denominator) == (Decimal("35.8"), 2077, 58)
    with pytest.raises(RuleError):
        services.enter_value(figure, period, None, "名册.xlsx", "周敏", Decimal(2077), None)


def test_versions_are_dated_and_say_why(world):
    figure = services.define_figure("flow", ARTICLES, START, "周敏")
    services.change_figure(figure, Definition("公众号和视频号推送", "篇", "两个账号之和"), date(2023, 7, 1), "周敏", "新开视频号")
    assert [own.version.title for own in queries.own_figures(date(2023, 6, 30))] == ["公众号推送"]
    assert [own.version.title for own in queries.own_figures(date(2023, 7, 1))] == ["公众号和视频号推送"]
    assert [own.version.title for own in queries.own_figures(date(2023, 7, 3))] == ["公众号和视频号推送"]
    with pytest.raises(RuleError):
        services.change_figure(figure, ARTICLES, date(2023, 8, 1), "周敏", " ")
    with pytest.raises(RuleError):
        services.change_figure(figure, ARTICLES, date(2023, 1, 1), "周敏", "往前改")


@pytest.mark.parametrize(
    ("kind", "change"), [("ratio", {}), ("flow", {"title": " "}), ("flow", {"decimals": 9}), ("distinct", {"asked_of": ("village",)})]
)
def test_impossible_definitions_are_refused(world, kind, change):
    with pytest.raises(RuleError):
        services.define_figure(kind, Definition(**{"title": "数", "unit": "个", "definition": "数", **change}), START, "周敏")


def test_numbers_are_never_used_twice():
    assert rules.next_key([]) == "ledger.k1"
    assert rules.next_key(["ledger.k2", "ledger.articles", "ledger.k10"]) == "ledger.k11"


def test_sentences_stand_under_their_heading_and_condition(world):
    county, narrowed = world
    figure = services.define_figure("flow", ARTICLES, START, "周敏")
    prizes = services.define_figure("flow", Definition("特等奖", "个", "组别数"), START, "周敏")
    known = {figure.key, prizes.key}
    services.add_sentence(Wording("thought", "强化舆论引导", "推送{ledger.k1|plain}。"), START, known, "周敏")
    services.add_sentence(Wording("thought", "强化舆论引导", "全部获奖。", 101, prizes.key, "==", Decimal(4)), START, known, "周敏")
    period = opened(world)
    services.enter_value(figure, period, Decimal(161), "表.xlsx", "周敏")
    services.enter_value(prizes, period, Decimal(3), "表.xlsx", "周敏")
    assert said(world, period) == {"强化舆论引导": "推送。"}
    services.enter_value(prizes, period, Decimal(4), "表.xlsx", "周敏")
    assert said(world, period) == {"强化舆论引导": "推送。全部获奖。"}


def test_a_sentence_with_an_unknown_figure_is_refused(world):
    with pytest.raises(RuleError):
        services.add_sentence(Wording("thought", "标题", "推送{ledger.k9}。"), START, set(), "周敏")


def test_a_closed_sentence_stays_in_earlier_periods(world):
    row = services.add_sentence(Wording("base", "标题", "一句话。"), START, set(), "周敏")
    services.close_sentence(row, date(2023, 6, 30), "周敏")
    assert [s.id for s in queries.sentences(date(2023, 1, 1), date(2023, 6, 30))] == [row.id]
    assert queries.sentences(date(2023, 7, 1), date(2023, 12, 31)) == []


@pytest.mark.parametrize(
    ("valid_from", "closed_on", "there"),
    [
        (date(2023, 6, 30), None, True),
        (date(2023, 7, 1), None, False),
        (date(2022, 1, 1), date(2023, 1, 1), True),
        (date(2022, 1, 1), date(2022, 12, 31), False),
    ],
)
def test_in_force_on_one_boundary_day(world, valid_from, closed_on, there):
    span = date(2023, 1, 1), date(2023, 6, 30)
    assert rules.in_force(valid_from, closed_on, *span) == there
    row = services.add_sentence(Wording("base", "标题", "一句话。"), valid_from, set(), "周敏")
    if closed_on is not None:
        services.close_sentence(row, closed_on, "周敏")
    assert ([s.id for s in queries.sentences(*span)] == [row.id]) == there


def test_a_closed_figure_is_no_longer_asked(world):
    from youthpilot.plugins.ledger.indicators import county_own

    figure = services.define_figure("flow", Definition("宣讲", "场次", "宣讲场次", asked_of=("township",)), START, "周敏")
    assert county_own(date(2023, 7, 3))[0].asked_of == ("township", "street")
    services.close_figure(figure, date(2023, 6, 30), "周敏", "并入别的数")
    assert [county_own(day)[0].asked_of != () for day in (date(2023, 6, 30), date(2023, 7, 1), date(2023, 7, 3))] == [True, False, False]
    assert county_own(date(2025, 1, 1)) == []


def test_a_module_continues_the_series(world, registry):
    county, narrowed = world
    from youthpilot.plugins.figures.queries import base_values

    figure = services.define_figure("stock", Definition("团员数", "名", "年底数"), date(2022, 1, 1), "周敏")
    before = opened(world, "2022H1")
    services.enter_value(figure, before, Decimal(990), "年报.xlsx", "周敏")
    lock(before, narrowed(), CLERK, "试验")
    services.link_series(figure, "organizations.members", "2023H1", "周敏")
    period = opened(world)
    assert base_values(county, period, narrowed()).last_year["organizations.members"] == 990
    with pytest.raises(ConflictError):
        services.reopen_figure(queries.figure_by_key(figure.key), "周敏")


def test_another_county_has_none_of_it(world, registry):
    services.define_figure("flow", ARTICLES, START, "周敏")
    other = create_county("other", "邻县")
    enable(registry, other, "ledger", "陆青")
    with scoped(county_scope(other)):
        assert [key for _m, i in indicators(county_registry(registry, other)) if (key := i.key).startswith("ledger.")] == []


def test_people_read_titles_and_never_keys():
    titles = rules.titled({"ledger.k1": "公众号推送", "ledger.k2": "公众号推送", "study.rate": "参学率"})
    text = "推送{ledger.k1|plain}、{ledger.k2}，参学率{study.rate|percent}。"
    words = rules.to_words(text, titles)
    assert words == "推送{公众号推送|照实写}、{公众号推送（2）}，参学率{参学率|百分比}。"
    assert rules.from_words(words, titles) == (text, "")
    assert rules.from_words("{没有这个}", titles)[1] == "{没有这个}"
