"""The exercises of lesson 02: what is right, and which misconception gives which wrong answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from funnel_utils.course import season
from funnel_utils.course.check import Grader, Outcome
from funnel_utils.course.grading import as_number, close, graded_choice, graded_number, hint, memo_gaps, ok
from funnel_utils.stages import current_stage, model

TOMAN, TOUCHES, SOCIAL = 900_000, 5, 2  # the text of exercise 1


def linear(answer: Any) -> Outcome:
    """1. Two of five touches, 900,000 toman."""
    right = TOMAN * SOCIAL / TOUCHES
    mistakes = [
        ("once", TOMAN / TOUCHES),
        ("shapley", TOMAN / (TOUCHES - 1)),  # four different channels
        ("position", TOMAN * (0.4 + 0.2 / 3)),
        ("first", TOMAN),
        ("last", 0.0),
        ("share", SOCIAL / TOUCHES),
    ]
    return graded_number(answer, right, "lesson02.linear", mistakes, tolerance=1e-6)


def later(answer: Any) -> Outcome:
    """2. The share of journeys that start later than at the first stage."""
    table = season.journeys().linearity()
    straight, right, skips, returns = table["rate"]
    mistakes = [
        ("linear", straight),
        ("not_linear", 1 - straight),
        ("skips", skips),
        ("returns", returns),
        ("conversion", table["conversion"].iloc[1]),
    ]
    return graded_number(answer, right, "lesson02.later", mistakes, tolerance=0.0005, share=True, rate=right)


def to_store(answer: Any) -> Outcome:
    """3. Of the converted journeys, those that converted in a store after having been online."""
    table = season.journeys().channels()
    _, cross, of_online, to_online, right = table["rate"]
    rows: Any = season.log().filter({"event": "purchase"}).table
    in_store = float((rows["place"] == "store").mean().to_pyarrow().as_py())
    mistakes = [("of_online", of_online), ("to_online", to_online), ("in_store", in_store), ("cross", cross)]
    return graded_number(answer, right, "lesson02.to_store", mistakes, tolerance=0.0005, share=True, rate=right)


def race(answer: Any) -> Outcome:
    """4. The stage of RACE at which most people are."""
    counts = current_stage(season.log(), "race").counts
    most = counts.iloc[int(counts["people"].argmax())]
    names = model("race").names
    values = {name: most[name] for name in ("people", "of", "label", "active")}
    mistakes = {"last": names[-1], "first": names[0]}
    return graded_choice(answer, str(most["stage"]), "lesson02.race", mistakes, names, **values)


def flattered(answer: Any) -> Outcome:
    """5. Of the channels that cost money, the one that the last click flatters most."""
    table = season.last_click()
    error = table["conversions"].fillna(0) - table["caused"]
    right = str(error[table["spend"] > 0].idxmax())
    (row,) = table.loc[[right]].to_dict("records")
    given = answer.strip().lower() if isinstance(answer, str) else ""
    if given in table.index[table["spend"] == 0]:
        return hint("lesson02.flattered.free")
    if given in error.index[error < 0]:
        return hint("lesson02.flattered.opposite")
    values = {"credited": row["conversions"], "caused": int(row["caused"])}
    return graded_choice(answer, right, "lesson02.flattered", {}, list(table.index), channel=right, **values)


def true_return(answer: Any) -> Outcome:
    """6. Toman of sales for one toman spent on social."""
    table = season.last_click()
    social, display = table.loc[["social", "display"]].astype(float).to_dict("records")
    right, by_last = social["revenue_lost"] / social["spend"], social["value"] / social["spend"]
    mistakes = [
        ("last", by_last),
        ("upside_down", 1 / right),
        ("purchases", social["spend"] / social["caused"]),
        ("purchases", social["caused"] / social["spend"]),
        ("purchases", social["revenue_lost"] / social["caused"]),
        ("other", display["revenue_lost"] / display["spend"]),
    ]
    return graded_number(answer, right, "lesson02.true_return", mistakes, tolerance=0.01, value=right, last=by_last)


def reminder(answer: Any) -> Outcome:
    """7. The reminder against its control, within fourteen days."""
    found, week = season.reminder("14d"), season.reminder("7d")
    right, treated, control = found["difference"], found["treated"], found["control"]
    values: dict[str, Any] = {name: found[name] for name in ("treated", "control")}
    values |= {name: 100 * found[name] for name in ("low", "high")}
    mistakes = [
        ("sign", -right),
        ("treated", treated),
        ("control", control),
        ("lift", right / control),
        ("window", week["difference"]),
    ]
    truth = float(season.truth().reminder.set_index("where")["effect"]["log"])
    tolerance = min(0.0005, *(abs(value - right) / 3 for _, value in mistakes))
    return graded_number(
        answer, right, "lesson02.reminder", mistakes, tolerance=tolerance, points=True, truth=100 * truth, **values
    )


def own_score(answer: Any) -> Outcome:
    """8. The AUC of a score of one's own."""
    clicks = (("compare", 5.0), ("view_product", 1.0))
    bought = (*clicks, ("purchase", -10.0))
    first = tuple(season.FIRST_WEIGHTS.items())
    right = season.score_auc(bought, "7d")
    number = as_number(answer)
    if number is not None and not 0.2 < number < 1:
        return hint("lesson02.own_score.not_auc")
    if number is not None and close(number, right, 0.0005):
        return ok("lesson02.own_score.ok", value=right)
    mistakes = [
        ("no_purchase", season.score_auc(clicks, "7d")),
        ("half_life", season.score_auc(bought)),
        ("first_try", season.score_auc(first)),
        ("lesson", season.score_auc((*first, ("purchase", -25.0)), "7d")),
    ]
    tolerance = min(0.002, *(abs(value - right) / 3 for _, value in mistakes if value != right))
    return graded_number(answer, right, "lesson02.own_score", mistakes, tolerance=tolerance, value=right)


