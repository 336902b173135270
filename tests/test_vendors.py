"""`docs/vendors.md` runs and prints what it shows; and the examples in the tools' own documentation come out right."""

import contextlib
import io
import re
from pathlib import Path

import pytest

from funnel_utils import EventLog, Funnel, Step

PAGE = Path(__file__).parent.parent / "docs" / "vendors.md"


def units(tool, steps, *happenings, **options):
    """Units at each step of one person's story."""
    log = EventLog.from_story({"u": list(happenings)}, start="2026-01-01")
    return Funnel.like(tool, steps, **options).run(log).steps["units"].tolist()


def test_the_page_prints_what_it_shows():
    blocks = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    assert len(blocks) == 2
    names = {}
    for code, shown in blocks:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, str(PAGE), "exec"), names)
        assert printed.getvalue() == shown


def test_the_page_names_every_preset():
    from funnel_utils.funnel.presets import PRESETS

    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in PRESETS if f'"{name}"' not in text] == []


class TestMixpanel:
    """Funnels Advanced Concepts: conversion window, optimized re-entry, ordering, exclusion steps."""

    def test_a_later_first_step_does_not_restart_the_window(self):
        story = ("A@0", "A@30m", "B@45m", "C@75m")
        assert units("mixpanel", ["A", "B", "C"], *story, window="1h") == [1, 1, 0]
        assert units("mixpanel_optimized", ["A", "B", "C"], *story, window="1h") == [1, 1, 1]

    @pytest.mark.parametrize("second", ["A@2h", "A@30m"])
    def test_reentry_after_and_within_the_window(self, second):
        story = ("A@0", second, "B@130m" if second == "A@2h" else "B@75m")
        assert units("mixpanel", ["A", "B"], *story, window="1h") == [1, 0]
        assert units("mixpanel_optimized", ["A", "B"], *story, window="1h") == [1, 1]

    @pytest.mark.parametrize(
        ("story", "reached"),
        [("ABCDE", 5), ("ABFCDE", 5), ("ABDCDE", 5), ("ABCE", 3)],
    )
    def test_specific_order_lets_other_events_lie_between(self, story, reached):
        told = [f"{event}@{minute}m" for minute, event in enumerate(story)]
        assert sum(units("mixpanel", list("ABCDE"), *told)) == reached

    @pytest.mark.parametrize(("apart", "converted"), [("1s", 1), ("2s", 1), ("3s", 0)])
    def test_two_seconds_of_grace(self, apart, converted):
        assert units("mixpanel", ["A", "B"], "B@0", f"A@{apart}") == [1, converted]

    def test_an_exclusion_ends_the_attempt_and_keeps_the_entry(self):
        assert units("mixpanel", ["A", "B"], "A@0", "X@1m", "B@2m", exclude="X") == [1, 0]

    def test_totals_with_the_first_step_excluded_are_the_difference_that_the_page_states(self):
        story = ("A@0", "A@1m", "A@2m", "B@3m")
        assert units("mixpanel", ["A", "B"], *story, exclude="A", entry="every") == [3, 1]  # Mixpanel: 2 and 1

    def test_seven_days_inclusive(self):
        assert units("mixpanel", ["A", "B"], "A@0", "B@7d") == [1, 1]
        assert units("mixpanel", ["A", "B"], "A@0", "B@7d1s") == [1, 0]


class TestAmplitude:
    """How Amplitude computes funnels; how it handles simultaneous events; the default conversion window."""

    def test_four_searches_are_one_conversion(self):
        story = ("search@0", "search@1m", "search@2m", "search@3m", "add@4m")
        assert units("amplitude", ["search", "add"], *story) == [1, 1]

    def test_a_repeated_step_needs_two_events(self):
        assert units("amplitude", ["A", "A", "B"], "A@0", "A@1m", "B@2m") == [1, 1, 1]
        assert units("amplitude", ["A", "A", "B"], "A@0", "B@2m") == [1, 0, 0]

    @pytest.mark.parametrize(("apart", "converted"), [("1s", 1), ("2s", 0)])
    def test_within_a_second_either_order_counts(self, apart, converted):
        assert units("amplitude", ["A", "B"], "B@0", f"A@{apart}") == [1, converted]

    def test_exact_order_forbids_anything_between(self):
        assert units("amplitude", ["A", "B"], "A@0", "C@1m", "B@2m") == [1, 1]
        assert units("amplitude", ["A", "B"], "A@0", "C@1m", "B@2m", order="strict") == [1, 0]

    def test_one_day(self):
        assert units("amplitude", ["A", "B"], "A@0", "B@1d") == [1, 1]
        assert units("amplitude", ["A", "B"], "A@0", "B@1d1s") == [1, 0]


