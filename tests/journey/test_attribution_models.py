"""The models of attribution on counted paths: by hand, against published figures, and against brute force."""

from __future__ import annotations

from collections import defaultdict
from importlib.metadata import distribution
from itertools import combinations, pairwise
from math import factorial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel_utils import Attribution, SpecError
from funnel_utils.journey.attribution import MODELS, credit


def frame(rows):
    """Paths told as `{"a > b": (conversions, nulls)}`."""
    return pd.DataFrame([{"path": path, "conversions": c, "nulls": n} for path, (c, n) in rows.items()])


def of(paths, model, **options):
    found = credit(paths, model, **options)
    return dict(zip(found["channel"], found["conversions"], strict=True))


# ---- rules, by hand -------------------------------------------------------------------------------------------------

FOUR = frame({"ad > mail > ad > shop": (10, 0)})


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("first", {"ad": 10, "mail": 0, "shop": 0}),
        ("last", {"ad": 0, "mail": 0, "shop": 10}),
        ("linear", {"ad": 5, "mail": 2.5, "shop": 2.5}),
        # 40 to each end; the two between share 20.
        ("position", {"ad": 5, "mail": 1, "shop": 4}),
        # Three distinct channels share equally, however often each came.
        ("shapley", {"ad": 10 / 3, "mail": 10 / 3, "shop": 10 / 3}),
        # From an ad half of the walks go to mail, and from there back to an ad: without mail they are lost.
        ("markov", {"ad": 10 / 2.5, "mail": 5 / 2.5, "shop": 10 / 2.5}),
    ],
)
def test_a_path_of_four_touches(model, expected):
    assert of(FOUR, model) == pytest.approx(expected)


def test_position_gives_one_touch_all_and_two_touches_half_each():
    assert of(frame({"ad": (4, 0)}), "position") == {"ad": 4}
    assert of(frame({"ad > mail": (4, 0)}), "position") == pytest.approx({"ad": 2, "mail": 2})
    # Of other weights, two touches share in their proportion.
    assert of(frame({"ad > mail": (4, 0)}), "position", position=(0.6, 0.2)) == pytest.approx({"ad": 3, "mail": 1})


def test_decay_halves_with_every_half_life():
    paths = pd.DataFrame({"path": [("ad", "mail")], "conversions": [3], "ages_s": [(7 * 86400, 0)]})
    assert of(paths, "decay") == pytest.approx({"ad": 1, "mail": 2})
    assert of(paths, "decay", half_life="3.5d") == pytest.approx({"ad": 3 / 5, "mail": 12 / 5})


def test_decay_survives_touches_thousands_of_half_lives_ago():
    paths = pd.DataFrame({"path": [("ad", "mail")], "conversions": [3], "ages_s": [(9e9, 9e9)]})
    assert of(paths, "decay", half_life="1s") == pytest.approx({"ad": 1.5, "mail": 1.5})


def test_conversions_without_a_touch_have_a_row_of_their_own():
    paths = pd.DataFrame({"path": [(), ("ad",)], "conversions": [3, 1], "value": [30.0, 5.0]})
    for model in ("last", "markov", "shapley"):
        found = credit(paths, model)
        assert found["channel"].tolist() == ["ad", "(no touch)"]
        assert found["conversions"].tolist() == [1, 3]
        assert found["value"].tolist() == [5, 30]


# ---- published ------------------------------------------------------------------------------------------------------


def test_three_channels_of_a_known_example():
    # One walk converts along C1 C2 C3, one fails after C1, one after C2 C3: P = 1/3; half of it goes through C1, all of
    # it through C2 and C3.
    paths = frame({"C1 > C2 > C3": (1, 0), "C1": (0, 1), "C2 > C3": (0, 1)})
    found = Attribution.of_paths(paths).removal().set_index("channel")
    assert found["effect"].to_dict() == pytest.approx({"C1": 0.5, "C2": 1, "C3": 1})
    assert found["credit_share"].to_dict() == pytest.approx({"C1": 0.2, "C2": 0.4, "C3": 0.4})


