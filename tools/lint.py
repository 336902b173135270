"""What every lesson has, as rules that a machine can check: each takes a notebook and yields problems in words.

`lesson_rules` are for lessons, `common_rules` for analysts' notebooks too, and `output_rules` read an executed
notebook. A rule says what was found, where, and what to do.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from nbformat import NotebookNode

from tools import code, edition
from tools.execute import IMAGES
from tools.lesson import CELL_KEYS, ROLES, facts, roles, tags

Rule = Callable[[NotebookNode], Iterator[str]]

ALT_LENGTH = 20
_FENCED = re.compile(r"^(`{3,}|~{3,}).*?^\1[`~]*\s*$", re.MULTILINE | re.DOTALL)
_H1 = re.compile(r"^# \S.*$", re.MULTILINE)
_DIRECTIVE = re.compile(r"^[\s>*+\-\d.)]*(?:`{3,}|~{3,}|:{3,})\s*\{[\w:-]+\}.*$", re.MULTILINE)
_MYST_ROLE = re.compile(r"(?<!`)\{[a-z:]+\}`[^`]+`")
_BULLET = re.compile(r"^[-*] \S", re.MULTILINE)
_PICTURE = re.compile(r"!\[\s*\]\(")
_HTML_PICTURE = re.compile(r"<img(?![^>]*\balt=[\"'][^\"'])[^>]*>", re.IGNORECASE)
_ADDRESS = re.compile(r"\bat 0x[0-9a-f]{6,}")
_LISTS = ("objectives", "questions", "key-points")


def lint(notebook: NotebookNode, rules: Iterable[Rule]) -> list[str]:
    """The problems that the rules find, in order."""
    return [problem for rule in rules for problem in rule(notebook)]


def one_title(notebook: NotebookNode) -> Iterator[str]:
    """One H1, at the top."""
    found = [title for cell in _markdown(notebook) for title in _H1.findall(_FENCED.sub("", cell.source))]
    if len(found) != 1:
        yield f"{len(found)} H1 headings ({'; '.join(found) or 'none'}); a lesson has one, its title."
    elif notebook.cells[0].source.lstrip().split("\n")[0] != found[0]:
        yield f"the title {found[0]!r} is not the first line of the first cell; move it there."


def only_commonmark(notebook: NotebookNode) -> Iterator[str]:
    """No nested code cell (it never runs), no directive and no role (stock Jupyter shows them as raw text)."""
    for cell in _markdown(notebook):
        for line in _DIRECTIVE.findall(cell.source):
            if "{code-cell}" in line:
                yield f"a code cell inside a list or a quote never runs: {line.strip()!r}; move it to column 0."
            else:
                yield f"a directive is shown as raw text: {line.strip()!r}; write CommonMark."
        for role in _MYST_ROLE.findall(cell.source):
            yield f"a role is shown as raw text: {role!r}; write CommonMark."


def known_metadata(notebook: NotebookNode) -> Iterator[str]:
    """Only the metadata that means something here."""
    for cell in notebook.cells:
        for key in sorted(set(cell.metadata) - set(CELL_KEYS)):
            yield f"cell metadata {key!r} at {_where(cell)} is not one of {', '.join(CELL_KEYS)}; remove it."


def pictures_described(notebook: NotebookNode) -> Iterator[str]:
    """Alt text on every picture in the text, and a full sentence wherever a cell has any."""
    for cell in _markdown(notebook):
        for _ in [*_PICTURE.findall(cell.source), *_HTML_PICTURE.findall(cell.source)]:
            yield f"a picture without alt text at {_where(cell)}; say what it shows."
    for cell in _code(notebook):
        alt = str(cell.metadata.get("alt", "."))
        if "alt" in cell.metadata and (len(alt) < ALT_LENGTH or not alt.endswith(".")):
            yield f"alt text {alt!r} at {_where(cell)} is not a sentence of {ALT_LENGTH} characters or more."


def minutes(notebook: NotebookNode) -> Iterator[str]:
    """How long the lesson takes, in the header and in the text."""
    stated = facts(notebook).get("minutes")
    if not isinstance(stated, int):
        yield f"the header's lesson.minutes is {stated!r}; give a whole number of minutes."
    elif not re.search(rf"\b{stated}\b", _section(notebook, "overview")):
        yield f"the section 'overview' does not say how many minutes the lesson takes ({stated} in the header)."


def sections(notebook: NotebookNode) -> Iterator[str]:
    """Every section, once, in order, each under a heading; those in `lesson.without` are left out on purpose."""
    without = facts(notebook).get("without") or []
    expected = [role for role in ROLES if role not in without]
    found = roles(notebook)
    for role in [*sorted(set(found) - set(ROLES)), *sorted(set(without) - set(ROLES))]:
        yield f"{role!r} is not a section; the sections are {', '.join(ROLES)}."
    for role, times in Counter(found).items():
        if times > 1:
            yield f"section {role!r} opens {times} times; mark only its first cell."
        if role in without:
            yield f"section {role!r} is there, and the header says that the lesson is without it."
    for role in expected:
        if role not in found:
            yield f'no section {role!r}; open it with +++ {{"lesson": "{role}"}}, or list it in lesson.without.'
    kept = [role for role in dict.fromkeys(found) if role in expected]
    if kept != [role for role in expected if role in kept]:
        yield f"sections out of order: {', '.join(kept)}; the order is {', '.join(ROLES)}."
    for cell in notebook.cells:
        if "lesson" in cell.metadata and not cell.source.startswith("## "):
            yield f"section {cell.metadata['lesson']!r} does not start with a '## ' heading."


def lists(notebook: NotebookNode) -> Iterator[str]:
    """Objectives, questions and key points are lists."""
    for role in _LISTS:
        if role in roles(notebook) and not _BULLET.search(_section(notebook, role)):
            yield f"section {role!r} has no list; write one '- ' line each."


def exercises(notebook: NotebookNode) -> Iterator[str]:
    """One named check ends each exercise, exercises have names of their own, and solutions are well marked."""
    seen: Counter[str] = Counter()
    for cell in _code(notebook):
        found = code.checks(cell.source)
        if bool(found) != ("exercise" in tags(cell)):
            yield f"{_where(cell)}: a cell is tagged 'exercise' exactly when it calls check(); put both or neither."
        if len(found) > 1:
            yield f"{_where(cell)}: {len(found)} checks in a cell; one each."
        for one in found:
            if not one.name:
                yield f"{_where(cell)}: check() takes the exercise's name as a plain string first."
            elif not one.is_last:
                yield f"{_where(cell)}: check({one.name!r}, …) is not the last expression, so its answer is not shown."
            seen.update([one.name] if one.name else [])
        try:
            edition.blank(cell.source)
        except edition.SolutionError as problem:
            yield f"{_where(cell)}: {problem}"
    for name, times in seen.items():
        if times > 1:
            yield f"{times} checks are named {name!r}; each exercise has a name of its own."


def blanks_unread(notebook: NotebookNode) -> Iterator[str]:
    """No cell outside an exercise reads a blank, and no two exercises fill the same one."""
    owners: Counter[str] = Counter()
    for cell in _code(notebook):
        if "exercise" in tags(cell):
            owners.update(code.names_set(cell.source))
    for name, times in owners.items():
        if times > 1:
            yield f"{times} exercises set {name!r}; give each its own name, or a later one depends on the order."
    for cell in _code(notebook):
        if not ({"exercise"} | edition.HIDDEN_FROM_STUDENTS) & set(tags(cell)):
            for name in sorted(code.names_read(cell.source) & set(owners)):
                yield f"{_where(cell)}: reads {name!r}, which is blank in the student's edition; compute it apart."


def outputs_described(notebook: NotebookNode) -> Iterator[str]:
    """A cell that shows a picture has alt text, on the cell and on the output, and says the same in words."""
    for cell in _code(notebook):
        pictured = [output for output in cell.outputs if set(IMAGES) & set(output.get("data", {}))]
        if not pictured:
            continue
        if "alt" not in cell.metadata:
            yield f"{_where(cell)}: shows a picture and has no alt text; add :alt: to the cell."
        elif any(not _output_alt(output) for output in pictured):
            yield f"{_where(cell)}: its picture was stored without the alt text; build the notebook again."
        if not any(_says_something(output) for output in cell.outputs):
            yield f"{_where(cell)}: shows a picture and says nothing in words; print its description beside it."


def outputs_settled(notebook: NotebookNode) -> Iterator[str]:
    """No warnings, no output that names a place in memory, and no picture in HTML without alt text."""
    for cell in _code(notebook):
        for output in cell.outputs:
            if output.get("name") == "stderr":
                said = output.text.strip().split("\n")[0]
                yield f"{_where(cell)}: warns on stderr ({said[:160]}); mend the cause, a reader cannot."
        for text in _texts(cell):
            if _ADDRESS.search(text):
                yield f"{_where(cell)}: its output names a place in memory, another one each time; show something else."
            if _HTML_PICTURE.search(text):
                yield f"{_where(cell)}: its output has an <img> without alt text."


common_rules: tuple[Rule, ...] = (one_title, only_commonmark, known_metadata, pictures_described)
lesson_rules: tuple[Rule, ...] = (*common_rules, minutes, sections, lists, exercises, blanks_unread)
output_rules: tuple[Rule, ...] = (outputs_described, outputs_settled)


def _markdown(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "markdown"]


def _code(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _section(notebook: NotebookNode, role: str) -> str:
    """The Markdown of one section, up to the next."""
    texts: list[str] = []
    inside = False
    for cell in _markdown(notebook):
        inside = cell.metadata["lesson"] == role if "lesson" in cell.metadata else inside
        texts += [cell.source] if inside else []
    return "\n\n".join(texts)


def _output_alt(output: NotebookNode) -> bool:
    return any(output.metadata.get(kind, {}).get("alt") for kind in IMAGES)


def _says_something(output: NotebookNode) -> bool:
    if output.output_type == "stream":
        return bool(output.text.strip())
    data = output.get("data", {})
    plain = str(data.get("text/plain", ""))
    return "text/html" in data or bool(plain and not plain.startswith("<Figure"))


def _texts(cell: NotebookNode) -> Iterator[str]:
    for output in cell.outputs:
        yield str(output.get("text", ""))
        yield from (str(value) for kind, value in output.get("data", {}).items() if kind.startswith("text/"))


def _where(cell: NotebookNode) -> str:
    first = next((line for line in cell.source.splitlines() if line.strip()), "(empty cell)")
    return f"cell {cell.get('id', '?')} ({first.strip()[:60]!r})"
