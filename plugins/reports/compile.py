"""Compiling the report of a period: the sections of the enabled modules become one document model.

A module's section composes with a `ReportBuilder`; it never sees a renderer. A section that raises leaves a plain gap in its
place. What the county rewrote (`Edit`) is checked against the module's own section, which is composed beside it each time.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from youthpilot.core.contracts import Contract, WrongValue, exactly
from youthpilot.core.kernel.calendar import CalendarPeriod
from youthpilot.core.kernel.numbers import chinese_number

from .builder import ReportBuilder, ReportFrame
from .document import Chart, Document, Figure, FigureRef, Gap, Paragraph, Section, Sentence, Table, Text, figure_id, prepare, walk
from .edited import template_text, write_edited
from .hookspecs import ReportSection
from .judging import all_claims, judged
from .settling import closed, settle
from .wording import list_word

CHAPTERS = {
    "thought": "聚焦主责主业，思想政治引领实现新提升。",
    "service": "紧盯青年需求，服务青年发展实现新突破。",
    "base": "立足组织凝聚，基层基础建设实现新成效。",
}


@dataclass(frozen=True)
class Edit:
    """What the county wrote instead of a section. made_from: the module's text when it was saved, '' if not known (0.1.0)."""

    text: str
    made_from: str = ""


@dataclass
class Composed:
    """One section after composing. builder: what the paper says; own: what the module itself says; edit: the county's text, if any."""

    section: ReportSection
    owner: str
    builder: ReportBuilder
    own: ReportBuilder
    edit: Edit | None = None
    failed: bool = False

    @property
    def text(self) -> str:
        """What an editor starts from: the county's own text, else the module's with placeholders."""
        return self.edit.text if self.edit is not None else self.own_text

    @property
    def own_text(self) -> str:
        """What the module says now, with placeholders."""
        return template_text(self.own)


def compose_all(
    sections: Iterable[tuple[str, ReportSection]],
    make: Callable[[], ReportBuilder],
    edits: Mapping[str, Edit],
    isolated: Callable[..., Any],
) -> list[Composed]:
    """Every section's sentences, in order of chapter and place; what the county wrote wins over what the module says.

    An edited section is composed by its module too: its claims, changes and names are what the county's sentences are checked against.
    """
    out = []
    for owner, section in sorted(sections, key=lambda s: (s[1].order, s[1].key)):
        own = make()
        done = isolated(owner, COMPOSE, partial(_composed, section), own, detail=section.key)
        if done is not None:
            own.sentences, own.blocks, own.used = done
        else:
            own = make()
            own.gap(f"“{section.title}”一节没有生成", "该模块出错，已记录，请联系平台管理员")
        builder, edit = own, edits.get(section.key)
        if edit is not None:
            builder = make()
            write_edited(builder, own, edit.text, edit.made_from)
            builder.blocks = own.blocks
        out.append(Composed(section, owner, builder, own, edit, done is None))
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


def compile_report(frame: ReportFrame, composed: list[Composed], proofs: Mapping[str, str], fulfilment: Table | None = None) -> Document:
    """The document: greeting, chapters with 一是…二是…, plan. Empty chapters are left out, so numbering never gaps.

    Of a closed period what is open is left out of the text and listed (see settling).
    """
    sections = [Section("greeting", "", 1, (Paragraph((Sentence((Text(greeting(frame.calendar)),)),)),))]
    said = _said(composed, proofs)
    chapters = [(key, title, [c for c in composed if c.section.chapter == key and said[c.section.key]]) for key, title in CHAPTERS.items()]
    plan = [c for c in composed if c.section.chapter == "plan" and said[c.section.key]]
    sections.append(Section("work", f"一、{frame.calendar.name}工作情况", 1, (fulfilment,) if fulfilment else ()))
    for number, (key, title, items) in enumerate((c for c in chapters if c[2]), 1):
        lead = f"（{chinese_number(number)}）"
        sections.append(Section(key, lead + title, 2, tuple(_chapter_blocks(items, said, lead))))
    if plan:
        sections.append(Section("plan", f"二、{frame.calendar.next.plan_name}工作计划", 1, ()))
        for number, item in enumerate(plan, 1):
            title = f"（{chinese_number(number)}）{item.section.title}"
            sentences = _placed(closed(said[item.section.key]), f"工作计划{title}", item.section.key)
            sections.append(Section(item.section.key, f"{title}。", 2, (Paragraph(tuple(sentences)), *item.builder.blocks)))
    figures: dict[str, Figure] = {}
    for item in composed:
        figures |= item.builder.used
    heading = (frame.committee_name, frame.calendar.report_title)
    document = prepare(
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
    return document if document.is_draft else settle(document)


def greeting(span: CalendarPeriod) -> str:
    """The first sentence: 今年以来 in the report of a half-year or a year; of a month or a quarter it names the period itself."""
    since = span.name if span.kind in ("month", "quarter") else "今年以来"
    return f"{since}，团县委按照县委、县政府和上级团委工作要求，围绕中心、服务大局，积极开展各项工作。现将工作情况报告如下。"


def _said(composed: list[Composed], proofs: Mapping[str, str]) -> dict[str, list[Sentence | Gap]]:
    """Section key → its sentences, judged against the claims of the whole report."""
    claims = all_claims(item.own for item in composed)
    return {item.section.key: judged(item.builder, claims, proofs.get(item.section.key, "")) for item in composed}


def _chapter_blocks(items: list[Composed], said: Mapping[str, list[Sentence | Gap]], chapter: str) -> Iterable[Any]:
    """One paragraph of 一是…二是…; sections of the same title share one item, in their order."""
    titles = list(dict.fromkeys(item.section.title for item in items))
    sentences: list[Sentence | Gap] = []
    tables: list[Any] = []
    for number, title in enumerate(titles, 1):
        lead = f"{list_word(number)}{title}" if len(titles) > 1 else title
        sentences.append(Sentence((Text(f"{lead}。", bold=True),)))
        together: list[Sentence | Gap] = []
        for item in (i for i in items if i.section.title == title):
            together += _placed(said[item.section.key], chapter + lead, item.section.key)
            tables += item.builder.blocks
        sentences += closed(together)
    yield Paragraph(tuple(sentences))
    yield from tables


def _placed(sentences: Iterable[Sentence | Gap], place: str, block: str) -> list[Sentence | Gap]:
    """The sentences, each gap of them with the place where it stands and the section that mends it."""

    def put(part: Any) -> Any:
        return replace(part, place=place, block=block) if isinstance(part, Gap) else part

    return [put(s) if isinstance(s, Gap) else replace(s, parts=tuple(put(part) for part in s.parts)) for s in sentences]


def make_figure(frame: ReportFrame, key: str, organization_code: str, **values: Any) -> Figure:
    """A document figure with its id; the revision is part of the id once locked."""
    identity = figure_id(frame.county_code, frame.period_code, organization_code, key, frame.revision if frame.state != "open" else None)
    return Figure(identity, key, **values)
