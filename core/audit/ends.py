"""Where the log ends, signed with the key outside the database: kept beside the log in the database, and in a file outside it.

The row in the database moves on in the transaction of each entry, the file after its commit. So the file may lag behind the log
(a process killed in between), but it never names an entry that was not committed. Whoever changes the database alone can neither sign
another end nor reach the file; neither is moved on past an end that does not fit, so that the mark of a cut stays.

The file holds two lines of 512 bytes, written in turn and in place: a torn line leaves the other one, and nothing has to be synced.
"""

import fcntl
import hmac
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import structlog
from peewee import Select, fn

from ..kernel.connection import is_sqlite
from ..kernel.db import database, transaction
from ..kernel.fields import canonical
from ..kernel.home import home
from ..kernel.i18n import _
from ..kernel.secrets import blind_index
from .models import AuditEnd, AuditEntry
from .rules import GENESIS

log = structlog.get_logger()
LINE = 512
_CHAIN_LOCK = 7_304_115
_ROW = 'SELECT "sequence", "digest", "first_digest", "signature" FROM "core_audit_end" ORDER BY "id" LIMIT 1'  # text: it is read with every act


class End(NamedTuple):
    """The last entry of a log (0: it is empty), its digest, and the digest of the first one."""

    sequence: int
    digest: str
    first_digest: str
    signature: str

    @property
    def genuine(self) -> bool:
        """True if it was signed with this installation's key."""
        return hmac.compare_digest(self.signature, _signature(self.sequence, self.digest, self.first_digest))


def signed(sequence: int, digest: str, first_digest: str) -> End:
    """The end of a log, with its signature."""
    return End(sequence, digest, first_digest, _signature(sequence, digest, first_digest))


def _signature(*end: Any) -> str:
    return hmac.new(blind_index("youthpilot audit ends").encode(), canonical(end).encode(), sha256).hexdigest()


# in the database -----------------------------------------------------------------------------------------------------


def in_database() -> End | None:
    """The end that the database holds; None if its row is gone. One without a signature: none was ever kept."""
    found = database.execute_sql(_ROW).fetchone()
    return End(*found) if found else None


def advance(sequence: int, digest: str, previous: str) -> None:
    """Move the database's end on to a new entry, in its transaction; one that does not fit the log before it stays as it is."""
    end = in_database()
    if end is not None and not end.signature and sequence == 1:  # the first entry of a new installation
        end = signed(0, GENESIS, "")
        if not ends_path().exists():
            put_ends(_line(end) * 2)
    if end is not None and (end.sequence, end.digest) == (sequence - 1, previous) and end.genuine:
        _put(signed(sequence, digest, end.first_digest or digest))


def hold_chain() -> None:
    """One writer at a time until the transaction ends: SQLite's own lock, or one on PostgreSQL."""
    if not is_sqlite():
        Select(columns=[fn.pg_advisory_xact_lock(_CHAIN_LOCK)]).execute(database)


def _put(end: End) -> None:
    if not AuditEnd.update(**end._asdict()).execute():
        AuditEnd.create(**end._asdict())


# in the file ---------------------------------------------------------------------------------------------------------


def ends_path() -> Path:
    """The file of ends, in the home folder; it belongs to a backup like the database."""
    return home() / "audit-ends.json"


def ends_content() -> bytes:
    """The file as it is, b"" if there is none. A backup reads it before it copies the database: an end may lag, never lead."""
    return ends_path().read_bytes() if ends_path().exists() else b""


def put_ends(content: bytes) -> None:
    """Put a file of ends in place (a backup's, when its database is restored), whole or not at all, readable by its owner only."""
    path = ends_path()
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as target:
        target.write(content)
        target.flush()
        os.fsync(target.fileno())
    aside.replace(path)


def in_file() -> End | None:
    """The newest genuine end of the file; None if there is no file, or nothing in it that we signed or can read."""
    with suppress(OSError):  # a folder in its place, a broken disk
        return _newest(ends_content())[1]
    return None


