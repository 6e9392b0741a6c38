"""Records in by file or paste: choose, look at every row judged, store the whole batch, take it back."""

from dataclasses import dataclass
from typing import Any

from flask import current_app, flash, jsonify, redirect, request, url_for
from xlsxwriter.utility import xl_col_to_name

from youthpilot.admin.baseview import BaseAdminView, expose, needs
from youthpilot.admin.exporting import file_response
from youthpilot.admin.pages.forms import SYSTEM
from youthpilot.admin.targets import bounded, row_id
from youthpilot.core.accounts import allowed
from youthpilot.core.batches.models import Batch
from youthpilot.core.batches.queries import batch_of, batches, standing_batch
from youthpilot.core.kernel.actor import current_actor
from youthpilot.core.kernel.cells import text_of
from youthpilot.core.kernel.clock import local
from youthpilot.core.kernel.db import UNDOING
from youthpilot.core.kernel.errors import NotFound, YouthpilotError
from youthpilot.core.kernel.identity import mask_id_no, mask_phone
from youthpilot.core.web.current import current_registry, registry, the_county

from . import jobs, queries, services
from .importer import Importer, Row
from .judging import JudgedFile
from .marking import mark_errors
from .models import Job
from .pieces import VALUE, ask, choices_of
from .words import _, _l

AT_ONCE = 4  # slices of an undo, a table each at least, that a page waits for
FIRST_ROWS, PROBLEM_ROWS, PROBLEMS, PER_PAGE = 8, 40, 200, 20
MASKS = {"id_no": mask_id_no, "phone": mask_phone}


@dataclass(frozen=True)
class Cell:
    """One cell of the judged grid: the text shown, '' E or W, and what is wrong."""

    text: str
    level: str
    message: str


@dataclass(frozen=True)
class Line:
    """One row of the grid. `level` '' E or W, `note` what concerns the whole row."""

    number: int
    cells: tuple[Cell, ...]
    level: str
    note: str


