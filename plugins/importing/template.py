"""The empty file that a county fills in, with the instructions beside it."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from youthpilot.core.kernel.tables import HEADER, Styles, put, safe, width_of, workbook

from .columns import Column
from .sheets import NOTES_SHEETS
from .words import _

TITLE_ROW, NOTES_ROW, HEADER_ROW = 0, 1, 2
LAST_ROW = 20_000  # how far down formats and choices reach
_LONGEST_LIST = 255  # what Excel takes as a list written into the rule itself
_TEXT_KINDS = {"text", "id_no", "phone", "organization", "person", "choice"}


def write_template(columns: Sequence[Column], title: str, examples: Sequence[Sequence[Any]] = (), notes: str = "") -> bytes:
    """An .xlsx: title, a line of notes, the headings (required ones with *), empty rows with text formats and choice lists;
    a second sheet explains each column and shows `examples` there, where nobody imports them by mistake."""
    out = BytesIO()
    with workbook(out) as book:
        sheet = book.add_worksheet("数据")
        _write_data_sheet(book, sheet, columns, title, notes)
        _write_help(book, columns, title, examples)
        _write_lists(book, sheet, columns)
        sheet.activate()
    return out.getvalue()


def _write_data_sheet(book: Workbook, sheet: Worksheet, columns: Sequence[Column], title: str, notes: str) -> None:
    wanted = book.add_format({**HEADER, "font_color": "#C00000"})
    plain = book.add_format(HEADER)
    text = book.add_format({"num_format": "@"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for index, column in enumerate(columns):
        sheet.set_column(index, index, max(width_of(heading(column)), width_of(column.example), 12), _format_of(column, text, day))
    sheet.write_string(TITLE_ROW, 0, safe(title), book.add_format({"bold": True, "font_size": 14}))
    line = notes or _("Columns with * are required. Leave empty what is not known: empty is not 0. Do not change the headings.")
    sheet.write_string(NOTES_ROW, 0, safe(line), book.add_format({"font_color": "#666666"}))
    sheet.set_row(HEADER_ROW, 30)
    for index, column in enumerate(columns):
        sheet.write_string(HEADER_ROW, index, safe(heading(column)), wanted if column.required else plain)
    sheet.freeze_panes(HEADER_ROW + 1, 0)


def _format_of(column: Column, text: Format, day: Format) -> Format | None:
    if column.kind in _TEXT_KINDS:
        return text
    return day if column.kind == "date" else None


def heading(column: Column) -> str:
    """The column's title as templates show it."""
    return column.title + ("*" if column.required else "")


def _write_lists(book: Workbook, sheet: Worksheet, columns: Sequence[Column]) -> None:
    """A choice list per column; long ones stand in a hidden sheet. Every rule also shows the column's help when the cell is chosen."""
    long_lists = [c for c in columns if len(",".join(_words(c))) > _LONGEST_LIST or any("," in word for word in _words(c))]
    hidden = book.add_worksheet(NOTES_SHEETS[1]) if long_lists else None
    if hidden:
        hidden.hide()
        for row in range(max(len(_words(c)) for c in long_lists)):  # constant memory: row by row
            for place, column in enumerate(long_lists):
                if row < len(_words(column)):
                    hidden.write_string(row, place, safe(_words(column)[row]))
    for index, column in enumerate(columns):
        rule: dict[str, Any] = {"validate": "any"}
        if column in long_lists:
            letter = xl_col_to_name(long_lists.index(column), True)
            rule = {"validate": "list", "source": f"={NOTES_SHEETS[1]}!{letter}$1:{letter}${len(_words(column))}"}
        elif _words(column):
            rule = {"validate": "list", "source": _words(column)}
        if column.help:
            rule |= {"input_title": column.title[:32], "input_message": column.help[:255]}
        if len(rule) > 1:
            rule |= {"error_title": column.title[:32], "error_message": _("Choose one from the list.")}
            sheet.data_validation(HEADER_ROW + 1, index, LAST_ROW, index, rule)


def _words(column: Column) -> list[str]:
    return ["是", "否"] if column.kind == "bool" else list(column.choices)


def _write_help(book: Workbook, columns: Sequence[Column], title: str, examples: Sequence[Sequence[Any]]) -> None:
    sheet = book.add_worksheet(NOTES_SHEETS[0])
    styles = Styles(book, text_wrap=True, valign="top")
    for index, width in enumerate((20, 8, 60, 30)):
        sheet.set_column(index, index, width)
    sheet.write_string(0, 0, safe(title), book.add_format({"bold": True, "font_size": 14}))
    for index, text in enumerate((_("Column"), _("Required"), _("How to fill it in"), _("Example"))):
        sheet.write_string(1, index, text, styles.header)
    for row, column in enumerate(columns, 2):
        for index, text in enumerate((column.title, _("yes") if column.required else "", explain(column), column.example)):
            sheet.write_string(row, index, safe(text), styles.text)
    if examples:
        _write_examples(sheet, len(columns) + 3, columns, examples, styles)


def _write_examples(sheet: Worksheet, top: int, columns: Sequence[Column], examples: Sequence[Sequence[Any]], styles: Styles) -> None:
    sheet.write_string(top, 0, _("Examples"), styles.header)
    for index, column in enumerate(columns):
        sheet.write_string(top + 1, index, safe(column.title), styles.header)
    for row, example in enumerate(examples, top + 2):
        for index, value in enumerate(example):
            put(sheet, row, index, value, styles)


def explain(column: Column) -> str:
    """What goes into the column, in a sentence or two."""
    parts = [column.help, _kind_help(column)]
    if column.max_length:
        parts.append(_("At most %(limit)s characters.", limit=column.max_length))
    return "".join(part if part.endswith(("。", ".")) else f"{part}。" for part in parts if part)


def _kind_help(column: Column) -> str:
    match column.kind:
        case "int":
            return _("A whole number, without a unit.")
        case "decimal":
            return _("A number, without a unit.")
        case "date":
            return _("A day, like 2023-06-30.")
        case "bool":
            return _("是 or 否.")
        case "choice":
            return _("One of: %(choices)s.", choices="、".join(column.choices))
        case "id_no":
            return _("18 characters, as text: otherwise Excel loses the last digits.")
        case "phone":
            return _("A mobile or landline number, as text.")
        case "organization":
            return _("The full name or the code of the organization, as in the list of organizations.")
    return ""
