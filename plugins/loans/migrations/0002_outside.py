"""Posters and what comes in by them, tries, officers of banks; people of the registry that are not checked yet."""

from youthpilot.core import run

STATEMENTS = [
    'ALTER TABLE "loans_elite" ADD COLUMN "pending" {bool} NOT NULL DEFAULT FALSE',
    """CREATE TABLE "loans_poster" (
    "id" {id},
    "county_id" INTEGER NOT NULL,
    "organization_id" INTEGER NOT NULL,
    "title" VARCHAR(60) NOT NULL,
    "contact" VARCHAR(80) NOT NULL,
    "from_on" DATE NOT NULL,
    "to_on" DATE NOT NULL,
    "made_by" VARCHAR(80) NOT NULL,
    "made_at" VARCHAR(32) NOT NULL,
    "revoked_at" VARCHAR(32),
    "revoked_why" VARCHAR(200) NOT NULL,
    UNIQUE ("county_id", "id"),
    FOREIGN KEY ("county_id", "organization_id") REFERENCES "core_organization" ("county_id", "id"),
    FOREIGN KEY ("county_id") REFERENCES "core_county" ("id")
)""",
    'CREATE INDEX "loans_poster_county_id_organization_id" ON "loans_poster" ("county_id", "organization_id")',
    """CREATE TABLE "loans_request" (
    "id" {id},
    "county_id" INTEGER NOT NULL,
    "organization_id" INTEGER NOT NULL,
    "application_id" INTEGER NOT NULL,
    "poster_id" INTEGER NOT NULL,
    "code_hash" VARCHAR(64) NOT NULL,
    "expires_on" DATE NOT NULL,
    "form_key" VARCHAR(64) NOT NULL,
    "name" VARCHAR(40) NOT NULL,
    "sex" VARCHAR(1) NOT NULL,
    "birth_date" DATE NOT NULL,
    "id_no" VARCHAR(400) NOT NULL,
    "id_no_index" VARCHAR(32) NOT NULL,
    "phone" VARCHAR(400) NOT NULL,
    "place" VARCHAR(120) NOT NULL,
    "kind" VARCHAR(10) NOT NULL,
    "business_name" VARCHAR(80) NOT NULL,
    "main_product" VARCHAR(60) NOT NULL,
    "jobs_driven" INTEGER,
    "remark" TEXT NOT NULL,
    "is_known" {bool} NOT NULL,
    "consent" VARCHAR(12) NOT NULL,
    "consent_at" VARCHAR(32) NOT NULL,
    UNIQUE ("county_id", "id"),
    FOREIGN KEY ("county_id", "application_id") REFERENCES "loans_application" ("county_id", "id"),
    FOREIGN KEY ("county_id", "poster_id") REFERENCES "loans_poster" ("county_id", "id"),
    FOREIGN KEY ("county_id", "organization_id") REFERENCES "core_organization" ("county_id", "id"),
    FOREIGN KEY ("county_id") REFERENCES "core_county" ("id")
)""",
    'CREATE UNIQUE INDEX "loans_request_county_id_application_id" ON "loans_request" ("county_id", "application_id")',
    'CREATE UNIQUE INDEX "loans_request_county_id_code_hash" ON "loans_request" ("county_id", "code_hash")',
    'CREATE UNIQUE INDEX "loans_request_county_id_form_key" ON "loans_request" ("county_id", "form_key")',
    'CREATE INDEX "loans_request_county_id_id_no_index" ON "loans_request" ("county_id", "id_no_index")',
    """CREATE TABLE "loans_try" (
    "id" {id},
    "county_id" INTEGER NOT NULL,
    "organization_id" INTEGER NOT NULL,
    "act" VARCHAR(8) NOT NULL,
    "network" VARCHAR(32) NOT NULL,
    "at" VARCHAR(32) NOT NULL,
    UNIQUE ("county_id", "id"),
    FOREIGN KEY ("county_id", "organization_id") REFERENCES "core_organization" ("county_id", "id"),
    FOREIGN KEY ("county_id") REFERENCES "core_county" ("id")
)""",
    'CREATE INDEX "loans_try_county_id_act_network_at" ON "loans_try" ("county_id", "act", "network", "at")',
    """CREATE TABLE "loans_officer" (
    "id" {id},
    "county_id" INTEGER NOT NULL,
    "organization_id" INTEGER NOT NULL,
    "bank_id" INTEGER NOT NULL,
    "user_id" INTEGER NOT NULL,
    "since" DATE NOT NULL,
    "until" DATE,
    UNIQUE ("county_id", "id"),
    FOREIGN KEY ("county_id", "bank_id") REFERENCES "loans_bank" ("county_id", "id"),
    FOREIGN KEY ("county_id", "organization_id") REFERENCES "core_organization" ("county_id", "id"),
    FOREIGN KEY ("county_id") REFERENCES "core_county" ("id")
)""",
    'CREATE INDEX "loans_officer_county_id_user_id" ON "loans_officer" ("county_id", "user_id")',
    'CREATE INDEX "loans_officer_county_id_bank_id" ON "loans_officer" ("county_id", "bank_id")',
]


def up() -> None:
    """Make the tables."""
    run(STATEMENTS)
