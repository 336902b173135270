"""What the gates ask of a code cell: which names it sets and reads, and where it calls `check`."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

_MAGIC = re.compile(r"^(\s*)[%!].*$", re.MULTILINE)


@dataclass(frozen=True)
class Check:
    """One call of `check`: the exercise it names (`None` unless a plain string), and whether it ends the cell."""

    name: str | None
    is_last: bool


def parse(source: str) -> ast.Module:
    """The cell as a syntax tree, its magics left out.

    Raises
    ------
    SyntaxError
        If the cell is not Python.
    """
    return ast.parse(_MAGIC.sub(r"\1pass", source))


def checks(source: str) -> list[Check]:
    """Every call of `check` in a cell."""
    tree = parse(source)
    last = tree.body[-1] if tree.body else None
    shown = last.value if isinstance(last, ast.Expr) else None
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _called(node) == "check"]
    return [Check(_first_text(call), is_last=call is shown) for call in calls]


def names_set(source: str) -> set[str]:
    """The names that a cell assigns at its top level."""
    found: set[str] = set()
    for statement in parse(source).body:
        if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign):
            found |= {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and _is(node, ast.Store)}
    return found


def names_read(source: str) -> set[str]:
    """The names that a cell reads and does not itself bind: by assignment, as a parameter, or in a loop."""
    nodes = list(ast.walk(parse(source)))
    read = {node.id for node in nodes if isinstance(node, ast.Name) and _is(node, ast.Load)}
    bound = {node.id for node in nodes if isinstance(node, ast.Name) and _is(node, ast.Store)}
    return read - bound - {node.arg for node in nodes if isinstance(node, ast.arg)}


def _is(node: ast.Name, kind: type[ast.expr_context]) -> bool:
    return isinstance(node.ctx, kind)


def _called(call: ast.Call) -> str | None:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else None


def _first_text(call: ast.Call) -> str | None:
    first = call.args[0] if call.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None
