"""How retention is shown: charts with their words, notebooks, files, commands and pages."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from funnel_utils import EventLog, SpecError, charts
from funnel_utils.cli.app import app
from funnel_utils.report.retention import write_retention
from funnel_utils.retention import Churn, Cohorts, Rfm, SecondPurchase, Survival, migration

EVIL = "<script>alert(1)</script>"


def rows(people=80, seed=2):
    draw = np.random.default_rng(seed)
    made = []
    for k in range(people):
        start = int(draw.integers(0, 150))
        days = [start, *(start + np.cumsum(draw.integers(5, 70, draw.geometric(0.45))))][: draw.integers(1, 9)]
        channel = ("box", EVIL, "=1+1")[k % 3]
        made += [(f"u{k:03}", "buy", day * 86400, float(draw.integers(1, 50)), channel) for day in days if day < 210]
    table = pd.DataFrame(made, columns=["user", "event", "second", "value", "channel"])
    at = pd.Timestamp("2026-01-01") + pd.to_timedelta(table["second"].to_numpy(dtype=np.int64), unit="s")
    return table.drop(columns="second").assign(timestamp=at)


@pytest.fixture(scope="module")
def log():
    return EventLog.read(rows(), observed_until="2026-07-30")


@pytest.fixture(scope="module")
def cohorts(log):
    return Cohorts("buy", periods=6).run(log)


@pytest.fixture(scope="module")
def scored(log):
    return Rfm("buy").run(log)


def test_every_chart_says_what_it_shows(log, cohorts, scored):
    moved = migration(log, Rfm("buy"), "2026-05-01")
    second, churn = SecondPurchase("buy").run(log), Churn("buy", silence="60d").run(log)
    stays = Survival("buy", "buy", by="channel").run(log)
    shown = {
        "Triangle of cohorts": cohorts.plot(),
        "Retention in month 2": cohorts.plot("trend", period=2),
        "Segments": scored.plot(),
        "Grid of scores": scored.plot("grid"),
        "Moves between segments": moved.plot(),
        "Survival curves": stays.plot(),
        "Share that bought again": second.plot(),
        "Lost in each period": churn.plot(),
    }
    for begins, figure in shown.items():
        alt = charts.alt_text(figure)
        assert alt.startswith(begins)
        assert figure.get_size_inches()[0] == charts.style.WIDTH
    # The unfinished month is marked in words too, not only by hatching.
    assert "%*" in charts.alt_text(shown["Triangle of cohorts"])


def test_headlines_are_what_was_found():
    # Of ten who begin in January four are back in February and one in March.
    story = {f"p{k}": ["buy@3d"] for k in range(10)}
    for k, day in ((0, 31), (1, 32), (2, 51), (3, 55), (0, 70)):
        story[f"p{k}"].append(f"buy@{day}d")
    log = EventLog.from_story(story, observed_until="2026-05-01")
    found = Cohorts("buy", periods=2).run(log)
    assert heading(found.plot("curve")) == "40% came back in month 1, 10% in month 2"
    # The first is back after 28 days and the second after 29.
    assert heading(SecondPurchase("buy", within="30d").run(log).plot()) == "20% bought again within 30d"
    # Three have bought in the forty days before April, and all three are silent for as long within it.
    assert heading(Churn("buy", silence="40d").run(log).plot()) == "Lost in each period: 100% in Apr 2026"


def heading(figure):
    """The bold lines at the top."""
    texts = [text for text in figure.axes[0].texts if text.get_fontsize() == charts.style.TITLE]
    return " ".join(text.get_text() for text in texts)


def test_what_nobody_did_is_not_drawn_as_a_line():
    once = EventLog.from_story({f"p{k}": ["buy@3d"] for k in range(40)}, observed_until="2026-08-01")
    figure = SecondPurchase("buy").run(once).plot()
    assert len(figure.axes) == 1
    assert "0 of 40" in charts.alt_text(figure)


def test_a_page_of_a_young_log_says_so_without_empty_pictures(tmp_path):
    young = EventLog.from_story({"ana": [("buy@0", {"channel": "mail"})]}, observed_until="2026-01-02")
    second, churn = SecondPurchase("buy").run(young), Churn("buy", silence="9d").run(young)
    path = tmp_path / "young.html"
    write_retention(Cohorts("buy").run(young), path, second=second, churn=churn, by=["channel"])
    page = path.read_text(encoding="utf-8")
    assert page.count("<img") == 1  # the triangle, with its one cohort
    assert "nothing to list" in page
    assert "<tbody></tbody>" not in page


def test_a_chart_of_nearly_nothing_is_drawn():
    young = EventLog.from_story({"ana": [("buy@0", {"value": 1.0})]}, observed_until="2026-01-02")
    found = Cohorts("buy").run(young)
    assert "nothing can be said" in charts.alt_text(found.plot())
    assert "nothing can be drawn" in charts.alt_text(found.plot("curve"))
    assert charts.alt_text(SecondPurchase("buy").run(young).plot())
    assert charts.alt_text(Churn("buy", silence="9d").run(young).plot())
    assert charts.alt_text(Rfm("buy").run(young).plot())
    for result in (found, Rfm("buy").run(young)):
        with pytest.raises(SpecError, match="plot"):
            result.plot("pie")


def test_names_from_a_log_are_text_and_never_run(log, tmp_path):
    stays = Survival("buy", "buy", by="channel").run(log)
    shown = stays._repr_html_()
    assert "&lt;script&gt;" in shown
    assert EVIL not in shown
    text = stays.to_csv(tmp_path / "curves.csv").read_text(encoding="utf-8")
    assert "'=1+1" in text
    for result in (Cohorts("buy").run(log), Rfm("buy").run(log), SecondPurchase("buy").run(log)):
        html = result._repr_html_()
        assert result.verdict.split(" ")[0] in html
        assert "nan" not in html
        assert pd.read_parquet(result.to_parquet(tmp_path / "one.parquet")).shape == result.to_frame().shape


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "orders.parquet"
    rows().to_parquet(path)
    return str(path)


def run(*arguments):
    done = CliRunner().invoke(app, [*map(str, arguments)])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_cohorts_command(file, tmp_path, cohorts):
    page, table = tmp_path / "page.html", tmp_path / "cells.csv"
    also = ("--second", "--silence", "60d", "--compare", "channel", "--out", page, "--csv", table)
    options = ("--start", "buy", "--periods", 6, "--observed-until", "2026-07-30")
    told = json.loads(run("retention", file, *options, *also, "--json"))
    assert told["verdict"] == cohorts.verdict
    assert [row["returned"] for row in told["cells"]] == [
        None if pd.isna(n) else int(n) for n in cohorts.cells["returned"]
    ]
    assert set(told) >= {"curve", "previous", "compare", "second", "churn"}
    html = page.read_text(encoding="utf-8")
    assert EVIL not in html
    assert html.count("<figure>") == 5
    assert len(pd.read_csv(table)) == len(cohorts.cells)
    shown = run("retention", file, *options)
    assert cohorts.verdict.split(".")[0] in " ".join(shown.split())


def test_the_rfm_command(file, tmp_path, scored):
    page = tmp_path / "rfm.html"
    options = ("--purchase", "buy", "--observed-until", "2026-07-30")
    told = json.loads(run("rfm", file, *options, "--since", "2026-05-01", "--out", page, "--json"))
    assert told["customers"] == scored.total
    assert [row["customers"] for row in told["segments"]] == scored.segments["customers"].tolist()
    assert len(told["codes"]) == 125
    html = page.read_text(encoding="utf-8")
    assert html.count("<figure>") == 3
    # No customer's id is in a report.
    assert "u001" not in html
    assert "champions" in run("rfm", file, *options)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("retention", "--bracket", "three"), "no pair of periods"),
        (("retention", "--by", "era"), "--by 'era' is not one of"),
        (("retention", "--start", "bye"), "--start 'bye': the log has no such event. Did you mean 'buy'?"),
        (("retention", "--start", "buy", "--back", "buyy"), "--back 'buyy': the log has no such event"),
        (("retention", "--start", "buy", "--end", "gone"), "--end 'gone': the log has no such event"),
        (("retention", "--start", "buy", "--bracket", "3-1"), "no pair of periods"),
        (("retention", "--start", "buy", "--elapsed", "7"), "--elapsed '7' is not a duration"),
        (("retention", "--start", "buy", "--compare", "chanel"), "--compare 'chanel': the log has no such column"),
        (("retention", "--end", "buy", "--silence", "9d", "--start", "buy"), "one definition of lost"),
        (("rfm",), "--purchase 'purchase': the log has no such event"),
        (("rfm", "--purchase", "buy", "--cancel", "back"), "--cancel 'back': the log has no such event"),
        (
            ("rfm", "--purchase", "buy", "--as-of", "2030-01-01"),
            "--as-of '2030-01-01' lies after the end of observation",
        ),
        (("rfm", "--purchase", "buy", "--value", "price"), "no property 'price'"),
    ],
)
def test_a_mistake_is_told_in_a_line(file, arguments, said):
    done = CliRunner().invoke(app, [arguments[0], file, *arguments[1:]])
    assert done.exit_code == 1
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
