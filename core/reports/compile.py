"""Compiling the half-year report: the sections of the enabled modules become one document model.

A module's section composes with a `ReportBuilder`; it never sees a renderer. A section that raises leaves a plain gap in its
place. What the county rewrote (`ReportText`) replaces a section's sentences; its placeholders name an indicator and a format.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from ..contracts import Contract, WrongValue, checked, exactly
from ..errors import RuleError
from ..hookspecs import ReportSection
from ..i18n import _
from . import wording
from .document import (
    Chart,
    ClaimNote,
    Document,
    Figure,
    FigureRef,
    Gap,
    NameRef,
    Paragraph,
    Part,
    Section,
    Sentence,
    Table,
    Text,
    figure_id,
    prepare,
    walk,
)

CHAPTERS = {
    "thought": "聚焦主责主业，思想政治引领实现新提升。",
    "service": "紧盯青年需求，服务青年发展实现新突破。",
    "base": "立足组织凝聚，基层基础建设实现新成效。",
}
SUPERLATIVES = re.compile("率先|首个|首创|第一个|全省第一|全国第一|领先|唯一")
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_.]*)(?:\|([a-z_]+))?\}")


@dataclass(frozen=True)
class ReportFigures:
    """What the compiler needs of the figures: the county's own at this period and at its two bases."""

    current: dict[str, Figure]  # key → figure of the county's root
    last_year: dict[str, Decimal | None] = field(default_factory=dict)
    previous: dict[str, Decimal | None] = field(default_factory=dict)
    missing: dict[str, tuple[str, ...]] = field(default_factory=dict)  # key → names of units that owe it and gave none


@dataclass(frozen=True)
class ReportFrame:
    """Names and dates around the report."""

    county_code: str
    county_name: str
    committee_name: str
    period_code: str
    period_title: str
    next_title: str  # 2023年下半年
    root_code: str
    state: str  # open | locked | published
    revision: int
    dated_on: date
    printed_at: datetime


class ReportBuilder:
    """What a section composes with. Sentences are kept in order; a blank figure becomes a gap by itself."""

    def __init__(self, frame: ReportFrame, figures: ReportFigures, proofs: dict[str, str] | None = None) -> None:
        self.frame, self.figures = frame, figures
        self.sentences: list[Sentence | Gap] = []
        self.blocks: list[Table | Chart] = []
        self.used: dict[str, Figure] = {}
        self.proofs = proofs or {}

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
        """The value of the same half last year, or of the period before (`which` = "previous"); None without a base."""
        return (self.figures.last_year if which == "last_year" else self.figures.previous).get(key)

    def change(self, key: str, base: str = "last_year") -> str | None:
        """比去年同期增长8.1%; None if there is no base."""
        found = self.figures.current.get(key)
        if found is None or found.value is None or isinstance(found.value, bool):
            return None
        name = "去年同期" if base == "last_year" else "上一期"
        return wording.change_words(found.value, self.base(key, base), found.kind, found.unit, base=name)

    def figure(self, key: str, format: str = "", unit: str | None = None) -> Part:  # noqa: A002 - the word of the field
        """The figure as a part of a sentence; a gap that names who has not reported if it is blank."""
        found = self.figures.current.get(key)
        if found is None or found.value is None:
            title = found.title if found else key
            return self._gap_part(f"{title}未填" if found else f"没有指标{title}", self._who(key))
        self.used[found.id] = found
        return FigureRef(found.id, format or DEFAULTS.get(key, ""), unit=unit)

    def names(self, names: Iterable[str], limit: int = 2, unit: str = "名", noun: str = "", count_key: str = "") -> Part:
        """沈祥容、张其领等45名优秀农村青年; counted by the figure `count_key` if given."""
        names = tuple(names)
        count = self.figure(count_key) if count_key else None
        if not names and count is None:
            return self._gap_part("缺名单", "请在记录里选定")
        return NameRef(names, limit, unit, noun, count if isinstance(count, FigureRef) else None)

    def sentence(self, *parts: Part | str | None, when: bool = True, claim: ClaimNote | None = None) -> None:
        """Add a sentence; nothing if `when` is false. Strings are words; None is left out."""
        if when:
            made = tuple(Text(p) if isinstance(p, str) else p for p in parts if p is not None and p != "")
            self.sentences.append(checked(Sentence(made, claim)))

    def claim(self, key: str, text: str, condition: str) -> ClaimNote | None:
        """The claim if it is known; sentences print it only if `holds`."""
        holds = self.value(key)
        return ClaimNote(text, condition, holds if isinstance(holds, bool) else None)

    def gap(self, text: str, advice: str = "") -> None:
        """Something that must be settled before the final version."""
        self.sentences.append(Gap(0, text, advice))

    def table(self, title: str, header: Iterable[str], rows: Iterable[Iterable[Any]], units: Iterable[str] = (), total_row: bool = False) -> None:
        """A table below the paragraph."""
        self.blocks.append(Table(title, tuple(header), tuple(tuple(r) for r in rows), tuple(units), total_row))

    def chart(self, chart: Chart) -> None:
        """A chart below the paragraph."""
        self.blocks.append(chart)

    def written(self, text: str) -> None:
        """Sentences that the county wrote itself, with {key|format} placeholders."""
        self.sentences.append(Sentence(tuple(self._written_parts(text))))

    def _written_parts(self, text: str) -> Iterable[Part]:
        at = 0
        for match in PLACEHOLDER.finditer(text):
            if match.start() > at:
                yield Text(text[at : match.start()])
            yield self.figure(match[1], match[2] or "")
            at = match.end()
        if at < len(text):
            yield Text(text[at:])

    def _gap_part(self, text: str, advice: str) -> Part:
        return Gap(0, text, advice)

    def _who(self, key: str) -> str:
        missing = self.figures.missing.get(key, ())
        if not missing:
            return "请在填报或记录里补上"
        shown = "、".join(missing[:3])
        return f"{shown}{'等' if len(missing) > 3 else ''}{len(missing)}个单位未填" if len(missing) > 3 else f"{shown}未填"


