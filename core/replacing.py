"""A restored installation takes the place of the one in the home: the old is kept in a dated folder, and a kill loses neither.

The new one lies complete in `restore.new`. Writing `restore.json` decides (`plugins.operations.backups.placing`): from then on whoever enters
the home next completes the moves, each of which can be done again.
"""

import json
import shutil
from pathlib import Path

import structlog

from .kernel.disk import sync_folder
from .kernel.home import home
from .kernel.modes import tighten

log = structlog.get_logger()
NEW, ORDER = "restore.new", "restore.json"
DATABASE = "youthpilot.db"
ITEMS = (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", f"{DATABASE}-journal", "files", "audit-ends.json")


def unfinished() -> bool:
    """True if a restore was decided and its moves are not complete."""
    return (home() / ORDER).exists()


def finish() -> Path | None:
    """Do the moves that are left. Returns the folder in which the old one is kept, None if there was nothing. The caller holds the home alone."""
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
