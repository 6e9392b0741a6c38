"""Indexes for foreign keys that had none, and for the batch that wrote a row."""

from youthpilot.core import run

STATEMENTS = [
    'CREATE INDEX "chamber_term_county_id_organization_id" ON "chamber_term" ("county_id", "organization_id")',
    'CREATE INDEX "chamber_unit_county_id_organization_id" ON "chamber_unit" ("county_id", "organization_id")',
    'CREATE INDEX "chamber_unit_county_id_batch_id" ON "chamber_unit" ("county_id", "batch_id")',
    'CREATE INDEX "chamber_representative_county_id_organization_id" ON "chamber_representative" ("county_id", "organization_id")',
    'CREATE INDEX "chamber_representative_county_id_batch_id" ON "chamber_representative" ("county_id", "batch_id")',
    'CREATE INDEX "chamber_post_county_id_organization_id" ON "chamber_post" ("county_id", "organization_id")',
    'CREATE INDEX "chamber_post_county_id_batch_id" ON "chamber_post" ("county_id", "batch_id")',
    'CREATE INDEX "chamber_receipt_county_id_organization_id" ON "chamber_receipt" ("county_id", "organization_id")',
    'CREATE INDEX "chamber_receipt_county_id_batch_id" ON "chamber_receipt" ("county_id", "batch_id")',
    'CREATE INDEX "chamber_waiver_county_id_organization_id" ON "chamber_waiver" ("county_id", "organization_id")',
    'CREATE INDEX "chamber_meeting_county_id_term_id" ON "chamber_meeting" ("county_id", "term_id")',
    'CREATE INDEX "chamber_meeting_county_id_organization_id" ON "chamber_meeting" ("county_id", "organization_id")',
    # added later with a key of one column (a table in use takes no composite one), so that key has an index too
    'CREATE INDEX "chamber_representative_person_id" ON "chamber_representative" ("person_id")',
]


def up() -> None:
    """Apply it."""
    run(STATEMENTS)
