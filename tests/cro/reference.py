"""From a reference case to the public function that answers it: one small function per kind.

Cases speak the language of their sources; what differs from ours is translated here and nowhere else.
"""

from __future__ import annotations

import math

import numpy as np

from funnel_utils import cro, stats

METHODS = {"mover_r_wilson": "mover", "log": "katz", "score": "koopman", "beta": "clopper_pearson", "normal": "wald"}
METHODS |= {"exact": "clopper_pearson", "newcomb": "newcombe", "agresti-caffo": "agresti_caffo"}
#: statsmodels names the one-sided interval of a proportion after the bound that is left open.
TURNED = {"two-sided": "two-sided", "larger": "smaller", "smaller": "larger"}


def ends(found):
    return {"low": float(found.low[0]), "high": float(found.high[0])}


def alpha(case):
    return 1 - case["confidence"]


def method(case):
    return METHODS.get(case["method"], case["method"])


def groups(case):
    return case["count_t"], case["nobs_t"], case["count_c"], case["nobs_c"]


def proportion_ci(case):
    asked = {"method": method(case), "alternative": TURNED[case["alternative"]]}
    return ends(stats.proportion_interval(case["count"], case["nobs"], alpha(case), **asked))


def diff_ci(case):
    return ends(stats.difference_interval(*groups(case), alpha(case), method=method(case)))


def ratio_ci(case):
    return ends(stats.ratio_interval(*groups(case), alpha(case), method=method(case)))


def binom_test(case):
    found = stats.binomial_test(case["count"], case["nobs"], case["p"], alternative=case["alternative"])
    return {"pvalue": found[0]}


def chi2_2x2(case):
    found = stats.chi_square(case["table"], correction=case["correction"])
    return {"statistic": found.statistic[0], "pvalue": found.p[0]}


def two_samples(case, *, normal):
    one, other = (np.array(case[name], float) for name in ("x", "y"))
    found = cro.compare_means(
        *(part for side in (one, other) for part in (len(side), side.mean(), side.var(ddof=1))),
        equal_var=case.get("equal_var", False),
        normal=normal,
        value=case.get("value", 0),
        alternative=case.get("alternative", "two-sided"),
        alpha=1 - case.get("confidence", 0.95),
    )
    said = {"statistic": found.statistic[0], "pvalue": found.p[0], "df": found.freedom[0]}
    return said | {"ci_low": found.low[0], "ci_high": found.high[0]}


def means_ci(case):
    sides = (case[f"{name}_{arm}"] for arm in "tc" for name in ("n", "mean", "var"))
    return ends(cro.compare_means(*sides, alpha=alpha(case), equal_var=case["equal_var"]))


def rates(case):
    return case["p_base"], case["p_base"] + case["diff"]


def testing(case):
    return {name: case[name] for name in ("alpha", "alternative", "ratio") if name in case}


def power_two_prop(case):
    return {"power": cro.power_rates(*rates(case), case["n_per_arm"], **testing(case))[0]}


def sample_size_two_prop(case):
    formula = {"pooled null": "pooled", "unpooled": "unpooled"}[case.get("variance", "pooled null")]
    return {"n_per_arm": cro.size_rates(*rates(case), power=case["power"], formula=formula, **testing(case))[0]}


def sample_size_formula(case):
    n = cro.size_rates(*rates(case), power=case["power"], alpha=case["alpha"], formula=case["formula"])[0]
    return {"n_per_arm": math.ceil(n)}


def power_two_prop_arcsine(case):
    p = math.sin(math.asin(math.sqrt(0.3)) + case["h"] / 2) ** 2
    return {"power": cro.power_rates(0.3, p, case["n_per_arm"], formula="arcsine", **testing(case))[0]}


def power_two_sample_t(case):
    return {"power": cro.power_means(case["d"], 1, case["n_per_arm"], **testing(case))[0]}


def sample_size_two_sample_t(case):
    return {"n_per_arm": cro.size_means(case["d"], 1, power=case["power"], **testing(case))[0]}


