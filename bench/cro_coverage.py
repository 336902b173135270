"""How often do the intervals for experiments hold the truth? Writes `docs/cro-coverage.md`.

    python bench/cro_coverage.py              # about two minutes of processor time
    python bench/cro_coverage.py --draws 500  # a quick look at what is simulated

Rates are **enumerated**: for given true rates and arms, every pair of counts has a known chance, so the coverage of an
interval is a sum and no simulation. Means, ratios of totals, CUPED and strata are simulated, from skewed data.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd

from funnel_utils import cro, stats
from funnel_utils.stats import wilson

OUT = Path(__file__).resolve().parent.parent / "docs" / "cro-coverage.md"
SEED = 20260401
ONE = ("wilson", "clopper_pearson", "mid_p", "jeffreys", "agresti_coull", "wald")
DIFFERENCES = ("miettinen_nurminen", "mee", "newcombe", "agresti_caffo", "wald")
RATIOS = ("koopman", "miettinen_nurminen", "katz", "mover")
NAMES = {"clopper_pearson": "Clopper-Pearson", "mid_p": "mid-p", "agresti_coull": "Agresti-Coull"}
NAMES |= {"miettinen_nurminen": "Miettinen-Nurminen", "agresti_caffo": "Agresti-Caffo", "mover": "MOVER"}

#: (units in treatment, units in control)
ARMS = ((10, 10), (30, 30), (50, 20), (100, 100), (400, 100), (1000, 1000), (9000, 1000))
#: (rate in treatment, rate in control)
RATES = (
    *((0.5, 0.5), (0.3, 0.3), (0.1, 0.1), (0.05, 0.05), (0.02, 0.02), (0.005, 0.005), (0.001, 0.001)),
    *((0.6, 0.5), (0.4, 0.2), (0.15, 0.1), (0.1, 0.05), (0.05, 0.1), (0.03, 0.02), (0.008, 0.005), (0.002, 0.001)),
)
#: Fewer expected conversions than this in both arms together: almost every interval then holds the truth, trivially.
TRIVIAL = 1.0


def likely(n: int, p: float) -> tuple[np.ndarray, np.ndarray]:
    """Counts, and their chances, without those that add less than about 10^-9."""
    from scipy.stats import binom

    low, high = (int(v) for v in binom.ppf([1e-10, 1 - 1e-10], n, p))
    counts = np.arange(max(low, 0), high + 1)
    return counts, binom.pmf(counts, n, p)


def one_rate() -> pd.DataFrame:
    """Coverage of intervals for one proportion, over true rates of a fine grid."""
    rates = np.concatenate([np.arange(0.001, 0.05, 0.001), np.arange(0.05, 0.51, 0.01)])
    rows = []
    for n in (10, 30, 100, 1000):
        outcomes = np.arange(n + 1)
        for method in ONE:
            low, high = stats.proportion_interval(outcomes, n, method=method)
            held = []
            for p in rates:
                counts, chance = likely(n, p)
                held.append(float(chance[(low[counts] <= p) & (p <= high[counts])].sum()))
            rows.append({"n": n, "method": method, "mean": np.mean(held), "least": np.min(held)})
    return pd.DataFrame(rows)


def two_rates() -> pd.DataFrame:
    """Coverage of every method, for differences and ratios, in every cell of the grid."""
    rows = []
    for n, m in ARMS:
        for p, q in RATES:
            if n * p + m * q < TRIVIAL:
                continue
            (y, chance), (x, other) = likely(n, p), likely(m, q)
            cells = np.broadcast_arrays(y[:, None], n, x[None, :], m)
            weight = chance[:, None] * other[None, :]
            made = {("difference", k): stats.difference_interval(*cells, method=k) for k in DIFFERENCES}
            made |= {("lift", k): stats.ratio_interval(*cells, method=k) for k in RATIOS}
            for (what, method), (low, high) in made.items():
                truth = p - q if what == "difference" else p / q
                # A bound that equals the truth but for its last digit holds it.
                inside = (low <= truth + 1e-12) & (truth - 1e-12 <= high)
                width = float((weight * np.where(np.isfinite(high - low), high - low, 0)).sum())
                row = {"n": n, "m": m, "p": p, "q": q, "what": what, "method": method}
                rows.append(row | {"coverage": float((weight * inside).sum()), "width": width})
    return pd.DataFrame(rows)


def false_alarms() -> pd.DataFrame:
    """How often the score test rejects where there is nothing: exact."""
    rows = []
    for n, m in ARMS:
        for p in (0.5, 0.1, 0.05, 0.02, 0.005):
            if (n + m) * p >= TRIVIAL:
                rows.append({"n": n, "m": m, "p": p, "alarm": cro.exact_power(p, p, n, control_n=m)})
    return pd.DataFrame(rows)


def shopper(rng: np.random.Generator, shape: tuple[int, ...], effect: float) -> dict[str, np.ndarray]:
    """People with a taste that lasts: visits, orders and spending, now and before."""
    taste = rng.gamma(2.0, 0.5, shape)
    visits, before = rng.poisson(3 * taste) + 1, rng.poisson(3 * taste) + 1
    orders = rng.binomial(visits, 0.2 * (1 + effect))
    spent = np.where(orders > 0, orders * rng.lognormal(0, 1.0, shape), 0.0)
    past = rng.binomial(before, 0.2) * rng.lognormal(0, 0.8, shape)
    return {"spent": spent, "orders": orders.astype(float), "visits": visits.astype(float), "past": past}


def moments(columns: dict[str, np.ndarray]) -> cro.Arm:
    """Means and covariances of each simulated experiment."""
    values = np.stack(list(columns.values()), axis=-1).astype(float)
    mean = values.mean(axis=1)
    apart = values - mean[:, None, :]
    return cro.Arm(
        np.full(len(mean), float(values.shape[1])),
        mean,
        np.einsum("eni,enj->eij", apart, apart) / (values.shape[1] - 1),
    )


def simulated(draws: int) -> pd.DataFrame:
    """Coverage for means, ratios and CUPED, from skewed data."""
    rng = np.random.default_rng(SEED)
    truth = shopper(rng, (4_000_000,), 0.0)
    base = truth["spent"].mean(), truth["orders"].sum() / truth["visits"].sum()
    rows = []
    for n, m in ((30, 30), (100, 100), (400, 100), (1000, 1000), (4000, 1000)):
        held: dict[str, np.ndarray] = {}
        # In batches, so that a million people of a batch are all that is in memory.
        for size in batches(draws, 1_000_000 // (n + m)):
            one = moments(shopper(rng, (size, n), 0.2))
            other = moments(shopper(rng, (size, m), 0.0))
            for name, (found, truth_) in compared(one, other, base).items():
                inside = (found.low <= truth_) & (truth_ <= found.high)
                lift = (found.lift_low <= 0.2) & (found.lift_high >= 0.2)
                held[name] = held.get(name, np.zeros(2)) + np.array([inside.sum(), lift.sum()])
        for name, (inside, lift) in held.items():
            rows.append({"n": n, "m": m, "what": name, "draws": draws, "difference": inside, "lift": lift})
    return pd.DataFrame(rows)


def batches(draws: int, most: int) -> list[int]:
    """`draws` in parts of at most `most`."""
    return [min(most, draws - done) for done in range(0, draws, most)]


def compared(one: cro.Arm, other: cro.Arm, base: tuple[float, float]) -> dict[str, tuple[cro.Compared, float]]:
    """Each method's comparison, with the true difference."""
    means = [part for a in (one, other) for part in (a.n, a.mean[:, 0], a.covariance[:, 0, 0])]
    ratios = [part for a in (one, other) for part in (a.n, a.mean[:, 1:3], a.covariance[:, 1:3, 1:3])]
    return {
        "mean (Welch)": (cro.compare_means(*means), 0.2 * base[0]),
        "mean, CUPED": (cro.cuped_means(one, other, 0, [3]).comparison, 0.2 * base[0]),
        "ratio (delta)": (cro.compare_ratios(*ratios), 0.2 * base[1]),
        "ratio, CUPED": (cro.cuped_ratios(one, other, 1, 2, [3]).comparison, 0.2 * base[1]),
    }


