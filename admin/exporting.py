"""A list as a file: exactly what the screen shows, the conditions named in the file."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from flask import Response, abort
from markupsafe import Markup
from peewee import Model

from youthpilot.core.audit.services import record
from youthpilot.core.kernel.clock import now
from youthpilot.core.kernel.i18n import _
from youthpilot.core.kernel.tables import write_table

KINDS = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv; charset=utf-8"}


def plain(view: Any, row: Any, name: str) -> Any:
    """A cell for the file: the screen's words, but numbers, dates and blanks as what they are."""
    formatters = view.column_formatters_export or view.column_formatters
    if name in formatters:
        value = formatters[name](view, None, row, name)
    else:
        value = view._get_field_value(row, name)
        value = view._column_choices_map.get(name, {}).get(value, value)
    if isinstance(value, Markup):
        return value.striptags()
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return str(value) if isinstance(value, Model) or hasattr(value, "_func") else value


def file_response(content: bytes, kind: str, stem: str) -> Response:
    """A download called `<stem>.<kind>`, Chinese names included."""
    response = Response(content, mimetype=KINDS[kind].split(";")[0], content_type=KINDS[kind])
    response.headers["Content-Disposition"] = f"attachment; filename=\"export.{kind}\"; filename*=UTF-8''{quote(f'{stem}.{kind}')}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def list_file(view: Any, kind: str, rows: list[Any], notes: list[str]) -> Response:
    """The file of a list view. Unknown kinds answer 404."""
    if kind not in KINDS:
        abort(404)
    columns = view._export_columns
    cells = [[plain(view, row, name) for name, _title in columns] for row in rows]
    content = write_table([str(title) for _name, title in columns], cells, kind, notes=notes)  # type: ignore[arg-type]
    return file_response(content, kind, f"{view.name}_{now():%Y%m%d_%H%M}")


def table_file(name: str, headers: Sequence[str], rows: Sequence[Sequence[Any]], kind: str, notes: Sequence[str] = ()) -> Response:
    """A table that is no list view as a download `<name>_<moment>.<kind>`, with an entry in the log: who took how many rows away.

    notes: the conditions, printed above the table. Unknown kinds answer 404. What the person may see is the caller's business.
    """
    if kind not in KINDS:
        abort(404)
    content = write_table(headers, rows, kind, notes=[name, *notes])  # type: ignore[arg-type]
    record("record.export", object_type="table", object_name=name, after={"rows": len(rows), "kind": kind, "conditions": list(notes)})
    return file_response(content, kind, f"{name}_{now():%Y%m%d_%H%M}")
