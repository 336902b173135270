"""Credit for conversions, from paths with counts alone: a pure function, quick enough for a slider.

No model here is causal. Each is a rule for sharing out conversions that happened; none says what would have happened
without a channel. For that, run an experiment.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from funnel_utils.durations import Duration, parse_duration
from funnel_utils.journey.attribution import markov
from funnel_utils.journey.attribution.paths import Floats, Paths, added, from_frame
from funnel_utils.journey.attribution.settings import Model, Removal, Settings, check_model
from funnel_utils.journey.attribution.shares import shares
from funnel_utils.text import t


def credit(
    paths: pd.DataFrame,
    model: str,
    *,
    half_life: Duration = "7d",
    position: tuple[float, float] = (0.4, 0.4),
    order: int = 1,
    removal: Removal = "null",
    sep: str = ">",
) -> pd.DataFrame:
    """Share out the conversions and the value of `paths` among their channels.

    Parameters
    ----------
    paths : DataFrame
        A row a path: `path` (a sequence of channels, or text such as `"social > email"`) and `conversions`; optional
        `nulls` (journeys along this path that did not convert; only Markov uses them), `value` (the sum over the
        path's conversions) and `ages_s` (seconds from each touch to the conversion; only decay uses them). An empty
        path stands for conversions without a touch.
    model : {"first", "last", "linear", "position", "decay", "markov", "shapley"}
        `"first"`, `"last"`: all to one touch. `"linear"`: equally to all touches. `"position"`: as `position` says.
        `"decay"`: by half for every `half_life` of age. `"markov"`: by removal effect. `"shapley"`: equally to the
        distinct channels of the path.
    half_life : duration
        For decay.
    position : (float, float)
        Shares of the first and the last touch of three or more; the others share the rest.
    order, removal
        For Markov: how many channels make a state, and where a walk goes that would enter the removed channel; see
        `markov.removal_effects`.
    sep : str
        What stands between the channels of a path that is text.

    Returns
    -------
    DataFrame
        A row a channel, sorted by name: `channel`, `conversions` (credited, so fractions occur), `share` (of all
        conversions) and `value`. Where there are conversions without a touch, a last row `"(no touch)"` has them; with
        it, the columns add up to the conversions and the value of `paths`.

    Raises
    ------
    SpecError
        If a setting or a row of `paths` is not valid, or `"decay"` is asked for without ages.

    Examples
    --------
    >>> paths = pd.DataFrame({"path": ["ad > mail", "ad", "mail"], "conversions": [10, 2, 4], "nulls": [10, 38, 16]})
    >>> credit(paths, "linear")
      channel  conversions   share  value
    0      ad          7.0  0.4375    0.0
    1    mail          9.0  0.5625    0.0
    >>> credit(paths, "markov").round(2)
      channel  conversions  share  value
    0      ad         6.26   0.39    0.0
    1    mail         9.74   0.61    0.0
    """
    name = check_model(model)
    settings = Settings(parse_duration(half_life, "half_life"), position, order, removal)
    return credit_of(from_frame(paths, sep), name, settings)


def credit_of(found: Paths, model: Model, settings: Settings) -> pd.DataFrame:
    """What `credit` gives, for paths that are read already: for many counts over the same paths."""
    if model == "markov":
        walked = markov.walk(found, settings.order)
        counts = added(walked.edge, walked.weight, len(walked.edges.source))
        effects, _ = markov.removal_effects(walked.edges, counts[None, :], settings.removal)
        part = markov.split(effects)[0]
        touched = found.lengths > 0
        return table(found, part * found.conversions[touched].sum(), part * found.value[touched].sum())
    share = shares(found, model, settings)
    return table(found, _summed(found, share, found.conversions), _summed(found, share, found.value))


def _summed(paths: Paths, share: Floats, amount: Floats) -> Floats:
    return added(paths.codes, share * amount[paths.owner], len(paths.channels))


def table(paths: Paths, conversions: Floats, value: Floats) -> pd.DataFrame:
    """Credit by channel as a tidy table, with what no touch came before."""
    channels = list(paths.channels)
    untouched = paths.lengths == 0
    if paths.conversions[untouched].sum() > 0:
        channels.append(t("attribution.no_touch"))
        conversions = np.append(conversions, paths.conversions[untouched].sum())
        value = np.append(value, paths.value[untouched].sum())
    total = conversions.sum()
    share = conversions / total if total > 0 else np.full(len(channels), np.nan)
    return pd.DataFrame({"channel": channels, "conversions": conversions, "share": share, "value": value})
