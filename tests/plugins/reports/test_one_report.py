"""Nothing of one report lives longer than the report: formats, sentences and module state of two counties, in turn and at once."""

import copy
import sys
import threading
from datetime import date
from decimal import Decimal

import pytest

from youthpilot.core.counties.services import county_registry, enable
from youthpilot.core.kernel.db import database
from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.core.organizations.founding import create_county
from youthpilot.core.periods.acting import Clerk
from youthpilot.core.periods.opening import open_period
from youthpilot.plugins.ledger.models import LedgerFigure
from youthpilot.plugins.ledger.services import Definition, Wording, add_sentence, define_figure, enter_value
from youthpilot.plugins.reports.markdown import render_markdown
from youthpilot.plugins.reports.services import compile_now

SAID = {"one": "招募300多名。", "two": "招募368名。"}
FORMATS = {"one": "about_many", "two": "plain"}


@pytest.fixture
def counties(db, registry):
    """Two counties with the same key and number, written in other formats."""
    made = {}
    for code in SAID:
        county = create_county(code, f"{code}县")
        with scoped(county_scope(county)):
            enable(registry, county, "ledger", "周敏")
            narrowed = county_registry(registry, county)
            definition = Definition("招募志愿者", "名", "招募人数", 0, (), FORMATS[code])
            figure = define_figure("flow", definition, date(2023, 1, 1), "周敏", slug="k1")
            period = open_period(county, "2023H1", None, narrowed, Clerk("周敏", 1), owing=False)
            enter_value(LedgerFigure.get_by_id(figure.id), period, Decimal(368), "名册.xlsx", "周敏")
            add_sentence(Wording("base", "夯实基础建设", "招募{ledger.k1}。", 10), date(2023, 1, 1), {"ledger.k1"}, "周敏")
        made[code] = (county, period, narrowed)
    return made


def compiled(counties, code):
    county, period, narrowed = counties[code]
    with scoped(county_scope(county)):
        return render_markdown(compile_now(period, county, narrowed))


@pytest.mark.parametrize("order", [("one", "two"), ("two", "one")])
def test_formats_stay_in_their_county(counties, order):
    for code in (*order, order[0]):
        assert SAID[code] in compiled(counties, code), code


def test_formats_stay_in_their_county_in_two_threads(counties):
    gate, wrong = threading.Barrier(2), []

    def work(code):
        try:
            gate.wait(10)
            wrong.extend(code for _n in range(6) if SAID[code] not in compiled(counties, code))
        finally:
            database.close()

    threads = [threading.Thread(target=work, args=(code,)) for code in SAID]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert wrong == []


def test_compiling_changes_nothing_at_module_level(counties):
    """No list, dict or set of reports, figures or a module is another one after two reports than before them."""

    def held():
        owned = [
            m
            for n, m in sorted(sys.modules.items())
            if n.startswith(("youthpilot.plugins.reports", "youthpilot.plugins.figures", "youthpilot.plugins"))
        ]
        values = ((m.__name__, k, v) for m in owned for k, v in vars(m).items() if not k.startswith("__") and type(v) in (dict, list, set))
        return {(m, k): copy.copy(v) for m, k, v in values}

    compiled(counties, "one")
    before = held()
    compiled(counties, "two")
    assert len(before) > 50 and held() == before
