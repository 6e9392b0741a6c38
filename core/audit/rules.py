"""What an audit entry may hold, how it is chained, and what its acts are called on screens. Pure functions and data."""

import hashlib
import hmac
import unicodedata
from collections.abc import Mapping
from typing import Any

from ..kernel.fields import canonical
from ..kernel.i18n import _
from ..kernel.i18n import lazy_gettext as _l

GENESIS = "0" * 64
MASK = "***"
SECRET_WORDS = (
    "id_no", "id_card", "idcard", "identity", "phone", "mobile", "telephone", "password", "passwd", "secret", "token", "bank", "account_no", "card_no",
)  # fmt: skip
CHAINED = (
    "sequence", "at", "county_id", "organization_id", "actor_id", "actor", "role", "ip", "act", "object_type", "object_id", "object_name",
    "result", "reason", "before", "after", "previous_digest",
)  # fmt: skip

ACTS = {
    "account.sign_in": _l("Signed in"),
    "account.sign_in_failed": _l("Sign-in failed"),
    "account.sign_in_demo": _l("Entered the demonstration"),
    "account.sign_out": _l("Signed out"),
    "account.password": _l("Password changed"),
    "account.rehash": _l("Password stored anew"),
    "account.create": _l("Account made"),
    "account.recovery": _l("Link past the county's administrators"),
    "account.disable": _l("Account disabled"),
    "account.enable": _l("Account enabled again"),
    "account.end_sessions": _l("Sessions ended"),
    "account.unlock": _l("Sign-in unlocked"),
    "role.grant": _l("Role given"),
    "role.revoke": _l("Role withdrawn"),
    "token.issue": _l("One-time code issued"),
    "token.redeem": _l("One-time code used"),
    "access.refused": _l("Access refused"),
    "request": _l("Request"),
    "county.create": _l("County added"),
    "plugin.enabled": _l("Module enabled"),
    "plugin.disabled": _l("Module disabled"),
    "plugin.suspended": _l("Module suspended"),
    "plugin.archived": _l("Module archived"),
    "plugin.purged": _l("Module's data deleted"),
    "setting.change": _l("Setting changed"),
    "period.open": _l("Period opened"),
    "period.lock": _l("Period locked"),
    "period.close": _l("Period closed"),
    "period.publish": _l("Report published"),
    "period.reopen": _l("Period reopened"),
    "submission.save": _l("Draft saved"),
    "submission.submit": _l("Figures submitted"),
    "submission.return": _l("Submission returned"),
    "submission.accept": _l("Submission accepted"),
    "submission.tick": _l("Ticked off without a form"),
    "import.apply": _l("Records imported"),
    "import.undo": _l("Import undone"),
    "person.erase": _l("Personal data erased"),
    "person.reveal": _l("Full number shown"),
    "organization.move": _l("Organization moved"),
    "organization.merge": _l("Organizations merged"),
    "organization.split": _l("Organization split"),
    "organization.close": _l("Organization closed"),
    "organization.reopen": _l("Organization reopened"),
    "audit.accept": _l("Log accepted as it stands"),
    "key.renew": _l("Key renewed"),
    "backup.create": _l("Backup made"),
    "backup.restore": _l("Backup restored"),
}
VERBS = {
    "create": _l("Added"), "add": _l("Added"), "update": _l("Changed"), "edit": _l("Changed"), "change": _l("Changed"), "save": _l("Changed"),
    "correct": _l("Corrected"), "delete": _l("Deleted"), "remove": _l("Deleted"), "import": _l("Records imported"), "paste": _l("Records imported"),
    "undo": _l("Undone"), "export": _l("Exported"), "open": _l("Opened"), "close": _l("Closed"), "end": _l("Ended"), "submit": _l("Submitted"),
    "return": _l("Returned"), "accept": _l("Accepted"), "approve": _l("Approved"), "enable": _l("Enabled"), "disable": _l("Disabled"),
    "reveal": _l("Full number shown"), "compile": _l("Report compiled"), "appoint": _l("Appointed"), "move": _l("Moved"), "override": _l("Figure overridden"),
    "total": _l("Total entered"), "merge": _l("Merged"), "split": _l("Split"), "reopen": _l("Reopened"), "lock": _l("Locked"), "publish": _l("Published"),
    "archive": _l("Archived"), "purge": _l("Deleted"), "record": _l("Recorded"), "confirm": _l("Confirmed"),
}  # fmt: skip
OBJECTS = {
    "user": _l("Account"), "county": _l("County"), "plugin": _l("Module"), "setting": _l("Setting"), "period": _l("Reporting period"),
    "submission": _l("Submission"), "organization": _l("Organization"), "person": _l("Person"), "post": _l("Post"), "election": _l("Election"),
    "batch": _l("Import batch"), "report": _l("Report"), "figure": _l("Figure"), "session": _l("Session"), "token": _l("One-time code"),
    "page": _l("Page"), "audit": _l("Audit log"), "key": _l("Key"), "backup": _l("Backup"),
}  # fmt: skip
RESULTS = {"ok": _l("Done"), "refused": _l("Refused"), "failed": _l("Failed")}


def act_title(act: str) -> str:
    """The act's name on screens, never its key: by its own entry, else by its last word (`study.issue.create` → Added)."""
    return str(ACTS.get(act) or VERBS.get(act.rsplit(".", 1)[-1]) or _l("Other act"))


def object_title(object_type: str) -> str:
    """What sort of thing was touched, for screens; '' if it has no name."""
    return str(OBJECTS.get(object_type, ""))


def result_title(result: str) -> str:
    """Done, refused or failed, for screens."""
    return str(RESULTS.get(result, RESULTS["failed"]))


def register_acts(titles: Mapping[str, Any]) -> None:
    """Add names of acts (`{"study.issue.close": _l(...)}`); a name that exists stays."""
    for act, title in titles.items():
        ACTS.setdefault(act, title)


def masked(value: Any, key: str = "") -> Any:
    """The value as it may be kept: under keys that tell of secrets, filled values become ***; containers are searched."""
    if isinstance(value, Mapping):
        return {str(k): masked(v, str(k)) for k, v in value.items()}
    if value not in (None, "") and any(word in key.casefold() for word in SECRET_WORDS):
        return MASK
    if isinstance(value, list | tuple | set | frozenset):
        return [masked(v, key) for v in value]
    return one_line(value, 2000) if isinstance(value, str) else value


def one_line(text: object, length: int) -> str:
    """The text without control characters (CR, LF, ANSI, direction marks become a blank), cut to `length` characters."""
    plain = "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") else c for c in str(text))
    return plain[:length]


def digest(row: Mapping[str, Any], key: bytes) -> str:
    """HMAC-SHA-256 over every chained value of an entry, the digest of the entry before included; 64 hex characters."""
    return hmac.new(key, canonical({name: row[name] for name in CHAINED}).encode(), hashlib.sha256).hexdigest()


def difference(row: Mapping[str, Any], sequence: int, previous: str, key: bytes) -> str:
    """How an entry breaks the chain where (sequence, previous digest) is expected, '' if it does not."""
    number = row["sequence"]
    if number != sequence:
        return _("Entry %(expected)s is missing: entry %(found)s follows instead", expected=sequence, found=number)
    if row["previous_digest"] != previous:
        return _("Entry %(number)s does not follow the entry before it", number=number)
    if not hmac.compare_digest(str(row["digest"]).encode(), digest(row, key).encode()):
        return _("Entry %(number)s was changed after it was written", number=number)
    return ""
