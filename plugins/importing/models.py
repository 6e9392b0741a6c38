"""Batches, before-images, saved profiles and jobs of the importing framework."""

from typing import Any

from peewee import CharField, IntegerField, TextField

from youthpilot.core.kernel.db import reference
from youthpilot.core.kernel.fields import JsonField, UtcDateTimeField
from youthpilot.core.organizations.models import OrganizationRow


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


class ImportProfile(OrganizationRow):
    """How a county's file of some shape maps to an importer's columns."""

    typed_text = False  # holds cells and names of files as they came
    readable_from = "county"

    importer = CharField(max_length=60)
    name = CharField(max_length=80)
    mapping: Any = JsonField()
    created_by = CharField(max_length=80)
    used_at = UtcDateTimeField()

    class Meta:
        table_name = "core_import_profile"
        indexes = ((("county", "importer", "name"), True),)


class Job(OrganizationRow):
    """Long work shown with a progress bar. state: waiting, running, done, failed."""

    typed_text = False  # holds cells and names of files as they came

    kind = CharField(max_length=40)
    state = CharField(max_length=10, default="waiting")
    done = IntegerField(default=0)
    total = IntegerField(default=0)
    message = TextField(default="")
    params: Any = JsonField(default=dict)
    result: Any = JsonField(null=True)
    created_by = CharField(max_length=80)
    created_by_id = IntegerField(null=True)
    created_at = UtcDateTimeField()
    finished_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "core_job"
        indexes = ((("county", "state"), False),)
