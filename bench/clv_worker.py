"""One fit, measured: `clv_worker.py PEER MODEL ARRAYS`. Runs in the peer's environment; prints one line of JSON."""

from __future__ import annotations

import json
import sys
import time
import warnings

import numpy as np


def ours(model, x, t_x, age):
    from funnel_utils.retention import BgNbd, CustomerSummary, MbgNbd, ParetoNbd

    kinds = {kind.NAME: kind for kind in (BgNbd, MbgNbd, ParetoNbd)}
    return kinds[model]().fit(CustomerSummary.of(x, t_x, age, unit="1w")).params_.to_dict()


def lifetimes(model, x, t_x, age):
    from lifetimes import BetaGeoFitter, ModifiedBetaGeoFitter, ParetoNBDFitter

    kinds = {"BG/NBD": BetaGeoFitter, "MBG/NBD": ModifiedBetaGeoFitter, "Pareto/NBD": ParetoNBDFitter}
    fitter = kinds[model]()
    fitter.fit(x, t_x, age)
    return {name: float(value) for name, value in fitter.params_.items()}


def main() -> None:
    warnings.simplefilter("ignore")
    peer, model, path = sys.argv[1:]
    fit = {"ours": ours, "lifetimes": lifetimes}[peer]
    arrays = np.load(path)
    x, t_x, age = arrays["x"], arrays["t_x"], arrays["T"]
    fit(model, x[:500], t_x[:500], age[:500])
    began, clock = time.process_time(), time.perf_counter()
    params = fit(model, x, t_x, age)
    took = {"seconds": time.process_time() - began, "wall": time.perf_counter() - clock}
    print(json.dumps({**took, "params": params}))


if __name__ == "__main__":
    main()
