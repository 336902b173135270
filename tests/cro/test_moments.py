"""Moments: whatever way units are divided, the merged moments are those of all of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel_utils import SpecError
from funnel_utils.cro import Moments, Needs

values = st.lists(st.tuples(*[st.floats(-1e3, 1e3)] * 2, st.integers(0, 3)), min_size=1, max_size=40)


@given(values)
@settings(max_examples=40)
def test_parts_merge_to_the_whole(rows):
    x, y, part = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    whole = Moments.of({"x": x, "y": y})
    parts = [Moments.of({"x": x[part == k], "y": y[part == k]}) for k in range(4)]
    stacked = Moments.stack(parts)
    merged = [sum(parts), sum(parts[::-1]), stacked.grouped(np.zeros(4, dtype=int), 1).cell(0)]
    merged.append(stacked.cumulative().cell(3))
    for found in merged:
        assert found.n == whole.n
        np.testing.assert_allclose(found.mean("x"), x.mean(), atol=1e-9)
        for a, b in (("x", "x"), ("x", "y"), ("y", "y")):
            np.testing.assert_allclose(found.co(a, b), whole.co(b, a), rtol=1e-9, atol=1e-7)
    np.testing.assert_allclose(whole.product("x", "y"), (x * y).sum(), rtol=1e-9, atol=1e-6)


def test_the_variance_is_not_lost_around_a_large_mean():
    # Raw sums of squares of these have no digit left for a variance of 1.
    values = np.array([1e9, 1e9 + 1, 1e9 + 2] * 100)
    halves = Moments.of({"y": values[:77]}) + Moments.of({"y": values[77:]})
    assert float(halves.var("y")) == pytest.approx(values.var(ddof=1), rel=1e-9)


def test_a_day_without_units_changes_nothing():
    one, nobody = Moments.of({"y": [1, 3]}), Moments.of({"y": []})
    both = nobody + one + nobody
    assert (float(both.n), float(both.mean("y")), float(both.var("y"))) == (2, 2, 2)
    assert np.isnan(float(nobody.var("y")))


def test_sums_of_another_tool_are_read():
    found = Moments.of_sums([4, 2], {"y": [10, 6]}, {("y", "y"): [30, 18]})
    assert found.var("y").tolist() == pytest.approx([5 / 3, 0])
    assert found.sum("y").tolist() == [10, 6]


def test_needs_merge_so_that_each_column_is_summed_once():
    both = Needs(["a"], [("b", "a")]) | Needs(["c"], [("a", "b")])
    assert both == Needs(["a", "b", "c"], [("a", "b")])
    assert Needs.all_of(["x", "y"]).products == (("x", "x"), ("x", "y"), ("y", "y"))


def test_what_cannot_be_is_refused():
    with pytest.raises(SpecError, match="cannot be fewer than none"):
        Moments(-1)
    with pytest.raises(SpecError, match="z, which has no mean"):
        Moments(3, {"y": 1}, {("y", "z"): 1})
    with pytest.raises(SpecError, match="do not merge"):
        Moments.of({"x": [1]}) + Moments.of({"y": [1]})
    with pytest.raises(SpecError, match=r"nothing was summed for 'z'; there are 'x'"):
        Moments.of({"x": [1]}).mean("z")
    with pytest.raises(SpecError, match=r"lengths \[1, 2\]"):
        Moments.of({"x": [1], "y": [1, 2]})
