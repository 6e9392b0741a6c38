"""Tables of transitions: which act leads a row from one state to which other, who may do it, and what it needs. Pure: no database, no clock.

A model names its table (`workflow = ACTIVITY`); carrying out an act is `core.audit.acting`. Anything that is not in the table is refused.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import ConflictError, RuleError
from .i18n import _

__all__ = ["FOLLOWS", "Transition", "Workflow"]

FOLLOWS = "follows"  # nobody's role: the act follows from another one, which holds it for this


@dataclass(frozen=True)
class Transition:
    """One row of a table.

    by: roles or permissions, of which one is enough. word: of the button. needs: what the act asks for, by the field of its form.
    """

    act: str
    before: str
    after: str
    by: tuple[str, ...] = (FOLLOWS,)
    word: str = ""
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Workflow:
    """The states of a sort of row, and the only ways from one to another.

    title: what the row is called. people: each role or permission of the table → whose it is. entry: the act of the audit entry, with {act}.
    asks: what is said where a need is missing; a need without words is judged by whoever carries the act out. compared:
    columns that must be as they were read, beside the state. none: the state while there is no row yet.

    Raises ValueError for a table that contradicts itself.
    """

    title: str
    states: Mapping[str, str]
    transitions: tuple[Transition, ...]
    people: Mapping[str, str]
    entry: str
    column: str = "state"
    asks: Mapping[str, Any] = field(default_factory=dict)
    compared: tuple[str, ...] = ()
    object_type: str = ""  # of the audit entry; '': the table
    none: str = ""
    starts: tuple[str, ...] = ()  # in which a row may be entered; (): only in `none`, or without it in the first one

    def __post_init__(self) -> None:
        known = {*self.states, self.none}
        if len({(t.before, t.act) for t in self.transitions}) < len(self.transitions):
            raise ValueError(f"{self.title}: an act leads from one state to two")
        for t in self.transitions:
            if {t.before, t.after} - known or set(t.by) - self.people.keys() - {FOLLOWS}:
                raise ValueError(f"{self.title}: {t.act} names a state or somebody that the table does not know")

    @property
    def acts(self) -> dict[str, str]:
        """Every act with its word, the first one where it has several."""
        return {t.act: t.word for t in reversed(self.transitions)}

    def step(self, state: str, act: str) -> Transition | None:
        """The row of the table, whoever asks; None if the state does not allow the act."""
        return next((t for t in self.transitions if (t.before, t.act) == (state, act)), None)

    def open_to(self, state: str, held: Collection[str] | None) -> list[Transition]:
        """The acts that somebody has on a row of this state: its buttons, in the order of the table. None: anybody's."""
        return [t for t in self.transitions if t.before == state and _theirs(t, held)]

    def check(self, state: str, act: str, held: Collection[str] | None, thing: str = "", given: Mapping[str, Any] | None = None) -> Transition:
        """The row of the table for an act by somebody who is or may `held` (None: whoever asks vouches for it).

        thing: what the row is called; given: what the act needs, as far as it is judged here (None: not yet). Raises ConflictError for
        whatever the table does not hold, RuleError at the field for what is missing.
        """
        found, words = self.step(state, act), {"thing": thing or self.title, "act": self.acts.get(act, act)}
        if found is None:
            said = self.states.get(state, state)
            raise ConflictError(_("%(thing)s is “%(state)s”, so “%(act)s” is not possible. Reload the page", **words, state=said))
        if not _theirs(found, held):
            who = "、".join(dict.fromkeys(self.people.get(name) or _("whatever it follows from") for name in found.by))
            raise ConflictError(_("“%(act)s” of %(thing)s is for %(who)s to do. Ask there", **words | {"act": found.word}, who=who))
        for need in found.needs if given is not None else ():
            if need in self.asks and not str((given or {}).get(need) or "").strip():
                raise RuleError(self.asks[need], need)
        return found


def _theirs(transition: Transition, held: Collection[str] | None) -> bool:
    return held is None or not set(transition.by).isdisjoint(held)
