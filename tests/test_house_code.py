"""The house's own rules, where a machine can see them: who imports whom, what an import costs, where texts live."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import funnel_utils

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "funnel_utils"
MODULES = sorted(path for path in PACKAGE.rglob("*.py"))
BASE = {"errors", "durations", "text", "engine", "events", "export", "stats", "stages"}
METRICS = {"funnel", "journey", "plan", "cro", "retention"}
# Automation acts on what the other topics measure: stages, scores, segments, funnels.
ACTING = {"automation"}
SHOWN = {"simulators", "report", "cli", "course", "synthetic"}
# What each part may import, itself aside.
MAY_USE = (
    dict.fromkeys(BASE | METRICS, BASE)
    | dict.fromkeys(ACTING, BASE | METRICS)
    | {"charts": BASE | METRICS | ACTING}
    | dict.fromkeys(SHOWN, BASE | METRICS | ACTING | SHOWN | {"charts"})
)
HEAVY = ("matplotlib", "statsmodels", "scipy", "numba", "ipywidgets", "IPython", "duckdb", "ibis", "pandas")


def part(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path):
    """(part of the package, inside a function) for every import of the package in a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {
        node
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "funnel_utils":
            names = [f"funnel_utils.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        for name in names:
            if name.startswith("funnel_utils."):
                yield name.split(".")[1], node in inside


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_dependencies_point_one_way(path):
    mine = part(path)
    if mine == "__init__":
        return
    for used, is_inside in imported(path):
        used = funnel_utils._HOME.get(used, used).partition(".")[0]
        if used == mine or used in MAY_USE[mine] or used.startswith("__"):
            continue
        # `.plot()` imports the charts when it is called: the one way up.
        assert mine in METRICS | ACTING | {"stages"}, f"{mine} may not import {used}"
        assert (used, is_inside) == ("charts", True), f"{mine} may not import {used}"


def test_importing_the_package_is_quick_and_loads_nothing_heavy():
    code = f"import sys, funnel_utils; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-X", "importtime", "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
    last = [line for line in done.stderr.splitlines() if line.rstrip().endswith(" funnel_utils")][-1]
    microseconds = int(last.split("|")[1])
    assert microseconds < 1_000_000


def keys_used():
    """Every text key that the code asks for by a plain string."""
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "t" and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield str(path.relative_to(PACKAGE)), first.value


def catalogue():
    modules = [path.stem for path in (PACKAGE / "text" / "en").glob("[a-z]*.py")]
    return {name: importlib.import_module(f"funnel_utils.text.en.{name}").TEXT for name in modules}


def test_every_text_that_the_code_asks_for_is_in_the_catalogue():
    texts = catalogue()
    missing = [(path, key) for path, key in keys_used() if key not in texts.get(key.partition(".")[0], {})]
    assert missing == []


def test_a_text_lives_in_the_module_that_its_key_names():
    strays = [key for name, text in catalogue().items() for key in text if key.partition(".")[0] != name]
    assert strays == []
