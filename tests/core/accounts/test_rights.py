"""Roles and grants: what each role may, withdrawal at the next request, and who may not change what."""

import re
from datetime import timedelta

import pytest
from flask import g

from youthpilot.core.accounts.actor import Actor, actor_for, allowed
from youthpilot.core.accounts.models import Grant, User
from youthpilot.core.accounts.queries import administrators_of, counties_of, get_user, landing, users_of, without_place
from youthpilot.core.accounts.recovery import issue_recovery_link, recoveries_of
from youthpilot.core.accounts.rules import PERMISSIONS, ROLES, permissions_of
from youthpilot.core.accounts.services import create_user, disable, enable, grant_role, revoke
from youthpilot.core.accounts.signing_in import sign_in
from youthpilot.core.accounts.tokens import invite, issue_first_admin_token, issue_password_token, offer_of, redeem_token
from youthpilot.core.audit.models import AuditEntry
from youthpilot.core.hookvalues import Permission
from youthpilot.core.kernel.clock import now
from youthpilot.core.kernel.errors import ConflictError, NotFound, RuleError
from youthpilot.core.kernel.scope import Scope, scoped
from youthpilot.core.organizations.founding import create_county
from youthpilot.core.plugin import Plugin
from youthpilot.core.registry import Loaded, Registry

from .conftest import GOOD

PASSWORD = "blue-lake-8-ships"


def test_no_account_exists_after_install(county):
    assert User.select().count() == 0 and Grant.select().count() == 0


def test_permissions_are_named_once_and_have_chinese_titles():
    names = [p.name for p in PERMISSIONS]
    assert len(names) == len(set(names))
    assert all(not str(title).isascii() for title in [*(p.title for p in PERMISSIONS), *ROLES.values()])
    assert {r for p in PERMISSIONS for r in p.roles} <= set(ROLES)


def test_the_platform_administrator_holds_platform_permissions_only():
    assert permissions_of("platform_admin") == {"platform.counties", "platform.plugins", "platform.audit"}
    assert not any("platform_admin" in p.roles and len(p.roles) > 1 for p in PERMISSIONS)


def test_an_administrator_sees_the_whole_county_and_a_reporter_his_subtree(person, county, villages):
    admin = actor_for(person("county_admin"), county)
    reporter = actor_for(person("reporter"), county)
    assert admin.whole and admin.may("users.manage") and not admin.may("platform.counties")
    assert reporter.root_id == villages[1].id and reporter.may("periods.fill") and not reporter.may("periods.review")
    with pytest.raises(AttributeError):
        reporter.root_id = None


def test_a_role_from_the_counties_own_organization_is_the_whole_county(person, county, villages):
    user = person("viewer", whole=True)
    grant_role(user, "viewer", county, villages[0].id)
    assert actor_for(user, county).root_id is None and actor_for(user, county).may("report.see")
    grant_role(user, "viewer", county, villages[1].id)
    assert not actor_for(user, county).may("report.see"), "the county's report names other organizations"


def test_nobody_acts_where_he_has_no_role(person, county):
    other = create_county("other", "另一县")
    platform = person("platform_admin")
    assert actor_for(person("county_admin"), other) is None and actor_for(person("viewer"), None) is None
    assert actor_for(platform, county) is None and actor_for(platform, None).county_id is None


def test_one_row_per_permission(person, county):
    user = person("viewer")
    rows = {(row.permission, row.module) for row in Grant.select().where(Grant.user == user)}
    assert rows == {(name, "") for name in permissions_of("viewer")} | {("role:viewer", "")}


def modules() -> Registry:
    registry = Registry()
    for name in ("study", "loans"):
        declared = [Permission(f"{name}.see", "看", ("county_admin", "viewer")), Permission(f"{name}.edit", "改", ("county_admin", "reporter"))]
        registry.loaded[name] = Loaded(Plugin(name, name), None, permissions=declared)
    return registry


