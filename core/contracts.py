"""What a hook or a callable of a module promises, as data: its failure policy and what it gives; and the check of a value against it.

A dataclass is checked field by field against its own annotations and built anew, so that its `__post_init__` runs here, whatever the
module did to it before. Text that is made late (lazy_gettext) becomes text, NaN and infinite numbers are refused.
"""

import dataclasses
import types
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from flask_babel import LazyString

from .kernel.text import forbidden_in

FailurePolicy = Literal["refuse", "isolate", "block", "abort", "after", "none"]
Take = Callable[[Any], Any]
MOST = Decimal(10) ** 30
F = TypeVar("F", bound=Callable[..., Any])


class WrongValue(TypeError):
    """A module gave something else than it promised; str() says what was expected and what came."""


@dataclasses.dataclass(frozen=True)
class Returns:
    """What must come back. words: as an annotation writes it; take(value) -> the value as we keep it, raises WrongValue."""

    words: str
    take: Take


@dataclasses.dataclass(frozen=True)
class Contract:
    """One thing a module can be asked. name: how faults call it; arguments: what it may take, by name (hooks only).

    slow: seconds after which it is told; None: it may take its time. claims: what the keys of its values are called, '' for none.
    platform: only plugins of the platform may have it. verifies: it compares tables with each other, so it reads them as of one moment and
    writes nothing. writes: it may write, although what goes wrong in it is contained.
    """

    name: str
    policy: FailurePolicy
    returns: Returns
    arguments: tuple[str, ...] = ()
    slow: float | None = 1.0
    claims: str = ""
    platform: bool = False
    verifies: bool = False
    writes: bool = False

    @property
    def reads(self) -> bool:
        """True if it may not write: what is contained answers a question, and belongs to no act."""
        return self.policy in ("isolate", "block") and not self.writes


def wrong(expected: str, value: Any) -> WrongValue:
    """The refusal of a value, without trusting its repr."""
    return WrongValue(f"expected {expected}, got {type(value).__name__}")


# what comes back -----------------------------------------------------------------------------------------------------


def list_of(kind: Any, words: str = "") -> Returns:
    """Exactly a list; of a dataclass: exactly its class, checked field by field; of another class: its instances."""
    each = _taker(kind)
    return Returns(words or f"list[{kind.__name__}]", lambda value: [each(v) for v in _exact_list(value)])


def list_of_classes(base: type, words: str = "") -> Returns:
    """Exactly a list of classes that derive from `base`."""

    def take(value: Any) -> list[type]:
        for v in _exact_list(value):
            if not (isinstance(v, type) and issubclass(v, base)):
                raise wrong(f"a class that derives from {base.__name__}", v)
        return list(value)

    return Returns(words or f"list[type[{base.__name__}]]", take)


def exactly(hint: Any, words: str = "") -> Returns:
    """A value of an annotation, e.g. bool | None."""
    return Returns(words or getattr(hint, "__name__", str(hint)), lambda value: _taker(hint)(value))


def made_by(take: Take, words: str) -> Returns:
    """What `take` makes of the value; it raises WrongValue for what it refuses."""
    return Returns(words, take)


def _exact_list(value: Any) -> list[Any]:
    if type(value) is not list:  # not a subclass, not an iterator that may never end
        raise wrong("a list", value)
    return value


NOTHING = exactly(type(None), "None")
ANYTHING = Returns("Any", lambda value: value)


# values against annotations ------------------------------------------------------------------------------------------


def checked(value: Any) -> Any:
    """A dataclass value checked against its annotations and built anew. Raises WrongValue, or what its __post_init__ raises."""
    return _taker(cast(Any, type(value)))(value)


@lru_cache(maxsize=512)
def _taker(hint: Any) -> Take:
    """The check of one annotation."""
    if hint is Any:
        return _anything
    if hint in _PLAIN:
        return _PLAIN[hint]
    origin = get_origin(hint)
    if origin is not None:
        return _generic(hint, origin)
    return _dataclass(hint) if dataclasses.is_dataclass(hint) else _instance(hint)


def _generic(hint: Any, origin: Any) -> Take:
    args = get_args(hint)
    if origin is Literal:
        return _literal(args)
    if origin in (Union, types.UnionType):
        return _union(args)
    if origin is tuple:
        return _tuple(args)
    if origin is list:
        each = _taker(args[0])
        return lambda value: [each(v) for v in _exact_list(value)]
    if origin is type:
        return _instance(type)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(args)
    return _callable if origin is not None and "Callable" in str(origin) else _instance(origin)


