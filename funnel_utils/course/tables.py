"""How a lesson's tables show their numbers: short enough to read, and a count without a decimal point.

pandas shows a whole column of counts as `3961.0` as soon as one value beside them is missing or broken. Learners then
ask what half a person would be. So the lessons hand `plain` to pandas as `pd.options.display.float_format`.
"""

from __future__ import annotations

import math


def plain(number: float) -> str:
    """A number with three digits that count, and no zeros behind them: a rounded number must not look more exact.

    From 100 on it is whole, with thousands apart. Powers of ten are never shown.

    Parameters
    ----------
    number : float

    Returns
    -------
    str

    Examples
    --------
    >>> [plain(number) for number in (87859.3789, 3961.0, 27.268, 8.0, 0.11703, 0.42, 0.0000515)]
    ['87,859', '3,961', '27.3', '8', '0.117', '0.42', '0.0000515']
    >>> plain(-0.0), plain(-0.0042), plain(float("nan"))
    ('0', '-0.0042', 'NaN')
    """
    if math.isnan(number):
        return "NaN"
    if number == 0 or math.isinf(number) or abs(number) >= 100:
        return f"{number + 0.0:,.0f}"
    decimals = max(0, 2 - math.floor(math.log10(abs(number))))
    text = f"{number:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
