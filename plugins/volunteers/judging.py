"""Judging the rows of a file; the numbers V1 … are those of README.md. E refuses the impossible, W asks for a reason."""

import re
from collections import defaultdict
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from youthpilot.core import Organization, Person, blind_index, local, now, today
from youthpilot.plugins.importing import Row

from . import rules, serving
from .funding import check_donation
from .models import Activity, Campaign, Donation, Drive, Group, Record, Volunteer
from .services import check_volunteer
from .settings import limits
from .words import _

_TIME = re.compile(r"(?:^|[ T日])(\d{1,2})[:：点](\d{1,2})?")


# the roster --------------------------------------------------------------------------------------------------------------


class Roster:
    """Volunteers, groups and drives, read once."""

    def __init__(self, county_id: int, options: dict[str, Any]) -> None:
        self.today = today()
        self.groups = {(o, name): key for key, o, name in Group.select(Group.id, Group.organization_id, Group.name).tuples()}
        self.drives = {title: key for key, title in Drive.select(Drive.id, Drive.title).tuples()}
        query = Volunteer.select(Volunteer.id, Volunteer.number, Volunteer.organization_id, Person.name, Person.birth_date, Person.id_no_index)
        self.by_number: dict[str, int] = {}
        self.by_id: dict[str, int] = {}
        self.by_name: dict[tuple[int, str], list[tuple[int, date | None]]] = defaultdict(list)
        for key, number, place, name, birth, index in query.join(Person, on=(Volunteer.person == Person.id)).tuples():
            self.by_number[number] = key
            if index:
                self.by_id[index] = key
            self.by_name[place, name].append((key, birth))

    def known(self, v: dict[str, Any]) -> int | None:
        """The volunteer that a row is about: by ID number, by number and name, by name (and birth date) in the organization."""
        if v["id_text"]:
            found = self.by_id.get(blind_index(v["id_text"]))
            if found:
                return found
        fitting = [
            key for key, birth in self.by_name.get((v["organization"], v["name"]), []) if None in (birth, v["birth_date"]) or birth == v["birth_date"]
        ]
        if v.get("number") and self.by_number.get(v["number"]) in fitting:
            return self.by_number[v["number"]]
        return fitting[0] if len(fitting) == 1 else None


def judge_volunteer(row: Row, look: Roster) -> None:
    """Age, guardian, number, group and drive of one who joins."""
    v = row.values
    number = v.get("id_no")
    v["id_text"], v["birth_given"] = (number.text if number else ""), v.get("birth_date")
    if number and v["birth_given"] and number.birth != v["birth_given"]:
        row.error("birth_date", _("The ID number says %(day)s", day=number.birth), "V9")
    v["birth_date"] = v["birth_given"] or (number.birth if number else None)
    v["sex"] = v.get("sex") or ({"male": "M", "female": "F"}[number.sex] if number else "")
    if not (v.get("name") and v.get("organization") and v.get("joined_on")):
        return
    v["known"] = look.known(v)
    _judge_joining(row, look)
    _judge_group(row, look)
    codes = {word: code for code, word in rules.FIELDS.items()}
    named = [part for part in re.split(r"[、,，;；\s]+", v.get("fields") or "") if part]
    v["field_codes"] = ",".join(codes[part] for part in named if part in codes)


def _judge_joining(row: Row, look: Roster) -> None:
    v = row.values
    wrong = check_volunteer({**v, "id_no": v["id_text"]})
    if wrong:
        row.error(wrong.field, wrong.message, wrong.code)
    holder = look.by_number.get(v.get("number") or "")
    if holder is not None and holder != v["known"]:
        row.error("number", _("The number %(number)s is taken", number=v["number"]), "V4")
    elif v["known"] is None and v.get("number"):
        look.by_number[v["number"]] = -row.number  # the next row with it is refused
    if v["birth_date"] is None and v["known"] is None:
        row.warn("birth_date", _("Without a date of birth nobody can tell whether the guardian must consent"), "V6")
    elif v.get("phone") and rules.needs_guardian(v["birth_date"], v["joined_on"], limits(v["joined_on"]).ages):
        row.warn("phone", _("A minor's phone is not stored: give the guardian's"), "V7")