def strata(draws: int) -> pd.DataFrame:
    """Coverage of Mantel and Haenszel's difference and lift, few large strata and many small ones."""
    rng = np.random.default_rng(SEED)
    rows = []
    for name, n, m, rates in (
        ("3 strata", [300, 600, 100], [500, 200, 400], [0.1, 0.3, 0.5]),
        ("30 strata of 10", [5] * 30, [5] * 30, list(np.linspace(0.1, 0.5, 30))),
        ("4 strata, 90:10", [900, 1800, 450, 90], [100, 200, 50, 10], [0.02, 0.05, 0.1, 0.3]),
    ):
        base = np.array(rates)
        held = lift = 0
        for _ in range(draws):
            x = rng.binomial(m, base)
            found = cro.mantel_haenszel(rng.binomial(n, base + 0.05), n, x, m)
            held += found.low <= 0.05 <= found.high
            found = cro.mantel_haenszel(rng.binomial(n, base * 1.2), n, x, m)
            lift += found.lift_low <= 0.2 <= found.lift_high
        rows.append({"what": name, "draws": draws, "difference": held, "lift": lift})
    return pd.DataFrame(rows)


def percent(value: float) -> str:
    return f"{100 * value:.1f}%"


def share(count: float, n: int) -> str:
    low, high = (100 * float(bound[0]) for bound in wilson(count, n))
    return f"{100 * count / n:.1f}% ({low:.1f}–{high:.1f})"


