"""The conditions of a list: few, in words, judged, never past the scope. A condition on another table is a sub-query, so counting needs no join."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_admin.contrib.peewee.filters import BasePeeweeFilter
from peewee import BooleanField, CharField, DateField, Field, ForeignKeyField, IntegerField, TextField

from youthpilot.core.kernel.clock import LOCAL
from youthpilot.core.kernel.fields import DecimalTextField, JsonField, MoneyField, UtcDateTimeField
from youthpilot.core.kernel.i18n import lazy_gettext as _l

from .targets import BIGGEST_ID

LONGEST = 100


class Condition(BasePeeweeFilter):  # type: ignore[misc]
    """One condition. `word` says it, `control` is the HTML input type."""

    word: Any = ""
    control = "text"
    plain = False  # True: the value says it all, the chip leaves the word out

    def operation(self) -> Any:
        """The word between name and value."""
        return self.word

    def choices(self, view: Any) -> list[tuple[str, str]]:
        """(value, text) asked at each request; empty: typed by hand."""
        return []

    def shown(self, view: Any, value: str) -> str:
        """The value in words, for the chip."""
        return dict(self.choices(view)).get(value, value)

    def clean(self, value: str) -> Any:
        """The Python value. Raises ValueError."""
        if not value or len(value) > LONGEST:
            raise ValueError(value)
        return value

    def test(self, value: Any) -> Any:
        """The predicate on the column."""
        raise NotImplementedError

    def where(self, model: Any, value: str) -> Any:
        """The predicate for a query over `model`."""
        return on_model(model, self.column, self.test(self.clean(value)))

    def apply(self, query: Any, value: Any) -> Any:
        """Upstream's way in; our list uses `where`."""
        return query.where(on_model(query.model, self.column, self.test(value)))


def on_model(model: Any, column: Field, predicate: Any) -> Any:
    """`predicate` on `column`, as a sub-query over the foreign key if the column belongs to another table."""
    if column.model is model:
        return predicate
    for field in model._meta.refs:
        if field.rel_model is column.model:
            return field.in_(column.model.select(column.model._meta.primary_key).where(predicate))
    raise TypeError(f"{model.__name__} has no reference to {column.model.__name__}")


class Contains(Condition):
    """Text contains."""

    word = _l("contains (condition)")

    def test(self, value: Any) -> Any:
        """% and _ are plain characters."""
        return self.column.contains(value)


class Blank(Condition):
    """Nothing stands there, or something does."""

    word = _l("is filled in (condition)")

    def choices(self, view: Any) -> list[tuple[str, str]]:
        """Yes or no."""
        return yes_no()

    def clean(self, value: str) -> Any:
        """1 or 0."""
        return flag(value)

    def test(self, value: Any) -> Any:
        """NULL and '' are both blank."""
        blank = self.column.is_null()
        if isinstance(self.column, CharField | TextField):
            blank = blank | (self.column == "")
        return ~blank if value else blank


class Is(Condition):
    """One of the field's choices."""

    word = _l("is (condition)")
    plain = True

    def choices(self, view: Any) -> list[tuple[str, str]]:
        """The words of the model."""
        return [(str(k), str(v)) for k, v in self.column.choices if str(v)]

    def clean(self, value: str) -> Any:
        """A known code."""
        known = {str(k): k for k, _ in self.column.choices}
        if value not in known:
            raise ValueError(value)
        return known[value]

    def test(self, value: Any) -> Any:
        """Equal."""
        return self.column == value


class Flag(Condition):
    """True or false."""

    word = _l("is (condition)")
    plain = True

    def choices(self, view: Any) -> list[tuple[str, str]]:
        """Yes or no."""
        return yes_no()

    def clean(self, value: str) -> Any:
        """1 or 0."""
        return flag(value)

    def test(self, value: Any) -> Any:
        """Equal."""
        return self.column == value


class Points(Condition):
    """A foreign key: the rows of the scope as choices, or part of the name where there are too many."""

    word = _l("is (condition)")
    plain = True

    def choices(self, view: Any) -> list[tuple[str, str]]:
        """Rows that the person may see, at most 500."""
        return [(str(k), text) for k, text in view.filter_rows(self.column)]

    def clean(self, value: str) -> Any:
        """An id."""
        if not value.isascii() or not value.isdigit() or not 0 < int(value) <= BIGGEST_ID:
            raise ValueError(value)
        return int(value)

    def test(self, value: Any) -> Any:
        """Equal."""
        return self.column == value


class _Ordered(Condition):
    def clean(self, value: str) -> Any:
        """A date, a moment's day or a number of the column."""
        if isinstance(self.column, DateField | UtcDateTimeField):
            return date.fromisoformat(value)
        try:
            number = Decimal(value.replace(",", ""))
        except InvalidOperation:
            raise ValueError(value) from None
        if not number.is_finite() or abs(number) > 10**15:
            raise ValueError(value)
        return number if isinstance(self.column, MoneyField) or number != int(number) else int(number)

    @property
    def control(self) -> str:  # type: ignore[override]
        """A calendar for days."""
        return "date" if isinstance(self.column, DateField | UtcDateTimeField) else "number"


class From(_Ordered):
    """From a day or number on, it included."""

    word = _l("from (condition)")

    def test(self, value: Any) -> Any:
        """Included."""
        return self.column >= (_start(value) if isinstance(self.column, UtcDateTimeField) else value)


class To(_Ordered):
    """Up to a day or number, it included."""

    word = _l("up to (condition)")

    def test(self, value: Any) -> Any:
        """Included."""
        if isinstance(self.column, UtcDateTimeField):
            return self.column < _start(value + timedelta(days=1))
        return self.column <= value


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL)


def yes_no() -> list[tuple[str, str]]:
    """The two words."""
    return [("1", str(_l("Yes"))), ("0", str(_l("No")))]


def flag(value: str) -> bool:
    """1 or 0. Raises ValueError."""
    if value not in ("0", "1"):
        raise ValueError(value)
    return value == "1"


def conditions(column: Field) -> list[type[Condition]]:
    """The conditions that make sense for a column. Raises TypeError for columns that cannot be compared."""
    if isinstance(column, ForeignKeyField):
        return [Points]
    if isinstance(column, DecimalTextField | JsonField):
        raise TypeError(f"{column.name} is stored as text and cannot be a filter")
    if column.choices:
        return [Is]
    if isinstance(column, BooleanField):
        return [Flag]
    if isinstance(column, DateField | UtcDateTimeField | IntegerField):
        return [From, To, Blank] if column.null else [From, To]
    return [Contains, Blank]
