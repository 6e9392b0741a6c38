"""Tables of what comes from outside: posters with a code, what applicants wrote on their phones, tries, officers of banks."""

from peewee import BooleanField, CharField, DateField, IntegerField, TextField

from youthpilot.core import OrganizationRow, ProtectedField, UtcDateTimeField, reference

from . import rules
from .models import LoanApplication, LoanBank


class LoanPoster(OrganizationRow):
    """扫码申请: a poster of a county or township, valid from a day to a day (both included) unless revoked."""

    merged_fields = ("organization",)

    title = CharField(max_length=60)
    contact = CharField(max_length=80)  # whom applicants can ask, and who answers for their data
    from_on = DateField()
    to_on = DateField()
    made_by = CharField(max_length=80, default="")
    made_at = UtcDateTimeField()
    revoked_at = UtcDateTimeField(null=True)
    revoked_why = CharField(max_length=200, default="")

    class Meta:
        table_name = "loans_poster"
        indexes = ((("county", "organization"), False),)

    def __str__(self) -> str:
        return str(self.title)


class LoanRequest(OrganizationRow):
    """What an applicant wrote, as he wrote it: the registry is not changed by it. Its secret code is stored as a hash only."""

    merged_fields = ("organization",)
    personal_fields = ("name", "sex", "birth_date", "id_no", "phone", "place", "business_name", "main_product", "remark")

    application = reference(LoanApplication)
    poster = reference(LoanPoster)
    code_hash = CharField(max_length=64)
    expires_on = DateField()  # the last day on which the code opens the page
    form_key = CharField(max_length=64)  # of the form that was filled in: sent twice, it counts once
    name = CharField(max_length=40)
    sex = CharField(max_length=1)
    birth_date = DateField()
    id_no = ProtectedField()
    id_no_index = CharField(max_length=32)
    phone = ProtectedField()
    place = CharField(max_length=120)  # township and village as chosen
    kind = CharField(max_length=10, choices=list(rules.KINDS.items()))
    business_name = CharField(max_length=80, default="")
    main_product = CharField(max_length=60, default="")
    jobs_driven = IntegerField(null=True)
    remark = TextField(default="")
    is_known = BooleanField(default=False)  # the person was known before; never shown outside
    consent = CharField(max_length=12)  # which notice was agreed to
    consent_at = UtcDateTimeField()

    class Meta:
        table_name = "loans_request"
        indexes = (
            (("county", "application"), True),
            (("county", "code_hash"), True),
            (("county", "form_key"), True),
            (("county", "id_no_index"), False),
        )


class LoanTry(OrganizationRow):
    """A try at a public page from a network (as a keyed hash), so that guessing and flooding end. Kept for a day."""

    readable_from = "county"

    act = CharField(max_length=8)  # send, look
    network = CharField(max_length=32)
    at = UtcDateTimeField()

    class Meta:
        table_name = "loans_try"
        indexes = ((("county", "act", "network", "at"), False),)


class LoanOfficer(OrganizationRow):
    """A bank officer's account: for which bank, from when until when. Carries the county's root."""

    readable_from = "county"

    bank = reference(LoanBank)
    user_id = IntegerField()
    since = DateField()
    until = DateField(null=True)  # the last day; None: still

    class Meta:
        table_name = "loans_officer"
        indexes = ((("county", "user_id"), False), (("county", "bank"), False))


OUTSIDE = [LoanPoster, LoanRequest, LoanTry, LoanOfficer]
