"""Uploaded papers of measures and their log; a delegate's link names a branch of the register; files of decisions and delegates can be undone."""

from youthpilot.core import run

STATEMENTS = [
    """CREATE TABLE "reform_paper" (
    "id" {id},
    "county_id" INTEGER NOT NULL,
    "organization_id" INTEGER NOT NULL,
    "measure_id" INTEGER NOT NULL,
    "step_id" INTEGER,
    "file_name" VARCHAR(200) NOT NULL,
    "stored_name" VARCHAR(80) NOT NULL,
    "size" INTEGER NOT NULL,
    "digest" VARCHAR(64) NOT NULL,
    "uploaded_by" VARCHAR(80) NOT NULL,
    "uploaded_at" VARCHAR(32) NOT NULL,
    "removed" {bool} NOT NULL,
    UNIQUE ("county_id", "id"),
    FOREIGN KEY ("county_id", "measure_id") REFERENCES "reform_measure" ("county_id", "id"),
    FOREIGN KEY ("county_id", "step_id") REFERENCES "reform_step" ("county_id", "id"),
    FOREIGN KEY ("county_id", "organization_id") REFERENCES "core_organization" ("county_id", "id"),
    FOREIGN KEY ("county_id") REFERENCES "core_county" ("id")
)""",
    'CREATE INDEX "reform_paper_county_id_measure_id" ON "reform_paper" ("county_id", "measure_id")',
    'ALTER TABLE "reform_link" ADD COLUMN "branch_id" INTEGER REFERENCES "core_organization" ("id")',
    *(f'ALTER TABLE "reform_{table}" ADD COLUMN "batch_id" INTEGER' for table in ("decision", "delegate", "link")),
]


def up() -> None:
    """Make what is new."""
    run(STATEMENTS)
