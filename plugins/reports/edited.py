"""A section that the county edited: its sentences checked, one by one, against what the module says now.

Placeholders keep figures, changes, names and claims alive. What was typed as plain words is compared: words that the section says
now are made live again; words that it said when it was edited and no longer says are stale, and their sentence becomes a gap.
"""

import re
from collections import Counter
from typing import TypeVar

from youthpilot.plugins.figures.formats import WordingError, default_format, format_figure

from .builder import ReportBuilder
from .document import STALE, FigureRef, Gap, NameRef, Sentence, Text
from .placeholders import CHANGE, CHANGE_PREVIOUS, NAMES, WORDS, placeholder, plain_words, sentences_in

TOKEN = re.compile(r"\{[^}]*\}|“[^”]*”|《[^》]*》|[^，。；、：“《{]+|[，。；、：“《{]")
LEAST_QUOTED, LEAST = 3, 4  # characters from which on a piece of a sentence is worth comparing
ADVICE = "按现在的记录改这句话；核对过可以照用的，重新保存这一节"

Remembered = TypeVar("Remembered", tuple[str, NameRef], tuple[Gap, str])


def template_text(builder: ReportBuilder) -> str:
    """What a section said, as text with placeholders: what an editor starts from."""
    return "".join(_template(builder))


def _template(builder: ReportBuilder) -> list[str]:
    by_id = {figure.id: key for key, figure in builder.figures.current.items()}
    changes, lists, gaps, out = list(builder.changes), list(builder.lists.items()), list(builder.gap_texts), []
    for sentence in builder.sentences:
        for part in sentence.parts if isinstance(sentence, Sentence) else (sentence,):
            if isinstance(part, Text):
                claim = sentence.claim if isinstance(sentence, Sentence) else None
                out.append(_with_changes(_with_claim(part.text, builder, claim), changes))
            elif isinstance(part, FigureRef):
                out.append(placeholder(by_id[part.figure_id], part.format))
            elif isinstance(part, NameRef):
                out += [placeholder(key, NAMES) + part.noun for key, _listed in _taken(lists, 1, part)]
            elif isinstance(part, Gap):
                out += [text for _gap, text in _taken(gaps, 0, part)]
    return out


def _taken(kept: list[Remembered], place: int, wanted: object) -> list[Remembered]:
    """The first whose value at `place` is the wanted one, taken out of the list, so that equal ones are told apart by their order; [] if none does."""
    found = [one for one in kept if one[place] == wanted][:1]
    for one in found:
        kept.remove(one)
    return found


def _with_claim(text: str, builder: ReportBuilder, claim: object) -> str:
    for key, note in builder.claims.items():
        if note == claim and note.text in text:
            return text.replace(note.text, placeholder(key, WORDS), 1)
    return text


def _with_changes(text: str, changes: list[tuple[str, str, str]]) -> str:
    """The words of each change as its placeholder; every change stands once."""
    for said in list(changes):
        key, base, words = said
        if words in text:
            text = text.replace(words, placeholder(key, CHANGE if base == "last_year" else CHANGE_PREVIOUS), 1)
            changes.remove(said)
    return text


def write_edited(builder: ReportBuilder, own: ReportBuilder, text: str, made_from: str) -> None:
    """The county's text of a section as sentences of `builder`. own: the module's section as it is composed now; made_from: what an
    editor was given when the text was saved ('' if that is not known: a text of 0.1.0)."""
    builder.claims, builder.changes = own.claims, own.changes
    gone = gone_since(made_from, template_text(own)) if made_from else []
    for sentence in sentences_in(revived(text, own)):
        words = plain_words(sentence)
        stale = next((piece for piece in gone if piece in words), "")
        if stale and own.states_all(sentence):
            builder.replace(sentence, f"记录已变，“{stale.strip('“”')}”不再出现在模块的原句里", ADVICE, STALE)
            continue
        names = stale_names(sentence, own)
        if names:
            builder.replace(sentence, *names, STALE)
            continue
        builder.write(sentence, own)


def gone_since(before: str, now: str) -> list[str]:
    """Pieces of sentences (clauses, quoted titles) that the module said before and does not say now, the longest first."""
    left = Counter(TOKEN.findall(before)) - Counter(TOKEN.findall(now))
    worth = (piece for piece in left if not piece.startswith("{") and len(piece) >= (LEAST_QUOTED if piece[0] in "“《" else LEAST))
    return sorted(worth, key=len, reverse=True)


def revived(text: str, own: ReportBuilder) -> str:
    """The text with everything that the section says now, and that stands there as plain words, made live: names, claims, changes."""
    for key, listed in own.lists.items():
        text = text.replace(names_text(own, listed), placeholder(key, NAMES) + listed.noun)
    for key, note in own.claims.items():
        text = text.replace(note.text, placeholder(key, WORDS)) if note.holds else text
    return _with_changes(text, list(own.changes))


def names_text(own: ReportBuilder, listed: NameRef) -> str:
    """沈祥容、张其领等45名优秀农村青年, as it is printed now."""
    shown = listed.names[: listed.limit]
    count = own.figures.current.get(_key_of(own, listed))
    total = count.value if count is not None and listed.count is not None else len(listed.names)
    if shown and len(shown) == len(listed.names) and total == len(shown):
        return "、".join(shown) + listed.noun
    try:
        number = (
            format_figure(total, count.unit, listed.count.format or default_format(count.kind, count.unit, total))
            if listed.count and count
            else f"{total}{listed.unit}"
        )
    except WordingError as refused:
        number = refused.instead
    return ("、".join(shown) + "等" if shown else "") + number + listed.noun


def _key_of(own: ReportBuilder, listed: NameRef) -> str:
    return next((key for key, item in own.lists.items() if item is listed), "")


def stale_names(sentence: str, own: ReportBuilder) -> tuple[str, str] | None:
    """(what is wrong, what to do) if the sentence counts names of one of the section's lists as they no longer are."""
    for listed in own.lists.values():
        # a list that is printed live has no number behind 等 any more
        if re.search(rf"等\d+[余多]?{re.escape(listed.unit)}{re.escape(listed.noun)}", sentence):
            return f"名单已变，现在是“{names_text(own, listed)}”", ADVICE
    return None
