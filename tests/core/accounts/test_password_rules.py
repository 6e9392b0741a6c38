"""Which passwords are refused, and how they are hashed."""

import pytest
from argon2 import PasswordHasher

from youthpilot.core.accounts import passwords
from youthpilot.core.accounts.passwords import hash_password, needs_rehash, password_problem, verify


@pytest.mark.parametrize(
    "password",
    [
        "short-9ch", "qwertyuiop", "Qwerty123456", "1234567890", "0123456789", "abcdefghijkl", "9876543210", "aaaaaaaaaaaa", "1212121212", "x1234567890",
        "共青团2023年好工作", "gqt2023-loves-us", "2023gqt-loves-us", "tuanwei-is-good", "xTuanXianWei99x", "示范县的大好河山一二", "示范的大好河山一二三",
        "demo-and-the-rest", "zhangsan-and-the-rest", "ZhangSan88888888", "13800001234-abc", "x" * 129, "１２３４５６７８９０",
    ],
)  # fmt: skip
def test_refused(password):
    assert password_problem(password, "zhangsan", ["示范县", "demo", "13800001234"])


@pytest.mark.parametrize(
    "password",
    ["green-river-7-boats", "山高水长一路向前走远", "no digits at all here", "onlysmallletters", "北" + "abcdefg南西东", "y9" * 32 + "kvw"],
)
def test_accepted_without_a_composition_rule(password):
    assert password_problem(password, "zhangsan", ["示范县", "demo"]) == ""


def test_the_word_of_a_short_name_does_not_forbid_everything():
    assert password_problem("green-river-7-boats", "li", ["县", "x"]) == ""


def test_a_full_width_keyboard_gives_the_same_password():
    assert verify(hash_password("ｇreen-river-7"), "green-river-7")


def test_shipped_parameters_are_argon2id_64_mib():
    stored = PasswordHasher().hash("x")
    assert stored.startswith("$argon2id$") and "m=65536,t=3,p=4" in stored


def test_an_empty_hash_costs_a_verification_and_is_never_good(hasher):
    assert not verify("", "nobody knows this one")
    assert not verify("broken", "x")
    assert hasher.verified == 2


def test_other_parameters_ask_for_a_new_hash():
    stored = hash_password("green-river-7")
    assert not needs_rehash(stored)
    passwords.set_hasher(PasswordHasher(time_cost=2, memory_cost=64, parallelism=1))
    assert needs_rehash(stored)
