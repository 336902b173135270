"""The experiments hold what their truth says, their files are what is drawn today, and the lot is a lot."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from funnel_utils.errors import LogError, SpecError
from funnel_utils.synthetic import (
    draw_experiment,
    experiment_names,
    experiment_spec,
    load_experiment,
    load_experiment_truth,
    shipped,
    write_experiment,
)
from funnel_utils.synthetic.experiments.rates import FactorialTrial, RateTrial
from funnel_utils.synthetic.experiments.shipped import TRIALS, experiment_file, rows_digest

DATA = Path(__file__).parents[1] / "data"
FOUR = 4.0  # standard errors: one honest test in 16,000 would fail
NAMES = experiment_names()


class Seen:
    """What an analyst sees: first exposures with their arm, and purchases within the window after them."""

    def __init__(self, rows: pd.DataFrame, window: str) -> None:
        exposed = rows[rows["event"].eq("exposed")]
        self.people = exposed.drop_duplicates("user").set_index("user")
        bought = rows[rows["event"].eq("purchase")].merge(
            self.people["timestamp"].rename("first"), left_on="user", right_index=True
        )
        since = bought["timestamp"] - bought["first"]
        inside = (since > pd.Timedelta(0)) & (since <= pd.Timedelta(window))
        self.inside, self.before, self.late = bought[inside], bought[since < pd.Timedelta(0)], bought[since > window]

    def outcome(self, metric: str) -> pd.Series:
        """The metric of each exposed person."""
        rows = self.inside
        if metric.startswith("purchase_"):
            rows = rows[rows["place"].eq(metric.removeprefix("purchase_"))]
        per_user = rows.groupby("user")["value"].agg(["count", "sum"]).reindex(self.people.index, fill_value=0)
        if metric == "revenue":
            return per_user["sum"]
        return per_user["count"] if metric == "purchases" else per_user["count"].gt(0).astype(float)


@pytest.fixture(scope="module")
def many() -> dict[str, tuple[pd.DataFrame, Seen]]:
    """Each experiment with more people and another seed."""
    drawn = {}
    for name in NAMES:
        trial = experiment_spec(name).with_(users=16_384, seed=101)
        rows = draw_experiment(trial)
        drawn[name] = (rows, Seen(rows, trial.window))
    return drawn


CLOSE = [
    (name, *row)
    for name in NAMES
    if name not in ("srm", "offices")
    for row in load_experiment_truth(name).effects[["metric", "arm", "control", "value"]].itertuples(index=False)
    if row[0] in ("purchase", "purchases", "revenue", "purchase_online", "purchase_store")
]


@pytest.mark.parametrize(("name", "metric", "arm", "control", "value"), CLOSE)
def test_each_arm_has_its_expected_value(many, name, metric, arm, control, value) -> None:
    seen = many[name][1]
    outcome, variant = seen.outcome(metric), seen.people["variant"]
    for one, expected in ((load_experiment_truth(name).arms[0], control), (arm, value)):
        mine = outcome[variant.eq(one)]
        assert abs(mine.mean() - expected) < FOUR * mine.std() / np.sqrt(len(mine))


def test_the_lot_is_fair_and_independent_of_what_is_known_before(many) -> None:
    for name in NAMES:
        if name in ("srm", "offices"):
            continue
        people, trial = many[name][1].people, experiment_spec(name)
        for arm, share in zip(trial.arms, trial.split, strict=True):
            drawn = people["variant"].eq(arm)
            assert abs(drawn.mean() - share) < FOUR * np.sqrt(share * (1 - share) / len(people))
            for known in ("device", "customer"):
                counts = pd.crosstab(people[known], drawn).to_numpy()
                expected = np.outer(counts.sum(1), counts.sum(0)) / counts.sum()
                # Pearson's statistic with one or two degrees of freedom: above 20 once in 20,000 times.
                assert ((counts - expected) ** 2 / expected).sum() < 20


def test_every_exposure_of_a_person_shows_the_same_arm(many) -> None:
    for rows, _ in many.values():
        assert rows.groupby("user")["variant"].nunique().max() == 1
        assert rows["variant"].notna().equals(rows["event"].eq("exposed"))


def test_the_checkout_has_guardrail_habits_and_purchases_that_do_not_count(many) -> None:
    rows, seen = many["ab"]
    truth, size = load_experiment_truth("ab"), len(seen.people)
    chats = rows[rows["event"].eq("support_chat")]["user"].nunique()
    assert abs(chats / size - 0.03) < FOUR * np.sqrt(0.03 / size)
    for found, what in ((seen.before, "bought_before"), (seen.late, "bought_late")):
        assert abs(found["user"].nunique() / size - truth.fact(what)) < FOUR * np.sqrt(truth.fact(what) / size)
    assert rows["event"].eq("exposed").sum() > 1.2 * size
    views = rows[rows["event"].eq("view_product")].groupby("user").size()
    wished = rows[rows["event"].eq("add_to_wishlist")].groupby("user").size().reindex(views.index, fill_value=0)
    ratio = wished.sum() / views.sum()
    # The delta method's standard error of a ratio of sums, which is far from that of independent views.
    honest = np.sqrt(((wished - ratio * views) ** 2).sum()) / views.sum()
    assert abs(ratio - 0.15) < FOUR * honest
    assert honest > 1.3 * np.sqrt(ratio * (1 - ratio) / views.sum())


def test_the_redirect_loses_slow_people_of_one_arm_and_makes_it_look_better(many) -> None:
    seen, truth = many["srm"][1], load_experiment_truth("srm")
    new = seen.people["variant"].eq("new")
    share = truth.fact("observed_share")
    assert abs(new.mean() - share) < FOUR * np.sqrt(share * (1 - share) / len(new))
    bought = seen.outcome("purchase")
    for arm, rate in ((~new, 0.30), (new, truth.fact("apparent_rate"))):
        assert abs(bought[arm].mean() - rate) < FOUR * np.sqrt(rate * (1 - rate) / arm.sum())
    # By device one sees where: only mobile people are missing.
    by_device = new.groupby(seen.people["device"]).mean()
    assert by_device["mobile"] < 0.48 < 0.49 < by_device.drop("mobile").min()


def test_what_is_new_wears_off(many) -> None:
    seen, truth = many["novelty"][1], load_experiment_truth("novelty")
    week = (seen.inside["timestamp"] - seen.inside["first"]).dt.days // 7
    arm = seen.people["variant"].reindex(seen.inside["user"]).to_numpy()
    sizes = seen.people["variant"].value_counts()
    for number in range(4):
        counts = pd.Series(arm[week.eq(number).to_numpy()]).value_counts()
        lift = counts["new"] / sizes["new"] / (counts["old"] / sizes["old"]) - 1
        se = (1 + lift) * np.sqrt(1 / counts["new"] + 1 / counts["old"])
        assert abs(lift - truth.fact(f"lift_week_{number + 1}")) < FOUR * se


def test_the_cells_differ_by_main_effects_and_one_interaction() -> None:
    truth = load_experiment_truth("factorial")
    cells = truth.effects[truth.effects["metric"].eq("purchase")].set_index("arm")["difference"]
    # Date and badge both say "safe": together they bring no more than the badge alone.
    assert cells["date+badge"] == pytest.approx(cells["badge"])
    # The main effect of the date, by hand: 2.5 points without the badge, none with it.
    assert truth.fact("date") == pytest.approx((0.025 + 0.0) / 2)
    assert truth.fact("date:badge") == pytest.approx(-0.025)
    assert truth.fact("date:photo") == truth.fact("photo:badge") == 0.0


def test_factors_say_the_same_as_the_arm(many) -> None:
    people = many["factorial"][1].people
    for factor in ("date", "photo", "badge"):
        assert people[factor].eq("yes").equals(people["variant"].str.split("+").apply(lambda on, f=factor: f in on))


def test_spend_before_says_what_will_be_spent(many) -> None:
    seen, truth = many["cuped"][1], load_experiment_truth("cuped")
    before = seen.before.groupby("user")["value"].sum().reindex(seen.people.index, fill_value=0)
    found = np.corrcoef(before, seen.outcome("revenue"))[0, 1]
    # Heavy tails make the correlation of 16,000 people uncertain by about 0.015.
    assert abs(found - truth.fact("correlation")) < 0.06
    means = before.groupby(seen.people["variant"]).agg(["mean", "sem"])
    assert abs(means["mean"].diff().iloc[1]) < FOUR * np.hypot(*means["sem"])


def test_of_a_hundred_people_one_buys_for_116_or_half_of_them_for_less_than_81_thousand(many) -> None:
    seen = many["revenue"][1]
    old = seen.inside[seen.inside["user"].isin(seen.people.index[seen.people["variant"].eq("old")])]["value"]
    assert abs(old.mean() - 116_000) < FOUR * old.std() / np.sqrt(len(old))
    assert abs(np.log(old).mean() - np.log(81_000)) < FOUR * np.log(old).std() / np.sqrt(len(old))


def test_colleagues_share_an_arm_and_buy_alike(many) -> None:
    seen = many["offices"][1]
    people = seen.people.assign(bought=seen.outcome("purchase"))
    offices = people.groupby("office")
    assert offices["variant"].nunique().max() == 1
    assert set(offices.size()) >= {6, 10, 14, 18, 24, 48}
    # Two colleagues of one office: the share of pairs that both buy is p^2 + icc p (1 - p).
    sums = offices["bought"].agg(["sum", "size"])
    pairs = (sums["sum"] * (sums["sum"] - 1)).sum() / (sums["size"] * (sums["size"] - 1)).sum()
    rate = people["bought"].mean()
    assert (pairs - rate**2) / (rate * (1 - rate)) == pytest.approx(0.08, abs=0.02)


def test_who_sees_the_ad_is_not_by_lot(many) -> None:
    rows, seen = many["ropo"]
    saw = seen.people.index.isin(rows[rows["event"].eq("ad_impression")]["user"])
    assert not saw[seen.people["variant"].eq("held out")].any()
    ad = seen.people["variant"].eq("ad")
    assert abs(saw[ad].mean() - load_experiment_truth("ropo").fact("sees")) < FOUR * np.sqrt(0.25 / ad.sum())
    returning = seen.people["customer"].eq("returning")
    assert saw[ad & returning].mean() > 0.7 > 0.6 > saw[ad & ~returning].mean()
    assert set(seen.people["city"]) == {"Tehran", "Shiraz"}


# ---- the files


def test_the_files_are_what_is_drawn_today() -> None:
    text = (DATA / "DATA.md").read_text("utf-8")
    for trial in TRIALS:
        drawn = rows_digest(draw_experiment(trial))
        assert rows_digest(pd.read_parquet(DATA / experiment_file(trial.name))) == drawn
        assert re.search(rf"^\| `{trial.name}` \| .+ \| `{drawn}` \|$", text, flags=re.MULTILINE)


def test_data_md_tells_columns_arms_and_seeds() -> None:
    text = (DATA / "DATA.md").read_text("utf-8").partition("# The experiments")[2]
    for trial in TRIALS:
        columns = pq.read_schema(DATA / experiment_file(trial.name)).names
        for word in (*columns, *(trial.arms if len(trial.arms) <= 4 else ())):
            assert f"`{word}`" in text, word
        if trial.seed != 7:
            assert f"{trial.seed} for `{trial.name}`" in text


@pytest.mark.parametrize("name", NAMES)
def test_a_log_ends_after_everybodys_window(name) -> None:
    log, truth = load_experiment(name), load_experiment_truth(name)
    assert (log.report_tz, log.week_start) == ("Asia/Tehran", "saturday")
    frame = pd.read_parquet(DATA / experiment_file(name))
    assert log.n_users() == frame["user"].nunique() <= truth.users
    last = frame.loc[frame["event"].eq("exposed")].drop_duplicates("user")["timestamp"].max()
    assert last + pd.Timedelta(truth.window) <= log.observed_until
    assert frame["timestamp"].max() <= log.observed_until
    assert frame["timestamp"].min() >= pd.Timestamp(truth.start, tz="Asia/Tehran") - pd.Timedelta("28d")


def test_the_two_chosen_seeds_do_what_is_said_of_them() -> None:
    found = {}
    for name in ("aa", "ab"):
        seen = Seen(pd.read_parquet(DATA / experiment_file(name)), "7d")
        day = seen.people["timestamp"].dt.tz_convert("Asia/Tehran").dt.normalize()
        arm = seen.people["variant"].ne("old")
        sums = seen.outcome("purchase").groupby([day, arm]).agg(["size", "sum"]).unstack().cumsum()
        n, x = sums["size"].to_numpy(float), sums["sum"].to_numpy(float)
        pooled = x.sum(1) / n.sum(1)
        difference = x[:, 1] / n[:, 1] - x[:, 0] / n[:, 0]
        found[name] = difference, difference / np.sqrt(pooled * (1 - pooled) * (1 / n).sum(1))
    crossed = np.abs(found["aa"][1]) > 1.96
    assert 3 <= crossed.sum() < 14
    assert not crossed[-1]
    assert np.flatnonzero(found["ab"][0] < 0).tolist() == [4, 5]
    assert found["ab"][1][-1] > 1.96


def test_an_installed_package_draws_an_experiment_into_the_cache(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(shipped, "__file__", str(tmp_path / "lib" / "funnel_utils" / "synthetic" / "shipped.py"))
    monkeypatch.setattr(shipped.sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    name = experiment_file("aa")
    assert tmp_path / "cache" in shipped.data_file(name).parents
    pd.testing.assert_frame_equal(pd.read_parquet(shipped.data_file(name)), pd.read_parquet(DATA / name))


# ---- any number of people


@pytest.mark.parametrize("name", NAMES)
def test_a_persons_rows_do_not_depend_on_how_many_others_there_are(name) -> None:
    trial = experiment_spec(name)
    few, more = (draw_experiment(trial.with_(users=users)) for users in (700, 5_000))
    same = more[more["user"] < "e000700"].reset_index(drop=True)
    pd.testing.assert_frame_equal(few, same)


def test_a_file_holds_the_same_rows_as_the_frame(tmp_path: Path, monkeypatch) -> None:
    from funnel_utils.synthetic.experiments import drawing

    trial = experiment_spec("offices").with_(users=9_000)
    monkeypatch.setattr(drawing, "ROW_GROUP", 5_000)
    path = write_experiment(trial, tmp_path / "log.parquet")
    assert pq.read_metadata(path).num_row_groups > 1
    assert rows_digest(pd.read_parquet(path)) == rows_digest(draw_experiment(trial))
    with pytest.raises(SpecError, match="is there already"):
        write_experiment(trial, path)
    assert [file.name for file in tmp_path.iterdir()] == ["log.parquet"]


# ---- what is refused


def test_unknown_names_are_refused_with_the_known_ones() -> None:
    with pytest.raises(LogError, match="no experiment named 'abc'; there are aa, ab"):
        load_experiment("abc")
    with pytest.raises(SpecError, match="no fact named 'lift'; there are planned_difference"):
        load_experiment_truth("ab").fact("lift")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"users": 0}, "users=0"),
        ({"arms": ("old",)}, "name two or more"),
        ({"arms": ("old", "old")}, "each once"),
        ({"split": (0.5, 0.4)}, "adding up to 1"),
        ({"split": (1.0, 0.0)}, "a share above 0"),
        ({"start": "2026-09-20"}, "no Saturday"),
        ({"window": 7}, "not a duration"),
        ({"rates": (0.1,)}, "one for each of old, copy"),
        ({"rates": (0.1, 0.9)}, "passes 1"),
    ],
)
def test_what_cannot_be_drawn_is_refused(changes, message) -> None:
    with pytest.raises(SpecError, match=message):
        experiment_spec("aa").with_(**changes)


def test_a_factorial_has_an_arm_for_each_cell() -> None:
    trial = FactorialTrial.of("two", 100, factors=("a", "b"), base=0.1, main=(0.02, 0.03), pair=(0, 1), joint=0.01)
    assert trial.arms == ("none", "a", "b", "a+b")
    assert trial.rates == pytest.approx((0.10, 0.12, 0.13, 0.16))
    assert isinstance(trial, RateTrial)
