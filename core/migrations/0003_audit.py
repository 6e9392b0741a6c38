"""Where the audit log ends, signed; why a module's migration failed."""

from youthpilot.core.kernel.schema import run

STATEMENTS = [
    """CREATE TABLE "core_audit_end" (
    "id" {id},
    "sequence" INTEGER NOT NULL,
    "digest" VARCHAR(64) NOT NULL,
    "first_digest" VARCHAR(64) NOT NULL,
    "signature" VARCHAR(64) NOT NULL
)""",
    """INSERT INTO "core_audit_end" ("sequence", "digest", "first_digest", "signature") VALUES (0, '', '', '')""",
    """CREATE TABLE "core_migration_failure" (
    "id" {id},
    "owner" VARCHAR(40) NOT NULL,
    "name" VARCHAR(120) NOT NULL,
    "reason" TEXT NOT NULL,
    "at" VARCHAR(32) NOT NULL
)""",
    'CREATE UNIQUE INDEX "core_migration_failure_owner" ON "core_migration_failure" ("owner")',
]


def up() -> None:
    """One row stands from the beginning, without a signature: none was kept yet."""
    run(STATEMENTS)
