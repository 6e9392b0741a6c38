"""The tests of the wall, of submissions and of figures once more, on PostgreSQL: one behaviour, two engines."""

import importlib.util
from pathlib import Path

_spec = importlib.util.spec_from_file_location("postgres_conftest", Path(__file__).with_name("conftest.py"))
_here = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_here)

for _path in ("kernel/test_wall.py", "periods/test_submissions.py", "figures/test_engine.py"):
    globals().update(_here.tests_of(_path))
