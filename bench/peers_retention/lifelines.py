"""lifelines: its Kaplan-Meier fitter, the curve read where events happened."""

from __future__ import annotations

from peers_retention import curve

PACKAGES = ("lifelines", "pandas", "numpy")


def kaplan(file: str) -> list[float]:
    import numpy as np
    from lifelines import KaplanMeierFitter

    data = np.load(file)
    fitted = KaplanMeierFitter().fit(data["time"], data["event"])
    table = fitted.event_table
    return curve(fitted.survival_function_["KM_estimate"][table["observed"] > 0])
