"""Computing a county's figures: one query per indicator, rolled up over the tree of the day, statements of the organizations laid over it.

Figures are computed for the whole county whoever asks; `FigureSet.visible` cuts them afterwards. A module that raises leaves its
figure blank with a fault mark, the others go on.
"""

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from youthpilot.core.contracts import Contract
from youthpilot.core.counties.services import setting
from youthpilot.core.hookvalues import CountyValue
from youthpilot.core.kernel.clock import today as clock_today
from youthpilot.core.kernel.collecting import Collector, collecting, once
from youthpilot.core.kernel.kept import kept
from youthpilot.core.kernel.memo import remembering
from youthpilot.core.kernel.scope import figure_scope
from youthpilot.core.organizations.models import Organization
from youthpilot.core.organizations.queries import tree_as_of
from youthpilot.core.periods.models import Obligation, Period, Submission
from youthpilot.core.registry import CountyRegistry

from .declared import Declared, catalogue
from .indicator import FigureContext
from .models import FigureEntry
from .pieces import CLAIM, FAILED, computing, listing_items
from .rollup import Line, Rolled, Statement, count_up, entered_distinct, roll, roll_distinct
from .rules import PAIRED, Part, plus
from .values import Column, FigureSet, Place, State

When = Period | tuple[date, date]
COUNTING = ("submitted", "accepted")
STATES: dict[str, State] = {"open": "provisional", "locked": "locked", "published": "published"}


def compute_figures(
    county: Any,
    when: When,
    registry: CountyRegistry,
    keys: Iterable[str] | None = None,
    accepted_only: bool = False,
    today: date | None = None,
) -> FigureSet:
    """All figures of the county (or those of `keys`) for a period or from a day to a day, both included, computed now.

    An organization's statement counts once submitted, with `accepted_only` once accepted; what stands in drafts or was returned
    does not. Of a free range there are no statements. Nothing stored is read: a locked period is asked from `figures_of`.
    """
    frame = Frame(county, when, registry, today or clock_today())
    declared = catalogue(registry, keys)
    with figure_scope(frame.county.id), remembering():
        places, line = frame.places(), frame.line()
        said = frame.statements(accepted_only)
        owing = frame.owing()
        columns = {key: _column(frame, d, line, said.get(key, {}), owing) for key, d in declared.items() if d.indicator.kind != "claim"}
    judges = {}
    for key, d in declared.items():
        if d.indicator.kind == "claim":
            columns[key] = Column(d.meaning)
            judges[key] = _judge(registry, d)
    ordered = {key: columns[key] for key in declared}
    return FigureSet(
        frame.county.id, frame.code, places, ordered, start=frame.start, end=frame.end, as_of=frame.as_of, state=frame.state, claims=judges
    )


