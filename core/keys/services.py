"""The keys in the home and the database belong together: a start with others is refused, before anything is written with them."""

import hmac

from ..audit.last import last_entry_fits
from ..audit.models import AuditEntry
from ..kernel.clock import now
from ..kernel.db import transaction
from ..kernel.i18n import _
from ..kernel.keyfiles import BYTES, FIELDS, SECRET, KeysRefused, fingerprint, key_path, make_keys
from .models import KeyFingerprint


def make_first_keys() -> None:
    """Make the keys of an installation that never had any: `init` and `demo`. Of any other they are left as they are.

    0.1.0 made secret.key when it served for the first time: one that never did gets it here.
    """
    never_served = SECRET not in known_fingerprints() and not problem_of(FIELDS)
    if not _written() or never_served:
        make_keys()


def accept_keys() -> None:
    """Let the process go on with the keys in the home. Raises KeysRefused if they are missing or not those of the database.

    A database that knows no fingerprint yet (made by 0.1.0, or new) learns them now; it must have been upgraded before.
    """
    refuse_strangers()
    known = known_fingerprints()
    found = {name: fingerprint(name) for name in BYTES}
    for name in found.keys() - known.keys():
        remember(name, found[name])


def refuse_strangers() -> None:
    """Raise KeysRefused if the keys in the home are missing or not those of the database, whatever its schema; nothing is written."""
    problems = [problem for name in BYTES if (problem := problem_of(name))]
    if problems:
        raise KeysRefused("\n".join(problems))


def upgrade_keys() -> None:
    """After migrations: learn the fingerprints, unless this is an installation whose keys are still to be made (`init` comes then)."""
    if _written() or all(key_path(name).exists() for name in BYTES):
        accept_keys()


def refuse_upgrade() -> None:
    """Before migrations: the same as `refuse_strangers`, but a database in which nothing was written needs no keys yet."""
    if _written():
        refuse_strangers()


def known_fingerprints() -> dict[str, str]:
    """Fingerprints that the database knows, by the key's name; empty before 0.2.0."""
    if not KeyFingerprint.table_exists():
        return {}
    return dict(KeyFingerprint.select(KeyFingerprint.name, KeyFingerprint.fingerprint).order_by(KeyFingerprint.id).tuples())


def remember(name: str, value: str) -> None:
    """Let the database know the fingerprint of a key, unless it does."""
    with transaction():
        if known_fingerprints().get(name) != value:
            KeyFingerprint.create(name=name, fingerprint=value, recorded_at=now())


def _written() -> bool:
    """True if anything may have been written with keys: an entry of the audit log, or a fingerprint."""
    return bool(known_fingerprints()) or AuditEntry.table_exists() and AuditEntry.select().exists()


def problem_of(name: str) -> str:
    """What is wrong with a key and what to do, '' for nothing."""
    try:
        found = fingerprint(name)
    except KeysRefused as refused:
        return f"{refused}{_lost(name) if _written() else _('; a new installation gets its keys by: youthpilot init')}"
    known = known_fingerprints().get(name)
    if known is not None:
        fits = hmac.compare_digest(known, found)
    else:
        fits = name == SECRET or not AuditEntry.table_exists() or last_entry_fits()
    return "" if fits else _("%(path)s is not the key of this database. Put the copy of the folder keys back", path=key_path(name)) + _lost(name)


def _lost(name: str) -> str:
    """What is lost for good where there is no copy."""
    if name == SECRET:
        return _("; if there is none: youthpilot keys renew-secret (links and QR codes given out until now will no longer work)")
    return _("; without it identity numbers and other protected fields cannot be read, and the audit log cannot be proved, ever again")
