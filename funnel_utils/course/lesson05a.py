"""The exercises of lesson 05a: what is right, and which misconception gives which wrong answer."""

from __future__ import annotations

from typing import Any

from funnel_utils.course import returning
from funnel_utils.course.check import Grader, Outcome
from funnel_utils.course.grading import graded_choice, graded_number, hint, memo_gaps, ok

BEGAN, EVER, JUNE, JULY, AUGUST = 240, 84, 44, 40, 36  # the text of exercise 1
PRICE, COSTS, ADS, LEAVES = 100_000, 220_000, 180_000, 900_000  # of exercise 8
ORDERS, DAYS = 4, 180  # of exercise 6
BEST = 100  # of exercise 9


def by_hand(answer: Any) -> Outcome:
    """1. Retention of month 3 of a cohort of May."""
    mistakes = [
        ("ever", EVER / BEGAN),
        ("month", JUNE / BEGAN),
        ("month", JULY / BEGAN),
        ("returned", AUGUST / EVER),
        ("sum", (JUNE + JULY + AUGUST) / BEGAN),
    ]
    return graded_number(answer, AUGUST / BEGAN, "lesson05a.by_hand", mistakes, tolerance=0.0005, share=True)


def seen(answer: Any) -> Outcome:
    """2. The latest cohort whose month 6 was wholly observed."""
    cells = returning.cohorts().cells
    month = cells[(cells["period"] == 6) & cells["observed"]]
    whole = month.loc[~month["partial"], "cohort"].max()
    partial = month.loc[month["partial"], "cohort"].max()
    names = [f"{each:%Y-%m}" for each in sorted(cells["cohort"].unique())]
    given = f"{answer:%Y-%m}" if hasattr(answer, "strftime") else answer
    mistakes = {"partial": f"{partial:%Y-%m}", "first": names[0], "last": names[-1]}
    return graded_choice(given, f"{whole:%Y-%m}", "lesson05a.seen", mistakes, names, partial=f"{partial:%Y-%m}")


def second(answer: Any) -> Outcome:
    """3. The share of the recommended who order again within 90 days."""
    found, all_customers = returning.second("referral"), returning.second()
    right, later = found.by(["90d", "180d"])["share"]
    mistakes = [
        ("so_far", float(found.share["rate"].iloc[0])),
        ("everybody", all_customers.by(["90d"])["share"].iloc[0]),
        ("later", later),
    ]
    values = {"rate": right, "everybody": mistakes[1][1]}
    return graded_number(answer, right, "lesson05a.second", mistakes, tolerance=0.0006, share=True, **values)


def first_order(answer: Any) -> Outcome:
    """4. What is left of a customer of paid search after her first order."""
    (row,) = returning.money().loc[["paid_search"]].to_dict("records")
    right = row["first"] - row["cost"]
    mistakes = [
        ("sign", -right),
        ("margin", row["first"]),
        ("cost", row["cost"]),
        ("sum", row["first"] + row["cost"]),
        ("thousand", right / 1000),
        ("thousand", right / 1e6),
    ]
    values = {"margin": row["first"], "cost": row["cost"]}
    return graded_number(answer, right, "lesson05a.first_order", mistakes, tolerance=1.0, **values)


def alive(answer: Any) -> Outcome:
    """5. P(alive) of somebody who bought once, 26 weeks ago."""
    from funnel_utils.retention import BgNbd, CustomerSummary

    model = returning.model()

    def there(weeks: float) -> float:
        return float(model.probability_alive(CustomerSummary.of([0], [0], [weeks], unit="1w"))[0])

    one = CustomerSummary.of([0], [0], [26], unit="1w")
    right = there(26)
    mistakes = [
        ("bg_nbd", float(BgNbd().fit(returning.customers()).probability_alive(one)[0])),
        ("lesson", there(40)),
        ("days", there(26 / 7)),
        ("quiet", float(model.probability_no_purchase("26w", one)[0])),
    ]
    return graded_number(answer, right, "lesson05a.alive", mistakes, tolerance=0.001, share=True, rate=right)