def test_an_example_of_removal_effects_in_two_channels():
    # Puzyrov, S. (2019). Markov Chain Attribution: P = 0.8; without the ads 0.2, without the mailing 0.4.
    paths = frame({"google ads": (2, 1), "mailing": (1, 0), "google ads > mailing": (1, 0)})
    found = Attribution.of_paths(paths).removal().set_index("channel")
    assert found["effect"].to_dict() == pytest.approx({"google ads": 0.75, "mailing": 0.5})
    assert of(paths, "markov") == pytest.approx({"google ads": 2.4, "mailing": 1.6})


@pytest.fixture(scope="module")
def mta():
    """The 10,000 paths of the package `mta` (MIT), read without importing it."""
    found = pd.read_csv(str(distribution("mta").locate_file("mta/data/data.csv.gz")))
    names = {"total_conversions": "conversions", "total_null": "nulls", "total_conversion_value": "value"}
    return found.rename(columns=names)


PUBLISHED = {
    "first": {"alpha": 6308, "iota": 4606, "eta": 3164, "beta": 2831},
    "last": {"alpha": 8447, "iota": 3355, "eta": 4167, "beta": 989},
    "markov": {"alpha": 5344.95, "iota": 3884.61, "eta": 3340.85, "beta": 2527.35},
}


@pytest.mark.parametrize("model", PUBLISHED)
def test_parity_with_ten_thousand_published_paths(mta, model):
    assert (mta["conversions"].sum(), mta["nulls"].sum()) == (19_785, 68_602)
    found = of(mta, model)
    assert {name: found[name] for name in PUBLISHED[model]} == pytest.approx(PUBLISHED[model], abs=0.005)


def test_on_these_paths_every_model_adds_up_to_conversions_and_value(mta):
    found = Attribution.of_paths(mta, replicates=0).credits()
    assert sorted(found["model"].unique()) == sorted(set(MODELS) - {"decay"})
    totals = found.groupby("model")[["conversions", "value"]].sum()
    assert totals["conversions"].to_numpy() == pytest.approx(19_785, rel=1e-12)
    assert totals["value"].to_numpy() == pytest.approx(mta["value"].sum(), rel=1e-12)


# ---- brute force ----------------------------------------------------------------------------------------------------

CHANNELS = "abcdefghij"
words = st.lists(st.sampled_from(CHANNELS), min_size=1, max_size=6).map(tuple)
counted = st.dictionaries(words, st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=12).filter(
    lambda rows: any(c for c, _ in rows.values())
)


def brute_shapley(rows, channels):
    def worth(coalition):
        return sum(c for path, (c, _) in rows.items() if set(path) <= set(coalition))

    n, found = len(channels), {}
    for one in channels:
        others = [name for name in channels if name != one]
        found[one] = sum(
            factorial(size) * factorial(n - size - 1) / factorial(n) * (worth((*some, one)) - worth(some))
            for size in range(n)
            for some in combinations(others, size)
        )
    return found


@settings(max_examples=25, deadline=None)
@given(counted)
def test_shapley_is_the_value_of_the_game_over_all_coalitions(rows):
    paths = pd.DataFrame([{"path": path, "conversions": c, "nulls": n} for path, (c, n) in rows.items()])
    channels = sorted({name for path in rows for name in path})
    assert of(paths, "shapley") == pytest.approx(brute_shapley(rows, channels), abs=1e-9)


def test_shapley_over_ten_channels_at_once():
    rows = {tuple(CHANNELS[:k]): (k, 0) for k in range(1, 11)} | {tuple("jihg"): (7, 1), tuple("aja"): (5, 0)}
    paths = pd.DataFrame([{"path": path, "conversions": c} for path, (c, _) in rows.items()])
    assert of(paths, "shapley") == pytest.approx(brute_shapley(rows, list(CHANNELS)))


