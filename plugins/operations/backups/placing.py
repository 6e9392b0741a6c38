"""A restored installation is put together beside the one in the home, then takes its place (`core.replacing`)."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from youthpilot.core.kernel.clock import LOCAL
from youthpilot.core.kernel.disk import sync_tree, write_file
from youthpilot.core.kernel.home import home
from youthpilot.core.replacing import ITEMS, NEW, ORDER, finish, unfinished


@contextmanager
def staging() -> Iterator[Path]:
    """An empty folder in the home in which the new installation is put together; what is not placed is thrown away, a killed restore's too."""
    folder = home() / NEW
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        if not unfinished():
            shutil.rmtree(folder, ignore_errors=True)


def place() -> Path | None:
    """Put what lies in `restore.new` into the home; returns like `finish`."""
    sync_tree(home() / NEW)
    old = [name for name in ITEMS if (home() / name).exists()]
    write_file(home() / ORDER, json.dumps({"aside": _free_name(), "old": old}).encode())
    return finish()


def _free_name() -> str:
    name = f"replaced-{datetime.now(LOCAL):%Y%m%d-%H%M%S}"
    while (home() / name).exists():
        name += "-again"
    return name
