"""The six gates that a lesson passes before it is committed.

| gate      | what must hold |
|-----------|----------------|
| rebuild   | building again gives what is committed (`python -m tools.build --check`) |
| header    | the source is written canonically: one header, nothing that an editor left |
| lint      | one title, minutes, prerequisites, objectives, key points, alt text, … (`tools.lint`) |
| solutions | no solution in a student's file, and its code less the blanks is the instructor's |
| nbval     | strict on instructors' and analysts' notebooks, lax on students' (pytest's plug-in) |
| checks    | every check says ok in the instructor's edition, and todo in the student's |

`python -m tools.gates` runs header, lint, solutions and checks on every source; rebuild and nbval are commands of their
own in the suite, and `--all` adds them here. Each gate is itself tested: on a lesson broken in the way that it is for.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools import build, code, edition
from tools.execute import AT_ONCE, execute
from tools.lesson import is_lesson, read, sources, tags, tidy
from tools.lint import common_rules, lesson_rules, lint, output_rules

NBVAL = ("pytest", "-q", "--nbval-current-env", "--nbval-cell-timeout=120", "-p", "no:cacheprovider")
# The cells of one notebook belong together: whole files go to the workers.
NBVAL_AT_ONCE = ("-n", str(AT_ONCE), "--dist", "loadfile")
_BLANK_LINE = re.compile(r"^\s*\.\.\.\s*$")
_BLANK_VALUE = re.compile(r"^(\s*\w+\s*=)\s*(?:\.\.\.|\S.*#\s*SOLUTION)\s*$")
_REGION = re.compile(r"^\s*### BEGIN SOLUTION\s*$.*?^\s*### END SOLUTION\s*$\n?", re.MULTILINE | re.DOTALL)

Gate = Callable[[Path], list[str]]


def rebuild_gate(source: Path) -> list[str]:
    """Building again gives what is committed."""
    return [problem for target in build.targets(source) for problem in build.differences(target)]


def header_gate(source: Path) -> list[str]:
    """The source is written as `tidy` writes it."""
    text = source.read_text(encoding="utf-8")
    if tidy(text) == text:
        return []
    pairs = zip(text.splitlines(), tidy(text).splitlines(), strict=False)
    number, (found, expected) = next(
        ((number, pair) for number, pair in enumerate(pairs, start=1) if pair[0] != pair[1]),
        (0, ("its end", "its end")),
    )
    return [f"line {number} is {found!r}, canonically {expected!r}; run: python -m tools.build --tidy {source.name}"]


def lint_gate(source: Path) -> list[str]:
    """The source, and the outputs of its executed notebook, keep the rules of `tools.lint`."""
    lesson = read(source.read_text(encoding="utf-8"))
    problems = lint(lesson, lesson_rules if is_lesson(source) else common_rules)
    return problems or [problem for path in _executed(source) for problem in lint(_load(path), output_rules)]


def solutions_gate(source: Path) -> list[str]:
    """The committed student's edition gives no answer away, and asks for nothing but the blanks."""
    if not is_lesson(source) or _unbuilt(source):
        return _unbuilt(source)
    student_path, instructor_path = (target.path for target in build.targets(source))
    student, instructor = _load(student_path), _load(instructor_path)
    problems = []
    if "SOLUTION" in student_path.read_text(encoding="utf-8"):
        problems.append("a solution mark is in the student's file; run make build.")
    if any(cell.get("outputs") for cell in student.cells):
        problems.append("the student's file has outputs; run make build.")
    hidden = {cell.source.strip() for cell in instructor.cells if edition.HIDDEN_FROM_STUDENTS & set(tags(cell))}
    given_away = [cell.source for cell in student.cells if cell.source.strip() in hidden]
    problems += [f"a hidden cell is in the student's file: {text[:60]!r}" for text in given_away]
    shown = [cell for cell in instructor.cells if not edition.HIDDEN_FROM_STUDENTS & set(tags(cell))]
    if [cell.id for cell in shown] != [cell.id for cell in student.cells]:
        return [*problems, "the student's cells are not the instructor's in the same order; run make build."]
    for theirs, ours in zip(student.cells, shown, strict=True):
        if ours.cell_type == "code":
            problems += _leaks(theirs.source, ours.source)
    return problems


