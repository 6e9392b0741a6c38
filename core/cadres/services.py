"""Verbs of persons, posts and elections: one transaction each."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from ..audit.services import record
from ..kernel.clock import business_now as now
from ..kernel.clock import today
from ..kernel.db import transaction
from ..kernel.errors import ConflictError, NotFound, RuleError
from ..kernel.i18n import _
from ..kernel.identity import mask_name
from ..kernel.secrets import blind_index
from ..organizations.checks import check_values
from ..organizations.models import Organization
from ..organizations.queries import term_end
from ..organizations.services import visible
from ..organizations.settings import thresholds
from . import rules
from .models import MODES, SOURCES, TITLES, Election, Person, Post
from .queries import LEVELS, in_force, secretary_births, secretary_of

PERSON_FIELDS = ("name", "sex", "birth_date", "id_no", "phone", "ethnicity", "political_status", "education", "is_member", "left_on")
POST_FIELDS = ("mode", "source", "on_establishment", "two_committees")


def add_person(organization: Organization | int, values: dict[str, Any], batch_id: int | None = None, audit: bool = True) -> Person:
    """A new person of an organization. Raises RuleError for an empty name, a birth date in the future, a taken identity number."""
    place = visible(organization)
    given = {name: values[name] for name in PERSON_FIELDS if name in values}
    if not (given.get("name") or "").strip():
        raise RuleError(_("The name is missing"), "name")
    _check_person(place.county_id, given, None)
    with transaction():
        person = Person.create(county=place.county_id, organization=place, batch_id=batch_id, **given, **_indexes(given))
        if audit:
            _record("person.create", person, place.id)
    return person


def update_person(person: Person, values: dict[str, Any], batch_id: int | None = None, audit: bool = True) -> bool:
    """Change a person; True if anything differed. The audit log keeps which fields, never what they said."""
    after = {name: values[name] for name in PERSON_FIELDS if name in values and values[name] != getattr(person, name)}
    if not after:
        return False
    _check_person(person.county_id, after, person.id)
    with transaction():
        changes = after | _indexes(after) | ({"batch_id": batch_id} if batch_id is not None else {})
        if not Person.update(**changes).where(Person.id == person.id).execute():
            raise NotFound(_("There is no such person"))
        for name, value in changes.items():
            setattr(person, name, value)
        if audit:
            _record("person.update", person, person.organization_id, after={"fields": sorted(after)})
    return True


def appoint(
    person: Person | int,
    organization: Organization | int,
    title: str,
    start_on: date,
    *,
    end_on: date | None = None,
    mode: str = "part_time",
    source: str = "",
    on_establishment: bool | None = None,
    two_committees: bool = False,
    election: Election | None = None,
    batch_id: int | None = None,
    audit: bool = True,
) -> Post:
    """Give a person a post from a day (to a day; both included).

    Raises RuleError for impossible values, ConflictError if the person has the post already or the organization has a secretary.
    """
    place = visible(organization)
    holder = person if isinstance(person, Person) else Person.get_or_none(Person.id == person)
    if holder is None:
        raise NotFound(_("There is no such person"))
    _check_post(place, title, mode, source, start_on, end_on)
    _check_free(holder, place, title, start_on, end_on)
    with transaction():
        post = Post.create(
            county=place.county_id, organization=place, person=holder, title=title, mode=mode, source=source, on_establishment=on_establishment,
            two_committees=two_committees, start_on=start_on, end_on=end_on, election=election, batch_id=batch_id,
        )  # fmt: skip
        if audit:
            _record("post.appoint", holder, place.id, after={"organization": place.name, "title": TITLES[title], "start": start_on, "end": end_on})
    return post


def end_post(post: Post | int, on: date, reason: str, audit: bool = True) -> Post:
    """End a post; `on` is its last day. Raises RuleError for a day before it began."""
    row = _post(post)
    if row.end_on is not None and row.end_on <= on:
        raise ConflictError(_("This post ended on %(day)s already", day=row.end_on))
    if on < row.start_on:
        raise RuleError(_("The post began on %(day)s: it cannot end before", day=row.start_on), "end_on")
    with transaction():
        Post.update(end_on=on, end_reason=reason[:80]).where(Post.id == row.id).execute()
        if audit:
            record("post.end", object_type="post", object_id=row.id, organization_id=row.organization_id, reason=reason, after={"end": on})
    row.end_on, row.end_reason = on, reason[:80]
    return row


def end_all_posts(organization_id: int, last_day: date, reason: str) -> int:
    """End every post of an organization that closes; a post that would begin after its last day ends on the day it begins. Returns how many."""
    running = Post.end_on.is_null() | (Post.end_on > last_day)
    here = (Post.organization == organization_id) & running
    ended = Post.update(end_on=last_day, end_reason=reason[:80]).where(here & (Post.start_on <= last_day)).execute()
    return ended + Post.update(end_on=Post.start_on, end_reason=reason[:80]).where(here & (Post.start_on > last_day)).execute()


def replace_secretary(organization: Organization | int, person: Person | int, on: date, reason: str, **post: Any) -> Post:
    """The secretary's post ends the day before `on`, and the person is secretary from `on`. Returns the new post."""
    place = visible(organization)
    with transaction():
        former = secretary_of(place.id, on)
        if former is not None:
            end_post(former, on - timedelta(days=1), reason)
        return appoint(person, place, "secretary", on, **post)


