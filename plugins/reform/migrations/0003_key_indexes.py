"""Indexes for foreign keys that had none, and for the batch that wrote a row."""

from youthpilot.core import run

STATEMENTS = [
    'CREATE INDEX "reform_designation_county_id_organization_id" ON "reform_designation" ("county_id", "organization_id")',
    'CREATE INDEX "reform_front_county_id_organization_id" ON "reform_front" ("county_id", "organization_id")',
    'CREATE INDEX "reform_measure_county_id_organization_id" ON "reform_measure" ("county_id", "organization_id")',
    'CREATE INDEX "reform_measure_county_id_batch_id" ON "reform_measure" ("county_id", "batch_id")',
    'CREATE INDEX "reform_step_county_id_organization_id" ON "reform_step" ("county_id", "organization_id")',
    'CREATE INDEX "reform_paper_county_id_step_id" ON "reform_paper" ("county_id", "step_id")',
    'CREATE INDEX "reform_paper_county_id_organization_id" ON "reform_paper" ("county_id", "organization_id")',
    'CREATE INDEX "reform_decision_county_id_measure_id" ON "reform_decision" ("county_id", "measure_id")',
    'CREATE INDEX "reform_decision_county_id_organization_id" ON "reform_decision" ("county_id", "organization_id")',
    'CREATE INDEX "reform_decision_county_id_batch_id" ON "reform_decision" ("county_id", "batch_id")',
    'CREATE INDEX "reform_delegate_county_id_organization_id" ON "reform_delegate" ("county_id", "organization_id")',
    'CREATE INDEX "reform_delegate_county_id_batch_id" ON "reform_delegate" ("county_id", "batch_id")',
    'CREATE INDEX "reform_link_county_id_branch_id" ON "reform_link" ("county_id", "branch_id")',
    'CREATE INDEX "reform_link_county_id_organization_id" ON "reform_link" ("county_id", "organization_id")',
    'CREATE INDEX "reform_link_county_id_batch_id" ON "reform_link" ("county_id", "batch_id")',
    'CREATE INDEX "reform_talk_county_id_measure_id" ON "reform_talk" ("county_id", "measure_id")',
    'CREATE INDEX "reform_talk_county_id_organization_id" ON "reform_talk" ("county_id", "organization_id")',
    # added later with a key of one column (a table in use takes no composite one), so that key has an index too
    'CREATE INDEX "reform_link_branch_id" ON "reform_link" ("branch_id")',
]


def up() -> None:
    """Apply it."""
    run(STATEMENTS)
