"""The verbs of importing: judge, import, undo, save a profile. One file is one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from peewee import IntegrityError

from youthpilot.core.accounts.actor import Actor
from youthpilot.core.batches.models import Batch
from youthpilot.core.batches.services import county_here, open_batch, record_on_batch, root_id
from youthpilot.core.batches.services import undo as take_back
from youthpilot.core.batches.taking_back import take_out_rest
from youthpilot.core.calling import ModuleFault
from youthpilot.core.kernel.actor import actor_name
from youthpilot.core.kernel.clock import business_now as now
from youthpilot.core.kernel.db import transaction
from youthpilot.core.kernel.errors import ConflictError, RuleError, YouthpilotError
from youthpilot.core.registry import CountyRegistry

from .hookspecs import declared_importers
from .importer import CellProblem, Counts, Importer, ImportOption
from .judging import JudgedFile, Progress, judge_file
from .matching import HeaderMatch, profile_of
from .models import ImportProfile
from .pieces import AFTER_UNDO, APPLY, VALUE, ask, choices_of, must, tell, undoing_of
from .queries import profiles_of
from .reading import RawSheet
from .template import write_template
from .values import parse_date
from .words import _

_WARNINGS_KEPT = 500


class ImportRefused(YouthpilotError):
    """The file was not taken; nothing was stored. `judged` says why, cell by cell."""

    status = 422

    def __init__(self, message: str, judged: JudgedFile) -> None:
        super().__init__(message)
        self.judged = judged


class ReasonNeeded(ImportRefused):
    """There are warnings only: the file is taken with a reason."""


@dataclass(frozen=True)
class Outcome:
    """What an import did (or, `dry`, would do). `batch` None: nothing had to be written."""

    judged: JudgedFile
    counts: Counts
    batch: Batch | None
    dry: bool = False


# judging -------------------------------------------------------------------------------------------------------------


def judge(
    importer: Importer,
    sheet: RawSheet,
    given: dict[str, Any],
    *,
    mapping: dict[str, int] | None = None,
    headless: bool = False,
    progress: Progress | None = None,
) -> JudgedFile:
    """Judge a file with the county's saved profiles. `given`: options as a person gave them (texts); a missing one is guessed, else its default."""
    county_id = county_here()
    options, problems = options_of(importer, county_id, given, sheet)
    return judge_file(
        importer, sheet, options, county_id, profiles=profiles_of(importer), mapping=mapping, headless=headless, problems=problems, progress=progress
    )


def options_of(importer: Importer, county_id: int, given: dict[str, Any], sheet: RawSheet | None) -> tuple[dict[str, Any], list[CellProblem]]:
    """(options, what is wrong with them). An option's choice may be given as its value or as its label."""
    options: dict[str, Any] = {}
    problems: list[CellProblem] = []
    for option in importer.options:
        value = given.get(option.key) or None
        if value is None and sheet is not None and option.guess is not None:
            value = ask(importer, VALUE, option.guess, sheet.rows, sheet.filename)
        if value is None and option.default is not None:
            value = ask(importer, VALUE, option.default, county_id)
        value, message = _option_value(importer, option, county_id, value)
        if message:
            problems.append(CellProblem("", message, "E", option.key))
        options[option.key] = value
    for key in given.keys() - options.keys():
        known = "、".join(f"{o.key}（{o.title}）" for o in importer.options) or _("none")
        problems.append(CellProblem("", _("There is no option %(key)s. There are: %(known)s", key=key, known=known)))
    return options, problems


def _option_value(importer: Importer, option: ImportOption, county_id: int, value: Any) -> tuple[Any, str]:
    if value is None:
        return None, _("Choose beside the file: %(title)s", title=option.title) if option.required else ""
    if option.kind == "date":
        day, problem = (value, None) if isinstance(value, date) else parse_date(str(value))
        return day, f"{option.title}：{problem.message}" if problem and problem.level == "E" else ""
    if option.kind == "choice" and option.choices is not None:
        choices = choices_of(importer, option, county_id)
        chosen = next((key for key, label in choices if str(value) == key), None) or next(
            (key for key, label in choices if str(value) == label), None
        )
        return chosen, "" if chosen is not None else _("%(title)s: there is no “%(value)s” to choose", title=option.title, value=value)
    return value, ""


# importing -----------------------------------------------------------------------------------------------------------


class _DryRun(Exception):
    """Leaves the transaction of a dry run, so that nothing of it stays."""


def run_import(
    importer: Importer,
    sheet: RawSheet,
    options: dict[str, Any],
    *,
    actor: Actor | None = None,
    dry_run: bool = False,
    reason: str = "",
    mapping: dict[str, int] | None = None,
    headless: bool = False,
    progress: Progress | None = None,
    proceed: Callable[[], None] | None = None,
    finish: Callable[[Outcome], None] | None = None,
) -> Outcome:
    """Judge every row, then write all of them in one transaction, or nothing.

    Raises ImportRefused if any cell is impossible, ReasonNeeded for warnings without a reason, RuleError if a period is locked,
    ConflictError if somebody else wrote meanwhile. `proceed()` is asked in the transaction before anything is written and may raise;
    `finish(outcome)` runs in the same transaction after it. `actor` None: of the request, else the command line.
    """
    judged = judge(importer, sheet, options, mapping=mapping, headless=headless, progress=progress)
    if judged.refused:
        raise ImportRefused(_("The file was not imported; nothing was stored. Correct what is marked and import it again."), judged)
    if judged.needs_reason and not reason.strip() and not dry_run:
        raise ReasonNeeded(_("There is something unusual in the file. Look at it, and give a reason if it is right."), judged)
    outcome = Outcome(judged, Counts(), None)
    take_out_rest(county_here())
    try:
        with transaction():
            if proceed is not None:
                proceed()
            outcome = _apply(judged, actor, reason.strip())
            if dry_run:
                raise _DryRun
            if finish is not None:
                finish(outcome)
    except _DryRun:
        return replace(outcome, batch=None, dry=True)
    except ModuleFault as fault:
        tell(importer, fault)
        raise
    except IntegrityError as error:
        raise ConflictError(_("Somebody else changed the same records at this moment; nothing was stored. Import the file again.")) from error
    return outcome


