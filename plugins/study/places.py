"""Finding an organization by the words of a file: one cell (柳河镇中学高一3班) or a path (学校, 学院, 班级)."""

import re
from collections import defaultdict

from youthpilot.core import Organization, OrganizationClosure

_SOFT = re.compile(r"[\s（）()\-—_·/]+")
_TAILS = ("团支部", "团总支", "团委", "团工委", "支部", "委员会")


def plain(name: str) -> str:
    """The name without blanks, brackets and the words for its League body: 高一（3）班团支部 → 高一3班."""
    name = _SOFT.sub("", name).removeprefix("共青团")
    for tail in _TAILS:
        if len(name) > len(tail) + 1 and name.endswith(tail):
            return name.removesuffix(tail)
    return name


class Places:
    """All organizations in scope, by code and by name. Reads twice, once each, when it is made."""

    def __init__(self) -> None:
        o, c = Organization, OrganizationClosure
        self.names: dict[int, str] = {}
        self._by_word: dict[str, set[int]] = defaultdict(set)
        for key, code, name, short in o.select(o.id, o.code, o.name, o.short_name).where(o.closed_on.is_null()).tuples():
            self.names[key] = name
            self._by_word[code].add(key)
            for word in {plain(name), plain(short)} - {""}:
                self._by_word[word].add(key)
        self._above: dict[int, set[int]] = defaultdict(set)
        for ancestor, descendant in c.select(c.ancestor_id, c.descendant_id).where(c.depth > 0).tuples():
            self._above[descendant].add(ancestor)

    def find(self, *path: str | None) -> list[int]:
        """Ids of organizations that the last filled word of the path names, below those named before it; [] or several if not clear."""
        words = [w for w in path if w]
        if not words:
            return []
        found = self._by_word.get(words[-1]) or self._by_word.get(plain(words[-1])) or set()
        for word in words[:-1]:
            upper = self._by_word.get(plain(word), set())
            narrowed = {o for o in found if self._above[o] & upper or o in upper}
            found = narrowed or found
        return sorted(found or self._joined(words))

    def _joined(self, words: list[str]) -> set[int]:
        """柳河中学高一3班 in one cell: an organization above and the branch below it, written without a gap."""
        text = plain("".join(words))
        for cut in range(len(text) - 1, 1, -1):
            upper, lower = self._by_word.get(text[:cut]), self._by_word.get(text[cut:])
            if upper and lower and (found := {o for o in lower if self._above[o] & upper}):
                return found
        return set()
