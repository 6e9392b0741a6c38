"""Where a drafted migration goes: a file in the owner's folder, or an entry of the dict that a module in one file returns."""

import ast
import inspect
from pathlib import Path

from youthpilot.core.kernel.errors import RuleError
from youthpilot.core.registry import Registry

from .drafting import Draft
from .words import _

SCRIPT = '''"""{first_line}"""

from {package} import run

STATEMENTS = [
{statements}
]


def up() -> None:
    """Apply it."""
    run(STATEMENTS)
'''
LINE = 150  # signs, as everywhere


def text(draft: Draft) -> str:
    """The script, as it stands in its file; for a module in one file the entry of its dict."""
    if isinstance(draft.source, dict):
        return f'"{draft.stem}": [\n{_listed(draft, 4)}\n],'
    package = "youthpilot.core.kernel.schema" if draft.owner == "core" else "youthpilot.core"
    return SCRIPT.format(first_line=_first_line(draft), package=package, statements=_listed(draft, 4))


def place(registry: Registry, draft: Draft) -> str:
    """Where the script belongs, for people."""
    if isinstance(draft.source, dict):
        return _("%(file)s, in the dict that register_migrations returns", file=_module_file(registry, draft.owner))
    return str(_script_file(registry, draft))


def put(registry: Registry, draft: Draft) -> str:
    """Put the script in its place; returns the file. Raises RuleError, which holds the script, where nothing can be written."""
    try:
        if isinstance(draft.source, dict):
            return _put_entry(_module_file(registry, draft.owner), draft)
        file = _script_file(registry, draft)
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text(draft))
        return str(file)
    except OSError as error:
        why = error.strerror or str(error)
        message = _("The script cannot be written (%(why)s). Put it there by hand: %(place)s", why=why, place=place(registry, draft))
        raise RuleError(f"{message}\n\n{text(draft)}") from error


def _script_file(registry: Registry, draft: Draft) -> Path:
    if draft.source:
        return Path(str(draft.source)) / f"{draft.stem}.py"
    message = _("%(name)s has no migrations yet: make a folder migrations beside its code and let register_migrations return its path, then "
                "draft again", name=draft.owner)  # fmt: skip
    raise RuleError(f"{message}\n\n{text(draft)}")


def _module_file(registry: Registry, owner: str) -> Path:
    function = registry.loaded[owner].hooks["register_migrations"].function
    return Path(inspect.getsourcefile(inspect.unwrap(function)) or "")


def _put_entry(file: Path, draft: Draft) -> str:
    """Insert the entry behind the last one of the dict, in the module's own source."""
    source = file.read_bytes()
    found = _dict_of(ast.parse(source))
    if found is None:
        message = _("The dict of migrations does not stand in register_migrations itself. Put the script there by hand: %(file)s", file=file)
        raise RuleError(f"{message}\n\n{text(draft)}")
    key, last = found.keys[-1], found.values[-1]
    assert key is not None
    indent = " " * key.col_offset
    entry = f'{indent}"{draft.stem}": [\n{_listed(draft, key.col_offset + 4)}\n{indent}]'
    at = _offset(source, last.end_lineno or 0, last.end_col_offset or 0)
    written = source[:at] + b",\n" + entry.encode() + source[at:]
    ast.parse(written)
    file.write_bytes(written)
    return str(file)


def _dict_of(tree: ast.Module) -> ast.Dict | None:
    """The dict that register_migrations returns; None if it is not written there, with an entry."""
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == "register_migrations"]
    found = [r.value for f in functions for r in ast.walk(f) if isinstance(r, ast.Return) and isinstance(r.value, ast.Dict)]
    return found[0] if len(found) == 1 and found[0].keys and found[0].keys[-1] is not None else None


def _offset(source: bytes, line: int, column: int) -> int:
    """Where in the bytes a place of the tree is."""
    return sum(len(one) for one in source.splitlines(keepends=True)[: line - 1]) + column


def _first_line(draft: Draft) -> str:
    """What the script makes."""
    whole = ", ".join(draft.made)
    if len(whole) > LINE - 10:
        whole = f"{draft.made[0]} and {len(draft.made) - 1} more"
    return f"Makes {whole}.".replace('"', "'")


def _listed(draft: Draft, indent: int) -> str:
    return "\n".join(f"{' ' * indent}{_quoted(statement)}," for statement in draft.statements)


def _quoted(statement: str) -> str:
    """A statement as source text."""
    if "\n" not in statement and "'" not in statement and "\\" not in statement:
        return f"'{statement}'"
    return repr(statement) if "\\" in statement or '"""' in statement or statement.endswith('"') else f'"""{statement}"""'
