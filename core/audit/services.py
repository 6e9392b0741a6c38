"""Write the audit log inside the act's own transaction, and verify its chain and its ends."""

import json
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import structlog
from flask import g, has_request_context, request

from ..kernel.actor import actor_name, current_actor
from ..kernel.afterwards import after_answer
from ..kernel.clock import now
from ..kernel.connection import is_read_only
from ..kernel.db import after_commit, database, transaction
from ..kernel.errors import RuleError
from ..kernel.fields import canonical
from ..kernel.i18n import _
from ..kernel.scope import scope_or_none
from ..kernel.secrets import blind_index
from .ends import advance, against_adopting, begin, end_differences, hold_chain, in_database, keep_end, last_number
from .models import AuditEntry
from .rules import CHAINED, GENESIS, difference, digest, masked, one_line

log = structlog.get_logger()
_FROM_REQUEST: Any = object()


def record(
    act: str,
    *,
    object_type: str = "",
    object_id: object = "",
    object_name: str = "",
    reason: str = "",
    before: Any = None,
    after: Any = None,
    organization_id: int | None = None,
    result: str = "ok",
    county_id: int | None = _FROM_REQUEST,
    actor_id: int | None = None,
    actor: str = "",
    role: str = "",
    afterwards: bool = False,
) -> AuditEntry:
    """Append one entry in the caller's transaction (its own if there is none); raises whatever keeps it from being written.

    With `afterwards`, and whenever a page is only shown (no POST), it is written after the answer; what is returned has no number
    then. County, actor and address come from the request, else from the scope, else it was the command line; the keywords
    are for acts of somebody who is not signed in yet. `before` and `after` are masked here.
    """
    who = _who(actor_id, actor, role)
    row: dict[str, Any] = {
        **who,
        "county_id": _county() if county_id is _FROM_REQUEST else county_id,
        "organization_id": organization_id,
        "act": one_line(act, 60),
        "object_type": one_line(object_type, 60),
        "object_id": one_line(object_id, 40),
        "object_name": one_line(object_name, 160),
        "result": result,
        "reason": one_line(reason, 2000),
        "before": _plain(before),
        "after": _plain(after),
    }
    if afterwards or is_read_only():
        row["at"] = now().isoformat(timespec="microseconds")  # of the act, however late it is written
        after_answer(f"audit {act}", partial(_append, row))
        if has_request_context():
            g.audit_gathered = True
        return AuditEntry(**row)
    return _append(row)


def _append(row: dict[str, Any]) -> AuditEntry:
    with transaction():
        row = {"at": now().isoformat(timespec="microseconds"), **row, **_place()}
        row["digest"] = digest(row, _key())
        entry: AuditEntry = AuditEntry.create(**row)
        advance(row["sequence"], row["digest"], row["previous_digest"])
        after_commit(partial(log.info, "audit", **{name: row[name] for name in ("sequence", "act", "actor", "county_id", "result", "digest")}))
        after_commit(keep_end)
    if has_request_context():
        g.audit_digest = entry.digest
    return entry


def _plain(value: Any) -> Any:
    """The masked value as JSON gives it back, so that the digest is the same when it is read again."""
    return None if value is None else json.loads(canonical(masked(value)))


def _place() -> dict[str, Any]:
    """Number and previous digest of the next entry, with the chain held until the transaction ends."""
    hold_chain()
    last = AuditEntry.select(AuditEntry.sequence, AuditEntry.digest).order_by(AuditEntry.sequence.desc()).tuples().first()
    return {"sequence": last[0] + 1, "previous_digest": last[1]} if last else {"sequence": 1, "previous_digest": GENESIS}


def _who(actor_id: int | None, name: str, role: str) -> dict[str, Any]:
    actor, scope = current_actor(), scope_or_none()
    if actor is not None and actor_id is None and not name:
        actor_id, name, role = actor.user_id, actor.name, actor.role
    elif scope is not None and actor_id is None and not name:
        actor_id = scope.actor_id
    ip = request.remote_addr or "" if has_request_context() else ""
    fallback = "" if has_request_context() else actor_name()
    return {"actor_id": actor_id, "actor": one_line(name or fallback, 80), "role": role, "ip": one_line(ip, 45)}


def _county() -> int | None:
    scope = scope_or_none()
    if scope is not None and scope.county_id is not None:
        return scope.county_id
    county = g.get("county") if has_request_context() else None
    return None if county is None else county.id


def _key() -> bytes:
    """The key of the chain, derived from the field key outside the database: who changes rows in the database cannot chain them again."""
    return blind_index("youthpilot audit chain").encode()


def recorded_in_request() -> bool:
    """True if an entry of this request stands in the database or is written after the answer (one that was undone does not count)."""
    found = g.get("audit_digest")
    return g.get("audit_gathered", False) or found is not None and AuditEntry.select().where(AuditEntry.digest == found).exists()


def verify(limit: int | None = None) -> list[str]:
    """Every difference found in the chain and at its ends, as sentences; empty: untouched. `limit`: only that many entries from the end."""
    return [*chain_differences(limit), *end_differences()]


def chain_differences(limit: int | None = None) -> Iterator[str]:
    """How the entries break their chain, one by one as they are read."""
    for (number,) in AuditEntry.select(AuditEntry.sequence).where(AuditEntry.sequence < 1).order_by(AuditEntry.sequence).tuples():
        yield _("Entry %(number)s stands before the first one: it was put in by hand", number=number)
    start = 1 if limit is None else max(1, last_number() - limit + 1)
    before = AuditEntry.select(AuditEntry.digest).where(AuditEntry.sequence == start - 1).scalar()
    sequence, previous = start, before or GENESIS
    key = _key()
    fields = [getattr(AuditEntry, name) for name in (*CHAINED, "digest")]
    for values in database.execute(AuditEntry.select(*fields).where(AuditEntry.sequence >= start).order_by(AuditEntry.sequence)):
        row = dict(zip((*CHAINED, "digest"), values, strict=True))
        problem = difference(_read(row), sequence, previous, key)
        if problem:
            yield problem
        sequence, previous = row["sequence"] + 1 if isinstance(row["sequence"], int) else sequence, row["digest"]


def _read(row: dict[str, Any]) -> dict[str, Any]:
    """A stored row as it was digested; what cannot be read stays as it is and fits no digest."""
    with suppress(ValueError, TypeError):
        row |= {name: None if row[name] is None else json.loads(row[name]) for name in ("before", "after")}
    return row


def adopt() -> list[str]:
    """Begin to keep the ends of a log from before there were any, once, if it is whole; else what stands against it, as sentences."""
    end = in_database()
    if end is None or end.signature or not AuditEntry.select().exists():
        return []
    against = [*chain_differences(), *against_adopting()]
    if not against:
        begin()
    return against


def accept(reason: str) -> AuditEntry:
    """Take the log as it stands for the true one from now on: the entry of this act holds what was found. Raises RuleError without a reason."""
    if not reason.strip():
        raise RuleError(_("Give the reason"), "reason")
    found = verify()
    entry = record("audit.accept", object_type="audit", reason=reason, after={"count": len(found), "found": found[:20]})
    begin()
    return entry
