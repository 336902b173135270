"""The student's and the instructor's edition of one lesson.

The instructor's edition is the lesson. The student's is the same without cells tagged `solution` or `instructor`, and
with its solutions blanked: `name = expression  # SOLUTION` keeps the name and loses the expression, and what stands
between `### BEGIN SOLUTION` and `### END SOLUTION` becomes one `...`. `...` is Python's own word for "not yet", so a
notebook with blanks in it runs from top to bottom, and reads the same in every language.
"""

from __future__ import annotations

import copy
import re

from nbformat import NotebookNode, from_dict

from tools.lesson import tags

BLANK = "..."
HIDDEN_FROM_STUDENTS = frozenset({"solution", "instructor"})
_MARK = re.compile(r"#\s*SOLUTION\s*$")
_ASSIGNMENT = re.compile(r"^(?P<name>\s*[A-Za-z_]\w*\s*=)\s+(?P<answer>\S.*?)\s*#\s*SOLUTION\s*$")
_BEGIN = re.compile(r"^(?P<indent>\s*)### BEGIN SOLUTION\s*$")
_END = re.compile(r"^\s*### END SOLUTION\s*$")


class SolutionError(ValueError):
    """Solution marks that do not say clearly what is to be blanked."""


def blank(code: str) -> str:
    """The code of an exercise without its answers.

    Raises
    ------
    SolutionError
        If a region is not closed, or closed without being open, or `# SOLUTION` marks something else than a one-line
        assignment.
    """
    kept: list[str] = []
    is_open = False
    for number, line in enumerate(code.splitlines(), start=1):
        begin = _BEGIN.match(line)
        if begin and not is_open:
            kept.append(f"{begin['indent']}{BLANK}")
            is_open = True
        elif _END.match(line) and is_open:
            is_open = False
        elif begin or _END.match(line):
            raise SolutionError(f"line {number}: {line.strip()!r} has no partner; open and close a region once.")
        elif not is_open:
            kept.append(_blank_line(line, number))
    if is_open:
        raise SolutionError("a region opened with '### BEGIN SOLUTION' is never closed with '### END SOLUTION'.")
    return "\n".join(kept)


def _blank_line(line: str, number: int) -> str:
    if not _MARK.search(line):
        return line
    found = _ASSIGNMENT.match(line)
    if not found:
        raise SolutionError(
            f"line {number}: '# SOLUTION' belongs on a line 'name = expression'; found {line.strip()!r}."
        )
    return f"{found['name']} {BLANK}"


def answers(code: str) -> list[str]:
    """The pieces of code that `blank` takes away: each expression, and each line of a region."""
    found: list[str] = []
    is_open = False
    for line in code.splitlines():
        assignment = _ASSIGNMENT.match(line)
        if _BEGIN.match(line) or _END.match(line):
            is_open = not is_open
        elif is_open:
            found.append(line.strip())
        elif assignment:
            found.append(assignment["answer"])
    return [answer for answer in found if answer]


def student(lesson: NotebookNode) -> NotebookNode:
    """The student's edition: blanked, without notes and solutions, without outputs."""
    edition = copy.deepcopy(lesson)
    edition["cells"] = [cell for cell in edition.cells if not HIDDEN_FROM_STUDENTS & set(tags(cell))]
    for cell in edition.cells:
        if cell.cell_type == "code":
            cell["source"] = blank(cell.source)
            cell["outputs"], cell["execution_count"] = [], None
    return edition


def instructor(lesson: NotebookNode) -> NotebookNode:
    """The instructor's edition: everything, and its notes are speaker notes where the source says nothing else."""
    edition = copy.deepcopy(lesson)
    for cell in edition.cells:
        if "instructor" in tags(cell) and cell.cell_type == "markdown":
            cell.metadata.setdefault("slideshow", from_dict({"slide_type": "notes"}))
    return edition
