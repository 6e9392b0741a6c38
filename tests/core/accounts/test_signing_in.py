"""Sign-in: one message, one path, lock-out by pair that nobody can use against others."""

from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from youthpilot.core.accounts import passwords
from youthpilot.core.accounts.models import LoginAttempt, User
from youthpilot.core.accounts.rules import network_of
from youthpilot.core.accounts.services import create_user, disable
from youthpilot.core.accounts.signing_in import SignInRefused, change_password, sign_in, unlock
from youthpilot.core.audit.models import AuditEntry
from youthpilot.core.kernel.clock import local, now
from youthpilot.core.kernel.errors import RuleError

from .conftest import GOOD

HOME, OFFICE = "10.1.1.5", "10.2.2.7"


def wrong(name, ip=HOME, at=None, times=1):
    for _ in range(times):
        with pytest.raises(SignInRefused) as refused:
            sign_in(name, "not the password", ip, at)
    return str(refused.value)


def test_right_password_enters_and_is_audited(person):
    user = person("county_admin")
    assert sign_in(" County-Admin ", GOOD, HOME).id == user.id
    entry = AuditEntry.select().order_by(AuditEntry.sequence.desc()).first()
    assert (entry.act, entry.actor_id, entry.result) == ("account.sign_in", user.id, "ok")


def test_unknown_and_wrong_take_the_same_path(person, hasher):
    person("county_admin")
    seen = []
    for name in ("county-admin", "nobody-here"):
        before = hasher.verified, LoginAttempt.select().count(), AuditEntry.select().count()
        message = wrong(name)
        seen.append((message, hasher.verified - before[0], LoginAttempt.select().count() - before[1], AuditEntry.select().count() - before[2]))
    assert seen[0] == seen[1] and seen[0][1:] == (1, 1, 1)


def test_an_account_without_a_password_disabled_or_expired_is_refused_alike(person):
    usual = wrong("nobody-here")
    person("county_admin", "first")
    disable(person("viewer", "closed"))
    ended = person("viewer", "ended")
    User.update(expires_on=local(now()).date() - timedelta(days=1)).where(User.id == ended.id).execute()
    create_user("empty", "空")
    for name, password in (("closed", GOOD), ("ended", GOOD), ("empty", ""), ("empty", "nobody knows this one")):
        with pytest.raises(SignInRefused) as refused:
            sign_in(name, password, HOME)
        assert str(refused.value) == usual


def test_the_last_day_is_included(person):
    user = person("viewer")
    User.update(expires_on=local(now()).date()).where(User.id == user.id).execute()
    assert sign_in("viewer", GOOD, HOME)


def test_five_failures_lock_the_pair_for_thirty_minutes_and_nobody_else(person):
    person("county_admin")
    person("viewer")
    start = now()
    usual = wrong("county-admin", at=start, times=5)
    with pytest.raises(SignInRefused) as locked:
        sign_in("county-admin", GOOD, HOME, start + timedelta(minutes=29))
    assert str(locked.value) != usual
    assert sign_in("county-admin", GOOD, OFFICE, start + timedelta(minutes=1)), "another network"
    assert sign_in("viewer", GOOD, HOME, start + timedelta(minutes=1)), "another account"
    assert sign_in("county-admin", GOOD, HOME, start + timedelta(minutes=30)), "after 30 minutes"


def test_the_lock_looks_the_same_for_an_unknown_name(person):
    person("county_admin")
    assert wrong("county-admin", times=6) == wrong("nobody-here", times=6)


def test_four_failures_or_slow_ones_do_not_lock(person):
    person("county_admin")
    start = now()
    wrong("county-admin", at=start, times=4)
    assert sign_in("county-admin", GOOD, HOME, start)
    for n in range(8):
        wrong("county-admin", at=start + timedelta(minutes=4 * n + 1))
    assert sign_in("county-admin", GOOD, HOME, start + timedelta(minutes=30))


def test_twenty_failures_an_hour_lock_strange_networks_but_not_the_own_one(person):
    person("county_admin")
    start = now()
    sign_in("county-admin", GOOD, OFFICE, start - timedelta(days=3))
    for n in range(20):
        wrong("county-admin", ip=f"172.16.{n}.1", at=start + timedelta(minutes=n))
    with pytest.raises(SignInRefused):
        sign_in("county-admin", GOOD, "192.168.9.9", start + timedelta(minutes=20))
    assert sign_in("county-admin", GOOD, OFFICE, start + timedelta(minutes=20))
    assert sign_in("county-admin", GOOD, "192.168.9.9", start + timedelta(minutes=90))


def test_unlock_forgets_the_failures(person):
    user = person("county_admin")
    wrong("county-admin", times=5)
    unlock(user)
    assert sign_in("county-admin", GOOD, HOME)


def test_a_good_sign_in_renews_a_hash_of_old_parameters(person):
    user = person("county_admin")
    passwords.set_hasher(PasswordHasher(time_cost=2, memory_cost=64, parallelism=1))
    sign_in("county-admin", GOOD, HOME)
    renewed = User.get_by_id(user.id).password_hash
    assert renewed != user.password_hash and "t=2" in renewed
    assert sign_in("county-admin", GOOD, HOME)


def test_change_password_asks_for_the_old_one_and_refuses_bad_ones(person):
    user = person("county_admin")
    for old, new in (("not it", "blue-lake-8-ships"), (GOOD, GOOD), (GOOD, "short"), (GOOD, "county-admin-is-me"), (GOOD, "试验县的大好河山一二")):
        with pytest.raises(RuleError):
            change_password(User.get_by_id(user.id), old, new)
    assert User.get_by_id(user.id).password_hash == user.password_hash
    change_password(User.get_by_id(user.id), GOOD, "blue-lake-8-ships")
    assert sign_in("county-admin", "blue-lake-8-ships", HOME)
    wrong("county-admin")


def test_networks():
    assert network_of("10.1.1.5") == network_of("10.1.1.200") != network_of("10.1.2.5")
    assert network_of("2001:db8:0:1::5") == network_of("2001:db8:0:1:ffff::1") != network_of("2001:db8:0:2::5")
    assert network_of("::ffff:10.1.1.5") == "10.1.1.0/24" and network_of("unix") == "unix"
