"""The exercises of lesson 05b: what is right, and which misconception gives which wrong answer."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from funnel_utils.course import messaging
from funnel_utils.course.check import Grader, Outcome
from funnel_utils.course.grading import as_number, graded_choice, graded_number, hint, memo_gaps, ok
from funnel_utils.errors import FunnelUtilsError

if TYPE_CHECKING:
    from funnel_utils.automation import CampaignResult

ASSIGNED, BOUGHT, HELD, HELD_BOUGHT = 2000, 300, 500, 60  # the text of exercise 1
BASELINE, EFFECT = 0.20, 0.03  # of exercise 7
KINDS = ("persuadables", "sure things", "lost causes", "sleeping dogs")
PARTS = ("Reach", "Act", "Convert", "Engage")
COLUMNS = ("part", "trigger", "rule", "channel", "cap", "holdout", "measure")
CHANNELS = ("email", "sms", "push", "in_app")
MOST_A_WEEK = 3
LESSON_RULES = {  # of the plan that the lesson shows
    "did agreed in last 1 day",
    "not did add_to_cart in last 28 days",
    "no order since add_to_cart",
    "did order between 21 days and 14 days ago",
}


def _steps(within: str = messaging.WITHIN) -> Any:
    """The report's steps by name; loosely typed, as cells of a table are."""
    return report(within).messages.set_index("step")


@cache
def people(rule: str, as_of: str | None = messaging.BEGINS) -> int:
    """How many people a rule finds on the morning of the campaign, or at the log's end."""
    from funnel_utils.automation import Segment

    return len(Segment(rule).run(messaging.log(), as_of=as_of))


@cache
def report(within: str = messaging.WITHIN) -> CampaignResult:
    """The report of the spring campaign."""
    from funnel_utils.automation import Campaign

    asked = Campaign(
        campaign=messaging.NAME, conversion="order", within=within, holdout_share=messaging.HELD_OUT, margin=0.25
    )
    return asked.run(messaging.log())


def by_hand(answer: Any) -> Outcome:
    """1. Buyers caused, from counts."""
    with_, without = BOUGHT / ASSIGNED, HELD_BOUGHT / HELD
    mistakes = [
        ("credit", BOUGHT),
        ("counts", BOUGHT - HELD_BOUGHT),
        ("rate", with_ - without),
        ("rate", 100 * (with_ - without)),
        ("lift", with_ / without - 1),
        ("everybody", (with_ - without) * (ASSIGNED + HELD)),
        ("expected", without * ASSIGNED),
    ]
    return graded_number(answer, (with_ - without) * ASSIGNED, "lesson05b.by_hand", mistakes, tolerance=0.001)


def segment(answer: Any) -> Outcome:
    """2. Who in Shiraz left a cart."""
    right = people('city = "Shiraz" and no order since add_to_cart')
    mistakes = [
        ("everywhere", people("no order since add_to_cart")),
        ("shiraz", people('city = "Shiraz"')),
        ("any_cart", people('city = "Shiraz" and did add_to_cart')),
        ("either", people('city = "Shiraz" or no order since add_to_cart')),
        ("end", people('city = "Shiraz" and no order since add_to_cart', None)),
    ]
    return graded_number(answer, right, "lesson05b.segment", mistakes, count=right)


@cache
def contacts() -> Any:
    """Everybody's channels in the autumn log, an empty word for none; loosely typed, as a frame's cells are."""
    from funnel_utils.automation import Consent, Contacts, Preference
    from funnel_utils.synthetic import load_campaign

    known = Contacts(preference=Preference(), consent=Consent()).run(load_campaign()).to_frame()
    return known[["preferred_channel", "write_by"]].fillna("")


def not_agreed(answer: Any) -> Outcome:
    """3. Who prefers a channel that she may not be written to by."""
    best, allowed = contacts()["preferred_channel"], contacts()["write_by"]
    has_one, apart = best != "", best != allowed
    right = int((has_one & apart).sum())
    mistakes = [
        ("nowhere", int((has_one & (allowed == "")).sum())),
        ("nowhere", int((allowed == "").sum())),
        ("somewhere", int((has_one & apart & (allowed != "")).sum())),
        ("unknown", int(apart.sum())),
        # Two missing values are not equal to pandas.
        ("unknown", int((apart | ~has_one).sum())),
        ("agreed", int((has_one & ~apart).sum())),
        ("share", right / int(has_one.sum())),
        ("share", right / len(best)),
    ]
    people = int(has_one.sum())
    return graded_number(answer, right, "lesson05b.not_agreed", mistakes, count=right, people=people)


def not_sent(answer: Any) -> Outcome:
    """4. Assigned to the message, and sent nothing."""
    steps = _steps()["people"]
    assigned, sent = int(steps["assigned"]), int(steps["sent"])
    mistakes = [
        ("sent", sent),
        ("events", int(_steps().loc["sent", "events"])),
        ("events", abs(assigned - int(_steps().loc["sent", "events"]))),
        ("held_out", assigned - sent + int(report().effect["held_out"].iloc[0])),
        ("sign", sent - assigned),
        ("share", (assigned - sent) / assigned),
        ("unopened", assigned - int(steps["opened"])),
    ]
    return graded_number(answer, assigned - sent, "lesson05b.not_sent", mistakes, count=assigned - sent)


