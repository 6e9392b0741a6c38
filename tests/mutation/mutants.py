"""Mutants of a source file: one comparison, one `and`, one number or one returned value changed in each."""

import ast
import copy
import random
from collections.abc import Iterator
from dataclasses import dataclass

SEED = 20230703
SWAPPED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """A changed source. what: its line and the change, in words."""

    what: str
    source: str


def mutants(source: str) -> list[Mutant]:
    """Every mutant of a source, in the order of the tree."""
    tree = ast.parse(source)
    return [mutant for at, node in enumerate(ast.walk(tree)) for mutant in _of(tree, at, node)]


def sample(source: str, count: int) -> list[Mutant]:
    """So many of them, the same ones each time; all if there are fewer."""
    every = mutants(source)
    return random.Random(SEED).sample(every, min(count, len(every)))


def _of(tree: ast.Module, at: int, node: ast.AST) -> Iterator[Mutant]:
    for change in _changes(node):
        changed = copy.deepcopy(tree)
        target = next(n for i, n in enumerate(ast.walk(changed)) if i == at)
        for name, value in change.items():
            setattr(target, name, value)
        before, after = _shown(node), _shown(target)
        yield Mutant(f"line {node.lineno}: {before} → {after}", ast.unparse(ast.fix_missing_locations(changed)))


def _changes(node: ast.AST) -> Iterator[dict[str, object]]:
    """Attributes to set, for each change of a node."""
    if isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            yield {"ops": [*node.ops[:place], SWAPPED[type(operator)](), *node.ops[place + 1 :]]}
    elif isinstance(node, ast.BoolOp):
        yield {"op": SWAPPED[type(node.op)]()}
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        yield {"value": node.value + 1}
        yield {"value": node.value - 1}
    elif isinstance(node, ast.Return) and not (node.value is None or isinstance(node.value, ast.Constant) and node.value.value is None):
        yield {"value": ast.Constant(None)}


def _shown(node: ast.AST) -> str:
    text = ast.unparse(node)
    return text if len(text) <= 60 else f"{text[:57]}…"
