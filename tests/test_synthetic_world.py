"""The generated log: same seed same rows, cut anywhere same rows, and every row has its legal prerequisites."""

from __future__ import annotations

from funnel_utils.synthetic import Pardis, generate


def test_the_same_seed_gives_the_same_log() -> None:
    once, again = generate(Pardis(people=300)), generate(Pardis(people=300))
    assert once.table.equals(again.table)
    assert not once.table.equals(generate(Pardis(people=300, seed=8)).table)