def hold_election(
    organization: Organization | int,
    held_on: date,
    appointments: Iterable[dict[str, Any]] = (),
    *,
    term_no: int | None = None,
    term_years: int | None = None,
    approval_ref: str = "",
    batch_id: int | None = None,
) -> Election:
    """换届: the previous term's secretary is measured on the day before, the posts of the elected committee end then, and the new ones begin.

    appointments: {person, title, mode?, source?, on_establishment?, two_committees?}; none: only the election is written down and
    posts go on. Raises ConflictError for a second election on the same day.
    """
    place = visible(organization)
    if held_on > today():
        raise RuleError(_("The day %(day)s lies in the future", day=held_on), "held_on")
    if Election.select().where((Election.organization == place) & (Election.covers_kind == "") & (Election.held_on == held_on)).exists():
        raise ConflictError(_("The election of %(day)s is entered already", day=held_on))
    day_before, chosen = held_on - timedelta(days=1), list(appointments)
    with transaction():
        before = _own_mean(place, day_before)
        election = Election.create(
            county=place.county_id, organization=place, term_no=term_no, held_on=held_on, approval_ref=approval_ref, before_on=day_before,
            before_age_sum=before.total if before.count else None, before_count=before.count or None, recorded_at=now(), batch_id=batch_id,
        )  # fmt: skip
        if chosen:
            _change_committee(place, election, chosen)
        after = _own_mean(place, held_on)
        election.after_age_sum, election.after_count = (after.total, after.count) if after.count else (None, None)
        election.due_on = _new_term(place, held_on, term_years)
        election.save()
        record(
            "election.create",
            object_type="election",
            object_id=election.id,
            object_name=place.name,
            organization_id=place.id,
            after={"held_on": held_on},
        )
    return election


def enter_last_term_totals(
    county_id: int, kind: str, age_sum: int, count: int, held_on: date, source_file: str, batch_id: int | None = None
) -> Election:
    """What is known of the previous term of a whole level ("township", "village") as one total: 汇总录入, for a new county.

    The same level and day again replaces the total. Raises RuleError for impossible numbers; NotFound below the county.
    """
    check_total(kind, age_sum, count, held_on)
    root = Organization.get_or_none((Organization.county == county_id) & Organization.parent.is_null())
    if root is None:
        raise NotFound(_("Totals of a whole level are entered by the county"))
    values = {"before_age_sum": age_sum, "before_count": count, "source_file": source_file[:200], "recorded_at": now(), "batch_id": batch_id}
    with transaction():
        row = Election.get_or_none((Election.organization == root) & (Election.covers_kind == kind) & (Election.held_on == held_on))
        if row is None:
            row = Election.create(
                county=county_id, organization=root, covers_kind=kind, held_on=held_on, before_on=held_on - timedelta(days=1), **values
            )
        else:
            Election.update(**values).where(Election.id == row.id).execute()
        after = {"kind": kind, "sum": age_sum, "count": count, "held_on": held_on, "source": source_file}
        record("election.update", object_type="election", object_id=row.id, object_name=root.name, organization_id=root.id, after=after)
    return Election.get_by_id(row.id)


