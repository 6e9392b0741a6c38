"""Whatever an enabled module does when it is asked: it is named and counted, everybody else's work is as before, and so is the ground."""

import itertools
from contextlib import nullcontext
from datetime import date
from decimal import Decimal, getcontext

import pytest
from peewee import OperationalError

from youthpilot.core import Panel, PanelChart, Problem, hookspecs
from youthpilot.core.audit.models import PluginFault
from youthpilot.core.calling import ModuleFault, TransactionLost
from youthpilot.core.counties.models import CountyPlugin
from youthpilot.core.counties.services import county_registry, disable, enable, enabled_plugins, suspend_after_faults
from youthpilot.core.hookspecs import Specs
from youthpilot.core.hookvalues import PeriodValue
from youthpilot.core.kernel.afterwards import write_gathered
from youthpilot.core.kernel.connection import _write_lock
from youthpilot.core.kernel.db import database, transaction
from youthpilot.core.kernel.scope import county_scope, current_scope, scoped
from youthpilot.core.kernel.stamps import renew_epoch
from youthpilot.core.organizations.founding import create_county
from youthpilot.core.organizations.models import Organization
from youthpilot.core.periods.acting import Clerk
from youthpilot.core.periods.services import open_period
from youthpilot.core.registry import Registry, set_fault_keeper
from youthpilot.plugins.figures import Indicator, Records
from youthpilot.plugins.figures.behind import breakdown_of, records_behind
from youthpilot.plugins.figures.engine import compute_figures
from youthpilot.plugins.figures.hookspecs import Specs as FigureSpecs
from youthpilot.plugins.figures.hookspecs import indicators as indicators_of
from youthpilot.plugins.importing import Counts
from youthpilot.plugins.importing.hookspecs import Specs as ImportSpecs
from youthpilot.plugins.importing.hookspecs import declared_importers
from youthpilot.plugins.importing.jobs import pasted
from youthpilot.plugins.importing.services import ImportRefused, judge, run_import
from youthpilot.plugins.reports import ReportSection
from youthpilot.plugins.reports.hookspecs import Specs as ReportSpecs
from youthpilot.plugins.reports.services import compose_now

from . import odd
from .good import MODULE as GOOD

