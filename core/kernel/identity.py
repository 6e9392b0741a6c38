"""Numbers of persons and bodies: identity card, credit code, phone; and how they are masked. Pure: today is an argument.

Results come as in values.py: (value, problem).
"""

import re
from dataclasses import dataclass
from datetime import date

from .cells import Cell, text_of
from .i18n import _
from .text import fold
from .values import BLANK_MARKS, Parsed, Problem, broken_cell

__all__ = ["check_id_no", "check_phone", "check_uscc"]  # of the namespace that modules see

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
# Provinces of GB/T 2260, the residence permits of 港澳台 (81–83), and foreigners' permanent residence cards (9x).
_REGIONS = {*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82, 83, *range(90, 100)}
_USCC_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_MOBILE = re.compile(r"^1[3-9]\d{9}$", re.ASCII)
_LANDLINE = re.compile(r"^(0\d{2,3})?-?[2-9]\d{6,7}(-\d{1,5})?$", re.ASCII)
_SEPARATORS = str.maketrans("", "", " -\u2010\u2011\u2012\u2013\u2014\t\u00a0")


@dataclass(frozen=True, slots=True)
class IdNumber:
    """A valid identity number and what it says. `sex` is "male" or "female"."""

    text: str
    birth: date
    sex: str


def check_id_no(cell: Cell, today: date) -> Parsed[IdNumber]:
    """An identity number of 18 characters (GB 11643): form, real birth date from 1900 to `today` (included), check digit.
    An unknown region is only a warning: codes change every year, and old numbers keep old codes."""
    broken = broken_cell(cell)
    text = fold(text_of(cell)).translate(_SEPARATORS).upper()
    if broken or not text or text in BLANK_MARKS:
        return None, broken
    if re.fullmatch(r"\d{15}", text, re.ASCII):
        return None, Problem("id_old", _("This is an old identity number of 15 digits. Enter the one of 18."))
    if not re.fullmatch(r"\d{17}[\dX]", text, re.ASCII):
        return None, Problem(
            "id_form", _("An identity number has 18 characters; this one has %(num)s, or others than digits and a final X.", num=len(text))
        )
    birth = _birth(text[6:14])
    if birth is None or not date(1900, 1, 1) <= birth <= today:
        return None, Problem("id_birth", _("The birth date in the identity number does not exist: %(text)s.", text=text[6:14]))
    if _CHECKS[sum(int(d) * w for d, w in zip(text, _WEIGHTS, strict=False)) % 11] != text[17]:
        return None, Problem("id_check", _("The identity number is mistyped: its check digit does not fit."))
    number = IdNumber(text, birth, "male" if int(text[16]) % 2 else "female")
    if int(text[:2]) not in _REGIONS:
        return number, Problem("id_region", _("The region %(code)s of the identity number is not known. Check it.", code=text[:6]), "W")
    return number, None


def _birth(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def check_uscc(cell: Cell) -> Parsed[str]:
    """A unified social credit code (GB 32100): 18 signs and a check sign."""
    broken = broken_cell(cell)
    text = fold(text_of(cell)).translate(_SEPARATORS).upper()
    if broken or not text or text in BLANK_MARKS:
        return None, broken
    if len(text) != 18 or any(sign not in _USCC_SIGNS for sign in text):
        return None, Problem("uscc_form", _("A credit code has 18 characters: digits and capital letters without I, O, S, V, Z."))
    total = sum(_USCC_SIGNS.index(sign) * pow(3, i, 31) for i, sign in enumerate(text[:17]))
    if _USCC_SIGNS[(31 - total % 31) % 31] != text[17]:
        return None, Problem("uscc_check", _("The credit code is mistyped: its last character does not fit."))
    return text, None


def check_phone(cell: Cell, mobile_only: bool = False) -> Parsed[str]:
    """A phone number, digits only (an area code and an extension keep their dashes): mobile, or a landline unless `mobile_only`."""
    broken = broken_cell(cell)
    text = fold(text_of(cell))
    if broken or not text or text in BLANK_MARKS:
        return None, broken
    digits = re.sub(r"^(\+|00)?86(?=1\d{10}$)", "", text.translate(_SEPARATORS))
    if _MOBILE.match(digits):
        return digits, None
    landline = text.replace(" ", "").replace("(", "").replace(")", "-")
    if not mobile_only and _LANDLINE.match(landline):
        return landline, None
    return None, Problem("phone", _("This is not a phone number: a mobile number has 11 digits and begins with 13 to 19."))


def mask_id_no(text: str | None) -> str:
    """ "320924********1234"; "" for None. Never shown together with a birth date: few candidates would remain."""
    if not text:
        return ""
    return text[:6] + "*" * (len(text) - 10) + text[-4:] if len(text) >= 15 else "*" * len(text)


def mask_phone(text: str | None) -> str:
    """ "138****8000"; "" for None."""
    if not text:
        return ""
    return text[:3] + "*" * (len(text) - 7) + text[-4:] if len(text) >= 8 else "*" * len(text)


def mask_name(text: str | None) -> str:
    """ "张*", "张*明", "欧**明": the first character, and the last from three on; "" for None."""
    if not text:
        return ""
    if len(text) <= 2:
        return text[0] + "*" * (len(text) - 1)
    return text[0] + "*" * (len(text) - 2) + text[-1]