def brute_chain(rows, order):
    """State -> next state -> how often; a state is the path's latest channels, and ends are words."""
    moves = defaultdict(lambda: defaultdict(float))
    for path, (c, n) in rows.items():
        states = [()] + [path[max(0, k - order) : k] for k in range(1, len(path) + 1)]
        for here, there in pairwise(states):
            moves[here][there] += c + n
        moves[states[-1]]["conversion"] += c
        moves[states[-1]]["null"] += n
    return moves


def brute_conversion(moves, removed=None, redistribute=False):
    """P(conversion) from the start by letting the walk go on until nothing moves any more."""
    chance = dict.fromkeys([*moves, "conversion", "null"], 0.0) | {"conversion": 1.0}
    for _ in range(3000):
        before = dict(chance)
        for here, onward in moves.items():
            gone = {k: v for k, v in onward.items() if removed and isinstance(k, tuple) and k[-1] == removed}
            total = sum(onward.values()) - (sum(gone.values()) if redistribute else 0)
            kept = sum(v * chance[k] for k, v in onward.items() if k not in gone)
            chance[here] = kept / total if total else 0.0
        if max(abs(chance[k] - before[k]) for k in chance) < 1e-14:
            break
    return chance[()]


@settings(max_examples=25, deadline=None)
@given(counted, st.integers(1, 3), st.booleans())
def test_removal_effects_are_what_walks_without_the_channel_lose(rows, order, redistribute):
    rows = {path: counts for path, counts in rows.items() if sum(counts)}
    paths = pd.DataFrame([{"path": path, "conversions": c, "nulls": n} for path, (c, n) in rows.items()])
    removal = "redistribute" if redistribute else "null"
    found = Attribution.of_paths(paths, order=order, removal=removal, replicates=0).removal()
    moves = brute_chain(rows, order)
    whole = brute_conversion(moves)
    for channel, effect in zip(found["channel"], found["effect"], strict=True):
        lost = whole - brute_conversion(moves, channel, redistribute)
        assert effect == pytest.approx(lost / whole, abs=1e-7)


@settings(max_examples=25, deadline=None)
@given(counted, st.integers(1, 3))
def test_the_chain_converts_as_often_as_the_paths_do(rows, order):
    from funnel_utils.journey.attribution.markov import removal_effects, walk
    from funnel_utils.journey.attribution.paths import from_frame

    paths = pd.DataFrame([{"path": path, "conversions": c, "nulls": n} for path, (c, n) in rows.items()])
    walked = walk(from_frame(paths), order)
    counts = np.bincount(walked.edge, weights=walked.weight)
    _, found = removal_effects(walked.edges, counts)
    assert found[0] == pytest.approx(paths["conversions"].sum() / (paths["conversions"] + paths["nulls"]).sum())


# ---- invariants -----------------------------------------------------------------------------------------------------


def collapsed(path):
    return tuple(name for k, name in enumerate(path) if k == 0 or name != path[k - 1])


