"""Representatives are core's persons; dues are waived; receipts are voided instead of deleted."""

from youthpilot.core import run

R, P = '"chamber_representative"', '"core_person"'
SAME = (
    f'p."county_id" = {R}."county_id" AND p."organization_id" = {R}."organization_id" AND p."name" = {R}."name" '
    f'AND (p."birth_date" = {R}."birth_date" OR (p."birth_date" IS NULL AND {R}."birth_date" IS NULL))'
)
STATEMENTS = [
    # whoever is on record already (same place, name and birth date) stays one person; nothing had been linked before
    f'''INSERT INTO {P} ("county_id", "organization_id", "name", "sex", "birth_date", "id_no", "id_no_index", "phone", "phone_index", "ethnicity",
        "political_status", "education", "is_member")
    SELECT "county_id", "organization_id", "name", '', "birth_date", '', '', MAX("phone"), '', '', '', '', FALSE FROM {R}
    WHERE NOT EXISTS (SELECT 1 FROM {P} p WHERE {SAME}) GROUP BY "county_id", "organization_id", "name", "birth_date"''',  # noqa: S608 - names of this file, no input
    f'ALTER TABLE {R} DROP COLUMN "person_id"',
    f'ALTER TABLE {R} ADD COLUMN "person_id" INTEGER REFERENCES {P} ("id")',
    f'UPDATE {R} SET "person_id" = (SELECT MIN(p."id") FROM {P} p WHERE {SAME})',  # noqa: S608
    *(f'ALTER TABLE {R} DROP COLUMN "{column}"' for column in ("name", "birth_date", "phone")),
    f'CREATE INDEX "chamber_representative_county_id_person_id" ON {R} ("county_id", "person_id")',
    'ALTER TABLE "chamber_receipt" ADD COLUMN "voided_on" DATE',
    'ALTER TABLE "chamber_receipt" ADD COLUMN "void_reason" VARCHAR(120) NOT NULL DEFAULT \'\'',
    """CREATE TABLE "chamber_waiver" (
    "id" {id},
    "county_id" INTEGER NOT NULL,
    "organization_id" INTEGER NOT NULL,
    "unit_id" INTEGER NOT NULL,
    "year" INTEGER NOT NULL,
    "amount" {big} NOT NULL,
    "waived_on" DATE NOT NULL,
    "reason" VARCHAR(200) NOT NULL,
    "approval" VARCHAR(120) NOT NULL,
    UNIQUE ("county_id", "id"),
    FOREIGN KEY ("county_id", "unit_id") REFERENCES "chamber_unit" ("county_id", "id"),
    FOREIGN KEY ("county_id", "organization_id") REFERENCES "core_organization" ("county_id", "id"),
    FOREIGN KEY ("county_id") REFERENCES "core_county" ("id")
)""",
    'CREATE INDEX "chamber_waiver_county_id_unit_id_year" ON "chamber_waiver" ("county_id", "unit_id", "year")',
    'CREATE INDEX "chamber_waiver_county_id_waived_on" ON "chamber_waiver" ("county_id", "waived_on")',
]


def up() -> None:
    """Make what is new."""
    run(STATEMENTS)
