"""Rules as text and as data: they say the same, both ways, and a mistake is told with its place."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel_utils.automation import parse, render
from funnel_utils.automation import rules as r
from funnel_utils.automation.rendering import WORDS
from funnel_utils.automation.rule_data import from_dict, to_dict
from funnel_utils.errors import SpecError
from tests.automation.drawn import some_rules


@given(some_rules())
def test_a_rule_survives_its_text_and_its_data(rule):
    assert parse(render(rule)) == rule
    assert render(parse(render(rule))) == render(rule)
    assert from_dict(json.loads(json.dumps(to_dict(rule)))) == rule


@given(st.text(max_size=60))
def test_any_text_is_a_rule_or_an_error_of_ours(text):
    try:
        rule = parse(text)
    except SpecError:
        return
    assert parse(render(rule)) == rule


@given(st.lists(st.sampled_from([*sorted(WORDS), "city", '"x"', "3", "10%", "(", ")", "=", ",", "[", "]", "days"])))
def test_any_order_of_its_words_is_a_rule_or_an_error_of_ours(words):
    try:
        rule = parse(" ".join(words))
    except SpecError:
        return
    assert parse(render(rule)) == rule


def test_the_documents_own_example():
    tehran = r.Property(r.Test("city", "=", "Tehran"))
    small = r.Aggregate("sum", r.Events("order"), "<", 100000, "value", r.Window(timedelta(days=14)))
    assert parse('city = "Tehran" and sum(value of order, last 14 days) < 100000') == r.All((tehran, small))


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("DID order IN THE LAST 2 weeks", "did order in last 14 days"),
        ("a = 1 or b = 2 and not c = 3", "a = 1 or b = 2 and not c = 3"),  # not before and before or
        ("(a = 1 or b = 2) and c = 3", "(a = 1 or b = 2) and c = 3"),
        ("not (a = 1 and b = 2)", "not (a = 1 and b = 2)"),
        ("((a = 1)) and (b = 2 and c = 3)", "a = 1 and b = 2 and c = 3"),
        ('did "page view"', "did `page view`"),
        ("`in` = 1 and income = 2", "`in` = 1 and income = 2"),  # a word of the language, and one that begins like it
        ("count(order) >= 2", "count(order) >= 2"),
        ('shop.city = "Tehran" for 24 hours', 'shop.city = "Tehran" for 1 day'),
        (
            "did a then b then c within 90 minutes in last 3 days",
            "did a then b then c within 90 minutes in last 3 days",
        ),
        ("did order until 36 hours ago", "did order until 36 hours ago"),
        ('sample 29% of "spring"', 'sample 29% of "spring"'),
        ('sample 0% to 12.5% of "spring"', 'sample 12.5% of "spring"'),
        ('شهر = "تهران"', 'شهر = "تهران"'),
        ("did سبد‌خرید", "did سبد‌خرید"),  # with a half-space, as Persian is written
        ("did `سبد خرید` in last ۱۴ days", "did `سبد خرید` in last 14 days"),
        ("value > 100_000", "value > 100000"),
        ("age BETWEEN 18 and 30 and b = 1", "age between 18 and 30 and b = 1"),
        ("count(order, last 3 days) between 3 and 5", "count(order, last 3 days) between 3 and 5"),
        ("did not order in the last 3 days", "not did order in last 3 days"),
        ("city is not known or city is not missing", "city is missing or city is known"),
        ('mail ends with "@a" and mail Starts  With "b"', 'mail ends with "@a" and mail starts with "b"'),
        ("unique(item of order) >= 2", "unique(item of order) >= 2"),
        ('first(channel of visit) in ("ads")', 'first(channel of visit) in ("ads")'),
        ("last(item of order, last 3 days) is known", "last(item of order, last 3 days) is known"),
        # Functions by their brackets only: a property may be called so.
        ("first = 1 and unique = 2 and starts = 4", "first = 1 and unique = 2 and starts = 4"),
        ("seen last 3 days", "seen in last 3 days"),
        ("due in the next 7 days or due until 0 days ago", "due in next 7 days or due until 0 days ago"),
        ("seen between 3 days and 36 hours ago", "seen between 3 days and 36 hours ago"),
    ],
)
def test_ways_of_writing(written, canonical):
    assert render(parse(written)) == canonical


@pytest.mark.parametrize(
    ("text", "line", "column", "says"),
    [
        ('city = "Tehran" and and', 1, 21, "found 'and' where a condition was expected"),
        ("city", 1, 5, "found the end"),
        ("a = 1\n and b ~ 3", 2, 8, "'~'"),
        ("sum(order) > 3", 1, 10, "found ')' where 'of' was expected"),
        ("did order in last 14", 1, 21, "a unit"),
        ("city = Tehran", 1, 8, "text in double quotes"),
        ("(a = 1", 1, 7, "')'"),
        ('sample 10 of "x"', 1, 8, "a share such as 10%"),
        ("did order in last -3 days", 1, 19, "negative"),
        ('a = "x\\q"', 1, 5, "JSON"),
        ("a = 1 orb = 2", 1, 7, "found 'orb'"),  # a word ends where it ends
        ("did page-view", 1, 9, "stands between backticks"),
        ('"page view" = 1', 1, 1, "stands between backticks"),
        ("sum(value of order) < 100,000", 1, 26, "100000 or 100_000"),
        # Three values to the eye of a parser, one number to everybody else's.
        ("value in (100,000)", 1, 15, "100000 or 100_000"),
        ("a = 1 and did order in last 0 days", 1, 21, "longer than nothing"),
        ("a = 1\nand b between 3 and 1", 2, 5, "lower one first"),
        ("not b is known for 3 days", 1, 5, "give a value to hold"),
        ("a = 1e400", 1, 1, "no number"),
        ("a = 1 and b > " + "9" * 5000, 1, 15, "too long"),
        (f'sample 1e-{"9" * 30}% of "x"', 1, 1, "too long"),
        ("a = 99999999999999999999", 1, 1, "no number"),
        ('a = "\\ud800"', 1, 1, "no engine can store"),
        ('a = "\\u0000"', 1, 1, "no engine can store"),
        ("not " * 30 + "a = 1", 1, 21, "nested more than 25 deep"),
    ],
)
def test_a_mistake_is_told_with_its_place(text, line, column, says):
    with pytest.raises(SpecError) as told:
        parse(text)
    assert f"line {line}, column {column}" in str(told.value)
    assert says in str(told.value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: parse("  "),
        lambda: parse("did order in last 0 days"),
        lambda: parse("did order between 3 days and 14 days ago"),
        lambda: parse("funnel buying at 0"),
        lambda: parse('sample 20% to 10% of "x"'),
        lambda: parse('sample 110% of "x"'),
        lambda: r.Test("city", "~", 1),
        lambda: r.Test("city", "in", "Tehran"),
        lambda: r.Test("city", "=", None),
        lambda: r.Test("city", "=", float("nan")),
        lambda: r.Test("city", "is missing", 3),
        lambda: r.Events("a`b"),
        lambda: r.All((r.Did(r.Events("a")),)),
        lambda: r.Sequence((r.Events("a"),)),
        lambda: r.Aggregate("sum", r.Events("order"), ">", 3),
        lambda: r.Aggregate("count", r.Events("order"), ">", 3, "value"),
        lambda: r.Window(14),
        lambda: r.Did("order"),
        lambda: r.Not("order"),
        lambda: r.Property("city"),
        lambda: r.Events("order", ("city",)),
        lambda: r.Sequence(("a", "b")),
        lambda: r.Test("a", "between", (3, "x")),
        lambda: r.Test("a", "between", 3),
        lambda: r.Test("a", "starts with", 3),
        lambda: r.Aggregate("count", r.Events("a"), "between", ("x", "y")),
        lambda: r.FirstOrLast("second", r.Events("a"), r.Test("b", "=", 1)),
        lambda: r.Dated("a", r.Window("3d", "1d"), ahead=True),
        lambda: r.InFunnel("buying", 2, lost="no"),
        lambda: r.Events("order", 5),
        lambda: r.Sequence(5),
        lambda: r.AnyOf("ab"),
        lambda: from_dict({"xor": []}),
        lambda: from_dict({"did": {"event": "order"}}),
        lambda: from_dict({"did": {}}),
        lambda: from_dict({"and": {"did": {}}}),
        lambda: from_dict([]),
    ],
)
def test_what_cannot_be_is_refused(make):
    with pytest.raises(SpecError):
        make()


def test_data_that_are_no_rule_name_the_part():
    wrong = {"and": [{"did": {"events": {"name": "a"}}}, {"not": {"did": {"events": {"nam": "a"}}}}]}
    with pytest.raises(SpecError, match=r"^rule\.and\[1\]\.not\.did\.events has no 'nam'"):
        from_dict(wrong)
    deep = {"did": {"events": {"name": "a"}}}
    for _ in range(5000):
        deep = {"not": deep}
    with pytest.raises(SpecError, match="nested"):
        from_dict(deep)


def test_seconds_keep_all_their_digits():
    rule = r.Did(r.Events("a"), r.Window(timedelta(seconds=1_234_567)))
    assert from_dict(to_dict(rule)) == rule == parse(render(rule))


@settings(max_examples=30)
@given(some_rules())
def test_conditions_are_listed_as_they_are_read(rule):
    texts = [render(leaf) for leaf in r.leaves(rule)]
    whole = render(rule)
    places, start = [], 0
    for text in texts:
        places.append(whole.index(text, start))
        start = places[-1]
    assert places == sorted(places)