def check_total(kind: str, age_sum: int, count: int, held_on: date) -> None:
    """Raise RuleError if a total of the last term is impossible (mean outside 14–70 years, nobody, a day to come)."""
    if kind not in LEVELS:
        raise RuleError(_("Choose township or village level"), "kind")
    if count < 1:
        raise RuleError(_("The number of secretaries must be at least 1"), "count")
    if not 14 * count <= age_sum <= 70 * count:
        raise RuleError(_("%(sum)s years over %(count)s persons is no possible mean age", sum=age_sum, count=count), "age_sum")
    if held_on > today():
        raise RuleError(_("The day %(day)s lies in the future", day=held_on), "held_on")


# what the verbs share ------------------------------------------------------------------------------------------------


def _check_person(county_id: int, values: dict[str, Any], own_id: int | None) -> None:
    birth = values.get("birth_date")
    if birth is not None and not date(1900, 1, 1) <= birth <= today():
        raise RuleError(_("The birth date %(day)s is not possible", day=birth), "birth_date")
    index = blind_index(values.get("id_no") or "")
    if index and Person.select().where((Person.county == county_id) & (Person.id_no_index == index) & (Person.id != (own_id or 0))).exists():
        raise ConflictError(_("A person with this identity number is entered already"))


def _indexes(values: dict[str, Any]) -> dict[str, str]:
    return {f"{name}_index": blind_index(values[name] or "") for name in ("id_no", "phone") if name in values}


def _check_post(place: Organization, title: str, mode: str, source: str, start_on: date, end_on: date | None) -> None:
    for name, value, known in (("title", title, TITLES), ("mode", mode, MODES), ("source", source, SOURCES)):
        if value not in known:
            raise RuleError(_("Choose one of the list"), name)
    if end_on is not None and end_on < start_on:
        raise RuleError(_("The post began on %(day)s: it cannot end before", day=start_on), "end_on")
    if place.closed_on is not None and (end_on is None or end_on > place.closed_on):
        raise ConflictError(_("%(name)s was closed on %(day)s: nobody holds a post there afterwards", name=place.name, day=place.closed_on))


def _check_free(person: Person, place: Organization, title: str, start_on: date, end_on: date | None) -> None:
    for other in Post.select().where((Post.organization == place) & (Post.title == title)):
        if rules.overlap(start_on, end_on, other.start_on, other.end_on):
            if other.person_id == person.id:
                raise ConflictError(_("This person holds the post since %(day)s already", day=other.start_on))
            if title == "secretary":
                raise ConflictError(_("%(name)s has a secretary since %(day)s: end that post first", name=place.name, day=other.start_on))


def _post(post: Post | int) -> Post:
    row = Post.get_or_none(Post.id == (post.id if isinstance(post, Post) else post))
    if row is None:
        raise NotFound(_("There is no such post"))
    return row


def _own_mean(place: Organization, day: date) -> rules.MeanAge:
    births = [birth for organization, birth in secretary_births(place.county_id, [place.kind], day) if organization == place.id]
    return rules.mean_age(births, day)


def _change_committee(place: Organization, election: Election, chosen: list[dict[str, Any]]) -> None:
    day_before = election.held_on - timedelta(days=1)
    running = Post.select().where((Post.organization == place) & Post.title.not_in(rules.NOT_IN_COMMITTEE) & in_force(election.held_on))
    for post in running:
        if post.start_on >= election.held_on:
            raise ConflictError(_("A post began on %(day)s already: end it or choose another day", day=post.start_on))
        end_post(post, day_before, _("End of term"))
    for values in chosen:
        details = {name: values[name] for name in POST_FIELDS if name in values}
        appoint(values["person"], place, values["title"], election.held_on, election=election, **details)


def _new_term(place: Organization, held_on: date, term_years: int | None) -> date | None:
    """Write the new term into the organization, if it is its latest; the day on which the term ends."""
    limits = thresholds(place.county_id)
    fresh = Organization.get_by_id(place.id)
    latest = fresh.last_elected_on is None or fresh.last_elected_on <= held_on
    fresh.last_elected_on, fresh.term_extended_to, fresh.term_years = held_on, None, term_years
    check_values(fresh, today(), limits)
    if latest:
        Organization.update(last_elected_on=held_on, term_extended_to=None, term_years=term_years).where(Organization.id == place.id).execute()
    return term_end(fresh, limits)


def _record(act: str, person: Person, organization_id: int, **details: Any) -> None:
    kind = act.split(".")[0]
    record(act, object_type=kind, object_id=person.id, object_name=mask_name(person.name), organization_id=organization_id, **details)