class Frame:
    """What all indicators of one computation share: county, days, tree, statements."""

    def __init__(self, county: Any, when: When, registry: CountyRegistry, today: date) -> None:
        self.county: CountyValue = registry.county
        if county is not None and getattr(county, "id", county) != self.county.id:
            raise ValueError("the registry is narrowed to another county")
        self.registry, self.today = registry, today
        self.period = when if isinstance(when, Period) else None
        self.start: date
        self.end: date
        self.start, self.end = (when.start_on, when.end_on) if isinstance(when, Period) else when
        if self.end < self.start:
            raise ValueError("the last day lies before the first")
        self.code = when.code if isinstance(when, Period) else f"{self.start.isoformat()}–{self.end.isoformat()}"
        self.as_of = min(self.end, today)
        self.state = STATES[when.state] if isinstance(when, Period) else "provisional"
        self._asked: dict[Any, tuple[Any, Collector]] = {}

    def context(self, module: str) -> FigureContext:
        """What an indicator of a module may know."""
        return FigureContext(
            self.county.id, self.county.code, self.code, self.start, self.end, self.as_of, module_settings(self.registry, module, self.as_of)
        )

    def places(self) -> list[Place]:
        """The tree of `as_of`, in preorder; an organization closed meanwhile keeps its last place."""
        return [Place(n.id, n.parent, n.depth, n.code, n.short_name or n.name, n.kind) for n in tree_as_of(self.county.id, self.as_of)]

    def line(self) -> Line:
        """(id, parent) of the tree, in preorder."""
        return once(self._asked, "line", self.county.id, lambda: [(p.id, p.parent) for p in self.places()])

    def ever(self) -> set[int]:
        """Every organization that the county ever had, also one that is not in the tree of `as_of`."""
        return once(self._asked, "ever", self.county.id, lambda: {i for (i,) in Organization.select(Organization.id).tuples()})

    def statements(self, accepted_only: bool) -> dict[str, dict[int, Statement]]:
        """key → organization → what it states and what counts."""
        if self.period is None:
            return {}
        states = dict(Submission.select(Submission.organization_id, Submission.state).where(Submission.period == self.period).tuples())
        counting = COUNTING[1:] if accepted_only else COUNTING
        owing = {i for i, _ in self.owing()}
        counts = partial(does_count, owing=owing, states=states, counting=counting)
        found: dict[str, dict[int, Statement]] = {}
        query = FigureEntry.select(
            FigureEntry.key, FigureEntry.organization_id, FigureEntry.origin, FigureEntry.value, FigureEntry.numerator, FigureEntry.denominator
        ).where((FigureEntry.period == self.period) & (FigureEntry.origin != "note"))
        for key, organization, origin, value, numerator, denominator in query.tuples():
            part = _stated(value, numerator, denominator)
            if part is not None and counts(origin, organization):
                found.setdefault(key, {})[organization] = Statement(origin, part)
        return found

    def owing(self) -> list[tuple[int, str]]:
        """(organization, kind at opening) of everybody who owes figures for the period; nobody for a free range."""
        if self.period is None:
            return []
        query = Obligation.select(Obligation.organization_id, Obligation.kind_then)
        return list(query.where((Obligation.period == self.period) & (Obligation.waived == False)).tuples())  # noqa: E712


def does_count(origin: str, organization: int, owing: Container[int], states: Mapping[int, str], counting: Container[str] = COUNTING) -> bool:
    """True if what an organization stated counts: a total, what nobody owes a form for, what stands in a form in one of the states `counting`."""
    return origin == "total" or (organization not in owing and organization not in states) or states.get(organization) in counting


def module_settings(registry: CountyRegistry, module: str, on: date) -> Callable[[str], Any]:
    """key → the module's setting in force on a day in the county, else its declared default."""
    loaded = registry.registry.loaded.get(module)
    defaults = {s.key: s.default for s in loaded.settings} if loaded else {}
    known: dict[str, Any] = {}

    def ask(key: str) -> Any:
        if key not in known:
            known[key] = setting(registry.county.id, module, key, on, defaults.get(key))
        return known[key]

    return ask


def _column(frame: Frame, declared: Declared, line: Line, said: dict[int, Statement], owing: list[tuple[int, str]]) -> Column:
    """One indicator at every organization."""
    indicator = declared.indicator
    column = Column(declared.meaning)
    rolled = _rolled(frame, declared, line, said)
    if rolled is None:
        column.fault, rolled = True, Rolled({}, {}, {}, {})
    column.parts, column.own, column.sources, column.records = rolled.parts, rolled.own, rolled.sources, rolled.records
    asked = [i for i, kind in owing if kind in indicator.asked_of]
    if asked and line:
        column.counts = count_up(line, asked, rolled.own if declared.by_hand else rolled.parts)
    return column


@dataclass(frozen=True)
class _OfRecords:
    """What the records tell of one indicator, without statements. own: what each organization contributes (empty for distinct items)."""

    own: Mapping[int, Part]
    rolled: Rolled


