"""How numbers are rounded and written where nothing else is said: half-up, plain digits, thousands separated. Pure."""

from decimal import ROUND_HALF_UP, Decimal

CHINESE_DIGITS = "零一二三四五六七八九"


def round_half_up(value: int | Decimal, decimals: int = 0) -> Decimal:
    """The value rounded half-up (away from zero at the half) to that many decimals."""
    return Decimal(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def number_text(value: Decimal) -> str:
    """Plain digits, no separator, no trailing zeros, never an exponent: 1269, 28.3, -35."""
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def grouped_text(value: int | Decimal) -> str:
    """The same with thousands separated: 572,000 · 1,234.5."""
    whole, dot, rest = number_text(Decimal(value)).partition(".")
    return f"{int(whole):,}{dot}{rest}" if whole != "-0" else f"-0{dot}{rest}"


def chinese_number(number: int) -> str:
    """1 to 99 in Chinese characters: 一, 十, 十二, 二十, 二十一. Raises ValueError outside."""
    if not 0 < number < 100:
        raise ValueError("1 to 99 can be written in Chinese characters here")
    tens, ones = divmod(number, 10)
    head = ("" if tens == 1 else CHINESE_DIGITS[tens]) + "十" if tens else ""
    return head + (CHINESE_DIGITS[ones] if ones else "")
