"""Which keys the database was written with."""

from peewee import CharField

from ..kernel.db import BaseModel
from ..kernel.fields import UtcDateTimeField


class KeyFingerprint(BaseModel):
    """A key of this installation by its fingerprint, never the key; the latest row of a name counts."""

    append_only = True

    name = CharField(max_length=20)  # secret.key, fields.key
    fingerprint = CharField(max_length=64)
    recorded_at = UtcDateTimeField()

    class Meta:
        table_name = "core_key_fingerprint"
