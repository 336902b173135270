"""Attribution as a picture, a page and a command."""

from __future__ import annotations

import json
import math

import pandas as pd
import pytest
from typer.testing import CliRunner

from funnel_utils import Attribution, charts
from funnel_utils.cli.app import app
from funnel_utils.report.attribution import attribution, write_attribution

PATHS = pd.DataFrame(
    {
        "path": [("ad", "mail"), ("ad",), ("<b>odd</b>", "mail"), ()],
        "conversions": [60, 20, 10, 10],
        "nulls": [40, 200, 5, 0],
        "value": [600.0, 200.0, 100.0, 50.0],
    }
)
MODELS = ["first", "last", "linear", "markov", "shapley"]


@pytest.fixture(scope="module")
def result():
    return Attribution.of_paths(PATHS)


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    rows = [
        {
            "user": f"u{k}",
            "event": event,
            "timestamp": f"2026-01-{day:02}T10:00:00Z",
            "channel": channel,
            "value": value,
        }
        for k in range(30)
        for day, event, channel, value in (
            (1, "visit", "ad", None),
            (2 + k % 5, "visit", "mail" if k % 2 else "social [x]", None),
            *([(9, "purchase", None, 10.0)] if k % 3 else []),
        )
    ]
    path = tmp_path_factory.mktemp("log") / "events.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def bars(figure):
    """Widths of the bars in inches, in the order in which they were drawn."""
    return [patch.get_width() for patch in figure.axes[0].patches]


def test_bars_start_at_one_zero_a_column_and_are_as_long_as_the_shares(result):
    credits = result.credits(["first", "last"])
    figure = charts.attribution_chart(credits)
    widths = sorted(bars(figure))
    shares = sorted(credits["share"])
    scale = widths[-1] / shares[-1]
    assert widths == pytest.approx([share * scale for share in shares])
    assert len({round(patch.get_x(), 6) for patch in figure.axes[0].patches}) == 2


def test_the_longest_interval_stays_inside_its_column(result):
    figure = charts.attribution_chart(result.credits(["first", "last", "linear", "markov"]))
    starts = sorted({patch.get_x() for patch in figure.axes[0].patches})
    width = starts[1] - starts[0]
    for line in figure.axes[0].lines:
        x = line.get_xdata()
        if len(x) == 2 and x[0] != x[1]:
            start = max(s for s in starts if s <= min(x) + 1e-9)
            assert max(x) <= start + width + 1e-9


def test_every_picture_says_in_words_what_it_shows(result):
    figure = charts.attribution_chart(result.credits())
    alt = charts.alt_text(figure)
    assert "first touch 80.0%" in alt  # 60 + 20 of 100
    assert "last touch 70.0%" in alt  # 60 + 10 of 100
    assert "not proof" in alt


def test_the_title_says_whether_the_models_agree(result):
    assert "do not agree" in charts.describe_attribution(result.credits(["first", "last"]))
    # The ad has half of 60 and all of 20, mail half of 60 and half of 10.
    assert "Every model gives ad" in charts.describe_attribution(result.credits(["linear", "shapley"]))
    alone = charts.describe_attribution(result.credits("last"))
    assert alone.startswith("mail has the most credit by last touch.")


def test_the_truth_is_a_column_and_a_mark_and_names_the_nearest_model(result):
    credits = result.credits(["first", "last"])
    truth = {"ad": 10, "mail": 60}
    plain, known = charts.attribution_chart(credits), charts.attribution_chart(credits, truth=truth)
    assert len(bars(known)) == len(bars(plain)) + 2
    assert "truth 60.0%" in charts.alt_text(known)
    # In truth 6 of 7 are mail's; last touch gives it 70 of 90, first touch none.
    assert "Nearest to the truth is last touch" in charts.describe_attribution(credits, truth)


def test_a_chart_of_many_channels_says_what_it_leaves_out():
    paths = pd.DataFrame({"path": [f"c{k:02}" for k in range(20)], "conversions": range(1, 21)})
    figure = Attribution.of_paths(paths, replicates=0).plot("last")
    said = " ".join(text.get_text() for text in figure.axes[0].texts)
    assert "8 channels with less credit" in said
    assert math.isclose(figure.get_size_inches()[0], 4.5)


def test_conversions_that_nothing_came_before_keep_their_row_among_many_channels():
    # Half of all: without their row the bars would all be short and nobody would see why.
    paths = pd.DataFrame({"path": [(), *[(f"c{k:02}",) for k in range(20)]], "conversions": [100, *[5] * 20]})
    figure = Attribution.of_paths(paths, replicates=0).plot("last")
    assert "(no touch)" in charts.alt_text(figure)
    drawn = bars(figure)
    assert len(drawn) == 12
    assert max(drawn) == pytest.approx(20 * sorted(drawn)[-2])


def test_the_section_adds_up_and_shows_names_as_text(result):
    html = attribution(result, {"ad": 500, "mail": 90})
    assert "<b>odd" not in html
    assert html.count("<table") == 7
    assert "Value credited for each unit of spend" in html


def test_a_page_stands_alone(result, tmp_path):
    written = write_attribution(result, tmp_path / "credit.html").read_text(encoding="utf-8")
    assert written.startswith("<!DOCTYPE html>")
    assert "http://" not in written.replace("http://www.w3.org", "")
    assert "not proof" in written


def run(*args):
    return CliRunner().invoke(app, ["attribution", *map(str, args)])


def test_the_command_prints_credit_that_adds_up(log):
    done = run(log, "--json", "--replicates", 50)
    assert done.exit_code == 0
    data = json.loads(done.stdout)
    credits = pd.DataFrame(data["credits"])
    assert data["counts"]["conversions"] == 20
    assert credits.groupby("model")["conversions"].sum().to_numpy() == pytest.approx(20)
    assert credits.groupby("model")["value"].sum().to_numpy() == pytest.approx(200)
    assert "social [x]" in run(log, "--replicates", 0).stdout


def test_the_command_writes_what_the_ending_says(log, tmp_path):
    spend = tmp_path / "spend.csv"
    spend.write_text("channel,spend\nad,100\n")
    for name in ("credit.html", "credit.csv", "credit.parquet"):
        done = run(log, "--spend", spend, "--out", tmp_path / name, "--replicates", 20)
        assert done.exit_code == 0
        assert (tmp_path / name).stat().st_size > 0
    assert len(pd.read_parquet(tmp_path / "credit.parquet")) == 21


def test_the_command_asks_as_it_is_told(log):
    done = run(
        log, "--json", "-c", "purchase", "--touch", "visit", "--lookback", "none", "--model", "last", "--order", 2
    )
    assert {row["model"] for row in json.loads(done.stdout)["credits"]} == {"last"}
    assert "lookback=None" in json.loads(done.stdout)["attribution"]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--channel", "source"], "'source'"),
        (["--lookback", "30"], "--lookback '30'"),
        (["--model", "best"], "--model 'best'"),
        (["--out", "credit.txt"], "one of .html, .htm, .csv, .parquet"),
        (["--conversion", "purchas"], "--conversion 'purchas': the log has no such event. Did you mean 'purchase'?"),
        (["--touch", "advert"], "--touch 'advert': the log has no such event"),
        (["--value", "pirce"], "--value 'pirce': the log has no such column"),
        (["--spend", "none.csv"], "none.csv"),
        (["--stale", "keep"], "--stale 'keep'"),
    ],
)
def test_the_command_says_what_it_cannot_use(log, args, said):
    done = run(log, *args)
    assert done.exit_code == 1
    assert said in done.output
