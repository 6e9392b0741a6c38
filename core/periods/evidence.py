"""Files that back a form: judged by their content, stored under random names outside any web root, removed only by a mark."""

import hashlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ..audit.services import record
from ..clock import business_now as now
from ..db import transaction
from ..errors import ConflictError, NotFound, RuleError
from ..home import files_dir
from ..i18n import _
from .acting import Acting, roles_for
from .models import Evidence, Period
from .queries import obligation_of, submission_of
from .rules import PERIOD_WORDS, submission_after

LIMIT = 20 * 1024 * 1024  # bytes of one file
MOST = 30  # files of one form
_HEAD = 1 << 16
_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "pdf"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"PK\x03\x04", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
)
# ending → what the content must be
ALLOWED: Mapping[str, str] = {
    "pdf": "pdf", "jpg": "jpeg", "jpeg": "jpeg", "png": "png", "docx": "zip", "xlsx": "zip", "pptx": "zip", "zip": "zip",
    "doc": "ole", "xls": "ole", "ppt": "ole", "wps": "ole", "et": "ole", "txt": "text", "csv": "text",
}  # fmt: skip
_UNSEEN = {ord(c): None for c in "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"}  # turn a name's ending round


@dataclass(frozen=True)
class StoredFile:
    """A file to be sent as a download; `path` lies outside any web root."""

    path: Path
    file_name: str


def evidence_of(period: Period, organization_id: int) -> list[Evidence]:
    """The files of an organization's form, the oldest first; removed ones are left out."""
    mine = (Evidence.period == period) & (Evidence.organization == organization_id) & (Evidence.removed == False)  # noqa: E712
    return list(Evidence.select().where(mine).order_by(Evidence.id))


def add_evidence(period: Period, organization_id: int, file_name: str, content: bytes, actor: Acting, key: str = "") -> Evidence:
    """Store a file for a form that may still be changed; `key`: the figure that it backs, '' the whole form.

    The same content again under the same name returns the row that is there. Raises RuleError for what cannot be taken,
    ConflictError if the form is submitted or the period closed, NotFound outside the scope.
    """
    name = _clean_name(file_name)
    _judge(name, content)
    _changeable(period, organization_id, actor)
    digest = hashlib.sha256(content).hexdigest()
    there = evidence_of(period, organization_id)
    same = next((e for e in there if e.digest == digest and e.file_name == name and e.key == key), None)
    if same is not None:
        return same
    if len(there) >= MOST:
        raise RuleError(_("A form takes at most %(num)s files. Put several into one archive", num=MOST), "file")
    stored = _store(content)
    try:
        with transaction():
            row: Evidence = Evidence.create(
                county=period.county_id, organization=organization_id, period=period, key=key, file_name=name, stored_name=stored,
                size=len(content), digest=digest, uploaded_by=actor.name, uploaded_at=now(),
            )  # fmt: skip
            _audit("evidence.add", row, actor)
    except BaseException:
        (_folder() / stored).unlink(missing_ok=True)
        raise
    return row


def remove_evidence(evidence_id: int, actor: Acting) -> Evidence:
    """Mark a file as removed; the file itself stays for the audit. Raises NotFound outside the scope, ConflictError once submitted."""
    row = _get(evidence_id)
    _changeable(row.period, row.organization_id, actor)
    with transaction():
        Evidence.update(removed=True).where(Evidence.id == row.id).execute()
        _audit("evidence.remove", row, actor)
    return row


def stored_file(evidence_id: int) -> StoredFile:
    """The file of an evidence row that the scope may see. Raises NotFound, also if it was removed or its file is lost."""
    row = _get(evidence_id)
    path = _folder() / row.stored_name
    if not path.is_file():
        raise NotFound(_("This file does not exist"))
    return StoredFile(path, row.file_name)


def kind_of(content: bytes) -> str:
    """What the content is: pdf, jpeg, png, zip, ole, text; '' for anything else."""
    head = content[:_HEAD]
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if not head or b"\x00" in head or head.lstrip()[:1] == b"<":  # empty, binary, or a page that a browser would run
        return ""
    for encoding in ("utf-8", "gb18030"):
        try:
            head[:-4].decode(encoding) if len(content) > _HEAD else head.decode(encoding)
            return "text"
        except UnicodeDecodeError:
            continue
    return ""


def _judge(name: str, content: bytes) -> None:
    if len(content) > LIMIT:
        raise RuleError(_("“%(name)s” is larger than 20 MB. Make it smaller or split it", name=name), "file")
    if not content:
        raise RuleError(_("“%(name)s” is empty", name=name), "file")
    ending = PurePosixPath(name).suffix.lower().lstrip(".")
    if ending not in ALLOWED:
        raise RuleError(_("“%(name)s” cannot be taken. Use PDF, Word, Excel, PowerPoint, JPG, PNG, text or ZIP", name=name), "file")
    if kind_of(content) != ALLOWED[ending]:
        raise RuleError(_("“%(name)s” is not what its name says. Save it again in the right format", name=name), "file")


def _clean_name(name: str) -> str:
    """The last part of a name as a person reads it, without signs that steer; the ending is kept when it is too long."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1].translate(_UNSEEN)
    last = "".join(c for c in last if c.isprintable()).strip()
    stem, dot, ending = last.rpartition(".")
    return f"{stem[:150]}{dot}{ending[:10]}" if dot else last[:160]


def _changeable(period: Period, organization_id: int, actor: Acting) -> None:
    obligation_of(period, organization_id)
    state = Period.get_by_id(period.id).state
    if state != "open":
        raise ConflictError(
            _(
                "%(period)s is “%(state)s”, so nothing can be changed here. Ask the county to reopen it",
                period=period.title,
                state=PERIOD_WORDS[state],
            )
        )
    submission = submission_of(period, organization_id)
    submission_after(submission.state if submission else "none", "save", roles_for(actor, period, organization_id))


def _get(evidence_id: int) -> Evidence:
    found: Evidence | None = Evidence.get_or_none((Evidence.id == evidence_id) & (Evidence.removed == False))  # noqa: E712
    if found is None:
        raise NotFound(_("This file does not exist"))
    return found


def _folder() -> Path:
    folder = files_dir() / "evidence"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _store(content: bytes) -> str:
    name = secrets.token_hex(20)
    handle = os.open(_folder() / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as target:
        target.write(content)
        target.flush()
        os.fsync(target.fileno())
    return name


def _audit(act: str, row: Evidence, actor: Acting) -> None:
    record(
        act, object_type="evidence", object_id=row.id, object_name=row.file_name, organization_id=row.organization_id,
        after={"size": row.size, "digest": row.digest}, actor=actor.name, actor_id=actor.user_id or None,
    )  # fmt: skip
