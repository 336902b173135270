"""How often does each way of stopping cry wolf? Simulated experiments; writes `docs/cro-false-alarms.md`.

    python bench/cro_false_alarms.py [--experiments 20000]

Two arms of people who convert or not, without any effect, are looked at as each method allows: once, at planned looks,
at looks that come as they come, after every single person. Then the same with an effect, for power and size. What the
methods state is theory or asymptotics; conversions are counts, so rare ones are here too.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import betaln, ndtr, ndtri

from funnel_utils.cro import (
    AlwaysValid,
    GroupSequential,
    arm_from_sums,
    compare_means,
    compare_rates,
    compare_ratios,
    cuped_means,
    mde_rates,
    peeking_fpr,
)
from funnel_utils.stats import chi_square_fit, wilson

OUT = Path(__file__).resolve().parents[1] / "docs" / "cro-false-alarms.md"
#: Conversion rate, people in each arm, planned looks.
SETTINGS = ((0.10, 5000), (0.01, 5000), (0.01, 20000))
LOOKS = 20
#: People of each arm before a confidence sequence says anything, by the conversions that are expected by then.
STARTS = (1, 3, 10, 50)
USUAL = 10


def batches(rng: np.random.Generator, rates: tuple[float, float], people: int, looks: int, size: int) -> np.ndarray:
    """Cumulative conversions: experiments, looks, arms."""
    steps = np.diff(np.round(np.linspace(0, people, looks + 1)).astype(int))
    counts = np.stack([rng.binomial(steps, rate, (size, looks)) for rate in rates], axis=2)
    return counts.cumsum(axis=1)


def pooled_z(counts: np.ndarray, people: np.ndarray) -> np.ndarray:
    """The score statistic of two proportions at each look; 0 where nobody has converted yet."""
    pooled = counts.sum(axis=2) / (2 * people)
    se = np.sqrt(2 * pooled * (1 - pooled) / people)
    return np.divide(counts[..., 1] - counts[..., 0], people * se, out=np.zeros(se.shape), where=se > 0)


def unpooled_z(counts: np.ndarray, people: np.ndarray) -> np.ndarray:
    """What `rate_looks` computes, for many experiments at once."""
    smoothed = (counts + 0.5) / (people[:, None] + 1)
    se = np.sqrt((smoothed * (1 - smoothed)).sum(axis=2) / people)
    return (counts[..., 1] - counts[..., 0]) / people / se


def posterior(counts: np.ndarray, people: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of the difference of two rates with flat priors."""
    a, b = counts + 1.0, people[:, None] - counts + 1.0
    mean, variance = a / (a + b), a * b / ((a + b) ** 2 * (a + b + 1))
    return mean[..., 1] - mean[..., 0], np.sqrt(variance.sum(axis=2))


def chance_to_win(counts: np.ndarray, people: np.ndarray) -> np.ndarray:
    """P(treatment > control) with flat priors, as if the difference of the two posteriors were normal."""
    gap, sd = posterior(counts, people)
    return ndtr(gap / sd)


def expected_loss(counts: np.ndarray, people: np.ndarray) -> np.ndarray:
    """The smaller of the two arms' expected losses, by the same approximation."""
    gap, sd = posterior(counts, people)
    gap = np.abs(gap)
    bell = np.exp(-0.5 * (gap / sd) ** 2) / np.sqrt(2 * np.pi)
    return sd * bell - gap * ndtr(-gap / sd)


def mixture(counts: np.ndarray, people: np.ndarray) -> np.ndarray:
    """Log Bayes factor of two rates against one, with flat priors."""
    total, n = counts.sum(axis=2), 2 * people
    two = sum(betaln(counts[..., arm] + 1, people - counts[..., arm] + 1) for arm in (0, 1))
    return two - betaln(total + 1, n - total + 1)


