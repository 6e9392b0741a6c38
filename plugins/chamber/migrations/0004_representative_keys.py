"""Makes reference chamber_representative.person_id → core_person."""

from youthpilot.core import run

STATEMENTS = [
    'ALTER TABLE "chamber_representative" ADD FOREIGN KEY ("county_id", "person_id") REFERENCES "core_person" ("county_id", "id")',
]


def up() -> None:
    """Apply it."""
    run(STATEMENTS)
