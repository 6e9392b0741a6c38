"""What the disk refuses, in words: which thing, what is wrong, what to do."""

import errno

from peewee import DatabaseError

from .home import home
from .i18n import _
from .i18n import lazy_gettext as _l

FULL = _l("The disk is full (or a quota is used up). Make room and try again; what was begun was taken back")
_BROKEN = _l("The database file is damaged. Stop the server and restore the last backup: youthpilot restore FILE")
_WORDS = (  # what the driver says, what it means
    ("disk is full", FULL),
    ("no space left", FULL),
    ("readonly", _l("The database cannot be written: its folder is read-only or belongs to somebody else")),
    ("unable to open", _l("The database cannot be opened: its folder is read-only or belongs to somebody else")),
    ("disk i/o", _l("The disk could not be written or read. Is it full or broken? What was begun was taken back")),
    ("malformed", _BROKEN),
    ("not a database", _BROKEN),
)
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NOT_OURS = (errno.EROFS, errno.EACCES, errno.EPERM)


def cause_of(error: BaseException) -> str:
    """What a full disk, a read-only folder or a damaged database means, for who runs the installation; '' for any other error."""
    if isinstance(error, OSError) and error.errno in _NOT_OURS:
        return _("%(path)s cannot be written: it is read-only or belongs to somebody else", path=error.filename or home())
    if isinstance(error, OSError):
        return str(FULL) if error.errno in _NO_ROOM else ""
    found = _said(error)
    return f"{found} ({home()})" if found and found != str(FULL) else found


def cause_for_users(error: BaseException) -> str:
    """The same without a word of the server's folders, for screens."""
    if isinstance(error, OSError):
        return str(FULL) if error.errno in _NO_ROOM else ""
    return _said(error)


def _said(error: BaseException) -> str:
    if not isinstance(error, DatabaseError) and type(error).__module__ != "sqlite3":
        return ""
    text = str(error).lower()
    return next((str(words) for sign, words in _WORDS if sign in text), "")