DAY = date(2023, 7, 3)
PERIOD = PeriodValue(1, "2023H1", date(2023, 1, 1), date(2023, 6, 30), 1)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A county with the odd module and a good one enabled, and a neighbour; no period yet."""
    from youthpilot.core.testing import installation

    registry = Registry()
    assert registry.add(odd) and registry.add(GOOD), registry.failures
    with installation(tmp_path_factory.mktemp("odd"), registry):
        county, other = create_county("aa", "甲县"), create_county("bb", "乙县")
        for place in (county, other):
            enable(registry, place, "odd", "试")
            enable(registry, place, "good", "试")
        with scoped(county_scope(county)):
            period = open_period(county, "2023H1", date(2023, 6, 30), county_registry(registry, county), Clerk("试"), today=DAY)
        yield type("World", (), {"registry": registry, "county": county, "other": other, "period": period})


@pytest.fixture(autouse=True)
def fresh(world):
    """Nothing told, no fault counted, everything enabled again."""
    set_fault_keeper(suspend_after_faults)
    yield
    odd.BEHAVE.clear()
    write_gathered(5)  # a fault inside a transaction waits for its end
    PluginFault.delete().execute()
    for place in (world.county, world.other):
        if "odd" not in enabled_plugins(place.id):
            enable(world.registry, place, "odd", "试")


def here(world):
    return county_registry(world.registry, world.county)


# how each piece is asked ---------------------------------------------------------------------------------------------


def times(world):
    renew_epoch()  # the odd one behaves otherwise each time, which no table tells
    return compute_figures(world.county, world.period, here(world), today=DAY)


def figure(key):
    def ask(world):
        figures = times(world)
        assert figures.value("good.times") == 7
        return None if figures.columns[key].fault else figures.value(key)

    return ask


def claim(world):
    figures = times(world)
    value = figures.value("odd.more")
    return None if figures.columns["odd.more"].fault else value


def sections(world):
    composed = {c.section.key: c for c in compose_now(world.period, world.county, here(world), DAY)[1]}
    assert not composed["good.part"].failed and "好模块报" in composed["good.part"].builder.sentences[0].parts[0].text
    return composed


def composed(world):
    found = sections(world)["odd.part"]
    return None if found.failed else found


def sheet(text):
    return pasted(f"名称\n{text}\n")


def importer(world):
    return declared_importers(world.registry.loaded["odd"])[0]


def judged(world):
    found = judge(importer(world), sheet("甲"), {})
    return None if found.refused else found


def imported(world):
    try:
        return run_import(importer(world), sheet("甲"), {}).counts
    except (ModuleFault, ImportRefused):
        return None


ASKED_WITH = {"organization_id": 1, "event": "moved", "other_id": None, "person_id": 1, "period": PERIOD, "today": DAY, "prepared": None,
              "actor": "试", "reason": "试"}  # fmt: skip


def answer(spec):
    """What the odd module answers where everybody is asked in turn and nothing depends on one."""

    def ask(world):
        wanted = hookspecs.contract_of(spec).arguments
        given = {k: v for k, v in (ASKED_WITH | {"registry": here(world)}).items() if k in wanted}
        return dict(here(world).each(spec, **given))["odd"]

    return ask


def hook(method, spec):
    def ask(world):
        given = {k: v for k, v in ASKED_WITH.items() if k in hookspecs.contract_of(spec).arguments}
        given |= {"registry": here(world)} if "registry" in hookspecs.contract_of(spec).arguments else {}
        before = PluginFault.select().count()
        try:
            getattr(here(world), method)(spec, only="odd", **given)
        except ModuleFault:
            return None
        return None if PluginFault.select().count() > before else True

    return ask


def panels(world):
    told = here(world).panels(PERIOD, DAY)
    assert ("good", "好看板") in [(name, p and p.title) for name, p in told]
    return None if ("odd", None) in told else told


def search(world):
    return dict(here(world).each(Specs.county_search, words="好", today=DAY, most=5))["odd"]


def problems(world):
    told = here(world).period_problems(PERIOD)
    assert ("good", "好问题", False) in [(name, p.text, p.blocking) for name, p in told]
    mine = [p for name, p in told if name == "odd"]
    return None if mine and mine[0].blocking and "怪模块" in mine[0].text else mine


def indicators(key):
    def ask(world):
        found = [i.key for _n, i in indicators_of(here(world))]
        assert "good.times" in found
        return found if key in found else None

    return ask


def records(world):
    found = records_behind(world.period, "odd.times", world.period.organization_id, here(world), today=DAY)
    return None if found.origin == "failed" else found


def differences(world):
    return dict(here(world).differences())["odd"]


PIECES = {  # what BEHAVE is told → how it is asked; None comes back if it was contained, else something
    "county_panels": panels,
    "county_search": search,
    "county_period_problems": problems,
    "county_differences": differences,
    "county_indicators": indicators("odd.own"),
    "county_report_sections": lambda world: sections(world).get("odd.own"),
    "compute": figure("odd.times"),
    "items": figure("odd.people"),
    "claim": claim,
    "counties": indicators("odd.here"),
    "records": records,
    "breakdown": lambda world: breakdown_of(world.period, "odd.times", world.period.organization_id, here(world), today=DAY),
    "compose": composed,
    "lookups": judged,
    "judge": judged,
    "row_key": judged,
    "check_file": judged,
    "choices": judged,
    "default": judged,
    "apply": imported,
    "county_enabled": hook("abort", Specs.county_enabled),
    "county_organization_changed": hook("abort", Specs.county_organization_changed),
    "county_person_erased": hook("abort", Specs.county_person_erased),
    "county_disabled": hook("after", Specs.county_disabled),
    "county_period_closed": hook("after", Specs.county_period_closed),
    "county_ticking_off": hook("abort", Specs.county_ticking_off),
    "county_period_preparing": hook("abort", Specs.county_period_preparing),
    "county_period_locking": hook("abort", Specs.county_period_locking),
    "county_period_publishing": hook("abort", Specs.county_period_publishing),
    "county_submission_points": answer(Specs.county_submission_points),
    "county_closing_notes": answer(Specs.county_closing_notes),
    "county_period_facts": answer(Specs.county_period_facts),
    "county_lock_verifying": answer(Specs.county_lock_verifying),
    "county_periods_verifying": answer(Specs.county_periods_verifying),
}
GOOD_ALL_THE_SAME = {  # a value that is another kind elsewhere, and right here
    ("lookups", "a number"), ("lookups", "nothing"), ("lookups", "words"), ("lookups", "never ends"), ("lookups", "a lazy iterator"),
    ("apply", "leaves a transaction open"), ("apply", "leaves SQL open"),  # a savepoint inside the import's own transaction ends with it
    ("claim", "nothing"), ("row_key", "nothing"), ("judge", "nothing"), ("compose", "nothing"), ("compose", "a number"), ("compose", "words"),
    ("compose", "never ends"), ("compose", "a lazy iterator"), ("default", "a number"), ("default", "nothing"), ("default", "words"),
    *((name, "nothing") for name in PIECES if name.startswith(("county_enabled", "county_org", "county_person", "county_disabled", "county_period_c"))),
    *((name, "nothing") for name in ("county_ticking_off", "county_period_preparing", "county_period_locking", "county_period_publishing", "county_lock_verifying")),
    *((name, f"leaves {what} open") for name in ("county_differences", "county_lock_verifying", "county_periods_verifying")
      for what in ("a transaction", "SQL")),  # a savepoint inside the moment that it reads in ends with it
}  # fmt: skip


SPECS = {n: f for owner in (Specs, FigureSpecs, ReportSpecs, ImportSpecs) for n, f in vars(owner).items() if not n.startswith(("_", "register_"))}


def test_every_hook_of_every_owner_is_among_them():
    """Declarations are asked at load: what goes wrong there is in at_load.py and test_registry.py. No module has the platform's own hooks."""
    assert {n for n, f in SPECS.items() if not hookspecs.contract_of(f).platform} <= set(PIECES)


