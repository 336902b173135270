"""Lessons into notebooks, one way: `lessons/NAME.md` becomes `NAME.ipynb` for students, and one for instructors.

`notebooks/instructor` is executed and keeps its outputs, `notebooks/student` has blanks; an analyst's
`notebooks/analysis/NAME.md` becomes the executed `NAME.ipynb` beside it. Nothing ever flows back: a source is edited, a
notebook is built. A build is stale when the source's hash is not the one that the notebook carries; file times, which a
fresh clone makes up, are never asked.

    python -m tools.build                 build what is stale
    python -m tools.build --force PATH    build whatever its state, for instance after the package has changed
    python -m tools.build --check         build everything aside, and say where it differs from what is committed
    python -m tools.build --tidy          write the sources themselves canonically
"""

from __future__ import annotations

import argparse
import copy
import difflib
import re
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from tools import edition
from tools.execute import AT_ONCE, comparable, execute, source_hash
from tools.lesson import ROOT, is_lesson, read, sources, tidy

HASH_KEY = "source_sha256"
FAILED = "FAILED"
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# What a lesson can do to its build; anything else is a defect of the build.
FAILURES = (edition.SolutionError, CellExecutionError, CellTimeoutError, DeadKernelError)


@dataclass(frozen=True)
class Target:
    """One notebook to build: its path, its cells without outputs, and whether it is executed."""

    path: Path
    notebook: NotebookNode
    executed: bool


def targets(source: Path) -> list[Target]:
    """The notebooks that a source describes."""
    text = source.read_text(encoding="utf-8")
    lesson = read(text)
    full = edition.instructor(lesson)
    full["metadata"][HASH_KEY] = source_hash(text)
    name = source.with_suffix(".ipynb").name
    if not is_lesson(source):
        return [Target(source.with_name(name), full, executed=True)]
    house = source.resolve().parent.parent / "notebooks"
    return [
        Target(house / "student" / name, edition.student(lesson), executed=False),
        Target(house / "instructor" / name, full, executed=True),
    ]


def serialise(notebook: NotebookNode) -> str:
    """The text of a notebook file, the same for the same notebook."""
    nbformat.validate(notebook)
    return str(nbformat.writes(notebook, version=4)).rstrip("\n") + "\n"


def is_stale(target: Target) -> bool:
    """Whether the committed notebook was built from another source than the one that is there now."""
    if not target.path.exists():
        return True
    text = target.path.read_text(encoding="utf-8")
    if not target.executed:
        return text != serialise(target.notebook)
    return bool(_load(text).metadata.get(HASH_KEY) != target.notebook.metadata[HASH_KEY])


def build(target: Target) -> bool:
    """Build one notebook; `True` if its file changed. Equal up to the bytes of its images, a file is left alone."""
    target.path.parent.mkdir(parents=True, exist_ok=True)
    notebook = execute(target.notebook, target.path.parent) if target.executed else target.notebook
    old = target.path.read_text(encoding="utf-8") if target.path.exists() else ""
    text = serialise(notebook)
    if old == text or (old and target.executed and comparable(_load(old)) == comparable(_load(text))):
        return False
    beside = target.path.with_suffix(".ipynb.part")
    beside.write_text(text, encoding="utf-8")
    beside.replace(target.path)
    return True


def differences(target: Target) -> list[str]:
    """How the committed notebook differs from one built now; empty when it does not."""
    name = _shown(target.path)
    if not target.path.exists():
        return [f"{name}: missing; run make build and commit it."]
    text = target.path.read_text(encoding="utf-8")
    committed = _load(text)
    if serialise(committed) != text:
        return [f"{name}: not written as the build writes it (edited by hand or by an editor?); run make build."]
    if _without_outputs(committed) != _without_outputs(target.notebook):
        lines = _diff(_without_outputs(committed), _without_outputs(target.notebook))
        return [f"{name}: its cells are not those of its source; run make build and commit it.\n{lines}"]
    if not target.executed:
        return [] if text == serialise(target.notebook) else [f"{name}: has outputs; run make build and commit it."]
    built = comparable(_load(serialise(execute(target.notebook, target.path.parent))))
    if built != comparable(committed):
        lines = _diff(comparable(committed), built)
        return [f"{name}: its outputs are not what the code gives today; run: python -m tools.build --force\n{lines}"]
    return []


def orphans() -> list[str]:
    """Notebooks that no source describes."""
    described = {target.path for source in sources() for target in targets(source)}
    found = sorted((ROOT / "notebooks").glob("*/*.ipynb"))
    return [
        f"{_shown(path)}: no source describes it; delete it or add its source."
        for path in found
        if path not in described
    ]


def _load(text: str) -> NotebookNode:
    notebook: NotebookNode = nbformat.reads(text, as_version=4)
    return notebook


def _without_outputs(notebook: NotebookNode) -> dict[str, Any]:
    bare = copy.deepcopy(notebook)
    for cell in bare.cells:
        if cell.cell_type == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return dict(_load(serialise(bare)))


def _diff(old: dict[str, Any], new: dict[str, Any], lines: int = 40) -> str:
    before, after = (nbformat.writes(nbformat.from_dict(one), version=4).splitlines() for one in (old, new))
    found = difflib.unified_diff(before, after, "committed", "built now", lineterm="", n=1)
    return "\n".join(f"    {line[:200]}" for _, line in zip(range(lines), found, strict=False))


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def _differences(source: Path) -> list[str]:
    try:
        return [line for target in targets(source) for line in differences(target)]
    except FAILURES as failure:
        return [_failed(source, failure)]


def _build_all(chosen: Sequence[Path], force: bool) -> Iterator[str]:
    for source in chosen:
        try:
            for target in targets(source):
                if force or is_stale(target):
                    started = time.monotonic()
                    verb = "built" if build(target) else "unchanged"
                    yield f"{_shown(target.path)}: {verb} in {time.monotonic() - started:.1f} s"
        except FAILURES as failure:
            yield _failed(source, failure)


def _failed(source: Path, failure: Exception) -> str:
    return f"{FAILED} {_shown(source)}: {_COLOUR.sub('', str(failure))}"


def _tidy_all(chosen: Sequence[Path]) -> Iterator[str]:
    for source in chosen:
        text = source.read_text(encoding="utf-8")
        if tidy(text) != text:
            source.write_text(tidy(text), encoding="utf-8")
            yield f"{_shown(source)}: written canonically"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.build", description=__doc__.split("\n")[0])
    parser.add_argument("paths", nargs="*", type=Path, help="sources (all by default)")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="compare with what is committed; write nothing")
    what.add_argument("--force", action="store_true", help="build what is not stale too")
    what.add_argument("--tidy", action="store_true", help="write the sources canonically")
    asked = parser.parse_args(arguments)
    chosen = [path.resolve() for path in asked.paths] or sources()
    if asked.check:
        with ProcessPoolExecutor(AT_ONCE) as workers:
            problems = [line for lines in workers.map(_differences, chosen) for line in lines]
        problems += [] if asked.paths else orphans()
        print("\n".join(problems) or f"{len(chosen)} sources: every notebook is what its source builds.")
        return int(bool(problems))
    failed = False
    for line in _tidy_all(chosen) if asked.tidy else _build_all(chosen, asked.force):
        failed |= line.startswith(FAILED)
        print(line, flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
