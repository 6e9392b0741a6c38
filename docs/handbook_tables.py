"""The tables of the modules' handbook pages (docs/handbook/*.zh-CN.md): settings, figures and kinds of files, from what the modules declare.

They stand between `<!-- table settings -->` and `<!-- /table -->`; docs/build.py writes them, tests/docs compares.
"""

import re
from pathlib import Path
from typing import Any

from youthpilot.plugins.figures.hookspecs import declared_indicators
from youthpilot.plugins.importing.hookspecs import declared_importers

PAGES = Path(__file__).parent / "handbook"
MODULES = ("study", "loans", "chamber", "volunteers", "reform")
TABLE = re.compile(r"<!-- table (\w+)( [\w ,]+)? -->\n.*?<!-- /table -->\n", re.S)
KINDS = {
    "flow": "期内合计", "stock": "期末数", "distinct": "去重计数", "ratio": "比率", "average": "平均", "claim": "是否成立",
}  # fmt: skip


def loaded() -> dict[str, Any]:
    """Name → what each module declares."""
    from youthpilot.core.registry import Registry

    registry = Registry().load_installed()
    return {item.plugin.name: item for item in registry.ordered()}


def menus(item: Any) -> list[str]:
    """The module's entries in the menu, as on the screen: 业务 → 青年大学习."""
    kinds = [k for k in item.module.register_admin_views() if k.in_menu]
    return [f"{k.category} → {k.name}" if k.category else str(k.name) for k in kinds]


def settings(item: Any) -> list[str]:
    """Setting, default as its form words it, where the rule comes from."""
    from youthpilot.admin.pages.module_facts import worded

    rows = [(s.title, worded(item, s.key, s.default), s.help or "") for s in item.settings]
    return _table(("设置", "默认", "说明"), rows)


def figures(item: Any) -> list[str]:
    """Figure, unit, kind, definition, columns of the records behind it."""
    rows = [(i.title, i.unit or "—", KINDS[i.kind], i.definition) for i in declared_indicators(item)]
    return _table(("名称", "单位", "类别", "口径"), rows)


def files(item: Any) -> list[str]:
    """Kind of file, columns (required ones with *), what it says of itself."""
    rows = []
    for each in sorted(declared_importers(item), key=lambda i: i.order):
        columns = "、".join(c.title + ("*" if c.required else "") for c in each.columns)
        rows.append((each.title, columns, str(each.help or "")))
    return _table(("导入什么", "列（带 * 的必填）", "说明"), rows)


TABLES = {"settings": settings, "figures": figures, "files": files}


def _table(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> list[str]:
    lines = [head, ("---",) * len(head), *rows]
    return ["| " + " | ".join(str(cell).replace("|", "／").replace("\n", " ") for cell in row) + " |" for row in lines]


def filled(text: str, item: Any) -> str:
    """The page with the present tables between their marks."""

    def block(match: re.Match[str]) -> str:
        return f"<!-- table {match[1]} -->\n" + "\n".join(TABLES[match[1]](item)) + "\n<!-- /table -->\n"

    return TABLE.sub(block, text)


def page(name: str) -> Path:
    """The handbook page of a module."""
    return PAGES / f"{name}.zh-CN.md"


def write() -> None:
    """Fill the tables of every page."""
    items = loaded()
    for name in MODULES:
        path = page(name)
        path.write_text(filled(path.read_text(encoding="utf-8"), items[name]), encoding="utf-8")
