"""Forms of the module; the settings that one of them edits stand in settings.py."""

from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    DecimalField,
    Form,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, StopValidation, ValidationError

from youthpilot.core import identity, today

from . import rules
from .settings import SETTINGS as SETTINGS
from .words import _, _l


def choices_of(words: dict[str, str], blank: bool = False) -> list[tuple[str, str]]:
    """Codes with their words; `blank` puts a dash in front."""
    return [("", "—"), *words.items()] if blank else list(words.items())


def _whole(text: Any) -> int | None:
    return int(text) if text not in (None, "", "None") else None


def _ladder(form: Any, field: Any) -> None:
    try:
        rules.read_ladder(field.data or "")
    except ValueError as error:
        raise ValidationError(_("Give whole hours that rise, with commas between them")) from error


def _id_no(form: Any, field: Any) -> None:
    number, problem = identity.check_id_no(field.data, today())
    if number is None:
        raise ValidationError(problem.message if problem else _("This must be filled in"))
    field.data = number.text
    birth = form.birth_date.data
    if birth is not None and birth != number.birth:
        raise ValidationError(_("The ID number says %(day)s", day=number.birth))


def _phone(form: Any, field: Any) -> None:
    digits, problem = identity.check_phone(field.data)
    if digits is None:
        raise ValidationError(problem.message if problem else _("This must be filled in"))
    field.data = digits


class Must(InputRequired):
    """InputRequired whose message is text already when a template asks whether it is."""

    def __call__(self, form: Any, field: Any) -> None:
        try:
            super().__call__(form, field)
        except StopValidation as error:
            raise StopValidation(str(error)) from error


MUST = Must(_l("This must be filled in"))
ONCE = Optional()
TIME = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"]


class SettingsForm(Form):
    """What a county may set; each value is dated."""

    lowest_age = IntegerField(_l("Lowest age on registration"), [MUST, NumberRange(10, 18)])
    adult_age = IntegerField(_l("A guardian consents below the age of"), [MUST, NumberRange(14, 20)])
    daily_hours = IntegerField(_l("Most hours a day and person"), [MUST, NumberRange(1, 24)])
    pairs_per_day = IntegerField(_l("Most sign-ins a day, person and activity"), [MUST, NumberRange(1, 10)])
    sign_in_early = IntegerField(_l("Minutes before the start when sign-in opens"), [MUST, NumberRange(0, 240)])
    self_review = BooleanField(_l("A single person may review what he recorded"))
    ladder = StringField(_l("Hours for the stars"), [MUST, Length(max=60), _ladder])
    publicity_days = IntegerField(_l("Days of publicity of a certificate"), [MUST, NumberRange(0, 60)])
    disclosure_every = IntegerField(_l("Months between disclosures"), [MUST, NumberRange(1, 12)])
    disclosure_longer = IntegerField(_l("Campaigns longer than this many months disclose regularly"), [MUST, NumberRange(1, 24)])
    disclosure_after = IntegerField(_l("Months after the end for the full disclosure"), [MUST, NumberRange(1, 12)])
    consent_version = StringField(_l("Version of the consent text"), [MUST, Length(max=20)])


class VolunteerForm(Form):
    """Who joins, where and when; the guardian's consent below 18."""

    name = StringField(_l("Name"), [MUST, Length(max=40)])
    sex = SelectField(_l("Sex"), choices=[("", "—"), ("M", "男"), ("F", "女")])
    birth_date = DateField(_l("Date of birth"), [MUST])
    id_no = StringField(_l("ID number"), [ONCE, Length(max=18), _id_no], description=_l("Stored encrypted; never shown in full"))
    phone = StringField(_l("Phone"), [ONCE, Length(max=20), _phone], description=_l("Of minors it is not stored: give the guardian's"))
    organization = SelectField(_l("League organization"), coerce=int)
    group = SelectField(_l("Service group"), coerce=_whole)
    drive = SelectField(_l("Recruitment drive"), coerce=_whole)
    joined_on = DateField(_l("Joined the volunteers on"), [MUST])
    number = StringField(_l("Volunteer number"), [ONCE, Length(max=20)], description=_l("Left blank: the next one is given. Never the ID number."))
    skills = StringField(_l("Skills"), [ONCE, Length(max=120)])
    fields = SelectMultipleField(_l("Fields of service"), choices=choices_of(rules.FIELDS))
    guardian_name = StringField(_l("Guardian"), [ONCE, Length(max=40)])
    guardian_relation = StringField(_l("Relation of the guardian"), [ONCE, Length(max=20)])
    guardian_phone = StringField(_l("Phone of the guardian"), [ONCE, Length(max=20), _phone])
    consent_on = DateField(_l("Guardian's consent of"), [ONCE])


