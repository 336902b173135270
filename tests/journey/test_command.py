"""`funnel journey` and the journeys' part of a report: what is printed, what is written, what is refused."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from funnel_utils import EventLog, Funnel, Journey
from funnel_utils.cli.app import app
from funnel_utils.report import report_html
from funnel_utils.report.journey import write_journey


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """40 people: all visit, half fill a cart, a quarter pay; one channel in two is mail."""
    path = tmp_path_factory.mktemp("log") / "events.csv"
    lines = ["user,event,timestamp,channel,place"]
    for person in range(40):
        for step, name in enumerate(["visit", "cart", "pay"]):
            if person % 2**step == 0:
                place = "store" if person == 4 and name == "pay" else "online"
                lines.append(
                    f"u{person},{name},2026-01-{1 + person % 20:02d}T10:0{step}:00Z,{'am'[person % 2]},{place}"
                )
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "110"})


STAGES = ("--stage", "visit=look", "--stage", "cart=want", "--stage", "pay=buy")


def test_the_tables_say_how_journeys_end(log):
    done = run("journey", log, "--end", "pay", *STAGES)
    assert done.exit_code == 0
    assert "10 of 40 journeys converted (25.0%" in done.stdout
    assert "look → want → buy" in done.stdout
    assert "From the start, 25.0% convert" in done.stdout
    assert "Where journeys start" in done.stdout


def test_json_holds_the_same_and_nothing_else(log):
    data = json.loads(run("journey", log, "--end", "pay", *STAGES, "--json").stdout)
    assert data["chain"]["conversion"] == pytest.approx(0.25)
    assert {row["path"]: row["journeys"] for row in data["paths"]} == {
        "look": 20,
        "look → want": 10,
        "look → want → buy": 10,
    }
    assert [row["count"] for row in data["channels"]][-1] == 1


def test_a_page_of_its_own_asks_for_nothing_and_shows_no_id(log, tmp_path):
    target = tmp_path / "journeys.html"
    done = run("journey", log, "--end", "pay", *STAGES, "--out", target, "--title", "<b>Ours</b>")
    assert f"Written: {target}" in " ".join(done.stdout.split())
    text = target.read_text(encoding="utf-8")
    assert "&lt;b&gt;Ours&lt;/b&gt;" in text
    assert "default-src &#x27;none&#x27;" in text
    assert text.count("<figure>") == 5
    assert "u17" not in text


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--end", "pay", "--idle", "3"], "--idle '3'"),
        (["--end", "pay", "--stage", "visit"], "--stage visit"),
        (["--stage", "visit=look", "--stage-model", "race"], "give one of them"),
        (["--stage-model", "nonsense"], "nonsense"),
        (["--unit", "sesion"], "--unit 'sesion'"),
        (["--only", "nothing"], "--only 'nothing': the log has no such event"),
        (["--end", "payy"], "--end 'payy': the log has no such event. Did you mean 'pay'?"),
        (["--order", "visit,payy"], "--order 'payy': the log has no such event"),
        (["--state", "channel", "--order", "sea,mail"], "--order 'sea': the log has no such channel"),
        (["--stage", "vist=look"], "--stage 'vist': the log has no such event. Did you mean 'visit'?"),
        (["--end", "pay", "--channel", "chanel"], "--channel 'chanel': the log has no such column"),
        (["--end", "pay", "--offline", "plase=store"], "--offline 'plase': the log has no such column"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(log, options, said):
    done = run("journey", log, *options)
    assert done.exit_code == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_report_has_a_part_on_journeys_only_where_it_is_asked_for(log, tmp_path):
    result = Funnel(["visit", "cart", "pay"], window="7d").run(EventLog.read(str(log)))
    assert 'id="journey"' not in report_html(result)
    target = tmp_path / "r.html"
    done = run("report", log, "-s", "visit,cart,pay", "-w", "7d", "--journey", "-o", target)
    assert done.exit_code == 0
    assert 'id="journey"' in target.read_text(encoding="utf-8")


def test_markup_from_a_log_is_text_on_the_page(tmp_path):
    hostile = "<script>alert(1)</script>"
    log = EventLog.from_story({"ana": [(f"{hostile}@0", {"channel": hostile}), ("pay@1m", {"channel": None})]})
    page = write_journey(Journey("pay").run(log), tmp_path / "p.html").read_text(encoding="utf-8")
    assert hostile not in page
    assert "&lt;script&gt;" in page
