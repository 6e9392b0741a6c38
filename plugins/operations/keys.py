"""Another key on purpose: renewed where the old one is lost or was seen, adopted where a restored database knows that of another day."""

from youthpilot.core.audit.services import record
from youthpilot.core.kernel.db import transaction
from youthpilot.core.kernel.keyfiles import BYTES, FIELDS, SECRET, KeysRefused, fingerprint, write_key
from youthpilot.core.keys.models import KeyFingerprint
from youthpilot.core.keys.services import known_fingerprints, problem_of, remember


def key_states() -> dict[str, str]:
    """What is wrong with each key, '' for nothing, by name."""
    return {name: problem_of(name) for name in BYTES}


def renew_secret() -> None:
    """Make a new secret.key and let the database know it. Raises KeysRefused if fields.key is not the one of the database."""
    if problem := problem_of(FIELDS):
        raise KeysRefused(problem)
    write_key(SECRET)
    if not KeyFingerprint.table_exists():  # made by 0.1.0: `db up` takes it
        return
    with transaction():
        remember(SECRET, fingerprint(SECRET))
        record("key.renew", object_type="key", object_name=SECRET, county_id=None)


def adopt_secret() -> bool:
    """A restored database learns the secret.key of today; False if it is the one it knew. fields.key is never adopted."""
    if known_fingerprints().get(SECRET) in (None, fingerprint(SECRET)):
        return False
    remember(SECRET, fingerprint(SECRET))
    return True
