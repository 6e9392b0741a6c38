"""Who works in the home: every process holds a shared lock on it, whoever replaces what lies in it holds it alone.

The lock is the kernel's (flock on `youthpilot.lock`) and ends with the process, however it ends.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .errors import ConflictError
from .home import home, make_home
from .i18n import _

LOCK = "youthpilot.lock"
_held: dict[str, Any] = {}  # pid, path, handle of this process's lock; alone: in how many blocks it owns the home


def share_home() -> None:
    """Say that this process works in the home, until it ends. Raises ConflictError while another process holds it alone."""
    handle = _handle()
    if not _held["alone"] and not _taken(handle, fcntl.LOCK_SH):
        raise ConflictError(_("%(path)s is being restored, or its demonstration built, by another process. Wait until that has ended", path=home()))


@contextmanager
def own_home() -> Iterator[None]:
    """Hold the home alone inside the block; afterwards it is shared. Raises ConflictError while any other process works in it."""
    handle = _handle()
    if not _taken(handle, fcntl.LOCK_EX):
        _taken(handle, fcntl.LOCK_SH)  # asking for more has given up what we had
        raise ConflictError(_("Another process works in %(path)s: stop the server and wait for commands to end, then try again", path=home()))
    _held["alone"] += 1
    try:
        yield
    finally:
        _held["alone"] -= 1
        if not _held["alone"]:
            fcntl.flock(handle, fcntl.LOCK_SH)


def _taken(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _handle() -> int:
    """The descriptor of the lock file of the home of the moment; the one of an earlier home (tests) is given back."""
    path = make_home() / LOCK
    if _held.get("pid") == os.getpid() and _held["path"] == path and path.exists() and path.stat().st_ino == os.fstat(_held["handle"]).st_ino:
        return int(_held["handle"])
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    if _held.get("pid") == os.getpid():
        os.close(_held["handle"])
    _held.update(pid=os.getpid(), path=path, handle=handle, alone=0)
    return handle
