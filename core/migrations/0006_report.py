"""What a section of the report was made from when the county edited it; '' for texts of 0.1.0, which do not know it."""

from youthpilot.core.kernel.schema import run

STATEMENTS = ["""ALTER TABLE "core_report_text" ADD COLUMN "made_from" TEXT NOT NULL DEFAULT ''"""]


def up() -> None:
    """Add the column."""
    run(STATEMENTS)
