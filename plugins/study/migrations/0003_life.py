"""Meetings of 三会两制一课, the learners' own record, decisions about differences, notes on flags."""

from youthpilot.core import run

STATEMENTS = [
    """CREATE TABLE "study_meeting" (
    "id" {id},
    "county_id" INTEGER NOT NULL,
    "organization_id" INTEGER NOT NULL,
    "kind" VARCHAR(12) NOT NULL,
    "held_on" DATE NOT NULL,
    "should_attend" INTEGER NOT NULL,
    "present" INTEGER NOT NULL,
    "excellent" INTEGER,
    "quorate" {bool} NOT NULL,
    "topic" VARCHAR(120) NOT NULL,
    "result" TEXT NOT NULL,
    "reason" VARCHAR(200) NOT NULL,
    "recorded_by" VARCHAR(80) NOT NULL,
    "batch_id" INTEGER,
    UNIQUE ("county_id", "id"),
    FOREIGN KEY ("county_id", "organization_id") REFERENCES "core_organization" ("county_id", "id"),
    FOREIGN KEY ("county_id") REFERENCES "core_county" ("id")
)""",
    'CREATE UNIQUE INDEX "study_meeting_county_id_organization_id_kind_held_on_topic" ON "study_meeting" ("county_id", "organization_id", "kind", "held_on", "topic")',
    'CREATE INDEX "study_meeting_county_id_held_on" ON "study_meeting" ("county_id", "held_on")',
    'CREATE INDEX "study_meeting_county_id_batch_id" ON "study_meeting" ("county_id", "batch_id")',
    """CREATE TABLE "study_own_record" (
    "id" {id},
    "county_id" INTEGER NOT NULL,
    "organization_id" INTEGER NOT NULL,
    "issue_id" INTEGER NOT NULL,
    "person_key" VARCHAR(64) NOT NULL,
    "name" VARCHAR(40) NOT NULL,
    "number" VARCHAR(40) NOT NULL,
    "learned_on" DATE,
    "is_member" {bool},
    "batch_id" INTEGER,
    UNIQUE ("county_id", "id"),
    FOREIGN KEY ("county_id", "issue_id") REFERENCES "study_issue" ("county_id", "id"),
    FOREIGN KEY ("county_id", "organization_id") REFERENCES "core_organization" ("county_id", "id"),
    FOREIGN KEY ("county_id") REFERENCES "core_county" ("id")
)""",
    'CREATE UNIQUE INDEX "study_own_record_county_id_organization_id_issue_id_person_key" ON "study_own_record" ("county_id", "organization_id", "issue_id", "person_key")',
    'CREATE INDEX "study_own_record_county_id_issue_id" ON "study_own_record" ("county_id", "issue_id")',
    'CREATE INDEX "study_own_record_county_id_batch_id" ON "study_own_record" ("county_id", "batch_id")',
    """CREATE TABLE "study_decision" (
    "id" {id},
    "county_id" INTEGER NOT NULL,
    "organization_id" INTEGER NOT NULL,
    "issue_id" INTEGER NOT NULL,
    "person_key" VARCHAR(64) NOT NULL,
    "name" VARCHAR(40) NOT NULL,
    "difference" VARCHAR(8) NOT NULL,
    "verdict" VARCHAR(8) NOT NULL,
    "reason" VARCHAR(200) NOT NULL,
    "seen" VARCHAR(200) NOT NULL,
    "undo" TEXT NOT NULL,
    "decided_by" VARCHAR(80) NOT NULL,
    "decided_at" VARCHAR(32) NOT NULL,
    UNIQUE ("county_id", "id"),
    FOREIGN KEY ("county_id", "issue_id") REFERENCES "study_issue" ("county_id", "id"),
    FOREIGN KEY ("county_id", "organization_id") REFERENCES "core_organization" ("county_id", "id"),
    FOREIGN KEY ("county_id") REFERENCES "core_county" ("id")
)""",
    'CREATE UNIQUE INDEX "study_decision_county_id_organization_id_issue_id_person_key" ON "study_decision" ("county_id", "organization_id", "issue_id", "person_key")',
    'CREATE INDEX "study_decision_county_id_issue_id" ON "study_decision" ("county_id", "issue_id")',
    """CREATE TABLE "study_flag_note" (
    "id" {id},
    "county_id" INTEGER NOT NULL,
    "organization_id" INTEGER NOT NULL,
    "code" VARCHAR(8) NOT NULL,
    "place" VARCHAR(40) NOT NULL,
    "seen" VARCHAR(200) NOT NULL,
    "note" VARCHAR(200) NOT NULL,
    "noted_by" VARCHAR(80) NOT NULL,
    "noted_at" VARCHAR(32) NOT NULL,
    UNIQUE ("county_id", "id"),
    FOREIGN KEY ("county_id", "organization_id") REFERENCES "core_organization" ("county_id", "id"),
    FOREIGN KEY ("county_id") REFERENCES "core_county" ("id")
)""",
    'CREATE UNIQUE INDEX "study_flag_note_county_id_organization_id_code_place" ON "study_flag_note" ("county_id", "organization_id", "code", "place")',
]


def up() -> None:
    """Make the tables."""
    run(STATEMENTS)
