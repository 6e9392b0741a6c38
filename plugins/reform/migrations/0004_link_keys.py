"""Makes reference reform_link.branch_id → core_organization."""

from youthpilot.core import run

STATEMENTS = [
    'ALTER TABLE "reform_link" ADD FOREIGN KEY ("county_id", "branch_id") REFERENCES "core_organization" ("county_id", "id")',
]


def up() -> None:
    """Apply it."""
    run(STATEMENTS)
