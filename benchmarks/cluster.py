"""A throw-away PostgreSQL from the installed programs, on a unix socket; as the user `postgres` where we are root."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote


def programs() -> Path | None:
    """The folder with initdb and pg_ctl of the newest version; None where PostgreSQL is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
    on_path = shutil.which("initdb")
    return found[-1] if found else Path(on_path).parent if on_path else None


@contextmanager
def cluster(found: Path) -> Iterator[str]:
    """The address of a new cluster's database `postgres`, owned by `owner`; it is gone afterwards. `found`: see `programs`."""
    folder = Path("/tmp") / f"youthpilot-pg-{os.getpid()}"  # short: a socket's path holds 107 characters; open to the user postgres
    folder.mkdir(mode=0o755)
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    data, log = folder / "data", folder / "log"
    try:
        _run(found / "initdb", "-D", data, "-U", "owner", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off -c max_connections=40"
        _run(found / "pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "start")
        yield f"postgresql://owner@{quote(str(folder), safe='')}/postgres"
    finally:
        if (data / "postmaster.pid").exists():
            _run(found / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _run(*command: object) -> None:
    """A command of the cluster: its server refuses to run as root."""
    line = [str(c) for c in command]
    if os.geteuid() == 0:
        line = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *line]
    done = subprocess.run(line, capture_output=True, text=True, cwd="/", env={**os.environ, "LC_ALL": "C"}, timeout=120)
    if done.returncode:
        raise RuntimeError(f"{line}\n{done.stdout}\n{done.stderr}")
