"""The database knows the fingerprints of the keys it was written with."""

from youthpilot.core.kernel.schema import run

STATEMENTS = [
    """CREATE TABLE "core_key_fingerprint" (
        "id" {id},
        "name" VARCHAR(20) NOT NULL,
        "fingerprint" VARCHAR(64) NOT NULL,
        "recorded_at" VARCHAR(32) NOT NULL
    )""",
]


def up() -> None:
    """Add the table; `upgrade` writes the rows once the keys have proved to be those of the database."""
    run(STATEMENTS)
