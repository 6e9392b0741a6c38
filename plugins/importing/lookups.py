"""Whom and what a cell names: organizations by code, full or short name, persons by ID number or by name, inside the scope in force."""

from collections import Counter, defaultdict
from functools import cached_property

from youthpilot.core.cadres.models import Person
from youthpilot.core.kernel.secrets import blind_index
from youthpilot.core.kernel.text import fold
from youthpilot.core.kernel.values import Parsed, Problem

from .places import Places
from .words import _

_COMMON = ("共青团", "中国共产主义青年团", "委员会", "总支部", "团支部", "团总支", "团工委", "团委", "支部", "村民", "居民")
_LIKE_ENOUGH = 0.34  # share of common pairs of characters from which a name is worth suggesting
_MOST_SUGGESTIONS = 200  # for one file: more wrong names than that are another county's file


class Finder:
    """Organizations and persons of the scope, read once when first needed."""

    def __init__(self, county_id: int) -> None:
        self.county_id = county_id
        self._suggested: dict[str, str] = {}

    # organizations ---------------------------------------------------------------------------------------------------

    @cached_property
    def places(self) -> Places:
        """The organizations of the scope."""
        return Places(self.county_id)

    def organization(self, text: str) -> Parsed[int]:
        """The id of the one organization that the text names; else what is wrong, with the nearest name there is."""
        found = self.places.find(text)
        if len(found) == 1:
            return found[0], None
        if found:
            names = "、".join(sorted({self._full(i) for i in found})[:4])
            return None, Problem(
                "many",
                _(
                    "%(count)s organizations are called “%(text)s”: write the full name or the code (%(names)s).",
                    count=len(found),
                    text=text,
                    names=names,
                ),
            )
        near = self.nearest(text)
        if near:
            return None, Problem("unknown", _("There is no “%(text)s”. Do you mean “%(near)s”?", text=text, near=near))
        return None, Problem(
            "unknown", _("There is no “%(text)s” among your organizations. Correct the name, or add the organization first.", text=text)
        )

    def _full(self, organization_id: int) -> str:
        row = self.places.rows[organization_id]
        return f"{row.name} {row.code}"

    def nearest(self, text: str) -> str:
        """The name of the scope most like the text, '' if none is like it."""
        key = fold(text)
        if key not in self._suggested:
            full = len(self._suggested) >= _MOST_SUGGESTIONS
            self._suggested[key] = "" if full else self._most_like(key)
        return self._suggested[key]

    @cached_property
    def _pairs(self) -> tuple[dict[str, list[str]], dict[str, int]]:
        """Pair of characters → names that hold it; name → how many pairs it has."""
        holders: dict[str, list[str]] = defaultdict(list)
        sizes: dict[str, int] = {}
        for row in self.places.rows.values():
            for name in {row.name, row.short_name} - {""}:
                pairs = _pairs_of(name)
                sizes[name] = len(pairs)
                for pair in pairs:
                    holders[pair].append(name)
        return holders, sizes

    def _most_like(self, text: str) -> str:
        holders, sizes = self._pairs
        wanted = _pairs_of(text)
        common = Counter(name for pair in wanted for name in holders.get(pair, ()))
        shares = sorted(((_share(n, len(wanted), sizes[name]), -len(name), name) for name, n in common.items()), reverse=True)
        likely = [name for share, _length, name in shares[:20] if share >= _LIKE_ENOUGH]
        return next((name for name in likely if len(self.places.find(name)) == 1), "")  # a name of several would be no help

    # persons ---------------------------------------------------------------------------------------------------------

    @cached_property
    def _persons(self) -> tuple[dict[str, list[int]], dict[str, list[tuple[int, int]]]]:
        by_index: dict[str, list[int]] = defaultdict(list)
        by_name: dict[str, list[tuple[int, int]]] = defaultdict(list)
        query = Person.select(Person.id, Person.organization_id, Person.name, Person.id_no_index).where(Person.county == self.county_id)
        for key, organization, name, index in query.tuples():
            by_name[name].append((key, organization))
            if index:
                by_index[index].append(key)
        return by_index, by_name

    def person(self, text: str, organization_id: int | None = None, id_no: str = "") -> Parsed[int]:
        """The id of a person: by ID number (`id_no`, or the text itself), else by name within the organization (None: anywhere in the scope)."""
        by_index, by_name = self._persons
        number = id_no or (text if len(text) == 18 and text[:17].isdecimal() else "")
        if number:
            found = by_index.get(blind_index(number), [])
        else:
            found = [key for key, place in by_name.get(text, []) if organization_id in (None, place)]
        if len(found) == 1:
            return found[0], None
        if found:
            return None, Problem("many", _("%(count)s people fit “%(text)s”: add the ID number.", count=len(found), text=text))
        return None, Problem("unknown", _("Nobody called “%(text)s” is known here. Correct the name, or enter the person first.", text=text))


def _pairs_of(name: str) -> set[str]:
    short = fold(name)
    for word in _COMMON:
        short = short.replace(word, "")
    short = short or fold(name)
    return {short[i : i + 2] for i in range(len(short) - 1)} or {short}


def _share(common: int, first: int, second: int) -> float:
    return 2 * common / (first + second)
