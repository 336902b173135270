"""The fundraising experiment of Karlan and List (2007): a letter that promises to match each gift.

    python bench/karlan_list.py FILE

FILE is the published data as Parquet, a row a letter: `treatment`, `treat_ratio2`, `treat_ratio3` (the match is 1:1
where both are 0), `out_gavedum` (gave), `out_amountgive` (dollars; two are missing and count as nothing) and `red0`
(whether the state voted for Bush in 2004). Known: 298 of 16,687 gave in control and 736 of 33,396 with a match; 2.07,
2.26 and 2.27% with 1:1, 2:1 and 3:1.

References
----------
Karlan, D., List, J. A. (2007). Does price matter in charitable giving? Evidence from a large-scale natural field
experiment. American Economic Review 97, 1774-1793.
"""

from __future__ import annotations

import sys

import pandas as pd

from funnel_utils.cro import Conversion, Experiment, Mean

METRICS = (Conversion("out_gavedum", name="gave"), Mean("out_amountgive", name="dollars per letter", role="secondary"))
KNOWN = {"none": (298, 16687), "match": (736, 33396)}


def main(path: str) -> int:
    """Print the analysis; status 1 if the published counts are not found."""
    people = pd.read_parquet(path)
    arm = (
        pd.Series("1:1", people.index).mask(people["treat_ratio2"] == 1, "2:1").mask(people["treat_ratio3"] == 1, "3:1")
    )
    people = people.assign(arm=arm.where(people["treatment"] == 1, "none"))
    people["out_amountgive"] = people["out_amountgive"].fillna(0)
    people["match"] = people["treatment"].map({0: "none", 1: "match"})
    pooled = Experiment(METRICS, arm="match", control="none", split=[1, 2]).run(people, by="red0")
    print(pooled.verdict, "\n")
    print(
        pooled.table[["metric", "estimate", "control_estimate", "difference", "low", "high", "p", "verdict"]].round(4),
        "\n",
    )
    ratios = Experiment(METRICS, arm="arm", control="none", split=[3, 2, 2, 2]).run(people)
    print(
        pooled.srm.verdict,
        "\n\n",
        ratios.table[["metric", "arm", "estimate", "lift", "p_adjusted", "verdict"]].round(4),
        "\n",
    )
    pairs = Experiment(METRICS, arm="arm", control="1:1", treatments=["2:1", "3:1"]).run(people)
    print(
        pairs.verdict, "\n\n", pairs.table[["metric", "arm", "difference", "low", "high", "p_adjusted"]].round(4), "\n"
    )
    print(
        pooled.segments("red0", "gave")[["value", "n", "difference", "low", "high", "p_adjusted"]].round(4).to_string(),
        "\n",
    )
    print(pooled.heterogeneity("red0").round(4).to_string())
    found = {row.arm: (row.count, row.n) for row in pooled.arms.query("metric == 'gave'").itertuples()}
    same = {name: (int(found[name][0]), int(found[name][1])) == pair for name, pair in KNOWN.items()}
    print("\nPublished counts:", "found" if all(same.values()) else f"NOT FOUND: {found}")
    return 0 if all(same.values()) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
