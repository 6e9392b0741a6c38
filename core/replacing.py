"""A restored installation takes the place of the one in the home: the old is kept in a dated folder, and a kill loses neither.

The new one lies complete in `restore.new`. Writing `restore.json` decides: from then on whoever enters the home next completes the moves,
each of which can be done again.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import structlog

from .kernel.clock import LOCAL
from .kernel.disk import sync_folder, sync_tree, write_file
from .kernel.home import home
from .kernel.modes import tighten

log = structlog.get_logger()
NEW, ORDER = "restore.new", "restore.json"
DATABASE = "youthpilot.db"
ITEMS = (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", f"{DATABASE}-journal", "files", "audit-ends.json")


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
    """Put what lies in `restore.new` into the home. Returns the folder in which the old one is kept, None if there was nothing."""
    sync_tree(home() / NEW)
    old = [name for name in ITEMS if (home() / name).exists()]
    write_file(home() / ORDER, json.dumps({"aside": _free_name(), "old": old}).encode())
    return finish()


def unfinished() -> bool:
    """True if a restore was decided and its moves are not complete."""
    return (home() / ORDER).exists()


def finish() -> Path | None:
    """Do the moves that are left; returns like `place`. The caller holds the home alone."""
    if not unfinished():
        return None
    order = json.loads((home() / ORDER).read_text())
    new, aside = home() / NEW, home() / order["aside"]
    aside.mkdir(mode=0o700, exist_ok=True)
    for name in order["old"]:
        if not (aside / name).exists():  # else it was moved before the kill, and what lies here now is the new one
            (home() / name).rename(aside / name)
    for name in ITEMS:
        if (new / name).exists():
            (new / name).rename(home() / name)
    for folder in (aside, home()):
        sync_folder(folder)
    kept = any(aside.iterdir())
    if not kept:
        aside.rmdir()
    (home() / ORDER).unlink()
    shutil.rmtree(new, ignore_errors=True)
    tighten()
    log.warning("restore completed", aside=aside.name if kept else "")
    return aside if kept else None


def _free_name() -> str:
    name = f"replaced-{datetime.now(LOCAL):%Y%m%d-%H%M%S}"
    while (home() / name).exists():
        name += "-again"
    return name
