"""Writes the generated pages and quotes: hooks.md from the hookspecs of core and of each platform plugin, public-api.md from the packages' public names, authz.md from the
policies, workflows.md from the models' tables, the files quoted in write-a-plugin.md, the tables of the handbook (handbook_tables.py). `make docs` runs it; tests/docs compares."""

import dataclasses
import inspect
import re
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent
POLICIES = {
    "refuse": "at start: the module is refused and leaves nothing behind; the rest of the platform starts",
    "isolate": "a plain message in its place; recorded, and after three within an hour the module is suspended in that county; it may not write",
    "block": "itself a blocking problem: the period cannot be closed until it is mended or the module is off; it may not write",
    "abort": "called inside the act's transaction; the act is undone. A RuleError of the module is shown to the person as it is",
    "after": "called after the commit; tried once more, then recorded, and undoes nothing",
}


def hooks_page() -> str:
    """The reference manual of hooks: by owner, core first."""
    from youthpilot.core import hookspecs

    lines = ["# Hooks", "", "<!-- generated from each owner's hookspecs.py by docs/build.py: change it there -->", ""]
    lines += [(hookspecs.__doc__ or "").strip(), ""]
    lines += ["| policy | what a fault does |", "|---|---|", *(f"| {name} | {text} |" for name, text in POLICIES.items()), ""]
    lines += ["A hook may take any of its arguments and leave out the rest; their names count, not their order.", ""]
    for owner, module in owners().items():
        specs = [(n, f) for n, f in vars(module.Specs).items() if not n.startswith("_")]
        for title, prefix in (("declarations, asked once, while the application is built", "register_"), ("what happens in a county", "county_")):
            of_kind = [line for name, function in specs if name.startswith(prefix) for line in _hook(name, function)]
            lines += [f"## {owner}: {title}", "", *of_kind] if of_kind else []
    lines += ["## What hooks pass and return", ""]
    for module in (import_module("youthpilot.core.hookvalues"), import_module("youthpilot.core.screens"), *owners().values()):
        lines += [line for value in vars(module).values() for line in _value(value, module.__name__)]
    return "\n".join(lines).rstrip() + "\n"


def owners() -> dict[str, Any]:
    """Owner → the module with its Specs: core, then those of the platform's plugins that bring hooks."""
    from youthpilot.core.registry import Registry

    brought = {name: item.plugin.hookspecs for name, item in Registry().platform.items() if item.plugin.hookspecs is not None}
    return {"core": import_module("youthpilot.core.hookspecs"), **{name: import_module(specs.__module__) for name, specs in brought.items()}}


def _value(value: object, home: str) -> list[str]:
    if not (isinstance(value, type) and dataclasses.is_dataclass(value) and value.__module__ == home):
        return []
    lines = [f"### {value.__name__}", "", inspect.cleandoc(value.__doc__ or ""), "", "| field | type | default |", "|---|---|---|"]
    return [*lines, *(f"| `{f.name}` | `{_type(f.type)}` | {_default(f)} |" for f in dataclasses.fields(value)), ""]


CONSTANTS = {
    "partners.DEMO_NAME": "The user name under which a module makes the partner whom the demonstration's entry signs in.",
    "NOTHING": "As `returns` of a spec: the hook gives nothing back.",
    "KINDS": "Kind of organization (township, village, school …) → its Chinese word.",
    "TOWNSHIP_KINDS": "The kinds on the level of a township.",
    "VILLAGE_KINDS": "The kinds on the level of a village.",
    "workflow.FOLLOWS": "As `by` of a transition: nobody's button, the act follows from another one, which passes it as `held`.",
    "SIGNED_IN": "As `permission_read`: every signed-in person may open the screen.",
}
SECTIONS = {
    "plugin": "A module's card",
    "hookspecs": "Hooks",
    "hookvalues": "What hooks pass",
    "contracts": "What a hook of one's own gives",
    "kernel.errors": "Errors with a message for people",
    "kernel.scope": "Scope",
    "kernel.db": "Database",
    "kernel.fields": "Fields",
    "kernel.secrets": "Protected fields",
    "kernel.schema": "Schema",
    "kernel.clock": "Time",
    "kernel.i18n": "Words",
    "kernel.workflow": "Tables of transitions",
    "audit.acting": "Carrying out an act",
    "kernel.identity": "Names and numbers of people and bodies",
    "audit.services": "Audit log",
    "batches.queries": "Batches",
    "batches.services": "Batches: what was before",
    "organizations.models": "Organizations",
    "cadres.models": "Persons and posts",
    "counties.models": "Counties",
    "periods.models": "Periods",
    "kernel.filing": "Stored files",
    "web.policies": "Policies of plain view functions",
}


