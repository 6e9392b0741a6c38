"""Stored files: judged by their content, kept under random names outside any web root, sent as downloads only.

Who may see a file is decided by the row that names it: a table of its owner (core_evidence, a module's own), under the scope.
"""

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from .errors import NotFound, RuleError
from .home import files_dir
from .i18n import _

__all__ = ["SentFile", "StoredFile", "sent_file", "stored_at", "stored_files"]
LIMIT = 20 * 1024 * 1024  # bytes of one file
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
class SentFile:
    """A file as somebody sent it: a cleaned name and its content, judged already."""

    file_name: str
    content: bytes

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.content)

    @property
    def digest(self) -> str:
        """SHA-256 of the content, 64 hex characters."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class StoredFile:
    """A file to be sent as a download; `path` lies outside any web root."""

    path: Path
    file_name: str


def sent_file(file_name: str, content: bytes, field: str = "file") -> SentFile:
    """What somebody sent, with a clean name. Raises RuleError at `field` if it is empty, above 20 MB, of a type that is not taken,
    or not what its ending says (judged by content)."""
    name = clean_name(file_name)
    _judge(name, content, field)
    return SentFile(name, content)


@contextmanager
def stored_files(folder: str, sent: Iterable[SentFile]) -> Iterator[list[str]]:
    """Store files under `folder` (a module's name) and give their random names, in order. If the block raises, they are taken away again."""
    names: list[str] = []
    try:
        names += (store(folder, each.content) for each in sent)
        yield names
    except BaseException:
        for name in names:
            discard(folder, name)
        raise


def store(folder: str, content: bytes) -> str:
    """Write a file that nobody else can read; returns its random name of 40 hex characters."""
    name = secrets.token_hex(20)
    handle = os.open(_place(folder) / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as target:
        target.write(content)
        target.flush()
        os.fsync(target.fileno())
    return name


def discard(folder: str, stored_name: str) -> None:
    """Take away a file whose row was never written."""
    (_place(folder) / stored_name).unlink(missing_ok=True)


def stored_at(folder: str, stored_name: str, file_name: str) -> StoredFile:
    """The file behind a row of the caller's. Raises NotFound if it is lost, or the name is none that `store` gave."""
    path = _place(folder) / stored_name
    if len(stored_name) != 40 or not stored_name.isalnum() or not path.is_file():
        raise NotFound(_("This file does not exist"))
    return StoredFile(path, file_name)


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


def clean_name(name: str) -> str:
    """The last part of a name as a person reads it, without signs that steer; the ending is kept when it is too long."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1].translate(_UNSEEN)
    last = "".join(c for c in last if c.isprintable()).strip()
    stem, dot, ending = last.rpartition(".")
    return f"{stem[:150]}{dot}{ending[:10]}" if dot else last[:160]


def _judge(name: str, content: bytes, field: str) -> None:
    if len(content) > LIMIT:
        raise RuleError(_("“%(name)s” is larger than 20 MB. Make it smaller or split it", name=name), field)
    if not content:
        raise RuleError(_("“%(name)s” is empty", name=name), field)
    ending = PurePosixPath(name).suffix.lower().lstrip(".")
    if ending not in ALLOWED:
        raise RuleError(_("“%(name)s” cannot be taken. Use PDF, Word, Excel, PowerPoint, JPG, PNG, text or ZIP", name=name), field)
    if kind_of(content) != ALLOWED[ending]:
        raise RuleError(_("“%(name)s” is not what its name says. Save it again in the right format", name=name), field)


def _place(folder: str) -> Path:
    if not folder.isidentifier():
        raise ValueError(folder)
    place = files_dir() / folder
    place.mkdir(mode=0o700, exist_ok=True)
    return place
