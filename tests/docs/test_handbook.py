"""The modules' handbook pages say what the modules do: menus, buttons, settings, figures, files, checks and pictures, compared with the code."""

import importlib.util
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from youthpilot.plugins.figures.hookspecs import declared_indicators
from youthpilot.plugins.importing.hookspecs import declared_importers

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = {p.name.removesuffix(".zh-CN.md"): p for p in (DOCS / "handbook").glob("*.zh-CN.md")}
PARTS = ("做什么用", "谁做什么", "半年一步一步来", "报告里的数", "导入", "设置", "页面上的提示", "保护什么", "关掉以后", "常见问题")


def load_tables():
    spec = importlib.util.spec_from_file_location("handbook_tables", DOCS / "handbook_tables.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TABLES = load_tables()
ITEMS = TABLES.loaded()


@pytest.fixture(params=TABLES.MODULES)
def page(request):
    """(declared module, its page's text)."""
    return ITEMS[request.param], PAGES[request.param].read_text(encoding="utf-8")


def words_on_screens():
    """Every Chinese message, every title that a module declares, every Chinese text in the modules' code (statuses are data there)."""
    found = set()
    for part in ("core", "plugins"):
        for path in (ROOT / part).rglob("*.po"):
            found |= {m.string for m in read_po(path.open("rb")) if isinstance(m.string, str)}
    for item in ITEMS.values():
        found |= {item.plugin.title, *(i.title for i in declared_importers(item))}
    for path in (ROOT / "plugins").rglob("*.py"):
        found |= set(re.findall(r'"([\u3400-\u9fff][^"\n]{0,30})"', path.read_text(encoding="utf-8")))
    return found


WORDS = words_on_screens()


def test_every_module_with_checks_has_a_page_that_the_handbook_and_its_readme_link_to():
    assert set(PAGES) == set(TABLES.MODULES)
    handbook = (DOCS / "handbook.zh-CN.md").read_text(encoding="utf-8")
    for name in PAGES:
        assert f"(handbook/{name}.zh-CN.md)" in handbook
        assert f"docs/handbook/{name}.zh-CN.md" in (ROOT / "plugins" / name / "README.md").read_text(encoding="utf-8")


def test_a_page_has_all_its_parts_and_each_stands_in_its_contents(page):
    _item, text = page
    assert [p for p in PARTS if f"\n## {p}\n" not in text] == []
    titles = re.findall(r"^## (.+)$", text, re.M)
    assert re.findall(r"^- \[(.+?)\]\(#.+\)$", text, re.M) == titles
    assert 80 <= text.count("\n") <= 280


def test_every_menu_entry_stands_on_the_page(page):
    item, text = page
    assert TABLES.menus(item) and [m for m in TABLES.menus(item) if m not in text] == []


def test_the_tables_are_what_the_module_declares(page):
    item, text = page
    assert TABLES.filled(text, item) == text, "run `make docs`"
    for name in TABLES.TABLES:
        assert f"<!-- table {name} -->\n|" in text, name


def test_every_setting_stands_there_with_its_default(page):
    from youthpilot.admin.pages.module_facts import worded

    item, text = page
    rows = [line.split(" | ") for line in text.split("<!-- table settings -->")[1].split("<!-- /table -->")[0].splitlines()]
    shown = {row[0].removeprefix("| "): row[1] for row in rows if len(row) == 3}
    for s in item.settings:
        assert shown[s.title] == worded(item, s.key, s.default)


def test_every_figure_and_every_kind_of_file_is_explained(page):
    item, text = page
    figures, files = (text.split(f"<!-- table {t} -->")[1].split("<!-- /table -->")[0] for t in ("figures", "files"))
    assert [i.title for i in declared_indicators(item) if i.title not in figures or i.definition not in figures] == []
    assert [i.title for i in declared_importers(item) if f"| {i.title} |" not in files] == []
    assert [c.title for i in declared_importers(item) for c in i.columns if c.required and f"{c.title}*" not in files] == []


def test_every_check_of_the_readme_is_explained_and_no_other(page):
    item, text = page
    readme = (ROOT / "plugins" / item.plugin.name / "README.md").read_text(encoding="utf-8")
    numbered = r"^\| ([SLCVR]\d+) \|"
    known, told = re.findall(numbered, readme, re.M), re.findall(numbered, text, re.M)
    assert known and told == sorted(set(known), key=lambda c: int(c[1:]))


def test_words_in_bold_are_words_of_the_screens(page):
    """Bold is for what one clicks; a question and the opening words of a paragraph may be bold too."""
    _item, text = page
    bold = re.compile(r"(?<!\*)\*\*(?!\*)([^*\n]+)\*\*(?!\*)")
    leads = {m.start() for m in re.finditer(r"^\*\*[^*\n]+\*\*[：，]", text, re.M)}
    said = [m[1] for m in bold.finditer(text) if m.start() not in leads]
    steps = [word for phrase in said if not phrase.endswith("？") for word in phrase.split(" → ")]
    assert len(steps) > 10
    assert [word for word in steps if word not in WORDS] == []


def test_every_picture_is_there_and_no_page_speaks_to_developers(page):
    _item, text = page
    pictures = re.findall(r"!\[[^\]]+\]\((.+?)\)", text)
    assert len(pictures) >= 2 and [p for p in pictures if not (DOCS / "handbook" / p).exists()] == []
    plain = re.sub(r"\]\([^)]+\)|`[^`]+`|<!--.*?-->|https?://\S+", "", text)
    assert set(re.findall(r"[A-Za-z]{4,}", plain)) <= {"Excel"}


def test_every_link_of_a_page_leads_somewhere(page):
    _item, text = page
    links = [t for t in re.findall(r"(?<!!)\[[^\]]+\]\(([^)]+)\)", text) if "://" not in t]
    titles = {re.sub(r"[^\w-]", "", title.replace(" ", "-")) for title in re.findall(r"^## (.+)$", text, re.M)}
    assert [t for t in links if not (t[1:] in titles if t.startswith("#") else (DOCS / "handbook" / t.split("#")[0]).exists())] == []