DEFAULTS: dict[str, str] = {}  # key → wording format declared by the indicator; filled by compile_report


def check_written(text: str, keys: Iterable[str]) -> None:
    """Refuse an edited text whose placeholders are unknown. Raises RuleError that names the placeholder."""
    known = set(keys)
    for match in PLACEHOLDER.finditer(text):
        if match[1] not in known:
            raise RuleError(_("There is no figure %(key)s: take one from the list beside the text", key=match[0]), "text")
        if match[2] and match[2] not in wording.FORMATS:
            raise RuleError(_("There is no way of writing %(name)s: take one from the list", name=match[2]), "text")
    rest = PLACEHOLDER.sub("", text)
    if "{" in rest or "}" in rest:
        raise RuleError(_("A brace does not belong to a figure: write {key} or {key|format}"), "text")


@dataclass
class Composed:
    """One section after composing: its title and what it said; `template` is the text an editor starts from."""

    section: ReportSection
    owner: str
    builder: ReportBuilder
    failed: bool = False


def compose_all(
    sections: Iterable[tuple[str, ReportSection]],
    make: Callable[[], ReportBuilder],
    written: dict[str, str],
    isolated: Callable[..., Any],
) -> list[Composed]:
    """Every section's sentences, in order of chapter and place; what the county wrote wins over what the module says."""
    out = []
    for owner, section in sorted(sections, key=lambda s: (s[1].order, s[1].key)):
        builder = make()
        failed = False
        if written.get(section.key):
            builder.written(written[section.key])
        else:
            made = isolated(owner, COMPOSE, partial(_composed, section), make(), detail=section.key)
            if made is not None:
                builder.sentences, builder.blocks, builder.used = made
            else:
                failed = True
                builder.gap(f"“{section.title}”一节没有生成", "该模块出错，已记录，请联系平台管理员")
        out.append(Composed(section, owner, builder, failed))
    return out


COMPOSE = Contract("section", "isolate", exactly(tuple[list[Sentence | Gap], list[Table | Chart], dict[str, Figure]]))


def _composed(section: ReportSection, builder: ReportBuilder) -> tuple[Any, Any, Any]:
    """What the section left with the builder, if all of it can be printed. Raises WrongValue, or what the section raises."""
    section.compose(builder)
    made = COMPOSE.returns.take((builder.sentences, builder.blocks, builder.used))
    sentences, blocks, used = made
    for block in blocks:
        _fits(block)
    trial = Section("trial", "", 1, (Paragraph(tuple(sentences)), *blocks))
    document = prepare(Document((), "", "", (trial,), used))
    unknown = {ref.figure_id for ref in walk(document) if isinstance(ref, FigureRef)} - set(used)
    if unknown or set(used) - {figure.id for figure in builder.figures.current.values()}:
        raise WrongValue("the section refers to a figure that report.figure() did not give")
    return sentences, blocks, used


def _fits(block: Table | Chart) -> None:
    """Every row under its headings, every value over its category. Raises WrongValue."""
    if isinstance(block, Table):
        if any(len(row) != len(block.header) for row in block.rows) or len(block.units) not in (0, len(block.header)):
            raise WrongValue(f"the table “{block.title}”: every row and the units need one cell for each of {len(block.header)} headings")
    elif block.kind not in ("bar", "line") or any(len(line.values) != len(block.categories) for line in block.series):
        raise WrongValue(f"the chart “{block.title}”: bar or line, each series one value for each of {len(block.categories)} categories")


