"""Imports from the browser: the file kept under a random name, looked at in steps, then written by one worker thread of the process.

A Job row is the file's card from upload to result. params: importer, file, name, digest, given (options), mapping, headless, reason, worker.
state: draft (being looked at), waiting, running, done, failed.
"""

import csv
import fcntl
import hashlib
import io
import os
import queue
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import structlog

from youthpilot.core.accounts.actor import Actor, actor_for
from youthpilot.core.accounts.models import User
from youthpilot.core.batches.models import Batch
from youthpilot.core.batches.services import root_id
from youthpilot.core.batches.taking_back import take_out
from youthpilot.core.counties.models import County
from youthpilot.core.counties.services import county_registry
from youthpilot.core.kernel.afterwards import soon
from youthpilot.core.kernel.causes import cause_for_users
from youthpilot.core.kernel.cells import Cell, clean_text
from youthpilot.core.kernel.clock import now
from youthpilot.core.kernel.db import UNDOING, database, transaction
from youthpilot.core.kernel.errors import BusyError, ConflictError, NotFound, RuleError, YouthpilotError
from youthpilot.core.kernel.home import files_dir
from youthpilot.core.kernel.scope import Scope, current_scope, scoped, unscoped
from youthpilot.core.kernel.secrets import is_sealed, seal, unseal
from youthpilot.core.registry import Registry

from .limits import MEGABYTE, Limits
from .models import Job
from .queries import importers
from .reading import EXTENSIONS, RawSheet, ReadError, read_sheet
from .services import ImportRefused, Outcome, run_import
from .words import _

log = structlog.get_logger()
KIND = "import"
KEPT_FOR = timedelta(days=1)


class Stopped(YouthpilotError):
    """The right to import was withdrawn while the job waited or ran (security.md C8)."""

    status = 403


# the card ------------------------------------------------------------------------------------------------------------


