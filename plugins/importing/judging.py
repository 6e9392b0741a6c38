"""Every row judged before anything is written: header, cells by their column's kind, repeats, then the importer's own checks. No writes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from xlsxwriter.utility import xl_col_to_name

from youthpilot.core.calling import Caller, ModuleFault
from youthpilot.core.kernel.cells import Cell, text_of
from youthpilot.core.kernel.clock import today
from youthpilot.core.kernel.values import Parsed

from .columns import Column
from .importer import CellProblem, Importer, Row
from .lookups import Finder
from .marking import Mark, marks_of
from .matching import MAX_SCAN, HeaderMatch, Profile, SkippedRow, data_rows, find_header, remap, shape_of
from .pieces import CHECK_FILE, JUDGE, LOOKUPS, ROW_KEY, judge_row, must, tell
from .reading import RawSheet
from .words import _

MOST_ROWS = 200_000
_STEP = 1000
_SAME_TEXT_SAME_VALUE = frozenset({"int", "decimal", "date", "bool", "choice", "organization"})
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Finding:
    """One problem as people read it: `cell` is its address (B7), '' for the whole row; `row` 0: the file as a whole."""

    row: int
    cell: str
    title: str
    message: str
    level: str
    code: str = ""


@dataclass
class JudgedFile:
    """A file and what was found. `rows` are the data rows; `repeats` numbers of those that say again what an earlier row said
    (not written twice); `problems` concern the file as a whole."""

    importer: Importer
    sheet: RawSheet
    match: HeaderMatch
    options: dict[str, Any]
    rows: list[Row] = field(default_factory=list)
    problems: list[CellProblem] = field(default_factory=list)
    skipped: list[SkippedRow] = field(default_factory=list)
    repeats: set[int] = field(default_factory=set)
    lookups: Any = None
    profile_name: str = ""

    @property
    def bad(self) -> int:
        """Rows with an error."""
        return sum(_level(row.problems) == "E" for row in self.rows)

    @property
    def doubtful(self) -> int:
        """Rows with warnings only."""
        return sum(_level(row.problems) == "W" for row in self.rows)

    @property
    def good(self) -> int:
        """Rows with nothing to say about."""
        return sum(not row.problems for row in self.rows)

    @property
    def refused(self) -> bool:
        """True if nothing of the file may be stored."""
        return any(p.level == "E" for p in self.problems) or any(_level(row.problems) == "E" for row in self.rows)

    @property
    def needs_reason(self) -> bool:
        """True if there are warnings."""
        return any(p.level == "W" for p in self.problems) or any(row.problems for row in self.rows)

    @property
    def wanted(self) -> list[Row]:
        """The rows to write."""
        return [row for row in self.rows if row.number not in self.repeats]

    def findings(self) -> Iterator[Finding]:
        """Every problem, the file's own first, then row by row."""
        titles = {c.name: c.title for c in self.importer.columns}
        for problem in self.problems:
            yield Finding(0, "", titles.get(problem.column, ""), problem.message, problem.level, problem.code)
        for row in self.rows:
            for problem in sorted(row.problems, key=lambda p: self.match.mapping.get(p.column, -1)):
                index = self.match.mapping.get(problem.column)
                cell = "" if index is None else f"{xl_col_to_name(index)}{row.number}"
                yield Finding(row.number, cell, titles.get(problem.column, ""), problem.message, problem.level, problem.code)

    def marks(self) -> list[Mark]:
        """The problems as marks for the file that goes back."""
        return marks_of((row for row in self.rows if row.problems), self.match)


def _level(problems: Sequence[CellProblem]) -> str:
    return "" if not problems else "E" if any(p.level == "E" for p in problems) else "W"


# the header ----------------------------------------------------------------------------------------------------------


def match_header(
    sheet: RawSheet,
    columns: Sequence[Column],
    profiles: Sequence[tuple[str, Profile]] = (),
    mapping: dict[str, int] | None = None,
    headless: bool = False,
) -> tuple[HeaderMatch, str]:
    """The header and the name of the saved profile it was read by ('' for none). `mapping`: columns that a person has chosen.

    Without a header that can be recognised, a paste (`headless`) is all data in the order of the template; a file waits for a person to choose.
    """
    named = next(((found, name) for name, profile in profiles if (found := _by_profile(sheet, columns, profile))), None)
    match, name = named or (find_header(sheet.rows, columns), "")
    if match is None:
        match = _without_names(sheet, columns, headless)
    if mapping is not None:
        match = remap(match, {k: i for k, i in mapping.items() if i < len(match.headings)}, columns)
    return match, name


