"""The document model of a report: frozen values, the same for HTML, Word, Markdown and JSON, stored whole at publishing.

A document holds its figures by id; a sentence refers to them. `prepare` numbers what is missing and fixes the wordings, so that
what was published prints the same when wording rules change later or a module is gone.
"""

import base64
import dataclasses
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from youthpilot.plugins.figures.formats import BLANK, WordingError, default_format, format_figure

SCHEMA = 1


def _decimal(value: Any) -> Any:
    return Decimal(value) if isinstance(value, str) else value


def _decimals(values: Any) -> Any:
    return tuple(_decimal(value) for value in values)


def _date(value: Any) -> Any:
    return date.fromisoformat(value) if value else None


def _moment(value: Any) -> Any:
    return datetime.fromisoformat(value) if value else None


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with everything a renderer and the annex need.

    value: in the printed unit (yuan, percent, years), None is blank, a boolean for a claim. period: its title. state:
    provisional | locked | published. source: computed | entered | corrected. n_of_m: units that reported, of those that owe.
    """

    id: str
    key: str
    title: str
    unit: str
    kind: str
    value: Decimal | bool | None = field(metadata={"read": _decimal})
    numerator: Decimal | None = field(default=None, metadata={"read": _decimal})
    denominator: Decimal | None = field(default=None, metadata={"read": _decimal})
    decimals: int = 0
    definition: str = ""
    organization_name: str = ""
    period: str = ""
    state: str = "provisional"
    source: str = "computed"
    n_of_m: tuple[int, int] | None = None
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """Words that are no figure."""

    text: str
    bold: bool = False


@dataclass(frozen=True, slots=True)
class FigureRef:
    """A figure in a sentence or a cell. format: a name of wording.FORMATS, "" for the default one. keep: print a refused 余/多.
    unit: another word than the figure's own (4项 for 4次). text: the wording fixed by `prepare`; it wins."""

    figure_id: str
    format: str = ""
    keep: bool = False
    unit: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class NameRef:
    """Names chosen and ordered by the county: 沈祥容、张其领等45名优秀农村青年. `count`: the figure that counts them; without one
    the names are counted. Names up to `limit` are printed; all of them without 等 when nobody is left out."""

    names: tuple[str, ...]
    limit: int = 2
    unit: str = "名"
    noun: str = ""
    count: FigureRef | None = None


CLAIM, PROOF, STALE, HAND = "claim", "proof", "stale", "hand"  # kinds of gaps; '' a figure or a list that is missing


@dataclass(frozen=True, slots=True)
class Gap:
    """Something missing: yellow in a draft, listed as 待核实. final: what a paper published before 0.2 prints in its place.

    kind: '' missing · claim (does not hold) · proof (a superlative without one) · stale (an edited sentence that the records have
    left behind) · hand (a claim typed by hand). place: where it stands, in words; block: the section that mends it.
    """

    number: int
    text: str
    advice: str = ""
    final: str = BLANK
    kind: str = field(default="", metadata={"omit": True})
    place: str = field(default="", metadata={"omit": True})
    block: str = field(default="", metadata={"omit": True})

    @property
    def is_mark(self) -> bool:
        """True if it stands behind a sentence that is printed all the same, False if it stands in the place of one."""
        return self.kind in (PROOF, HAND) or self.text.endswith("缺依据")


@dataclass(frozen=True, slots=True)
class ClaimNote:
    """A wording that holds under a condition only. text: the words as they stand in the sentence (双下降); condition: in words,
    with the compared figures; holds: None is not known."""

    text: str
    condition: str
    holds: bool | None = None


Part = Text | FigureRef | NameRef | Gap


@dataclass(frozen=True, slots=True)
class Sentence:
    parts: tuple[Part, ...]
    claim: ClaimNote | None = None


