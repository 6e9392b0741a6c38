"""Indexes for foreign keys that had none, and for the batch that wrote a row."""

from youthpilot.core import run

STATEMENTS = [
    'CREATE INDEX "study_issue_county_id_organization_id" ON "study_issue" ("county_id", "organization_id")',
    'CREATE INDEX "study_member_county_id_batch_id" ON "study_member" ("county_id", "batch_id")',
    'CREATE INDEX "study_roster_county_id_batch_id" ON "study_roster" ("county_id", "batch_id")',
    'CREATE INDEX "study_record_county_id_person_id" ON "study_record" ("county_id", "person_id")',
    'CREATE INDEX "study_aggregate_county_id_batch_id" ON "study_aggregate" ("county_id", "batch_id")',
    'CREATE INDEX "study_makeup_county_id_person_id" ON "study_makeup" ("county_id", "person_id")',
    'CREATE INDEX "study_point_county_id_person_id" ON "study_point" ("county_id", "person_id")',
    'CREATE INDEX "study_point_county_id_issue_id" ON "study_point" ("county_id", "issue_id")',
]


def up() -> None:
    """Apply it."""
    run(STATEMENTS)