def _rolled(frame: Frame, declared: Declared, line: Line, said: dict[int, Statement]) -> Rolled | None:
    """The indicator over the tree, statements laid over what the records tell; None if its module is at fault."""
    indicator = declared.indicator
    said = {i: s for i, s in said.items() if (s.part[1] is not None) == (indicator.kind in PAIRED)}
    if indicator.kind == "distinct" and indicator.items is None:
        return entered_distinct(said)
    if indicator.kind == "distinct" and said:  # a correction moves what was counted anew above it: from the items themselves
        items = _items(frame, declared)
        return None if items is None else roll_distinct(line, items, said)
    if indicator.kind != "distinct" and (indicator.compute is None or not line):
        return roll(line, {}, said, declared.by_hand)
    i = indicator
    name = ("records", declared.module, i.key, i.kind, i.compute, i.items, frame.code, frame.start, frame.end, frame.as_of, frame.today)
    told = kept((*name, frame.county, frame.registry.registry), partial(_of_records, frame, declared), lambda told: told is not None)
    if told is None or not said:
        return told.rolled if told else None
    return roll(line, told.own, said, declared.by_hand)


def _of_records(frame: Frame, declared: Declared) -> _OfRecords | None:
    """None if the module is at fault. What it reads is collected apart: one that reads no table cannot be kept."""
    line, belongs = frame.line(), frame.ever().__contains__
    with collecting(frame.county.id) as read:
        if declared.indicator.kind == "distinct":
            own: dict[int, Part] = {}
            rows = _asked(frame, declared, listing_items(belongs), declared.indicator.items)
            rolled = None if rows is None else roll_distinct(line, rows, {})
        else:
            contract = computing(declared.indicator.kind in PAIRED, belongs)
            rows = _asked(frame, declared, contract, declared.indicator.compute)
            own = {} if rows is None else _own(rows, line)
            rolled = None if rows is None else roll(line, own, {}, declared.by_hand)
        read.keepable &= bool(read.tables)
    return None if rolled is None else _OfRecords(own, rolled)


def _items(frame: Frame, declared: Declared) -> Any:
    """(organization, item) pairs of a distinct indicator; None if the module is at fault."""
    return _asked(frame, declared, listing_items(frame.ever().__contains__), declared.indicator.items)


def _asked(frame: Frame, declared: Declared, contract: Contract, ask: Any) -> Any:
    return frame.registry.isolated(declared.module, contract, ask, frame.context(declared.module), detail=declared.indicator.key)


def _own(rows: Iterable[Any], line: Line) -> dict[int, Part]:
    """organization → its own contribution; rows of an organization that is not in the tree go to the topmost one, so nothing is lost."""
    known = {i for i, _ in line}
    own: dict[int, Part] = {}
    for organization, numerator, denominator in rows:
        at = organization if organization in known else line[0][0]
        part = (numerator, denominator)
        own[at] = plus(own[at], part) if at in own else part  # type: ignore[assignment]
    return own


def _stated(value: Any, numerator: Any, denominator: Any) -> Part | None:
    if numerator is not None and denominator is not None:
        return numerator, denominator
    return None if value is None else (value, None)


def _judge(registry: CountyRegistry, declared: Declared) -> Callable[[FigureSet, int], bool | None]:
    """A claim's condition over printed values at one organization; a module that raises marks the column and stays silent after."""
    indicator = declared.indicator

    def judge(figures: FigureSet, organization_id: int) -> bool | None:
        if indicator.claim is None:
            return None
        needed = indicator.claim_needs or [k for k in figures.keys if figures.meaning(k).kind != "claim"]
        printed = {key: figures.value(key, organization_id) for key in needed}
        answer = registry.isolated(declared.module, CLAIM, indicator.claim, printed, detail=indicator.key, otherwise=FAILED)
        if answer is FAILED:
            figures.columns[indicator.key].fault = True
            return None
        return answer  # type: ignore[no-any-return]

    return judge
