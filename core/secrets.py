"""Sensitive fields: AES-GCM with a key outside the database, and a keyed blind index for equality (security.md DEC13)."""

import base64
import hashlib
import hmac
import os
import secrets as random
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from peewee import CharField

from .fields import Dynamic
from .home import home


@lru_cache(maxsize=4)
def _keys(path: Path) -> tuple[str, bytes, bytes]:
    """(key id, encryption key, index key), made on first use with mode 0600."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.write(handle, random.token_hex(64).encode())
        os.close(handle)
    if path.stat().st_mode & 0o077:
        raise RuntimeError(f"{path} can be read by others: chmod 600 {path}")
    raw = bytes.fromhex(path.read_text().strip())
    if len(raw) < 64:
        raise RuntimeError(f"{path} is too short: 64 bytes in hex are needed")
    return hashlib.sha256(raw[:32]).hexdigest()[:8], raw[:32], raw[32:64]


def _key_path() -> Path:
    return home() / "keys" / "fields.key"


def protect(text: str) -> str:
    """`k1.<key id>.<nonce+ciphertext>`; the same text gives another value each time."""
    key_id, key, _ = _keys(_key_path())
    nonce = os.urandom(12)
    sealed = AESGCM(key).encrypt(nonce, text.encode(), key_id.encode())
    return f"k1.{key_id}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def reveal(value: str) -> str:
    """The text behind protect(). Raises ValueError if the key is another one or the value was changed."""
    key_id, key, _ = _keys(_key_path())
    version, used, body = value.split(".", 2)
    if version != "k1" or used != key_id:
        raise ValueError("the value was protected with another key")
    raw = base64.urlsafe_b64decode(body)
    return AESGCM(key).decrypt(raw[:12], raw[12:], key_id.encode()).decode()


def blind_index(text: str) -> str:
    """A keyed hash for equality look-ups: 32 hex characters, '' for ''."""
    return hmac.new(_keys(_key_path())[2], text.strip().upper().encode(), hashlib.sha256).hexdigest()[:32] if text else ""


class ProtectedField(Dynamic, CharField):
    """Text that is encrypted at rest; empty stays empty. Never filter, sort or search by it: use a blind index beside it."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs.setdefault("max_length", 400)
        kwargs.setdefault("default", "")
        super().__init__(*args, **kwargs)

    def db_value(self, value: str | None) -> str | None:
        return value if not value or value.startswith("k1.") else protect(value)

    def python_value(self, value: str | None) -> str | None:
        return reveal(value) if value else value
