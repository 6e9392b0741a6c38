"""What a sentence asserts, against what is known: claims that do not hold, changes that are no longer so, superlatives without proof.

A false assertion takes the place of its sentence as a gap; an assertion that nobody can check is marked right behind it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from .builder import ReportBuilder, claim_gone
from .document import CLAIM, HAND, PROOF, STALE, ClaimNote, FigureRef, Gap, Sentence, Text
from .edited import ADVICE

SUPERLATIVES = re.compile(
    "率先|首[个家例创]|第一[个家]|全[国省市区县][^，。；：]{0,4}第一(?!书记)|(?:位居|排名|名列|位列)[^，。；：]{0,6}第一|领先|唯一"
)
CLAIM_WORDS = re.compile("双双下降|双下降|双提升|双增长|全覆盖|全达标|全部达标|全部完成")
CHANGE_WORDS = re.compile(
    r"(?:同比|环比|[比较][^，。；：]{0,12}?)(?:增长|增加|提高|提升|上升|下降|减少|降低)了?\d[\d.,]*(?:%|％|个百分点|[^\d，。；：]{0,2})"
    r"|与[^，。；：]{1,8}(?:基本)?持平"
)
UP = ("增长", "增加", "提高", "提升", "上升")
MOVED = re.compile(r"(增长|增加|提高|提升|上升|下降|减少|降低)了?(\d+(?:\.\d+)?)")
TYPED_LIST = re.compile(r"[^，。；：]*、[^，。；：]*等\d+[余多]?[名人位家个所]")


def judged(builder: ReportBuilder, claims: Mapping[str, ClaimNote], proof: str) -> list[Sentence | Gap]:
    """The sentences of a section as they may be printed. claims: those of the whole report; proof: what the county named for the section."""
    out: list[Sentence | Gap] = []
    for sentence in builder.sentences:
        if isinstance(sentence, Gap):
            out.append(sentence)
            continue
        judge = _Judge(builder, sentence, claims, any(sentence is own for own in builder.by_county))
        out += judge.said(proof)
    return out


class _Judge:
    """One sentence and what it asserts."""

    def __init__(self, builder: ReportBuilder, sentence: Sentence, claims: Mapping[str, ClaimNote], by_county: bool):
        self.builder, self.sentence, self.claims, self.by_county = builder, sentence, claims, by_county
        self.words = "".join(part.text for part in sentence.parts if isinstance(part, Text))

    def said(self, proof: str) -> Iterator[Sentence | Gap]:
        """The sentence and the marks behind it, or the gap in its place."""
        note = self.claim()
        if note is not None and note.holds is not True:
            yield Gap(0, *claim_gone(note), kind=CLAIM)
            return
        changed = self.changed() if self.by_county else None
        if changed:
            yield Gap(0, *changed, kind=STALE)
            return
        yield replace(self.sentence, claim=note) if note is not None else self.sentence
        if not proof:
            yield from self.marks(note)

    def claim(self) -> ClaimNote | None:
        """The claim whose words the sentence prints: its own, one of its section, one of the report that it repeats in full; a false one first."""
        found = [n for n in (self.sentence.claim,) if n is not None and n.text in self.words]
        if self.by_county:
            short = [word.replace("双双", "双") for word in CLAIM_WORDS.findall(self.words)]
            found += [n for n in self.builder.claims.values() if n.text in self.words or any(word in n.text for word in short)]
            found += [n for n in self.claims.values() if n.text in self.words]
        return next((n for n in found if n.holds is not True), found[0] if found else None)

    def changed(self) -> tuple[str, str] | None:
        """(what is wrong, what to do) if it states a change otherwise than the figures beside it give it now."""
        now = list(self.true_changes())
        for typed in CHANGE_WORDS.finditer(self.words):
            if now and not any(movement(words) == movement(typed[0]) for words in now):
                return f"“{typed[0]}”与现在的数不符，现在是“{now[0]}”", ADVICE
        return None

    def true_changes(self) -> Iterator[str]:
        """How the figures of the sentence, and those whose change the section told, have moved."""
        by_id = {figure.id: key for key, figure in self.builder.figures.current.items()}
        keys = [by_id[part.figure_id] for part in self.sentence.parts if isinstance(part, FigureRef) and part.figure_id in by_id]
        asked = [(key, base) for key in keys for base in ("last_year", "previous")] + [(key, base) for key, base, _words in self.builder.changes]
        for key, base in dict.fromkeys(asked):
            words = self.builder.change_words(key, base)
            if words:
                yield words

    def marks(self, note: ClaimNote | None) -> Iterator[Gap]:
        """A superlative without a proof; what the county typed and nothing backs."""
        found = SUPERLATIVES.search(self.words)
        if found:
            yield Gap(0, f"“{found[0]}”缺依据", "附上通报或报道，或改用别的说法", final="", kind=PROOF)
        for typed in self.unbacked(note) if self.by_county else ():
            yield Gap(0, f"“{typed}”是手写的，依据？", "改用花括号里的数，或在这一节附上依据", final="", kind=HAND)

    def unbacked(self, note: ClaimNote | None) -> Iterable[str]:
        """Claims, changes and counted lists of names that stand there as plain words."""
        known = "" if note is None else note.text
        yield from (word for word in CLAIM_WORDS.findall(self.words) if word.replace("双双", "双") not in known)
        true = [movement(words) for words in self.true_changes()]
        yield from (typed for typed in CHANGE_WORDS.findall(self.words) if movement(typed) not in true)
        yield from TYPED_LIST.findall(self.words)


def movement(text: str) -> tuple[str, str]:
    """(up, down or level; the number) of a stated change: 同比增长8.1% and 比去年同期增长了8.1% say the same."""
    found = MOVED.search(text)
    if found is None:
        return "level", ""
    return "up" if found[1] in UP else "down", found[2]


def all_claims(builders: Iterable[ReportBuilder]) -> dict[str, ClaimNote]:
    """Key → claim over all sections of a report."""
    return {key: note for builder in builders for key, note in builder.claims.items()}