def test_permissions_of_modules_follow_the_role_and_its_limits(person, county, villages):
    registry = modules()
    assert actor_for(person("viewer"), county, registry).permissions >= {"study.see", "loans.see"}
    reporter = person("reporter")
    assert not actor_for(reporter, county, registry).may("study.see")
    grant_role(reporter, "reporter", county, villages[1].id, modules=["study"])
    limited = actor_for(reporter, county, registry)
    assert limited.may("study.edit") and not limited.may("loans.edit") and limited.modules == {"study"} and limited.may("periods.fill")
    registry.loaded.pop("study")
    assert not actor_for(reporter, county, registry).may("study.edit"), "gone with its module"


def test_a_single_permission_of_a_module_can_be_granted(person, county):
    viewer = person("viewer")
    place = actor_for(viewer, county).root_id
    Grant.create(user=viewer, county=county, organization_id=place, role="viewer", permission="study.edit", granted_at=now())
    assert actor_for(viewer, county, modules()).may("study.edit") and not actor_for(viewer, county).may("study.edit")


def test_a_right_withdrawn_is_refused_at_the_next_request(browser, person, county, villages):
    user = person("county_admin")
    person("county_admin", "second")
    client = browser()
    client.enter("county-admin")
    assert client.get("/c/test/users").status_code == 200
    grant_role(user, "viewer", county, villages[0].id)
    assert client.get("/c/test/users").status_code == 403 and client.get("/c/test/").status_code == 200
    revoke(user, county, "moved away")
    assert client.get("/c/test/").status_code == 404
    assert [line.role for line in users_of(county.id) if line.user_id == user.id] == ["none"]
    grant_role(user, "county_admin", county)
    assert client.get("/c/test/users").status_code == 200
    disable(user, county)
    assert client.get("/c/test/users").status_code == 302
    enable(user, county)
    assert client.get("/c/test/users").status_code == 302, "the old session stays ended"


def test_the_last_administrator_stays(person, county):
    admin = person("county_admin")
    for act in (lambda: revoke(admin, county), lambda: grant_role(admin, "viewer", county), lambda: disable(admin, county)):
        with pytest.raises(RuleError):
            act()
    assert actor_for(admin, county).may("users.manage")
    person("county_admin", "second")
    revoke(admin, county)
    assert [u.username for u in administrators_of(county.id)] == ["second"]


def test_nobody_changes_his_own_rights(app, person, county):
    reporter = person("reporter")
    with app.test_request_context("/c/test/"):
        g.actor = actor_for(reporter, county)
        assert allowed("periods.fill") and not allowed("users.manage")
        for act in (lambda: grant_role(reporter, "county_admin", county), lambda: revoke(reporter, county), lambda: disable(reporter, county)):
            with pytest.raises(RuleError):
                act()


@pytest.mark.parametrize(("role", "platform"), [("platform_admin", False), ("county_admin", True), ("none", False), ("superuser", False)])
def test_roles_stay_on_their_side(county, role, platform):
    with pytest.raises(RuleError):
        grant_role(create_user("somebody", "某人"), role, None if platform else county)


def test_no_account_is_platform_and_county_administrator(person, county):
    with pytest.raises(RuleError):
        grant_role(person("platform_admin"), "viewer", county)
    with pytest.raises(RuleError):
        grant_role(person("viewer"), "platform_admin", None)


def test_a_subtree_must_lie_in_the_county_and_in_the_givers_scope(county, villages):
    other = create_county("other", "另一县")
    user = create_user("somebody", "某人")
    with pytest.raises(RuleError):
        grant_role(user, "reporter", other, villages[1].id)
    with scoped(Scope(county.id, villages[1].id, 1)), pytest.raises(RuleError):
        grant_role(user, "reporter", county, villages[2].id)