def grid_table(found: pd.DataFrame, what: str) -> list[str]:
    """Mean and minimum of each method over the grid, and in cells people ask about."""
    part = found[found["what"] == what]
    asked = ((1000, 1000, 0.03, 0.02), (9000, 1000, 0.1, 0.05), (9000, 1000, 0.05, 0.1), (1000, 1000, 0.002, 0.001))
    heads = " | ".join(f"{p:g} / {q:g} at {n:,} / {m:,}" for n, m, p, q in asked)
    lines = [f"| method | mean | minimum | where | {heads} | mean width |", "|---|---|---|---|" + "---|" * 5]
    for method in DIFFERENCES if what == "difference" else RATIOS:
        own = part[part["method"] == method]
        worst = own.loc[own["coverage"].idxmin()]
        where = f"{worst['p']:g} / {worst['q']:g} at {worst['n']:,} / {worst['m']:,}"
        cells = []
        for n, m, p, q in asked:
            row = own[(own["n"] == n) & (own["m"] == m) & (own["p"] == p) & (own["q"] == q)]
            cells.append(percent(row["coverage"].iloc[0]))
        ends = " | ".join([percent(own["coverage"].mean()), percent(worst["coverage"]), where, *cells])
        lines.append(f"| {NAMES.get(method, method.capitalize())} | {ends} | {own['width'].mean():.4f} |")
    return lines


def by_arms(found: pd.DataFrame) -> list[str]:
    """The defaults' mean and minimum at each size of arms."""
    lines = ["| arms | difference, mean | minimum | lift, mean | minimum |", "|---|---|---|---|---|"]
    for n, m in ARMS:
        own = found[(found["n"] == n) & (found["m"] == m)]
        cells = []
        for what, method in (("difference", "miettinen_nurminen"), ("lift", "koopman")):
            part = own[(own["what"] == what) & (own["method"] == method)]["coverage"]
            cells += [percent(part.mean()), percent(part.min())]
        lines.append(f"| {n:,} / {m:,} | {' | '.join(cells)} |")
    return lines


