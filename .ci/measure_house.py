"""Measures of the house, from the source alone: fails when one is worse than its limit below. Change a limit only downwards."""

import ast
import io
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PARTS = ("core", "admin", "plugins")
LIMITS = {
    "code lines of core": 10_760,  # without migrations, blank lines, comments and docstrings
    "imports inside functions": 20,  # of our own packages; import_module counts
    "public names of core": 80,
    "functions over 60 lines": 0,
    "cycles": 0,  # between folders, files of core and files of core/kernel; imports inside functions counted
}
NO_CODE = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
IMPORTS = (ast.Import, ast.ImportFrom)


def sources(root: Path) -> Iterator[tuple[Path, ast.Module, str]]:
    """(path below root, tree, text) of every file of ours."""
    for path in sorted(p for part in PARTS for p in (root / part).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        yield path.relative_to(root), ast.parse(text), text


def code_lines(tree: ast.Module, text: str) -> int:
    """Lines that hold code."""
    documented = [
        n.body[0] for n in ast.walk(tree) if isinstance(n, (ast.Module, ast.ClassDef, *FUNCTIONS)) and ast.get_docstring(n, False) is not None
    ]
    words = {line for d in documented for line in range(d.lineno, (d.end_lineno or d.lineno) + 1)}
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return len({line for t in tokens if t.type not in NO_CODE for line in range(t.start[0], t.end[0] + 1)} - words)


def imported(path: Path, node: ast.Import | ast.ImportFrom) -> list[str]:
    """What of ours an import names, as core.kernel.db.CountyModel."""
    if isinstance(node, ast.Import):
        names = [a.name for a in node.names]
    else:
        above = ["youthpilot", *path.parts[: len(path.parts) - node.level]] if node.level else []
        names = [".".join([*above, *([node.module] if node.module else []), a.name]) for a in node.names]
    return [name.removeprefix("youthpilot.") for name in names if name.startswith("youthpilot.")]


def room(dotted: str) -> str:
    """What counts for cycles: a folder of core or plugins, a file that lies directly in core or in core/kernel, admin as a whole."""
    parts = dotted.split(".")
    deep = 3 if parts[:2] == ["core", "kernel"] else 1 if parts[0] == "admin" else 2
    return ".".join(parts[:deep])


def typed_only(tree: ast.Module) -> set[int]:
    """The imports for the type checker, by id."""
    blocks = [n for n in ast.walk(tree) if isinstance(n, ast.If) and "TYPE_CHECKING" in ast.unparse(n.test)]
    return {id(inner) for block in blocks for inner in ast.walk(block)}


def reach(graph: dict[str, set[str]], start: str) -> set[str]:
    """Every room that one comes to from here."""
    found, waiting = set[str](), [start]
    while waiting:
        new = graph.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def cycles(graph: dict[str, set[str]]) -> list[str]:
    """Each group of rooms that lead to each other."""
    reached = {name: reach(graph, name) for name in graph}
    groups = {tuple(sorted(other for other in reached[name] if name in reached.get(other, ()))) for name in graph if name in reached[name]}
    return [" ↔ ".join(group) for group in sorted(groups)]


def measure(root: Path) -> dict[str, list[str]]:
    """Measure → what was counted, one entry each."""
    found: dict[str, list[str]] = {name: [] for name in LIMITS}
    graph: dict[str, set[str]] = {}
    for path, tree, text in sources(root):
        own = room(".".join(path.with_suffix("").parts))
        if path.parts[0] == "core" and "migrations" not in path.parts:
            found["code lines of core"] += [str(path)] * code_lines(tree, text)
        functions, typed = [n for n in ast.walk(tree) if isinstance(n, FUNCTIONS)], typed_only(tree)
        found["functions over 60 lines"] += [f"{path}:{f.lineno} {f.name}" for f in functions if (f.end_lineno or 0) - f.lineno >= 60]
        inside = {id(n) for f in functions for n in ast.walk(f)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in ("import_module", "__import__"):
                found["imports inside functions"].append(f"{path}:{node.lineno} {ast.unparse(node)}")
            if isinstance(node, IMPORTS) and id(node) not in typed:
                table = path.name == "__init__.py" and path.parts[0] == "plugins"  # a module's hooks load its own rooms when they are asked
                for name in imported(path, node):
                    if id(node) in inside and not (table and room(name) == own):
                        found["imports inside functions"].append(f"{path}:{node.lineno} {name}")
                    if room(name) != own and own != "core.__init__":
                        graph.setdefault(own, set()).add(room(name))
            if str(path) == "core/__init__.py" and isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "PUBLIC":
                found["public names of core"] = [name for names in ast.literal_eval(node.value or ast.Dict()).values() for name in names]
    found["cycles"] = cycles(graph)
    return found


def main(root: Path = ROOT) -> int:
    """Print the measures; 1 if one is worse than its limit."""
    found = measure(root)
    worse = [name for name, limit in LIMITS.items() if len(found[name]) > limit]
    told = [" · ".join(f"{name} {len(found[name])} (at most {limit})" for name, limit in LIMITS.items())]
    for name in worse:
        told += [f"worse than before: {name}", *(found[name] if name not in ("code lines of core", "public names of core") else ())]
    sys.stdout.write("\n".join([*told, ""]))
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT))