def compile_report(frame: ReportFrame, composed: list[Composed], proofs: dict[str, str], fulfilment: Table | None = None) -> Document:
    """The document: greeting, chapters with 一是…二是…, plan. Empty chapters are left out, so numbering never gaps."""
    sections = [Section("greeting", "", 1, (Paragraph((Sentence((Text(GREETING),)),)),))]
    half = "上半年" if frame.period_code.endswith("H1") else "下半年"
    chapters = [(key, title, [c for c in composed if c.section.chapter == key and c.builder.sentences]) for key, title in CHAPTERS.items()]
    chapters = [c for c in chapters if c[2]]
    plan = [c for c in composed if c.section.chapter == "plan" and c.builder.sentences]
    sections.append(Section("work", f"一、{half}工作情况", 1, (fulfilment,) if fulfilment else ()))
    for number, (key, title, items) in enumerate(chapters, 1):
        sections.append(Section(key, f"（{wording.chinese_number(number)}）{title}", 2, tuple(_chapter_blocks(items, proofs))))
    if plan:
        next_half = frame.next_title[-3:]
        sections.append(Section("plan", f"二、{next_half}工作计划", 1, ()))
        for number, item in enumerate(plan, 1):
            blocks = (Paragraph(tuple(_proved(item, proofs))), *item.builder.blocks)
            sections.append(Section(item.section.key, f"（{wording.chinese_number(number)}）{item.section.title}。", 2, blocks))
    figures: dict[str, Figure] = {}
    for item in composed:
        figures |= item.builder.used
    heading = (frame.committee_name, f"{frame.period_title}工作总结")
    return prepare(
        Document(
            heading,
            frame.county_name,
            frame.period_title,
            tuple(sections),
            figures,
            state="draft" if frame.state == "open" else "final",
            printed_at=frame.printed_at,
            revision=frame.revision or None,
            signature=frame.committee_name,
            dated_on=frame.dated_on,
        )
    )


GREETING = "今年以来，团县委按照县委、县政府和上级团委工作要求，围绕中心、服务大局，积极开展各项工作。现将工作情况报告如下。"


def _chapter_blocks(items: list[Composed], proofs: dict[str, str]) -> Iterable[Any]:
    """One paragraph of 一是…二是…; sections of the same title share one item, in their order."""
    titles = list(dict.fromkeys(item.section.title for item in items))
    sentences: list[Sentence | Gap] = []
    tables: list[Any] = []
    for number, title in enumerate(titles, 1):
        lead = f"{wording.list_word(number)}{title}。" if len(titles) > 1 else f"{title}。"
        sentences.append(Sentence((Text(lead, bold=True),)))
        for item in (i for i in items if i.section.title == title):
            sentences += _proved(item, proofs)
            tables += item.builder.blocks
    yield Paragraph(tuple(sentences))
    yield from tables


def _proved(item: Composed, proofs: dict[str, str]) -> list[Sentence | Gap]:
    """A superlative without a proof is marked right behind its sentence."""
    out: list[Sentence | Gap] = []
    for sentence in item.builder.sentences:
        out.append(sentence)
        words = "".join(p.text for p in sentence.parts if isinstance(p, Text)) if isinstance(sentence, Sentence) else ""
        found = SUPERLATIVES.search(words)
        if found and not proofs.get(item.section.key):
            out.append(Gap(0, f"“{found[0]}”缺依据", "附上通报或报道，或改用别的说法", final=""))
    return out


def template_text(builder: ReportBuilder) -> str:
    """What a section said, as text with placeholders: what an editor starts from."""
    by_id = {f.id: key for key, f in builder.figures.current.items()}
    out = []
    for sentence in builder.sentences:
        for part in sentence.parts if isinstance(sentence, Sentence) else ():
            if isinstance(part, Text):
                out.append(part.text)
            elif isinstance(part, FigureRef):
                out.append("{" + by_id[part.figure_id] + (f"|{part.format}" if part.format else "") + "}")
            elif isinstance(part, NameRef):
                out.append("、".join(part.names[: part.limit]) + (f"等{len(part.names)}{part.unit}{part.noun}" if part.names else ""))
            elif isinstance(part, Gap):
                out.append("（待核实）")
    return "".join(out)


def make_figure(frame: ReportFrame, key: str, organization_code: str, **values: Any) -> Figure:
    """A document figure with its id; the revision is part of the id once locked."""
    identity = figure_id(frame.county_code, frame.period_code, organization_code, key, frame.revision if frame.state != "open" else None)
    return Figure(identity, key, **values)
