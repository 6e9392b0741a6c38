"""Whether a log belongs to the key in the home: asked before anything may be written, on the schema of any version."""

from .models import AuditEntry
from .rules import CHAINED, difference
from .services import _key


def last_entry_fits() -> bool:
    """True if the last entry was signed with the key in the home, or there is none. Raises KeysRefused without a key."""
    fields = [AuditEntry._meta.fields[name] for name in (*CHAINED, "digest")]
    last = AuditEntry.select(*fields).order_by(AuditEntry.sequence.desc()).dicts().first()
    if last is None:
        return True
    last["at"] = last["at"].isoformat(timespec="microseconds")
    return not difference(last, last["sequence"], last["previous_digest"], _key())