def slipping(answer: Any) -> Outcome:
    """6. Customers of four orders or more who have been silent for more than 180 days."""
    table = returning.rfm().customers()
    many, silent = table["orders"] >= ORDERS, table["days_since_last"] > DAYS
    right = int((many & silent).sum())
    mistakes = [
        ("more", int(((table["orders"] > ORDERS) & silent).sum())),
        ("recent", int((many & ~silent).sum())),
        ("many", int(many.sum())),
        ("silent", int(silent.sum())),
        ("must_not_lose", int((table["segment"] == "must not lose").sum())),
    ]
    return graded_number(answer, right, "lesson05a.slipping", mistakes, count=right, of=int(many.sum()))


def members(answer: Any) -> Outcome:
    """7. Six more months for a member without a call who has stayed six."""
    lives = returning.lives()

    def stays(after: int, group: str = "none") -> float:
        table = lives.conditional(after, [after + 6])
        return float(table.loc[table["group"] == group, "survival"].iloc[0])

    at = lives.at([6, 12])
    six, twelve = at.loc[at["group"] == "none", "survival"]
    right = stays(6)
    mistakes = [
        ("call", stays(6, "call")),
        ("from_start", twelve),
        ("six", six),
        ("other", stays(3)),
        ("other", stays(12)),
        ("other", stays(1)),
    ]
    return graded_number(
        answer, right, "lesson05a.members", mistakes, tolerance=0.0006, share=True, rate=right, start=twelve
    )


def ladder(answer: Any) -> Outcome:
    """8. The share of trials that must stay."""
    mistakes = [
        ("no_ads", (COSTS - PRICE) / LEAVES),
        ("no_loss", ADS / LEAVES),
        ("no_price", (COSTS + ADS) / LEAVES),
        ("revenue", (COSTS - PRICE + ADS) / (LEAVES + PRICE)),
    ]
    right = (COSTS - PRICE + ADS) / LEAVES
    return graded_number(answer, right, "lesson05a.ladder", mistakes, tolerance=0.0005, share=True)


def best(answer: Any) -> Outcome:
    """9. The share of the hundred most valuable customers in the value of 26 weeks."""
    table, year = returning.clv("26w").table, returning.clv("52w").table

    def share(frame: Any, column: str = "clv") -> float:
        values = frame[column].sort_values(ascending=False)
        return float(values.head(BEST).sum() / values.sum())

    right = share(table)
    mistakes = [
        ("people", BEST / len(table)),
        ("orders", share(table, "expected_purchases")),
        ("tenth", float(table["clv"].sort_values(ascending=False).head(len(table) // 10).sum() / table["clv"].sum())),
        ("year", share(year)),
    ]
    tolerance = min(0.0005, *(abs(value - right) / 3 for _, value in mistakes))
    values: dict[str, Any] = {"rate": right, "people": BEST / len(table)}
    return graded_number(answer, right, "lesson05a.best", mistakes, tolerance=tolerance, share=True, **values)


def memo(answer: Any) -> Outcome:
    """10. The answer to the director (open): only its parts are looked for."""
    if not isinstance(answer, str):
        return hint("course.memo.no_text", kind=type(answer).__name__)
    segments = [str(name) for name in returning.rfm().segments["segment"]]
    names = [*returning.money().index, "box", "club", "call", *segments]
    gaps = memo_gaps(answer, words=50, names=names, test=True)
    return gaps[0] if gaps else ok("lesson05a.memo.ok")


GRADERS: dict[str, Grader] = {
    "05a.by_hand": by_hand,
    "05a.seen": seen,
    "05a.second": second,
    "05a.first_order": first_order,
    "05a.alive": alive,
    "05a.slipping": slipping,
    "05a.members": members,
    "05a.ladder": ladder,
    "05a.best": best,
    "05a.memo": memo,
}