def written(parts: dict[str, pd.DataFrame], seconds: float) -> str:
    one, two, alarms = parts["one"], parts["two"], parts["alarms"]
    lines = [
        "# Do the experiments' intervals hold what they state?",
        "",
        "Written by `python bench/cro_coverage.py`; all intervals are stated at 95%. What is said of rates is exact: a "
        "sum over all pairs of counts, weighted by their chances. What is simulated has the simulation's own 95% "
        f"interval in brackets. Processor time: {seconds:.0f} s.",
        "",
        "## One rate",
        "",
        "Mean and minimum over true rates from 0.1% to 50%. An interval for counts cannot hold 95% everywhere: counts "
        "jump. Wilson holds 95% on average and dips where events are rare; **Clopper-Pearson** is offered where a "
        "floor is wanted, and is wider for it.",
        "",
        "| method | " + " | ".join(f"n = {n:,}: mean | minimum" for n in (10, 30, 100, 1000)) + " |",
        "|---|" + "---|" * 8,
    ]
    for method in ONE:
        own = one[one["method"] == method].sort_values("n")
        cells = " | ".join(f"{percent(r.mean)} | {percent(r.least)}" for r in own.itertuples(index=False))
        lines.append(f"| {NAMES.get(method, method.capitalize())} | {cells} |")
    cells = int((two["method"] == "mee").sum())
    lines += [
        "",
        "## Difference of two rates",
        "",
        f"Over {cells} cells: arms of {', '.join(f'{n:,}/{m:,}' for n, m in ARMS)}; fifteen pairs of rates from 0.1% "
        "to 60%, equal and unequal; cells with less than one conversion expected in both arms together are left out, "
        "because there everything holds trivially. The first number of a pair is treatment.",
        "",
        *grid_table(two, "difference"),
        "",
        "## Lift",
        "",
        "The ratio of two rates less 1, over the same cells. The width leaves out open intervals.",
        "",
        *grid_table(two, "lift"),
        "",
        "## The defaults by size of arms",
        "",
        *by_arms(two),
        "",
        "## False alarms of the score test",
        "",
        "The chance of p < 0.05 where both rates are the same: exact.",
        "",
        "| rate | " + " | ".join(f"{n:,}/{m:,}" for n, m in ARMS) + " |",
        "|---|" + "---|" * len(ARMS),
    ]
    table = alarms.pivot(index="p", columns=["n", "m"], values="alarm").sort_index(ascending=False)
    for p, row in table.iterrows():
        cells_ = (f"{100 * row[pair]:.1f}%" if pair in row and row[pair] == row[pair] else "" for pair in ARMS)
        lines.append(f"| {p:g} | {' | '.join(cells_)} |")
    lines += [
        "",
        "## Means, ratios of totals, CUPED",
        "",
        "People with a lasting taste: visits, orders and money, heavily skewed (most spend nothing, a few very much), "
        "and a true lift of 20%. The ratio is orders per visit, by person. The covariate of CUPED is what people spent "
        "before.",
        "",
        "| treatment / control | what | difference | lift |",
        "|---|---|---|---|",
    ]
    for row in parts["simulated"].itertuples(index=False):
        ends = " | ".join(share(x, row.draws) for x in (row.difference, row.lift))
        lines.append(f"| {row.n:,} / {row.m:,} | {row.what} | {ends} |")
    lines += [
        "",
        "Skewed data in unequal arms hold a little less than 95%: the mean of the smaller arm is not yet normal, and "
        "the two tails no longer cancel. No formula on sums alone can know that. Keep arms equal, winsorise, or wait.",
        "",
        "## Strata (Mantel-Haenszel)",
        "",
        "| strata | difference | lift |",
        "|---|---|---|",
    ]
    for row in parts["strata"].itertuples(index=False):
        lines.append(f"| {row.what} | {share(row.difference, row.draws)} | {share(row.lift, row.draws)} |")
    return "\n".join([*lines, ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=4000, help="of each simulated experiment")
    draws = parser.parse_args().draws
    start = time.process_time()
    parts = {"one": one_rate(), "two": two_rates(), "alarms": false_alarms()}
    parts |= {"simulated": simulated(draws), "strata": strata(draws)}
    OUT.write_text(written(parts, time.process_time() - start), encoding="utf-8")
    print(OUT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
