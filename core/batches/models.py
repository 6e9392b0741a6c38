"""Batches and before-images."""

from typing import Any

from peewee import CharField, IntegerField, TextField

from ..kernel.db import reference
from ..kernel.fields import JsonField, UtcDateTimeField
from ..organizations.models import OrganizationRow


class Batch(OrganizationRow):
    """One import, paste or bulk edit. state: applied, undoing (it counts no longer, its rows are leaving), undone. Rows written carry its id."""

    typed_text = False  # holds cells and names of files as they came

    importer = CharField(max_length=60)
    title = CharField(max_length=120)
    file_name = CharField(max_length=200, default="")
    digest = CharField(max_length=64, default="")
    options: Any = JsonField(default=dict)
    added = IntegerField(default=0)
    changed = IntegerField(default=0)
    unchanged = IntegerField(default=0)
    warnings: Any = JsonField(default=list)
    reason = TextField(default="")  # why rows with warnings were taken
    state = CharField(max_length=10, default="applied")
    created_by = CharField(max_length=80)
    created_at = UtcDateTimeField()
    undone_by = CharField(max_length=80, default="")
    undone_at = UtcDateTimeField(null=True)
    takes: Any = JsonField(default=list)  # while undoing: [table, rows] that still have to leave, children first

    class Meta:
        table_name = "core_batch"
        indexes = ((("county", "created_at"), False), (("county", "importer", "digest"), False), (("county", "state"), False))


class BeforeImage(OrganizationRow):
    """A row as it was before a batch changed it. Rows that a batch added need none: they carry batch_id."""

    typed_text = False  # holds cells and names of files as they came

    batch = reference(Batch)
    table_of = CharField(max_length=60)
    row_id = IntegerField()
    before: Any = JsonField()

    class Meta:
        table_name = "core_before_image"
        indexes = ((("county", "batch"), False), (("county", "table_of", "row_id"), False))
