"""The two key files outside the database: made by `init` and `demo` alone, known to the database by their fingerprints."""

import hashlib
import hmac
import secrets
from functools import lru_cache
from pathlib import Path

from .disk import write_file
from .errors import YouthpilotError
from .home import home, make_home
from .i18n import _
from .modes import OTHERS

SECRET, FIELDS = "secret.key", "fields.key"
BYTES = {SECRET: 32, FIELDS: 64}  # random bytes of each, written in hex


class KeysRefused(YouthpilotError):
    """The keys are missing, damaged, open to others, or not those of the database. str() says what to do."""

    status = 503


def key_path(name: str) -> Path:
    """Where the key lies in the home of the moment."""
    return home() / "keys" / name


def make_keys() -> list[str]:
    """Make the keys that are missing, readable by their owner only; the names of those made. For `init`, `demo` and tests, nobody else."""
    made = [name for name in BYTES if not key_path(name).exists()]
    if made:
        (make_home() / "keys").mkdir(mode=0o700, exist_ok=True)
    for name in made:
        write_key(name, once=True)
    return made


def write_key(name: str, once: bool = False) -> None:
    """Make a new key under this name; one that lies there is replaced (once: it stays, another process was faster)."""
    write_file(key_path(name), secrets.token_hex(BYTES[name]).encode(), once=once)
    _read.cache_clear()


def read_key(name: str) -> str:
    """The key as it is written; read once in the life of a process. Raises KeysRefused if it is missing, damaged or open to others."""
    return _read(key_path(name))


def fingerprint(name: str) -> str:
    """64 hex characters that tell this key from any other and do not betray it; the file is read anew. Raises KeysRefused like `read_key`."""
    text = _read.__wrapped__(key_path(name))
    return hmac.new(text.encode(), f"youthpilot fingerprint of {name}".encode(), hashlib.sha256).hexdigest()


@lru_cache(maxsize=8)
def _read(path: Path) -> str:
    try:
        mode, content = path.stat().st_mode, path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise KeysRefused(_("The key %(path)s is missing. Put the copy of the folder keys back", path=path)) from None
    except OSError as error:
        raise KeysRefused(_("The key %(path)s cannot be read: %(why)s", path=path, why=error.strerror or error)) from None
    if mode & OTHERS:
        raise KeysRefused(_("%(path)s can be read by others: chmod go= %(path)s", path=path))
    try:
        text = content.decode().strip()
    except UnicodeDecodeError:
        text = ""
    if not _whole(path.name, text):
        raise KeysRefused(_("The key %(path)s is damaged. Put the copy of the folder keys back", path=path))
    return text


def _whole(name: str, text: str) -> bool:
    if name != FIELDS:
        return len(text) >= BYTES[SECRET]  # an operator's own words are taken too
    try:
        return len(bytes.fromhex(text)) >= BYTES[FIELDS]
    except ValueError:
        return False
