"""Files that show what was done: stored by the core, named by rows of the module, taken away only by a mark."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from youthpilot.core import (
    ConflictError,
    RuleError,
    business_now,
    current_scope,
    filing,
    record_audit,
    transaction,
)

from .models import ReformMeasure, ReformPaper, ReformStep
from .queries import papers_of
from .words import _

FOLDER = ReformPaper.stored_in
MOST = 40  # files of one measure, its whole log together


@dataclass(frozen=True)
class Who:
    """Who acts: his name as written into the log, his user id (None: the command line or an import)."""

    name: str
    user_id: int | None = None


@contextmanager
def keeping(row: ReformMeasure, sent: Sequence[filing.SentFile]) -> Iterator[list[tuple[filing.SentFile, str]]]:
    """One transaction in which the new ones of these files are stored; (file, its stored name) for `write_papers`.

    What is there already, by name and content, is left out. Raises RuleError at "files" for too many. If the block raises nothing stays.
    """
    there = papers_of(row)
    known = {(p.file_name, p.digest) for p in there}
    new = list({(f.file_name, f.digest): f for f in sent if (f.file_name, f.digest) not in known}.values())
    if len(there) + len(new) > MOST:
        raise RuleError(_("A measure takes at most %(num)s files. Put several into one archive.", num=MOST), "files")
    with filing.stored_files(FOLDER, new) as names, transaction():
        yield list(zip(new, names, strict=True))


def write_papers(row: ReformMeasure, kept: list[tuple[filing.SentFile, str]], who: Who, step: ReformStep | None) -> None:
    """The rows of files that `keeping` stored."""
    for sent, stored in kept:
        ReformPaper.create(
            county=current_scope().county_id, organization=row.organization_id, measure=row, step=step, file_name=sent.file_name,
            stored_name=stored, size=sent.size, digest=sent.digest, uploaded_by=who.name, uploaded_at=business_now(),
        )  # fmt: skip


def add_papers(row: ReformMeasure, sent: Sequence[filing.SentFile], who: Who) -> int:
    """Files for the measure itself; how many were new. Raises RuleError for none, ConflictError once the measure is applied for or closed."""
    _changeable(row)
    if not sent:
        raise RuleError(_("Choose a file first."), "files")
    with keeping(row, sent) as kept:
        write_papers(row, kept, who, None)
        _note("paper.add", row, [f.file_name for f, _stored in kept])
    return len(kept)


def remove_paper(paper: ReformPaper) -> None:
    """Mark a file as removed. Raises ConflictError once the measure is applied for or closed: then it is what was judged."""
    row = paper.measure
    _changeable(row)
    with transaction():
        ReformPaper.update(removed=True).where(ReformPaper.id == paper.id).execute()
        _note("paper.remove", row, [paper.file_name])


def paper_file(paper: ReformPaper) -> filing.StoredFile:
    """The file behind a row. Raises NotFound if it is lost."""
    return filing.stored_at(FOLDER, paper.stored_name, paper.file_name)


def _changeable(row: ReformMeasure) -> None:
    if row.status in ("applied", "closed"):
        raise ConflictError(_("The closing has been applied for: its papers stay as they were handed in."))


def _note(act: str, row: ReformMeasure, files: list[str]) -> None:
    record_audit(f"reform.{act}", object_type="reform_measure", object_id=row.id, object_name=str(row), after={"files": files})
