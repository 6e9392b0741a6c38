"""The parts that a lock is chained to, by plugin; NULL for locks of version 0.1, whose one digest holds all rows of the figures."""

from youthpilot.core.kernel.schema import run

STATEMENTS = ["""ALTER TABLE "core_snapshot" ADD COLUMN "parts" TEXT"""]


def up() -> None:
    """Add the column."""
    run(STATEMENTS)