class ImportsView(BaseAdminView):
    """Import of files for every importer that the person may use."""

    name = _l("Import")
    category = SYSTEM
    icon = "upload"
    slug = "imports"
    permission_read = "imports.run"
    menu_after = "periods"

    @expose("/")
    def index(self) -> str:
        """What can be imported, what is under way, what was imported last."""
        latest = list(batches().limit(8))
        return self.render(
            "importing/index.html", cards=mine(), open_jobs=_open_jobs(), batches=[self._shown(b) for b in latest], more=len(latest) == 8
        )

    @expose("/template/<key>")
    def template(self, key: str) -> Any:
        """The empty file of an importer."""
        importer = _importer(key)
        return file_response(services.template_of(importer), "xlsx", _("%(title)s template", title=importer.title))

    # step 1 ------------------------------------------------------------------------------------------------------------

    @expose("/new/<key>", methods=("GET", "POST"))
    def new(self, key: str) -> Any:
        """Choose a file, or paste rows copied in a spreadsheet."""
        importer = _importer(key)
        if request.method == "GET":
            return self.render("importing/new.html", importer=importer, options=option_fields(importer, {}), text="")
        upload, text = request.files.get("file"), request.form.get("text", "")
        named = upload is not None and bool(upload.filename)
        try:
            stream, name = (upload.stream, upload.filename) if named else (None, _("pasted rows"))  # type: ignore[union-attr]
            job = jobs.open_draft(importer.key, name or "", _given(importer), current_actor(), stream=stream, text=text)  # type: ignore[arg-type]
        except YouthpilotError as error:
            flash(str(error), "error")
            return self.render("importing/new.html", importer=importer, options=option_fields(importer, _given(importer)), text=text), 422
        return redirect(self.get_url(".check", job_id=job.id), 303)

    # step 2 ------------------------------------------------------------------------------------------------------------

    @expose("/check/<job_id>")
    def check(self, job_id: str) -> Any:
        """Every row judged; nothing is stored yet."""
        job, importer = _job(job_id)
        if job.state not in ("draft", "failed"):
            return redirect(self.get_url(".progress", job_id=job.id))
        judged = _judged(job, importer)
        return self.render(
            "importing/check.html",
            job=job,
            importer=importer,
            judged=judged,
            columns=[(c.title, xl_col_to_name(i)) for c, i in _placed(judged)],
            lines=lines(judged),
            findings=[f for _i, f in zip(range(PROBLEMS), judged.findings(), strict=False)],
            total=sum(len(row.problems) for row in judged.rows) + len(judged.problems),
            mapping=mapping_fields(judged),
            options=option_fields(importer, {**judged.options, **job.params["given"]}),
            chosen=services.short_options(importer, the_county().id, judged.options),
            before=standing_batch(importer.key, job.params["digest"]),
            warnings=jobs.sheet_of(job).warnings,
            can_remember=judged.match.row_index >= 0,
        )

    @expose("/check/<job_id>/adjust", methods=("POST",))
    def adjust(self, job_id: str) -> Any:
        """Other options or other columns; the columns may be remembered as a profile."""
        job, importer = _job(job_id)
        mapping = _mapping(importer)
        jobs.change(job, given=_given(importer), mapping=mapping)
        if request.form.get("profile", "").strip():
            try:
                judged = _judged(job, importer)
                services.save_profile(importer, judged.match, request.form["profile"], current_actor())
                flash(_("The columns are remembered as “%(name)s” for the next file of this kind", name=request.form["profile"].strip()), "success")
            except YouthpilotError as error:
                flash(str(error), "error")
        return redirect(self.get_url(".check", job_id=job.id), 303)

    @expose("/check/<job_id>/marked")
    def marked(self, job_id: str) -> Any:
        """The same file, bad cells coloured and explained."""
        job, importer = _job(job_id)
        judged = _judged(job, importer)
        header = judged.match.row_index if judged.match.row_index >= 0 else None
        stem = job.params["name"].rsplit(".", 1)[0]
        return file_response(mark_errors(judged.sheet, judged.marks(), header), "xlsx", _("%(name)s to correct", name=stem))

    @expose("/check/<job_id>/apply", methods=("POST",))
    def apply(self, job_id: str) -> Any:
        """Store the whole file in the background."""
        job, importer = _job(job_id)
        judged, reason = _judged(job, importer), request.form.get("reason", "").strip()[:500]
        if judged.refused:
            flash(_("There is something to correct first; nothing was stored"), "error")
        elif judged.needs_reason and not reason:
            flash(_("Say why the unusual rows are right; nothing was stored"), "error")
        else:
            jobs.start(job, current_actor(), registry(), reason)  # type: ignore[arg-type]
            return redirect(self.get_url(".progress", job_id=job.id), 303)
        return redirect(self.get_url(".check", job_id=job.id), 303)

    @expose("/check/<job_id>/discard", methods=("POST",))
    def discard(self, job_id: str) -> Any:
        """Throw the file away."""
        job, _importer_of = _job(job_id)
        jobs.discard(job)
        flash(_("The file was thrown away; nothing was stored"), "success")
        return redirect(self.get_url(".index"), 303)

    # step 3 ------------------------------------------------------------------------------------------------------------

    @expose("/job/<job_id>")
    def progress(self, job_id: str) -> Any:
        """How far it is; then what came of it."""
        job, importer = _job(job_id)
        if job.state == "draft":
            return redirect(self.get_url(".check", job_id=job.id))
        result = job.result or {}
        batch = Batch.get_or_none(Batch.id == result.get("batch")) if result.get("batch") else None
        state = jobs.state_json(job)
        rows_url = _rows_url(importer) if job.state == "done" else ""
        shown = self._shown(batch) if batch else None
        return self.render("importing/job.html", job=job, importer=importer, result=result, batch=shown, state=state, rows_url=rows_url)

    @expose("/job/<job_id>/state")
    def state(self, job_id: str) -> Any:
        """The same for the page's script."""
        job, _importer_of = _job(job_id)
        return jsonify({**jobs.state_json(job), "next": self.get_url(".progress", job_id=job.id)})

    # batches -----------------------------------------------------------------------------------------------------------

    @expose("/batches")
    def batches(self) -> str:
        """Everything imported, the latest first."""
        page = bounded(request.args.get("page"), 0, 100_000, 0)
        query = batches()
        count = query.count()
        rows = [self._shown(b) for b in query.limit(PER_PAGE).offset(page * PER_PAGE)]
        return self.render("importing/batches.html", batches=rows, page=page, pages=-(-count // PER_PAGE), count=count)

    @expose("/batches/<batch_id>/undo", methods=("POST",))
    @needs("imports.undo")
    def undo(self, batch_id: str) -> Any:
        """Take a batch back; what is more than a moment's work goes on in the background."""
        batch = batch_of(row_id(batch_id))
        try:
            done = services.undo(batch, _importer(batch.importer), actor=current_actor(), slices=AT_ONCE)
            flash(_("“%(title)s” was undone: its rows are as before", title=batch.title), "success")
        except YouthpilotError as error:
            flash(str(error), "error")
            done = True
        return redirect(self.back(self.get_url(".batches")) if done else self.get_url(".undoing", batch_id=batch.id), 303)

    @expose("/batches/<batch_id>/undoing")
    def undoing(self, batch_id: str) -> Any:
        """How far the rows of a batch that was taken back are cleared away."""
        batch = batch_of(row_id(batch_id))
        if batch.state != UNDOING:
            return redirect(self.get_url(".batches"))
        jobs.take_out_later(batch)
        return self.render("importing/undoing.html", batch=batch, state=jobs.undo_json(batch))

    @expose("/batches/<batch_id>/state")
    def undo_state(self, batch_id: str) -> Any:
        """The same for the page's script."""
        return jsonify({**jobs.undo_json(batch_of(row_id(batch_id))), "next": self.get_url(".batches")})

    def _shown(self, batch: Batch) -> dict[str, Any]:
        """A batch for the lists; `undo` is the address that takes it back, '' where that cannot be. An undo that was stopped goes on."""
        jobs.take_out_later(batch)
        importer = queries.importers(current_registry()).get(batch.importer)
        may = batch.state == "applied" and allowed("imports.undo") and importer is not None and allowed(importer.permission)
        undoing = self.get_url(".undoing", batch_id=batch.id) if batch.state == UNDOING else ""
        undo = self.get_url(".undo", batch_id=batch.id) if may else ""
        return {"row": batch, "undo": undo, "undoing": undoing, "organization": batch.organization}


def mine() -> list[Importer]:
    """The importers that the person of this request may use."""
    return [i for i in queries.importers(current_registry()).values() if allowed(i.permission)]


def _importer(key: str) -> Importer:
    found = next((i for i in mine() if i.key == key), None)
    if found is None:
        raise NotFound(_("This import is not there; perhaps its module is switched off"))
    return found


def _job(job_id: str) -> tuple[Job, Importer]:
    job = jobs.job_of(row_id(job_id), current_actor())  # type: ignore[arg-type]
    return job, _importer(job.params["importer"])


def _open_jobs() -> list[dict[str, Any]]:
    known, actor = {i.key: i for i in mine()}, current_actor()
    found = jobs.jobs_of(actor) if actor is not None else []
    return [{"row": j, "title": known[j.params["importer"]].title, "since": local(j.created_at)} for j in found if j.params["importer"] in known]


def _judged(job: Job, importer: Importer) -> JudgedFile:
    p = job.params
    return services.judge(importer, jobs.sheet_of(job), p["given"], mapping=p["mapping"], headless=p["headless"])


def _given(importer: Importer) -> dict[str, str]:
    return {o.key: text for o in importer.options if (text := request.form.get(f"opt_{o.key}", "").strip()[:200])}


def _mapping(importer: Importer) -> dict[str, int] | None:
    chosen = {c.name: request.form.get(f"map_{c.name}", "") for c in importer.columns}
    if not any(f"map_{name}" in request.form for name in chosen):
        return None
    return {name: bounded(text, 0, 1000) for name, text in chosen.items() if text != ""}


def _rows_url(importer: Importer) -> str:
    return url_for(importer.endpoint) if importer.endpoint and importer.endpoint in current_app.view_functions else ""


# what the templates show -----------------------------------------------------------------------------------------------


def option_fields(importer: Importer, given: dict[str, Any]) -> list[dict[str, Any]]:
    """The options beside the file: title, kind, choices, the value chosen or the default."""
    county_id, fields = the_county().id, []
    for option in importer.options:
        value = given.get(option.key)
        if value in (None, "") and option.default is not None and option.guess is None:
            value = ask(importer, VALUE, option.default, county_id)
        choices = choices_of(importer, option, county_id)
        fields.append(
            {
                "option": option,
                "value": "" if value is None else str(value),
                "choices": choices,
                "empty": _("Recognised from the file") if option.guess else _("Please choose"),
            }
        )
    return fields


def mapping_fields(judged: JudgedFile) -> dict[str, Any]:
    """The columns of the importer and the headings to choose from, with a sample each."""
    headings = judged.match.headings
    below = judged.sheet.rows[judged.match.row_index + 1] if judged.match.row_index + 1 < len(judged.sheet.rows) else []
    choices = []
    for index, heading in enumerate(headings):
        letter = _("Column %(letter)s", letter=xl_col_to_name(index))
        choices.append((index, f"{letter} {heading or text_of(below[index] if index < len(below) else None)}".strip()[:60]))
    columns = [{"column": c, "index": judged.match.mapping.get(c.name)} for c in judged.importer.columns]
    return {"columns": columns, "choices": choices, "unknown": judged.match.unknown}


def _placed(judged: JudgedFile) -> list[tuple[Any, int]]:
    by_name = {c.name: c for c in judged.importer.columns}
    return [(by_name[name], index) for name, index in judged.match.mapping.items()]


def lines(judged: JudgedFile) -> list[Line]:
    """The first rows and the first rows with problems, in the order of the file."""
    wrong = [row for row in judged.rows if row.problems][:PROBLEM_ROWS]
    shown = {row.number: row for row in [*judged.rows[:FIRST_ROWS], *wrong]}
    placed = _placed(judged)
    return [_line(row, placed) for _number, row in sorted(shown.items())]


def _line(row: Row, placed: list[tuple[Any, int]]) -> Line:
    by_column: dict[str, list[Any]] = {}
    for problem in row.problems:
        by_column.setdefault(problem.column, []).append(problem)
    cells = []
    for column, _index in placed:
        found = by_column.pop(column.name, [])
        text = text_of(row.raw.get(column.name))
        cells.append(Cell(MASKS[column.kind](text) if column.kind in MASKS else text, _worst(found), " ".join(p.message for p in found)))
    note = " ".join(p.message for rest in by_column.values() for p in rest)
    return Line(row.number, tuple(cells), _worst(row.problems), note)


def _worst(problems: list[Any]) -> str:
    return "" if not problems else "E" if any(p.level == "E" for p in problems) else "W"