def keep_end() -> None:
    """Move the file on to the end that the database holds, after the commit. Says so in the log when it cannot, and changes nothing then."""
    end = in_database()
    if end is None or not end.genuine or not end.sequence:
        return log.error("audit end of the database is not ours", hint="youthpilot audit verify")
    try:
        with ends_path().open("r+b", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            place, known = _newest(file.read())
            if known is None or not _stands(known):
                return log.error("audit log does not fit its file of ends", file=str(ends_path()), hint="youthpilot audit verify")
            if known.sequence < end.sequence:
                file.seek((1 - place) * LINE)
                file.write(_line(end))
    except OSError as error:
        return log.error("audit ends cannot be written", file=str(ends_path()), error=str(error))


def _newest(content: bytes) -> tuple[int, End | None]:
    """(which line, the end there) of the highest genuine end."""
    found = [(n, end) for n in (0, 1) if (end := _parsed(content[n * LINE : (n + 1) * LINE])) is not None and end.genuine]
    return max(found, key=lambda pair: pair[1].sequence, default=(0, None))


def _line(end: End) -> bytes:
    return canonical(end._asdict()).encode().ljust(LINE - 1) + b"\n"


def _parsed(line: bytes) -> End | None:
    try:
        values = json.loads(line)
        return End(int(values["sequence"]), str(values["digest"]), str(values["first_digest"]), str(values["signature"]))
    except (ValueError, KeyError, TypeError):
        return None


# against the log -----------------------------------------------------------------------------------------------------


def end_differences() -> list[str]:
    """How the log differs from its ends, as sentences; empty: it is the log that was signed. A few look-ups, however long the log."""
    last = last_number()  # read before the ends: entries may come meanwhile
    stored, known = in_database(), in_file()
    if stored is not None and not stored.signature and known is None:
        return [_("Where the log ends is not kept yet, so a cut could not be found")] if last else []
    found = [*_of_database(stored, last), *_of_file(known)]
    return list(dict.fromkeys(text for text in found if text))


def last_number() -> int:
    """The highest number in the log; 0: it is empty."""
    last = AuditEntry.select(fn.MAX(AuditEntry.sequence)).scalar()
    return last if isinstance(last, int) else 0


def _of_database(end: End | None, last: int) -> Iterator[str]:
    if end is None:
        yield _("The signed end of the log is gone from the database")
    elif not end.signature or not end.genuine:
        yield _("The end of the log in the database does not carry this installation's signature")
    else:
        yield _difference(end)
        if end.sequence < last:
            yield _(
                "The end of the log in the database was put back to entry %(number)s, the log goes on to %(last)s", number=end.sequence, last=last
            )


def _of_file(end: End | None) -> Iterator[str]:
    if end is not None:
        yield _difference(end)
    elif ends_path().exists():
        yield _("The file %(file)s does not carry this installation's signature: it was replaced or is damaged", file=ends_path())
    else:
        yield _("The file %(file)s is missing: it says where the log ended", file=ends_path())


def _difference(end: End) -> str:
    """How the log breaks a signed end; '' if it holds it."""
    if _stands(end):
        return ""
    last = last_number()
    if last < end.sequence:
        return _("Entry %(number)s had been written, but the log ends with entry %(last)s: the rest was removed", number=end.sequence, last=last)
    return _("The log was begun anew or replaced: its entry %(number)s is not the one that was signed", number=end.sequence)


def _stands(end: End) -> bool:
    """True if the log holds the end, and begins as it began."""
    wanted = {1: end.first_digest, end.sequence: end.digest} if end.sequence else {}
    found = AuditEntry.select(AuditEntry.sequence, AuditEntry.digest).where(AuditEntry.sequence.in_(list(wanted)))
    return dict(found.tuples()) == wanted


# beginning -----------------------------------------------------------------------------------------------------------


def against_adopting() -> list[str]:
    """What the file says against the log of an installation from before ends were signed; version 0.1.0 kept there what its last clean check saw."""
    known = in_file()  # the process was stopped when it had written the file and not yet the row
    if known is None:
        first = _first()
        with suppress(ValueError, TypeError, AttributeError):
            number, digest = json.loads(ends_content()).get(first)
            known = End(int(number), str(digest), first, "")
    return [text for text in [_difference(known)] if text] if known else []


def begin() -> None:
    """Sign the committed log as it stands now, and keep that end in both places. Not inside another transaction."""
    with transaction():
        hold_chain()
        last = AuditEntry.select(AuditEntry.sequence, AuditEntry.digest).order_by(AuditEntry.sequence.desc()).tuples().first()
        end = signed(last[0], last[1], _first()) if last else signed(0, GENESIS, "")
        put_ends(_line(end) * 2)
        _put(end)


def _first() -> str:
    return AuditEntry.select(AuditEntry.digest).where(AuditEntry.sequence == 1).scalar() or ""
