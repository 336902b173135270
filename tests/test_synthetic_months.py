"""The months of the plan agree with the curves and rates they were drawn from, and the file is what is drawn today."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from funnel_utils.errors import SpecError
from funnel_utils.synthetic import data_file, load_plan_months, load_plan_truth, shipped
from funnel_utils.synthetic.months import CHANNELS, MONTHS_FILE, SEASON, Months, draw_months

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="module")
def long() -> pd.DataFrame:
    """A hundred years of the same shop, so that means are known closely."""
    return draw_months(Months(months=1200, growth=0.0, seed=3))


def test_the_file_holds_every_number_that_is_drawn_today() -> None:
    pd.testing.assert_frame_equal(load_plan_months(), draw_months(), check_dtype=False)
    assert len(load_plan_months()) == 36 * len(CHANNELS)
    assert load_plan_months()["month"].is_monotonic_increasing


def test_visits_follow_the_curves_with_their_dispersion(long: pd.DataFrame) -> None:
    for row in load_plan_truth().itertuples():
        ours = long[long["channel"].eq(row.channel)]
        mean = ours["season"] * row.top * ours["spend"] / (row.half + ours["spend"])
        scores = (ours["visits"] - mean) / np.sqrt(mean * row.dispersion)
        # Mean 0 and variance 1, within four standard errors of 1,200 months.
        assert abs(scores.mean()) < 4 / np.sqrt(1200)
        assert abs(scores.var() - 1) < 4 * np.sqrt(2 / 1200) * 1.2


def test_leads_sales_and_values_have_their_rates(long: pd.DataFrame) -> None:
    for row in load_plan_truth().itertuples():
        sums = long.loc[long["channel"].eq(row.channel), ["visits", "leads", "sales", "revenue"]].sum()
        for got, of, rate in (("leads", "visits", row.lead_rate), ("sales", "leads", row.sale_rate)):
            assert abs(sums[got] / sums[of] - rate) < 4 * np.sqrt(rate * (1 - rate) / sums[of])
        # A log-normal with sigma 0.6 has a coefficient of variation of sqrt(e^0.36 - 1) = 0.66.
        spread = 0.66 * row.order_value / np.sqrt(sums["sales"])
        assert abs(sums["revenue"] / sums["sales"] - row.order_value) < 4 * spread


def test_a_usual_month_has_a_season_of_one() -> None:
    assert np.mean(SEASON) == pytest.approx(1.0)


def test_a_channel_is_drawn_the_same_whoever_stands_beside_it() -> None:
    alone = draw_months(Months(channels=CHANNELS[:1]))
    together = draw_months()
    same = together[together["channel"].eq(CHANNELS[0].name)].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, same)


def test_data_md_explains_the_months() -> None:
    text = (DATA / "DATA.md").read_text("utf-8")
    for word in (*load_plan_months().columns, *(channel.name for channel in CHANNELS)):
        assert f"`{word}`" in text, word
    stated = re.findall(r"^\| `(\w+)` \| ([\d,]+) \| (\d+) million \|", text, flags=re.MULTILINE)
    truth = load_plan_truth().set_index("channel")
    assert len(stated) == len(truth)
    for channel, top, half in stated:
        assert float(top.replace(",", "")) == truth["top"][channel]
        assert float(half) * 1e6 == truth["half"][channel]


def test_an_installed_package_draws_the_months_into_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped, "__file__", str(tmp_path / "lib" / "funnel_utils" / "synthetic" / "shipped.py"))
    monkeypatch.setattr(shipped.sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert tmp_path / "cache" in data_file(MONTHS_FILE).parents
    assert data_file(MONTHS_FILE).read_bytes() == (DATA / MONTHS_FILE).read_bytes()


def test_no_months_and_no_channels_are_refused() -> None:
    with pytest.raises(SpecError, match="months=0"):
        Months(months=0)
    with pytest.raises(SpecError, match="channels is empty"):
        Months(channels=())
