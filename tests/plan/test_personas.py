"""Personas: groups that are there are found again; groups that are not there are said not to be."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from funnel_utils import EventLog, charts
from funnel_utils.errors import LogError, SpecError
from funnel_utils.plan.features import Feature, features_of
from funnel_utils.plan.persona_words import describe_group
from funnel_utils.plan.personas import _chosen, _try_all, personas


def shop(seed=1):
    """Three kinds of people, as unlike as can be: 100 who look once, 60 who come often, 40 who buy."""
    rng = np.random.default_rng(seed)
    told = {f"look{k}": [f"visit@{rng.integers(0, 40)}d"] for k in range(100)}
    for k in range(60):
        told[f"come{k}"] = [f"visit@{day}d" for day in range(30, 39 + int(rng.integers(0, 2)))]
    for k in range(40):
        first = int(rng.integers(30, 35))
        paid = [(f"buy@{first + d}d", {"value": 100.0 + float(rng.integers(0, 9))}) for d in range(4)]
        told[f"pay{k}"] = [f"visit@{first}d", *paid]
    return EventLog.from_story(told)


@pytest.fixture(scope="module")
def found():
    return personas(shop(), purchase="buy", groups=(2, 3, 4), refits=4)


def test_the_three_kinds_are_found_and_nobody_is_misplaced(found):
    assert found.stable
    assert found.profiles["people"].tolist() == [100, 60, 40]
    kinds = found.assigned.assign(kind=found.assigned["user"].str.rstrip("0123456789"))
    assert kinds.groupby("kind")["persona"].agg(["min", "max"]).values.tolist() == [[2, 2], [1, 1], [3, 3]]


def test_the_profile_says_what_sets_them_apart(found):
    buyers = found.profiles.iloc[2]
    assert "more orders" in buyers["name"] or "more money spent" in buyers["name"]
    assert "orders: 4, all together 0.8" in buyers["profile"]
    assert buyers["share"] == 0.2
    assert buyers["low"] < 0.2 < buyers["high"]


def test_another_seed_and_another_order_of_rows_give_the_same_people(found):
    other = personas(shop(), purchase="buy", groups=(2, 3, 4), refits=4, seed=77)
    pd.testing.assert_frame_equal(other.assigned, found.assigned)


def test_a_cloud_without_groups_is_not_called_personas():
    rng = np.random.default_rng(3)
    tried, _ = _try_all(rng.normal(size=(400, 6)), [4, 5], 5, 0)
    assert not tried["stable"].any()
    tried["chosen"] = tried.index == _chosen(tried)
    assert tried["chosen"].sum() == 1


def test_the_rule_takes_the_best_silhouette_among_the_stable_without_tiny_groups():
    tried = pd.DataFrame(
        {
            "groups": [2, 3, 4, 5],
            "silhouette": [0.3, 0.5, 0.7, 0.9],
            "reseeded": [1.0, 1.0, 1.0, 0.7],
            "resampled": [0.9, 0.9, 0.9, 0.9],
            "smallest": [0.3, 0.2, 0.01, 0.2],
        }
    )
    tried["stable"] = [True, True, True, False]
    assert _chosen(tried) == 1
    # Without a stable one, the steadiest: the larger of the smaller agreements.
    assert _chosen(tried.assign(stable=False)) == 0


def test_features_by_hand():
    log = EventLog.from_story(
        {
            "ana": [
                ("visit@0", {"device": "mobile", "value": None}),
                ("buy@1d", {"device": "desktop", "value": 30.0}),
                ("buy@1d2h", {"device": "mobile", "value": float("nan")}),
            ],
            "ben": [("visit@3d", {"device": "desktop", "value": None})],
        }
    )
    frame, features, total = features_of(log, purchase=("buy",))
    assert total == 2
    assert [one.name for one in features] == ["orders", "spent", "active_days", "quiet_days", "did_0", "share_0"]
    assert frame.values.tolist() == [
        ["ana", 2.0, 30.0, 2.0, pytest.approx(3 - 1 - 2 / 24), 1.0, pytest.approx(2 / 3)],
        ["ben", 0.0, 0.0, 1.0, 0.0, 1.0, 0.0],
    ]


def test_more_people_than_asked_for_are_sampled_the_same_every_time():
    log = EventLog.from_story({f"u{k}": ["visit@0"] for k in range(400)})
    first, second = (features_of(log, people=100)[0] for _ in range(2))
    assert first["user"].tolist() == second["user"].tolist()
    assert 60 <= len(first) <= 140


def test_losses_do_not_break_the_logarithm():
    assert Feature("spent", "money", "money").scaled(pd.Series([-5.0, 0.0])).tolist() == [0.0, 0.0]


def test_a_group_like_everybody_is_called_that():
    name, profile = describe_group([{"label": "x", "kind": "share", "mean": 0.5, "everybody": 0.5, "distance": 0.1}])
    assert (name, profile) == ("like everybody", "In nothing far from the mean of all.")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"groups": 1}, "groups=1 is not allowed"),
        ({"groups": []}, r"groups=\[\] is not allowed"),
        ({"groups": [2, True]}, "give numbers of 2 or more"),
        ({"groups": 40}, "200 people are too few"),
        ({"refits": 1}, "at least 2"),
        ({"people": 3}, "at least 10"),
    ],
)
def test_what_cannot_be_grouped_is_refused(settings, said):
    with pytest.raises(SpecError, match=said):
        personas(shop(), purchase="buy", **settings)


def test_people_who_all_did_the_same_are_no_groups():
    log = EventLog.from_story({f"u{k}": ["visit@0"] for k in range(60)})
    with pytest.raises(LogError, match="did the same"):
        personas(log, groups=2)


def test_names_from_the_log_are_escaped():
    told = {f"a{k}": ["<b>x</b>@0"] for k in range(40)} | {f"b{k}": ["visit@0", "visit@5d"] for k in range(40)}
    found = personas(EventLog.from_story(told), groups=2, refits=2)
    assert "<b>x" not in found._repr_html_()
    assert "<b>x" in charts.alt_text(found.plot())
