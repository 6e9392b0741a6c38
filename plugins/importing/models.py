"""Saved profiles and jobs of the importing framework."""

from typing import Any

from peewee import CharField, IntegerField, TextField

from youthpilot.core.kernel.fields import JsonField, UtcDateTimeField
from youthpilot.core.organizations.models import OrganizationRow


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

    stamped = False
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


MODELS = [ImportProfile, Job]  # their tables come with core's migrations and keep its name
