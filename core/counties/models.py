"""Counties, which modules they have enabled, and their dated settings."""

from typing import Any

from peewee import BooleanField, CharField, DateField, TextField

from ..kernel.db import BaseModel, CountyModel, reference
from ..kernel.fields import JsonField, UtcDateTimeField


class County(BaseModel):
    """A pilot county. `code` stands in every address and never changes."""

    typed_text = True

    code = CharField(max_length=32, unique=True)
    name = CharField(max_length=60)  # 示范县
    committee_name = CharField(max_length=120)  # 共青团示范县委员会, signs the report
    is_demo = BooleanField(default=False)
    created_at = UtcDateTimeField()

    class Meta:
        table_name = "core_county"


class CountyRow(CountyModel):
    """Base of county-owned tables that stand above organizations; most tables use `OrganizationRow`."""

    county = reference(County)


class CountyPlugin(CountyRow):
    """One row per module that a county ever enabled. state: enabled, disabled, suspended, archived, purged."""

    readable_from = "county"
    scope_column = "county_id"

    plugin = CharField(max_length=40)
    state = CharField(max_length=12)
    reason = TextField(default="")  # why suspended, for the administrator
    changed_by = CharField(max_length=80, default="")
    changed_at = UtcDateTimeField()

    class Meta:
        table_name = "core_county_plugin"
        indexes = ((("county", "plugin"), True),)


class CountySetting(CountyRow):
    """A setting's value from a day on; the newest row whose `valid_from` is not later than the day asked rules."""

    readable_from = "county"
    scope_column = "county_id"

    owner = CharField(max_length=40)  # core or the module's name
    key = CharField(max_length=60)
    valid_from = DateField()
    value: Any = JsonField()
    changed_by = CharField(max_length=80, default="")
    changed_at = UtcDateTimeField()

    class Meta:
        table_name = "core_county_setting"
        indexes = ((("county", "owner", "key", "valid_from"), True),)