def their_rules(answer: Any) -> Outcome:
    """9. An attribution by somebody else's rules."""
    from funnel_utils.journey.attribution import Attribution

    if not isinstance(answer, Attribution):
        return hint("lesson02.their_rules.no_spec", kind=type(answer).__name__)
    gap = _rules_gap(answer)
    if gap:
        return hint(f"lesson02.their_rules.{gap}")
    asked = Attribution("purchase", lookback="14d", position=(0.3, 0.3), half_life="3d", replicates=0)
    credit = asked.run(season.log()).credits("position")
    top = credit.iloc[int(credit["conversions"].argmax())]
    return ok("lesson02.their_rules.ok", first=top["channel"], credit=top["conversions"])


def _rules_gap(asked: Any) -> str | None:
    """The first rule of the report that `asked` does not follow."""
    if asked.conversion != ("purchase",):
        return "conversion"
    if asked.lookback != timedelta(days=14):
        return "lookback"
    if asked.position != (0.3, 0.3):
        return "position"
    if asked.half_life != timedelta(days=3):
        return "half_life"
    plain = (asked.touches, asked.channel, asked.order, asked.removal, asked.stale)
    return None if plain == (None, "channel", 1, "null", "null") else "more"


def memo(answer: Any) -> Outcome:
    """10. The memo (open): only its parts are looked for."""
    if not isinstance(answer, str):
        return hint("course.memo.no_text", kind=type(answer).__name__)
    gaps = memo_gaps(answer, words=50, names=list(season.last_click().index), test=True)
    return gaps[0] if gaps else ok("lesson02.memo.ok")


GRADERS: dict[str, Grader] = {
    "02.linear": linear,
    "02.later": later,
    "02.to_store": to_store,
    "02.race": race,
    "02.flattered": flattered,
    "02.true_return": true_return,
    "02.reminder": reminder,
    "02.own_score": own_score,
    "02.their_rules": their_rules,
    "02.memo": memo,
}
