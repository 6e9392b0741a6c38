"""The child process that opens files from strangers: file on standard input, JSON lines on standard output.

It is started by reading.py without importing the rest of youthpilot (fast, and nothing to steal), limits itself
before it reads, and can open no file and no connection afterwards. Line 1: {"error": …} or a header; then one row a line.
"""

import json
import os
import sys
from datetime import datetime
from typing import Any, BinaryIO

from youthpilot.core.kernel.cells import CellError, Destroyed

from . import sheets
from .limits import Limits, Refused

try:
    import resource
except ImportError:  # Windows: the clock of the parent and the checks of the zip remain
    resource = None  # type: ignore[assignment]


def main(job: str) -> None:
    """Read standard input as `job` (JSON: extension, limits, sheet) says and answer on standard output."""
    order = json.loads(job)
    limits = Limits(**order["limits"])
    output = sys.stdout.buffer
    try:
        confine(limits)
        contents = sheets.read(sys.stdin.buffer.read(), order["extension"], limits, order["sheet"])
        answer(output, contents)
    except Refused as refused:
        _fail(output, refused.code, refused.values)
    except (MemoryError, OSError):  # OSError: the answer has reached its limit
        os._exit(1)
    except BaseException:  # a panic of the Rust reader is no Exception
        _fail(output, "damaged", {})


def confine(limits: Limits) -> None:
    """From here on: so much memory, time and output, no new file, no connection, no core dump."""
    for encoding in ("utf-8-sig", "utf-16", "gb18030", "gbk", "cp437"):
        "".encode(encoding)  # codecs are files too: load them while files can be opened
    if resource is None:
        return
    _lower(resource.RLIMIT_AS, limits.memory_bytes)
    _lower(resource.RLIMIT_CPU, limits.cpu_seconds, grace=1)  # at the soft limit a signal that says why, later a plain kill
    _lower(resource.RLIMIT_FSIZE, limits.output_bytes)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_NOFILE, 0)


def _lower(what: int, wanted: int, grace: int = 0) -> None:
    _, hard = resource.getrlimit(what)
    most = wanted + grace if hard == resource.RLIM_INFINITY else min(wanted + grace, hard)
    resource.setrlimit(what, (min(wanted, most), most))


def answer(output: BinaryIO, contents: sheets.Contents) -> None:
    """Header and rows as JSON lines."""
    head = {k: getattr(contents, k) for k in ("encoding", "sheet_name", "sheet_names", "warnings")} | {"rows": len(contents.rows)}
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_tagged).encode
    output.write((encode(head) + "\n").encode("utf-8", "replace"))
    for row in contents.rows:
        output.write((encode(row) + "\n").encode("utf-8", "replace"))
    output.flush()


def _tagged(value: Any) -> dict[str, str]:
    if isinstance(value, Destroyed):
        return {"destroyed": value.text}
    if isinstance(value, CellError):
        return {"error": value.text}
    return {"moment" if isinstance(value, datetime) else "day": value.isoformat()}


def _fail(output: BinaryIO, code: str, values: dict[str, object]) -> None:
    output.write(json.dumps({"refused": code, "values": values}).encode() + b"\n")
    output.flush()