def open_rate(answer: Any) -> Outcome:
    """5. People who opened, of people who were delivered something."""
    steps = _steps()
    right = float(steps.loc["opened", "rate"])
    mistakes = [
        ("messages", steps.loc["opened", "events"] / steps.loc["delivered", "events"]),
        ("assigned", steps.loc["opened", "people"] / steps.loc["assigned", "people"]),
        ("clicked", float(steps.loc["clicked", "rate"])),
    ]
    values = {"rate": right, "messages": mistakes[0][1]}
    return graded_number(answer, right, "lesson05b.open_rate", mistakes, tolerance=0.002, share=True, **values)


def week(answer: Any) -> Outcome:
    """6. The difference within seven days."""
    seven: Any = report("7d").effect.iloc[0]
    whole: Any = report().effect.iloc[0]
    right = float(seven["difference"])
    mistakes = [
        ("three_weeks", float(whole["difference"])),
        ("sign", -right),
        ("caused", float(seven["caused"])),
        ("rate", float(seven["estimate"])),
    ]
    values: dict[str, Any] = {"first": f"{100 * right:+.1f}", "whole": f"{100 * whole['difference']:+.1f}"}
    return graded_number(answer, right, "lesson05b.week", mistakes, tolerance=0.00006, points=True, **values)


def size(answer: Any) -> Outcome:
    """7. People needed in all."""
    from funnel_utils import Design

    sized = Design(baseline=BASELINE, effect=EFFECT).size()
    small = Design(baseline=BASELINE, effect=BASELINE * EFFECT).size()
    fifth = Design(baseline=BASELINE, effect=EFFECT, split=(0.2, 0.8)).size()
    mistakes = [("one_group", sized.n), ("relative", small.total), ("relative", small.n), ("fifth", fifth.total)]
    # Other formulas of the same size differ by some per cent.
    return graded_number(
        answer, sized.total, "lesson05b.size", mistakes, tolerance=0.03 * sized.total, total=sized.total
    )


def kind(answer: Any) -> Outcome:
    """8. The club's kind."""
    mistakes = {"moved": "persuadables", "never": "lost causes", "harm": "sleeping dogs"}
    return graded_choice(answer, "sure things", "lesson05b.kind", mistakes, KINDS)


def plan(answer: Any) -> Outcome:
    """9. The lifecycle contact plan: the first thing that is missing."""
    absent = [name for name in COLUMNS if name not in getattr(answer, "columns", ())]
    if absent:
        return hint("lesson05b.plan.columns", columns=", ".join(absent))
    rows = answer.to_dict("records")
    if len(rows) < len(PARTS):
        return hint("lesson05b.plan.rows", rows=len(rows))
    missing = [part for part in PARTS if part not in {row["part"] for row in rows}]
    if missing:
        return hint("lesson05b.plan.parts", parts=", ".join(missing))
    for number, row in enumerate(rows, start=1):
        gap = _row_gap(row, number)
        if gap is not None:
            return gap
    if {str(row["rule"]) for row in rows} <= LESSON_RULES:
        return hint("lesson05b.plan.lesson")
    channels = {row["channel"] for row in rows}
    if len(channels) < 2:
        return hint("lesson05b.plan.one_channel", channel=channels.pop())
    return ok("lesson05b.plan.ok", rows=len(rows))


def _row_gap(row: dict[str, Any], number: int) -> Outcome | None:
    """What is wrong with one row, if anything."""
    if not all(isinstance(row[name], str) and row[name].strip() for name in ("trigger", "measure")):
        return hint("lesson05b.plan.empty", number=number)
    if row["channel"] not in CHANNELS:
        return hint("lesson05b.plan.channel", number=number, channel=row["channel"], channels=", ".join(CHANNELS))
    cap, holdout = as_number(row["cap"]), as_number(row["holdout"])
    if cap is None or not 1 <= cap <= MOST_A_WEEK:
        return hint("lesson05b.plan.cap", number=number, most=MOST_A_WEEK)
    if holdout is None or 1 < holdout < 100:
        return hint("lesson05b.plan.percent", number=number)
    if not 0 < holdout < 1:
        return hint("lesson05b.plan.holdout", number=number)
    try:
        found = people(str(row["rule"]))
    except FunnelUtilsError as error:
        return hint("lesson05b.plan.rule", number=number, error=str(error).split("\n")[0])
    return None if found else hint("lesson05b.plan.nobody", number=number)


def memo(answer: Any) -> Outcome:
    """10. The answer to the director (open): only its parts are looked for."""
    if not isinstance(answer, str):
        return hint("course.memo.no_text", kind=type(answer).__name__)
    names = ("cart", "bought", "newsletter", "reminder", "silent", "Shiraz", "Tehran", *KINDS)
    gaps = memo_gaps(answer, words=50, names=names, test=True)
    return gaps[0] if gaps else ok("lesson05b.memo.ok")


GRADERS: dict[str, Grader] = {
    "05b.by_hand": by_hand,
    "05b.segment": segment,
    "05b.not_agreed": not_agreed,
    "05b.not_sent": not_sent,
    "05b.open_rate": open_rate,
    "05b.week": week,
    "05b.size": size,
    "05b.kind": kind,
    "05b.plan": plan,
    "05b.memo": memo,
}