@pytest.mark.parametrize("piece", PIECES)
def test_what_goes_wrong_is_contained_named_and_counted_and_the_ground_is_as_before(world, piece):
    ask = PIECES[piece]
    with scoped(county_scope(world.county)):
        scope = current_scope()
        assert ask(world) is not None and PluginFault.select().count() == 0, "good while nothing is told"
        for name, (behaviour, good) in odd.WORSE.items():
            odd.BEHAVE[piece] = behaviour
            found = ask(world)
            ground = (
                current_scope(),
                database.transaction_depth(),
                database.connection().in_transaction,
                _write_lock._recursion_count(),
                getcontext().prec,
            )
            assert ground == (scope, 0, False, 0, 28), f"{piece} {name}"
            odd.BEHAVE.clear()
            faults = [(f.plugin, f.county_id) for f in PluginFault.select()]
            if (good and (piece, name) != ("judge", "spoils its arguments")) or (piece, name) in GOOD_ALL_THE_SAME:
                assert faults == [], f"{piece} {name}: {faults}"
            else:
                assert found is None and set(faults) == {("odd", world.county.id)}, f"{piece} {name}: {found} {faults}"
            PluginFault.delete().execute()
            if "odd" not in enabled_plugins(world.county.id):
                enable(world.registry, world.county, "odd", "试")


