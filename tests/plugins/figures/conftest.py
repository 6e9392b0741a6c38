"""The small county of tests/plugins/figures_world.py, with the whole county in scope."""

import importlib.util
import sys
from pathlib import Path

import pytest

PATH = Path(__file__).parents[2] / "plugins" / "figures_world.py"


def load():
    if "figures_world" not in sys.modules:
        spec = importlib.util.spec_from_file_location("figures_world", PATH)
        sys.modules["figures_world"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["figures_world"])
    return sys.modules["figures_world"]


load()


@pytest.fixture
def world(in_county):
    return load().build(in_county)
