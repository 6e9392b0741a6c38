"""Rules of organizations with the message that a user reads. Each raises RuleError; `field` names the form field at fault."""

from datetime import date
from typing import Any

from ..kernel.errors import RuleError
from ..kernel.i18n import _
from . import rules
from .models import BRANCH_KINDS, KINDS, TYPES, Organization
from .rules import Place, Thresholds

EDITABLE = (
    "code", "name", "short_name", "kind", "org_type", "branch_kind", "school_stage", "region_code", "region_year", "established_on", "last_elected_on",
    "term_years", "term_extended_to", "member_count", "member_count_on", "youth_count", "posts_due", "phone", "note",
)  # fmt: skip
_NOT_NEGATIVE = ("member_count", "youth_count", "posts_due")
_NOT_LATER = ("established_on", "last_elected_on", "member_count_on")


def place_message(rule: str, parent: Any, child: Any) -> str:
    """What the broken rule of `rules.may_stand_below` means, for a user; `parent` and `child` have name and kind."""
    if rule == "root":
        return _("A county has one county committee only: choose another kind")
    if rule == "branch":
        return _("%(parent)s is a branch and has none below it: choose its superior", parent=parent.name)
    if rule == "general_branch":
        return _("Below the general branch %(parent)s only branches may stand", parent=parent.name)
    if rule == "class":
        return _("A class belongs below its school: %(parent)s is none", parent=parent.name)
    if rule == "type":
        return _(
            "%(parent)s is not above %(child)s: a committee stands above a general branch, that above a branch", parent=parent.name, child=child.name
        )
    return _(
        "%(child)s (%(below)s) cannot stand below %(parent)s (%(above)s)",
        child=child.name,
        parent=parent.name,
        below=KINDS[child.kind],
        above=KINDS[parent.kind],
    )


def check_place(parent: Any, child: Any) -> None:
    """Raise if `child` may not stand directly below `parent`. Both have name, kind, org_type."""
    rule = rules.may_stand_below(Place(parent.kind, parent.org_type), Place(child.kind, child.org_type))
    if rule:
        raise RuleError(place_message(rule, parent, child), "parent" if rule != "root" else "kind")


def check_values(row: Organization, today: date, limits: Thresholds) -> None:
    """Raise if the row's own values are impossible (its place is checked apart)."""
    if not row.code or not row.code.strip():
        raise RuleError(_("The code is missing"), "code")
    if not row.name or not row.name.strip():
        raise RuleError(_("The full name is missing"), "name")
    for name, known, message in (
        ("kind", KINDS, _("Choose the kind of organization")),
        ("org_type", TYPES, _("Choose the type of organization")),
        ("branch_kind", BRANCH_KINDS, _("Choose the kind of branch")),
    ):
        if (getattr(row, name) or "") not in known:
            raise RuleError(message, name)
    if row.region_code and not (row.region_code.isascii() and row.region_code.isdecimal() and len(row.region_code) in (6, 9, 12)):
        raise RuleError(_("A region code has 6, 9 or 12 digits"), "region_code")
    for name in _NOT_NEGATIVE:
        if (getattr(row, name) or 0) < 0:
            raise RuleError(_("The number cannot be below 0"), name)
    for name in _NOT_LATER:
        if (day := getattr(row, name)) is not None and day > today:
            raise RuleError(_("The day %(day)s lies in the future", day=day), name)
    _check_term(row, limits)


def _check_term(row: Organization, limits: Thresholds) -> None:
    if row.established_on and row.last_elected_on and row.last_elected_on < row.established_on:
        raise RuleError(_("The election lies before the founding"), "last_elected_on")
    if row.last_elected_on is None:
        if row.term_extended_to is not None:
            raise RuleError(_("Enter the day of the last election first"), "last_elected_on")
        return
    place = Place(row.kind, row.org_type)
    rule = rules.term_rule(place, row.last_elected_on, limits)
    if rule is None:
        return
    if row.term_years is not None and not rule.shortest <= row.term_years <= rule.longest:
        years = str(rule.longest) if rule.shortest == rule.longest else f"{rule.shortest}–{rule.longest}"
        raise RuleError(_("The term of such an organization is %(years)s years", years=years), "term_years")
    latest = rules.latest_extension(place, row.last_elected_on, row.term_years, limits)
    if row.term_extended_to is not None and latest is not None and row.term_extended_to > latest:
        raise RuleError(
            _("A term may be extended by %(months)s months, to %(day)s at the latest", months=rule.extension_months, day=latest), "term_extended_to"
        )


def check_free_code(row: Organization) -> None:
    """Raise if another organization of the county has the code. Runs in the county's whole scope."""
    if (
        Organization.select()
        .where((Organization.code == row.code) & (Organization.id != (row.id or 0)) & (Organization.county == row.county_id))
        .exists()
    ):
        raise RuleError(_("The code %(code)s is taken", code=row.code), "code")