def nbval_gate(source: Path) -> list[str]:
    """The notebooks run in nbval: strictly where outputs are stored, laxly where they are the student's to make."""
    problems = []
    for target in build.targets(source):
        strictness = "--nbval" if target.executed else "--nbval-lax"
        command = [sys.executable, "-m", *NBVAL, strictness, str(target.path)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600)
        if done.returncode:
            problems.append(f"{target.path.name} fails under {strictness}:\n{done.stdout[-2000:]}")
    return problems


def checks_gate(source: Path) -> list[str]:
    """Every check says ok where the answers are, and todo where the blanks are."""
    if not is_lesson(source) or _unbuilt(source):
        return _unbuilt(source)
    student, instructor = build.targets(source)
    done = execute(student.notebook, student.path.parent)
    return [
        *_expect("ok", _load(instructor.path), "instructor's"),
        *_expect("todo", done, "student's"),
    ]


GATES: dict[str, Gate] = {
    "rebuild": rebuild_gate,
    "header": header_gate,
    "lint": lint_gate,
    "solutions": solutions_gate,
    "nbval": nbval_gate,
    "checks": checks_gate,
}
USUAL = ("header", "lint", "solutions", "checks")
QUICK = ("header", "lint")


def _leaks(student: str, instructor: str) -> list[str]:
    problems = [
        f"the answer {answer!r} is in the student's cell."
        for answer in edition.answers(instructor)
        if answer in [line.strip() for line in student.splitlines()]
    ]
    if _without_blanks(student) != _without_blanks(_without_regions(instructor)):
        problems.append(f"the student's code less the blanks is not the instructor's:\n{student}")
    return problems


def _without_regions(source: str) -> str:
    return _REGION.sub("", source)


def _without_blanks(source: str) -> list[str]:
    lines = [line for line in source.splitlines() if not _BLANK_LINE.match(line)]
    return [_BLANK_VALUE.sub(r"\1", line) for line in lines if line.strip()]


def _expect(status: str, notebook: NotebookNode, whose: str) -> list[str]:
    problems = []
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        for one in code.checks(cell.source):
            said = [str(output.get("data", {}).get("text/plain", "")) for output in cell.outputs]
            if not any(text.startswith(status) for text in said):
                answer = " ".join(said)[:120]
                problems.append(f"check({one.name!r}) says {answer!r} in the {whose} edition, not {status!r}.")
    return problems


def _unbuilt(source: Path) -> list[str]:
    missing = [target.path.name for target in build.targets(source) if not target.path.exists()]
    return [f"{name} is not built; run make build." for name in missing]


def _executed(source: Path) -> list[Path]:
    return [target.path for target in build.targets(source) if target.executed and target.path.exists()]


def _load(path: Path) -> NotebookNode:
    notebook: NotebookNode = nbformat.read(path, as_version=4)
    return notebook


def _problems(source: Path, names: Sequence[str]) -> list[str]:
    """What the gates of these names find in one source, a line each."""
    found = []
    for name in names:
        try:
            problems = GATES[name](source)
        except build.FAILURES as failure:
            problems = [str(failure)]
        found += [f"{source.name}: {name}: {problem}" for problem in problems]
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.gates", description=__doc__.split("\n")[0])
    parser.add_argument("paths", nargs="*", type=Path, help="sources (all by default)")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--all", action="store_true", help="rebuild and nbval too")
    which.add_argument("--quick", action="store_true", help="only what needs no run: header and lint")
    asked = parser.parse_args(arguments)
    chosen = [path.resolve() for path in asked.paths] or sources()
    names = tuple(GATES) if asked.all else QUICK if asked.quick else USUAL
    failed = 0
    with ProcessPoolExecutor(AT_ONCE) as workers:
        for problems in workers.map(partial(_problems, names=names), chosen):
            failed += len(problems)
            for problem in problems:
                print(problem, flush=True)
    print(f"{len(chosen)} sources, {failed} problems.")
    return int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
