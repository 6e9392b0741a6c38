"""What a posted form says, and how a form stands section by section.

The names of fields: v number, n/d parts, w wn wd the same as the page was sent, b blank, r reason, x explanation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from youthpilot.core.periods.models import SubmissionEvent
from youthpilot.plugins.figures.models import Evidence
from youthpilot.plugins.figures.typed import Given

from ..forms import FieldState, Form
from ..texts import DIFFICULTY, KEYS, PRACTICE, TextProblem
from ..words import _

MOST_FIELDS = 400
LONGEST = {"v": 40, "n": 40, "d": 40, "w": 40, "wn": 40, "wd": 40, "b": 8, "r": 500, "x": 500}
TYPED = (("v", "w"), ("n", "wn"), ("d", "wd"))  # a number, and the number that the page was sent with
NUMERALS = "一二三四五六七八九十"


@dataclass(frozen=True)
class Section:
    """A card of the form and its entry in the steps. state: ok, bad, warn or '' (something is still open)."""

    number: int
    title: str
    fields: tuple[FieldState, ...]
    state: str
    done: str
    note: str

    @property
    def heading(self) -> str:
        """一、团组织与团干部."""
        numeral = NUMERALS[self.number - 1] if self.number <= 10 else f"十{NUMERALS[self.number - 11]}" if self.number < 20 else f"{self.number}"
        return f"{numeral}、{self.title}"


@dataclass(frozen=True)
class Change:
    """A figure that is not what it was when the form was last submitted; None is blank."""

    title: str
    before: str | None
    now: str | None


def given_from(posted: Any) -> dict[str, Given]:
    """Key → what was typed, for the fields that the page carried (`k`). A number that was changed wins over a blank ticked before."""
    return {key: _one(posted, key) for key in posted.getlist("k")[:MOST_FIELDS]}


def _one(posted: Any, key: str) -> Given:
    part = {name: posted.get(f"{name}:{key}", "")[:limit] for name, limit in LONGEST.items()}
    blank = part["b"] if part["b"] in ("unknown", "none") else ""
    typed = {now: part[now].strip() for now, _was in TYPED}
    changed = any(typed[now] and typed[now] != part[was] for now, was in TYPED)
    if changed and not (blank == "none" and typed["v"] == "0"):
        blank = ""
    if blank == "unknown":
        typed = dict.fromkeys(typed, "")
    return Given("0" if blank == "none" else typed["v"], typed["n"], typed["d"], blank, part["r"], part["x"])


def texts_from(posted: Any) -> dict[str, str]:
    """The texts that the page carried."""
    return {key: posted[f"t:{key}"].replace("\r\n", "\n")[:4000] for key in KEYS if f"t:{key}" in posted}


def sections_of(form: Form, texts: list[TextProblem], evidence: list[Evidence]) -> list[Section]:
    """The sections of modules, then the texts and the files."""
    found = [_section(n, title, tuple(fields)) for n, (title, fields) in enumerate(form.groups(), 1)]
    wrong = [p for p in texts if p.level == "E"]
    given = sum(bool(form.texts.get(key, "").strip()) for key in (PRACTICE, DIFFICULTY))
    state = "bad" if wrong else "warn" if texts else "ok" if form.texts.get(PRACTICE, "").strip() else ""
    found.append(Section(len(found) + 1, _("Texts"), (), state, f"{given}/2", _("%(num)s errors", num=len(wrong)) if wrong else ""))
    count = _("%(num)s files", num=len(evidence))
    found.append(Section(len(found) + 1, _("Evidence"), (), "ok" if evidence else "", count, ""))
    return found


def _section(number: int, title: str, fields: tuple[FieldState, ...]) -> Section:
    wrong, waiting = sum(bool(f.error) for f in fields), sum(f.needs_explanation for f in fields)
    filled = sum(f.filled for f in fields)
    state = "bad" if wrong else "warn" if waiting else "ok" if filled == len(fields) else ""
    note = _("%(num)s errors", num=wrong) if wrong else _("%(num)s to explain", num=waiting) if waiting else ""
    return Section(number, title, fields, state, f"{filled}/{len(fields)}", note)


def changes_between(events: list[SubmissionEvent], form: Form) -> list[Change] | None:
    """What differs between the last two times it was submitted; None if it was submitted less than twice."""
    submits = [e for e in events if e.event == "submit"]
    if len(submits) < 2:
        return None
    before: Mapping[str, Any] = submits[-2].figures or {}
    now: Mapping[str, Any] = submits[-1].figures or {}
    titles = {f.key: f.meaning.title for f in form.fields}
    return [Change(titles[key], before.get(key), now.get(key)) for key in titles if before.get(key) != now.get(key)]


def counts_text(form: Form) -> str:
    """已填 5/7，还差 2 项未答: how far the answers are."""
    words = _("Answered %(done)s/%(all)s", done=form.filled, all=len(form.fields))
    if form.missing:
        words += "，" + _("%(num)s still to answer", num=len(form.missing))
    return words


def size_text(size: int) -> str:
    """46 KB, 8.2 MB."""
    return f"{size / 1048576:.1f} MB" if size >= 1048576 else f"{max(1, round(size / 1024))} KB"
