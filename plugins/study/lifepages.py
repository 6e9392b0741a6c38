"""What the screens of double-checking and League life share: their style sheet, rows of the address, importers of the screen."""

from typing import Any

from flask import abort, current_app

from youthpilot.admin import allowed, row_id
from youthpilot.core import today

from . import HERE
from .pages import StudyPage
from .words import _l


class LifePage(StudyPage):
    """Base of these screens."""

    category = _l("Fields of work")
    icon = "study"
    in_menu = False
    importers: tuple[Any, ...] = ()

    def __init__(self, plugin: str = "", **options: Any) -> None:
        super().__init__(plugin, static_folder=str(HERE / "static"), **options)

    def show(self, template: str, **values: Any) -> str:
        """The page, with the day that counts as today."""
        return super().show(template, today=today(), **values)

    def imports(self) -> list[tuple[str, str]]:
        """(title, address) of the screen's own importers, for those who may use them."""
        if not self.may_write() or "imports.new" not in current_app.view_functions or not allowed("imports.run"):
            return []
        return [(i.title, self.get_url("imports.new", key=i.key)) for i in self.importers]

    def row(self, model: Any, raw: Any) -> Any:
        """The row named by the request; 404 for a missing or foreign one."""
        found = model.get_or_none(model.id == row_id(raw))
        return found if found is not None else abort(404)
