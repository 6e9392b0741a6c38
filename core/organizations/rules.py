"""Rules of the organization tree, of terms and of what counts as effective. Pure; every number is a dated default that a county may set.

Sources: domain.md §2.1, §2.2, §11.2 (1–4).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from ..kernel.calendar import add_months

EVER = date(1900, 1, 1)  # the first day of a link whose real beginning is not known
STATUTE_2025 = date(2025, 1, 3)  # 选举工作条例, 中青发〔2025〕1号

# key of the setting → (from which day, value), oldest first
DEFAULTS: dict[str, tuple[tuple[date, int], ...]] = {
    "organizations.min_members": ((EVER, 3),),  # fewer: 空心
    "organizations.max_members": ((EVER, 50),),  # more: the branch should be divided
    "organizations.committee_from_members": ((EVER, 7),),  # a branch from here on has a committee
    "organizations.student_branch_years": ((EVER, 1),),
    "organizations.branch_years_min": ((EVER, 2), (STATUTE_2025, 3)),
    "organizations.branch_years_max": ((EVER, 3),),
    "organizations.committee_years_min": ((EVER, 3),),
    "organizations.committee_years_max": ((EVER, 5),),
    "organizations.county_years": ((EVER, 5),),
    "organizations.branch_extension_months": ((EVER, 6),),
    "organizations.extension_months": ((EVER, 12),),
    "organizations.term_notice_days": ((EVER, 90),),  # reminders start so long before a term ends
}


@dataclass(frozen=True)
class Thresholds:
    """The numbers of the rules: a county's own dated values over the defaults."""

    own: Mapping[str, tuple[tuple[date, int], ...]] = field(default_factory=dict)
    defaults: Mapping[str, tuple[tuple[date, int], ...]] = field(default_factory=lambda: DEFAULTS)

    def at(self, key: str, on: date) -> int:
        """The value in force on a day: the county's newest one not later than it, else the default's."""
        for entries in (self.own.get(key, ()), self.defaults[key]):
            ruling = [value for since, value in entries if since <= on]
            if ruling:
                return ruling[-1]
        return self.defaults[key][0][1]


# the tree ------------------------------------------------------------------------------------------------------------

_KIND_RANK = {
    "county": 0,
    "township": 1,
    "street": 1,
    "park": 1,
    "school": 2,
    "enterprise": 2,
    "agency": 2,
    "institution": 2,
    "social": 2,
    "village": 3,
    "community": 3,
    "class": 4,
}
_TYPE_RANK = {"leading_organ": 0, "committee": 1, "work_committee": 1, "general_branch": 2, "branch": 3}
ROOT_KIND = "county"


@dataclass(frozen=True)
class Place:
    """What the tree's rules look at."""

    kind: str
    org_type: str


def may_stand_below(parent: Place, child: Place) -> str:
    """'' if `child` may stand directly below `parent`, else the rule that forbids it: root, branch, general_branch, class, kind, type.

    The parent's level lies above the child's: county, then township/street/park, then school/enterprise/agency…, then village/community,
    then class. Between bodies of one kind (团委 and 团支部 of one school) the type decides.
    """
    if child.kind == ROOT_KIND:
        return "root"
    if parent.org_type == "branch":
        return "branch"
    if parent.org_type == "general_branch" and child.org_type != "branch":
        return "general_branch"
    if child.kind == "class" and parent.kind not in ("school", "class"):
        return "class"
    above, below = _KIND_RANK[parent.kind], _KIND_RANK[child.kind]
    if above < below and not (parent.kind in ("school", "enterprise", "agency", "institution", "social") and child.kind in ("village", "community")):
        return ""
    if parent.kind != child.kind:
        return "kind"
    return "" if _TYPE_RANK[parent.org_type] < _TYPE_RANK[child.org_type] else "type"


# terms ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TermRule:
    """The shortest and longest term in years, and the months by which it may be extended (all included)."""

    shortest: int
    longest: int
    extension_months: int


def term_rule(place: Place, elected_on: date, limits: Thresholds) -> TermRule | None:
    """The rule for a body elected on a day; None for a 团工委, which is appointed and not elected."""
    if place.org_type == "work_committee":
        return None
    months = limits.at("organizations.extension_months", elected_on)
    if place.org_type == "branch":
        months = limits.at("organizations.branch_extension_months", elected_on)
    if place.org_type == "branch" and place.kind == "class":
        years = limits.at("organizations.student_branch_years", elected_on)
        return TermRule(years, years, months)
    if place.org_type in ("branch", "general_branch"):
        shortest, longest = (limits.at(f"organizations.branch_years_{end}", elected_on) for end in ("min", "max"))
        return TermRule(shortest, longest, months)
    if place.kind == ROOT_KIND:
        years = limits.at("organizations.county_years", elected_on)
        return TermRule(years, years, months)
    shortest, longest = (limits.at(f"organizations.committee_years_{end}", elected_on) for end in ("min", "max"))
    return TermRule(shortest, longest, months)


def term_ends_on(place: Place, elected_on: date | None, years: int | None, extended_to: date | None, limits: Thresholds) -> date | None:
    """The last day of the term, an approved extension included. `years` None: the longest that the rule allows, so that a body is overdue
    only beyond doubt. None: not elected yet, day not known, or never elected (团工委)."""
    if elected_on is None:
        return None
    rule = term_rule(place, elected_on, limits)
    if rule is None:
        return None
    end = add_months(elected_on, 12 * (years or rule.longest))
    return max(end, extended_to) if extended_to else end


def latest_extension(place: Place, elected_on: date, years: int | None, limits: Thresholds) -> date | None:
    """The last day to which the term may be extended (included); None for a 团工委."""
    rule = term_rule(place, elected_on, limits)
    return None if rule is None else add_months(elected_on, 12 * (years or rule.longest) + rule.extension_months)


# effective, warnings -------------------------------------------------------------------------------------------------


def is_effective(active: bool, post_holders: int, members: int | None, limits: Thresholds, on: date) -> bool:
    """Active, with at least one post-holder and at least the least number of members. Members not known (None) do not count as enough."""
    return active and post_holders >= 1 and members is not None and members >= limits.at("organizations.min_members", on)


def member_warning(org_type: str, members: int | None, limits: Thresholds, on: date) -> str:
    """'hollow' (too few), 'large' (too many) or '': branches only; members not known (None) give no warning."""
    if org_type != "branch" or members is None:
        return ""
    if members < limits.at("organizations.min_members", on):
        return "hollow"
    return "large" if members > limits.at("organizations.max_members", on) else ""
