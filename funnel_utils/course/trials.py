"""The experiments of Pardis as lessons 04 and 04b run them, computed once and shared by their graders."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from funnel_utils.cro.factorial_result import FactorialResult
    from funnel_utils.cro.result import ExperimentResult

FACTORS = ("date", "photo", "badge")


@cache
def page() -> FactorialResult:
    """The multivariate test of the product page."""
    import numpy as np

    from funnel_utils import Experiment
    from funnel_utils.cro import Conversion, Exposure, Factorial
    from funnel_utils.synthetic import load_experiment

    test = Experiment(
        [Conversion("purchase")], arm="variant", control="none", exposure=Exposure("exposed", within="7d")
    )
    cells = test.run(load_experiment("factorial"), daily=False).arms[["arm", "n", "count"]]
    levels = {name: np.where(cells["arm"].str.contains(name), "yes", "no") for name in FACTORS}
    return Factorial(dict.fromkeys(FACTORS, ("no", "yes"))).run(cells.assign(**levels), converted="count")


@cache
def novelty() -> ExperimentResult:
    """The block of recommendations, each week after the first exposure by itself."""
    from funnel_utils import Experiment
    from funnel_utils.cro import Conversion, Exposure
    from funnel_utils.synthetic import load_experiment

    weeks = [
        Conversion("purchase", name=f"week {k + 1}", after=f"{7 * k}d", within=f"{7 * k + 7}d", role="secondary")
        for k in range(4)
    ]
    whole = Conversion("purchase", name="all four weeks")
    test = Experiment([whole, *weeks], arm="variant", control="old", exposure=Exposure("exposed", within="28d"))
    return test.run(load_experiment("novelty"), daily=False)


@cache
def luck(people: int, rate: float, other: float, draws: int = 100_000, seed: int = 11) -> NDArray[np.float64]:
    """Buyers among `people` in two arms with these rates, drawn many times: rows are (control, treatment)."""
    import numpy as np

    return np.random.default_rng(seed).binomial(people, (rate, other), size=(draws, 2)).astype(float)
