"""The docs say what the code does: generated pages, quoted files, commands, variables, names and messages, compared in both directions."""

import importlib.util
import inspect
import re
from pathlib import Path

import click
import pytest

import youthpilot.admin
import youthpilot.core
from youthpilot.core import hookspecs
from youthpilot.core.cli import assemble, cli
from youthpilot.core.registry import Registry

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = {p.name: p.read_text(encoding="utf-8") for p in DOCS.glob("*.md")}
EVERYTHING = "\n".join(PAGES.values())


def load_build():
    spec = importlib.util.spec_from_file_location("docs_build", DOCS / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BUILD = load_build()


# generated and quoted ------------------------------------------------------------------------------------------------


def test_the_manual_of_hooks_is_what_the_hookspecs_say():
    assert BUILD.hooks_page() == PAGES["hooks.md"], "run `make docs`"


def test_the_public_api_page_is_what_the_packages_say():
    assert BUILD.public_page() == PAGES["public-api.md"], "run `make docs`"


def test_the_table_of_routes_is_what_the_policies_say(home):
    assert BUILD.authz_page() == PAGES["authz.md"], "run `make docs`"


def test_the_drawn_workflows_are_those_of_the_models():
    assert BUILD.workflows_page() == PAGES["workflows.md"], "run `make docs`"


def test_the_guide_quotes_the_example_as_it_is():
    assert BUILD.quoted(PAGES["write-a-plugin.md"]) == PAGES["write-a-plugin.md"], "run `make docs`"
    assert "youthpilot_library.py" in PAGES["write-a-plugin.md"]
    drifted = PAGES["write-a-plugin.md"].replace("library_visit", "library_visits", 1)
    assert BUILD.quoted(drifted) == PAGES["write-a-plugin.md"]  # a drift is seen and mended


# hooks ---------------------------------------------------------------------------------------------------------------

HOOKS = {name: spec for owner in BUILD.owners().values() for name, spec in vars(owner.Specs).items() if not name.startswith("_")}


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_says_when_and_what_happens_on_a_fault_and_names_a_module_that_uses_it(hook):
    text = inspect.getdoc(HOOKS[hook]) or ""
    for word in ("Called:", "Example:"):
        assert word in text, word
    contract = hookspecs.contract_of(HOOKS[hook])
    assert contract.policy in BUILD.POLICIES and f"*Policy:* {contract.policy}. *Returns:* exactly `{contract.returns.words}`" in PAGES["hooks.md"]
    for path in re.findall(r"(?:plugins|tests/examples)/\w+", text.split("Example:")[1]):
        sources = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / path).rglob("*.py"))
        assert f"def {hook}(" in sources, f"{path} does not implement {hook}"
    assert f"### {hook}\n" in PAGES["hooks.md"]


def test_the_manual_names_no_hook_that_is_gone():
    assert set(re.findall(r"^### ((?:register|county)_\w+)", PAGES["hooks.md"], re.M)) == set(HOOKS)


# public names --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("package", [youthpilot.core, youthpilot.admin], ids=lambda p: p.__name__)
def test_every_public_name_is_there_and_described_and_no_other(package):
    for name in package.__all__:
        assert hasattr(package, name), name
    part = PAGES["public-api.md"].split(f"## {package.__name__}\n")[1].split("\n## ")[0]
    described = dict(re.findall(r"^\| `([\w.]+)[^`]*` \| (.*) \|$", part, re.M))
    spaces = {name: getattr(package, name) for name in package.__all__ if inspect.ismodule(getattr(package, name))}
    assert set(described) == {*package.__all__, *(f"{name}.{each}" for name, space in spaces.items() for each in space.__all__)}
    assert [name for name, text in described.items() if len(text) < 10] == []


def test_modules_refer_only_to_core_tables_that_the_page_lists():
    listed = set(re.findall(r"^\| `(core_\w+)` \|", PAGES["public-api.md"], re.M))
    assert "core_organization" in listed and "core_audit" not in listed
    for item in Registry().load_installed().ordered():
        used = {f.rel_model._meta.table_name for m in item.models for f in m._meta.refs}
        assert {t for t in used if t.startswith("core_")} <= listed, item.plugin.name


