"""The audit log: append-only, numbered, chained by hash."""

from typing import Any

from peewee import CharField, IntegerField, TextField

from ..kernel.db import BaseModel
from ..kernel.fields import JsonField, UtcDateTimeField


class AuditEntry(BaseModel):
    """One act. county_id None: an act on the platform. `before` and `after` hold masked values only."""

    stamped = False
    append_only = True

    sequence = IntegerField(unique=True)
    at = UtcDateTimeField()
    county_id = IntegerField(null=True, index=True)
    organization_id = IntegerField(null=True)
    actor_id = IntegerField(null=True)
    actor = CharField(max_length=80)
    role = CharField(max_length=24, default="")
    ip = CharField(max_length=45, default="")
    act = CharField(max_length=60)  # e.g. period.lock, submission.accept
    object_type = CharField(max_length=60, default="")
    object_id = CharField(max_length=40, default="")
    object_name = CharField(max_length=160, default="")
    result = CharField(max_length=10, default="ok")
    reason = TextField(default="")
    before: Any = JsonField(null=True)
    after: Any = JsonField(null=True)
    previous_digest = CharField(max_length=64)
    digest = CharField(max_length=64)

    class Meta:
        table_name = "core_audit"


class AuditEnd(BaseModel):
    """One row: where the log ends, signed with the key outside the database. No signature: none was kept yet (`audit.ends`)."""

    stamped = False

    sequence = IntegerField()
    digest = CharField(max_length=64)
    first_digest = CharField(max_length=64)
    signature = CharField(max_length=64)

    class Meta:
        table_name = "core_audit_end"


class PluginFault(BaseModel):
    """A module that raised: which one, in which hook, for which county, and what was said."""

    stamped = False

    plugin = CharField(max_length=40, index=True)
    county_id = IntegerField(null=True)
    hook = CharField(max_length=60)
    message = TextField()
    at = UtcDateTimeField()

    class Meta:
        table_name = "core_plugin_fault"
