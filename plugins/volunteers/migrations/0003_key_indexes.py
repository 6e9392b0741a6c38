"""Indexes for foreign keys that had none, and for the batch that wrote a row."""

from youthpilot.core import run

STATEMENTS = [
    'CREATE INDEX "volunteers_term_county_id_organization_id" ON "volunteers_term" ("county_id", "organization_id")',
    'CREATE INDEX "volunteers_post_county_id_term_id" ON "volunteers_post" ("county_id", "term_id")',
    'CREATE INDEX "volunteers_post_county_id_organization_id" ON "volunteers_post" ("county_id", "organization_id")',
    'CREATE INDEX "volunteers_group_county_id_batch_id" ON "volunteers_group" ("county_id", "batch_id")',
    'CREATE INDEX "volunteers_drive_county_id_organization_id" ON "volunteers_drive" ("county_id", "organization_id")',
    'CREATE INDEX "volunteers_volunteer_county_id_group_id" ON "volunteers_volunteer" ("county_id", "group_id")',
    'CREATE INDEX "volunteers_volunteer_county_id_drive_id" ON "volunteers_volunteer" ("county_id", "drive_id")',
    'CREATE INDEX "volunteers_movement_county_id_organization_id" ON "volunteers_movement" ("county_id", "organization_id")',
    'CREATE INDEX "volunteers_entry_county_id_organization_id" ON "volunteers_entry" ("county_id", "organization_id")',
    'CREATE INDEX "volunteers_project_county_id_organization_id" ON "volunteers_project" ("county_id", "organization_id")',
    'CREATE INDEX "volunteers_activity_county_id_project_id" ON "volunteers_activity" ("county_id", "project_id")',
    'CREATE INDEX "volunteers_duty_county_id_organization_id" ON "volunteers_duty" ("county_id", "organization_id")',
    'CREATE INDEX "volunteers_signup_county_id_volunteer_id" ON "volunteers_signup" ("county_id", "volunteer_id")',
    'CREATE INDEX "volunteers_signup_county_id_duty_id" ON "volunteers_signup" ("county_id", "duty_id")',
    'CREATE INDEX "volunteers_signup_county_id_organization_id" ON "volunteers_signup" ("county_id", "organization_id")',
    'CREATE INDEX "volunteers_certificate_county_id_organization_id" ON "volunteers_certificate" ("county_id", "organization_id")',
    'CREATE INDEX "volunteers_line_county_id_organization_id" ON "volunteers_line" ("county_id", "organization_id")',
    'CREATE INDEX "volunteers_pairing_county_id_organization_id" ON "volunteers_pairing" ("county_id", "organization_id")',
    'CREATE INDEX "volunteers_room_county_id_child_id" ON "volunteers_room" ("county_id", "child_id")',
    'CREATE INDEX "volunteers_room_county_id_batch_id" ON "volunteers_room" ("county_id", "batch_id")',
    'CREATE INDEX "volunteers_step_county_id_organization_id" ON "volunteers_step" ("county_id", "organization_id")',
    'CREATE INDEX "volunteers_campaign_county_id_organization_id" ON "volunteers_campaign" ("county_id", "organization_id")',
    'CREATE INDEX "volunteers_donation_county_id_organization_id" ON "volunteers_donation" ("county_id", "organization_id")',
    'CREATE INDEX "volunteers_expense_county_id_room_id" ON "volunteers_expense" ("county_id", "room_id")',
    'CREATE INDEX "volunteers_expense_county_id_organization_id" ON "volunteers_expense" ("county_id", "organization_id")',
    'CREATE INDEX "volunteers_disclosure_county_id_organization_id" ON "volunteers_disclosure" ("county_id", "organization_id")',
]


def up() -> None:
    """Apply it."""
    run(STATEMENTS)
