"""Rules as text and as data: they say the same, both ways, and a mistake is told with its place."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel_utils.automation import parse, render
from funnel_utils.automation import rules as r
from funnel_utils.automation.language import WORDS
from funnel_utils.errors import SpecError
from tests.automation.drawn import some_rules


@given(some_rules())
def test_a_rule_survives_its_text_and_its_data(rule):
    assert parse(render(rule)) == rule
    assert render(parse(render(rule))) == render(rule)
    assert r.from_dict(json.loads(json.dumps(r.to_dict(rule)))) == rule


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
        lambda: r.from_dict({"xor": []}),
        lambda: r.from_dict({"did": {"event": "order"}}),
        lambda: r.from_dict({"did": {}}),
        lambda: r.from_dict({"and": {"did": {}}}),
        lambda: r.from_dict([]),
    ],
)
def test_what_cannot_be_is_refused(make):
    with pytest.raises(SpecError):
        make()


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