def public_page() -> str:
    """Every public name with one line, by the place it lives."""
    import youthpilot.admin as admin
    import youthpilot.core as core
    from youthpilot.core.plugin import PLATFORM

    lines = [
        "# Public API",
        "",
        "<!-- generated from the PUBLIC of core and the platform's plugins, and admin.__all__ by docs/build.py: the words are the docstrings -->",
        "",
    ]
    lines += ["A module imports these names from `youthpilot.core`, `youthpilot.admin` and the platform's plugins, and nothing of their inside;",
              "in tests also `youthpilot.core.testing`, in demonstration data also `youthpilot.plugins.demo`.", ""]  # fmt: skip
    lines += ["## youthpilot.core", ""]
    for home, names in core.PUBLIC.items():
        lines += [f"### {SECTIONS.get(home, home.replace('.', ' · '))}", "", "| name | |", "|---|---|"]
        lines += [line for name in names for line in _described(core, name)] + [""]
    lines += ["## youthpilot.admin", "", "| name | |", "|---|---|", *(_name(admin, name) for name in sorted(admin.__all__, key=str.lower)), ""]
    for name in (*PLATFORM, "demo"):
        package = import_module(f"youthpilot.plugins.{name}")
        if not hasattr(package, "PUBLIC"):
            continue
        lines += [f"## youthpilot.plugins.{name}", "", "| name | |", "|---|---|", *(_name(package, n) for n in package.__all__), ""]
    lines += ["## Tables of core that a module may refer to", "", "Everything else of core's schema may change without notice.", ""]
    lines += ["| table | model |", "|---|---|", *(f"| `{table}` | `{model}` |" for table, model in referable_tables().items()), ""]
    return "\n".join(lines).rstrip() + "\n"


def referable_tables() -> dict[str, str]:
    """Table → public model, for the models that are tables."""
    import youthpilot.core as core
    from youthpilot.core.kernel.db import BaseModel

    public = [(name, getattr(core, name)) for name in core.__all__]
    models = [(name, m) for name, m in public if isinstance(m, type) and issubclass(m, BaseModel) and m._meta.table_name.startswith("core_")]
    return {m._meta.table_name: name for name, m in sorted(models)}


def _described(package: object, name: str) -> list[str]:
    """The line of a public name; of a namespace also those of what it holds."""
    value = getattr(package, name)
    return [_name(package, name), *(_name(value, each, f"{name}.") for each in value.__all__)] if inspect.ismodule(value) else [_name(package, name)]


def _name(package: object, name: str, within: str = "") -> str:
    value = getattr(package, name)
    shown = within + name
    if inspect.isfunction(value):
        shown += "(" + ", ".join(p.name if p.default is p.empty else f"{p.name}=…" for p in inspect.signature(value).parameters.values()) + ")"
    text = CONSTANTS.get(within + name) or (inspect.getdoc(value) or "").split("\n\n")[0].replace("\n", " ")
    return f"| `{shown}` | {text.replace('|', chr(92) + '|')} |"


QUOTE = re.compile(r"<!-- quote (\S+) -->\n(?:```.*?\n```\n)?", re.S)


def quoted(text: str) -> str:
    """The page with the present text of each file behind its `<!-- quote path -->`."""

    def block(match: re.Match[str]) -> str:
        path = DOCS.parent / match[1]
        return f"<!-- quote {match[1]} -->\n```{path.suffix[1:].replace('py', 'python')}\n{path.read_text(encoding='utf-8').strip()}\n```\n"

    return QUOTE.sub(block, text)


def _hook(name: str, function: object) -> list[str]:
    signature = inspect.signature(function)  # type: ignore[arg-type]
    shown = [f"{p.name}: {p.annotation}" for p in signature.parameters.values() if p.name != "self"]
    text = inspect.cleandoc(function.__doc__ or "")
    contract = function.contract  # type: ignore[attr-defined]
    text = re.sub(r"\s*(Called|Example): ", r"\n\n*\1:* ", text).strip()
    told = f"*Policy:* {contract.policy}. *Returns:* exactly `{contract.returns.words}`"
    text += f"\n\n{told}{f', told as slow after {contract.slow:g} s' if contract.slow else ''}."
    return [f"### {name}", "", "```python", f"def {name}({', '.join(shown)}) -> {signature.return_annotation}", "```", "", text, ""]