class TestPostHog:
    """Funnels: fourteen days, exclusion of persons, duplicate steps, strict order."""

    def test_an_exclusion_drops_the_person(self):
        assert units("posthog", ["A", "B"], "A@0", "X@1m", "B@2m", exclude="X") == [0, 0]

    def test_duplicate_steps_want_distinct_events(self):
        assert units("posthog", ["click", "click"], "click@0") == [1, 0]
        assert units("posthog", ["click", "click"], "click@0", "click@1m") == [1, 1]

    def test_fourteen_days(self):
        assert units("posthog", ["A", "B"], "A@0", "B@14d") == [1, 1]
        assert units("posthog", ["A", "B"], "A@0", "B@15d") == [1, 0]


class TestGA4:
    """Data API: closed unless said otherwise; directly followed by; within a duration of the step before, inclusive."""

    def test_within_is_inclusive(self):
        for at, reached in (("5s", 1), ("6s", 0)):
            assert units("ga4", ["A", "B"], "A@0", f"B@{at}", gaps={2: (None, "5s")}) == [1, reached]

    def test_within_counts_from_the_step_before(self):
        story = ("A@0", "B@5s", "C@10s")
        assert units("ga4", ["A", "B", "C"], *story, gaps={2: (None, "5s"), 3: (None, "5s")}) == [1, 1, 1]

    def test_directly_followed_by(self):
        story = ("A@0", "X@1m", "B@2m")
        assert units("ga4", ["A", "B"], *story) == [1, 1]
        assert units("ga4", ["A", Step("B", directly=True)], *story) == [1, 0]

    def test_open_funnels_may_be_entered_later(self):
        assert units("ga4", ["A", "B", "C"], "B@0", "C@1m") == [0, 0, 0]
        assert units("ga4", ["A", "B", "C"], "B@0", "C@1m", closed=False) == [0, 1, 1]


class TestClickHouse:
    """windowFunnel and its modes."""

    def test_the_window_is_inclusive(self):
        assert units("clickhouse", ["A", "B"], "A@0", "B@1h", window="1h") == [1, 1]
        assert units("clickhouse", ["A", "B"], "A@0", "B@1h1s", window="1h") == [1, 0]

    def test_strict_order_stops_at_a_foreign_event(self):
        story = ("A@0", "B@1m", "D@2m", "C@3m")
        assert units("clickhouse", ["A", "B", "C"], *story, window="1h") == [1, 1, 1]
        assert units("clickhouse", ["A", "B", "C"], *story, window="1h", flags=["strict_order"]) == [1, 1, 0]

    def test_allow_reentry_ignores_a_second_first_step(self):
        story = ("A@0", "A@1m", "B@2m", "C@3m")
        flags = ["strict_order", "allow_reentry"]
        assert units("clickhouse", ["A", "B", "C"], *story, window="1h", flags=flags) == [1, 1, 1]

    def test_strict_deduplication_stops_at_a_repeated_event(self):
        story = ("A@0", "B@1m", "B@2m", "C@3m")
        flags = ["strict_deduplication"]
        assert units("clickhouse", ["A", "B", "C"], *story, window="1h", flags=flags) == [1, 1, 0]

    def test_strict_increase_wants_later_times(self):
        assert units("clickhouse", ["A", "B"], "A@0", "B@0", window="1h") == [1, 1]
        assert units("clickhouse", ["A", "B"], "A@0", "B@0", window="1h", flags=["strict_increase"]) == [1, 0]

    def test_one_event_may_do_two_steps_unless_strict_once(self):
        assert units("clickhouse", ["A", "A"], "A@0", window="1h") == [1, 1]
        assert units("clickhouse", ["A", "A"], "A@0", window="1h", flags=["strict_once"]) == [1, 0]