class VolunteerEditForm(VolunteerForm):
    """What may be corrected of a volunteer; what is protected is not shown and stays when left blank."""

    organization = None
    number = None
    id_no = StringField(_l("ID number"), [ONCE, Length(max=18), _id_no], description=_l("Left blank: stays as it is"))
    phone = StringField(_l("Phone"), [ONCE, Length(max=20), _phone], description=_l("Left blank: stays as it is"))
    guardian_name = StringField(_l("Guardian"), [ONCE, Length(max=40)], description=_l("Left blank: stays as it is"))
    guardian_phone = StringField(_l("Phone of the guardian"), [ONCE, Length(max=20), _phone], description=_l("Left blank: stays as it is"))
    reason = StringField(_l("Reason"), [ONCE, Length(max=200)], description=_l("Needed when the day of joining changes"))


class JoinedTotalForm(Form):
    """How many joined where there is no roster by name."""

    organization = SelectField(_l("League organization"), coerce=int)
    from_on = DateField(_l("Joined from"), [MUST])
    until_on = DateField(_l("Joined until"), [MUST])
    joined = IntegerField(_l("Number of those who joined"), [MUST, NumberRange(0, 1_000_000)])
    source_file = StringField(_l("Source file"), [MUST, Length(max=200)])


class LeaveForm(Form):
    """The last day."""

    on = DateField(_l("Day of the change"), [MUST])


class EntryForm(Form):
    """Training, award, evaluation."""

    kind = SelectField(_l("Kind of entry"), choices=choices_of(rules.ENTRY_KINDS))
    title = StringField(_l("Title"), [MUST, Length(max=120)])
    given_on = DateField(_l("Day"), [MUST])
    given_by = StringField(_l("Given by"), [ONCE, Length(max=80)])


class ProjectForm(Form):
    """A project."""

    title = StringField(_l("Title"), [MUST, Length(max=80)])
    field = SelectField(_l("Field of service"), choices=choices_of(rules.FIELDS))
    state = SelectField(_l("State"), choices=choices_of(rules.PROJECT_STATES))
    is_brand = BooleanField(_l("Brand project"))
    goals = TextAreaField(_l("Goals of the project"), [ONCE, Length(max=1000)])
    starts_on = DateField(_l("First day"), [MUST])
    ends_on = DateField(_l("Last day"), [ONCE])


class ActivityForm(Form):
    """An activity."""

    title = StringField(_l("Title"), [MUST, Length(max=80)])
    project = SelectField(_l("Project"), coerce=_whole)
    organization = SelectField(_l("League organization"), coerce=int)
    place = StringField(_l("Place of the activity"), [ONCE, Length(max=120)])
    starts_at = DateTimeLocalField(_l("Begins"), [MUST], format=TIME)
    ends_at = DateTimeLocalField(_l("Ends"), [MUST], format=TIME, description=_l("Over several days: signed for each day, until this time of day"))
    is_theme = BooleanField(_l("Theme activity of the county, named in the report"))
    quota = IntegerField(_l("Number of places"), [ONCE, NumberRange(1, 100_000)])
    duties = StringField(_l("Posts to fill"), [ONCE, Length(max=300)], description=_l("Such as 引导 6、宣讲 2"))
    lowest_age = IntegerField(_l("Lowest age"), [ONCE, NumberRange(6, 80)])
    is_risky = BooleanField(_l("May be dangerous: insurance is needed before it begins"))
    insurance_no = StringField(_l("Insurance policy"), [ONCE, Length(max=60)])
    insured_from = DateField(_l("Insured from"), [ONCE])
    insured_until = DateField(_l("Insured until"), [ONCE])
    late_reason = StringField(_l("Reason for entering it late"), [ONCE, Length(max=200)])


class TotalForm(Form):
    """A total without names."""

    total_people = IntegerField(_l("Number of people"), [MUST, NumberRange(0, 1_000_000)])
    total_hours = DecimalField(_l("Hours in all"), [MUST, NumberRange(0, 1_000_000)], places=1)
    source_file = StringField(_l("Source file"), [MUST, Length(max=200)])


class RecordForm(Form):
    """A stretch of service entered by hand."""

    volunteer = StringField(_l("Which volunteer"), [MUST, Length(max=40)], description=_l("Volunteer number, or the name where nobody shares it"))
    came_at = DateTimeLocalField(_l("Signed in at"), [MUST], format=TIME)
    left_at = DateTimeLocalField(_l("Signed out at"), [ONCE], format=TIME)
    late_reason = StringField(_l("Reason for entering it late"), [ONCE, Length(max=200)])
    evidence = StringField(_l("Evidence"), [ONCE, Length(max=200)], description=_l("File or photo that proves it"))


