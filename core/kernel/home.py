"""Where the installation keeps its database, keys and files."""

import os
from pathlib import Path


def home() -> Path:
    """The folder named by `YOUTHPILOT_HOME`, default ./var; it is not created here."""
    return Path(os.environ.get("YOUTHPILOT_HOME", "var")).resolve()


def database_url() -> str:
    """`DATABASE_URL`, default SQLite in the home folder."""
    return os.environ.get("DATABASE_URL") or f"sqlite:///{home() / 'youthpilot.db'}"


def database_file() -> Path | None:
    """The file of the SQLite database; None on PostgreSQL and in memory."""
    return file_of(database_url())


def file_of(url: str) -> Path | None:
    """The same of any database's address."""
    path = url.removeprefix("sqlite:///") if url.startswith("sqlite:") else ""
    return Path(path).resolve() if path not in ("", ":memory:") else None


def make_home() -> Path:
    """The home folder, made with mode 0700 if it is not there. Raises OSError where it cannot be made."""
    folder = home()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def files_dir() -> Path:
    """The folder of stored files (evidence, imported workbooks), outside any web root; created on demand."""
    folder = home() / "files"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
