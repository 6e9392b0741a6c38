"""What a backup says about itself: its last member, sealed with the key, so that nothing missing or changed goes unseen."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

from youthpilot.core.kernel.errors import YouthpilotError
from youthpilot.core.kernel.fields import canonical
from youthpilot.core.kernel.secrets import blind_index

from ..words import _

NAME = "manifest.json"
FORMAT = 1


class BackupRefused(YouthpilotError):
    """A backup cannot be made, or not be used; str() says why and what to do. Nothing was changed."""

    status = 422


@dataclass(frozen=True)
class Manifest:
    """members: name → [bytes, SHA-256]. counts: rows by table. audit: number and digest of the last entry, [] if there is none. keys: fingerprints.

    findings: what was wrong in the database when it was saved all the same.
    """

    created_at: str
    members: Mapping[str, list[Any]]
    counts: Mapping[str, int]
    audit: list[Any]
    keys: Mapping[str, str]
    findings: list[str]
    youthpilot: str = version("youthpilot")
    format: int = FORMAT

    def sealed(self) -> bytes:
        """As it is written, with its seal. Raises KeysRefused without keys."""
        body = asdict(self)
        return json.dumps(body | {"seal": _seal(body)}, ensure_ascii=False, indent=1).encode()


def read_manifest(data: bytes, fingerprints: Mapping[str, str]) -> Manifest:
    """The manifest of a backup that belongs to the keys with these fingerprints. Raises BackupRefused for other keys, and for one that was changed."""
    try:
        body = json.loads(data)
        seal, number = body.pop("seal"), body["format"]
        theirs = body["keys"]["fields.key"]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise damaged() from None
    if number != FORMAT:
        raise BackupRefused(_("The backup was made by a newer version of youthpilot: install that first"))
    if theirs != fingerprints["fields.key"]:
        raise BackupRefused(
            _("The backup was made with another fields.key than the one in the home. Put the copy of keys of that time back, then try again")
        )
    if not hmac.compare_digest(seal, _seal(body)):
        raise damaged()
    return Manifest(**body)


def damaged() -> BackupRefused:
    """The refusal of a file that is no whole backup."""
    return BackupRefused(_("The file is not a whole backup of youthpilot: it is damaged, cut off or was changed. Take another one"))


def _seal(body: Mapping[str, Any]) -> str:
    key = blind_index("youthpilot backup manifest").encode()
    return hmac.new(key, canonical(body).encode(), hashlib.sha256).hexdigest()