def open_draft(key: str, name: str, given: dict[str, Any], actor: Actor, *, stream: BinaryIO | None = None, text: str = "") -> Job:
    """A new card for an uploaded file (`stream`, called `name`) or for text pasted from a spreadsheet.

    Raises ReadError for a file that cannot be read and RuleError for nothing at all; then nothing is kept.
    """
    sweep()
    if stream is None and not text.strip():
        raise RuleError(_("Choose a file, or paste the rows"), "file")
    if stream is not None and Path(name).suffix.lower().lstrip(".") not in EXTENSIONS:
        raise ReadError("extension", _("%(name)s is not an Excel or CSV file. Save it as .xlsx and send it again.", name=name))
    path = _folder() / secrets.token_hex(16)
    params = {"importer": key, "file": path.name, "name": Path(name).name[-180:], "given": given, "mapping": None, "headless": stream is None}
    try:
        _store(path, stream if stream is not None else io.BytesIO(text.encode()))
        sheet = _read(path, params)
        with transaction():
            return Job.create(
                county=current_scope().county_id,
                organization=root_id(),
                kind=KIND,
                state="draft",
                total=len(sheet.rows),
                params=params | {"digest": sheet.digest},
                created_by=actor.name,
                created_by_id=actor.user_id,
                created_at=now(),
            )
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _store(path: Path, stream: BinaryIO) -> None:
    """Encrypted: a list of people that is never imported must not lie on the disk for everybody who can read a disk."""
    most = Limits().file_bytes
    content = stream.read(most + 1)
    if len(content) > most:
        raise ReadError("file_bytes", _("The file is larger than %(limit)s MB. Split it and send the parts.", limit=most // MEGABYTE))
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as target:
        target.write(seal(content, path.name))


def job_of(job_id: int, actor: Actor) -> Job:
    """The actor's own card. Raises NotFound for anybody else's."""
    job = Job.get_or_none((Job.id == job_id) & (Job.kind == KIND) & (Job.created_by_id == actor.user_id))
    if job is None:
        raise NotFound(_("This import is not there any more. Choose the file again."))
    if job.state in ("waiting", "running") and not _alive(job.params.get("worker", "")):
        _fail(job, _("The program was stopped in between; nothing was stored. Start again."))
    return job


def jobs_of(actor: Actor) -> list[Job]:
    """The actor's cards that are not finished, the latest first."""
    query = Job.select().where((Job.kind == KIND) & (Job.created_by_id == actor.user_id) & (Job.state != "done")).order_by(Job.id.desc())
    return [job_of(job.id, actor) for job in query.limit(20)]


def change(job: Job, **params: Any) -> None:
    """Change what was chosen for a card that is not being written. Raises ConflictError if it is."""
    fresh = {**job.params, **params}
    if not Job.update(params=fresh).where((Job.id == job.id) & Job.state.in_(("draft", "failed"))).execute():
        raise ConflictError(_("This import is under way already"))
    job.params = fresh


def discard(job: Job) -> None:
    """Throw the card and its file away. Raises ConflictError while it is being written."""
    if not Job.delete().where((Job.id == job.id) & Job.state.in_(("draft", "failed"))).execute():
        raise ConflictError(_("This import is under way already"))
    _forget(job)


def sweep() -> None:
    """Delete cards that were never finished and files older than a day, of all counties, and what workers that ended left behind."""
    limit = now() - KEPT_FOR
    with unscoped("files of imports older than a day"):
        old = (Job.kind == KIND) & Job.state.in_(("draft", "failed")) & (Job.created_at < limit)
        if Job.select().where(old).exists():  # else nothing is written
            Job.delete().where(old).execute()
    for path in _folder().iterdir():
        if path.is_file() and _outlived(path, limit):
            path.unlink(missing_ok=True)
    for lock in (files_dir() / "workers").glob("*.lock"):
        _alive(lock.stem)  # the one of a process that ended goes


def _outlived(path: Path, limit: datetime) -> bool:
    """Older than a day, or from before files were encrypted."""
    with path.open("rb") as file:
        start = file.read(64)
    return path.stat().st_mtime < limit.timestamp() or bool(start) and not is_sealed(start)


def _folder() -> Path:
    folder = files_dir() / "imports"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _forget(job: Job) -> None:
    _sheets.pop(job.params["file"], None)
    (_folder() / job.params["file"]).unlink(missing_ok=True)


# reading -------------------------------------------------------------------------------------------------------------

_sheets: "OrderedDict[str, RawSheet]" = OrderedDict()
_SHEETS, _LARGEST_KEPT = 3, 30_000
_sheets_lock = threading.Lock()


def sheet_of(job: Job) -> RawSheet:
    """The cells of the card's file; the last few files stay in memory, so that looking at them is quick. Raises NotFound once it is deleted."""
    path = _folder() / job.params["file"]
    with _sheets_lock:
        known = _sheets.get(path.name)
    if known is not None:
        return known
    if not path.exists():
        raise NotFound(_("The file is not kept any longer. Choose it again."))
    return _read(path, job.params)


def _read(path: Path, params: dict[str, Any]) -> RawSheet:
    try:
        content = unseal(path.read_bytes(), path.name)
    except ValueError:  # put there by somebody else, or before files were encrypted
        raise NotFound(_("The file is not kept any longer. Choose it again.")) from None
    sheet = pasted(content.decode()) if params["headless"] else read_sheet(content, params["name"])
    if len(sheet.rows) <= _LARGEST_KEPT:
        with _sheets_lock:
            _sheets[path.name] = sheet
            while len(_sheets) > _SHEETS:
                _sheets.popitem(last=False)
    return sheet


def pasted(text: str) -> RawSheet:
    """Rows copied in a spreadsheet: cells separated by tabs, rows by line ends. Raises ReadError for too many columns or rows."""
    limits = Limits()
    rows: list[list[Cell]] = [[clean_text(cell) for cell in line] for line in _split(text)]
    while rows and not any(cell is not None for cell in rows[-1]):
        rows.pop()
    width = max((i + 1 for row in rows for i, cell in enumerate(row) if cell is not None), default=0)
    if width > limits.columns or len(rows) > limits.rows:
        raise ReadError("columns", _("Too much was pasted. Save it as a file and choose that."))
    if not rows:
        raise ReadError("empty", _("Nothing was pasted."))
    rows = [(row + [None] * width)[:width] for row in rows]
    digest = hashlib.sha256(text.encode()).hexdigest()
    return RawSheet(rows, None, "", (), digest, (), _("pasted rows"))


def _split(text: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter="\t", strict=True))
    except csv.Error:  # a quotation mark that is only a quotation mark
        return [line.split("\t") for line in text.splitlines()]


# the worker ----------------------------------------------------------------------------------------------------------

_orders: "queue.SimpleQueue[Callable[[], None]]" = queue.SimpleQueue()
_start_lock = threading.Lock()
_worker: dict[str, Any] = {}  # pid, name and lock file of this process's worker


def start(job: Job, actor: Actor, registry: Registry, reason: str = "") -> None:
    """Hand the card to the worker of this process; it writes under the scope in force now. Raises ConflictError if it is under way or done."""
    name = _ensure_worker()
    fresh = {**job.params, "reason": reason, "worker": name}
    claimed = Job.update(state="waiting", params=fresh, done=0, message="").where((Job.id == job.id) & Job.state.in_(("draft", "failed"))).execute()
    if not claimed:
        raise ConflictError(_("This import is under way already"))
    scope = current_scope()
    _orders.put(lambda: _run(job.id, actor, registry, scope))


def _ensure_worker() -> str:
    with _start_lock:
        if _worker.get("pid") != os.getpid():  # first use in this process, or a fork of one that had a worker
            name = secrets.token_hex(8)
            _worker.update(pid=os.getpid(), name=name, lock=_own_lock(name))
            threading.Thread(target=_work, name="imports", daemon=True).start()
        return str(_worker["name"])


def _own_lock(name: str) -> Any:
    """The worker's lock file, held as long as the process lives; made again if `sweep` of another process took it for a dead one's."""
    while True:
        lock = _lock_path(name).open("w")
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _lock_path(name).exists() and _lock_path(name).stat().st_ino == os.fstat(lock.fileno()).st_ino:
            return lock
        lock.close()


def _lock_path(name: str) -> Path:
    folder = files_dir() / "workers"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{name}.lock"


def _alive(name: str) -> bool:
    """True while the process that took the job lives: it holds its lock file."""
    if name and name == _worker.get("name") and _worker.get("pid") == os.getpid():
        return True
    try:
        with _lock_path(name).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _lock_path(name).unlink(missing_ok=True)  # while it is held: its name cannot be another process's by now
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _work() -> None:
    while True:
        order = _orders.get()
        try:
            database.connect(reuse_if_open=True)
            order()
        except BaseException as error:  # the thread must outlive whatever a job does
            log.error("import job failed", exc_info=error)
        finally:
            if not database.is_closed():
                database.close()


_taking: set[tuple[int, int]] = set()  # (process, batch) of the undoes that wait or run here


def take_out_later(batch: Batch) -> None:
    """Let the worker of this process take out the rows of a batch that is being undone. Whoever comes by asks: it is done once."""
    key = (os.getpid(), batch.id)
    if batch.state == UNDOING and key not in _taking:
        _taking.add(key)
        _ensure_worker()
        _orders.put(lambda: _take_out(key, batch.county_id))


def _take_out(key: tuple[int, int], county_id: int) -> None:
    try:
        take_out(key[1], county_id)
    except ConflictError as error:  # tried again when somebody looks
        log.warning("rows of an undone import stay", batch=key[1], reason=str(error))
    finally:
        _taking.discard(key)


def resume() -> None:
    """Go on with what a process that was stopped left undone, of all counties. Called when the server starts, and hourly."""
    with unscoped("imports that are being undone"):
        for batch in Batch.select().where(Batch.state == UNDOING).order_by(Batch.id):
            take_out_later(batch)


def undo_json(batch: Batch) -> dict[str, Any]:
    """What the page of an undo asks for every second. The import counts no longer from the start; only the clearing up takes its time."""
    left = sum(rows for _table, rows in batch.takes)
    total = max(batch.added + batch.changed, left)
    text = _("Already as before the import; %(left)s rows are still being cleared away", left=f"{left:,}")
    return {"done": total - left, "total": total, "text": text, "finished": batch.state != UNDOING}


def _run(job_id: int, actor: Actor, registry: Registry, scope: Scope) -> None:
    with scoped(scope):
        if not Job.update(state="running").where((Job.id == job_id) & (Job.state == "waiting")).execute():
            return
        job = Job.get_by_id(job_id)
        try:
            _import(job, actor, registry)
            _forget(job)
        except ImportRefused as refused:
            _fail(job, str(refused))
        except (YouthpilotError, BusyError) as error:
            _fail(job, str(error))
        except Exception as error:
            log.error("import job failed", job=job_id, importer=job.params["importer"], exc_info=error)
            _fail(job, cause_for_users(error) or _("A fault in the program stopped the import; nothing was stored. Tell the administrator."))


def _import(job: Job, actor: Actor, registry: Registry) -> None:
    params, county = job.params, County.get_by_id(job.county_id)
    importer = importers(county_registry(registry, county)).get(params["importer"])
    if importer is None:
        raise NotFound(_("The module of this import is not enabled any more"))

    def proceed() -> None:
        _still_allowed(actor, county, registry, importer.permission)

    def progress(done: int, total: int) -> None:
        proceed()
        Job.update(done=done, total=total).where(Job.id == job.id).execute()

    def finish(outcome: Outcome) -> None:
        counts, batch = outcome.counts, outcome.batch
        result = {"added": counts.added, "changed": counts.changed, "unchanged": counts.unchanged, "batch": batch.id if batch else None}
        Job.update(state="done", result=result, finished_at=now()).where(Job.id == job.id).execute()

    proceed()
    run_import(
        importer,
        sheet_of(job),
        params["given"],
        actor=actor,
        reason=params.get("reason", ""),
        mapping=params["mapping"],
        headless=params["headless"],
        progress=progress,
        proceed=proceed,
        finish=finish,
    )


def _still_allowed(actor: Actor, county: County, registry: Registry, permission: str) -> None:
    """The account may have been disabled, the role withdrawn or narrowed since the button was pressed."""
    user = User.get_or_none((User.id == actor.user_id) & (User.disabled == False))  # noqa: E712
    fresh = actor_for(user, county, county_registry(registry, county)) if user is not None else None
    if fresh is None or not fresh.may(permission) or not fresh.may("imports.run") or fresh.root_id != actor.root_id:
        raise Stopped(_("Your right to import was withdrawn; nothing was stored."))


def _fail(job: Job, message: str) -> None:
    """At once, or after the answer of a page that only looks."""
    job.state, job.message = "failed", message
    soon("import stopped", partial(_set_failed, job.id, message, now(), current_scope()))


def _set_failed(job_id: int, message: str, at: datetime, scope: Scope) -> None:
    with scoped(scope):
        Job.update(state="failed", message=message, finished_at=at).where((Job.id == job_id) & Job.state.in_(("waiting", "running"))).execute()


def state_json(job: Job) -> dict[str, Any]:
    """What the page asks for every second: done, total, text, finished."""
    if job.state == "waiting":
        text = _("Waiting for the import before it")
    elif job.state == "running":
        text = _("Checking row %(done)s of %(total)s", done=f"{job.done:,}", total=f"{job.total:,}") if job.done < job.total else _("Writing")
    else:
        text = job.message
    return {"done": job.done, "total": job.total, "text": text, "finished": job.state in ("done", "failed", "draft")}
