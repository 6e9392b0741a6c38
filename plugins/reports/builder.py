"""What a section of the report composes with: figures, names, claims and changes, each of which is remembered by what it stands for.

A section never sees a renderer. Nothing here lives longer than one report: formats come with the figures of the county.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from youthpilot.core.contracts import checked
from youthpilot.core.kernel.calendar import CalendarPeriod
from youthpilot.plugins.figures import formats

from .document import CLAIM, Chart, ClaimNote, Figure, FigureRef, Gap, NameRef, Part, Sentence, Table, Text
from .placeholders import BASES, NAMES, WORDS, pieces, placeholder, sentences_in


@dataclass(frozen=True)
class ReportFigures:
    """What the compiler needs of the figures: the county's own at this period and at its two bases."""

    current: dict[str, Figure]  # key → figure of the county's root
    last_year: dict[str, Decimal | None] = field(default_factory=dict)
    previous: dict[str, Decimal | None] = field(default_factory=dict)
    missing: dict[str, tuple[str, ...]] = field(default_factory=dict)  # key → names of units that owe it and gave none
    formats: dict[str, str] = field(default_factory=dict)  # key → the format that its indicator declares


@dataclass(frozen=True)
class ReportFrame:
    """Names and dates around the report."""

    county_code: str
    county_name: str
    committee_name: str
    period_code: str
    period_title: str
    root_code: str
    state: str  # open | locked | published
    revision: int
    dated_on: date
    printed_at: datetime

    @property
    def calendar(self) -> CalendarPeriod:
        """The period's kind, its neighbours and its words."""
        return CalendarPeriod.parse(self.period_code)