def _apply(judged: JudgedFile, actor: Actor | None, reason: str) -> Outcome:
    importer, sheet = judged.importer, judged.sheet
    with open_batch(
        importer.key, importer.title, actor, file_name=sheet.filename, digest=sheet.digest, options=judged.options, reason=reason
    ) as batch:
        counts = must(importer, APPLY, importer.apply, batch, judged.wanted, judged.lookups, dict(judged.options))
    counts = replace(counts, unchanged=counts.unchanged + len(judged.repeats))
    written = counts.added + counts.changed > 0
    if written:
        batch.added, batch.changed, batch.unchanged = counts.added, counts.changed, counts.unchanged
        batch.warnings = [[f.row, f.title, f.code] for f in judged.findings()][:_WARNINGS_KEPT]  # no values: the message may name a person
        batch.save()
    else:
        batch.delete_instance()
    after = {"added": counts.added, "changed": counts.changed, "unchanged": counts.unchanged, "digest": sheet.digest, "file": sheet.filename}
    record_on_batch("import.apply", batch if written else None, importer.title, actor, reason, after)
    _touch_profile(judged)
    return Outcome(judged, counts, batch if written else None)


def undo(batch: Batch, importer: Importer, *, actor: Actor | None = None, reason: str = "", slices: int | None = None) -> bool:
    """Take a batch back with what its importer gives for it: its models, `undoing`, `after_undo`.

    Returns and raises what `core.batches.services.undo` does, and what the importer's own pieces refuse; then nothing is undone.
    """
    after = importer.after_undo
    afterwards = partial(must, importer, AFTER_UNDO, after) if after is not None else None
    try:
        return take_back(
            batch, importer.models, undoing=partial(undoing_of, importer), after_undo=afterwards, actor=actor, reason=reason, slices=slices
        )
    except ModuleFault as fault:
        tell(importer, fault)
        raise


# profiles ------------------------------------------------------------------------------------------------------------


def save_profile(importer: Importer, match: HeaderMatch, name: str, actor: Actor | None = None, footer_rows: int = 0) -> None:
    """Remember how a file of this shape is read; a profile of that name in scope is replaced. Raises RuleError without a name or headings."""
    name = name.strip()[:80]
    if not name:
        raise RuleError(_("Give the profile a name"), "profile")
    if match.row_index < 0 or not match.mapping:
        raise RuleError(_("Without headings there is nothing to remember"), "profile")
    profile = profile_of(match, footer_rows).as_json()
    own, who = ImportProfile, actor.name if actor else actor_name()
    with transaction():
        known = own.get_or_none((own.importer == importer.key) & (own.name == name))
        if known is not None:
            if not own.update(mapping=profile, used_at=now()).where(own.id == known.id).execute():
                raise RuleError(_("Somebody else has a profile of this name; choose another name"), "profile")
        else:
            row = {"importer": importer.key, "name": name, "mapping": profile, "created_by": who, "used_at": now()}
            own.create(county=county_here(), organization=root_id(), **row)
        record_on_batch("import.profile.save", None, name, actor, "", {"importer": importer.key})


def _touch_profile(judged: JudgedFile) -> None:
    if judged.profile_name:
        own = ImportProfile
        own.update(used_at=now()).where((own.importer == judged.importer.key) & (own.name == judged.profile_name)).execute()


def counted(counts: Counts) -> str:
    """新增 3 行，更新 1 行，18 行没有变化."""
    return _(
        "%(added)s rows added, %(changed)s changed, %(unchanged)s unchanged", added=counts.added, changed=counts.changed, unchanged=counts.unchanged
    )


def short_options(importer: Importer, county_id: int, options: dict[str, Any]) -> Sequence[tuple[str, str]]:
    """(title, label) of the options chosen, for screens."""
    shown = []
    for option in importer.options:
        value = options.get(option.key)
        label = (
            next((label for key, label in choices_of(importer, option, county_id) if key == str(value)), "")
            if option.choices and value
            else str(value or "")
        )
        if label:
            shown.append((option.title, label))
    return shown


def template_of(importer: Importer) -> bytes:
    """The empty .xlsx of an importer; its second sheet explains every column."""
    line = _("Columns with * are required. Leave empty what is not known: empty is not 0. Do not change the headings.")
    return write_template(importer.columns, importer.title, (), f"{line}{importer.help}")


def contract_checks(registry: CountyRegistry, module: str) -> list[str]:
    """What is wrong with a module's importers before any file is read, for its author: templates that cannot be made."""
    if module not in registry.enabled:
        return []
    return [text for importer in declared_importers(registry.registry.loaded[module]) if (text := _template_fault(importer))]


def _template_fault(importer: Importer) -> str:
    try:
        return "" if template_of(importer) else f"{importer.key}: its template is empty"
    except Exception as error:
        return f"{importer.key}: template raises {type(error).__name__}: {error}"
