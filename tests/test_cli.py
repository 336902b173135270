"""The command line: what a person types, what is printed where, and the exit code."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time

import pytest
from typer.testing import CliRunner

from funnel_utils.cli.app import app

PEOPLE = 40


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """40 visits, 20 carts, 10 purchases, as CSV with columns of other names."""
    path = tmp_path_factory.mktemp("log") / "events.csv"
    lines = ["who,what,at,channel,plan.name,value"]
    for person in range(PEOPLE):
        channel = ("search", "mail")[person % 2]
        for step, name in enumerate(["visit", "cart", "pay, done"]):
            if person % 2**step == 0:
                lines.append(f'u{person},"{name}",2026-01-{1 + person % 20:02d}T10:0{step}:00Z,{channel},pro,{step}')
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def mapped(log):
    return [str(log), "--user", "who", "--event", "what", "--timestamp", "at"]


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "100"})


def start(*arguments, **environment):
    """The real command in a process of its own."""
    command = [sys.executable, "-m", "funnel_utils.cli", *map(str, arguments)]
    given = {**os.environ, "COLUMNS": "100", **environment}
    return subprocess.run(command, capture_output=True, text=True, env=given, check=False)


def test_show_prints_the_table(mapped):
    done = run("show", *mapped, "--steps", "visit,cart", "--step", "pay, done", "--window", "7d", "--by", "channel")
    assert done.exit_code == 0, done.stderr
    assert "1. visit" in done.stdout
    assert re.search(r"3\. pay, done.*10 +50% +30–70% +25%", done.stdout)
    assert "Entry sources by channel" in done.stdout
    assert "Funnel(visit > cart > pay, done, window=1w)" in done.stdout


def test_json_is_all_there_is_on_standard_output(mapped):
    done = run("show", *mapped, "-s", "visit,cart", "-w", "7d", "-b", "channel", "--json")
    data = json.loads(done.stdout)
    assert [row["units"] for row in data["steps"]] == [40, 20]
    assert data["steps"][1]["rate"] == 0.5
    assert data["conversion"][0]["provisional"] is False
    assert {row["source"]: row["units"] for row in data["sources"]["channel"]} == {"search": 20, "mail": 20}
    assert data["events"] == 70
    assert data["steps"][0]["value_at_stake"] is not None


def test_missing_numbers_are_null_in_json(mapped):
    done = run("show", *mapped, "-s", "nothing,cart", "--json")
    assert json.loads(done.stdout)["steps"][1]["rate"] is None
    assert "NaN" not in done.stdout
    assert "Note:" in done.stderr


def test_a_step_that_never_occurs_may_be_a_slip(mapped):
    done = run("show", *mapped, "-s", "vist,cart")
    assert done.exit_code == 0
    assert "--step 'vist': the log has no such event. Did you mean 'visit'?" in " ".join(done.stderr.split())


def test_conditions_sets_and_labels(mapped):
    done = run("show", *mapped, "-s", 'Came=visit|cart,Paid="pay, done"{value>=2,channel=search|mail}', "--json")
    data = json.loads(done.stdout)
    assert [(row["label"], row["units"]) for row in data["steps"]] == [("Came", 40), ("Paid", 10)]


def test_options_reach_the_funnel_and_the_log(mapped):
    options = ["--order", "strict", "--entry", "first", "--ties", "increase", "--property", "plan=plan.name"]
    done = run("show", *mapped, "-s", "visit,cart{plan=pro}", "-w", "36h", *options, "--reuse", "--json")
    assert "order='strict'" in json.loads(done.stdout)["funnel"]
    assert "window=36h, entry='first', reuse=True, ties='increase'" in json.loads(done.stdout)["funnel"]
    like = run("show", *mapped, "-s", "visit,cart", "--like", "mixpanel", "--json")
    assert "window=1w, entry='first', grace=2s" in json.loads(like.stdout)["funnel"]
    opened = run("show", *mapped, "-s", "visit,cart", "--open", "--json")
    assert "closed=False" in json.loads(opened.stdout)["funnel"]


def test_report_is_written_where_asked(mapped, tmp_path):
    target = tmp_path / "r.html"
    zone = ["--report-tz", "Asia/Tehran", "--week-start", "saturday", "--trend", "week", "--within", "2d"]
    done = run(
        "report", *mapped, "-s", "visit,cart", "-w", "7d", "-b", "channel", *zone, "-o", target, "--title", "Ours"
    )
    assert done.exit_code == 0, done.stderr
    assert f"Written: {target}" in done.stdout
    text = target.read_text(encoding="utf-8")
    assert "<h1>Ours</h1>" in text
    assert "Asia/Tehran" in text
    assert "saturday" in text
    assert "within 2d" in text
    assert list(tmp_path.iterdir()) == [target]


def test_report_as_json(mapped, tmp_path):
    target = tmp_path / "r.html"
    data = json.loads(run("report", *mapped, "-s", "visit,cart", "-o", target, "--json").stdout)
    assert data["report"] == str(target)
    assert data["bytes"] == target.stat().st_size


def test_several_files_and_a_quoted_glob_are_one_log(log, tmp_path):
    head, *rows = log.read_text(encoding="utf-8").splitlines()
    for part, lines in enumerate((rows[:30], rows[30:])):
        (tmp_path / f"part{part}.csv").write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    columns = ["--user", "who", "--event", "what", "--timestamp", "at", "-s", "visit,cart", "--json"]
    for source in ([tmp_path / "*.csv"], [tmp_path / "part0.csv", tmp_path / "part1.csv"]):
        assert json.loads(run("show", *source, *columns).stdout)["events"] == 70


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["-s", "visit,,cart"], "an event name is missing at place 7"),
        (["-s", "visit,cart{colour=red}"], "colour is not a property of this log"),
        (["-s", "visit,cart", "-w", "7"], "is not a duration"),
        (["-s", "visit,cart", "--order", "sideways"], "'sideways' is not one of"),
        (["-s", "visit,cart", "--like", "excel"], "excel"),
        (["-s", "visit,cart", "--by", "who"], "--by 'who': the log has no such column"),
        (["-s", "visit,cart", "--type", "value=money"], "--type value=money is no type; write one such as float64"),
        (["-s", "visit,cart", "--property", "plan=plan"], "--property: plan='plan'"),
        (["-s", "visit,cart", "--by", "user"], "would print ids"),
        (["-s", "visit,cart", "--property", "plan"], "with = between them"),
        (["-s", "visit,cart", "--rate", "IRT=much"], "is not a number"),
        (["-s", "visit,cart", "--report-tz", "Mars/Base"], "Mars/Base"),
        (["-s", "visit,cart", "--preset", "abacus"], "abacus"),
    ],
)
def test_input_that_cannot_be_used_is_told_in_a_line_with_exit_code_1(mapped, arguments, told):
    done = run("show", *mapped, *arguments)
    assert done.exit_code == 1
    assert done.stdout == ""
    # A busy machine may have told before what it was doing.
    lines = [line for line in done.stderr.splitlines() if not line.endswith(" …")]
    assert lines[0].startswith("Error: ")
    assert told in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_a_file_that_is_not_there(tmp_path):
    done = run("show", tmp_path / "no.parquet", "-s", "visit,cart")
    assert done.exit_code == 1
    assert "no.parquet" in done.stderr.replace("\n", "")


def test_a_folder_for_the_report_that_is_not_there(mapped, tmp_path):
    done = run("report", *mapped, "-s", "visit,cart", "-o", tmp_path / "no" / "r.html")
    assert done.exit_code == 1
    assert "does not exist" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [["show"], ["show", "x.csv"], ["show", "x.csv", "-s", "a,b", "--stepz", "c"], ["dance"], ["show", "--top", "0"]],
)
def test_a_command_line_that_is_not_understood_has_exit_code_2(arguments):
    assert run(*arguments).exit_code == 2


def test_a_defect_is_told_in_a_line_with_the_way_to_its_traceback(mapped, monkeypatch):
    import funnel_utils.cli.app as module

    def broken(*args):
        raise ZeroDivisionError("division\nby zero")

    monkeypatch.setattr(module, "_run", broken)
    monkeypatch.delenv("FUNNEL_TRACEBACK", raising=False)
    done = run("show", *mapped, "-s", "visit,cart")
    assert done.exit_code == 3
    assert "ZeroDivisionError: division by zero" in done.stderr
    assert "FUNNEL_TRACEBACK=1" in done.stderr
    monkeypatch.setenv("FUNNEL_TRACEBACK", "1")
    assert isinstance(run("show", *mapped, "-s", "visit,cart").exception, ZeroDivisionError)


def test_an_interruption_has_exit_code_130(mapped, monkeypatch):
    import funnel_utils.cli.app as module

    def stopped(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "_run", stopped)
    assert run("show", *mapped, "-s", "visit,cart").exit_code == 130


def test_long_work_says_what_it_is_doing_on_standard_error(monkeypatch, capsys):
    from funnel_utils.cli import guard

    monkeypatch.setattr(guard, "PATIENCE", 0.05)
    with guard.working("Matching") as tell:
        time.sleep(0.3)
        tell("Drawing")
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.split("\n")[:2] == ["Matching …", "Drawing …"]
    with guard.working("Nothing much") as tell:
        tell("Still nothing")
    assert capsys.readouterr().err == ""


def test_simulate_writes_a_log_that_show_reads(tmp_path):
    done = run("simulate", "--events", "3e3", "--out", tmp_path / "events", "--seed", "3", "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["events"] == 3000
    again = run("simulate", "--events", "3e3", "--out", tmp_path / "events")
    assert again.exit_code == 1
    shown = run("show", tmp_path / "events" / "*.parquet", "-s", "visit,view_product,purchase", "-w", "7d", "--json")
    assert json.loads(shown.stdout)["events"] > 2900


def test_names_with_markup_are_printed_as_they_are(tmp_path):
    path = tmp_path / "log.csv"
    rows = [f'u{n},"[red]visit[/]",2026-01-01T10:00:00Z,"[bold]x"' for n in range(3)]
    path.write_text("\n".join(["user,event,timestamp,channel", *rows]), encoding="utf-8")
    done = run("show", path, "--step", "[red]visit[/]", "-b", "channel")
    assert done.exit_code == 0, done.stderr
    assert "[red]visit[/]" in done.stdout
    assert "[bold]x" in done.stdout


def test_the_real_command(mapped):
    done = start("show", *mapped, "-s", "visit,cart", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["steps"][1]["units"] == 20
    failed = start("show", "nothing.csv", "-s", "visit,cart")
    assert failed.returncode == 1
    assert failed.stdout == ""
    assert "Traceback" not in failed.stderr


def test_help_and_version_are_quick_and_load_nothing_heavy():
    code = (
        "import sys\nsys.argv = ['funnel', '--help']\nfrom funnel_utils.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'pandas', 'numpy', 'matplotlib', 'duckdb', 'ibis', 'scipy', 'statsmodels', 'numba', 'pyarrow'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == "[]"
    for command in ("report", "show", "simulate", "doctor"):
        assert command in done.stdout
    version = start("--version")
    assert re.fullmatch(r"funnel \d+\.\d+\.\d+\n", version.stdout)


def test_the_exit_codes_and_the_language_of_steps_are_in_the_help():
    said = " ".join(run("report", "--help").stdout.split())
    assert "Exit codes: 0 done" in said
    assert "name? (optional)" in said


def test_a_reader_that_goes_away_is_no_error(mapped):
    command = " ".join([sys.executable, "-m", "funnel_utils.cli", "show", *map(repr, mapped), "-s", "visit,cart"])
    done = subprocess.run(f"{command} | head -0; exit ${{PIPESTATUS[0]}}", shell=True, executable="/bin/bash",
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert "Traceback" not in done.stderr
