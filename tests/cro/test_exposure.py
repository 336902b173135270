"""Who is in which arm, and what counts: only what came after the first exposure, within the window."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel_utils import EventLog, LogError, SpecError
from funnel_utils.cro import Before, Column, Conversion, Did, Experiment, Exposure, Mean, Quantile, Ratio, Times, Total


def seen(arm, at="0", **more):
    return (f"seen@{at}", {"variant": arm, **more})


def paid(at, value=10):
    return (f"pay@{at}", {"value": value})


def run(stories, metrics="pay", *, until="2026-03-01", by=(), daily=None, within="7d", **options):
    log = EventLog.from_story(stories, observed_until=until)
    options = {"exposure": Exposure("seen", within=within), "least": 2, **options}
    return Experiment(metrics, **options).run(log, by=by, daily=daily)


def counts(result, metric=0):
    row = result.table.iloc[metric]
    return [row[name] for name in ("count", "n", "control_count", "control_n")]


OTHERS = {"c1": [seen("control")], "c2": [seen("control")], "t9": [seen("new")]}


@pytest.mark.parametrize(
    ("events", "counted", "why"),
    [
        ([paid("0"), seen("new", "1h")], 0, "before the exposure"),
        ([seen("new"), paid("0")], 1, "at the moment of exposure"),
        ([seen("new"), paid("7d")], 1, "at the end of the window"),
        ([seen("new"), paid("7d1s")], 0, "after the window"),
        ([seen("new"), seen("new", "5d"), paid("8d")], 0, "the first exposure starts the window"),
        ([seen("new"), paid("1d"), paid("2d")], 1, "a conversion happens once"),
        ([paid("1d")], None, "never exposed"),
    ],
)
def test_what_counts(events, counted, why):
    result = run({"t1": events, **OTHERS})
    assert counts(result) == ([counted, 2, 0, 2] if counted is not None else [0, 1, 0, 2]), why


def test_amounts_times_ratios_and_quantiles_count_the_same_events():
    story = {
        "t1": [paid("0", 99), seen("new", "1d"), paid("2d", 30), paid("3d", 12), "visit@2d", paid("9d", 99)],
        "t2": [seen("new"), "visit@1d", "visit@2d"],
        "c1": [seen("control"), paid("1d", 5), "visit@1d"],
        "c2": [seen("control"), "visit@1d"],
    }
    metrics = [
        Mean(Total("value", "pay"), name="revenue"),
        Mean("pay", name="orders"),
        Ratio("pay", "visit"),
        Quantile(Total("value", "pay"), q=1 / 2),
        Conversion(Did("pay", where={"value": (">", 10)}), name="large"),
    ]
    table = run(story, metrics).table.set_index("metric")
    assert table["estimate"].tolist() == [21, 1, 2 / 3, 0, 0.5]
    assert table["control_estimate"].tolist() == [2.5, 0.5, 0.5, 0, 0]


def test_a_metric_has_a_time_of_its_own():
    story = {"t1": [seen("new"), paid("1d"), paid("10d")], "t2": [seen("new"), paid("14d")], **OTHERS}
    metrics = [Conversion("pay", name="week 1"), Conversion("pay", name="week 2", after="7d", within="14d")]
    found = run(story, metrics)
    assert (counts(found), counts(found, 1)) == ([1, 3, 0, 2], [2, 3, 0, 2])


def test_an_exposing_event_is_not_its_own_consequence():
    story = {"t1": [seen("new"), seen("new", "1d")], "t2": [seen("new")], **OTHERS}
    assert counts(run(story, Mean("seen", name="came back"))) == [1, 3, 0, 2]


def test_who_was_seen_in_two_arms_is_in_neither_and_makes_it_invalid():
    story = {"both": [seen("control"), seen("new", "1d"), paid("2d")], "t1": [seen("new")], **OTHERS}
    result = run(story)
    assert (counts(result), result.both_arms) == ([0, 2, 0, 2], 1)
    assert result.table.loc[0, ["verdict", "flaw"]].tolist() == ["invalid", "mixed"]
    assert "seen in two arms" in result.verdict
    assert result.checks.set_index("check").loc["one arm each", "ok"] == False  # noqa: E712


def test_who_came_too_late_for_the_window_is_left_out_whatever_they_did():
    story = {"late": [seen("new", "10d"), paid("11d")], **OTHERS, "t1": [seen("new")]}
    result = run(story, until="2026-01-15")
    assert counts(result) == [0, 2, 0, 2]
    assert any("less than 1w before the end" in warning for warning in result.warnings)


def test_who_has_no_arm_and_who_is_in_another_is_told():
    story = {"x": [("seen@0", {"variant": None})], "y": [seen("third")], **OTHERS, "t1": [seen("new"), paid("1d")]}
    result = run(story, treatments="new")
    assert counts(result) == [1, 2, 0, 2]
    lost, other = result.warnings
    assert "without an arm" in lost
    assert "(third)" in other


def test_the_first_event_with_an_arm_exposes_where_no_event_is_named():
    story = {"t1": [paid("0"), ("visit@1d", {"variant": "new"}), paid("2d")], **OTHERS}
    assert counts(run(story, exposure=Exposure(within="7d"))) == [1, 2, 0, 2]


def test_the_unit_may_be_another_column():
    story = {
        "u1": [seen("new", shop="a"), ("pay@1d", {"shop": "a"})],
        "u2": [seen("new", "1d", shop="a"), seen("new", shop="b")],
        "u3": [seen("control", shop="c"), seen("control", shop="d")],
    }
    assert counts(run(story, unit="shop")) == [1, 2, 0, 2]


def test_the_time_before_the_exposure_is_a_covariate():
    people = {}
    for place in range(40):
        arm = ("control", "new")[place % 2]
        spent = 10 * (place // 2)
        people[f"u{place}"] = [paid("0", spent), paid("40d", 1), seen(arm, "40d"), paid("41d", 2 * spent + place % 3)]
        people[f"u{place}"].append(paid("39d", spent))
    metric = Mean(Total("value", "pay"), name="revenue", covariates=Before("20d"))
    found = run(people, metric)
    # The payment 40 days before is too long ago, the one at the moment of exposure is not before it.
    assert found.covariates.loc[0, "theta"] == pytest.approx(2, abs=0.01)
    assert found.covariates.loc[0, "reduction"] > 0.99


def test_a_property_of_the_exposing_event_is_a_covariate_and_a_segment():
    people = {
        f"u{k}": [seen(("control", "new")[k % 2], age=k, city="ab"[k // 2 % 2]), paid("1d", 3 * k + k % 5)]
        for k in range(40)
    }
    found = run(people, Mean(Total("value", "pay"), name="revenue", covariates="age"), by="city")
    assert found.covariates.loc[0, "theta"] == pytest.approx(3, abs=0.1)
    assert found.segments()["value"].tolist() == ["a", "b"]
    assert found.segments()[["n", "control_n"]].sum().tolist() == [20, 20]


def test_days_are_those_of_the_reader():
    stories = {
        "c": [seen("control", "20h")],
        "d": [seen("control", "21h")],
        "t": [seen("new", "20h")],
        "s": [seen("new")],
    }
    log = EventLog.from_story(stories, observed_until="2026-03-01", report_tz="Asia/Tehran")
    test = Experiment("pay", exposure=Exposure("seen", within="7d"), least=2)
    days = test.run(log).daily()
    # 20:30 UTC is midnight in Tehran.
    assert days["day"].dt.day.tolist() == [1, 2]
    assert days[["n", "control_n", "cum_n", "cum_control_n"]].values.tolist() == [[2, 1, 2, 1], [0, 1, 2, 2]]


moments = st.integers(0, 12)
lives = st.lists(st.tuples(st.sampled_from(["seen", "pay"]), moments, st.sampled_from(["control", "new"])), max_size=6)


def brute(stories, window):
    """The definition, one unit at a time."""
    found = {"control": [0, 0], "new": [0, 0]}
    mixed = 0
    for events in stories.values():
        shown = sorted((at, arm) for kind, at, arm in events if kind == "seen")
        arms = {arm for _, arm in shown}
        if len(arms) == 1:
            at, arm = shown[0]
            found[arm][0] += any(kind == "pay" and 0 <= when - at <= window for kind, when, _ in events)
            found[arm][1] += 1
        mixed += len(arms) == 2
    return [*found["new"], *found["control"], mixed]


@given(st.lists(lives, min_size=2, max_size=6), st.integers(1, 6))
@settings(max_examples=6)
def test_any_log_gives_what_the_definition_says(people, window):
    stories = {f"u{k}": events for k, events in enumerate(people)}
    stories |= {"c": [("seen", 0, "control")], "t": [("seen", 0, "new")]}
    told = {
        user: [(f"{kind}@{at}h", {"variant": arm if kind == "seen" else None}) for kind, at, arm in events]
        or ["idle@0"]
        for user, events in stories.items()
    }
    result = run(told, within=f"{window}h")
    assert [*counts(result), result.both_arms] == brute(stories, window)


def test_what_is_missing_is_named():
    with pytest.raises(LogError, match=r"no such column. Did you mean 'variant'"):
        run(OTHERS, arm="varient")
    with pytest.raises(LogError, match=r"Nobody is in the arm 'old'; 'variant' holds control, new"):
        run(OTHERS, control="old")
    with pytest.raises(LogError, match="no such column"):
        run(OTHERS, Mean(Total("value", "pay")))
    with pytest.raises(LogError, match="there is no other arm"):
        run({"a": [seen("control")], "b": [seen("control")]})
    with pytest.raises(LogError, match="no event of the log is called 'shown'"):
        run(OTHERS, exposure=Exposure("shown"))
    with pytest.raises(SpecError, match="daily='day'"):
        run(OTHERS, daily="day")
    with pytest.raises(LogError, match="no usable value"):
        run({**OTHERS, "t1": [seen("new", age=3)]}, Mean("pay", covariates=Column("age")))


def test_an_event_that_never_happened_is_asked_about():
    assert any("pai: nothing was counted" in warning for warning in run(OTHERS, "pai").warnings)
    assert any("There is no window" in warning for warning in run(OTHERS, within=None).warnings)
    assert counts(run({**OTHERS, "t1": [seen("new"), "visit@300d"]}, Mean(Times("visit")), within=None)) == [1, 2, 0, 2]


def test_why_nobody_is_left_is_told() -> None:
    people = {f"u{k}": [("exposed@0", {"variant": ["control", "new"][k % 2]}), "purchase@1d"] for k in range(80)}
    log = EventLog.from_story(people)
    with pytest.raises(LogError, match="none was watched for 1w"):
        Experiment("purchase", exposure=Exposure("exposed", within="7d")).run(log)
    with pytest.raises(LogError, match="Did you mean 'exposed'"):
        Experiment("purchase", exposure=Exposure("exposd", within="1d")).run(log)
