"""Indexes for foreign keys that had none, and for the batch that wrote a row."""

from youthpilot.core import run

STATEMENTS = [
    'CREATE INDEX "ledger_figure_county_id_organization_id" ON "ledger_figure" ("county_id", "organization_id")',
    'CREATE INDEX "ledger_version_county_id_organization_id" ON "ledger_version" ("county_id", "organization_id")',
    'CREATE INDEX "ledger_sentence_county_id_organization_id" ON "ledger_sentence" ("county_id", "organization_id")',
]


def up() -> None:
    """Apply it."""
    run(STATEMENTS)
