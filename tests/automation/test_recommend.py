"""Recommendations: likeness and offers against plain loops, evaluation by a story, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel_utils import EventLog
from funnel_utils.automation.recommend import Recommendations, Recommender, evaluate
from funnel_utils.automation.recommend.baskets import of_pairs
from funnel_utils.errors import LogError, SpecError

ITEMS = ["bowl", "cups", "kettle", "lamp", "tray"]


def some_baskets():
    one = st.sets(st.sampled_from(ITEMS), min_size=1, max_size=4)
    return st.lists(one, min_size=2, max_size=8)


def fitted(bought, **options):
    pairs = [(f"u{k}", item) for k, basket in enumerate(bought) for item in sorted(basket)]
    return Recommendations(Recommender(**options), of_pairs(*zip(*pairs, strict=True)))


def by_hand(bought, basket, n, *, neighbours, shrink, again, eligible, margin):
    """(item, score) by the definition, item after item."""
    buyers = {item: sum(item in one for one in bought) for item in ITEMS}
    order = sorted((item for item in ITEMS if buyers[item]), key=lambda item: (-buyers[item], item))
    offered, rest = [], []
    for place, item in enumerate(order):
        worth = 1.0 if margin is None else margin.get(item, 0.0)
        if worth <= 0 or (eligible is not None and item not in eligible) or (item in basket and not again):
            continue
        alike = {
            other: sum(item in one and other in one for one in bought)
            / (math.sqrt(buyers[item] * buyers[other]) + shrink)
            for other in order
            if other != item
        }
        kept = sorted(alike, key=lambda other: (-alike[other], order.index(other)))[:neighbours]
        score = sum(alike[other] for other in kept if other in basket)
        if score > 0:
            offered.append((-score * worth, place, item))
        else:
            rest.append((-buyers[item] * worth, place, item))
    return [(item, -score) for score, _, item in sorted(offered)][:n], [item for _, _, item in sorted(rest)]


@settings(max_examples=60)
@given(
    some_baskets(),
    st.integers(1, 5),
    st.integers(1, 5),
    st.sampled_from([0.0, 2.0]),
    st.booleans(),
    st.one_of(st.none(), st.sets(st.sampled_from(ITEMS), min_size=4)),
    st.one_of(st.none(), st.fixed_dictionaries(dict.fromkeys(ITEMS[1:], st.sampled_from([1.0, 2.5])))),
)
def test_offers_are_those_of_the_definition(bought, n, neighbours, shrink, again, eligible, margin):
    options = {"neighbours": neighbours, "shrink": shrink, "again": again, "eligible": eligible, "margin": margin}
    sold = set().union(*bought)
    if not sold & (eligible or sold) & set(margin or sold):
        with pytest.raises(SpecError, match="nothing can be offered"):
            fitted(bought, **options).top(n)
        return
    table = fitted(bought, **options).top(n)
    for k, basket in enumerate(bought):
        mine = table[table["user"] == f"u{k}"]
        alike, rest = by_hand(bought, basket, n, **options)
        expected = [item for item, _ in alike] + rest[: n - len(alike)]
        chosen = mine[mine["because"] == "alike"]
        assert chosen["score"].tolist() == pytest.approx([score for _, score in alike])
        # Sums in another order may differ in the last bit, so that only clear differences settle an order.
        scores = [round(score, 9) for _, score in alike]
        if len(set(scores)) == len(scores) and len(alike) < n:
            assert mine["item"].tolist() == expected
        assert mine["rank"].tolist() == list(range(1, len(mine) + 1))


def test_somebody_unknown_is_offered_the_best_sellers():
    model = fitted([{"kettle", "cups"}, {"kettle"}, {"lamp"}])
    table = model.top(2, users=["nobody", "u1"])
    assert table[["user", "item", "because"]].values.tolist() == [
        ["nobody", "kettle", "best seller"],
        ["nobody", "cups", "best seller"],
        ["u1", "cups", "alike"],
        ["u1", "lamp", "best seller"],
    ]


def test_a_margin_can_turn_the_order_round():
    bought = [{"kettle", "cups"}, {"kettle", "cups"}, {"kettle", "tray"}, {"kettle"}]
    assert fitted(bought, shrink=0).top(1, users=["u3"])["item"].tolist() == ["cups"]
    dear = fitted(bought, shrink=0, margin={"cups": 1.0, "tray": 5.0})
    # cups: 2 / sqrt(4 * 2) = .71 at 1; tray: 1 / sqrt(4 * 1) = .5 at 5.
    assert dear.top(1, users=["u3"])[["item", "score"]].values.tolist() == [["tray", pytest.approx(2.5)]]


def test_likeness_is_the_cosine():
    model = fitted([{"kettle", "cups"}, {"kettle", "cups"}, {"kettle"}, {"cups", "lamp"}], shrink=0)
    table = model.similar("kettle")
    assert table.values.tolist() == [["cups", 2, 3, pytest.approx(2 / math.sqrt(3 * 3))]]
    with pytest.raises(SpecError, match="bought by nobody"):
        model.similar("sofa")


def story(baskets):
    return EventLog.from_story(
        {
            user: [(f"purchase@{day}d", {"item": item}) for day, item in enumerate(items)]
            for user, items in baskets.items()
        }
    )


def test_the_last_new_item_is_held_back():
    log = story(
        {
            "a": ["kettle", "cups"],
            "b": ["kettle", "cups"],
            "c": ["kettle", "cups", "kettle"],  # buying the kettle again is no news: cups are held back
            "d": ["lamp"],  # one item: she teaches, and is not asked about
            "e": ["lamp", "tray"],
        }
    )
    # Left to learn from: a, b, c kettle; d, e lamp. Nobody has two, so nothing is alike, and all get best sellers.
    # The cups and the tray are then unknown to the model: nobody can be asked about.
    with pytest.raises(LogError, match="nobody to ask about"):
        evaluate(log)
    more = story(
        {"a": ["kettle", "cups"], "b": ["kettle", "cups"], "c": ["cups", "kettle", "tray"], "d": ["tray", "lamp"]}
    )
    found = evaluate(more, Recommender(shrink=0), k=1)
    # Learnt: a kettle, b kettle, c cups+kettle, d tray. a and b (held: cups) are offered cups, alike to the kettle.
    # c (held: tray) is offered tray, the best seller left: a hit. d's lamp nobody else has: not asked about.
    rows = found.table.set_index("model")
    assert rows.loc["item-item", ["people", "hits"]].tolist() == [3, 3]
    # Popularity: the best seller that each has not is the cups for a and b (kettle 3, cups 1, tray 1), the tray for c.
    assert rows.loc["popularity", ["people", "hits"]].tolist() == [3, 3]
    assert found.differences[["difference", "low", "high"]].values.tolist() == [[0, 0, 0]]


def test_a_basket_is_held_back_as_one():
    # Everybody's pan and lid are bought together: whoever is shown the pan in her past has the lid given away.
    both = [("purchase@1d", {"item": "lid"}), ("purchase@1d", {"item": "pan"})]
    people = {who: [("purchase@0", {"item": "spoon"}), *both] for who in ("a", "b", "c")}
    people |= {"d": both, "e": [("purchase@0", {"item": "lid"}), ("purchase@1d", {"item": "spoon"})]}
    found = evaluate(EventLog.from_story(people), Recommender(shrink=0), k=1)
    # d bought all at once: she teaches, and is not asked. a, b and c have a spoon, to which nothing is alike: they are
    # offered the lid (d, e), which is one of the two things they bought. e is offered the pan (d), and bought a spoon.
    row = found.table.set_index("model").loc["item-item"]
    assert row[["people", "hits"]].tolist() == [4, 3]
    assert row["recall"] == pytest.approx(3 / 2 / 4)


def test_coverage_depends_on_what_only_one_person_was_offered():
    baskets = {"p0": ["x", "y"], "p1": ["x", "y"], "p2": ["x", "y"], "q": ["y", "x"], "r": ["z", "x"]}
    measures = ["offered", "of_items", "coverage", "coverage_low", "coverage_high"]
    # Learnt: x 3, y 1, z 1. p0, p1 and p2 have x and are offered y, q and r x: without any one of them all stays so.
    row = evaluate(story(baskets), k=1).table.iloc[0]
    assert row[measures].tolist() == [2, 3, *[pytest.approx(2 / 3)] * 3]
    # Without r, x is offered to q alone. Lost with each person: 0, 0, 0, 1; squares about their mean: 3/4.
    row = evaluate(story({**baskets, "r": ["z"]}), k=1).table.iloc[0]
    low = (2 - 1.959964 * math.sqrt(3 / 4)) / 3
    assert row[measures].tolist() == [2, 3, pytest.approx(2 / 3), pytest.approx(low), 1.0]
    # With one person nobody knows.
    row = evaluate(story({"p": ["x", "y"], "q": ["y"]}), k=1).table.iloc[0]
    assert row["people"] == 1
    assert math.isnan(row["coverage_low"])


def test_a_date_asks_about_what_came_after():
    log = story({"a": ["kettle", "cups"], "b": ["kettle", "cups", "tray"], "c": ["cups", "kettle", "tray", "lamp"]})
    # Before day 2: a and b kettle+cups, c cups+kettle. After: b tray, c tray and lamp, which the model never saw.
    with pytest.raises(LogError, match="nobody to ask about"):
        evaluate(log, at="2026-01-03")
    found = evaluate(log, Recommender(shrink=0), k=2, at="2026-01-02")
    # Before day 1 (the second day): a kettle, b kettle, c cups. After: a cups, b cups, c kettle: best sellers hit all.
    assert found.table.set_index("model").loc["popularity", ["people", "hits", "coverage"]].tolist() == [3, 3, 1.0]


def test_rank_counts_in_ndcg():
    log = story({"a": ["kettle", "tray"], "b": ["kettle", "cups"], "c": ["cups", "tray"], "d": ["cups", "kettle"]})
    found = evaluate(log, Recommender(model="popularity"), k=2)
    # Learnt: a kettle, b kettle, c cups, d cups. The tray is unknown, so b (cups) and d (kettle) are asked about, each
    # is offered the one thing she has not: rank 1, hit.
    assert found.table["ndcg"].tolist() == [1.0]
    both = story({"a": ["x", "y"], "b": ["x", "z"], "c": ["y"], "d": ["y"], "e": ["z"], "f": ["x"]})
    # Learnt: x 3 (a b f), y 2, z 1. a's y stands first of what she has not; b's z second, after y: 1/log2(3).
    table = evaluate(both, k=2).table.set_index("model")
    assert table.loc["popularity", "ndcg"] == pytest.approx((1 + 1 / math.log2(3)) / 2)
    assert table.loc["popularity", "recall"] == 1.0


def test_a_taste_is_found_where_there_is_one():
    draw = np.random.default_rng(5)
    rows = []
    for user in range(600):
        taste = user % 2  # two kinds of people, ten items each
        for day, item in enumerate(draw.choice(10, size=5, replace=False)):
            rows.append((user, "purchase", pd.Timestamp("2026-01-01") + pd.Timedelta(days=day), f"{taste}-{item}"))
    log = EventLog.read(pd.DataFrame(rows, columns=["user", "event", "timestamp", "item"]))
    rows = evaluate(log, k=5).table.set_index("model")
    # She has 4 of her 10: five of the other six by taste hit 5/6 of the time, best sellers of both kinds half as often.
    assert rows.loc["item-item", "low"] < 5 / 6 < rows.loc["item-item", "high"]
    assert rows.loc["popularity", "high"] < 0.6


@pytest.mark.parametrize(
    "make",
    [
        lambda: Recommender(model="magic"),
        lambda: Recommender(neighbours=0),
        lambda: Recommender(shrink=-1),
        lambda: Recommender(shrink="little"),
        lambda: Recommender(event=3),
        lambda: Recommender(eligible=3),
        lambda: Recommender(margin={"kettle": "much"}),
        lambda: Recommender(eligible=[]),
        lambda: Recommender(eligible="kettle"),
        lambda: Recommender(margin={"kettle": float("nan")}),
        lambda: fitted([{"kettle"}]).top(0),
        lambda: evaluate(story({"a": ["x", "y"]}), Recommender(again=True)),
        lambda: evaluate(story({"a": ["x", "y"]}), {}),
        lambda: fitted([{"kettle"}, {"cups"}], eligible=["sofa"]).top(1),
    ],
)
def test_what_cannot_be_is_refused(make):
    with pytest.raises(SpecError):
        make()


def test_a_log_without_the_item_says_so():
    log = story({"a": ["x"]})
    with pytest.raises(LogError, match="article"):
        Recommender(item="article").fit(log)
    with pytest.raises(LogError, match="'order'"):
        Recommender(event="order").fit(log)