def test_a_county_touches_its_own_users_only(person, county):
    other = create_county("other", "另一县")
    viewer = person("viewer")
    with pytest.raises(NotFound) as foreign:
        get_user(other.id, viewer.id)
    with pytest.raises(NotFound) as missing:
        get_user(other.id, 999_999)
    assert str(foreign.value) == str(missing.value) and get_user(county.id, viewer.id) == viewer
    person("county_admin")
    grant_role(viewer, "county_admin", other)
    with pytest.raises(RuleError):
        disable(viewer, county)
    assert {c.code for c in counties_of(viewer)} == {"other", "test"}
    assert landing(viewer) == "/" and landing(person("reporter")) == "/c/test/"


@pytest.mark.parametrize("name", ["", "a", "x" * 41, "with blank", "semi;colon", "new\nline"])
def test_bad_user_names(county, name):
    with pytest.raises(RuleError):
        create_user(name, "某人")


def test_user_names_are_compared_without_case_and_width(county):
    create_user("Zhang.San", "张三")
    with pytest.raises(ConflictError):
        create_user(" ｚhang.san", "张三")
    assert create_user("县团委小王", "小王").username == "县团委小王"


def test_the_first_administrator_comes_from_a_one_time_code(county):
    token = issue_first_admin_token(county)
    assert offer_of(token).county_name == "试验县"
    for name, password in (("x", PASSWORD), ("first", "short"), ("first", "first-and-foremost"), ("first", "试验县的大好河山一二")):
        with pytest.raises(RuleError):
            redeem_token(token, name, "甲", password)
    assert User.select().count() == 0, "a refused attempt leaves nothing and does not use the code up"
    user = redeem_token(token, "first", "甲", PASSWORD)
    assert actor_for(user, county).may("users.manage")
    with pytest.raises(RuleError):
        redeem_token(token, "second", "乙", PASSWORD)
    with pytest.raises(ConflictError):
        issue_first_admin_token(county)
    assert issue_first_admin_token(county, recovery=True)


def test_a_code_dies_after_24_hours_and_with_the_next_one(county):
    from datetime import timedelta

    old = issue_first_admin_token(county)
    assert offer_of(old, now() + timedelta(hours=23, minutes=59))
    with pytest.raises(RuleError):
        redeem_token(old, "first", "甲", PASSWORD, now() + timedelta(hours=24, seconds=1))
    platform, new = issue_first_admin_token(None), issue_first_admin_token(county)
    with pytest.raises(RuleError):
        offer_of(old)
    assert actor_for(redeem_token(platform, "ops", "运维", PASSWORD), None).may("platform.counties")
    assert redeem_token(new, "first", "甲", PASSWORD)


def test_an_invited_user_sets_the_password_himself(browser, county, villages):
    user, token = invite("village-one", "村干部", "reporter", county, villages[1].id)
    assert not user.password_hash and offer_of(token).username == "village-one"
    assert redeem_token(token, "ignored", "ignored", PASSWORD).id == user.id
    client = browser()
    assert client.enter("village-one", PASSWORD).status_code == 200 and client.get("/c/test/").status_code == 200
    again = issue_password_token(User.get_by_id(user.id), county)
    redeem_token(again, "", "", "a-third-one-now-9")
    assert client.get("/c/test/").status_code == 302


def test_a_first_password_given_by_others_must_be_changed(browser, county, villages):
    user = create_user("given", "某人", GOOD)
    grant_role(user, "viewer", county, villages[1].id)
    client = browser()
    client.enter("given")
    answer = client.get("/c/test/")
    assert (answer.status_code, answer.location) == (302, "/password")


def test_every_act_on_accounts_is_audited(person, county):
    user = person("county_admin")
    person("county_admin", "second")
    revoke(user, county, "reason")
    acts = [row.act for row in AuditEntry.select().order_by(AuditEntry.sequence)]
    assert acts[-1] == "role.revoke" and acts.count("account.create") == 2 and acts.count("role.grant") == 2
    last = AuditEntry.select().order_by(AuditEntry.sequence.desc()).first()
    assert (last.county_id, last.reason, last.before) == (county.id, "reason", {"role": "县管理员"})


