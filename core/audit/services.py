"""Write the audit log inside the act's own transaction, and verify its chain."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

import structlog
from flask import g, has_request_context, request
from peewee import Select, fn

from ..afterwards import after_answer
from ..clock import now
from ..connection import is_read_only
from ..db import database, is_sqlite, transaction
from ..fields import canonical
from ..home import home
from ..scope import scope_or_none
from ..secrets import blind_index
from .models import AuditEntry
from .rules import CHAINED, GENESIS, difference, digest, masked, one_line

log = structlog.get_logger()
_CHAIN_LOCK = 7_304_115
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
        entry = AuditEntry.create(**row)
    if has_request_context():
        g.audit_digest = entry.digest
    log.info(
        "audit", sequence=entry.sequence, act=row["act"], actor=row["actor"], county_id=row["county_id"], result=row["result"], digest=entry.digest
    )
    return entry


def _plain(value: Any) -> Any:
    """The masked value as JSON gives it back, so that the digest is the same when it is read again."""
    return None if value is None else json.loads(canonical(masked(value)))


def _place() -> dict[str, Any]:
    """Number and previous digest of the next entry. One writer at a time: the SQLite transaction, or a lock on PostgreSQL."""
    if not is_sqlite():
        Select(columns=[fn.pg_advisory_xact_lock(_CHAIN_LOCK)]).execute(database)
    last = AuditEntry.select(AuditEntry.sequence, AuditEntry.digest).order_by(AuditEntry.sequence.desc()).tuples().first()
    return {"sequence": last[0] + 1, "previous_digest": last[1]} if last else {"sequence": 1, "previous_digest": GENESIS}


def _who(actor_id: int | None, name: str, role: str) -> dict[str, Any]:
    from ..accounts.actor import actor_name, current_actor

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
    """Every difference found in the chain, as sentences; empty: untouched. `limit`: only that many entries from the end.

    A clean run of the whole chain remembers its last entry in the home folder, so that a cut end is found the next time.
    """
    query = AuditEntry.select().order_by(AuditEntry.sequence)
    last = AuditEntry.select(fn.MAX(AuditEntry.sequence)).scalar() or 0
    start = 1 if limit is None else max(1, last - limit + 1)
    before = AuditEntry.get_or_none(AuditEntry.sequence == start - 1)
    sequence, previous = start, before.digest if before else GENESIS
    found: list[str] = []
    key = _key()
    for entry in query.where(AuditEntry.sequence >= start).iterator():
        row = _row(entry)
        problem = difference(row, sequence, previous, key)
        if problem:
            found.append(problem)
        sequence, previous = row["sequence"] + 1, row["digest"]
    return found + _check_end(sequence - 1, previous, remember=limit is None and not found)


def _row(entry: AuditEntry) -> Mapping[str, Any]:
    row = {name: getattr(entry, name) for name in (*CHAINED, "digest")}
    row["at"] = entry.at.isoformat(timespec="microseconds")
    return row


def _check_end(sequence: int, last_digest: str, remember: bool) -> list[str]:
    """Compare with the end remembered for this chain (named by its first entry), and remember the new one."""
    from ..i18n import _

    first = AuditEntry.get_or_none(AuditEntry.sequence == 1)
    path = home() / "audit-ends.json"
    ends = json.loads(path.read_text()) if path.exists() else {}
    known = ends.get(first.digest) if first else None
    if known and not AuditEntry.select().where((AuditEntry.sequence == known[0]) & (AuditEntry.digest == known[1])).exists():
        return [_("The log ended with entry %(number)s at the last check; that entry is not there any more", number=known[0])]
    if remember and first:
        ends[first.digest] = [sequence, last_digest]
        path.write_text(json.dumps(ends))
    return []
