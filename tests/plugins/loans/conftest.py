"""A county with a township and two villages, a bank with a product, and the module on; it is not among the entry points while it is new."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest

import youthpilot.plugins.loans as loans
from youthpilot.core import county_scope, scoped
from youthpilot.core.counties.services import enable
from youthpilot.core.kernel import i18n
from youthpilot.core.periods import guard
from youthpilot.core.registry import Registry
from youthpilot.core.testing import make_organization
from youthpilot.plugins.loans import services, subsidies


@pytest.fixture
def registry() -> Registry:
    """The installed modules and this one."""
    made = Registry().load_installed()
    assert "loans" in made.loaded or made.add(loans, "loans"), made.failures
    return made


@pytest.fixture
def world(county, registry):
    """Root, township T, villages V and W; 农商行 with 新农菁英贷 (20万元, 24 months, 4.35 %, revolving)."""
    i18n.register_translations("loans", str(loans.HERE / "translations"))
    guard.install()
    enable(registry, county, "loans", "周敏")
    with scoped(county_scope(county)):
        from youthpilot.core import Organization

        root = Organization.get_or_none(Organization.parent.is_null()) or make_organization(county, "试验县团委", "county")
        town = make_organization(county, "柳河镇", "township", root)
        villages = [make_organization(county, name, "village", town) for name in ("河湾村", "东王村")]
        bank = services.save_bank("试验农商银行", "农商行")
        values = {"name": "新农菁英贷", "limit": Decimal(200_000), "max_months": 24, "annual_rate": Decimal("4.35"), "revolving": True}
        product = services.save_product(bank, values | {"valid_from": date(2020, 1, 1), "valid_to": None, "min_age": None, "max_age": None})
        places = SimpleNamespace(root=root.id, town=town.id, village=villages[0].id, other=villages[1].id)
        yield SimpleNamespace(county=county, registry=registry, at=places, bank=bank, product=product)


@pytest.fixture
def elite(world):
    """沈祥容 of 河湾村, born 1992."""
    return enter(world)


def enter(world, name="沈祥容", kind="returnee", on=date(2023, 2, 1), place=None, birth=date(1992, 5, 4), **more):
    """Somebody in the registry."""
    return services.register_elite(place or world.at.village, {"name": name, "birth_date": birth, **more}, kind, on)


def granted(world, elite, amount=100_000, on=date(2023, 3, 1), product=None, line=None):
    """An application that was granted on the day (in part if `line` is less), with its line."""
    from youthpilot.plugins.loans import queries

    application = services.apply(elite, product or world.product, Decimal(amount), 12, "购买种苗", on)
    for state in ("checked", "recommended"):
        services.move(application, state, on)
    if line is None:
        services.move(application, "granted", on)
    else:
        services.move(application, "partial", on, amount=Decimal(line))
    found = queries.line_of(application)
    found.application = application
    return found


def programme(name="新农菁英贷贴息", **more):
    """A programme of 1.5 points for the first two years of notes drawn since 2020, without caps."""
    values = {
        "name": name, "fund_source": "县财政", "product": None, "formula": "points", "points": Decimal("1.5"), "base_rate": None, "spread": None,
        "share_1": "100%", "share_2": "100%", "share_3": "", "cap_person": None, "cap_household": None, "whole_note": False,
        "valid_from": date(2020, 1, 1), "valid_to": None, "note": "",
    }  # fmt: skip
    return subsidies.save_programme(values | more)