@dataclass(frozen=True, slots=True)
class Paragraph:
    sentences: tuple[Sentence | Gap, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Cells are text or figures. units: one per column ("" for none), printed in the header, so cells carry none."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str | FigureRef, ...], ...]
    units: tuple[str, ...] = ()
    total_row: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one line or one set of bars, one per category; None leaves a hole."""

    name: str
    values: tuple[Decimal | None, ...] = field(metadata={"read": _decimals})


@dataclass(frozen=True, slots=True)
class Chart:
    """kind: bar | line. unit: printed at the axis."""

    title: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    kind: str = "bar"
    unit: str = ""


Block = Paragraph | Table | Chart


@dataclass(frozen=True, slots=True)
class Section:
    """level 1 to 3 prints the title as it stands (一、… （一）… 1.…); no title, no heading."""

    key: str
    title: str
    level: int
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report. title: its lines. annex: figure ids in the order of the annex table. state: draft | final.
    printed_at: aware. dated_on: the date under the signature."""

    title: tuple[str, ...]
    county: str
    period_title: str
    sections: tuple[Section, ...]
    figures: dict[str, Figure]
    gaps: tuple[Gap, ...] = ()
    claims: tuple[ClaimNote, ...] = ()
    annex: tuple[str, ...] = ()
    state: str = "draft"
    printed_at: datetime | None = field(default=None, metadata={"read": _moment})
    revision: int | None = None
    signature: str = ""
    dated_on: date | None = field(default=None, metadata={"read": _date})

    @property
    def is_draft(self) -> bool:
        """True until the document is final."""
        return self.state != "final"


TYPES: dict[str, type] = {
    kind.__name__: kind for kind in (Figure, Text, FigureRef, NameRef, Gap, ClaimNote, Sentence, Paragraph, Table, Series, Chart, Section, Document)
}


def figure_id(county_code: str, period_code: str, organization_code: str, key: str, revision: int | None = None) -> str:
    """The id of a figure, fit for a Word tag (64): 16 base32 characters, lower case, then "-r<revision>" if given."""
    names = "|".join((county_code, period_code, organization_code, key))
    short = base64.b32encode(hashlib.sha256(names.encode()).digest()[:10]).decode().lower()
    return short if revision is None else f"{short}-r{revision}"


def figure_digest(figure: Figure) -> str:
    """SHA-256 (64 hex digits) over everything the figure says except its own digest."""
    return hashlib.sha256(_dump(dataclasses.replace(figure, digest="")).encode()).hexdigest()


def to_json(document: Document) -> str:
    """Canonical JSON: sorted keys, no spaces, decimals as text. Equal documents give equal bytes."""
    return _dump({"schema": SCHEMA, "document": document})


def from_json(text: str) -> Document:
    """The document stored by to_json, equal to it. Raises ValueError for anything else or for a newer schema."""
    stored = json.loads(text)
    if not isinstance(stored, dict) or stored.get("schema") != SCHEMA:
        raise ValueError(f"not a document of schema {SCHEMA}")
    document: Document = _read(stored["document"])
    return document


def _dump(value: Any) -> str:
    return json.dumps(_plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        # a field that came later is not written while it says nothing: documents stored before keep their bytes
        said = (i for i in dataclasses.fields(value) if not (i.metadata.get("omit") and getattr(value, i.name) == i.default))
        return {"type": type(value).__name__, **{item.name: _plain(getattr(value, item.name)) for item in said}}
    if isinstance(value, Decimal):
        # 28.30 equals 28.3, so both must give the same bytes
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (tuple, list)) else value


def _read(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_read(item) for item in value)
    if not isinstance(value, dict):
        return value
    if "type" not in value:
        return {key: _read(item) for key, item in value.items()}
    kind = TYPES[value["type"]]
    fields = {}
    for item in dataclasses.fields(kind):
        if item.name in value:
            read = _read(value[item.name])
            fields[item.name] = item.metadata["read"](read) if "read" in item.metadata else read
    return kind(**fields)


def is_partial(figure: Figure | None) -> bool:
    """True if fewer units gave the figure than owe it."""
    return figure is not None and figure.n_of_m is not None and figure.n_of_m[0] < figure.n_of_m[1]


def coverage_text(figure: Figure) -> str:
    """（26个单位中1个有数）."""
    n, m = figure.n_of_m or (0, 0)
    return f"（{m}个单位中{n}个有数）"


def walk(document: Document) -> Iterator[FigureRef | Gap | ClaimNote]:
    """Every figure reference, gap and claim, in reading order."""
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Paragraph):
                for sentence in block.sentences:
                    yield from _walk_sentence(sentence)
            elif isinstance(block, Table):
                yield from (cell for row in block.rows for cell in row if isinstance(cell, FigureRef))