def _type(kind: object) -> str:
    return str(kind).replace("|", "\\|")


def _default(field: "dataclasses.Field[object]") -> str:
    if field.default is not dataclasses.MISSING:
        return f"`{field.default!r}`".replace("|", "\\|")
    return (
        "`()`"
        if field.default_factory is not dataclasses.MISSING and field.default_factory is tuple
        else ("empty" if field.default_factory is not dataclasses.MISSING else "required")
    )


def authz_page() -> str:
    """Every route with who may call it, of an application with the modules that we ship."""
    from youthpilot.core.app import create_app
    from youthpilot.core.registry import Registry
    from youthpilot.core.testing import installation
    from youthpilot.core.web.policies import authz_table

    with tempfile.TemporaryDirectory() as folder, installation(Path(folder), Registry().load_installed()) as registry:
        table = authz_table(create_app(registry=registry))
    head = [
        "# Who may call which route",
        "",
        "<!-- generated from the policies by docs/build.py -->",
        "",
        "*side*: `county` routes answer below `/c/<county>/` only, `platform` routes without it only. *who*: a permission, `signed_in`",
        "(whoever has a role there), `public` (everybody) or `token` (a signed token names the one row). A module's routes answer 404 in a",
        "county that has not enabled it. Roles and their permissions stand in `core/accounts/rules.py`.",
        "",
    ]
    return "\n".join(head) + table


def workflows_page() -> str:
    """Every table of transitions, drawn, by the table of the database that keeps its states."""
    from youthpilot.core.kernel.db import COUNTY_TABLES
    from youthpilot.core.registry import Registry

    Registry().load_installed()
    head = [
        "# Workflows",
        "",
        "<!-- generated from the models' tables of transitions by docs/build.py: change them there -->",
        "",
        "What has states goes from one to another by its table only; anything else is refused, with one way of saying so (409). A button is",
        "shown exactly where its act would be taken from the person who looks. `core/audit/acting.py` carries an act out: it compares and",
        "sets, so that of two at once the second is told who was faster, and writes one entry of the audit log.",
        "",
    ]
    tables = sorted((name, model.workflow) for name, model in COUNTY_TABLES.items() if model.workflow is not None)
    return "\n".join([*head, *(line for name, flow in tables for line in _drawn(name, flow))]).rstrip() + "\n"


def beginnings(flow: Any) -> tuple[str, ...]:
    """The states in which a row begins."""
    return flow.starts or ((flow.none,) if flow.none in flow.states else tuple(flow.states)[:1])


def _drawn(name: str, flow: Any) -> list[str]:
    states = {state: f"s{number}" for number, state in enumerate(flow.states)}
    lines = [f"## {flow.title} `{name}.{flow.column}`", "", "```mermaid", "stateDiagram-v2"]
    lines += [f'    state "{words}" as {states[state]}' for state, words in flow.states.items()]
    lines += [f"    [*] --> {states[state]}" for state in beginnings(flow)]
    lines += [f"    {states[t.before]} --> {states[t.after]}: {t.word}" for t in flow.transitions]
    lines += ["```", "", "| act | | from | to | who | needs |", "|---|---|---|---|---|---|"]
    said = {"reason": "a reason", "note": "a reason"}
    for t in flow.transitions:
        who = "、".join(dict.fromkeys(f"{flow.people[by]} `{by}`" if by in flow.people else "*follows from another act*" for by in t.by))
        needs = ", ".join(said.get(need, f"`{need}`") for need in t.needs)
        lines.append(f"| `{t.act}` | {t.word} | {flow.states[t.before]} | {flow.states[t.after]} | {who} | {needs} |")
    return [*lines, "", f"*Audit:* `{flow.entry}`.", ""]


def main() -> None:
    """Write all of them."""
    import handbook_tables  # beside this file; a script's folder is on the path

    guide = DOCS / "write-a-plugin.md"
    guide.write_text(quoted(guide.read_text(encoding="utf-8")), encoding="utf-8")
    (DOCS / "public-api.md").write_text(public_page(), encoding="utf-8")
    (DOCS / "hooks.md").write_text(hooks_page(), encoding="utf-8")
    (DOCS / "authz.md").write_text(authz_page(), encoding="utf-8")
    (DOCS / "workflows.md").write_text(workflows_page(), encoding="utf-8")
    handbook_tables.write()


if __name__ == "__main__":
    main()
