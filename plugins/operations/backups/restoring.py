"""Put a backup in the place of what lies in the home: tried out beside it first, the old kept aside."""

from pathlib import Path

from youthpilot.core.audit.services import record
from youthpilot.core.kernel.errors import RuleError
from youthpilot.core.kernel.home import database_file, home
from youthpilot.core.kernel.keyfiles import BYTES, fingerprint
from youthpilot.core.kernel.occupying import own_home
from youthpilot.core.kernel.stamps import renew_epoch
from youthpilot.core.migrating import CORE_MIGRATIONS, applied, steps
from youthpilot.core.replacing import DATABASE, finish

from ..keys import adopt_secret
from ..words import _
from .container import unpack, whole
from .making import on_postgres
from .manifest import BackupRefused, Manifest, damaged, read_manifest
from .placing import place, staging
from .snapshot import as_home, log_findings, pending_schema, prove


def restore_backup(file: Path) -> tuple[Manifest, Path | None]:
    """Make the home what it was when `file` was made; what the backup says of itself, and where the old one is kept (None: there was none).

    Raises BackupRefused if the file is damaged or does not fit the keys in the home, ConflictError while another process works in it,
    KeysRefused without keys; then everything is as it was. Stored files of the backup replace the folder files as a whole.
    """
    if database_file() != home() / DATABASE:
        raise RuleError(on_postgres() if database_file() is None else _("restore works on the database in the home only: unset DATABASE_URL"))
    with own_home():
        finish()  # one that was killed
        prints = {name: fingerprint(name) for name in BYTES}
        with staging() as folder:
            data, found = unpack(file, folder)
            manifest = read_manifest(data, prints)
            if DATABASE not in found or not whole(manifest.members, found):
                raise damaged()
            _try_out(folder, manifest)
            aside = place()
    return manifest, aside


def _try_out(folder: Path, manifest: Manifest) -> None:
    """Prove the new installation as it lies in `folder`, and write into its log that it was restored. Raises BackupRefused."""
    found = prove(folder / DATABASE, dict(manifest.counts))
    with as_home(folder):
        newer = {name for name in applied() if name.startswith("core:")} - {step.name for step in steps("core", CORE_MIGRATIONS)}
        if newer:
            raise BackupRefused(_("The backup was made by a newer version of youthpilot: install that first"))
        found += log_findings()
        unknown = sorted(set(found) - set(manifest.findings))
        if unknown:
            raise BackupRefused("\n".join(unknown))
        if pending_schema():  # an entry is written in the log of this version only
            return
        adopt_secret()
        renew_epoch()
        record("backup.restore", object_type="backup", object_name=manifest.created_at, county_id=None, after={"findings": len(found)})
