"""Sensitive fields: AES-GCM with a key outside the database, and a keyed blind index for equality (security.md DEC13)."""

import base64
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from peewee import CharField

from .fields import Dynamic
from .keyfiles import FIELDS, read_key

_SEALED = b"youthpilot sealed 1\n"  # how a sealed file begins; then the nonce and the ciphertext


def _keys() -> tuple[str, bytes, bytes]:
    """(key id, encryption key, index key). Raises KeysRefused if there is no key: nothing here makes one."""
    raw = bytes.fromhex(read_key(FIELDS))
    return hashlib.sha256(raw[:32]).hexdigest()[:8], raw[:32], raw[32:64]


def protect(text: str) -> str:
    """`k1.<key id>.<nonce+ciphertext>`; the same text gives another value each time."""
    key_id, key, _ = _keys()
    nonce = os.urandom(12)
    sealed = AESGCM(key).encrypt(nonce, text.encode(), key_id.encode())
    return f"k1.{key_id}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def reveal(value: str) -> str:
    """The text behind protect(). Raises ValueError if the key is another one or the value was changed."""
    key_id, key, _ = _keys()
    version, used, body = value.split(".", 2)
    if version != "k1" or used != key_id:
        raise ValueError("the value was protected with another key")
    raw = base64.urlsafe_b64decode(body)
    return AESGCM(key).decrypt(raw[:12], raw[12:], key_id.encode()).decode()


def blind_index(text: str) -> str:
    """A keyed hash for equality look-ups: 32 hex characters, '' for ''."""
    return hmac.new(_keys()[2], text.strip().upper().encode(), hashlib.sha256).hexdigest()[:32] if text else ""


def seal(content: bytes, name: str) -> bytes:
    """A file's content as it may lie on the disk; `name` is bound into it, so that no file passes for another."""
    nonce = os.urandom(12)
    return _SEALED + nonce + AESGCM(_keys()[1]).encrypt(nonce, content, name.encode())


def unseal(sealed: bytes, name: str) -> bytes:
    """What `seal` was given. Raises ValueError if it was sealed with another key or name, changed, or never sealed."""
    body = sealed[len(_SEALED) :]
    if not is_sealed(sealed):
        raise ValueError("the file is not sealed")
    try:
        return AESGCM(_keys()[1]).decrypt(body[:12], body[12:], name.encode())
    except InvalidTag:
        raise ValueError("the file was sealed with another key, or changed") from None


def is_sealed(start: bytes) -> bool:
    """True if a file that begins so was sealed."""
    return start.startswith(_SEALED)


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
