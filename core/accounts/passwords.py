"""Passwords: argon2id, and which ones are refused (profile asvs: length and lists, no composition rule)."""

import re
import unicodedata
from collections.abc import Iterable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ..kernel.i18n import _

PROFILE = "asvs"
SHORTEST, LONGEST = 10, 128
# Only what reaches the shortest length can be typed at all; runs and repeats are found by rule.
COMMON = frozenset(
    """
    password123 password1234 passw0rd123 p@ssw0rd123 p@ssword123 password12345 qwertyuiop qwerty12345 qwerty123456 1q2w3e4r5t 1q2w3e4r5t6y
    1qaz2wsx3edc zaq12wsxcde3 qazwsxedcrfv qweasdzxc123 asdfghjkl123 zxcvbnm123 zxcvbnm12345 abc1234567 abcd123456 abcd12345678 abc123456789
    a123456789 aa123456789 aaa123456789 a1234567890 q123456789 z123456789 123456789a 123456789abc 123456789q 1234567890a 1234567890q qq123456789
    iloveyou123 iloveyou520 woaini1314 woaini1314520 woaini520520 woaini5201314 5201314520 1314520520 5201314520a admin12345 admin123456
    admin123456789 admin888888 administrator root123456 test123456 test1234567 user123456 welcome123 welcome1234 changeme123 letmein123
    sunshine123 football123 superman123 princess123 dragon12345 monkey12345 zhang123456 wang123456 li123456789 liu123456789 chen123456
    yang123456 huang123456 zhao123456 nihao123456 woaiwojia123 zhongguo123 zhongguo1949 china123456 beijing2008 asd123456789 asdf123456
    qwe123456789 qwer12345678 q1w2e3r4t5 a1b2c3d4e5 1a2b3c4d5e 112233445566 11223344556 123123123123 1231231234 123321123321 147258369
    1472583690 7894561230 0987654321 9876543210 1234512345 1212121212 147852369a computer123 internet123 youth123456 league123456
    """.split()  # noqa: SIM905
)
LEAGUE_WORDS = ("共青团", "团县委", "团市委", "团委", "青年大学习", "gongqingtuan", "tuanxianwei", "tuanwei", "qingniandaxuexi", "youthpilot")
SHORT_LEAGUE_WORDS = re.compile(r"(gqt|tsw|txw|tw)\W*(19|20)?\d\d|(19|20)\d\d\W*(gqt|txw|tw)")
_hasher = PasswordHasher()  # argon2id, 3 passes, 64 MiB, 4 lanes
_dummy = ""


def set_hasher(hasher: PasswordHasher) -> PasswordHasher:
    """Use other parameters from now on (installation profile, tests); the earlier hasher comes back."""
    global _hasher, _dummy
    before, _hasher, _dummy = _hasher, hasher, ""
    return before


def normal(password: str) -> str:
    """The password as it is hashed: NFKC, so that every keyboard gives the same."""
    return unicodedata.normalize("NFKC", password)


def hash_password(password: str) -> str:
    """The argon2id hash to store."""
    return _hasher.hash(normal(password))


def verify(stored: str, password: str) -> bool:
    """True if `password` belongs to `stored`. An empty or broken `stored` (unknown user, no password yet) costs the same hash."""
    known = stored.startswith("$argon2")
    try:
        return _hasher.verify(stored if known else _dummy_hash(), normal(password)[: LONGEST * 4]) and known
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(stored: str) -> bool:
    """True if `stored` was made with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def _dummy_hash() -> str:
    global _dummy
    if not _dummy:
        _dummy = _hasher.hash("nobody knows this one")
    return _dummy


def password_problem(password: str, username: str = "", names: Iterable[str] = ()) -> str:
    """Why a new password is refused, '' if it is good. `names`: names and codes of the counties, the person's name, phones."""
    text = normal(password)
    small = text.casefold()
    if len(text) < SHORTEST:
        return _("The password needs at least %(count)s characters", count=SHORTEST)
    if len(text) > LONGEST:
        return _("The password may have at most %(count)s characters", count=LONGEST)
    if small in COMMON or len(set(small)) < 4 or _is_run(small):
        return _("This password is on the list of those that are guessed first: choose another one")
    if any(word in small for word in _own_words(username, names)):
        return _("The password contains your user name, your name or the county's: choose another one")
    if any(word in small for word in LEAGUE_WORDS) or SHORT_LEAGUE_WORDS.search(small):
        return _("The password contains a word of the Youth League that everybody would try: choose another one")
    return ""


def _is_run(text: str) -> bool:
    """1234567890, abcdefghij, 9876543210 and the like, also with one character before or behind."""
    steps = [ord(b) - ord(a) for a, b in zip(text, text[1:], strict=False)]
    return max(steps.count(1), steps.count(-1)) >= len(steps) - 2


def _own_words(username: str, names: Iterable[str]) -> set[str]:
    words = {username.casefold()} | {name.casefold() for name in names}
    words |= {word[:-1] for word in words if len(word) >= 3 and word[-1] in "县市区旗"}
    return {word for word in words if len(word) >= (2 if not word.isascii() else 4)}
