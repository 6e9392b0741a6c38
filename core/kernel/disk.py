"""Files on disk that are written whole or not at all."""

import os
import secrets
from contextlib import suppress
from pathlib import Path


def write_file(path: Path, data: bytes, *, once: bool = False) -> None:
    """Write `path` whole or leave what was there: aside with mode 0600, synced, renamed. once: one that is there by then stays. Raises OSError."""
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
            target.write(data)
            target.flush()
            os.fsync(target.fileno())
        if not once or not _linked(aside, path):
            aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    sync_folder(path.parent)


def _linked(aside: Path, path: Path) -> bool:
    """Give `aside` the name too, unless it is taken; False where the disk knows no links."""
    try:
        path.hardlink_to(aside)
    except FileExistsError:
        return True
    except OSError:
        return False
    return True


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk: a renamed file is there after a power cut too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network folders know no such thing
            os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Bring every file and name below a folder to the disk."""
    for root, _folders, names in os.walk(folder):
        for name in names:
            path = Path(root, name)
            if not path.is_symlink():
                with path.open("rb") as file:
                    os.fsync(file.fileno())
        sync_folder(Path(root))
