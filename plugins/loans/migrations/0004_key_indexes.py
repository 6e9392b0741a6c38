"""Indexes for foreign keys that had none, and for the batch that wrote a row."""

from youthpilot.core import run

STATEMENTS = [
    'CREATE INDEX "loans_bank_county_id_organization_id" ON "loans_bank" ("county_id", "organization_id")',
    'CREATE INDEX "loans_product_county_id_organization_id" ON "loans_product" ("county_id", "organization_id")',
    'CREATE INDEX "loans_elite_county_id_batch_id" ON "loans_elite" ("county_id", "batch_id")',
    'CREATE INDEX "loans_entry_county_id_organization_id" ON "loans_entry" ("county_id", "organization_id")',
    'CREATE INDEX "loans_entry_county_id_batch_id" ON "loans_entry" ("county_id", "batch_id")',
    'CREATE INDEX "loans_match_county_id_organization_id" ON "loans_match" ("county_id", "organization_id")',
    'CREATE INDEX "loans_application_county_id_product_id" ON "loans_application" ("county_id", "product_id")',
    'CREATE INDEX "loans_application_county_id_organization_id" ON "loans_application" ("county_id", "organization_id")',
    'CREATE INDEX "loans_application_county_id_batch_id" ON "loans_application" ("county_id", "batch_id")',
    'CREATE INDEX "loans_step_county_id_organization_id" ON "loans_step" ("county_id", "organization_id")',
    'CREATE INDEX "loans_step_county_id_batch_id" ON "loans_step" ("county_id", "batch_id")',
    'CREATE INDEX "loans_line_county_id_organization_id" ON "loans_line" ("county_id", "organization_id")',
    'CREATE INDEX "loans_line_county_id_batch_id" ON "loans_line" ("county_id", "batch_id")',
    'CREATE INDEX "loans_drawdown_county_id_elite_id" ON "loans_drawdown" ("county_id", "elite_id")',
    'CREATE INDEX "loans_drawdown_county_id_organization_id" ON "loans_drawdown" ("county_id", "organization_id")',
    'CREATE INDEX "loans_drawdown_county_id_batch_id" ON "loans_drawdown" ("county_id", "batch_id")',
    'CREATE INDEX "loans_extension_county_id_organization_id" ON "loans_extension" ("county_id", "organization_id")',
    'CREATE INDEX "loans_repayment_county_id_organization_id" ON "loans_repayment" ("county_id", "organization_id")',
    'CREATE INDEX "loans_repayment_county_id_batch_id" ON "loans_repayment" ("county_id", "batch_id")',
    'CREATE INDEX "loans_total_county_id_organization_id" ON "loans_total" ("county_id", "organization_id")',
    'CREATE INDEX "loans_role_model_county_id_organization_id" ON "loans_role_model" ("county_id", "organization_id")',
    'CREATE INDEX "loans_role_model_county_id_batch_id" ON "loans_role_model" ("county_id", "batch_id")',
    'CREATE INDEX "loans_request_county_id_poster_id" ON "loans_request" ("county_id", "poster_id")',
    'CREATE INDEX "loans_request_county_id_organization_id" ON "loans_request" ("county_id", "organization_id")',
    'CREATE INDEX "loans_try_county_id_organization_id" ON "loans_try" ("county_id", "organization_id")',
    'CREATE INDEX "loans_officer_county_id_organization_id" ON "loans_officer" ("county_id", "organization_id")',
    'CREATE INDEX "loans_programme_county_id_product_id" ON "loans_programme" ("county_id", "product_id")',
    'CREATE INDEX "loans_programme_county_id_organization_id" ON "loans_programme" ("county_id", "organization_id")',
    'CREATE INDEX "loans_subsidy_county_id_organization_id" ON "loans_subsidy" ("county_id", "organization_id")',
    'CREATE INDEX "loans_subsidy_step_county_id_organization_id" ON "loans_subsidy_step" ("county_id", "organization_id")',
    'CREATE INDEX "loans_difference_county_id_organization_id" ON "loans_difference" ("county_id", "organization_id")',
]


def up() -> None:
    """Apply it."""
    run(STATEMENTS)
