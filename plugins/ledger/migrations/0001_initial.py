"""Tables of the module as they were on the first day."""

from youthpilot.core import run

STATEMENTS = [
    """CREATE TABLE "ledger_figure" (
    "id" {id},
    "county_id" INTEGER NOT NULL,
    "organization_id" INTEGER NOT NULL,
    "key" VARCHAR(80) NOT NULL,
    "kind" VARCHAR(12) NOT NULL,
    "position" INTEGER NOT NULL,
    "closed_on" DATE,
    "replaced_by" VARCHAR(80) NOT NULL,
    "replaced_from" DATE,
    "created_by" VARCHAR(80) NOT NULL,
    "created_at" VARCHAR(32) NOT NULL,
    UNIQUE ("county_id", "id"),
    FOREIGN KEY ("county_id", "organization_id") REFERENCES "core_organization" ("county_id", "id"),
    FOREIGN KEY ("county_id") REFERENCES "core_county" ("id")
)""",
    'CREATE UNIQUE INDEX "ledger_figure_county_id_key" ON "ledger_figure" ("county_id", "key")',
    """CREATE TABLE "ledger_version" (
    "id" {id},
    "county_id" INTEGER NOT NULL,
    "organization_id" INTEGER NOT NULL,
    "figure_id" INTEGER NOT NULL,
    "number" INTEGER NOT NULL,
    "valid_from" DATE NOT NULL,
    "title" VARCHAR(80) NOT NULL,
    "unit" VARCHAR(12) NOT NULL,
    "decimals" INTEGER NOT NULL,
    "definition" TEXT NOT NULL,
    "asked_of" TEXT NOT NULL,
    "format" VARCHAR(20) NOT NULL,
    "responsible" VARCHAR(60) NOT NULL,
    "reason" TEXT NOT NULL,
    "made_by" VARCHAR(80) NOT NULL,
    "made_at" VARCHAR(32) NOT NULL,
    UNIQUE ("county_id", "id"),
    FOREIGN KEY ("county_id", "figure_id") REFERENCES "ledger_figure" ("county_id", "id"),
    FOREIGN KEY ("county_id", "organization_id") REFERENCES "core_organization" ("county_id", "id"),
    FOREIGN KEY ("county_id") REFERENCES "core_county" ("id")
)""",
    'CREATE UNIQUE INDEX "ledger_version_county_id_figure_id_number" ON "ledger_version" ("county_id", "figure_id", "number")',
    """CREATE TABLE "ledger_sentence" (
    "id" {id},
    "county_id" INTEGER NOT NULL,
    "organization_id" INTEGER NOT NULL,
    "chapter" VARCHAR(12) NOT NULL,
    "heading" VARCHAR(60) NOT NULL,
    "text" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "valid_from" DATE NOT NULL,
    "closed_on" DATE,
    "when_key" VARCHAR(80) NOT NULL,
    "when_comparator" VARCHAR(2) NOT NULL,
    "when_value" VARCHAR(255),
    "needs_figures" {bool} NOT NULL,
    "changed_by" VARCHAR(80) NOT NULL,
    "changed_at" VARCHAR(32) NOT NULL,
    UNIQUE ("county_id", "id"),
    FOREIGN KEY ("county_id", "organization_id") REFERENCES "core_organization" ("county_id", "id"),
    FOREIGN KEY ("county_id") REFERENCES "core_county" ("id")
)""",
    'CREATE INDEX "ledger_sentence_county_id_chapter_position" ON "ledger_sentence" ("county_id", "chapter", "position")',
]


def up() -> None:
    """Make the tables."""
    run(STATEMENTS)
