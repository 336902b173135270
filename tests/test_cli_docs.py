"""Every command line that the README, the lessons and the documents show is one that the command understands.

Nothing is run: the line is parsed as typer would parse it, and what it says of steps, metrics and rules is read.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer

from funnel_utils.automation import Segment
from funnel_utils.cli.app import app
from funnel_utils.cli.metrics import parse_metric
from funnel_utils.cli.steps import parse_steps

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    path
    for pattern in ("*.md", "lessons/*.md", "notebooks/analysis/*.md", "docs/**/*.md", "data/*.md")
    for path in ROOT.glob(pattern)
)
COMMAND = typer.main.get_command(app)
NAMES = "|".join(COMMAND.commands)
#: A line of its own in a block of code, or code within a sentence.
LINE = re.compile(
    rf"^[ >]*[!$%]? ?(?:\.venv/bin/)?(funnel (?:{NAMES})\b.*)$|`(funnel (?:{NAMES})\b[^`]*)`", re.MULTILINE
)
EXAMPLE = re.compile(r"(?:[Ee]xample): (funnel .*)", re.DOTALL)


def shown(text):
    """The command lines in a page; a backslash at the end of a line goes on with the next."""
    return [one or other for one, other in LINE.findall(text.replace("\\\n", " "))]


def parsed(line):
    """What each parameter of the command would be given; what is not understood raises."""
    command, words = COMMAND, shlex.split(line, comments=True)[1:]
    context = None
    while True:
        context = command.make_context(command.name, list(words), parent=context)
        if not hasattr(command, "commands"):
            return context.params
        _, command, words = command.resolve_command(context, [*context._protected_args, *context.args])


LINES = [(str(path.relative_to(ROOT)), line) for path in PAGES for line in shown(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(("page", "line"), LINES)
def test_a_command_line_in_a_page_is_understood(page, line):
    check(line)


def check(line):
    if "--" not in line and len(line.split()) == 2:
        return  # the name of a command in a sentence, which the pattern knows already
    if line.rstrip().endswith("--help"):
        line = line.replace("--help", "")
        assert shlex.split(line)[1] in COMMAND.commands
        return
    given = parsed(line)
    if given.get("steps"):
        parse_steps(given["steps"], given["step"] or ())
    for role, option in (("primary", "metric"), ("guardrail", "guardrail"), ("secondary", "secondary")):
        for text in given.get(option) or ():
            # `total:value:purchase` would be taken for the name of an event.
            events = getattr(getattr(parse_metric(text, role), "measure", None), "events", ())
            assert all(re.fullmatch(r"[\w ]+", name) for name in events), text
    if given.get("rule"):
        Segment(given["rule"])


def test_the_pages_were_read():
    pages = {page for page, _ in LINES}
    assert {"README.md", "lessons/05b_automation.md", "notebooks/analysis/journey.md"} <= pages
    assert len(LINES) > 20


@pytest.mark.parametrize("name", sorted(set(COMMAND.commands) - {"plan", "doctor"}))
def test_a_help_page_ends_with_an_example_that_is_understood(name):
    example = EXAMPLE.search(COMMAND.commands[name].epilog.partition(". Conditions")[0])[1]
    assert example.startswith(f"funnel {name} ") or name == "report"
    check(example)


@pytest.mark.parametrize(
    "line",
    [
        "funnel campaign x.parquet --share 0.2",
        "funnel journy x.parquet",
        "funnel clv x.parquet",
        "funnel clv x.parquet --margin much",
        "funnel show x.parquet --steps 'a,,b'",
        "funnel experiment x.parquet --metric 'purchase; margn=0.1'",
        "funnel segment x.parquet 'city = = 3'",
    ],
)
def test_a_wrong_line_would_be_found(line):
    with pytest.raises(Exception, match=r"."):
        check(line)