def _without_names(sheet: RawSheet, columns: Sequence[Column], headless: bool) -> HeaderMatch:
    """No heading is known: a paste is all data; in a file the fullest of the first rows is taken for the headings, none of them assigned."""
    width = len(sheet.rows[0]) if sheet.rows else 0
    if headless:
        nameless = HeaderMatch(-1, 1, {}, ("",) * width, (), ())
        return remap(nameless, {column.name: index for index, column in enumerate(columns[:width])}, columns)
    top = sheet.rows[:MAX_SCAN]
    index = max(range(len(top)), key=lambda i: (sum(isinstance(cell, str) for cell in top[i]), -i), default=-1)
    headings = tuple(text_of(cell) for cell in top[index]) if top else ()
    return remap(HeaderMatch(index, 1, {}, headings, (), ()), {}, columns)


def _by_profile(sheet: RawSheet, columns: Sequence[Column], profile: Profile) -> HeaderMatch | None:
    known = {column.name for column in columns}
    if not set(profile.headings) <= known:
        return None  # the importer has other columns now
    match = profile.apply(sheet.rows, columns)
    return match if match is not None and shape_of(match.headings) == profile.shape else None


# the rows ------------------------------------------------------------------------------------------------------------


def judge_file(
    importer: Importer,
    sheet: RawSheet,
    options: dict[str, Any],
    county_id: int,
    *,
    profiles: Sequence[tuple[str, Profile]] = (),
    mapping: dict[str, int] | None = None,
    headless: bool = False,
    problems: Sequence[CellProblem] = (),
    progress: Progress | None = None,
) -> JudgedFile:
    """Judge the whole file under the scope in force. Problems stand in the result; nothing is raised for them.

    `problems`: what was found before (an option is missing). `progress(done, total)` is called now and then with rows.
    """
    match, name = match_header(sheet, importer.columns, profiles, mapping, headless)
    judged = JudgedFile(importer, sheet, match, options, profile_name=name)
    judged.problems += [*problems, *_missing(match)]
    if judged.refused:
        return judged
    footer = next((p.footer_rows for n, p in profiles if n == name), 0)
    lines = []
    for line in data_rows(sheet.rows, match, footer):
        if isinstance(line, SkippedRow):
            judged.skipped.append(line)
        else:
            lines.append(line)
    if not lines:
        judged.problems.append(CellProblem("", _("There are no rows below the headings.")))
    elif len(lines) > MOST_ROWS:
        judged.problems.append(CellProblem("", _("The file has more than %(limit)s rows. Split it and send the parts.", limit=f"{MOST_ROWS:,}")))
    if judged.refused:
        return judged
    try:
        judged.lookups = must(importer, LOOKUPS, importer.lookups, county_id, dict(options))
        _judge_rows(judged, lines, Finder(county_id), progress)
        if importer.check_file is not None:
            judged.problems += must(importer, CHECK_FILE, importer.check_file, judged.wanted, judged.lookups)
    except ModuleFault as fault:
        judged.problems.append(CellProblem("", str(fault), "E", "fault"))
    return judged


def _missing(match: HeaderMatch) -> list[CellProblem]:
    if not match.mapping:
        text = _(
            "The headings were not found among the first rows. Choose below which column is what, or put the headings of the template above the data."
        )
        return [CellProblem("", text)]
    if match.missing:
        titles = "、".join(column.title for column in match.missing)
        return [CellProblem("", _("The file has no column for: %(titles)s. Choose it below, or add it to the file.", titles=titles))]
    return []


def _judge_rows(judged: JudgedFile, lines: Sequence[tuple[int, Sequence[Cell]]], finder: Finder, progress: Progress | None) -> None:
    importer, mapping = judged.importer, judged.match.mapping
    readers = [(c, mapping[c.name], _reader(c, finder)) for c in importer.columns if c.name in mapping]
    late = [c for c in importer.columns if c.kind == "person" and c.name in mapping]
    empty = {c.name: None for c in importer.columns}
    first: dict[tuple[Any, ...], Row] = {}
    ask = Judge(importer, judged.lookups)
    for done, (number, cells) in enumerate(lines):
        row = Row(number, dict(empty))
        for column, index, read in readers:
            _read_cell(row, column, cells[index], read)
        for column in late:
            _find_person(row, column, importer.columns, finder)
        ask(row)
        _note_repeat(judged, row, first)
        judged.rows.append(row)
        if progress is not None and done % _STEP == 0:
            progress(done, len(lines))
    if progress is not None:
        progress(len(lines), len(lines))


