"""Make-up study, exemptions, points; how many of each a counter knows."""

from youthpilot.core import run

STATEMENTS = [
    'ALTER TABLE "study_counter" ADD COLUMN "exempt" INTEGER NOT NULL DEFAULT 0',
    'ALTER TABLE "study_counter" ADD COLUMN "makeups" INTEGER NOT NULL DEFAULT 0',
    """CREATE TABLE "study_makeup" (
    "id" {id},
    "county_id" INTEGER NOT NULL,
    "organization_id" INTEGER NOT NULL,
    "issue_id" INTEGER NOT NULL,
    "person_id" INTEGER NOT NULL,
    "made_on" DATE NOT NULL,
    "reason" VARCHAR(120) NOT NULL,
    "evidence" VARCHAR(200) NOT NULL,
    "batch_id" INTEGER,
    UNIQUE ("county_id", "id"),
    FOREIGN KEY ("county_id", "issue_id") REFERENCES "study_issue" ("county_id", "id"),
    FOREIGN KEY ("county_id", "person_id") REFERENCES "study_member" ("county_id", "id"),
    FOREIGN KEY ("county_id", "organization_id") REFERENCES "core_organization" ("county_id", "id"),
    FOREIGN KEY ("county_id") REFERENCES "core_county" ("id")
)""",
    'CREATE UNIQUE INDEX "study_makeup_county_id_issue_id_person_id" ON "study_makeup" ("county_id", "issue_id", "person_id")',
    'CREATE INDEX "study_makeup_county_id_organization_id_issue_id" ON "study_makeup" ("county_id", "organization_id", "issue_id")',
    'CREATE INDEX "study_makeup_county_id_batch_id" ON "study_makeup" ("county_id", "batch_id")',
    """CREATE TABLE "study_exemption" (
    "id" {id},
    "county_id" INTEGER NOT NULL,
    "organization_id" INTEGER NOT NULL,
    "person_id" INTEGER NOT NULL,
    "from_on" DATE NOT NULL,
    "to_on" DATE,
    "reason" VARCHAR(120) NOT NULL,
    "evidence" VARCHAR(200) NOT NULL,
    UNIQUE ("county_id", "id"),
    FOREIGN KEY ("county_id", "person_id") REFERENCES "study_member" ("county_id", "id"),
    FOREIGN KEY ("county_id", "organization_id") REFERENCES "core_organization" ("county_id", "id"),
    FOREIGN KEY ("county_id") REFERENCES "core_county" ("id")
)""",
    'CREATE INDEX "study_exemption_county_id_person_id" ON "study_exemption" ("county_id", "person_id")',
    'CREATE INDEX "study_exemption_county_id_organization_id" ON "study_exemption" ("county_id", "organization_id")',
    """CREATE TABLE "study_point" (
    "id" {id},
    "county_id" INTEGER NOT NULL,
    "organization_id" INTEGER NOT NULL,
    "person_id" INTEGER,
    "issue_id" INTEGER NOT NULL,
    "rule" VARCHAR(12) NOT NULL,
    "points" INTEGER NOT NULL,
    "reason" TEXT NOT NULL,
    "counted_on" DATE NOT NULL,
    "reverses_id" INTEGER,
    "by_hand" {bool} NOT NULL,
    "recorded_at" VARCHAR(32) NOT NULL,
    "actor" VARCHAR(80) NOT NULL,
    UNIQUE ("county_id", "id"),
    FOREIGN KEY ("county_id", "person_id") REFERENCES "study_member" ("county_id", "id"),
    FOREIGN KEY ("county_id", "issue_id") REFERENCES "study_issue" ("county_id", "id"),
    FOREIGN KEY ("county_id", "reverses_id") REFERENCES "study_point" ("county_id", "id"),
    FOREIGN KEY ("county_id", "organization_id") REFERENCES "core_organization" ("county_id", "id"),
    FOREIGN KEY ("county_id") REFERENCES "core_county" ("id")
)""",
    'CREATE UNIQUE INDEX "study_point_county_id_reverses_id" ON "study_point" ("county_id", "reverses_id")',
    'CREATE INDEX "study_point_county_id_organization_id_counted_on" ON "study_point" ("county_id", "organization_id", "counted_on")',
    'CREATE INDEX "study_point_county_id_counted_on" ON "study_point" ("county_id", "counted_on")',
]


def up() -> None:
    """Add columns and tables."""
    run(STATEMENTS)
