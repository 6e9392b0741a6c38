"""The final paper of a report in which something is still open: what is open is left out and listed, the rest reads as if written so.

A sentence with a blank figure is left out whole, an item or a chapter with nothing behind it too; numbers and punctuation follow.
A figure that not all units gave says so: right behind it where fewer than half did, else in a note below the text.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from youthpilot.core.kernel.numbers import chinese_number

from .document import Document, Figure, FigureRef, Gap, NameRef, Paragraph, Part, Section, Sentence, Text, coverage_text, is_partial, prepare
from .wording import list_word

ENDS, JOINTS = "。！？", "，、；："
LEAD = re.compile(r"[一二三四五六七八九十]+是")
NUMBER = re.compile(r"（[一二三四五六七八九十]+）")
NOTE = "coverage"  # key of the section that says which figures are not of all units


def settle(document: Document) -> Document:
    """The document without what is open; its gaps stay listed with their place. Settling twice changes nothing."""
    sections = [replace(section, blocks=tuple(_blocks(section))) for section in document.sections if section.key != NOTE]
    sections = _numbered([s for s in sections if s.level != 2 or s.blocks])
    return prepare(replace(document, sections=tuple(_covered(document, sections))))


def closed(sentences: Iterable[Sentence | Gap]) -> list[Sentence | Gap]:
    """The sentences of one item, the last of them ended by a full stop; marks behind it stay behind it."""
    out = list(sentences)
    last = next((n for n in reversed(range(len(out))) if isinstance(out[n], Sentence)), None)
    if last is not None:
        out[last] = _ended(out[last], "。")  # type: ignore[arg-type]
    return out


def _blocks(section: Section) -> Iterator[Any]:
    for block in section.blocks:
        if not isinstance(block, Paragraph):
            yield block
        elif sentences := _settled(block.sentences):
            yield Paragraph(tuple(sentences))


def _settled(sentences: tuple[Sentence | Gap, ...]) -> list[Sentence | Gap]:
    """The sentences of a paragraph: its items one by one, leads of empty ones gone and the others numbered anew."""
    items: list[tuple[Sentence | None, list[Sentence | Gap]]] = [(None, [])]
    for sentence in sentences:
        if _is_lead(sentence):
            items.append((sentence, []))  # type: ignore[arg-type]
        else:
            items[-1][1].append(sentence)
    kept = [(lead, left) for lead, item in items if (left := _left(item))]
    count = sum(lead is not None for lead, _left in kept)
    out: list[Sentence | Gap] = []
    number = 0
    for lead, left in kept:
        number += lead is not None
        out += [*([_renumbered(lead, number if count > 1 else 0)] if lead is not None else []), *left]
    return out


def _is_lead(sentence: Sentence | Gap) -> bool:
    return isinstance(sentence, Sentence) and len(sentence.parts) == 1 and isinstance(sentence.parts[0], Text) and sentence.parts[0].bold


def _renumbered(lead: Sentence, number: int) -> Sentence:
    title = LEAD.sub("", lead.parts[0].text, count=1)  # type: ignore[union-attr, arg-type]
    return Sentence((Text((list_word(number) if number else "") + title, bold=True),))


def _left(item: list[Sentence | Gap]) -> list[Sentence | Gap]:
    """What is left of one item without its gaps; nothing if a figure was missing and no other figure or name is left."""
    kept: list[Sentence | Gap] = []
    cut = ""  # how what was left out since the last kept sentence ended
    missing = False
    for sentence in item:
        if isinstance(sentence, Gap):
            cut = cut if sentence.is_mark else "。"
            missing |= not sentence.kind and not sentence.is_mark
        elif any(isinstance(part, Gap) for part in sentence.parts):
            cut, missing = _end_of(sentence) or cut or "，", True
        else:
            kept, cut = _joined(kept, sentence, cut), ""
    if missing and not any(_is_live(s) for s in kept):
        return []
    return closed(_joined(kept, None, cut))


def _is_live(sentence: Sentence | Gap) -> bool:
    return isinstance(sentence, Sentence) and any(isinstance(part, (FigureRef, NameRef)) for part in sentence.parts)


def _joined(kept: list[Sentence | Gap], following: Sentence | None, cut: str) -> list[Sentence | Gap]:
    """`following` put behind what is kept, where something that ended with `cut` stood between them ('': nothing did)."""
    if kept and cut and cut in ENDS + "；":
        kept = [*kept[:-1], _ended(kept[-1], cut)]  # type: ignore[arg-type]
    if following is None:
        return kept
    if cut and (not kept or _end_of(kept[-1])):
        following = _without_joint(following)
    return [*kept, following] if following.parts else kept


def _end_of(sentence: Sentence | Gap) -> str:
    """The punctuation at its end, '' if there is none."""
    last = sentence.parts[-1] if isinstance(sentence, Sentence) and sentence.parts else None
    end = last.text[-1:] if isinstance(last, Text) else ""
    return end if end and end in ENDS + JOINTS else ""


def _ended(sentence: Sentence, end: str) -> Sentence:
    """The sentence ended by a mark; one that has ended already stays."""
    if not sentence.parts or _end_of(sentence) in tuple(ENDS):
        return sentence
    *parts, last = sentence.parts
    if isinstance(last, Text) and not last.text.endswith("”"):
        return replace(sentence, parts=(*parts, replace(last, text=last.text.rstrip(JOINTS) + end)))
    return replace(sentence, parts=(*sentence.parts, Text(end)))


def _without_joint(sentence: Sentence) -> Sentence:
    """The sentence without the mark at its beginning that joined it to what stood before."""
    first = sentence.parts[0] if sentence.parts else None
    if not isinstance(first, Text):
        return sentence
    text = first.text.lstrip(JOINTS + ENDS)
    return replace(sentence, parts=((replace(first, text=text),) if text else ()) + sentence.parts[1:])


def _numbered(sections: list[Section]) -> list[Section]:
    """Chapters and plan items numbered anew, each below its heading; a heading of the plan with nothing below it is left out."""
    out: list[Section] = []
    number = 0
    for place, section in enumerate(sections):
        if section.level == 1:
            number = 0
            if section.key == "plan" and not section.blocks and not any(s.level == 2 for s in sections[place + 1 :]):
                continue
        elif NUMBER.match(section.title):
            number += 1
            section = replace(section, title=NUMBER.sub(f"（{chinese_number(number)}）", section.title, count=1))
        out.append(section)
    return out


def partial_figures(document: Document) -> list[Figure]:
    """Figures that the text prints and that not all units gave, in reading order."""
    mentioned = dict.fromkeys(ref.figure_id for section in document.sections for ref in _refs(section))
    return [figure for identity in mentioned if is_partial(figure := document.figures.get(identity))]  # type: ignore[misc]


def _refs(section: Section) -> Iterator[FigureRef]:
    for block in section.blocks:
        for sentence in block.sentences if isinstance(block, Paragraph) else ():
            for part in sentence.parts if isinstance(sentence, Sentence) else ():
                found = part.count if isinstance(part, NameRef) else part
                if isinstance(found, FigureRef):
                    yield found


def _covered(document: Document, sections: list[Section]) -> list[Section]:
    """Coverage said: behind the first mention of a figure that fewer than half gave, the others in a note at the end."""
    said: set[str] = set()
    sections = [replace(s, blocks=tuple(_with_coverage(document, b, said) for b in s.blocks)) for s in sections]
    others = [f for f in partial_figures(replace(document, sections=tuple(sections))) if f.id not in said and not _is_small(f)]
    if not others:
        return sections
    listed = "；".join(f"{f.title}按{f.n_of_m[1]}个单位中有数的{f.n_of_m[0]}个统计" for f in others if f.n_of_m)
    return [*sections, Section(NOTE, "", 1, (Paragraph((Sentence((Text(f"注：{listed}。"),)),)),))]


def _is_small(figure: Figure | None) -> bool:
    return figure is not None and figure.n_of_m is not None and figure.n_of_m[0] * 2 < figure.n_of_m[1]


def _with_coverage(document: Document, block: Any, said: set[str]) -> Any:
    if not isinstance(block, Paragraph):
        return block

    def parts(sentence: Sentence) -> Iterator[Part]:
        for place, part in enumerate(sentence.parts):
            yield part
            ref = part.count if isinstance(part, NameRef) else part
            figure = document.figures.get(ref.figure_id) if isinstance(ref, FigureRef) else None
            following = sentence.parts[place + 1] if place + 1 < len(sentence.parts) else None
            if figure is not None and _is_small(figure) and figure.id not in said:
                said.add(figure.id)
                if not (isinstance(following, Text) and following.text.startswith(coverage_text(figure))):
                    yield Text(coverage_text(figure))

    return Paragraph(tuple(replace(s, parts=tuple(parts(s))) if isinstance(s, Sentence) else s for s in block.sentences))
