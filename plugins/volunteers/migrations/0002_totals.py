"""Totals of those who joined without names; the guardian's name is encrypted like the phone beside it."""

from peewee import CharField

from youthpilot.core import BaseModel, ProtectedField, Scope, run, scoped

BEFORE = [
    'ALTER TABLE "volunteers_volunteer" ADD COLUMN "guardian_sealed" VARCHAR(400) NOT NULL DEFAULT \'\'',
    """CREATE TABLE "volunteers_total" (
    "id" {id},
    "county_id" INTEGER NOT NULL,
    "organization_id" INTEGER NOT NULL,
    "from_on" DATE NOT NULL,
    "until_on" DATE NOT NULL,
    "joined" INTEGER NOT NULL,
    "source_file" VARCHAR(200) NOT NULL,
    "entered_by" VARCHAR(80) NOT NULL,
    UNIQUE ("county_id", "id"),
    FOREIGN KEY ("county_id", "organization_id") REFERENCES "core_organization" ("county_id", "id"),
    FOREIGN KEY ("county_id") REFERENCES "core_county" ("id")
)""",
    'CREATE INDEX "volunteers_total_county_id_organization_id_from_on" ON "volunteers_total" ("county_id", "organization_id", "from_on")',
    'CREATE INDEX "volunteers_total_county_id_until_on" ON "volunteers_total" ("county_id", "until_on")',
]
AFTER = ['ALTER TABLE "volunteers_volunteer" DROP COLUMN "guardian_name"']


class Row(BaseModel):
    """The table as it is between the two halves of this step."""

    plain = CharField(column_name="guardian_name")
    sealed = ProtectedField(column_name="guardian_sealed")

    class Meta:
        table_name = "volunteers_volunteer"


def up() -> None:
    """Make the table, seal the names, take the plain ones away."""
    run(BEFORE)
    with scoped(Scope(None, None, None, "system")):
        for key, name in Row.select(Row.id, Row.plain).where(Row.plain != "").tuples():
            Row.update(sealed=name).where(Row.id == key).execute()
    run(AFTER)
