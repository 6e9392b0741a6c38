"""What a benchmark comes back with, and how two things are measured fairly."""

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple


class Line(NamedTuple):
    """One row of the table. Times in seconds, medians; ratio: product / peer; aim: the most that the ratio (or what `of` says) may be."""

    workload: str
    product: float
    peer: float
    against: str
    aim: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float:
        """How many times the peer's time the product takes."""
        return self.product / self.peer if self.peer else float("inf")

    def as_dict(self) -> dict[str, Any]:
        """The row for --format json."""
        return {**self._asdict(), "ratio": round(self.ratio, 3)}


def seconds(act: Callable[[], Any]) -> float:
    """How long an act takes."""
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def alternately(rounds: int, product: Callable[[], Any], peer: Callable[[], Any]) -> tuple[float, float]:
    """Medians of both in seconds, run in turn: what disturbs the machine disturbs both."""
    taken = [(seconds(product), seconds(peer)) for _round in range(rounds)]
    return statistics.median(t[0] for t in taken), statistics.median(t[1] for t in taken)


def agree(mine: Any, theirs: Any, what: str) -> None:
    """Times of two different results are not compared. Raises RuntimeError if they differ."""
    if mine != theirs:
        raise RuntimeError(f"{what}: the product says {mine}, the peer {theirs}; nothing was measured")


def table(lines: Sequence[Line]) -> str:
    """The lines as text, a workload each; what misses its aim is marked."""
    head = ("workload", "product s", "peer s", "ratio", "aim", "against")
    rows = [head, *(_cells(line) for line in lines)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def _cells(line: Line) -> tuple[str, ...]:
    aim = "" if line.aim is None else f"≤ {line.aim:g}" + ("" if line.ratio <= line.aim else " MISSED")
    against = line.against + (f" ({line.note})" if line.note else "")
    return (line.workload, f"{line.product:.4f}", f"{line.peer:.4f}", f"{line.ratio:.2f}", aim, against)
