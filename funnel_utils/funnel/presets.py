"""What five analytics tools call a funnel, as settings of ours.

The settings follow each tool's own documentation; where that is silent, the choice is ours and the note says so. What a
tool does beyond these settings (sampling, late events, identity) is not imitated. `docs/vendors.md` shows one log on
which they differ, and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from funnel_utils.errors import SpecError
from funnel_utils.funnel.spec import Exclusion, Funnel, Step


@dataclass(frozen=True)
class Preset:
    """The settings of one tool, the scope its exclusions have, and what to know about them."""

    settings: dict[str, Any]
    scope: str | None = None
    note: str = ""
    flags: dict[str, dict[str, Any]] = field(default_factory=dict)


PRESETS: dict[str, Preset] = {
    "ga4": Preset(
        {},
        note="No window for the whole funnel: give gaps={k: (None, duration)} for “within”, Step(directly=True) for "
        "“directly followed by”, closed=False for an open funnel. Entry and ties are not documented; ours are used.",
    ),
    "mixpanel": Preset(
        {"window": "7d", "entry": "first", "grace": "2s"},
        scope="attempt",
        note="Uniques: the first entry counts, in a breakdown once per value. Totals: pass entry='every'.",
    ),
    "mixpanel_optimized": Preset(
        {"window": "7d", "entry": "best", "grace": "2s"}, scope="attempt", note="Every entry is tried."
    ),
    "amplitude": Preset(
        {"window": "1d", "grace": "1s"},
        scope="attempt",
        note="“This order”. Events within one second may be taken in either order. For “exact order” pass "
        "order='strict', for “any order” order='unordered'; both leave the grace out.",
    ),
    "posthog": Preset(
        {"window": "14d"},
        scope="user",
        note="The best attempt counts; an excluded event drops the person. Ties are ours.",
    ),
    "clickhouse": Preset(
        {"reuse": True},
        note="windowFunnel(window): give window=. One event may serve several steps unless strict_once. windowFunnel "
        "makes one pass and stops for good at an event that ends the chain; here later entries are tried too.",
        flags={
            "strict_once": {"reuse": False},
            "strict_increase": {"ties": "increase"},
            "strict_deduplication": {"repeat": "end"},
            "strict_order": {"order": "strict", "repeat": "ignore"},
            "allow_reentry": {"reentry": True},
        },
    ),
}


def like(
    tool: str,
    steps: Sequence[str | Iterable[str] | Step],
    *,
    flags: Sequence[str] = (),
    exclude: Exclusion | Sequence[Exclusion | str] | str = (),
    **changes: Any,
) -> Funnel:
    """A funnel with the settings that `tool` documents.

    Parameters
    ----------
    tool : str
        One of `PRESETS`: "ga4", "mixpanel", "mixpanel_optimized", "amplitude", "posthog", "clickhouse".
    steps : sequence
        As for `Funnel`.
    flags : sequence of str
        ClickHouse's modes: "strict_once", "strict_increase", "strict_deduplication", "strict_order", "allow_reentry".
    exclude : event names or Exclusion
        A name is excluded between the first and the last step, with the tool's scope; an `Exclusion` is taken as it is.
    **changes
        Any argument of `Funnel`, in place of the tool's setting.

    Raises
    ------
    SpecError
        For a tool or flag that is not known, or a combination that is not supported.

    References
    ----------
    Google Analytics Data API, Funnel and FunnelStep; Mixpanel Docs, "Funnels Advanced Concepts"; Amplitude Docs, "How
    Amplitude computes funnels"; PostHog Docs, "Funnels"; ClickHouse Docs, "Parametric aggregate functions".

    Examples
    --------
    >>> Funnel.like("posthog", ["visit", "cart", "purchase"])
    Funnel(visit > cart > purchase, window=2w)
    >>> Funnel.like("clickhouse", ["a", "b"], window="1h", flags=["strict_once"])
    Funnel(a > b, window=1h)
    """
    if tool not in PRESETS:
        raise SpecError(f"Funnel.like({tool!r}): no such tool; the presets are {', '.join(PRESETS)}.")
    preset = PRESETS[tool]
    settings = dict(preset.settings)
    for flag in flags:
        if flag not in preset.flags:
            known = ", ".join(preset.flags) or "none"
            raise SpecError(f"Funnel.like({tool!r}): no flag {flag!r}; its flags: {known}.")
        settings |= preset.flags[flag]
    if "grace" in settings and changes.get("order", "ordered") != "ordered":
        del settings["grace"]
    given = [exclude] if isinstance(exclude, str | Exclusion) else list(exclude)
    if given and preset.scope is None and any(isinstance(e, str) for e in given):
        raise SpecError(
            f"Funnel.like({tool!r}): {tool} documents no exclusions; pass an Exclusion with the scope you mean."
        )
    scope: Any = preset.scope
    settings["exclude"] = [Exclusion(e, scope=scope) if isinstance(e, str) else e for e in given]
    return Funnel(steps, **{**settings, **changes})
