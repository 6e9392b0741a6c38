"""Indexes for foreign keys that had none and for the batch that wrote a row; what a batch that is being undone still has to take out."""

from youthpilot.core.kernel.schema import run

STATEMENTS = [
    """ALTER TABLE "core_batch" ADD COLUMN "takes" TEXT NOT NULL DEFAULT '[]'""",
    'CREATE INDEX "core_organization_county_id_batch_id" ON "core_organization" ("county_id", "batch_id")',
    'CREATE INDEX "core_organization_event_county_id_other_id" ON "core_organization_event" ("county_id", "other_id")',
    'CREATE INDEX "core_grant_county_id" ON "core_grant" ("county_id")',
    'CREATE INDEX "core_session_user_id" ON "core_session" ("user_id")',
    'CREATE INDEX "core_token_user_id" ON "core_token" ("user_id")',
    'CREATE INDEX "core_token_county_id" ON "core_token" ("county_id")',
    'CREATE INDEX "core_person_county_id_batch_id" ON "core_person" ("county_id", "batch_id")',
    'CREATE INDEX "core_election_county_id_batch_id" ON "core_election" ("county_id", "batch_id")',
    'CREATE INDEX "core_post_county_id_election_id" ON "core_post" ("county_id", "election_id")',
    'CREATE INDEX "core_post_county_id_batch_id" ON "core_post" ("county_id", "batch_id")',
    'CREATE INDEX "core_period_county_id_organization_id" ON "core_period" ("county_id", "organization_id")',
    'CREATE INDEX "core_obligation_county_id_organization_id" ON "core_obligation" ("county_id", "organization_id")',
    'CREATE INDEX "core_submission_county_id_obligation_id" ON "core_submission" ("county_id", "obligation_id")',
    'CREATE INDEX "core_submission_county_id_organization_id" ON "core_submission" ("county_id", "organization_id")',
    'CREATE INDEX "core_submission_event_county_id_organization_id" ON "core_submission_event" ("county_id", "organization_id")',
    'CREATE INDEX "core_figure_entry_county_id_organization_id" ON "core_figure_entry" ("county_id", "organization_id")',
    'CREATE INDEX "core_figure_entry_county_id_batch_id" ON "core_figure_entry" ("county_id", "batch_id")',
    'CREATE INDEX "core_evidence_county_id_organization_id" ON "core_evidence" ("county_id", "organization_id")',
    'CREATE INDEX "core_snapshot_county_id_organization_id" ON "core_snapshot" ("county_id", "organization_id")',
    'CREATE INDEX "core_snapshot_definition_county_id_organization_id" ON "core_snapshot_definition" ("county_id", "organization_id")',
    'CREATE INDEX "core_snapshot_figures_county_id_organization_id" ON "core_snapshot_figures" ("county_id", "organization_id")',
    'CREATE INDEX "core_snapshot_total_county_id_organization_id" ON "core_snapshot_total" ("county_id", "organization_id")',
    'CREATE INDEX "core_snapshot_records_county_id_organization_id" ON "core_snapshot_records" ("county_id", "organization_id")',
    'CREATE INDEX "core_published_document_county_id_organization_id" ON "core_published_document" ("county_id", "organization_id")',
    'CREATE INDEX "core_locked_document_county_id_organization_id" ON "core_locked_document" ("county_id", "organization_id")',
    'CREATE INDEX "core_report_text_county_id_organization_id" ON "core_report_text" ("county_id", "organization_id")',
    'CREATE INDEX "core_target_county_id_organization_id" ON "core_target" ("county_id", "organization_id")',
    'CREATE INDEX "core_batch_county_id_state" ON "core_batch" ("county_id", "state")',
    'CREATE INDEX "core_batch_county_id_organization_id" ON "core_batch" ("county_id", "organization_id")',
    'CREATE INDEX "core_before_image_county_id_table_of_row_id" ON "core_before_image" ("county_id", "table_of", "row_id")',
    'CREATE INDEX "core_before_image_county_id_organization_id" ON "core_before_image" ("county_id", "organization_id")',
    'CREATE INDEX "core_import_profile_county_id_organization_id" ON "core_import_profile" ("county_id", "organization_id")',
    'CREATE INDEX "core_job_county_id_organization_id" ON "core_job" ("county_id", "organization_id")',
]


def up() -> None:
    """Apply it."""
    run(STATEMENTS)