@settings(max_examples=25, deadline=None)
@given(counted)
def test_collapsing_repeated_touches_leaves_removal_effects_unchanged(rows):
    paths = pd.DataFrame([{"path": path, "conversions": c, "nulls": n} for path, (c, n) in rows.items()])
    short = paths.assign(path=paths["path"].map(collapsed))
    before = Attribution.of_paths(paths, replicates=0).removal()["effect"]
    after = Attribution.of_paths(short, replicates=0).removal()["effect"]
    assert after.to_numpy() == pytest.approx(before.to_numpy(), abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(counted, st.randoms())
def test_renamed_channels_and_shuffled_rows_change_nothing(rows, random):
    order = list(rows.items())
    random.shuffle(order)
    paths = pd.DataFrame([{"path": path, "conversions": c, "nulls": n} for path, (c, n) in rows.items()])
    other = pd.DataFrame(
        [{"path": [f"z{ord('z') - ord(x)}" for x in p], "conversions": c, "nulls": n} for p, (c, n) in order]
    )
    for model in set(MODELS) - {"decay"}:
        found = {f"z{ord('z') - ord(name)}": amount for name, amount in of(paths, model).items()}
        assert of(other, model) == pytest.approx(found, abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(counted)
def test_credit_adds_up_and_is_never_negative(rows):
    paths = pd.DataFrame([{"path": p, "conversions": c, "nulls": n, "value": 3.5 * c} for p, (c, n) in rows.items()])
    for model in set(MODELS) - {"decay"}:
        for removal in ("null", "redistribute"):
            found = credit(paths, model, removal=removal)
            assert found["conversions"].sum() == pytest.approx(paths["conversions"].sum())
            assert found["value"].sum() == pytest.approx(paths["value"].sum())
            assert found["share"].sum() == pytest.approx(1)
            assert (found["conversions"] >= -1e-12).all()


def test_non_converting_paths_change_markov_and_nothing_else():
    paths = frame({"ad > mail": (10, 0), "ad": (5, 0), "mail": (5, 0)})
    more = frame({"ad > mail": (10, 500), "ad": (5, 0), "mail": (5, 0)})
    for model in ("first", "last", "linear", "position", "shapley"):
        assert of(paths, model) == of(more, model)
    # After those who failed, a mail hardly ever converts: without the ad 5 / 520 * 15 / 515 are left of 20 / 520.
    assert of(paths, "markov") == pytest.approx({"ad": 10, "mail": 10})
    ad, mail = 1 - 5 * 15 / 515 / 20, 1 - 5 / 20
    assert of(more, "markov") == pytest.approx({"ad": 20 * ad / (ad + mail), "mail": 20 * mail / (ad + mail)})


def test_redistribute_lets_a_channel_that_leads_astray_have_a_negative_effect_and_no_credit():
    paths = frame({"good": (9, 1), "bad": (1, 9)})
    found = Attribution.of_paths(paths, removal="redistribute").removal().set_index("channel")
    # Without `bad` everybody goes the way on which 9 of 10 convert instead of half of all.
    assert found["effect"].to_dict() == pytest.approx({"good": 1 - 0.1 / 0.5, "bad": 1 - 0.9 / 0.5})
    assert found["credit_share"].to_dict() == pytest.approx({"good": 1, "bad": 0})


def test_where_no_removal_costs_anything_the_channels_share_equally():
    paths = frame({"ad": (6, 0), "mail": (2, 0)})
    assert of(paths, "markov", removal="redistribute") == {"ad": 4, "mail": 4}


# ---- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("paths", "said"),
    [
        (pd.DataFrame({"route": ["ad"], "conversions": [1]}), "'path' is missing"),
        (pd.DataFrame({"path": ["ad"]}), "'conversions' is missing"),
        (pd.DataFrame({"path": ["ad"], "conversions": [-1]}), "conversions=-1"),
        (pd.DataFrame({"path": ["ad"], "conversions": [np.nan]}), "conversions=nan"),
        (pd.DataFrame({"path": ["ad > > mail"], "conversions": [1]}), "empty"),
        (pd.DataFrame({"path": [7], "conversions": [1]}), "a path is a sequence"),
        (pd.DataFrame({"path": ["ad"], "conversions": [0], "value": [9.0]}), "no conversion to have it"),
        (pd.DataFrame({"path": ["ad"], "conversions": [1], "ages_s": [(1, 2)]}), "1 touches and 2 ages_s"),
    ],
)
def test_paths_that_cannot_be_read_are_refused_by_row(paths, said):
    with pytest.raises(SpecError, match=said):
        credit(paths, "last")


def test_settings_out_of_range_are_refused_by_name():
    paths = frame({"ad": (1, 0)})
    with pytest.raises(SpecError, match="model='best' is not one of first"):
        credit(paths, "best")
    with pytest.raises(SpecError, match="ages_s"):
        credit(paths, "decay")
    with pytest.raises(SpecError, match="half_life=7"):
        credit(paths, "decay", half_life=7)
    for field, value in (("order", 0), ("order", 9), ("removal", "magic"), ("position", (0.9, 0.9))):
        with pytest.raises(SpecError, match=field):
            credit(paths, "markov", **{field: value})
