"""Home 0700, files 0600: who may read what lies in the home, and closing it to others."""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import structlog

from .home import database_file, home
from .i18n import _

log = structlog.get_logger()
OTHERS = 0o077  # the bits of everybody but the owner


def open_to_others() -> list[Path]:
    """The home, and everything of ours in it, that somebody else than its owner may read or write."""
    found = []
    for path in _ours():
        with suppress(FileNotFoundError):
            if path.lstat().st_mode & OTHERS:
                found.append(path)
    return found


def findings() -> list[str]:
    """A sentence for each path that is open to others, for `check`; empty: home 0700, files 0600."""
    return [_("%(path)s can be read by others: chmod go= %(path)s", path=path) for path in open_to_others()]


def tighten() -> list[Path]:
    """Take from others what they may do with our files, where the files are ours; returns the paths that were changed.

    A home that everybody shares (/tmp) is left as it is; `findings` names it.
    """
    changed = []
    for path in open_to_others():
        state = path.lstat()
        if state.st_uid == os.geteuid() and not state.st_mode & stat.S_ISVTX:
            path.chmod(stat.S_IMODE(state.st_mode) & ~OTHERS)
            changed.append(path)
    if changed:
        log.warning("modes tightened", count=len(changed), first=str(changed[0]))
    return changed


def _ours() -> Iterator[Path]:
    place = home()
    yield place
    database = database_file()
    if database is not None:
        yield from (Path(f"{database}{end}") for end in ("", "-wal", "-shm", "-journal", ".migrate.lock"))
    yield from place.glob("*.lock")
    yield place / "audit-ends.json"
    yield place / "served-at"
    for folder in (place / "keys", place / "files", *place.glob("replaced-*")):
        if folder.is_dir() and not folder.is_symlink():
            yield folder
            yield from (path for path in folder.rglob("*") if not path.is_symlink())