def sample_size_noninferiority_prop(case):
    p, base, value = case["p1"], case["p2"], case["delta0"]
    asked = {"alpha": case["alpha"] / case["sided"], "alternative": "larger" if p - base > value else "smaller"}
    n = cro.size_rates(base, p, power=1 - case["beta"], ratio=case["ratio"], value=value, **asked)[0]
    return {"n_total": n * (1 + case["ratio"])}


def p_adjust(case):
    return {"adjusted": stats.p_adjust(case["pvalues"], case["method"]).tolist()}


def srm(case):
    found = stats.chi_square_fit(case["counts"], case["ratio"])
    return {"pvalue": found.p[0], "statistic": found.statistic[0]}


def mantel_haenszel(case):
    found = cro.mantel_haenszel(*groups(case), alpha=alpha(case))
    if case["measure"] == "difference":
        return {"estimate": found.difference, "low": found.low, "high": found.high}
    if case["measure"] == "log_odds":
        return dict(
            zip(("estimate", "low", "high"), np.log([found.odds_ratio, found.odds_low, found.odds_high]), strict=True)
        )
    return dict(zip(("estimate", "low", "high"), np.log1p([found.lift, found.lift_low, found.lift_high]), strict=True))


def dunnett_critical(case):
    freedom = math.inf if case["df"] is None else case["df"]
    asked = {"freedom": freedom, "alpha": case["alpha"], "alternative": case["alternative"]}
    return {"critical": cro.dunnett_critical([math.sqrt(0.5)] * case["arms"], **asked)}


def peeking_fpr(case):
    side = "upper" if case["side"] == "upper only" else "two-sided"
    z = case["nominal_z"]
    both = cro.peeking_fpr(case["looks"], nominal_z=z, side="two-sided")
    return {"prob": cro.peeking_fpr(case["looks"], nominal_z=z, side=side), "two_sided_prob_about": both}


def gs_inflation(case):
    plan = cro.GroupSequential(case["type"], case["looks"], case["alpha"], sides=case["sided"])
    said = {"max_n_pct_of_fixed": 100 * plan.inflation(case["power"])}
    said["expected_n_pct_under_h0"] = 100 * plan.expected_n(case["power"], 0)
    return said | {"expected_n_pct_under_h1": 100 * plan.expected_n(case["power"], 1)}


def gs_spending_bounds(case):
    z = cro.GroupSequential(case["spending"], case["information"], case["alpha"], sides=case["sided"]).z
    return {"z_last": z[-1], "z": list(z), "z_first": z[0]}


def evan_miller_sequential(case):
    race = cro.plan_race(case["lift"], alpha=case["alpha"], power=case["power"])
    return {"N": race.conversions, "d": race.lead}


def bayes_gaussian_relative(case):
    arms = (cro.SampleMean.of_rate(case[arm]["sum"], case[arm]["n"]) for arm in ("control", "treatment"))
    found = cro.bayes_means(*arms)
    said = {"lift": found.mean, "sd": found.sd, "ci_low": found.low, "ci_high": found.high}
    said |= {"chance_to_win": found.chance_to_win}
    return said | {"risk_control": found.loss_control, "risk_treatment": found.loss_treatment}


KINDS = {
    "two_sample_ztest": lambda case: two_samples(case, normal=True),
    "two_sample_ttest": lambda case: two_samples(case, normal=False),
    **{
        f.__name__: f
        for f in (
            *(proportion_ci, diff_ci, ratio_ci, binom_test, chi2_2x2, means_ci, power_two_prop, sample_size_two_prop),
            *(sample_size_formula, power_two_prop_arcsine, power_two_sample_t, sample_size_two_sample_t),
            *(sample_size_noninferiority_prop, p_adjust, srm, mantel_haenszel, dunnett_critical, peeking_fpr),
            *(gs_inflation, gs_spending_bounds, evan_miller_sequential, bayes_gaussian_relative),
        )
    },
}


def answer(case):
    """What the public function says to a case."""
    return KINDS[case["kind"]](case["inputs"])
