"""Files on disk: written whole or not at all, and readable by their owner only."""

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import structlog
from peewee import DatabaseError

from .home import database_file, home
from .i18n import _

log = structlog.get_logger()
OTHERS = 0o077  # the bits of everybody but the owner


def write_file(path: Path, data: bytes, *, once: bool = False) -> None:
    """Write `path` whole or leave what was there: aside with mode 0600, synced, renamed. once: one that is there by then stays. Raises OSError."""
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
            target.write(data)
            target.flush()
            os.fsync(target.fileno())
        if not once or not _linked(aside, path):
            aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    sync_folder(path.parent)


def _linked(aside: Path, path: Path) -> bool:
    """Give `aside` the name too, unless it is taken; False where the disk knows no links."""
    try:
        path.hardlink_to(aside)
    except FileExistsError:
        return True
    except OSError:
        return False
    return True


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk: a renamed file is there after a power cut too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network folders know no such thing
            os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Bring every file and name below a folder to the disk."""
    for root, _folders, names in os.walk(folder):
        for name in names:
            path = Path(root, name)
            if not path.is_symlink():
                with path.open("rb") as file:
                    os.fsync(file.fileno())
        sync_folder(Path(root))


# who may read --------------------------------------------------------------------------------------------------------


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
    for folder in (place / "keys", place / "files", *place.glob("replaced-*")):
        if folder.is_dir() and not folder.is_symlink():
            yield folder
            yield from (path for path in folder.rglob("*") if not path.is_symlink())


# what went wrong -----------------------------------------------------------------------------------------------------


def cause_of(error: BaseException) -> str:
    """What a full disk, a read-only folder or a broken database file means, and what to do; '' for any other error."""
    if isinstance(error, OSError) and error.strerror and not isinstance(error, ConnectionError | TimeoutError):
        return _os_cause(error)
    if not isinstance(error, DatabaseError) and type(error).__module__ != "sqlite3":
        return ""
    text = str(error).lower()
    return next((str(words()) for sign, words in _DATABASE if sign in text), "")


def _os_cause(error: OSError) -> str:
    import errno

    name = error.filename or home()
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return _full()
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return _("%(path)s cannot be written: it is read-only or belongs to somebody else", path=name)
    return f"{name}: {error.strerror}"


def _full() -> str:
    return _("The disk is full (or a quota is used up). Make room and try again; what was begun was taken back")


_DATABASE = (
    ("disk is full", _full),
    ("readonly", lambda: _("The database cannot be written: the folder %(path)s is read-only or belongs to somebody else", path=home())),
    ("unable to open", lambda: _("The database in %(path)s cannot be opened: the folder is read-only or belongs to somebody else", path=home())),
    ("disk i/o", lambda: _("The disk could not be written or read. Is it full or broken? What was begun was taken back")),
    ("malformed", lambda: _("The database file is damaged. Stop the server and restore the last backup: youthpilot restore FILE")),
    ("not a database", lambda: _("The database file is damaged. Stop the server and restore the last backup: youthpilot restore FILE")),
)