class ReportBuilder:
    """What a section composes with. Sentences are kept in order; a blank figure becomes a gap by itself.

    Each call of `sentence` is a piece that the final paper can do without: where a figure of it is blank, the whole piece is left out.
    What was asked for is remembered beside the sentences (claims, changes, lists, gaps), so that the county can edit them alive.
    """

    def __init__(self, frame: ReportFrame, figures: ReportFigures, proofs: dict[str, str] | None = None) -> None:
        self.frame, self.figures = frame, figures
        self.sentences: list[Sentence | Gap] = []
        self.blocks: list[Table | Chart] = []
        self.used: dict[str, Figure] = {}
        self.proofs = proofs or {}
        self.claims: dict[str, ClaimNote] = {}  # key → the claim, whether it is printed or not
        self.changes: list[tuple[str, str, str]] = []  # (key, base, words) in the order asked
        self.lists: dict[str, NameRef] = {}  # key of the count (names.1 without one) → the names
        self.gap_texts: list[tuple[Gap, str]] = []  # a gap and what an editor writes in its place
        self.by_county: list[Sentence] = []  # sentences that the county wrote itself

    @property
    def county(self) -> str:
        """The county's name."""
        return self.frame.county_name

    @property
    def period(self) -> str:
        """The period's title, 2023年上半年."""
        return self.frame.period_title

    def has(self, key: str) -> bool:
        """True if the figure exists and is not blank."""
        found = self.figures.current.get(key)
        return found is not None and found.value is not None

    def value(self, key: str) -> Any:
        """Its value (Decimal, or bool for a claim), None if blank or unknown."""
        found = self.figures.current.get(key)
        return None if found is None else found.value

    def base(self, key: str, which: str = "last_year") -> Decimal | None:
        """The value of the same period last year, or of the period before (`which` = "previous"); None without a base."""
        return (self.figures.last_year if which == "last_year" else self.figures.previous).get(key)

    def change(self, key: str, base: str = "last_year") -> str | None:
        """比去年同期增长8.1%; None if there is no base."""
        words = self.change_words(key, base)
        if words is not None:
            self.changes.append((key, base, words))
        return words

    def change_words(self, key: str, base: str = "last_year") -> str | None:
        """The same, without being remembered as said in this section."""
        found = self.figures.current.get(key)
        if found is None or found.value is None or isinstance(found.value, bool):
            return None
        name = self.frame.calendar.last_year_name if base == "last_year" else self.frame.calendar.previous_name
        return formats.change_words(found.value, self.base(key, base), found.kind, found.unit, base=name)

    def figure(self, key: str, format: str = "", unit: str | None = None) -> Part:  # noqa: A002 - the word of the field
        """The figure as a part of a sentence; a gap that names who has not reported if it is blank."""
        found = self.figures.current.get(key)
        if found is None or found.value is None:
            title = found.title if found else key
            return self.gap_part(f"{title}未填" if found else f"没有指标{title}", self._who(key), placeholder(key, format))
        self.used[found.id] = found
        return FigureRef(found.id, format or self.figures.formats.get(key, ""), unit=unit)

    def names(self, names: Iterable[str], limit: int = 2, unit: str = "名", noun: str = "", count_key: str = "") -> Part:
        """沈祥容、张其领等45名优秀农村青年; counted by the figure `count_key` if given. A gap if nobody is known or the count is blank."""
        names = tuple(names)
        count = self.figure(count_key) if count_key else None
        key = count_key or f"names.{len(self.lists) + 1}"
        if isinstance(count, Gap):
            return self.gap_part(count.text, count.advice, placeholder(key, "names") + noun)
        if not names and (count is None or not self.value(count_key)):
            return self.gap_part("缺名单", "请在记录里选定", placeholder(key, "names") + noun)
        self.lists[key] = NameRef(names, limit, unit, noun, count if isinstance(count, FigureRef) else None)
        return self.lists[key]

    def sentence(self, *parts: Part | str | None, when: bool = True, claim: ClaimNote | None = None) -> None:
        """Add a sentence; nothing if `when` is false. Strings are words; None is left out."""
        if when:
            made = tuple(Text(p) if isinstance(p, str) else p for p in parts if p is not None and p != "")
            self.sentences.append(checked(Sentence(made, claim)))

    def claim(self, key: str, text: str, condition: str) -> ClaimNote:
        """The claim with what is known of it; its words are printed only while it holds."""
        holds = self.value(key)
        self.claims[key] = ClaimNote(text, condition, holds if isinstance(holds, bool) else None)
        return self.claims[key]

    def gap(self, text: str, advice: str = "") -> None:
        """Something that must be settled before the final version."""
        self.sentences.append(Gap(0, text, advice))

    def gap_part(self, text: str, advice: str, editable: str = "") -> Gap:
        """A gap to stand in a sentence. editable: what an editor of the section finds in its place."""
        made = Gap(0, text, advice)
        self.gap_texts.append((made, editable or "（待核实）"))
        return made

    def table(self, title: str, header: Iterable[str], rows: Iterable[Iterable[Any]], units: Iterable[str] = (), total_row: bool = False) -> None:
        """A table below the paragraph."""
        self.blocks.append(Table(title, tuple(header), tuple(tuple(r) for r in rows), tuple(units), total_row))

    def chart(self, chart: Chart) -> None:
        """A chart below the paragraph."""
        self.blocks.append(chart)

    def written(self, text: str) -> None:
        """Sentences that the county wrote itself, with {key|format} placeholders."""
        for sentence in sentences_in(text):
            self.write(sentence, self)

    def write(self, text: str, own: "ReportBuilder") -> None:
        """One sentence of the county. own: what the module itself said, where its claims and lists of names come from."""
        parts: list[Part] = []
        notes: list[tuple[int, ClaimNote]] = []
        for piece in pieces(text):
            if isinstance(piece, str):
                parts.append(Text(piece))
            elif piece[1] == WORDS:
                notes.append((len(parts), own._claim_of(piece[0])))
                parts.append(Text(notes[-1][1].text))
            else:
                parts.append(self._live(piece[0], piece[1], own))
        false = next((note for _at, note in notes if note.holds is not True), None)
        if false is not None:
            self.replace(text, *claim_gone(false), kind=CLAIM)
            return
        ends = [at + 1 for at, _note in notes[:-1]] + [len(parts)]  # a sentence carries one claim: several are cut behind each
        starts = [0, *ends[:-1]]
        for n, (start, end) in enumerate(zip(starts, ends, strict=True)):
            self.by_county.append(Sentence(tuple(parts[start:end]), notes[n][1] if notes else None))
            self.sentences.append(self.by_county[-1])

    def states_all(self, text: str) -> bool:
        """True if every claim that stands in the text as a placeholder holds."""
        asked = [piece[0] for piece in pieces(text) if not isinstance(piece, str) and piece[1] == WORDS]
        return all(self._claim_of(key).holds is True for key in asked)

    def replace(self, text: str, why: str, advice: str, kind: str) -> None:
        """A gap in the place of a sentence of the county that cannot be printed."""
        self.gap_texts.append((Gap(0, why, advice, kind=kind), text))
        self.sentences.append(self.gap_texts[-1][0])

    def _live(self, key: str, form: str, own: "ReportBuilder") -> Part:
        if form in BASES:
            words = self.change_words(key, BASES[form])
            title = self.figures.current[key].title if key in self.figures.current else key
            return Text(words) if words else self.gap_part(f"{title}没有可比的数", "补上比较的那一期，或删去这半句", placeholder(key, form))
        if form == NAMES:
            found = own.lists.get(key)
            if found is None:
                return self.gap_part("缺名单", "请在记录里选定", placeholder(key, form))
            if found.count is not None:
                self.figure(key)
            return replace(found, noun="")
        return self.figure(key, form)

    def _claim_of(self, key: str) -> ClaimNote:
        """The claim as the section states it; else as its indicator is called and defined."""
        figure = self.figures.current.get(key)
        if key in self.claims or figure is None:
            return self.claims.get(key) or ClaimNote(key, "没有这个说法")
        return ClaimNote(figure.title, figure.definition, figure.value if isinstance(figure.value, bool) else None)

    def _who(self, key: str) -> str:
        missing = self.figures.missing.get(key, ())
        if not missing:
            return "请在填报或记录里补上"
        shown = "、".join(missing[:3])
        if len(missing) > 3:
            return f"{shown}等{len(missing)}个单位未填"
        return shown if all(name.endswith("（还不掌握）") for name in missing) else f"{shown}未填"


def claim_gone(note: ClaimNote) -> tuple[str, str]:
    """What a gap says in the place of a sentence whose claim does not hold, and what to do."""
    why = f"“{note.text}”已不成立" if note.holds is False else f"“{note.text}”无法确认"
    return f"{why}：{note.condition}" if note.condition else why, "改掉这句话，或改正它依据的记录"
