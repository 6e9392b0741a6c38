"""Database fields whose Python value is what the field means: aware times, exact money, canonical JSON."""

import hashlib
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from peewee import BigIntegerField, CharField, FieldAccessor, Model, TextField


class Dynamic:
    """For the type checker: on a row, a field's attribute is its value."""

    if TYPE_CHECKING:

        def __get__(self, instance: Any, owner: Any = None) -> Any: ...
        def __set__(self, instance: Any, value: Any) -> None: ...


class UtcDateTimeField(Dynamic, CharField):
    """An aware moment, stored as ISO 8601 in UTC with microseconds, so that text order is time order on every engine."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 32)
        super().__init__(*args, **kwargs)

    def db_value(self, value: datetime | str | None) -> str | None:
        if value is None or isinstance(value, str):
            return value
        if value.tzinfo is None:
            raise ValueError(f"{self.name}: a time without a zone cannot be stored")
        return value.astimezone(UTC).isoformat(timespec="microseconds")

    def python_value(self, value: str | None) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


class MoneyField(Dynamic, BigIntegerField):
    """An amount in 元 as Decimal with two places, stored as whole 分."""

    def db_value(self, value: Decimal | int | str | None) -> int | None:
        if value is None:
            return None
        cents = Decimal(str(value)) * 100
        if cents != cents.to_integral_value():
            raise ValueError(f"{self.name}: {value} has more than two places")
        return int(cents)

    def python_value(self, value: int | None) -> Decimal | None:
        return None if value is None else Decimal(value).scaleb(-2)


class DecimalTextField(Dynamic, CharField):
    """An exact Decimal of any scale, stored as text: never sorted or summed in SQL."""

    def db_value(self, value: Decimal | int | None) -> str | None:
        if value is not None and not Decimal(value).is_finite():
            raise ValueError(f"{self.name}: {value} is no number")
        return None if value is None else format(Decimal(value), "f")

    def python_value(self, value: str | None) -> Decimal | None:
        return None if value is None else Decimal(value)


def canonical(value: Any) -> str:
    """JSON text with sorted keys, no spaces, Decimals and dates as text: equal values give equal text."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def digest_of(value: Any) -> str:
    """SHA-256 (64 hex digits) of a value's canonical JSON."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


class _JsonAccessor(FieldAccessor):
    """Remembers what a list or a dict said when it was handed out: it can be changed without being set."""

    def __get__(self, instance: Any, instance_type: Any = None) -> Any:
        value = super().__get__(instance, instance_type)
        if instance is not None and isinstance(value, dict | list) and self.name not in instance._dirty:
            instance.__dict__.setdefault("_handed_out", {}).setdefault(self.name, canonical(value))
        return value


class JsonField(Dynamic, TextField):
    """A JSON value as canonical text."""

    accessor_class = _JsonAccessor

    def db_value(self, value: Any) -> str | None:
        return None if value is None else canonical(value)

    def python_value(self, value: str | None) -> Any:
        return None if value is None else json.loads(value)

    def changed_inside(self, row: Model) -> bool:
        """True if the value that a row handed out says something else by now, so that `save` must write it."""
        handed_out = row.__dict__.get("_handed_out", {})
        said = handed_out.get(self.name)
        if said is None:
            return False
        handed_out[self.name] = canonical(row.__data__.get(self.name))  # whoever holds it may change it again after this save
        return bool(handed_out[self.name] != said)
