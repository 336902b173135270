"""How an experiment is shown: table, charts, page, command line. Names from a log are text, and never run."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from funnel_utils import EventLog, SpecError
from funnel_utils.charts import alt_text, describe_daily, describe_experiment, to_png
from funnel_utils.charts.experiment_segments import segment_mark
from funnel_utils.charts.forest import Row, forest
from funnel_utils.charts.style import SMALL, Sheet, text_width
from funnel_utils.cli.app import app
from funnel_utils.cli.metrics import parse_metric
from funnel_utils.cro import Conversion, Experiment, Exposure, Mean, Quantile, Ratio, Total
from funnel_utils.cro.words import change, lift_text, number, p_value, percent
from funnel_utils.report.experiment import experiment_html, write_experiment

NASTY = "<img src=x onerror=alert(1)>"


def story():
    """200 people: of the new arm 30 pay, of control 20; each a day later, on one of four days."""
    people = {}
    for place in range(200):
        arm, day = ("control", "new")[place % 2], place // 2 % 4
        events = [(f"seen@{day}d", {"variant": arm, "device": ("web", NASTY)[place % 3 == 0]})]
        if place // 2 < (30 if arm == "new" else 20):
            events.append((f"pay@{day + 1}d", {"value": 10 + place % 7}))
        people[f"user-{place}"] = events
    return people


@pytest.fixture(scope="module")
def result():
    log = EventLog.from_story(story(), observed_until="2026-03-01")
    metrics = [
        Conversion("pay", planned_lift=0.5),
        Mean(Total("value", "pay"), name="=cmd|' /C calc'!A0", role="secondary"),
        Conversion("pay", name="guard", role="guardrail", relative_margin=0.2),
    ]
    return Experiment(metrics, exposure=Exposure("seen", within="7d")).run(log, by="device")


def test_a_notebook_shows_verdict_decision_and_effects_and_runs_nothing(result):
    html = result._repr_html_()
    assert "not yet" in html
    assert "30.0%" in html
    assert "&lt;img" not in html  # segments are asked for by name
    assert "=cmd|&#x27; /C calc&#x27;!A0" in html
    assert repr(result).startswith("ExperimentResult: new against control")


def test_exports_defuse_formulas(result, tmp_path):
    found = pd.read_csv(result.to_csv(tmp_path / "effects.csv"))
    assert found["metric"].tolist() == ["pay", "'=cmd|' /C calc'!A0", "guard"]
    assert len(pd.read_parquet(result.to_parquet(tmp_path / "effects.parquet"))) == 3
    assert result.to_frame() is not result.table


@pytest.mark.parametrize(
    ("kind", "told"), [("forest", "guard"), ("daily", "By 4 January new stood at"), ("segments", "web")]
)
def test_charts_say_what_they_show(result, kind, told):
    figure = result.plot(kind)
    assert told in alt_text(figure)
    assert to_png(figure, dpi=40).startswith(b"\x89PNG")


def test_charts_of_odd_results():
    empty = Experiment.of_counts({"control": (40, 0), "new": (40, 3)})
    assert np.isinf(empty.comparison().lift)
    assert "relative to a control of zero" in " ".join(text.get_text() for text in empty.plot().axes[0].texts).lower()
    many = Experiment.of_counts({"control": (4000, 300), "b": (4000, 330), "c": (4100, 9)})
    assert "conversion, c: lose" in describe_experiment(many)
    to_png(many.plot(), dpi=40)


def test_the_story_of_days_ends_with_the_result(result):
    row = result.comparison()
    assert change("conversion", row.difference) in describe_daily(result)


def test_a_page_asks_for_nothing_and_shows_no_id(result, tmp_path):
    page = experiment_html(result, title=NASTY)
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page
    assert "http" not in page.split("<main>")[1]
    assert "user-" not in page
    for heading in ("What to do", "What was checked first", "Day by day", "Segments"):
        assert heading in page
    assert write_experiment(result, tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


# What must not look like an effect


def lopsided(days=1):
    """The lot should halve 300 people; 200 are in control. Of ten with a telly all are in the new arm but two."""
    people = {}
    for place in range(300):
        telly = place >= 290
        arm = "new" if place % 3 == 0 or (telly and place < 298) else "control"
        device = "telly" if telly else ("web", "phone")[place % 2]
        events = [(f"seen@{place % days}d", {"variant": arm, "device": device})]
        if arm == "new" or place % 5 == 0:
            events.append((f"pay@{place % days}d9h", {}))
        people[f"user-{place}"] = events
    return EventLog.from_story(people, observed_until="2026-03-01")


@pytest.fixture(scope="module")
def invalid():
    asked = Experiment([Conversion("pay")], exposure=Exposure("seen", within="7d"))
    return asked.run(lopsided(days=3), by="device")


def filled(figure):
    """Marks that a reader takes for a verdict: dots and squares with a colour."""
    marks = [line for line in figure.axes[0].lines if line.get_marker() in ("o", "s")]
    return [line.get_color() for line in marks if line.get_color() != "#ffffff"]


def crosses(figure):
    return [line for line in figure.axes[0].lines if line.get_marker() == "X"]


def words(figure):
    return " ".join(text.get_text() for axes in figure.axes for text in axes.texts)


@pytest.mark.parametrize("kind", ["forest", "segments"])
def test_nothing_of_an_invalid_experiment_is_drawn_as_a_verdict(invalid, kind):
    figure = invalid.plot(kind)
    assert invalid.flaw == "srm"
    assert filled(figure) == []
    assert crosses(figure)
    assert "INVALID" in words(figure)
    assert "INVALID" in alt_text(figure) or "Crosses: not to be read" in alt_text(figure)


def test_days_of_an_invalid_experiment_are_not_drawn(invalid):
    figure = invalid.plot("daily")
    assert len(figure.axes) == 1  # the sheet, and no axes of days upon it
    assert "nothing here is an effect" in alt_text(figure)


def test_a_page_says_a_mismatch_once_and_where_it_is(invalid):
    page = experiment_html(invalid)
    said = re.sub(r'alt="[^"]*"', "", page)
    assert said.count("SAMPLE RATIO MISMATCH") == 1
    assert "See the top of this page." in said
    assert "Units of each arm by device" in said
    # Of the ten with a telly, two are in control.
    assert "2 <wbr>(20.0%)" in said


@pytest.mark.parametrize("metric", [Quantile(Total("value", "pay"), 0.5), Conversion("pay", role="secondary")])
def test_without_a_primary_metric_there_are_no_days_and_no_segments(metric):
    asked = Experiment([metric], exposure=Exposure("seen", within="7d"))
    page = experiment_html(asked.run(EventLog.from_story(story(), observed_until="2026-03-01"), by="device"))
    assert "Day by day" not in page
    assert "Segments" not in page
    # Nor where nothing is an effect.
    broken = Experiment([metric], exposure=Exposure("seen", within="7d"), split={"control": 0.9, "new": 0.1})
    page = experiment_html(broken.run(EventLog.from_story(story(), observed_until="2026-03-01"), by="device"))
    assert "SAMPLE RATIO MISMATCH" in page


def test_a_segment_with_too_few_units_is_named_and_sets_no_scale():
    people = {}
    for place in range(200):
        arm = ("control", "new")[place % 2]
        device = "telly" if place < 4 else "web"
        paid = place == 1 or (place >= 4 and place // 2 % 4 == 0)
        events = [(f"seen@{place % 3}d", {"variant": arm, "device": device}), *([("pay@9d", {})] if paid else [])]
        people[f"user-{place}"] = events
    log = EventLog.from_story(people, observed_until="2026-03-01")
    result = Experiment([Conversion("pay")], exposure=Exposure("seen", within="14d")).run(log, by="device")
    figure = result.plot("segments")
    assert "Not drawn: telly (too few units" in words(figure)
    assert len([line for line in figure.axes[0].lines if line.get_marker() == "o"]) == 1
    # The telly's two against two would make the scale two hundred points wide; the web's interval is about twenty-five.
    ticks = [text.get_text() for text in figure.axes[0].texts if re.fullmatch(r"[+-]?\d+(\.\d+)?", text.get_text())]
    assert max(abs(float(tick)) for tick in ticks) <= 20
    page = experiment_html(result)
    assert "not to be read: too few units" in page


def test_one_day_is_a_sentence_and_no_picture():
    people = {
        f"user-{place}": [
            ("seen@0", {"variant": ("control", "new")[place % 2]}),
            *([("pay@1h", {})] if place % 3 else []),
        ]
        for place in range(90)
    }
    log = EventLog.from_story(people, observed_until="2026-03-01")
    asked = [Conversion("pay"), Conversion("pay", name="again"), Conversion("pay", name="once more")]
    page = experiment_html(Experiment(asked, exposure=Exposure("seen", within="7d")).run(log))
    assert page.count("All units came in on one day, 1 January 2026") == 1
    assert "Line with a band" not in page
    assert page.count("<img") == 1  # the forest


@pytest.mark.parametrize(
    ("row", "better", "mark"),
    [
        ({"p_adjusted": 0.01, "low": 0.1, "high": 0.3}, "up", "win"),
        ({"p_adjusted": 0.01, "low": 0.1, "high": 0.3}, "down", "lose"),
        ({"p_adjusted": 0.01, "low": -0.3, "high": -0.1}, "up", "lose"),
        ({"p_adjusted": 0.04, "low": -0.01, "high": 0.3}, "up", "inconclusive"),  # the interval is of all segments
        ({"p_adjusted": 0.06, "low": 0.01, "high": 0.3}, "up", "inconclusive"),
        ({"p_adjusted": np.nan, "low": np.nan, "high": np.nan}, "up", "inconclusive"),
    ],
)
def test_a_dot_is_filled_where_interval_and_p_agree(row, better, mark):
    assert segment_mark(row, better, 0.05) == mark


@pytest.mark.parametrize("widest", [3.0, 190_000.0, 7.3e9])
def test_texts_of_a_scale_do_not_touch(widest):
    sheet = Sheet()
    row = Row("a", "", "", widest / 3, -widest / 2, widest, "win")
    forest(sheet, [row], lambda value: f"{value:+,.0f}" if value else "0")
    texts = [text for text in sheet.figure("").axes[0].texts if re.fullmatch(r"[+-]?[\d,]+", text.get_text())]
    spans = []
    for text in texts:
        width = text_width(text.get_text(), SMALL)
        start = text.get_position()[0] - {"left": 0.0, "center": width / 2, "right": width}[text.get_ha()]
        spans.append((start, start + width))
    assert len(spans) >= 2
    assert all(here[1] < after[0] for here, after in pairwise(spans))


# The command line


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("experiment")
    rows = []
    for user, events in story().items():
        for told, more in events:
            name, _, at = told.partition("@")
            when = pd.Timestamp("2026-01-01", tz="UTC") + pd.Timedelta(at)
            rows.append({"user": user, "event": name, "timestamp": when, "variant": None, "value": None} | more)
    rows.append({"user": "idle", "event": "visit", "timestamp": pd.Timestamp("2026-03-01", tz="UTC")})
    pd.DataFrame(rows).to_parquet(folder / "log.parquet")
    people = pd.DataFrame({"variant": ["a", "b"] * 100, "bought": [0, 1, 1, 0, 1] * 40, "spent": np.arange(200) % 9})
    people.to_csv(folder / "people.csv", index=False)
    return folder


def run(*arguments):
    return CliRunner().invoke(app, ["experiment", *map(str, arguments)], env={"COLUMNS": "110"})


def test_a_log_on_the_command_line(files, tmp_path):
    asked = ("--exposure", "seen", "--within", "7d", "--metric", "pay; planned_lift=0.5")
    guard = ("--guardrail", "guard = pay; relative_margin=0.5", "--secondary", "revenue = total value of pay")
    done = run(files / "log.parquet", *asked, *guard, "--by", "device", "--out", tmp_path / "r.html")
    assert done.exit_code == 0, done.output
    assert "new against control" in done.stdout
    assert "+10.00" in done.stdout
    assert (tmp_path / "r.html").exists()
    data = json.loads(run(files / "log.parquet", *asked, "--by", "device", "--json").stdout)
    assert data["effects"][0]["count"] == 30
    assert {row["value"] for row in data["by device"]} == {"web", NASTY}


def test_a_table_on_the_command_line(files):
    done = run(
        files / "people.csv", "--table", "--control", "a", "--metric", "bought", "--secondary", "column spent", "--json"
    )
    assert done.exit_code == 0, done.output
    assert [row["kind"] for row in json.loads(done.stdout)["effects"]] == ["conversion", "mean"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((), 2, "No metric"),
        (("--metric", "pay; margn=1"), 1, "is no option"),
        (("--metric", "pay; margin=x"), 1, "'x' is not a number"),
        (("--metric", "pay", "--split", "new=half"), 1, "'half' is not a number"),
        (("--metric", "pay", "--arm", "varient"), 1, "Did you mean 'variant'"),
        (("--metric", "pay{value>1,value<3}"), 1, "two conditions on value"),
        (("--metric", "pay; before=7d"), 1, "no meaning for this kind"),
        (("--metric", "; better=up"), 1, "names nothing"),
    ],
)
def test_slips_on_the_command_line_are_told_in_a_line(files, arguments, code, message):
    done = run(files / "log.parquet", *arguments)
    assert done.exit_code == code
    assert message in done.output.replace("\n", " ")


def test_the_language_of_metrics():
    assert parse_metric("pay{value>=10}").measure.where == {"value": (">=", 10)}
    revenue = parse_metric("revenue = total value of pay|order; winsorise=0.99; covariate=age", "secondary")
    assert revenue == Mean(
        Total("value", ["order", "pay"]), name="revenue", role="secondary", winsorise=0.99, covariates="age"
    )
    assert parse_metric("click per visit") == Ratio("click", "visit")
    assert parse_metric("quantile 0.9 of column wait").q == 0.9
    assert isinstance(parse_metric("quantile 0.9 of times wait"), Quantile)
    with pytest.raises(SpecError, match="is not a number"):
        parse_metric("quantile high of column wait")


def test_numbers_in_words():
    assert [percent(v) for v in (0.1, 0.0321, 0.004, 0, 1)] == ["10.0%", "3.21%", "0.4%", "0.0%", "100.0%"]
    assert [number(v) for v in (1234.5, 3.14159, 12, -np.inf)] == ["1,234", "3.14", "12", "-∞"]
    assert [p_value(v) for v in (0.0004, 0.001, 0.0499, 1)] == ["< .001", "= .001", "= .050", "= 1.00"]
    assert [change("mean", v) for v in (0, 0.123456, -5)] == ["0", "+0.123", "-5"]
    assert [lift_text(v) for v in (0.123, -0.01, 12.0)] == ["+12%", "-1%", "+1,200%"]
