"""Reading the county's own figures and sentences. Everything here needs a scope."""

from dataclasses import dataclass
from datetime import date

from youthpilot.core import NotFound, Organization

from . import rules
from .models import LedgerFigure, LedgerSentence, LedgerVersion
from .words import _


@dataclass(frozen=True)
class OwnFigure:
    """A figure with the version in force."""

    figure: LedgerFigure
    version: LedgerVersion

    @property
    def key(self) -> str:
        """Its stable key."""
        return str(self.figure.key)


def own_figures(on: date) -> list[OwnFigure]:
    """Every figure of the county with its version in force on a day (before its first one: the first), in their order."""
    versions: dict[int, list[LedgerVersion]] = {}
    for row in LedgerVersion.select().order_by(LedgerVersion.number):
        versions.setdefault(row.figure_id, []).append(row)
    figures = LedgerFigure.select().order_by(LedgerFigure.position, LedgerFigure.id)
    return [OwnFigure(f, ruling(versions[f.id], on)) for f in figures if f.id in versions]


def ruling(versions: list[LedgerVersion], on: date) -> LedgerVersion:
    """The version in force on a day; before the first one, the first."""
    valid = [v for v in versions if v.valid_from <= on]
    return max(valid, key=lambda v: (v.valid_from, v.number)) if valid else versions[0]


def figure_by_key(key: str) -> LedgerFigure:
    """The figure of that key. Raises NotFound."""
    found = LedgerFigure.get_or_none(LedgerFigure.key == key)
    if found is None:
        raise NotFound(_("This figure does not exist"))
    return found


def history(figure: LedgerFigure) -> list[LedgerVersion]:
    """All versions of a figure, newest first."""
    return list(LedgerVersion.select().where(LedgerVersion.figure == figure).order_by(LedgerVersion.number.desc()))


def sentences(start: date, end: date) -> list[LedgerSentence]:
    """Sentences in force in some part of start–end (both included), in their order."""
    rows = LedgerSentence.select().order_by(LedgerSentence.position, LedgerSentence.id)
    return [s for s in rows if rules.in_force(s.valid_from, s.closed_on, start, end)]


def sentences_of(key: str) -> list[LedgerSentence]:
    """Sentences that are not closed and print the figure of that key."""
    return [s for s in LedgerSentence.select().where(LedgerSentence.closed_on.is_null()) if key in rules.placeholders(s.text)]


def root_id() -> int:
    """The county's own organization."""
    return int(Organization.select(Organization.id).where(Organization.parent.is_null()).order_by(Organization.id).scalar())