def _read_cell(row: Row, column: Column, cell: Cell, read: Callable[[Cell], Parsed[Any]]) -> None:
    row.raw[column.name] = cell
    if cell is not None:
        value, problem = read(cell)
        row.values[column.name] = value
        if problem is not None:
            row.problems.append(CellProblem(column.name, problem.message, problem.level, problem.code))  # type: ignore[arg-type]
            return
        if value is not None:
            return
    if column.required:
        row.problems.append(CellProblem(column.name, _("“%(title)s” is empty.", title=column.title), "E", "required"))


def _reader(column: Column, finder: Finder) -> Callable[[Cell], Parsed[Any]]:
    """How the cells of a column are read; equal texts are read once where many rows say the same."""
    day, known = today(), {}  # type: ignore[var-annotated]

    def read(cell: Cell) -> Parsed[Any]:
        value, problem = column.parse(cell, day)
        if column.kind == "organization" and isinstance(value, str):
            return finder.organization(value)
        return value, problem

    def read_text(cell: Cell) -> Parsed[Any]:
        return (cell, None) if type(cell) is str and (column.max_length is None or len(cell) <= column.max_length) else column.parse(cell, day)

    def read_once(cell: Cell) -> Parsed[Any]:
        if type(cell) is not str:
            return read(cell)
        found = known.get(cell)
        if found is None:
            found = known[cell] = read(cell)
        return found

    if column.kind in ("text", "person"):
        return read_text
    return read_once if column.kind in _SAME_TEXT_SAME_VALUE else read


def _find_person(row: Row, column: Column, columns: Sequence[Column], finder: Finder) -> None:
    text = row.values[column.name]
    if not text:
        return
    place = next((row.values[c.name] for c in columns if c.kind == "organization" and row.values[c.name]), None)
    number = next((row.values[c.name].text for c in columns if c.kind == "id_no" and row.values[c.name]), "")
    value, problem = finder.person(text, place, number)
    row.values[column.name] = value
    if problem is not None:
        row.problems.append(CellProblem(column.name, problem.message, problem.level, problem.code))  # type: ignore[arg-type]


class Judge:
    """The importer's own checks, row by row. What the framework said of a cell is not said again; a check that fails refuses its row."""

    def __init__(self, importer: Importer, lookups: Any) -> None:
        self.importer, self.lookups, self.failed = importer, lookups, False

    def __call__(self, row: Row) -> None:
        said, count = {p.column for p in row.problems if p.level == "E"}, len(row.problems)
        kept, number, raw, values = list(row.problems), row.number, row.raw, row.values
        try:
            Caller().call(self.importer.owner, None, JUDGE, partial(judge_row, self.importer, row, self.lookups))
        except ModuleFault as fault:
            row.problems, row.values = kept, dict(values)
            if not said:  # a check may stumble over a value that is missing because its cell was refused
                self._tell(fault)
                row.error("", _("This row could not be checked because of a fault in the program. Tell the administrator."), "fault")
        row.number, row.raw = number, raw
        if said:
            row.problems[count:] = [p for p in row.problems[count:] if p.column not in said]

    def _tell(self, fault: ModuleFault) -> None:
        """Once for a file: it is one fault, however many rows it has."""
        if not self.failed:
            self.failed = True
            tell(self.importer, fault)


def _note_repeat(judged: JudgedFile, row: Row, first: dict[tuple[Any, ...], Row]) -> None:
    if any(p.level == "E" for p in row.problems):
        return
    key = must(judged.importer, ROW_KEY, judged.importer.row_key, row.values)
    if key is None:
        return
    earlier = first.setdefault(key, row)
    if earlier is row:
        return
    if earlier.raw == row.raw:
        row.warn("", _("Says the same as row %(number)s and counts once.", number=earlier.number), "repeat")
        judged.repeats.add(row.number)
    else:
        row.error("", _("Row %(number)s is about the same, but says something else. Keep the right one.", number=earlier.number), "repeat")
