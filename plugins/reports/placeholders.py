"""The placeholders of a text that the county writes: {key} or {key|format}, a name and a format from closed lists, never an expression.

Besides the number formats there are four that keep other things alive: the words of a claim, a change, a list of names.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from youthpilot.core.kernel.errors import RuleError
from youthpilot.plugins.figures import formats

from .words import _

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_.]*)(?:\|([a-z_]+))?\}")
WORDS, CHANGE, CHANGE_PREVIOUS, NAMES = "words", "change", "change_previous", "names"
# format → sample for the list beside the editor
LIVE = {
    WORDS: "双下降（只在成立时印）",
    CHANGE: "比去年同期增长8.1%",
    CHANGE_PREVIOUS: "比上一期增长8.1%",
    NAMES: "沈祥容、张其领等45名",
}
BASES = {CHANGE: "last_year", CHANGE_PREVIOUS: "previous"}
OWN_LIST = re.compile(r"names\.\d+")  # a list of names that no figure counts, by its place in the section
SENTENCE = re.compile(r"[^。！？\n]*(?:[。！？\n]+[”’）》]*|$)")


def placeholder(key: str, form: str = "") -> str:
    """The placeholder of a figure in a format: {key|format}."""
    return "{" + key + (f"|{form}" if form else "") + "}"


def pieces(text: str) -> Iterator[str | tuple[str, str]]:
    """The text in order: words as they stand, placeholders as (key, format)."""
    at = 0
    for match in PLACEHOLDER.finditer(text):
        if match.start() > at:
            yield text[at : match.start()]
        yield match[1], match[2] or ""
        at = match.end()
    if at < len(text):
        yield text[at:]


def plain_words(text: str) -> str:
    """The text without its placeholders."""
    return PLACEHOLDER.sub("", text)


def named(text: str, titles: Mapping[str, str]) -> str:
    """The text for a reader: in place of each placeholder of `titles` the figure's title in 〔 〕; of another one that its figure is gone."""
    gone, of_names = _("a figure that is no longer there"), _("list of names")
    return PLACEHOLDER.sub(lambda m: f"〔{titles.get(m[1]) or (of_names if OWN_LIST.fullmatch(m[1]) else gone)}〕", text)


def sentences_in(text: str) -> list[str]:
    """The text cut behind 。！？ and line ends, closing quotes included; nothing is lost but line ends."""
    return [found[0].replace("\n", "").replace("\r", "") for found in SENTENCE.finditer(text) if found[0].strip()]


def check_written(text: str, keys: Iterable[str]) -> None:
    """Refuse an edited text whose placeholders are unknown. Raises RuleError that names the placeholder."""
    known = set(keys)
    for match in PLACEHOLDER.finditer(text):
        if match[1] not in known and not (match[2] == NAMES and OWN_LIST.fullmatch(match[1])):
            raise RuleError(_("There is no figure %(key)s: take one from the list beside the text", key=match[0]), "text")
        if match[2] and match[2] not in formats.FORMATS and match[2] not in LIVE:
            raise RuleError(_("There is no way of writing %(name)s: take one from the list", name=match[2]), "text")
    rest = plain_words(text)
    if "{" in rest or "}" in rest:
        raise RuleError(_("A brace does not belong to a figure: write {key} or {key|format}"), "text")
