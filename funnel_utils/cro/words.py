"""Numbers as the sentences of experiments say them."""

from __future__ import annotations

import math

from funnel_utils.text import t


def percent(share: float) -> str:
    """A share with enough digits to tell it from its neighbours, a dash where it is not known.

    Examples
    --------
    >>> percent(0.10234), percent(0.00071), percent(float("nan"))
    ('10.2%', '0.071%', '–')
    """
    if math.isnan(share):
        return t("experiment.unknown")
    if share == 0 or abs(share) >= 0.0995:
        return f"{share:.1%}"
    return f"{100 * share:.2g}%" if abs(share) < 0.01 else f"{share:.2%}".replace("0%", "%", 1)


def number(value: float) -> str:
    """A number with no more digits than mean something, a dash where it is not known.

    Examples
    --------
    >>> number(1234567.8), number(12.345), number(0.01234), number(float("inf"))
    ('1,234,568', '12.3', '0.0123', '∞')
    """
    if math.isnan(value):
        return t("experiment.unknown")
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    return f"{value:,.0f}" if abs(value) >= 1000 or value == round(value) else f"{value:,.3g}"


def p_value(p: float) -> str:
    """A p-value as papers print it.

    Examples
    --------
    >>> p_value(0.00002), p_value(0.0312), p_value(0.42)
    ('< .001', '= .031', '= .42')
    """
    if math.isnan(p):
        return f"= {t('experiment.unknown')}"
    if p < 0.001:
        return "< .001"
    shown = f"{p:.3f}" if p < 0.1 else f"{p:.2f}"
    return f"= {shown.removeprefix('0')}"


def value_text(kind: str, value: float) -> str:
    """A value of a metric: a conversion as a percentage, all else as a number."""
    return percent(value) if kind == "conversion" else number(value)


def change(kind: str, value: float, unit: bool = True) -> str:
    """A difference with its sign: of conversions in percentage points.

    Examples
    --------
    >>> change("conversion", 0.0213), change("conversion", -0.0004, unit=False), change("mean", 1530.0)
    ('+2.13 points', '-0.04', '+1,530')
    """
    if math.isnan(value):
        return t("experiment.unknown")
    scaled = 100 * value if kind == "conversion" else value
    if kind == "conversion" and math.isfinite(scaled):
        shown = f"{scaled:.2f}" if abs(scaled) >= 0.095 or scaled == 0 else f"{scaled:.2g}"
    else:
        shown = number(float(f"{scaled:.3g}")) if math.isfinite(scaled) else number(scaled)
    signed = shown if shown.startswith("-") or scaled == 0 else f"+{shown}"
    return t("experiment.points", number=signed) if kind == "conversion" and unit else signed


def lift_text(lift: float) -> str:
    """A relative difference with its sign.

    Examples
    --------
    >>> lift_text(0.2), lift_text(-0.034), lift_text(float("inf"))
    ('+20%', '-3.4%', '+∞')
    """
    if math.isnan(lift):
        return t("experiment.unknown")
    if math.isinf(lift):
        return "+∞" if lift > 0 else "-∞"
    return f"{100 * lift:+,.0f}%" if abs(lift) >= 0.0995 else f"{100 * lift:+.2g}%"
