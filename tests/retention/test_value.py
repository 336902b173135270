"""Summaries, holdouts, lifetime value, the scoreboard and unit economics: stories whose answers can be counted."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from funnel_utils import EventLog, charts
from funnel_utils.cli.app import app
from funnel_utils.errors import LogError, SpecError
from funnel_utils.retention import (
    BgNbd,
    Clv,
    CustomerSummary,
    GammaGamma,
    Holdout,
    Ladder,
    MbgNbd,
    ParetoNbd,
    Rung,
    Scoreboard,
    UnitEconomics,
    load_cdnow,
    load_cdnow_summary,
    margins_by_age,
    tracking,
    winning_and_keeping,
)
from funnel_utils.retention.misread import quartile_ties, units_mistake
from funnel_utils.retention.scoreboard import best_share
from funnel_utils.synthetic import load_orders, load_orders_truth


def buy(at, value=10.0, **more):
    return (f"purchase@{at}", {"value": value, **more})


SHOP = {
    "ana": [buy("0", 5.0), buy("7d", 20.0), buy("7d3h", 10.0), buy("21d", 40.0)],
    "ben": [buy("14d", 8.0)],
    "cyd": [buy("2d", 1.0), buy("30d", 3.0)],
}


@pytest.fixture(scope="module")
def shop():
    return EventLog.from_story(SHOP, observed_until="2026-02-05")


@pytest.fixture(scope="module")
def cdnow():
    return load_cdnow("sample")


@pytest.fixture(scope="module")
def valued(cdnow):
    return Clv(margin=0.3, horizon="26w", draws=12).run(cdnow)


def test_two_orders_on_a_day_are_one_purchase_worth_both(shop):
    table = CustomerSummary.from_log(shop, unit="1w").table.set_index("user")
    assert table.loc["ana", ["frequency", "age_at_last", "age", "days_since_last"]].tolist() == [2, 3, 5, 14]
    assert table.loc["ana", ["mean_value", "first_value"]].tolist() == [35, 5]
    assert table.loc["ben", ["frequency", "age_at_last", "age"]].tolist() == [0, 0, 3]
    assert math.isnan(table.loc["ben", "mean_value"])


def test_a_day_is_a_day_of_the_report(shop):
    """Bought at 23:00 and 01:00 in Tehran: two days there, one in UTC."""
    story = {"ana": ["purchase@0", "purchase@19h30m", "purchase@21h30m"]}
    for zone, days in (("UTC", 0), ("Asia/Tehran", 1)):
        log = EventLog.from_story(story, report_tz=zone)
        assert CustomerSummary.from_log(log, unit="1d").table["frequency"].tolist() == [days]


def test_the_past_knows_nothing_of_the_future(shop):
    known = CustomerSummary.from_log(shop, unit="1d", until="2026-01-08").table
    assert known["user"].tolist() == ["ana", "cyd"]
    assert known["age"].tolist() == [7, 5]
    split = Holdout.split(shop, "2026-01-08", unit="1d")
    assert split.calibration.table["frequency"].tolist() == [1, 0]
    assert split.actual["purchases"].tolist() == [1, 1]
    assert split.actual["value"].tolist() == [40, 3]
    assert split.duration.days == 28
    with pytest.raises(SpecError, match="not before the end"):
        Holdout.split(shop, "2026-02-05")


def test_summaries_that_cannot_be_are_refused_by_name():
    fine = pd.DataFrame({"id": ["x", "y"], "frequency": [1, 0], "recency": [3.0, 0.0], "T": [9.0, 9.0]})
    named = {"unit": "1w", "user": "id", "age_at_last": "recency", "age": "T"}
    assert len(CustomerSummary.from_table(fine, **named)) == 2
    for column, value, message in (
        ("recency", 12.0, "after the end of observation"),
        ("frequency", 1.5, "no whole number"),
        ("T", np.nan, "missing a number"),
        ("recency", -1.0, "negative"),
        ("recency", 0.0, "not the time since"),
    ):
        with pytest.raises(SpecError, match=rf"user 'x' .*{message}"):
            CustomerSummary.from_table(fine.assign(**{column: [value, fine[column][1]]}), **named)
    with pytest.raises(SpecError, match="no column 'gone'"):
        CustomerSummary.from_table(fine, unit="1w", user="gone")
    with pytest.raises(SpecError, match="not a duration"):
        CustomerSummary.from_table(fine, **(named | {"unit": 7}))
    with pytest.raises(LogError, match="no buy"):
        CustomerSummary.from_log(EventLog.from_story(SHOP), "buy")


def test_value_is_the_product_of_its_parts(valued):
    table, parts = valued.table, valued.parts.iloc[0]
    product = table["expected_purchases"] * table["expected_value"] * 0.3 * table["discount"]
    assert table["clv"].to_numpy() == pytest.approx(product.to_numpy())
    whole = parts["expected_purchases"] * parts["value"] * parts["margin"] * parts["discount"]
    assert parts["clv"] == pytest.approx(whole) == pytest.approx(table["clv"].sum())
    # Half a year at 10%: purchases come a quarter of a year from now on average, a little earlier as customers leave.
    assert 1.1**-0.25 < parts["discount"] < 1
    assert (table["residual"] > table["clv"]).all()
    assert ((table["low"] < table["clv"]) & (table["clv"] < table["high"])).mean() > 0.99
    assert parts["low"] < parts["clv"] < parts["high"]
    assert valued.groups["share"].sum() == pytest.approx(1)


def test_without_waiting_value_is_purchases_times_margin(cdnow):
    summary = CustomerSummary.from_log(cdnow, until="1997-09-30")
    spec = {"margin": 0.5, "horizon": "39w", "annual_discount": 0.0, "draws": 0, "models": (BgNbd(),)}
    found = Clv(worth=20.0, **spec).run(summary)
    assert found.parts["clv"][0] == pytest.approx(10 * BgNbd().fit(summary).expected_purchases("39w", summary).sum())
    assert found.table["residual"].isna().all()
    assert any("not checked" in warning for warning in found.warnings)
    # The unit of the models is a matter of taste.
    daily = Clv(unit="1d", worth=20.0, **spec).run(summary)
    assert daily.parts["clv"][0] == pytest.approx(found.parts["clv"][0], rel=1e-6)


def test_intervals_are_the_same_in_blocks_of_any_size(cdnow, monkeypatch):
    spec = Clv(margin=0.3, horizon="26w", draws=8, models=(ParetoNbd(),))
    summary = CustomerSummary.from_log(cdnow, until="1997-09-30")
    whole = spec.run(summary)
    at_once = whole.table, whole.parts
    monkeypatch.setattr("funnel_utils.retention.clv.BLOCK", 8 * 250)
    again = spec.run(summary)
    assert again.table["low"].to_numpy() == pytest.approx(at_once[0]["low"].to_numpy())
    assert again.parts["high"][0] == pytest.approx(at_once[1]["high"][0])


def test_the_scoreboard_counts_what_came_true():
    """Two of four predicted right; the best quarter is the one who bought most."""
    known = CustomerSummary.of([3, 1, 0, 0], [5, 4, 0, 0], [10, 10, 10, 10], unit="1d", user=list("abcd"))
    actual = pd.DataFrame({"user": list("abcd"), "purchases": [6, 2, 1, 0], "value": 0.0})
    board = Scoreboard.of(Holdout(known, actual, pd.Timedelta(days=20).to_pytimedelta()), [], {"mine": [6, 4, 1, 1]})
    table = board.table.set_index("model")
    assert table.loc["mine", ["actual", "predicted"]].tolist() == [9, 12]
    assert table.loc["mine", "bias"] == pytest.approx(1 / 3)
    assert table.loc["mine", "mae"] == pytest.approx(3 / 4)
    # 3 and 1 in ten days: 6 and 2 in twenty; and 4 in forty: 2 for everybody.
    assert board.predictions["own pace"].tolist() == [6, 2, 0, 0]
    assert board.predictions["all alike"].tolist() == [2, 2, 2, 2]
    assert table.loc["own pace", "mae"] == pytest.approx(1 / 4)
    # A tenth of four customers is 0.4 of the first: 0.4 x 6 of 9 purchases; where all are alike, a tenth of all.
    assert table.loc["mine", "capture"] == pytest.approx(0.4 * 6 / 9)
    assert table.loc["all alike", "capture"] == pytest.approx(0.1)
    assert board.best == "own pace"
    with pytest.raises(SpecError, match="finite numbers"):
        Scoreboard.of(board.holdout, [], {"mine": [1, 2]})


def test_equal_predictions_share_the_edge_of_the_best_tenth():
    assert best_share(np.zeros(30)).tolist() == [0.1] * 30
    assert best_share(np.arange(20.0)).sum() == pytest.approx(2)


def test_models_beat_everybody_at_her_own_pace_on_cdnow(cdnow):
    """Models foresee that people leave; their past pace does not."""
    board = Scoreboard.of(Holdout.split(cdnow, "1997-09-30"), [BgNbd(), MbgNbd(), ParetoNbd()])
    table = board.table.set_index("model")
    assert table.loc["BG/NBD", "actual"] == 1882
    # Fader, Hardie and Lee (2005), section 4: both models foresee most of the 39 weeks, BG/NBD 4% less in all.
    assert abs(table.loc[["BG/NBD", "MBG/NBD", "Pareto/NBD"], "bias"]).max() < 0.2
    assert table.loc["own pace", "bias"] > 0.4
    assert table.loc["Pareto/NBD", "mae"] < table.loc["own pace", "mae"] < table.loc["all alike", "mae"]
    assert board.calibration.groupby("model")["customers"].sum().eq(2357).all()
    assert board.by_frequency["customers"].sum() == 2357
    assert "beats both" in board.verdict


def test_tracking_counts_days_with_purchases_after_the_first():
    log = EventLog.from_story(SHOP, observed_until="2026-01-28")
    found = tracking(log, every="1w")
    # Day 7 begins the second week: ana bought on days 7 and 21.
    assert found["actual"].tolist() == [0, 1, 0, 1]
    model = BgNbd.with_params("1w", r=0.243, alpha=4.414, a=0.793, b=2.426)
    with_model = tracking(log, every="1w", models=[model])
    # After four weeks: ana has been there for four, cyd for 26 days, ben for two weeks.
    expected = model.expected_new(["4w", "26d", "2w"]).sum()
    assert with_model["cumulative_BG/NBD"].iloc[-1] == pytest.approx(expected)


def test_the_units_mistake_has_the_size_it_is_known_for():
    summary = load_cdnow_summary(spend=True)
    found = units_mistake(summary, BgNbd().fit(summary), GammaGamma().fit(summary))
    assert round(found["times"][0], 2) == 3.73
    assert found["looks_ahead"].tolist() == ["360w", "52w"]
    ties = quartile_ties(summary)
    assert ties["quartile"].max() == 2
    assert ties["score"].max() == 4


def test_one_customer_pays_back_when_her_margins_reach_her_cost():
    unit = UnitEconomics(spend=1_000, new_customers=50, margins=[8, 6, 6, 6], period="30d")
    assert (unit.cac, unit.ltv, unit.ltv_to_cac, unit.payback) == (20, 26, 1.3, 3)
    assert unit.table["net"].tolist() == [-12, -6, 0, 6]
    # Poisson, 50 seen: 37.1 to 65.9.
    assert unit.interval == pytest.approx((1000 / 65.92, 1000 / 37.11), rel=1e-3)
    assert math.isnan(UnitEconomics(spend=1_000, new_customers=10, margins=[8, 6]).payback)
    late = UnitEconomics(spend=0, new_customers=1, margins=[0.0] * 12 + [100.0], period="30d", annual_discount=0.1)
    assert late.ltv == pytest.approx(100 * 1.1 ** -(375 / 365.25))
    assert late.ltv_to_cac == math.inf


def test_margins_by_age_count_only_who_was_there_for_the_whole_period(shop):
    """Until 5 February: ana was watched for 36 days, cyd for 34, ben for 22."""
    table = margins_by_age(shop, margin=0.5, period="10d")
    assert table["customers"].tolist() == [3, 3, 2]
    assert table["total"].tolist() == [0.5 * (5 + 30 + 8 + 1), 0, 0.5 * (40 + 3)]
    assert table["margin"].tolist() == pytest.approx([22 / 3, 0, 21.5 / 2])
    with pytest.raises(LogError, match="whole period"):
        margins_by_age(shop, margin=0.5, period="90d")


def test_the_multiple_depends_on_who_would_have_stayed_anyway():
    numbers = {"acquisition_spend": 60_000, "new_customers": 1_000, "retention_spend": 20_000, "kept": 2_000}
    all_, more = winning_and_keeping(**numbers), winning_and_keeping(**numbers, kept_anyway=1_800)
    assert (all_.multiple, more.multiple) == (6.0, 0.6)
    assert "holdout" in all_.verdict
    assert "because" in more.verdict
    assert more.low < 0.6 < more.high
    with pytest.raises(SpecError, match="not above kept_anyway"):
        winning_and_keeping(**numbers, kept_anyway=2_000)


def test_a_ladder_from_a_log_charges_the_loss_to_everybody_who_entered():
    """Four take the box at a loss of 3; two buy the core offer afterwards (one of them twice), one had before."""
    box, core = {"offer": "box", "margin": -3.0}, {"offer": "core", "margin": 10.0}
    log = EventLog.from_story(
        {
            "ana": [("purchase@0", box), ("purchase@5d", core), ("purchase@9d", core)],
            "ben": [("purchase@0", box), ("purchase@3d", core)],
            "cyd": [("purchase@1d", core), ("purchase@2d", box)],
            "dee": [("purchase@0", box)],
            "eve": [("purchase@0", core)],
        }
    )
    ladder = Ladder.from_log(log, ["box", "core"], cac=1.0)
    table = ladder.table
    assert table["taken"].tolist() == [pd.NA, 2]
    assert table["of"].tolist() == [pd.NA, 4]
    assert table["cumulative"].tolist() == pytest.approx([-4, -4 + 3 * 10 / 4])
    assert ladder.pays_from == "core"
    # Each climber brings 15: 4 / 15 of those who enter must climb.
    assert ladder.needed == pytest.approx(4 / 15)
    with pytest.raises(LogError, match="nobody bought the entry offer 'guide'"):
        Ladder.from_log(log, ["guide", "core"])


def test_a_ladder_must_stay_paid():
    ladder = Ladder([Rung("a", 5.0), Rung("b", -8.0, share=1.0), Rung("c", 2.0, share=0.5)])
    assert ladder.table["cumulative"].tolist() == [5, -3, -2]
    assert ladder.pays_from is None
    for wrong in (
        lambda: Ladder([]),
        lambda: Ladder([Rung("a", 1.0), Rung("a", 1.0, share=0.5)]),
        lambda: Ladder([Rung("a", 1.0), Rung("b", 1.0)]),
        lambda: Rung("a", math.nan),
        lambda: Rung("a", 1.0, taken=3, of=2),
        lambda: Rung("a", 1.0, share=1.5),
    ):
        with pytest.raises(SpecError):
            wrong()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"margin": 30}, "margin=30 is not a number between 0 and 1"),
        ({"margin": 0.3, "horizon": 52}, "not a duration"),
        ({"margin": 0.3, "annual_discount": -0.1}, "annual_discount"),
        ({"margin": 0.3, "models": ()}, "names one or more"),
        ({"margin": 0.3, "draws": -1}, "draws=-1"),
    ],
)
def test_a_value_that_cannot_be_asked_is_refused(options, message):
    with pytest.raises(SpecError, match=message):
        Clv(**options)


def test_every_picture_says_what_it_shows(valued, cdnow):
    unit = UnitEconomics(spend=1_000, new_customers=50, margins=[8, 6, 6, 6])
    ladder = Ladder([Rung("<b>box</b>", -3.0), Rung("core", 30.0, taken=2, of=8)])
    track = charts.tracking_chart(tracking(cdnow, every="4w", models=[valued.model]), known_until="1997-09-30")
    for figure in (valued.plot(), valued.scoreboard.plot(), unit.plot(), ladder.plot(), track):
        assert len(charts.alt_text(figure)) > 60
    assert "&lt;b&gt;" in ladder._repr_html_()
    assert "MBG/NBD" in valued.scoreboard._repr_html_()


def test_exports_defuse_formulas(tmp_path):
    summary = CustomerSummary.of([1], [2], [3], unit="1w", user=["=1+1"])
    assert "'=1+1" in summary.to_csv(tmp_path / "summary.csv").read_text()


def test_the_shop_s_customers_are_valued_as_they_were_made():
    """Pardis' customers were drawn from an MBG/NBD with gamma-gamma spend, and what they did next is stored."""
    log, truth = load_orders(), load_orders_truth()
    summary = CustomerSummary.from_log(log, unit="1w")
    people = truth.people.set_index("user").loc[summary.table["user"]]
    model, spend = MbgNbd().fit(summary), GammaGamma().fit(summary)
    away = [
        (np.log(fit.theta) - np.log([truth.parameters[name] for name in names])) / np.sqrt(np.diag(fit.covariance_))
        for fit, names in ((model, ("r", "alpha", "a", "b")), (spend, ("p", "q", "v")))
    ]
    # Orders of one day are one purchase, which the customers' own story does not know.
    assert np.abs(np.concatenate(away)).max() < 4
    alive = model.probability_alive(summary)
    tenth = pd.qcut(alive, 10, labels=False, duplicates="drop")
    told = pd.DataFrame({"said": alive, "true": people["alive"].to_numpy(float)}).groupby(tenth).mean()
    assert (told["said"] - told["true"]).abs().max() < 0.08
    expected, bought = model.expected_purchases("26w", summary).sum(), people["next_26w"].sum()
    assert expected == pytest.approx(bought, rel=0.12)
    assert np.corrcoef(np.log(spend.expected_value(summary)), np.log(people["mean_value"]))[0, 1] > 0.5


def test_the_command_values_the_customers_of_a_file(tmp_path):
    frame = load_orders().table.filter(lambda row: row["user"] < "r000600").to_pandas()
    frame.to_parquet(tmp_path / "orders.parquet")
    asked = [
        "clv",
        str(tmp_path / "orders.parquet"),
        "--margin",
        "0.3",
        "--draws",
        "0",
        "--model",
        "mbg",
        "--no-holdout",
    ]
    plain = CliRunner().invoke(app, [*asked, "--csv", str(tmp_path / "value.csv")])
    assert plain.exit_code == 0, plain.output
    assert "for ever" in plain.output
    assert len(pd.read_csv(tmp_path / "value.csv")) == frame["user"].nunique()
    found = json.loads(CliRunner().invoke(app, [*asked, "--json"]).stdout)
    assert found["parts"]["customers"] == frame["user"].nunique()
    assert "r000" not in json.dumps(found)
    wrong = CliRunner().invoke(app, [*asked[:2], "--margin", "30"])
    assert (wrong.exit_code, "between 0 and 1" in wrong.output) == (1, True)
    assert CliRunner().invoke(app, [*asked, "--model", "best"]).exit_code == 1
