"""The real application with the chamber enabled, a term and two units in it."""

import sys
from datetime import date
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

import pilot_site  # noqa: E402

import youthpilot.plugins.chamber as chamber  # noqa: E402
from youthpilot.plugins.chamber import services  # noqa: E402
from youthpilot.plugins.chamber.services import Member  # noqa: E402


@pytest.fixture
def bare(home):
    """Nothing entered yet."""
    yield from pilot_site.site(home, chamber)


@pytest.fixture
def site(bare):
    """第二届 since 2018-05-20; 恒达 (王芳, 1988) and 绿源 (李雷, 1990, 柳河镇)."""
    bare.term = services.begin_term(2, date(2018, 5, 20), date(2023, 5, 19))
    bare.hengda = services.add_unit(Member("恒达食品有限公司", "13", date(2021, 5, 4), "王芳", date(1988, 3, 12), "91110108551385082Q"))
    place = bare.places["柳河镇"]
    bare.green = services.add_unit(Member("绿源农机服务有限公司", "05", date(2022, 3, 1), "李雷", date(1990, 7, 1)), organization_id=place)
    return bare