def test_actor_repr_is_short():
    assert "permissions" not in repr(Actor(1, "a", "甲", 1, None, "viewer", frozenset({"x"})))


@pytest.mark.parametrize("role", ["reporter", "reviewer", "viewer"])
def test_a_role_without_a_place_is_refused_unless_it_is_the_countys(county, villages, role):
    user = create_user("somebody", "某人")
    for act in (lambda: grant_role(user, role, county), lambda: invite("another", "某人", role, county)):
        with pytest.raises(RuleError, match="县团委") as refused:
            act()
        assert refused.value.field == "organization"
    assert not Grant.select().exists() and not User.select().where(User.username == "another").exists()
    grant_role(user, role, county, villages[0].id)
    assert actor_for(user, county).whole
    grant_role(create_user("bank", "客户经理"), "partner", county, None, ("loans",))
    grant_role(create_user("boss", "周敏"), "county_admin", county)


def test_a_grant_of_the_first_version_without_a_place_gives_nothing_and_is_named(county, person, villages, runner):
    user = person("reporter")
    other = person("viewer")
    Grant.update(organization_id=None).where(Grant.user == user).execute()  # as 0.1.0 wrote a blank field: the whole county
    assert actor_for(user, county) is None and counties_of(user) == [] and actor_for(other, county).root_id == villages[1].id
    assert [line.user_id for line in without_place(county.id)] == [user.id]
    assert "reporter（填报人）缺单位" in runner("check", code=1) and "缺单位" in runner("user", "list", "--county", "test")
    grant_role(user, "reporter", county, villages[1].id)
    assert without_place(county.id) == [] and actor_for(user, county).root_id == villages[1].id


def test_the_command_line_helps_an_administrator_who_forgot(county, person, runner):
    """He is the only one, so nobody of the county can; what was done stands in the county's log."""
    admin = person("county_admin")
    old = User.get_by_id(admin.id).session_key
    assert "county-admin" in runner("user", "list") and "没有账号" in runner("user", "link", "nobody", code=1)
    other = create_county("other", "另一县")
    assert "没有找到这个用户" in runner("user", "link", "county-admin", "--county", other.code, code=1)
    told = runner("user", "link", "County-Admin", "--county", "test", "--reason", "忘记密码")
    token = re.search(r"/welcome/(\S+)", told)[1]
    redeem_token(token, "", "", "a-third-one-now-9")
    assert User.get_by_id(admin.id).session_key != old and sign_in("county-admin", "a-third-one-now-9", "10.0.0.1").id == admin.id
    with pytest.raises(RuleError):
        redeem_token(token, "", "", "a-fourth-one-now-9")
    made = recoveries_of(county.id)
    assert [(r.name, r.reason) for r in made] == [(admin.display_name, "忘记密码")] and recoveries_of(other.id) == []
    assert recoveries_of(county.id, now() + timedelta(days=31)) == []
    User.update(disabled=True).where(User.id == admin.id).execute()
    assert "user enable" in runner("user", "link", "county-admin", code=1)
    runner("user", "enable", "county-admin")
    assert "/welcome/" in runner("user", "link", "county-admin")


def test_a_recovery_needs_a_reason(county, person):
    with pytest.raises(RuleError) as refused:
        issue_recovery_link(person("county_admin"), "  ", county)
    assert refused.value.field == "reason" and recoveries_of(county.id) == []


@pytest.fixture
def runner(county):
    """run("user", "list") → what the command prints; `code`: the exit code that is right."""
    from click.testing import CliRunner

    from youthpilot.core.commanding import Session
    from youthpilot.core.commands.users import user
    from youthpilot.plugins.operations.commands.checks import check

    def run(group: str, *words: str, code: int = 0) -> str:
        done = CliRunner().invoke({"user": user, "check": check}[group], list(words), obj=Session("platform"))
        assert done.exit_code == code, done.output
        return done.output

    return run