def _judge_group(row: Row, look: Roster) -> None:
    v = row.values
    v["group_id"] = look.groups.get((v["organization"], v.get("group") or ""))
    if v.get("group") and v["group_id"] is None:
        row.error("group", _("The organization has no group “%(name)s”: add it first", name=v["group"]), "V8")
    v["drive_id"] = look.drives.get(v.get("drive") or "")
    if v.get("drive") and v["drive_id"] is None:
        row.error("drive", _("There is no recruitment drive “%(name)s”: add it first", name=v["drive"]), "V8")


# service records -----------------------------------------------------------------------------------------------------------


class Service:
    """Activities, volunteers and their records, read once; rows of the file are added as they are judged."""

    def __init__(self, county_id: int, options: dict[str, Any]) -> None:
        chosen = str(options.get("activity") or "")
        self.by_title: dict[str, list[Activity]] = defaultdict(list)
        for activity in Activity.select().where(Activity.state != "cancelled"):
            self.by_title[activity.title].append(activity)
        self.chosen = next((a for found in self.by_title.values() for a in found if chosen == str(a.id)), None)
        self.by_number: dict[str, Volunteer] = {}
        self.by_name: dict[str, list[Volunteer]] = defaultdict(list)
        query = Volunteer.select(Volunteer, Person, Organization).join(Person, on=(Volunteer.person == Person.id)).switch(Volunteer)
        for volunteer in query.join(Organization, on=(Volunteer.organization == Organization.id)):
            self.by_number[volunteer.number] = volunteer
            self.by_name[volunteer.person.name].append(volunteer)
        self.records: dict[int, list[Record]] = defaultdict(list)
        for record in Record.select().where(Record.state.in_(("open", "waiting", "approved"))):
            self.records[record.volunteer_id].append(record)
        self.limits: dict[date, Any] = {}

    def limits_on(self, day: date) -> Any:
        """The settings of a day, read once."""
        if day not in self.limits:
            self.limits[day] = limits(day)
        return self.limits[day]


def judge_record(row: Row, look: Service) -> None:
    """Activity, volunteer, day and times; then everything that is impossible about the stretch."""
    activity, volunteer = _activity(row, look), _volunteer(row, look)
    day, came, left = row.values.get("served_on"), _moment(row, "came"), _moment(row, "left")
    row.values |= {"activity_row": activity, "volunteer_row": volunteer, "came_at": came, "left_at": left}
    if not (activity and volunteer and day and came):
        return
    if volunteer.joined_on > day or (volunteer.left_on is not None and volunteer.left_on < day):
        row.error("name", _("Not on the roster on %(day)s", day=day), "V19")
        return
    birth = volunteer.person.birth_date
    if activity.lowest_age is not None and (birth is None or rules.full_years(birth, day) < activity.lowest_age):
        row.error("name", _("The activity is for people of %(age)s full years", age=activity.lowest_age), "V19")
        return
    _judge_stretch(row, look, activity, volunteer, came, left)


def _judge_stretch(row: Row, look: Service, activity: Activity, volunteer: Volunteer, came: datetime, left: datetime | None) -> None:
    others = look.records[volunteer.id]
    same = next((o for o in others if o.activity_id == activity.id and o.came_at == came and o.left_at == left), None)
    row.values["present"] = same
    if same is not None:
        return  # imported before: nothing changes
    wrong = serving.check_stretch(activity, volunteer, came, left, others, look.limits_on(local(came).date()))
    if wrong:
        row.error({"came_at": "came", "left_at": "left"}[wrong.field], wrong.message, wrong.code)
        return
    if left is None:
        row.warn("left", _("Without a sign-out the record does not count"), "V20")
    minutes = None if left is None else rules.minutes_between(came, rules.counted_end(left, serving.closing_of(activity, local(came).date()), came))
    others.append(
        Record(
            activity=activity.id, volunteer=volunteer.id, served_on=local(came).date(), came_at=came, left_at=left, minutes=minutes, state="waiting"
        )
    )