ELEMENTS = {
    "county_closing_notes": (5, None, "words", Problem("x", "y")),
    "county_period_facts": (5, None),
    "county_periods_verifying": (5, "words", Problem("x", "y")),
    "county_differences": (5, None, Panel("x", ()), ("words",)),
    "county_search": (5, None, "words", Panel("x", ())),
    "county_panels": (5, "words", Panel, object.__new__(Panel), Panel("好", lines=5), Panel("x", (5,)), Panel("x", (), tone="loud"),
                      PanelChart("x"), Panel("x", (), charts=(5,)), Panel("半\ud800", ()), type("Panel", (Panel,), {})("x", ())),
    "county_period_problems": (5, "words", Problem("x", 5), Problem("x", "y", organization_id="1"), Problem("x", "y", blocking=1)),
    "county_indicators": (5, Indicator("study.x", "x", "次", "flow", "x"), Indicator("odd.x", "x", "次", "nonsense", "x"),
                          Indicator("odd.x", "x", "次", "flow", "x", jump_limit=odd.NAN), Indicator("odd.x", 5, "次", "flow", "x")),
    "county_report_sections": (5, ReportSection("odd.x", "base", "x", None, print), ReportSection("odd.x", "nonsense", "x", 1, print),
                               ReportSection("odd.x", "base", "x", 1, 5), ReportSection("study.x", "base", "x", 1, print)),
    "compute": (5, "words", (1,), (None, 3), (999_999, 3), ("1", 3), (True, 3)),
    "items": (5, (1,), (999_999, 1), (1, [])),
}  # fmt: skip


@pytest.mark.parametrize("piece", ELEMENTS)
def test_a_list_with_one_wrong_element_is_a_fault_of_the_whole_answer(world, piece):
    with scoped(county_scope(world.county)):
        for wrong in ELEMENTS[piece]:
            odd.BEHAVE[piece] = lambda good, *_a, wrong=wrong: [*good, wrong]
            found = PIECES[piece](world)
            odd.BEHAVE.clear()
            assert found is None and {f.plugin for f in PluginFault.select()} == {"odd"}, f"{piece} {wrong!r}: {found}"
            PluginFault.delete().execute()
            if "odd" not in enabled_plugins(world.county.id):
                enable(world.registry, world.county, "odd", "试")


NUMBERS = {
    "compute": lambda good, *_a: [(good[0][0], odd.NAN)],
    "compute ": lambda good, *_a: [(good[0][0], float("inf"))],
    "compute  ": lambda good, *_a: [(good[0][0], 10**5000)],
    "compute   ": lambda good, *_a: [(good[0][0], Decimal("9E+999999"))],
    "compute    ": lambda good, *_a: [(good[0][0], Decimal("1E-999999"))],
    "compute     ": lambda good, *_a: [(good[0][0], type("D", (Decimal,), {})("NaN"))],
    "records   ": lambda good, *_a: Records(("甲",), [(odd.Mute(),)]),
    "records    ": lambda good, *_a: Records(("甲",), [(odd.ends_late(),)]),
    "records": lambda good, *_a: Records(("甲",), [(odd.NAN,)]),
    "records ": lambda good, *_a: Records(("甲", "乙"), [("一",)]),
    "records  ": lambda good, *_a: Records(("甲",), (row for row in [("一",)])),
    "county_panels": lambda good, *_a: [Panel("x", (), charts=(late_chart(),))],
    "apply": lambda good, *_a: Counts(added="5"),
    "breakdown": lambda good, *_a: type(good)("x", (("x", odd.NAN, {}),)),
    "compose": lambda good, report: report.sentence(5),
    "compose ": lambda good, report: report.sentences.append(5),
    "compose  ": lambda good, report: report.table("x", ("一", "二"), [("一",)]),
    "judge": lambda good, row: row.problems.append("words"),
    "judge ": lambda good, row: row.error("name", odd.ends_late()),
    "county_panels ": lambda good, *_a: [Panel(odd.ends_late(), ())],
}


def late_chart():
    """A chart whose numbers were put in behind its own check."""
    made = PanelChart("x", points=(("a", None),))
    object.__setattr__(made, "points", (("a", odd.NAN),))
    return made


@pytest.mark.parametrize("case", NUMBERS)
def test_nan_late_text_and_broken_rows_are_faults(world, case):
    piece = case.strip()
    odd.BEHAVE[piece] = NUMBERS[case]
    with scoped(county_scope(world.county)):
        assert PIECES[piece](world) is None
    assert {f.plugin for f in PluginFault.select()} == {"odd"}


