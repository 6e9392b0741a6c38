"""Tables of the module as they were on the first day."""

from youthpilot.core import run

STATEMENTS = [
    """CREATE TABLE "study_issue" (
    "id" {id},
    "county_id" INTEGER NOT NULL,
    "organization_id" INTEGER NOT NULL,
    "kind" VARCHAR(8) NOT NULL,
    "year" INTEGER NOT NULL,
    "season" INTEGER,
    "number" INTEGER NOT NULL,
    "is_special" {bool} NOT NULL,
    "title" VARCHAR(80) NOT NULL,
    "theme" VARCHAR(120) NOT NULL,
    "opens_on" DATE NOT NULL,
    "closes_on" DATE NOT NULL,
    UNIQUE ("county_id", "id"),
    FOREIGN KEY ("county_id", "organization_id") REFERENCES "core_organization" ("county_id", "id"),
    FOREIGN KEY ("county_id") REFERENCES "core_county" ("id")
)""",
    'CREATE UNIQUE INDEX "study_issue_county_id_kind_year_is_special_number" ON "study_issue" ("county_id", "kind", "year", "is_special", "number")',
    'CREATE INDEX "study_issue_county_id_closes_on" ON "study_issue" ("county_id", "closes_on")',
    """CREATE TABLE "study_member" (
    "id" {id},
    "county_id" INTEGER NOT NULL,
    "organization_id" INTEGER NOT NULL,
    "person_key" VARCHAR(64) NOT NULL,
    "name" VARCHAR(40) NOT NULL,
    "number" VARCHAR(40) NOT NULL,
    "is_member" {bool} NOT NULL,
    "off_roster" {bool} NOT NULL,
    "from_on" DATE,
    "to_on" DATE,
    "person_id" INTEGER,
    "batch_id" INTEGER,
    UNIQUE ("county_id", "id"),
    FOREIGN KEY ("county_id", "organization_id") REFERENCES "core_organization" ("county_id", "id"),
    FOREIGN KEY ("county_id") REFERENCES "core_county" ("id")
)""",
    'CREATE UNIQUE INDEX "study_member_county_id_organization_id_person_key" ON "study_member" ("county_id", "organization_id", "person_key")',
    'CREATE INDEX "study_member_county_id_organization_id_name" ON "study_member" ("county_id", "organization_id", "name")',
    """CREATE TABLE "study_roster" (
    "id" {id},
    "county_id" INTEGER NOT NULL,
    "organization_id" INTEGER NOT NULL,
    "issue_id" INTEGER NOT NULL,
    "member_base" INTEGER NOT NULL,
    "as_of" DATE NOT NULL,
    "counted_on" DATE NOT NULL,
    "source" VARCHAR(12) NOT NULL,
    "batch_id" INTEGER,
    UNIQUE ("county_id", "id"),
    FOREIGN KEY ("county_id", "issue_id") REFERENCES "study_issue" ("county_id", "id"),
    FOREIGN KEY ("county_id", "organization_id") REFERENCES "core_organization" ("county_id", "id"),
    FOREIGN KEY ("county_id") REFERENCES "core_county" ("id")
)""",
    'CREATE UNIQUE INDEX "study_roster_county_id_organization_id_issue_id" ON "study_roster" ("county_id", "organization_id", "issue_id")',
    'CREATE INDEX "study_roster_county_id_issue_id" ON "study_roster" ("county_id", "issue_id")',
    """CREATE TABLE "study_record" (
    "id" {id},
    "county_id" INTEGER NOT NULL,
    "organization_id" INTEGER NOT NULL,
    "issue_id" INTEGER NOT NULL,
    "person_id" INTEGER NOT NULL,
    "learned_on" DATE,
    "counted_on" DATE NOT NULL,
    "is_member" {bool} NOT NULL,
    "batch_id" INTEGER,
    UNIQUE ("county_id", "id"),
    FOREIGN KEY ("county_id", "issue_id") REFERENCES "study_issue" ("county_id", "id"),
    FOREIGN KEY ("county_id", "person_id") REFERENCES "study_member" ("county_id", "id"),
    FOREIGN KEY ("county_id", "organization_id") REFERENCES "core_organization" ("county_id", "id"),
    FOREIGN KEY ("county_id") REFERENCES "core_county" ("id")
)""",
    'CREATE UNIQUE INDEX "study_record_county_id_issue_id_person_id" ON "study_record" ("county_id", "issue_id", "person_id")',
    'CREATE INDEX "study_record_county_id_organization_id_issue_id" ON "study_record" ("county_id", "organization_id", "issue_id")',
    'CREATE INDEX "study_record_county_id_batch_id" ON "study_record" ("county_id", "batch_id")',
    """CREATE TABLE "study_aggregate" (
    "id" {id},
    "county_id" INTEGER NOT NULL,
    "organization_id" INTEGER NOT NULL,
    "issue_id" INTEGER NOT NULL,
    "learners_member" INTEGER,
    "learners_other" INTEGER,
    "source_file" VARCHAR(200) NOT NULL,
    "note" TEXT NOT NULL,
    "counted_on" DATE NOT NULL,
    "batch_id" INTEGER,
    UNIQUE ("county_id", "id"),
    FOREIGN KEY ("county_id", "issue_id") REFERENCES "study_issue" ("county_id", "id"),
    FOREIGN KEY ("county_id", "organization_id") REFERENCES "core_organization" ("county_id", "id"),
    FOREIGN KEY ("county_id") REFERENCES "core_county" ("id")
)""",
    'CREATE UNIQUE INDEX "study_aggregate_county_id_organization_id_issue_id" ON "study_aggregate" ("county_id", "organization_id", "issue_id")',
    'CREATE INDEX "study_aggregate_county_id_issue_id" ON "study_aggregate" ("county_id", "issue_id")',
    """CREATE TABLE "study_counter" (
    "id" {id},
    "county_id" INTEGER NOT NULL,
    "organization_id" INTEGER NOT NULL,
    "issue_id" INTEGER NOT NULL,
    "participations" INTEGER NOT NULL,
    "member_participations" INTEGER NOT NULL,
    "member_base" INTEGER,
    "source" VARCHAR(10) NOT NULL,
    UNIQUE ("county_id", "id"),
    FOREIGN KEY ("county_id", "issue_id") REFERENCES "study_issue" ("county_id", "id"),
    FOREIGN KEY ("county_id", "organization_id") REFERENCES "core_organization" ("county_id", "id"),
    FOREIGN KEY ("county_id") REFERENCES "core_county" ("id")
)""",
    'CREATE UNIQUE INDEX "study_counter_county_id_organization_id_issue_id" ON "study_counter" ("county_id", "organization_id", "issue_id")',
    'CREATE INDEX "study_counter_county_id_issue_id" ON "study_counter" ("county_id", "issue_id")',
]


def up() -> None:
    """Make the tables."""
    run(STATEMENTS)