def _activity(row: Row, look: Service) -> Activity | None:
    title = row.values.get("activity")
    if not title:
        if look.chosen is None:
            row.error("activity", _("Which activity? Choose it beside the file, or write its title."), "V10")
        return look.chosen
    day = row.values.get("served_on")
    found = [a for a in look.by_title.get(title, []) if day is None or len(look.by_title[title]) == 1 or a.held_on <= day <= a.until_on]
    if len(found) != 1:
        row.error("activity", _("There is no single activity “%(title)s” on that day", title=title), "V10")
        return None
    return found[0]


def _volunteer(row: Row, look: Service) -> Volunteer | None:
    number, name, place = row.values.get("number"), row.values.get("name"), row.values.get("organization")
    if number:
        found = look.by_number.get(number)
        if found is None or (name and found.person.name != name):
            row.error("number", _("There is no volunteer %(name)s with the number %(number)s", name=name or "", number=number), "V11")
            return None
        return found
    fitting = [v for v in look.by_name.get(name or "", []) if place is None or v.organization_id == place]
    if len(fitting) == 1:
        return fitting[0]
    text = (
        _("Several volunteers are called so: add the volunteer number")
        if fitting
        else _("There is no volunteer of that name: import the roster first")
    )
    row.error("name", text, "V11")
    return None


def _moment(row: Row, column: str) -> datetime | None:
    text, day = row.values.get(column), row.values.get("served_on")
    if not text or day is None:
        return None
    match = _TIME.search(str(text)) or (re.match(r"(0\.\d+)$", str(text)))
    if match is None:
        row.error(column, _("“%(text)s” is not a time of day, such as 08:30", text=text), "V12")
        return None
    try:
        at = _fraction(match[1]) if match[1].startswith("0.") else time(int(match[1]), int(match[2] or 0))
    except ValueError:
        row.error(column, _("“%(text)s” is not a time of day, such as 08:30", text=text), "V12")
        return None
    return datetime.combine(day, at, local(now()).tzinfo)


def _fraction(text: str) -> time:
    """Excel keeps a time of day as a part of a day."""
    minutes = int((Decimal(text) * 1440).to_integral_value())
    return time(minutes // 60 % 24, minutes % 60)


# donations -----------------------------------------------------------------------------------------------------------------


class Funds:
    """The campaign and its receipts, read once."""

    def __init__(self, county_id: int, options: dict[str, Any]) -> None:
        chosen = str(options.get("campaign") or "")
        self.today = today()
        self.campaign = Campaign.get_or_none(Campaign.id == int(chosen)) if chosen.isdecimal() else None
        self.chosen: Any = self.campaign  # an option that the framework asks for
        found = Donation.select().where(Donation.campaign == self.campaign.id) if self.campaign else []
        self.by_receipt = {d.reference_no: d for d in found}


def judge_donation(row: Row, look: Funds) -> None:
    """Amount, day, donor and receipt of a donation."""
    v = row.values
    if look.campaign is None or v.get("amount") is None or v.get("received_on") is None:
        return
    donor, anonymous = v.get("donor") or "", bool(v.get("is_anonymous"))
    v["kind"] = "anonymous" if anonymous or (not donor and v.get("kind") is None) else v.get("kind") or ("body" if len(donor) > 4 else "person")
    if anonymous and donor:
        row.warn("donor", _("Anonymous: the name will not be kept"), "V34")
    if v["received_on"] > look.today:
        row.error("received_on", _("The day %(day)s lies in the future", day=v["received_on"]), "V31")
        return
    wrong = check_donation(look.campaign, v)
    if wrong:
        row.error(wrong.field, wrong.message, wrong.code)
        return
    present = look.by_receipt.get(v["reference_no"] or "")
    kept = "" if v["kind"] == "anonymous" else donor.strip()
    if present is not None and (present.amount, present.received_on, present.donor) != (v["amount"], v["received_on"], kept):
        row.error("reference_no", _("The receipt %(number)s is entered already with another amount, day or donor", number=v["reference_no"]), "V32")
