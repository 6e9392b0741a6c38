"""Ages, later months and days in words: the one way in which they are counted and written. Pure."""

from calendar import monthrange
from datetime import date


def age(birth: date, on: date) -> int:
    """Full years (周岁) on a day: the birthday itself counts; who was born on 29 February turns on 1 March in common years."""
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def add_months(day: date, months: int) -> date:
    """The same day some months later; the last day of that month if it has no such day (31st, 29 February)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def long_date(day: date) -> str:
    """2023年7月3日: the year in full, no leading zeros."""
    return f"{day.year}年{day.month}月{day.day}日"