def methods(people: int, rate: float) -> dict[str, tuple[str, object]]:
    """Each method: what it states, and which looks of `counts` (at `n` people an arm) stop the experiment."""
    quarters = np.array([LOOKS // 4 * k - 1 for k in (1, 2, 3, 4)])
    uneven = np.array([1, 2, 7, 11, LOOKS - 1])
    single = float(ndtri(0.975))

    def at(looks, z):
        def stops(counts, n):
            return np.abs(pooled_z(counts[:, looks], n[looks])) >= z

        return stops

    def spending(kind):
        times = (uneven + 1) / LOOKS
        return at(uneven, GroupSequential(kind, looks=times.tolist()).z)

    every = np.arange(LOOKS)
    made = {
        "one look at the end": ("5%", at(every[-1:], single)),
        "20 looks, p < 0.05 each (peeking)": (f"{peeking_fpr(LOOKS):.1%} by theory", at(every, single)),
        "O'Brien-Fleming, its 4 looks": ("5%", at(quarters, GroupSequential("obrien_fleming", 4).z)),
        "Pocock, its 4 looks": ("5%", at(quarters, GroupSequential("pocock", 4).z)),
        "Pocock's bounds of 4 looks at all 20": ("not allowed", at(every, GroupSequential("pocock", 4).z[0])),
        "Lan-DeMets (O'Brien-Fleming), 5 uneven looks": ("5%", spending("lan_demets_obrien_fleming")),
        "Lan-DeMets (Pocock), 5 uneven looks": ("5%", spending("lan_demets_pocock")),
        "Bayes, one look: chance to win > 97.5% or < 2.5%": (
            "5%",
            lambda counts, n: np.abs(chance_to_win(counts[:, -1:], n[-1:]) - 0.5) >= 0.475,
        ),
        "Bayes, 20 looks: chance to win > 97.5% or < 2.5%": (
            "nothing",
            lambda counts, n: np.abs(chance_to_win(counts, n) - 0.5) >= 0.475,
        ),
        "Bayes, 20 looks: chance to win > 95% or < 5%": (
            "nothing",
            lambda counts, n: np.abs(chance_to_win(counts, n) - 0.5) >= 0.45,
        ),
        "Bayes, 20 looks: expected loss < 1% of the rate": (
            "nothing",
            lambda counts, n: expected_loss(counts, n) <= 0.01 * rate,
        ),
        "Bayes factor > 20, 20 looks": ("5% at most", lambda counts, n: mixture(counts, n) >= np.log(20)),
    }
    valid = AlwaysValid(2 * people, start=2 * USUAL / rate)
    made[f"confidence sequence at any of 20 looks, from {USUAL} conversions an arm on"] = (
        "5% at most",
        lambda counts, n: np.abs(unpooled_z(counts, n)) >= valid.critical(2 * n),
    )
    return made


def table(experiments: int) -> pd.DataFrame:
    """False alarms, power and size of every method in every setting."""
    rows = []
    for number, (rate, people) in enumerate(SETTINGS):
        rng = np.random.default_rng([7, number])
        n = np.round(np.linspace(0, people, LOOKS + 1))[1:]
        # The effect that a single look at the end finds with a power of 80%.
        lift = float(mde_rates(rate, people)[0])
        worlds = {
            "null": batches(rng, (rate, rate), people, LOOKS, experiments),
            "effect": batches(rng, (rate, rate + lift), people, LOOKS, experiments // 4),
        }
        for name, (states, rule) in methods(people, rate).items():
            row = {"rate": rate, "people": people, "method": name, "states": states, "n": experiments}
            for world, counts in worlds.items():
                stops = rule(counts, n)
                looked = stops.shape[1]
                ever = stops.any(axis=1)
                first = np.where(ever, stops.argmax(axis=1), looked - 1)
                # Rules with fewer looks have their own times; all of them end at the last person.
                at = n[{1: [-1], 4: [4, 9, 14, 19], 5: [1, 2, 7, 11, 19]}.get(looked, slice(None))]
                row[world] = int(ever.sum())
                row[f"{world}_n"] = float(at[first].mean() / people)
            row["power"] = row["effect"] / (experiments // 4)
            rows.append(row)
    return pd.DataFrame(rows)


def every_person(experiments: int, rate: float, people: int) -> pd.DataFrame:
    """A/A experiments looked at after every single person: peeking, and the confidence sequence by its start.

    Where it starts is told in conversions that the smaller arm may expect by then. The last setting has planned for far
    fewer people than then come.
    """
    rows = []
    for split, planned in ((0.5, people), (0.1, people), (0.1, people / 10)):
        rng = np.random.default_rng([11, round(100 * split), round(planned)])
        rules = {c: AlwaysValid(planned, start=max(c / rate / split, 1)) for c in STARTS}
        wrong = dict.fromkeys(("peeking", *STARTS), 0)
        n = np.arange(1.0, people + 1)
        for start in range(0, experiments, 250):
            plain, smoothed = _walks(rng, min(250, experiments - start), rate, people, split)
            wrong["peeking"] += int((plain >= ndtri(0.975)).any(axis=1).sum())
            for conversions, valid in rules.items():
                wrong[conversions] += int((smoothed >= valid.critical(n)).any(axis=1).sum())
        rows.append({"split": split, "planned": planned, "n": experiments} | {str(key): x for key, x in wrong.items()})
    return pd.DataFrame(rows)


def _walks(
    rng: np.random.Generator, size: int, rate: float, people: int, split: float
) -> tuple[np.ndarray, np.ndarray]:
    """|z| after every person: of the score test, and as `rate_looks` has it."""
    converts, treated = rng.random((size, people)) < rate, rng.random((size, people)) < split
    units = np.stack([~treated, treated], axis=2).cumsum(axis=1)
    counts = np.stack([converts & ~treated, converts & treated], axis=2).cumsum(axis=1)
    known = (units > 0).all(axis=2)
    units = np.maximum(units, 1)
    gap = counts[..., 1] / units[..., 1] - counts[..., 0] / units[..., 0]
    whole = counts.sum(axis=2) / units.sum(axis=2)
    smooth = (counts + 0.5) / (units + 1)
    made = []
    for square in (whole * (1 - whole) * (1 / units).sum(axis=2), (smooth * (1 - smooth) / units).sum(axis=2)):
        made.append(np.divide(np.abs(gap), np.sqrt(square), out=np.zeros(gap.shape), where=known & (square > 0)))
    return made


#: Of the A/A test: people, the share who buy, and sessions a person.
CROWD, BUYERS, SESSIONS = 20_000, 0.01, 4.0


def crowd(rng: np.random.Generator) -> np.ndarray:
    """A row per person: 1, converted, revenue now and before, sessions, sessions with a click."""
    taste = rng.gamma(0.5, 2.0, CROWD)
    buys = rng.random(CROWD) < np.minimum(BUYERS * taste, 1)
    # Given purchase: mean 116 and median 81 thousand, so log revenue varies with 2 log(116 / 81).
    revenue = buys * np.exp(rng.normal(np.log(81), np.sqrt(2 * np.log(116 / 81)), CROWD))
    before = (rng.random(CROWD) < np.minimum(0.05 * taste, 1)) * rng.gamma(2, 50, CROWD)
    sessions = 1.0 + rng.poisson((SESSIONS - 1) * rng.gamma(1.0, 1.0, CROWD))
    clicks = rng.binomial(sessions.astype(int), rng.beta(1, 4, CROWD))
    converted = rng.random(CROWD) < np.minimum(0.05 * taste, 1)
    return np.column_stack([np.ones(CROWD), converted, revenue, before, sessions, clicks])


def splits(number: int) -> pd.DataFrame:
    """One crowd, split at random again and again: how often each test finds a difference that cannot be there."""
    rng = np.random.default_rng(23)
    people = crowd(rng)
    pairs = [(i, j) for i in range(1, 6) for j in range(i, 6)]
    columns = np.column_stack([people, *(people[:, i] * people[:, j] for i, j in pairs)])
    whole = columns.sum(axis=0)
    chunks = []
    for start in range(0, number, 500):
        drawn = (rng.random((min(500, number - start), CROWD)) < 0.5).astype(np.float64)
        chunks.append(drawn @ columns)
    one = np.concatenate(chunks)
    arms = [_sums(sums, pairs) for sums in (one, whole - one)]
    (n, mean, cov), (m, other, other_cov) = [(arm.n, arm.mean, arm.covariance) for arm in arms]
    pick = np.ix_([4, 3], [4, 3])
    p = {
        "rate: score test": compare_rates(one[:, 1], n, (whole - one)[:, 1], m).p,
        "revenue, 99% zeros: Welch": compare_means(
            *(n, mean[:, 1], cov[:, 1, 1], m, other[:, 1], other_cov[:, 1, 1])
        ).p,
        "revenue, CUPED by revenue before": cuped_means(*arms, 1, [2]).comparison.p,
        "clicks per session: delta method by person": compare_ratios(
            *(n, mean[:, [4, 3]], cov[:, *pick], m, other[:, [4, 3]], other_cov[:, *pick])
        ).p,
        "clicks per session: sessions as if they were people": compare_rates(
            *(one[:, 5], one[:, 4], (whole - one)[:, 5], (whole - one)[:, 4])
        ).p,
    }
    rows = [{"method": name, "wrong": int((values < 0.05).sum()), "states": "5%"} for name, values in p.items()]
    srm = int((chi_square_fit(np.column_stack([n, m])).p < 0.001).sum())
    rows.append({"method": "check of the split (SRM, p < 0.001)", "wrong": srm, "states": "0.1%"})
    return pd.DataFrame(rows).assign(n=number)


def _sums(sums: np.ndarray, pairs: list[tuple[int, int]]):
    """An arm of every split, over the columns 1 to 5."""
    products = np.empty((len(sums), 5, 5))
    for place, (i, j) in enumerate(pairs):
        products[:, i - 1, j - 1] = products[:, j - 1, i - 1] = sums[:, 6 + place]
    return arm_from_sums(sums[:, 0], sums[:, 1:6], products)


def share(count: float, n: int) -> str:
    low, high = (100 * float(bound[0]) for bound in wilson(count, n))
    digits = 2 if high < 0.5 else 1
    return f"{100 * count / n:.{digits}f}% ({low:.{digits}f}–{high:.{digits}f})"


def written(
    found: pd.DataFrame, always: pd.DataFrame, always_of: tuple[float, int], aa: pd.DataFrame, seconds: float
) -> str:
    lines = [
        "# How often does each way of stopping cry wolf?",
        "",
        "Written by `python bench/cro_false_alarms.py`; in brackets 95% intervals of the simulation itself. Processor "
        f"time: {seconds / 60:.1f} minutes.",
        "",
        "Two arms, conversions drawn as counts. *False alarms*: the share of experiments without any effect that are "
        "stopped as a success or a failure. *Power* and *people*: with an effect that a single look at the end finds "
        "in 80% of the experiments; people are the share of the planned ones that the average experiment takes. Looks "
        "are evenly spaced, except where uneven is said (after 10, 15, 40, 60 and 100% of the people).",
    ]
    for (rate, people), rows in found.groupby(["rate", "people"], sort=False):
        lines += [
            "",
            f"## {rate:.0%} convert, {people:,} people in each arm",
            "",
            "| method | it states | false alarms | power | people, no effect | people, effect |",
            "|---|---|---|---|---|---|",
        ]
        for row in rows.itertuples():
            lines.append(
                f"| {row.method} | {row.states} | {share(row.null, row.n)} | {row.power:.0%} | {row.null_n:.0%} | "
                f"{row.effect_n:.0%} |"
            )
    rate, people = always_of
    lines += [
        "",
        f"## Looking after every single person: {rate:.0%} convert, {people:,} people in all",
        "",
        "False alarms of peeking (p < 0.05 at any moment) and of confidence sequences at 95%, by the conversions that "
        "the smaller arm may expect before the sequence begins.",
        "",
        "| split | planned for | peeking | " + " | ".join(f"from {c}" for c in STARTS) + " |",
        "|---|---|---|" + "---|" * len(STARTS),
        *(
            f"| {100 - 100 * row['split']:.0f}:{100 * row['split']:.0f} | {row['planned']:,.0f} | "
            + " | ".join(share(row[name], row["n"]) for name in ("peeking", *map(str, STARTS)))
            + " |"
            for row in always.to_dict("records")
        ),
        "",
        f"## A/A: one crowd of {CROWD:,} people, split at random {aa['n'].iloc[0]:,} times",
        "",
        "| test | it states | false alarms |",
        "|---|---|---|",
        *(f"| {row.method} | {row.states} | {share(row.wrong, row.n)} |" for row in aa.itertuples()),
        "",
        CLOSING,
    ]
    return "\n".join(lines)


CLOSING = """## What to take from it

Each method keeps what it states **for the looks that it is made for**, and no other. Bounds of four looks used at
twenty let through twice what they promise. O'Brien-Fleming's bounds cost hardly any power; a confidence sequence allows
any look at all and pays for it, most where nobody uses the freedom.

Conversions are counts. With few of them and equal arms all this is careful rather than wild. With unequal arms it is
not: a single early conversion in the small arm is a high rate that nothing yet speaks against, so a confidence sequence
should not begin before the smaller arm may expect some 10 conversions. `AlwaysValid(start=…)` is for that.

A posterior probability is no cure for peeking. Looked at once, a chance to win beyond 97.5% or below 2.5% is wrong as
often as p < 0.05; looked at twenty times and stopped at the first, it is wrong about as often as peeking. That is no
fault of Bayes' rule, which never promised a rate of false alarms. Whoever stops on expected loss accepts many of them
on purpose, because a choice between equal arms costs nothing. A Bayes factor is another thing: without an effect it
passes 20 in at most 5% of the experiments, whenever one looks (on average over the prior of the common rate).

An A/A test finds what no formula can: that sessions are not people. A test that counts the same person several times,
as if each were somebody else, is wrong several times as often as it says.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--experiments", type=int, default=20_000, help="without an effect, in each setting")
    wanted = parser.parse_args().experiments
    start = time.process_time()
    found = table(wanted)
    always_of = (0.10, 4000)
    always = every_person(max(wanted // 5, 250), *always_of)
    aa = splits(max(wanted // 2, 500))
    OUT.write_text(written(found, always, always_of, aa, time.process_time() - start), encoding="utf-8")
    print(OUT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