# commands and variables ----------------------------------------------------------------------------------------------


def commands():
    """Every command of core and of our modules with its parameters: 'period open' → command."""
    found = {}

    def walk(command, words):
        if isinstance(command, click.Group):
            for name, child in command.commands.items():
                walk(child, [*words, name])
        else:
            found[" ".join(words)] = command

    assemble()
    context = click.Context(cli)
    for name in cli.list_commands(context):
        walk(cli.get_command(context, name), [name])
    return found


COMMANDS = commands()


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_has_help_and_stands_in_the_docs(words):
    command = COMMANDS[words]
    assert command.help and len(command.help) > 10, "no help"
    assert f"youthpilot {words}" in PAGES["install.md"] + PAGES["operations.md"], f"docs/install.md does not tell of `youthpilot {words}`"


def test_the_docs_name_no_command_that_is_gone():
    said = re.findall(r"(?:^|`|bin/)youthpilot(?: --no-plugins)? ([a-z][\w-]*(?: [a-z][\w-]*)?)", EVERYTHING, re.M)
    groups = {words.split()[0] for words in COMMANDS if " " in words}
    known = set(COMMANDS) | groups
    gone = [s for s in said if not (s in known or s.split()[0] in set(COMMANDS)) and s.split()[0] not in ("import",)]
    assert gone == []


@pytest.mark.parametrize("option", ["--no-plugins", "--dry-run", "--no-serve", "--printed-at", "--accepted"])
def test_the_options_that_the_docs_promise_exist(option):
    declared = {o for c in [cli, *COMMANDS.values()] for p in c.params for o in p.opts}
    assert option in declared and option in EVERYTHING


def test_every_environment_variable_is_explained_and_no_other():
    sources = "\n".join(p.read_text(encoding="utf-8") for part in ("core", "admin", "plugins") for p in (ROOT / part).rglob("*.py"))
    read = set(re.findall(r"os\.environ(?:\.get|\.setdefault|\.pop)?[\[(]\s*\"([A-Z_]{4,})\"", sources))
    read |= set(re.findall(r"\"(YOUTHPILOT_[A-Z_]+)\"", sources))
    table = set(re.findall(r"^\| `([A-Z_]+)` \|", PAGES["install.md"], re.M))
    assert {"YOUTHPILOT_HOME", "DATABASE_URL", "YOUTHPILOT_TODAY"} <= read
    assert read == table


# messages, links -----------------------------------------------------------------------------------------------------


def test_the_messages_that_the_handbook_explains_are_those_of_the_screens():
    words = ""
    for path in [*(ROOT / "core").rglob("*.po"), *(ROOT / "plugins").rglob("*.po")]:
        for text in re.findall(r'^msgstr(?:\[0\])? ((?:".*"\n?)+)', path.read_text(encoding="utf-8"), re.M):
            words += re.sub(r"%\(\w+\)s", "…", "".join(re.findall(r'"(.*)"', text))).replace("%%", "%") + "\n"
    table = PAGES["handbook.zh-CN.md"].split("## 页面上的提示是什么意思")[1].split("\n## ")[0]
    explained = [row.split("|")[1].strip() for row in table.splitlines() if row.startswith("|")][2:]
    assert len(explained) >= 10
    assert [m for m in explained if m not in words] == []


def test_every_link_between_the_pages_leads_somewhere():
    pages = {p: p.read_text(encoding="utf-8") for p in [*DOCS.glob("*.md"), *ROOT.glob("*.md")]}
    broken = []
    for page, text in pages.items():
        for target in re.findall(r"(?<!\!)\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
            if "://" not in target and not (page.parent / target).exists():
                broken.append((page.name, target))
    assert broken == []


def test_every_file_that_the_concepts_send_to_is_there():
    named = re.findall(r"`((?:core|admin|plugins|templates|tests)/[\w/]+\.(?:py|html))`", PAGES["concepts.md"])
    assert len(named) > 15 and [n for n in named if not (ROOT / n).exists() and "NAME" not in n] == []
