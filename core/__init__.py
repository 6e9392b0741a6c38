"""The kernel of youthpilot and its public API: modules import these names, those of admin and of the platform plugins, and nothing else.

Names are loaded on first use, so that a child process that only reads a spreadsheet does not load the web framework.
docs/public-api.md describes every one of them.
"""

from typing import TYPE_CHECKING

from .kernel.public import loader

PUBLIC: dict[str, tuple[str, ...]] = {
    "plugin": ("Plugin",),
    "hookspecs": ("hookimpl", "spec"),
    "hookvalues": ("CountyValue", "PeriodValue", "Permission", "Panel", "PanelChart", "Problem", "Setting", "DemoTarget"),
    "contracts": ("list_of", "exactly", "NOTHING"),
    "screens": ("SearchHit", "SearchHits"),
    "kernel.errors": ("YouthpilotError", "RuleError", "ConflictError", "NotFound"),
    "kernel.scope": ("Scope", "current_scope", "scoped", "county_scope", "figure_scope"),
    "kernel.db": ("transaction", "bulk_load", "plain_rows", "reference", "BaseModel"),
    "kernel.fields": ("UtcDateTimeField", "MoneyField", "DecimalTextField", "JsonField"),
    "kernel.secrets": ("ProtectedField", "blind_index"),
    "kernel.schema": ("run",),
    "kernel.clock": ("today", "now", "business_now", "local"),
    "kernel.calendar": ("CalendarPeriod", "age", "add_months", "is_late"),
    "kernel.numbers": ("chinese_number", "round_half_up"),
    "kernel.i18n": ("words",),
    "kernel.workflow": ("workflow",),
    "audit.acting": ("acting",),
    "audit.services": ("record_audit",),
    "batches.queries": ("batch_times",),
    "batches.services": ("keep_before",),
    "organizations.models": ("Organization", "OrganizationRow", "OrganizationClosure", "KINDS", "TOWNSHIP_KINDS", "VILLAGE_KINDS"),
    "cadres.models": ("Person", "Post"),
    "counties.models": ("County",),
    "counties.services": ("county_by_code", "setting", "set_setting"),
    "periods.models": ("Period",),
    "periods.guard": ("locked_days", "refuse_locked_span"),
    "kernel.filing": ("filing",),
    "web.policies": ("policy",),
    "web.current": ("current_registry",),
    "web.hosts": ("external_url",),
    "web.throttle": ("limit_attempts",),
    "kernel.actor": ("actor_name",),
    "accounts.holders": ("body_at",),
    "accounts.partners": ("partners",),
    "accounts.rules": ("network_of",),
    "kernel.identity": ("mask_name", "mask_phone", "identity"),
}
_OWN_NAMES = {"record_audit": "record"}  # where the public name says more than the one at home
__all__ = sorted(name for names in PUBLIC.values() for name in names)
__getattr__ = loader(__name__, PUBLIC, _OWN_NAMES)


if TYPE_CHECKING:
    from .accounts import partners as partners
    from .accounts.holders import body_at as body_at
    from .accounts.rules import network_of as network_of
    from .audit import acting as acting
    from .audit import services as _audit
    from .batches.queries import batch_times as batch_times
    from .batches.services import keep_before as keep_before
    from .cadres.models import Person as Person
    from .cadres.models import Post as Post
    from .contracts import NOTHING as NOTHING
    from .contracts import exactly as exactly
    from .contracts import list_of as list_of
    from .counties.models import County as County
    from .counties.services import county_by_code as county_by_code
    from .counties.services import set_setting as set_setting
    from .counties.services import setting as setting
    from .hookspecs import hookimpl as hookimpl
    from .hookspecs import spec as spec
    from .hookvalues import CountyValue as CountyValue
    from .hookvalues import DemoTarget as DemoTarget
    from .hookvalues import Panel as Panel
    from .hookvalues import PanelChart as PanelChart
    from .hookvalues import PeriodValue as PeriodValue
    from .hookvalues import Permission as Permission
    from .hookvalues import Problem as Problem
    from .hookvalues import Setting as Setting
    from .kernel import filing as filing
    from .kernel import identity as identity
    from .kernel import workflow as workflow
    from .kernel.actor import actor_name as actor_name
    from .kernel.calendar import CalendarPeriod as CalendarPeriod
    from .kernel.calendar import add_months as add_months
    from .kernel.calendar import age as age
    from .kernel.calendar import is_late as is_late
    from .kernel.clock import business_now as business_now
    from .kernel.clock import local as local
    from .kernel.clock import now as now
    from .kernel.clock import today as today
    from .kernel.db import BaseModel as BaseModel
    from .kernel.db import bulk_load as bulk_load
    from .kernel.db import plain_rows as plain_rows
    from .kernel.db import reference as reference
    from .kernel.db import transaction as transaction
    from .kernel.errors import ConflictError as ConflictError
    from .kernel.errors import NotFound as NotFound
    from .kernel.errors import RuleError as RuleError
    from .kernel.errors import YouthpilotError as YouthpilotError
    from .kernel.fields import DecimalTextField as DecimalTextField
    from .kernel.fields import JsonField as JsonField
    from .kernel.fields import MoneyField as MoneyField
    from .kernel.fields import UtcDateTimeField as UtcDateTimeField
    from .kernel.i18n import words as words
    from .kernel.identity import mask_name as mask_name
    from .kernel.identity import mask_phone as mask_phone
    from .kernel.numbers import chinese_number as chinese_number
    from .kernel.numbers import round_half_up as round_half_up
    from .kernel.schema import run as run
    from .kernel.scope import Scope as Scope
    from .kernel.scope import county_scope as county_scope
    from .kernel.scope import current_scope as current_scope
    from .kernel.scope import figure_scope as figure_scope
    from .kernel.scope import scoped as scoped
    from .kernel.secrets import ProtectedField as ProtectedField
    from .kernel.secrets import blind_index as blind_index
    from .organizations.models import KINDS as KINDS
    from .organizations.models import TOWNSHIP_KINDS as TOWNSHIP_KINDS
    from .organizations.models import VILLAGE_KINDS as VILLAGE_KINDS
    from .organizations.models import Organization as Organization
    from .organizations.models import OrganizationClosure as OrganizationClosure
    from .organizations.models import OrganizationRow as OrganizationRow
    from .periods.guard import locked_days as locked_days
    from .periods.guard import refuse_locked_span as refuse_locked_span
    from .periods.models import Period as Period
    from .plugin import Plugin as Plugin
    from .screens import SearchHit as SearchHit
    from .screens import SearchHits as SearchHits
    from .web.current import current_registry as current_registry
    from .web.hosts import external_url as external_url
    from .web.policies import policy as policy
    from .web.throttle import limit_attempts as limit_attempts

    record_audit = _audit.record  # its public name
