"""The command line in its own words: options instead of arguments, endings of files, numbers, and groups of options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from funnel_utils.cli import options as o
from funnel_utils.cli.app import app
from funnel_utils.cli.files import Writes, check_files
from funnel_utils.cli.guard import guarded
from funnel_utils.cli.spelling import CommandError, Says, spelled, spellings


def command(
    logs: o.Logs,
    control: Annotated[str, typer.Option("--control", "-c")] = "a",
    treatment: Annotated[list[str] | None, typer.Option("--treatment")] = None,
    per_send: Annotated[float, typer.Option("--cost-per-send", "-p")] = 0,
    value: Annotated[str, typer.Option("--value", metavar="COLUMN|none")] = "value",
    alone: Annotated[bool, typer.Option("--no-holdout"), Says("arm=None", "holdout")] = False,
    within: Annotated[str | None, typer.Option("--within")] = None,
) -> None:
    """A command with every kind of option."""


@pytest.mark.parametrize(
    ("python", "shell"),
    [
        ("control='b' is no arm.", "--control 'b' is no arm."),
        ("Experiment: control='b'", "--control 'b'"),
        ("treatments=('b', 'c') twice", "--treatment 'b', 'c' twice"),
        ("treatments: one is called twice", "--treatment: one is called twice"),
        ("give cost_per_send= or more", "give --cost-per-send or more"),
        ("or pass value=None.", "or pass --value none."),
        ("or pass within=None.", "or pass no --within."),
        ("write arm=None", "write --no-holdout"),
        ("Give Exposure(within=…).", "Give --within …."),
        ("Give Exposure(within=…, control=…).", "Give --within …, --control …."),
        ("within='3' is none, or pass a datetime.timedelta.", "--within '3' is none."),
        ("holdout=False it is", "no --no-holdout it is"),
        # Arguments that this command does not have, and what somebody wrote herself, stay as they are.
        ("daily=True and arm='x'", "daily=True and arm='x'"),
        ("'control=b' is no rule", "'control=b' is no rule"),
        ('the step "value=1" of {value=1}', 'the step "value=1" of {value=1}'),
        ("a person's value=2", "a person's --value 2"),
        ("--control 'b' (--control)", "--control 'b' (--control)"),
    ],
)
def test_arguments_are_told_as_options(python, shell):
    assert spelled(python, spellings(command)) == shell


def test_a_mapping_is_told_as_a_shell_has_it():
    words = spellings(o.gathered(_with_log))
    assert spelled("types={'value': \"float64\"}, or not", words) == "--type value=float64, or not"
    assert spelled("columns={'x': …}", {"columns": words["property"]}) == "--property x=…"


def _with_log(logs: o.Logs, *, log_options: o.Options, deep: bool = False) -> None:
    assert log_options["report_tz"] == "Asia/Tehran"
    assert not deep


def test_a_group_of_options_is_on_the_command_line_and_handed_over_together():
    small = typer.Typer()
    small.command()(guarded(o.gathered(_with_log)))
    assert CliRunner().invoke(small, ["x.csv", "--report-tz", "Asia/Tehran"]).exit_code == 0
    assert "--observed-until" in CliRunner().invoke(small, ["--help"], env={"COLUMNS": "120"}).stdout


@pytest.mark.parametrize(
    ("text", "number"), [("30%", 0.3), ("0.3", 0.3), (" 29 % ", 0.29), ("-2%", -0.02), ("1e3", 1000)]
)
def test_numbers_may_be_percentages(text, number):
    assert o.number(text) == number


@pytest.mark.parametrize("text", ["", "%", "x%", "nan", "inf", "1_0x", "30%%", "0,3"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(CommandError, match="not a number"):
        o.number(text)


def _writing(
    logs: list[str],
    to: Annotated[Path | None, typer.Option("--out"), Writes(".html")] = None,
    spend: Annotated[Path | None, typer.Option("--spend")] = None,
) -> None:
    """A command that reads two files and writes one."""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("page.png", "the file's ending says what to write; it is one of .html"),
        ("page", "it is one of .html"),
        ("none/page.html", "does not exist; make it"),
        ("log.html", "would be lost"),
        ("spend.html", "would be lost"),
    ],
)
def test_a_file_that_cannot_or_should_not_be_written_is_refused_before_work(tmp_path, name, said):
    given = {"logs": [str(tmp_path / "log.html")], "spend": tmp_path / "spend.html"}
    with pytest.raises(CommandError, match=said):
        check_files(_writing, given | {"to": tmp_path / name})
    check_files(_writing, given | {"to": tmp_path / "PAGE.HTML"})


def test_a_file_that_the_system_refuses_is_no_defect(tmp_path, monkeypatch):
    def refused(path, data):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "write_bytes", refused)
    monkeypatch.delenv("FUNNEL_TRACEBACK", raising=False)
    words = ["design", "--baseline", "10%", "--lift", "10%", "--out", str(tmp_path / "power.png")]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 1
    assert "cannot be read or written: Permission denied" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["clv", "x.csv", "--margin", "30x"], "'30x' is not a number, nor a percentage such as 30%"),
        (["rfm", "x.csv", "--out", "rfm.txt"], "--out rfm.txt: the file's ending"),
        (["journey", "x.csv", "--out", "j.png"], "--out j.png: the file's ending"),
        (["segment", "x.csv", "city = 1", "--csv", "s.html"], "--csv s.html: the file's ending"),
        (["plan", "new", "plan.txt"], "plan.txt: the file's ending says what to write; it is one of .yml, .yaml"),
    ],
)
def test_a_slip_is_told_before_a_log_is_opened(words, said):
    done = CliRunner().invoke(app, words)
    assert done.exit_code in (1, 2)
    assert said in " ".join(done.stderr.replace("│", " ").split())