class FinishForm(RecordForm):
    """The sign-out that was forgotten."""

    volunteer = None
    came_at = DateTimeLocalField(_l("Signed in at"), [ONCE], format=TIME, render_kw={"readonly": True})
    late_reason = StringField(
        _l("Reason for entering it late"), [ONCE, Length(max=200)], description=_l("Needed: a forgotten sign-out counts only with a reason")
    )


class CertificateForm(Form):
    """The four blocks of a certificate."""

    from_on = DateField(_l("Service from"), [MUST])
    to_on = DateField(_l("Service to"), [MUST])
    content = TextAreaField(_l("Content of the service"), [Length(max=1000)])
    issuer = StringField(_l("Issuing body"), [Length(max=80)])
    responsible = StringField(_l("Person responsible"), [Length(max=40)])
    handler = StringField(_l("Handled by"), [Length(max=40)])
    contact = StringField(_l("Contact for questions"), [Length(max=60)])
    remarks = StringField(_l("Remarks"), [ONCE, Length(max=200)])


class ReasonForm(Form):
    """A reason."""

    reason = StringField(_l("Reason"), [MUST, Length(max=200)])


class AssociationForm(Form):
    """The association being prepared."""

    name = StringField(_l("Name of the association"), [MUST, Length(max=80)])
    preparing_on = DateField(_l("Preparation began on"), [MUST])
    term_years = IntegerField(_l("Years of a term"), [MUST, NumberRange(1, 10)])


class TermForm(Form):
    """Established, or re-elected: the first day of the new term and its posts."""

    on = DateField(_l("Day"), [MUST])
    approval_ref = StringField(_l("Approved by document"), [ONCE, Length(max=80)])
    posts = TextAreaField(_l("Posts of the association"), [MUST], description=_l("One a line: post and name, such as 会长 王芳"))


class AssociationEditForm(AssociationForm):
    """What may be corrected of the association."""

    approval_ref = StringField(_l("Approved by document"), [ONCE, Length(max=80)])
    note = TextAreaField(_l("Note"), [ONCE, Length(max=500)])


class EndForm(Form):
    """The last day and why."""

    on = DateField(_l("Last day"), [MUST])
    reason = StringField(_l("Reason"), [MUST, Length(max=200)])


class EndDayForm(Form):
    """The last day."""

    on = DateField(_l("Last day"), [MUST])


class ExtendForm(Form):
    """Another day on which the re-election is due."""

    due_on = DateField(_l("Re-election due on"), [MUST])
    reason = StringField(_l("Reason"), [MUST, Length(max=200)])


class PostForm(Form):
    """Somebody takes a post of the association."""

    title = SelectField(_l("Post of the association"), choices=choices_of(rules.ASSOCIATION_POSTS))
    name = StringField(_l("Name"), [MUST, Length(max=40)])
    start_on = DateField(_l("First day"), [MUST])


class PostEditForm(Form):
    """The name corrected, or the last day in the post."""

    name = StringField(_l("Name"), [MUST, Length(max=40)])
    end_on = DateField(_l("Last day"), [ONCE], description=_l("Left blank: still in the post"))


class GroupForm(Form):
    """A group."""

    name = StringField(_l("Name of the group"), [MUST, Length(max=80)])
    organization = SelectField(_l("League organization"), coerce=int)
    established_on = DateField(_l("Established on"), [MUST])
    leader = StringField(_l("Leader"), [ONCE, Length(max=40)])


class DriveForm(Form):
    """A recruitment drive."""

    title = StringField(_l("Title"), [MUST, Length(max=80)])
    starts_on = DateField(_l("First day"), [MUST])
    ends_on = DateField(_l("Last day"), [MUST])
    target = IntegerField(_l("Recruitment target"), [ONCE, NumberRange(1, 1_000_000)])


class ChildForm(Form):
    """A candidate; without the guardian's consent nothing is kept."""

    organization = SelectField(_l("League organization"), coerce=int)
    category = SelectField(_l("Category"), choices=choices_of(rules.CATEGORIES))
    name = StringField(_l("Name"), [MUST, Length(max=40)], description=_l("Stored encrypted; shown masked only"))
    birth_date = DateField(_l("Date of birth"), [MUST])
    address = StringField(_l("Home address"), [ONCE, Length(max=120)], description=_l("Stored encrypted; never shown"))
    guardian_name = StringField(_l("Guardian"), [Length(max=40)])
    guardian_relation = StringField(_l("Relation of the guardian"), [Length(max=20)])
    guardian_phone = StringField(_l("Phone of the guardian"), [ONCE, Length(max=20)])
    consent_on = DateField(_l("Guardian's consent of"), [ONCE])
    found_on = DateField(_l("Found on"), [MUST])


