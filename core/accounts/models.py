"""Users, grants, sessions, one-time tokens and the throttle. All platform tables: the scope is made from them."""

from typing import Any

from peewee import BooleanField, CharField, DateField, IntegerField

from ..counties.models import County
from ..kernel.db import BaseModel, reference
from ..kernel.fields import JsonField, UtcDateTimeField


class User(BaseModel):
    """A person's account. There is no superuser flag: what a user may do stands in Grant rows."""

    typed_text = True

    username = CharField(max_length=60, unique=True)
    display_name = CharField(max_length=60)
    password_hash = CharField(max_length=200)
    session_key = CharField(max_length=40)  # changing it ends all sessions
    must_change_password = BooleanField(default=False)
    disabled = BooleanField(default=False)
    expires_on = DateField(null=True)
    last_login_at = UtcDateTimeField(null=True)
    created_at = UtcDateTimeField()

    class Meta:
        table_name = "core_user"


class Grant(BaseModel):
    """One permission for one user: in a county (None: the platform), from an organization downwards, in a module ('' all)."""

    user = reference(User)
    county = reference(County, null=True)
    organization_id = IntegerField(null=True)  # root of the subtree; the county's root for the whole county
    role = CharField(max_length=24)  # the role it was given with, for the screen
    permission = CharField(max_length=60)
    module = CharField(max_length=40, default="")
    granted_by = CharField(max_length=80, default="")
    granted_at = UtcDateTimeField()

    class Meta:
        table_name = "core_grant"
        indexes = ((("user", "county"), False),)


class Session(BaseModel):
    """A server-side session; the cookie holds a random token, the table its hash."""

    stamped = False

    token_hash = CharField(max_length=64, unique=True)
    user = reference(User, null=True)
    session_key = CharField(max_length=40, default="")
    data: Any = JsonField(default=dict)
    ip = CharField(max_length=45, default="")
    created_at = UtcDateTimeField()
    seen_at = UtcDateTimeField()

    class Meta:
        table_name = "core_session"


class LoginAttempt(BaseModel):
    """A failed or good sign-in, for throttling and lock-out by (account, network)."""

    stamped = False

    username = CharField(max_length=60, index=True)
    network = CharField(max_length=45)
    good = BooleanField()
    at = UtcDateTimeField(index=True)

    class Meta:
        table_name = "core_login_attempt"


class Token(BaseModel):
    """A one-time token (first administrator, password reset); only its hash is stored."""

    token_hash = CharField(max_length=64, unique=True)
    purpose = CharField(max_length=24)
    user = reference(User, null=True)
    county = reference(County, null=True)
    expires_at = UtcDateTimeField()
    used_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "core_token"
