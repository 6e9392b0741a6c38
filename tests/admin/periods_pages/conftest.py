"""Fixtures of the board, the form and the half-years: see periods_pages_world.py beside it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from periods_pages_world import built, world  # noqa: E402, F401
