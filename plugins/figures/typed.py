"""What a reporter typed for a figure, and the number that it means. Pure: no database, no clock."""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from .rules import PAIRED, impossible, places
from .values import Meaning
from .words import _

MIN_EXPLANATION = 10  # characters
_NUMBER = re.compile(r"[+-]?(\d{1,3}([,，]\d{3})+|\d+)(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Given:
    """What a reporter gave for one indicator, as typed. blank: "unknown" 还不掌握, "none" 确实没有 (0), '' a number or nothing.

    For a rate or an average numerator and denominator are typed, for everything else `value`. Of a figure that records tell, an
    empty `value` means "as the records say".
    """

    value: str = ""
    numerator: str = ""
    denominator: str = ""
    blank: str = ""
    reason: str = ""  # why another number than the records'
    explanation: str = ""  # why it jumped


@dataclass(frozen=True, slots=True)
class Read:
    """A typed number after reading; `error` '' if it is possible. Both parts None: blank."""

    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    error: str = ""

    @property
    def part(self) -> tuple[Decimal, Decimal | None] | None:
        """(numerator, denominator) as rules.py adds them; None if blank."""
        if self.numerator is not None:
            return self.numerator, self.denominator
        return None if self.value is None else (self.value, None)


def read_given(meaning: Meaning, given: Given) -> Read:
    """The number a reporter means: E errors are not a number, negative, too many decimals, an impossible rate."""
    if given.blank == "unknown":
        return Read()
    if meaning.kind in PAIRED:
        return _read_pair(given)
    if given.blank == "none" and not given.value.strip():
        return Read(Decimal(0))
    number, error = _number(given.value, meaning.decimals)
    if error or number is None:
        return Read(error=error)
    error = impossible(meaning.kind, number, None)
    return Read(error=error) if error else Read(number)


def _read_pair(given: Given) -> Read:
    numerator, wrong = _number(given.numerator, 6)
    denominator, wrong_too = _number(given.denominator, 6)
    if wrong or wrong_too:
        return Read(error=wrong or wrong_too)
    if numerator is None and denominator is None:
        return Read(error=_("Give numerator and denominator: a rate alone cannot be added up")) if given.value.strip() else Read()
    if numerator is None or denominator is None:
        return Read(error=_("Numerator and denominator belong together: give both or neither"))
    error = impossible("ratio", numerator, denominator)
    return Read(error=error) if error else Read(None, numerator, denominator)


def _number(text: str, decimals: int) -> tuple[Decimal | None, str]:
    text = text.strip().translate(str.maketrans("０１２３４５６７８９．－＋", "0123456789.-+"))
    if not text:
        return None, ""
    if not _NUMBER.fullmatch(text):
        return None, _("“%(text)s” is not a number. Write digits only, without unit", text=text[:20])
    try:
        number = Decimal(text.replace(",", "").replace("，", ""))
    except InvalidOperation:
        return None, _("“%(text)s” is not a number. Write digits only, without unit", text=text[:20])
    if abs(number) >= Decimal(10) ** 15:
        return None, _("This number is too large. Check it")
    if places(number) > decimals:
        if decimals == 0:
            return None, _("This is counted in whole numbers; leave out the decimals")
        return None, _("At most %(num)s decimals are kept here", num=decimals)
    return number, ""
