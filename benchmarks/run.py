"""python benchmarks/run.py [--small] [--json] [NAME ...]: the table of README.md, or some of its rows; on PostgreSQL too where it is installed."""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.cluster import cluster, programs
from benchmarks.figures import figures, kept
from benchmarks.homes import Home, home
from benchmarks.importing import importing
from benchmarks.locking import locking
from benchmarks.measure import Line, table
from benchmarks.pages import pages
from benchmarks.word import word

Measured = Callable[[Home, int], Iterator[Line]]
ON_A_HOME: dict[str, Measured] = {"figures": figures, "kept": kept, "word": word, "import": importing, "pages": pages}
NAMES = (*ON_A_HOME, "lock")
ROUNDS, FACTS = 5, 20_000


def lines(names: tuple[str, ...] = NAMES, small: bool = False, urls: tuple[str, ...] = ("",)) -> Iterator[Line]:
    """What the benchmarks of these names measure. small: a county of six units, one round: that they run and agree.

    urls: an empty PostgreSQL database, '' for SQLite; the lock is measured on SQLite alone. Raises RuntimeError where product and peer do not agree.
    """
    rounds, lasting, facts = (1, 0.0, 80) if small else (ROUNDS, 20.0, FACTS)
    for url in urls:
        with tempfile.TemporaryDirectory(prefix="youthpilot-bench-") as folder, home(Path(folder), small, url) as built:
            for name in (n for n in ON_A_HOME if n in names):
                if name == "pages":
                    yield from pages(built, rounds, lasting)
                else:
                    yield from ON_A_HOME[name](built, rounds)
    if "lock" in names and "" in urls:
        yield from locking(rounds, facts)


def main(words: list[str] | None = None) -> int:
    """Print the table. 0, also if an aim is missed: it stands in the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--small", action="store_true", help="a small county, one round: that every benchmark runs")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(words)
    if unknown := set(given.names) - set(NAMES):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    installed, found = programs(), []
    with cluster(installed) if installed else nullcontext("") as url:
        for line in lines(tuple(given.names) or NAMES, given.small, ("", url) if url else ("",)):
            found.append(line)
            sys.stderr.write(f"{line.workload}: {line.product:.4f} s, {line.ratio:.2f} × {line.against}\n")
    sys.stdout.write((json.dumps([line.as_dict() for line in found], ensure_ascii=False, indent=2) if given.json else table(found)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
