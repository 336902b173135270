"""A lesson's source: one MyST Markdown file that jupytext reads, with one header and nothing that editors leave in it.

`read` turns the file into a notebook whose cell ids are hashes of content, so that building twice gives the same bytes
and moving a paragraph does not touch the ids of the rest. `tidy` writes the text as it ought to be; a source is
canonical when `tidy(text) == text`. The sections of a lesson are known by the `lesson` metadata of the Markdown cell
that opens them, never by their headings, so that a lesson in another language passes the same gates.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from pathlib import Path
from typing import Any

import jupytext
from nbformat import NotebookNode, from_dict

ROOT = Path(__file__).resolve().parent.parent
CELL_KEYS = ("tags", "slideshow", "lesson", "alt")
HEADER = {
    "jupytext": {
        "cell_metadata_filter": ",".join([*CELL_KEYS, "-all"]),
        "notebook_metadata_filter": "kernelspec,jupytext,lesson,-all",
        "text_representation": {"extension": ".md", "format_name": "myst", "format_version": 0.13},
    },
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
}
# In the order in which a lesson has them.
ROLES = (
    "decision",
    "overview",
    "prerequisites",
    "objectives",
    "questions",
    "concepts",
    "data",
    "mistake",
    "simulator",
    "exercises",
    "quiz",
    "key-points",
    "terms",
    "analyst",
    "notes",
)
_VERSION_LINE = re.compile(r"^ +jupytext_version: .*\n", re.MULTILINE)


def sources() -> list[Path]:
    """Every source there is to build: the lessons, then the analysts' notebooks. Names with a leading `_` are not."""
    found = [*sorted((ROOT / "lessons").glob("*.md")), *sorted((ROOT / "notebooks" / "analysis").glob("*.md"))]
    return [path for path in found if not path.name.startswith("_")]


def is_lesson(path: Path) -> bool:
    """A lesson has a student's and an instructor's edition; an analysis has one notebook beside its source."""
    return path.resolve().parent.name != "analysis"


def read(text: str) -> NotebookNode:
    """The notebook that a source describes, complete (every edition's cells in it), with ids made from content."""
    notebook: NotebookNode = jupytext.reads(text, fmt="md:myst")
    seen: Counter[str] = Counter()
    for cell in notebook.cells:
        cell["metadata"] = from_dict({key: cell.metadata[key] for key in CELL_KEYS if key in cell.metadata})
        content = f"{cell.cell_type}\0{cell.source}"
        seen[content] += 1
        cell["id"] = hashlib.sha256(f"{content}\0{seen[content]}".encode()).hexdigest()[:12]
    lesson = notebook.metadata.get("lesson")
    notebook["metadata"] = from_dict(
        {
            "kernelspec": HEADER["kernelspec"],
            "language_info": {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"},
        }
    )
    if lesson is not None:
        notebook["metadata"]["lesson"] = lesson
    notebook["nbformat"], notebook["nbformat_minor"] = 4, 5
    return notebook


def tidy(text: str) -> str:
    """The same source with the canonical header, options in canonical order, and no other metadata."""
    notebook: NotebookNode = jupytext.reads(text, fmt="md:myst")
    lesson = notebook.metadata.get("lesson")
    lexer = notebook.metadata.get("jupytext", {}).get("default_lexer", "ipython3")
    notebook["metadata"] = from_dict(HEADER)
    notebook["metadata"]["jupytext"]["default_lexer"] = lexer
    if lesson is not None:
        notebook["metadata"]["lesson"] = lesson
    return _VERSION_LINE.sub("", jupytext.writes(notebook, fmt="md:myst"), count=1)


def tags(cell: NotebookNode) -> list[str]:
    """The tags of a cell."""
    return list(cell.metadata.get("tags", []))


def roles(notebook: NotebookNode) -> list[str]:
    """The sections of a lesson in the order in which they open."""
    return [cell.metadata["lesson"] for cell in notebook.cells if "lesson" in cell.metadata]


def facts(notebook: NotebookNode) -> dict[str, Any]:
    """What the header says about the lesson: `minutes`, and `without`, the sections that this lesson does not have."""
    return dict(notebook.metadata.get("lesson") or {})