def text(value: Any) -> str:
    """Exactly text that a page can hold: lazy text is made now, a subclass (Markup) becomes plain. Raises WrongValue."""
    if isinstance(value, LazyString):
        value = str(value)
    if not isinstance(value, str):
        raise wrong("text", value)
    found = forbidden_in(value)
    if found is not None:
        raise WrongValue(f"expected text, got the character {found[1]} that no page can hold")
    return str.__str__(value)


def number(value: Any) -> Any:
    """A finite int, Decimal or float as it is, below MOST: larger ones are a mistake that fills pages with digits. Raises WrongValue."""
    if type(value) in (int, Decimal, float) and is_plain(value):
        return value
    raise WrongValue(f"expected a finite number below {MOST:.0e}, got {type(value).__name__}")


def is_plain(value: int | Decimal | float) -> bool:
    """True if a number is finite and below MOST, and a Decimal is written with no more than a thousand digits."""
    if type(value) is Decimal and not (value.is_finite() and -1000 < cast(int, value.as_tuple().exponent) <= 30):
        return False
    return -MOST < value < MOST


def _decimal(value: Any) -> Decimal:
    if type(value) in (int, Decimal):
        return Decimal(number(value))
    raise wrong("a Decimal", value)


def _anything(value: Any) -> Any:
    if isinstance(value, LazyString):
        return text(value)
    return number(value) if type(value) in (float, Decimal) else value


def _callable(value: Any) -> Any:
    if not callable(value):
        raise wrong("something to call", value)
    return value


def _of(kind: type) -> Take:
    def take(value: Any) -> Any:
        if type(value) is not kind:
            raise wrong(kind.__name__, value)
        return value

    return take


def _instance(kind: Any) -> Take:
    def take(value: Any) -> Any:
        if not isinstance(value, kind):
            raise wrong(getattr(kind, "__name__", str(kind)), value)
        return value

    return take


def _literal(words: tuple[Any, ...]) -> Take:
    def take(value: Any) -> Any:
        if type(value) is not str or value not in words:
            raise WrongValue(f"expected one of {', '.join(repr(w) for w in words)}, got {value if type(value) is str else type(value).__name__}")
        return value

    return take


def _union(hints: tuple[Any, ...]) -> Take:
    def take(value: Any) -> Any:
        said: WrongValue | None = None
        for hint in hints:
            try:
                return _taker(hint)(value)
            except WrongValue as error:
                said = said if hint is type(None) and said else error
        raise said or wrong("nothing", value)

    return take


def _tuple(hints: tuple[Any, ...]) -> Take:
    if len(hints) == 2 and hints[1] is Ellipsis:
        each = _taker(hints[0])
        return lambda value: tuple(each(v) for v in _row(value))

    def take(value: Any) -> tuple[Any, ...]:
        if len(_row(value)) != len(hints):
            raise WrongValue(f"expected {len(hints)} values, got {len(value)}")
        return tuple(_taker(hint)(v) for hint, v in zip(hints, value, strict=True))

    return take


def _row(value: Any) -> Any:
    if type(value) not in (tuple, list):
        raise wrong("a tuple", value)
    return value


def _mapping(hints: tuple[Any, ...]) -> Take:
    key, each = (_taker(h) for h in hints)

    def take(value: Any) -> dict[Any, Any]:
        if type(value) not in (dict, types.MappingProxyType):
            raise wrong("a dict", value)
        return {key(k): each(v) for k, v in dict.items(value)}  # not what a class of its own says

    return take


@lru_cache(maxsize=256)
def _fields(kind: Any) -> dict[str, Take]:
    hints = get_type_hints(kind)
    return {f.name: _taker(hints[f.name]) for f in dataclasses.fields(kind)}


def _dataclass(kind: Any) -> Take:
    def take(value: Any) -> Any:
        if type(value) is not kind:
            raise wrong(kind.__name__, value)
        made, fields = {}, _fields(cast(Any, kind))
        for name, each in fields.items():
            try:
                made[name] = each(getattr(value, name))
            except WrongValue as error:
                raise WrongValue(f"{kind.__name__}.{name}: {error}") from error
        return kind(**made)

    return take


_PLAIN: dict[Any, Take] = {
    str: text,
    int: _of(int),
    bool: _of(bool),
    Decimal: _decimal,
    float: number,
    date: _of(date),
    datetime: _of(datetime),
    type(None): _of(type(None)),
    None: _of(type(None)),
}
