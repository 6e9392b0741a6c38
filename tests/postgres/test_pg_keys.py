"""Keys, backup and an unfinished demonstration on PostgreSQL."""

import os

import pytest

from youthpilot.core.kernel.errors import RuleError
from youthpilot.core.kernel.home import home
from youthpilot.core.kernel.keyfiles import FIELDS, SECRET, KeysRefused, key_path, write_key
from youthpilot.core.kernel.schema import table_names
from youthpilot.core.keys.services import accept_keys, known_fingerprints
from youthpilot.core.migrating import applied, upgrade
from youthpilot.core.organizations.founding import create_county
from youthpilot.plugins.demo.state import holds_real, is_built, take_away
from youthpilot.plugins.operations.backups.making import make_backup
from youthpilot.plugins.operations.backups.manifest import BackupRefused
from youthpilot.plugins.operations.backups.restoring import restore_backup


def test_other_keys_are_refused_and_the_right_ones_taken(postgres):
    create_county("test", "试验县")  # the first entry of the log
    assert set(known_fingerprints()) == {SECRET, FIELDS}
    kept = key_path(FIELDS).read_text()
    write_key(FIELDS)
    with pytest.raises(KeysRefused, match="不是这个数据库的密钥"):
        accept_keys()
    key_path(FIELDS).write_text(kept)
    accept_keys()
    os.remove(key_path(FIELDS))
    with pytest.raises(KeysRefused, match="缺少密钥"):
        accept_keys()
    assert not key_path(FIELDS).exists()


def test_backup_and_restore_say_what_to_do_instead(postgres, tmp_path):
    with pytest.raises(BackupRefused, match="pg_dump"):
        make_backup(tmp_path / "a.tar")
    with pytest.raises(RuleError, match="pg_dump"):
        restore_backup(tmp_path / "a.tar")
    assert not (tmp_path / "a.tar").exists() and home() == tmp_path


def test_an_unfinished_demonstration_is_taken_away_at_once(postgres, registry):
    create_county("demo", "示范县", is_demo=True)
    assert not is_built() and not holds_real()
    assert take_away() and not take_away()
    assert not {name for name in table_names() if name.startswith(("core_", "study_"))}
    upgrade(registry)
    assert "core:0002_keys" in applied() and not registry.failures
