"""文字材料: the two texts of a form and, where a superior fills it in, what he took the figures from. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from .words import _

PRACTICE, DIFFICULTY, SOURCE = "practice", "difficulty", "source"
KEYS = (PRACTICE, DIFFICULTY, SOURCE)
SHORTEST, LONGEST = 150, 400  # characters of the practice, both included
LONGEST_OTHER = 1000


@dataclass(frozen=True)
class TextProblem:
    """Something about a text. level E: cannot be submitted so; W: it can."""

    key: str
    level: str
    text: str


def length(text: str) -> int:
    """How many characters a reader counts: white space is left out."""
    return len("".join(text.split()))


def text_problems(texts: Mapping[str, str], on_behalf: bool = False) -> list[TextProblem]:
    """What is wrong or unusual with the texts of a form: the practice is required, the difficulties may stay empty, a source is needed
    by who fills in for others."""
    found = []
    count = length(texts.get(PRACTICE, ""))
    if not count:
        found.append(TextProblem(PRACTICE, "E", _("Write what was done and what came of it; a few sentences are enough")))
    elif count > LONGEST:
        found.append(TextProblem(PRACTICE, "E", _("%(count)s characters, %(more)s too many: at most 400", count=count, more=count - LONGEST)))
    elif count < SHORTEST:
        found.append(
            TextProblem(
                PRACTICE,
                "W",
                _("%(count)s characters, %(less)s short of 150; it may not be taken into the county's report", count=count, less=SHORTEST - count),
            )
        )
    if length(texts.get(DIFFICULTY, "")) > LONGEST_OTHER:
        found.append(TextProblem(DIFFICULTY, "E", _("At most 1000 characters, please")))
    if on_behalf and not texts.get(SOURCE, "").strip():
        found.append(TextProblem(SOURCE, "E", _("You fill this in for them: say where the figures come from, e.g. a call, a paper form")))
    return found
