"""The language of steps on a command line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnel_utils import SpecError, Step
from funnel_utils.cli.steps import parse_steps
from funnel_utils.funnel.spec import Condition

TYPES = {"value": "float64", "city": "string", "vip": "boolean", "when": "timestamp(6)"}


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("visit,pay", [Step("visit"), Step("pay")]),
        (" visit , add to cart ", [Step("visit"), Step("add to cart")]),
        ("visit|store_visit,pay", [Step({"visit", "store_visit"}), Step("pay")]),
        ("visit,read?,pay", [Step("visit"), Step("read", optional=True), Step("pay")]),
        ("visit,>pay", [Step("visit"), Step("pay", directly=True)]),
        ("Came=visit,Big one = > pay", [Step("visit", label="Came"), Step("pay", label="Big one", directly=True)]),
        ('"a,b|c","say ""?"', None),
        ('"a,b|c{d}=e?","say \\"hi\\""', [Step("a,b|c{d}=e?"), Step('say "hi"')]),
        ("order:created,$pageview", [Step("order:created"), Step("$pageview")]),
        ("بازدید,خرید", [Step("بازدید"), Step("خرید")]),
    ],
)
def test_events(text, steps):
    if steps is None:
        with pytest.raises(SpecError, match="missing"):
            parse_steps(text)
    else:
        assert list(parse_steps(text)) == steps


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("pay{value>=100}", Condition("value", ">=", 100)),
        ("pay{value = -2.5}", Condition("value", "=", -2.5)),
        ("pay{value!=1e3}", Condition("value", "!=", 1000.0)),
        ("pay{city=Tehran}", Condition("city", "=", "Tehran")),
        ("pay{city=007}", Condition("city", "=", "007")),
        ("pay{city~hir}", Condition("city", "contains", "hir")),
        ("pay{city=Tehran|Shiraz}", Condition("city", "in", {"Tehran", "Shiraz"})),
        ('pay{city="a,b}|c"}', Condition("city", "=", "a,b}|c")),
        ("pay{vip=true}", Condition("vip", "=", True)),
        ("pay{when>2026-01-01}", Condition("when", ">", "2026-01-01")),
    ],
)
def test_conditions_are_read_by_the_type_of_their_property(text, condition):
    assert parse_steps(text, types=TYPES)[0].where == (condition,)


def test_several_conditions_must_all_hold():
    (step,) = parse_steps("pay{value>1,city=Tehran}", types=TYPES)
    assert [str(condition) for condition in step.where] == ["value > 1", "city = 'Tehran'"]


def test_without_types_a_quoted_number_is_text():
    (step,) = parse_steps('pay{a=1,b="1",c=nan,d=1_0}')
    assert [condition.value for condition in step.where] == [1, "1", "nan", "1_0"]


def test_a_comma_in_a_single_step_is_part_of_its_name():
    assert [step.events for step in parse_steps(None, ["Added, to cart", "pay{value>1,vip=true}"])] == [
        ("Added, to cart",),
        ("pay",),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "an event name is missing at place 1"),
        ("visit,,pay", "an event name is missing at place 7"),
        ("visit,", "an event name is missing at place 7 of 'visit,', where the end stands"),
        ("pay{value}", "an operator"),
        ("pay{value>}", "a value is missing at place 11"),
        ("pay{value>1", "the closing brace"),
        ("pay{value>1}x", "a comma or the end of the step"),
        ('"pay', "the closing quote"),
        ("pay{=1}", "the name of a property"),
        ("pay{value>1|2}", "only = takes several"),
        ("pay{colour=red}", "colour is not a property of this log; it has: value, city, vip, when"),
        ("pay{value=many}", "value holds numbers, and 'many' is none"),
        ("pay{vip=1}", "vip holds true or false"),
        ("visit?,pay", "first and the last step cannot be optional"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text, told):
    from funnel_utils import Funnel

    with pytest.raises(SpecError) as caught:
        Funnel(parse_steps(text, types=TYPES))
    assert told in str(caught.value)


@given(st.lists(st.text(min_size=1).filter(lambda text: text.strip()), min_size=1, max_size=5))
def test_any_names_can_be_written_in_quotes(names):
    quoted = ['"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"' for name in names]
    assert [step.events for step in parse_steps(",".join(quoted))] == [(name,) for name in names]


@given(st.text(alphabet='ab,|{}<>=~!?"\\ 1', max_size=20))
def test_any_text_is_either_steps_or_a_told_error(text):
    try:
        steps = parse_steps(text)
    except SpecError:
        return
    assert all(step.events and all(step.events) for step in steps)
