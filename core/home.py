"""Where the installation keeps its database, keys and files."""

import os
from pathlib import Path


def home() -> Path:
    """The folder named by `YOUTHPILOT_HOME`, default ./var; it is not created here."""
    return Path(os.environ.get("YOUTHPILOT_HOME", "var")).resolve()


def database_url() -> str:
    """`DATABASE_URL`, default SQLite in the home folder."""
    return os.environ.get("DATABASE_URL") or f"sqlite:///{home() / 'youthpilot.db'}"


def files_dir() -> Path:
    """The folder of stored files (evidence, imported workbooks), outside any web root; created on demand."""
    folder = home() / "files"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
