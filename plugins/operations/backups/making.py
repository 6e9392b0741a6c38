"""Make a backup: beside the running server, proved before it gets its name, or not at all."""

import fcntl
import glob
import os
import secrets
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from youthpilot.core.audit.models import AuditEntry
from youthpilot.core.audit.services import record
from youthpilot.core.kernel.clock import now
from youthpilot.core.kernel.disk import sync_folder
from youthpilot.core.kernel.home import database_file, home, make_home
from youthpilot.core.kernel.keyfiles import BYTES, fingerprint
from youthpilot.core.keys.services import refuse_strangers
from youthpilot.core.replacing import DATABASE

from ..words import _
from .container import add_bytes, add_file, stored_files
from .manifest import NAME, BackupRefused, Manifest
from .snapshot import as_home, copy_database, log_findings, prove

ENDS = "audit-ends.json"
PASSING = ("imports", "workers")  # folders of files/ that nothing refers to for longer than a day


def make_backup(target: Path, with_findings: bool = False) -> Manifest:
    """Write a backup of the open installation to `target`, readable by its owner only; what it holds comes back.

    Raises BackupRefused if the name is taken, another backup is being made, or the copy does not prove whole: then there is no `target`.
    with_findings: save a database whose audit log or references are wrong all the same; a damaged file never.
    Raises KeysRefused if the keys are not those of the database, OSError and sqlite3.Error for the disk's faults.
    """
    target = target.absolute()
    source = database_file()
    if source is None:
        raise BackupRefused(on_postgres())
    _refuse_taken(target)
    refuse_strangers()
    with _only_one(), _workshop() as folder:
        ends = _ends()  # before the copy: the log may only be longer than its ends say
        counts = copy_database(source, folder / DATABASE)
        last, found = _read_log(folder, ends)
        found += prove(folder / DATABASE, counts)
        if found and not with_findings:
            raise BackupRefused(
                "\n".join([*found, _("Nothing was saved. To save it as it is, with these findings written into it: --with-findings")])
            )
        made = _pack(target, folder, ends, {"counts": counts, "audit": last, "findings": found})
    record("backup.create", object_type="backup", object_name=target.name, county_id=None, after={"bytes": target.stat().st_size})
    return made


def on_postgres() -> str:
    """What to do instead on PostgreSQL."""
    return _(
        'On PostgreSQL save the database with pg_dump --format=custom --file=FILE "$DATABASE_URL", and after it the folder files and %(ends)s in %(home)s',
        ends=ENDS,
        home=home(),
    )


def _refuse_taken(target: Path) -> None:
    if os.path.lexists(target):
        raise BackupRefused(_("%(path)s exists already: choose another name", path=target))
    if not target.parent.is_dir():
        raise BackupRefused(_("There is no folder %(path)s", path=target.parent))


def _ends() -> bytes | None:
    path = home() / ENDS
    return path.read_bytes() if path.exists() else None


def _read_log(folder: Path, ends: bytes | None) -> tuple[list[Any], list[str]]:
    """The last entry of the copy's log, and what is wrong with the log under the ends that were known before the copy."""
    if ends is not None:
        (folder / ENDS).write_bytes(ends)
    with as_home(folder):
        last = AuditEntry.select(AuditEntry.sequence, AuditEntry.digest).order_by(AuditEntry.sequence.desc()).tuples().first()
        return list(last or []), log_findings()


def _pack(target: Path, folder: Path, ends: bytes | None, facts: dict[str, Any]) -> Manifest:
    with _part_of(target) as (part, raw):
        with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as tar:
            members = {DATABASE: add_file(tar, DATABASE, folder / DATABASE)}
            if ends is not None:
                members[ENDS] = add_bytes(tar, ENDS, ends)
            for path in stored_files(home() / "files", PASSING):
                name = path.relative_to(home()).as_posix()
                with suppress(FileNotFoundError):  # its act was undone meanwhile: no row of the copy names it
                    members[name] = add_file(tar, name, path)
            made = Manifest(now().isoformat(timespec="seconds"), members, keys={name: fingerprint(name) for name in BYTES}, **facts)
            add_bytes(tar, NAME, made.sealed())
        raw.flush()
        os.fsync(raw.fileno())
        _refuse_taken(target)
        part.rename(target)
    sync_folder(target.parent)
    return made


# what a kill leaves behind -------------------------------------------------------------------------------------------


@contextmanager
def _only_one() -> Iterator[None]:
    """One backup at a time, so that whatever another one left in the home is a killed one's."""
    with (make_home() / "backup.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupRefused(_("Another backup is being made: wait until it has ended")) from None
        yield


@contextmanager
def _workshop() -> Iterator[Path]:
    """An empty folder in the home for the copy, taken away at the end; those of killed backups go too."""
    for left in home().glob("backup-*.tmp"):
        shutil.rmtree(left, ignore_errors=True)
    folder = home() / f"backup-{secrets.token_hex(4)}.tmp"
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _part_of(target: Path) -> Iterator[tuple[Path, Any]]:
    """A file beside `target` that only its owner reads, locked while it is written; parts that nobody holds are a killed backup's."""
    for left in target.parent.glob(f".{glob.escape(target.name)}.*.part"):
        if not _in_use(left):
            left.unlink(missing_ok=True)
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as raw:
        with suppress(OSError):  # some network folders have no locks
            fcntl.flock(raw, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            yield part, raw
        except BaseException:
            part.unlink(missing_ok=True)
            raise


def _in_use(part: Path) -> bool:
    try:
        with part.open("rb") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return not part.exists()
    return False
