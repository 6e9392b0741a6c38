"""The one file of a backup: a tar with youthpilot.db, audit-ends.json, files/… and, at its end, manifest.json."""

import hashlib
import io
import os
import re
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from .manifest import NAME, damaged

_KNOWN = re.compile(r"youthpilot\.db|audit-ends\.json|manifest\.json|files/[A-Za-z_][A-Za-z0-9_]*/[A-Za-z0-9_-]+")
_BLOCK = 1 << 20


class _Hashed:
    """Reads a file for the tar and knows the digest of what was read."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.hash = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        data = self.file.read(size)
        self.hash.update(data)
        return data


def add_file(tar: tarfile.TarFile, name: str, path: Path) -> list[Any]:
    """Add a file under this name; its [bytes, SHA-256]. Raises OSError."""
    with path.open("rb") as file:
        info = _info(name, path.stat().st_size)
        hashed = _Hashed(file)
        tar.addfile(info, hashed)  # type: ignore[arg-type]
    return [info.size, hashed.hash.hexdigest()]


def add_bytes(tar: tarfile.TarFile, name: str, data: bytes) -> list[Any]:
    """Add bytes under this name; their [bytes, SHA-256]."""
    tar.addfile(_info(name, len(data)), io.BytesIO(data))
    return [len(data), hashlib.sha256(data).hexdigest()]


def _info(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info


def unpack(file: Path, folder: Path) -> tuple[bytes, Mapping[str, list[Any]]]:
    """Write every member below `folder` with mode 0600: the manifest's bytes, and [bytes, SHA-256] of all others by name.

    Raises BackupRefused for a file that is cut off, damaged, or holds anything that no backup of ours has; OSError for the disk's faults.
    """
    found: dict[str, list[Any]] = {}
    manifest = b""
    try:
        with tarfile.open(file, "r:") as tar:
            for member in tar:
                if not member.isreg() or not _KNOWN.fullmatch(member.name) or member.name in found or manifest:
                    raise damaged()
                source: Any = tar.extractfile(member)
                if member.name == NAME:
                    manifest = source.read()
                else:
                    found[member.name] = _write(source, folder / member.name, member.size)
    except tarfile.TarError:
        raise damaged() from None
    if not manifest:
        raise damaged()
    return manifest, found


def _write(source: Any, path: Path, size: int) -> list[Any]:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, written = hashlib.sha256(), 0
    with open(path, "xb", opener=_private) as target:
        while block := source.read(_BLOCK):
            written += target.write(block)
            digest.update(block)
    if written != size:
        raise damaged()
    return [written, digest.hexdigest()]


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def whole(members: Mapping[str, list[Any]], found: Mapping[str, list[Any]]) -> bool:
    """True if exactly the members that the manifest names are there, byte for byte."""
    return {k: list(v) for k, v in members.items()} == {k: list(v) for k, v in found.items()}


def stored_files(folder: Path, left_out: Iterable[str]) -> list[Path]:
    """Every file that `core.kernel.filing` stored below `files/`, but not in the folders named, in a fixed order. What else lies there is nobody's."""
    found = sorted(path for path in folder.glob("*/*") if path.parent.name not in left_out and path.is_file() and not path.is_symlink())
    return [path for path in found if _KNOWN.fullmatch(f"files/{path.parent.name}/{path.name}")]