class ChildEditForm(Form):
    """What may be corrected of a candidate; what is protected is not shown and stays when left blank."""

    category = SelectField(_l("Category"), choices=choices_of(rules.CATEGORIES))
    birth_date = DateField(_l("Date of birth"), [MUST])
    name = StringField(_l("Name"), [ONCE, Length(max=40)], description=_l("Left blank: stays as it is"))
    address = StringField(_l("Home address"), [ONCE, Length(max=120)], description=_l("Left blank: stays as it is"))
    guardian_name = StringField(_l("Guardian"), [ONCE, Length(max=40)], description=_l("Left blank: stays as it is"))
    guardian_relation = StringField(_l("Relation of the guardian"), [MUST, Length(max=20)])
    guardian_phone = StringField(_l("Phone of the guardian"), [ONCE, Length(max=20), _phone], description=_l("Left blank: stays as it is"))
    consent_on = DateField(_l("Guardian's consent of"), [MUST])


class StepForm(Form):
    """A room's next step."""

    to = SelectField(_l("Next step"))
    on = DateField(_l("Day"), [MUST])
    note = StringField(_l("Note"), [ONCE, Length(max=200)], description=_l("No names and addresses"))
    builder = StringField(_l("Built by"), [ONCE, Length(max=80)])
    test_passed = BooleanField(_l("The air test was passed"))
    test_report = StringField(_l("Number of the test report"), [ONCE, Length(max=80)])


class SurveyForm(Form):
    """What the survey found."""

    on = DateField(_l("Day"), [MUST])
    note = TextAreaField(_l("What the room needs"), [MUST, Length(max=500)], description=_l("No names and addresses"))
    eligible = BooleanField(_l("Fits the programme"))


class PairForm(Form):
    """Who accompanies the child."""

    partner = StringField(_l("Who accompanies"), [MUST, Length(max=60)])
    kind = StringField(_l("Who they are"), [ONCE, Length(max=20)], description=_l("Such as 团干部, 志愿者, 爱心企业"))
    from_on = DateField(_l("Accompanies since"), [MUST])


class PartsForm(Form):
    """The three surfaces and six items."""

    done = SelectMultipleField(_l("Parts finished"), choices=[*rules.SURFACES.items(), *rules.ITEMS.items()])


class CampaignForm(Form):
    """A campaign."""

    title = StringField(_l("Title"), [MUST, Length(max=80)])
    qualified_org = StringField(_l("Organization that may raise publicly"), [Length(max=80)])
    filing_no = StringField(_l("Filing number"), [Length(max=60)])
    platform = StringField(_l("Fundraising platform"), [ONCE, Length(max=60)])
    starts_on = DateField(_l("First day"), [MUST])
    ends_on = DateField(_l("Last day"), [MUST])
    target = DecimalField(_l("Target in yuan"), [ONCE, NumberRange(0)], places=2)


class DonationForm(Form):
    """Money that came in."""

    received_on = DateField(_l("Received on"), [MUST])
    amount = DecimalField(_l("Amount in yuan"), [MUST], places=2)
    kind = SelectField(_l("Donor is"), choices=choices_of(rules.DONORS))
    donor = StringField(_l("Name of the donor"), [ONCE, Length(max=80)], description=_l("Anonymous: no name is kept"))
    channel = SelectField(_l("Way of payment"), choices=choices_of(rules.CHANNELS))
    reference_no = StringField(_l("Number of the receipt"), [MUST, Length(max=60)])
    source_file = StringField(_l("Source file"), [ONCE, Length(max=200)])


class ExpenseForm(Form):
    """Money that was spent."""

    spent_on = DateField(_l("Spent on"), [MUST])
    amount = DecimalField(_l("Amount in yuan"), [MUST], places=2)
    payee = StringField(_l("Payee"), [MUST, Length(max=80)])
    purpose = StringField(_l("Purpose"), [MUST, Length(max=120)])
    room = SelectField(_l("Care room"), coerce=_whole)
    voucher = StringField(_l("Voucher"), [ONCE, Length(max=60)])


class DonationEditForm(DonationForm):
    """A donation corrected."""

    reason = StringField(_l("Reason for the correction"), [MUST, Length(max=200)])


class ExpenseEditForm(ExpenseForm):
    """An expense corrected."""

    reason = StringField(_l("Reason for the correction"), [MUST, Length(max=200)])


class DisclosureForm(Form):
    """A publication."""

    published_on = DateField(_l("Published on"), [MUST])
    link = StringField(_l("Where it was published"), [MUST, Length(max=200)])