def _walk_sentence(sentence: Sentence | Gap) -> Iterator[FigureRef | Gap | ClaimNote]:
    if isinstance(sentence, Gap):
        yield sentence
        return
    for part in sentence.parts:
        if isinstance(part, NameRef) and part.count is not None:
            yield part.count
        elif isinstance(part, (FigureRef, Gap)):
            yield part
    if sentence.claim is not None:
        yield sentence.claim


def figure_text(document: Document, ref: FigureRef) -> str:
    """The printed wording of a reference. A fixed one wins; a refused 余/多 that nobody kept falls back to the plain number;
    a figure the document does not hold is "—"."""
    if ref.text is not None:
        return ref.text
    figure = document.figures.get(ref.figure_id)
    if figure is None:
        return BLANK
    unit = figure.unit if ref.unit is None else ref.unit
    try:
        return format_figure(figure.value, unit, ref.format or default_format(figure.kind, figure.unit, figure.value), keep=ref.keep)
    except WordingError as refused:
        return refused.instead


def prepare(document: Document) -> Document:
    """The document ready to print and to store: gaps numbered from 1 in reading order, wordings fixed, the lists of gaps, claims and
    annex collected (an annex given is kept). Gaps that stand in no sentence keep their place at the end of the list."""
    inline = [item for item in walk(document) if isinstance(item, Gap)]
    loose = [gap for gap in document.gaps if gap not in inline]
    numbers = iter(range(1, len(inline) + 1))
    sections = tuple(_prepared(document, section, numbers) for section in document.sections)
    document = dataclasses.replace(document, sections=sections)
    found = list(walk(document))
    gaps = [item for item in found if isinstance(item, Gap)]
    gaps += [dataclasses.replace(gap, number=len(gaps) + n) for n, gap in enumerate(loose, 1)]
    claims = dict.fromkeys((*document.claims, *(item for item in found if isinstance(item, ClaimNote))))
    return dataclasses.replace(document, gaps=tuple(gaps), claims=tuple(claims), annex=document.annex or annex_order(document))


def annex_order(document: Document) -> tuple[str, ...]:
    """Ids of all figures: those of the annex as given, else in order of first mention, unmentioned ones last by key."""
    if document.annex:
        return document.annex
    mentioned = dict.fromkeys(item.figure_id for item in walk(document) if isinstance(item, FigureRef))
    rest = sorted((figure.key, identity) for identity, figure in document.figures.items() if identity not in mentioned)
    return tuple(identity for identity in mentioned if identity in document.figures) + tuple(identity for _, identity in rest)


def bare(cell: str | FigureRef) -> str | FigureRef:
    """A cell's reference without a format of its own prints the number alone: the unit stands in the header."""
    if isinstance(cell, FigureRef) and not cell.format and cell.text is None:
        return dataclasses.replace(cell, format="number")
    return cell


def _prepared(document: Document, section: Section, numbers: Iterator[int]) -> Section:
    def fix(item: Any) -> Any:
        if isinstance(item, Gap):
            return dataclasses.replace(item, number=next(numbers))
        if isinstance(item, FigureRef):
            return dataclasses.replace(item, text=figure_text(document, item))
        if isinstance(item, NameRef):
            return dataclasses.replace(item, count=fix(item.count)) if item.count else item
        if isinstance(item, Sentence):
            return dataclasses.replace(item, parts=tuple(fix(part) for part in item.parts))
        if isinstance(item, Paragraph):
            return Paragraph(tuple(fix(sentence) for sentence in item.sentences))
        if isinstance(item, Table):
            return dataclasses.replace(item, rows=tuple(tuple(fix(bare(cell)) for cell in row) for row in item.rows))
        return item

    return dataclasses.replace(section, blocks=tuple(fix(block) for block in section.blocks))