def _and_writes(good, *_given):
    Organization.update(name="被改了").where(Organization.parent.is_null(False)).execute()
    return good


ENDS = {
    "rolls back": lambda good, *_a: database.rollback() or good,
    "commits": lambda good, *_a: database.commit() or good,
    "commits and begins": lambda good, *_a: (database.commit(), database.begin()) and good,
    "writes": _and_writes,
}


@pytest.mark.parametrize("piece", ["county_differences", "county_lock_verifying", "county_periods_verifying"])
@pytest.mark.parametrize("how", ENDS)
def test_a_check_that_leaves_its_moment_or_writes_is_its_own_fault(world, piece, how):
    """It is asked as of one moment, to read: whoever asks goes on, and nothing is changed."""
    with scoped(county_scope(world.county)):
        odd.BEHAVE[piece] = ENDS[how]
        assert PIECES[piece](world) is None and not database.in_transaction()
        assert Organization.select().where(Organization.name == "被改了").count() == 0
    assert {f.plugin for f in PluginFault.select()} == {"odd"}


READING = [p for p in PIECES if p != "apply" and not (p.startswith("county_") and not hookspecs.contract_of(SPECS[p]).reads)]


@pytest.mark.parametrize("around", [nullcontext, transaction], ids=["alone", "in an act"])
@pytest.mark.parametrize("piece", READING)
def test_who_answers_a_question_writes_nothing(world, piece, around):
    """Also where the request itself may write, and inside an act's transaction, which goes on."""
    odd.BEHAVE[piece] = _and_writes
    with scoped(county_scope(world.county)), around():
        assert PIECES[piece](world) is None
    with scoped(county_scope(world.county)):
        assert Organization.select().where(Organization.name == "被改了").count() == 0
    write_gathered(5)
    assert {f.plugin for f in PluginFault.select()} == {"odd"}


def test_late_text_becomes_text_and_markup_becomes_plain(world):
    from flask_babel import LazyString
    from markupsafe import Markup

    odd.BEHAVE["county_panels"] = lambda *_a: [Panel(LazyString(lambda: "后来的字"), (Markup("<b>粗</b>"),))]
    found = [p for name, p in here(world).panels(PERIOD, DAY) if name == "odd"]
    assert [(type(p.title), p.title, type(p.lines[0])) for p in found] == [(str, "后来的字", str)]


def test_markup_in_a_record_becomes_plain(world):
    from markupsafe import Markup

    odd.BEHAVE["records"] = lambda *_a: Records(("甲",), [(Markup("<script>"),)])
    with scoped(county_scope(world.county)):
        [[cell]] = records(world).rows
    assert type(cell) is str


def test_a_dictionary_that_never_ends_is_refused_by_its_kind():
    from youthpilot.core.contracts import WrongValue, exactly

    class Endless(dict):
        def items(self):
            return zip(itertools.count(), itertools.repeat("x"))

    with pytest.raises(WrongValue, match="expected a dict"):
        exactly(dict[int, str], "dict[int, str]").take(Endless())


def test_what_a_spoiling_module_got_is_its_own_copy(world):
    odd.BEHAVE["county_panels"] = odd.spoils_arguments
    narrowed = here(world)
    narrowed.panels(PERIOD, DAY)
    assert narrowed.county.code == "aa" and PERIOD.code == "2023H1"


def test_a_wrong_value_suspends_after_the_third_and_in_that_county_only(world):
    odd.BEHAVE["county_panels"] = lambda good, *_a: 5
    for n in range(3):
        assert "odd" in enabled_plugins(world.county.id), n
        here(world).panels(PERIOD, DAY)
    assert "odd" not in enabled_plugins(world.county.id) and "odd" in enabled_plugins(world.other.id)
    with scoped(county_scope(world.county)):
        row = CountyPlugin.get(CountyPlugin.plugin == "odd")
    assert row.state == "suspended" and "expected a list" in row.reason
    assert [name for name, _p in here(world).panels(PERIOD, DAY)] == ["good"]


