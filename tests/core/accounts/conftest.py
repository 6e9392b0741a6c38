"""A small application on the real session, guard and audit; cheap hash parameters so that the tests stay fast."""

import pytest
from argon2 import PasswordHasher
from flask import Flask, flash, get_flashed_messages, request, session
from flask_wtf.csrf import CSRFProtect, generate_csrf

from youthpilot.core.accounts import passwords
from youthpilot.core.accounts.actor import actor_for
from youthpilot.core.accounts.models import User
from youthpilot.core.accounts.queries import current_user
from youthpilot.core.accounts.services import create_user, grant_role
from youthpilot.core.accounts.session import DatabaseSessions, security_headers, sign_out, start_session
from youthpilot.core.accounts.signing_in import sign_in, sign_in_demo
from youthpilot.core.audit.services import record
from youthpilot.core.counties.models import County
from youthpilot.core.kernel.actor import current_actor
from youthpilot.core.kernel.address import ENVIRON_KEY, CountyAddress
from youthpilot.core.kernel.afterwards import write_gathered
from youthpilot.core.kernel.db import transaction
from youthpilot.core.kernel.errors import YouthpilotError
from youthpilot.core.kernel.scope import county_scope, scope_or_none, scoped
from youthpilot.core.registry import Registry
from youthpilot.core.web import policies
from youthpilot.core.web.current import current_registry, state
from youthpilot.core.web.policies import Policy, policy, register_policy

GOOD = "green-river-7-boats"


class CountingHasher(PasswordHasher):
    """argon2id with small parameters; counts how often a hash was verified."""

    verified = 0

    def verify(self, hash, password):
        self.verified += 1
        return super().verify(hash, password)


@pytest.fixture(autouse=True)
def hasher():
    """The cheap hasher in force."""
    cheap = CountingHasher(time_cost=1, memory_cost=64, parallelism=1)
    before = passwords.set_hasher(cheap)
    yield cheap
    passwords.set_hasher(before)


@pytest.fixture
def villages(county):
    """Two villages below the county's own organization: (root, first, second)."""
    from youthpilot.core.organizations.models import Organization, OrganizationClosure

    with scoped(county_scope(county)):
        root = Organization.get(Organization.parent.is_null())
        made = []
        for n in "12":
            village = Organization.create(county=county, code=f"v{n}", name=f"{n}村", kind="village", org_type="branch", parent=root)
            OrganizationClosure.create(county=county, ancestor=village, descendant=village, depth=0)
            OrganizationClosure.create(county=county, ancestor=root, descendant=village, depth=1)
            made.append(village)
    return root, *made


@pytest.fixture
def person(county, villages):
    """person(role, name) → a user with that role in 试验县; subtree roles get the first village."""

    def make(role: str, name: str = "", password: str = GOOD, whole: bool = False) -> User:
        user = create_user(name or role.replace("_", "-"), f"{role}甲", password, must_change=False)
        place = None if role == "platform_admin" else county
        grant_role(user, role, place, None if role in ("county_admin", "platform_admin") else villages[0 if whole else 1].id)
        return User.get_by_id(user.id)

    return make


def _identify():
    from flask import g

    code = request.environ.get(ENVIRON_KEY)
    g.county = County.get_or_none(County.code == code) if code else None
    g.actor = None
    user = current_user()
    if user is not None and (code is None or g.county is not None):
        g.actor = actor_for(user, g.county, current_registry() if g.county else None)


@pytest.fixture
def app(county):
    """Routes for each kind of policy, on both sides."""
    app = Flask("tiny")
    app.config.update(SECRET_KEY="k" * 40, WTF_CSRF_TIME_LIMIT=None, TESTING=True)
    app.session_interface = DatabaseSessions()
    state(app)["registry"] = Registry()
    CSRFProtect(app)
    app.before_request(_identify)
    app.after_request(security_headers)
    app.teardown_request(lambda _error: write_gathered())
    app.register_error_handler(YouthpilotError, lambda e: (str(e), e.status))
    policies.install(app)
    _routes(app)
    policies.check_routes(app)
    app.wsgi_app = CountyAddress(app.wsgi_app)
    return app


def _routes(app: Flask) -> None:
    @app.post("/login")
    @policy(kind="public", side="platform")
    def login():
        start_session(sign_in(request.form["username"], request.form["password"], request.remote_addr))
        return "in"

    @app.get("/login")
    @policy(kind="public", side="platform")
    def login_page():
        return generate_csrf()

    @app.post("/demo/<key>")
    @policy(kind="public", side="platform")
    def demo(key):
        start_session(sign_in_demo(key))
        return "in"

    @app.post("/logout")
    @policy(kind="public", side="platform")
    def logout():
        sign_out()
        return "out"

    @app.get("/")
    @policy(kind="signed_in", side="both")
    def home():
        return f"{current_actor().name if current_actor() else '-'}|{'|'.join(get_flashed_messages())}"

    @app.get("/users")
    @policy("users.manage")
    def users():
        return f"users {scope_or_none()}"

    @app.post("/act")
    @policy("periods.fill")
    def act():
        flash("done")
        with transaction():
            record("submission.save", object_type="submission", after={"phone": "13800001234", "value": 5})
        return "acted"

    @app.post("/silent")
    @policy("periods.fill")
    def silent():
        return "nothing recorded"

    @app.post("/undone")
    @policy("periods.fill")
    def undone():
        with transaction():
            record("submission.save")
            raise YouthpilotError("no")

    @app.get("/counties")
    def counties():
        session["seen"] = True
        return "counties"

    register_policy(app, "counties", "GET", Policy("platform.counties", side="platform"))


@pytest.fixture
def browser(app):
    """browser() → a fresh client with csrf(path, **data) and enter(username)."""

    def make():
        client = app.test_client()

        def csrf(path, **data):
            token = client.get("/login").get_data(as_text=True)
            return client.post(path, data={**data, "csrf_token": token})

        client.csrf = csrf
        client.enter = lambda name, password=GOOD: csrf("/login", username=name, password=password)
        return client

    return make
