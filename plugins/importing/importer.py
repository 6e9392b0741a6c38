"""What a module (or core) declares to bring a kind of file in; the framework does the rest.

The framework reads the file, finds the header, parses each cell by its column's kind (organizations are resolved to their
ids inside the scope, dates to dates …), calls `judge` for every row, and only if no row has an error opens one transaction
and calls `apply` once. Errors (E) refuse the impossible; warnings (W) say what is unusual and take a reason for the batch.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Literal

from youthpilot.core.batches.models import Batch

from .columns import Column


@dataclass(frozen=True)
class CellProblem:
    """What is wrong at one cell (column key; '' the whole row). level E refuses the file, W asks for a reason."""

    column: str
    message: str
    level: Literal["E", "W"] = "E"
    code: str = ""  # the check's id in docs, e.g. S3


@dataclass
class Row:
    """One data row: its number in the file (as Excel shows it, from 1), parsed values by column key, what was found wrong."""

    number: int
    values: dict[str, Any]
    raw: dict[str, Any] = field(default_factory=dict)
    problems: list[CellProblem] = field(default_factory=list)

    def error(self, column: str, message: str, code: str = "") -> None:
        """Refuse this cell."""
        self.problems.append(CellProblem(column, message, "E", code))

    def warn(self, column: str, message: str, code: str = "") -> None:
        """Say what is unusual at this cell."""
        self.problems.append(CellProblem(column, message, "W", code))


@dataclass(frozen=True)
class Counts:
    """What apply did: rows added, changed, unchanged."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0


@dataclass(frozen=True)
class ImportOption:
    """Something the user says beside the file (which issue, as of which day). kind: text, date, choice.

    choices(county_id) -> [(value, label)], newest first; guess(rows, file_name) -> value or None, to prefill it.
    """

    key: str
    title: str
    kind: Literal["text", "date", "choice"] = "text"
    required: bool = True
    choices: Callable[[int], list[tuple[str, str]]] | None = None
    help: str = ""
    default: Callable[[int], Any] | None = None
    guess: Callable[[Any, str], Any] | None = None


@dataclass(frozen=True)
class Importer:
    """A declaration. `columns` are plugins.importing.columns.Column values.

    row_key(values) -> tuple that identifies the row, so that importing twice changes nothing (repeats inside a file are found
    by it; None: not checked). lookups(county_id, options) -> anything judge and apply need, read once before the rows.
    judge(row, lookups) -> None: adds problems to the row, may complete its values; no writes.
    apply(batch, rows, lookups, options) -> Counts: writes all rows, inside the one transaction, each written row with batch_id;
    a row it changes it first hands to core.keep_before(batch, instance).
    Undo, in one transaction: undoing(batch) is entered (the rows are still there: remember which cells they count in, let go of rows
    that outlive the batch), the framework puts before-images back and hides the batch's rows of `models`, undoing is left (they are
    gone for every reader: recount), after_undo(batch) is called. The rows leave the tables afterwards, children first.
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    row_key: Callable[[dict[str, Any]], tuple[Any, ...] | None]
    judge: Callable[[Row, Any], None]
    apply: Callable[[Batch, list[Row], Any, dict[str, Any]], Counts]
    permission: str
    models: tuple[Any, ...] = ()  # whose rows carry batch_id, children first
    lookups: Callable[[int, dict[str, Any]], Any] = lambda county_id, options: None
    options: tuple[ImportOption, ...] = ()
    undoing: Callable[[Batch], AbstractContextManager[None]] | None = None
    after_undo: Callable[[Batch], None] | None = None
    help: str = ""
    icon: str = "upload"
    order: int = 100
    endpoint: str = ""  # where the rows can be seen afterwards
    check_file: Callable[[Iterable[Row], Any], list[CellProblem]] | None = None  # looks at all rows together
    owner: str = "importing"  # the plugin that brought it; the platform writes it