@pytest.mark.parametrize("behaviour", ["raises", "ends the process", "leaves a level open", "a number"])
def test_inside_a_transaction_a_contained_call_is_a_savepoint(world, behaviour):
    """What the module wrote before it failed is undone, what the act wrote stays."""

    def writes_and_fails(good, *given):
        CountyPlugin.update(reason="模块写的").execute()
        return odd.WORSE[behaviour][0](good, *given)

    odd.BEHAVE["county_disabled"] = writes_and_fails
    with scoped(county_scope(world.county)), transaction():
        CountyPlugin.update(reason="这一步写的").where(CountyPlugin.plugin == "good").execute()
        PIECES["county_disabled"](world)
        assert database.transaction_depth() == 1 and database.connection().in_transaction
    with scoped(county_scope(world.county)):
        assert {row.plugin: row.reason for row in CountyPlugin.select()} == {"good": "这一步写的", "odd": ""}
    write_gathered(5)
    assert {f.plugin for f in PluginFault.select()} == {"odd"}


def test_who_ends_the_transaction_of_an_act_ends_the_act(world):
    odd.BEHAVE["county_period_problems"] = lambda good, *_a: database.commit() or good
    with scoped(county_scope(world.county)), pytest.raises((TransactionLost, OperationalError)), transaction():
        problems(world)
    assert not database.in_transaction() and not database.connection().in_transaction and _write_lock._recursion_count() == 0


@pytest.mark.parametrize("piece", ["county_period_problems", "county_organization_changed"])
def test_who_begins_another_transaction_instead_of_the_act_s_ends_the_act(world, piece):
    def begins_anew(good, *given):
        database.commit()
        database.begin()
        return good

    odd.BEHAVE[piece] = begins_anew
    with scoped(county_scope(world.county)), pytest.raises(TransactionLost), transaction():
        PIECES[piece](world)
    assert not database.in_transaction() and not database.connection().in_transaction and _write_lock._recursion_count() == 0


@pytest.mark.parametrize("words", ["\ud800", "a\x00b", "\x07", odd.Mute()])
def test_a_fault_whose_words_cannot_be_kept_is_counted_all_the_same(world, words):
    odd.BEHAVE["county_panels"] = odd.raises(words if isinstance(words, Exception) else ValueError(words))
    for _n in range(3):
        assert panels(world) is None
    assert PluginFault.select().count() == 3 and "odd" not in enabled_plugins(world.county.id)


def test_a_fault_in_an_act_undoes_the_act_and_says_which_module(world):
    odd.BEHAVE["county_enabled"] = odd.raises(SystemExit(3))
    disable(world.registry, world.county, "odd", "试")
    with pytest.raises(ModuleFault, match="“怪模块”出错"):
        enable(world.registry, world.county, "odd", "试")
    assert "odd" not in enabled_plugins(world.county.id) and not database.in_transaction()


def test_ctrl_c_passes_through_a_call(world):
    odd.BEHAVE["county_panels"] = odd.raises(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        here(world).panels(PERIOD, DAY)
    assert PluginFault.select().count() == 0


def test_slow_is_told(world, monkeypatch):
    import time

    odd.BEHAVE["county_panels"] = lambda good, *_a: time.sleep(1.1) or good
    assert panels(world) is not None
    (key,) = world.registry.caller.slow
    assert key == (world.county.id, "odd", "county_panels") and world.registry.caller.slow[key].seconds > 1


def test_each_spec_says_in_data_what_its_annotation_says():
    import inspect

    specs = {n: f for owner in (Specs, FigureSpecs, ReportSpecs, ImportSpecs) for n, f in vars(owner).items() if not n.startswith("_")}
    for name, spec in specs.items():
        contract = hookspecs.contract_of(spec)
        assert contract.returns.words == inspect.signature(spec).return_annotation, name
        assert (contract.policy == "refuse") == name.startswith("register_")
