"""The named segments of RFM: every one of the 125 codes has exactly one name.

A code is three digits from 1 (worst) to 5 (best): recency, frequency, monetary; `"511"` bought lately, seldom and for
little. The default map reads it in two steps that fit on a card: the mean of the last two digits, rounded up, says how
much of a customer somebody is; the first digit, whether she still is one. The grouping and its names are ours; bring a
map of your own where your business sees its customers otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from funnel_utils.errors import SpecError
from funnel_utils.text import t

SCORES = (1, 2, 3, 4, 5)
CODES = tuple(f"{r}{f}{m}" for r, f, m in product(SCORES, repeat=3))

#: The segments, best first: the order of tables and charts.
NAMES = (
    *("champions", "loyal", "potential", "new", "promising"),
    *("attention", "sleeping", "risk", "lose", "hibernating", "lost"),
)
#: By recency score, from 1 to 5; in each row by the mean of frequency and monetary score, from 1 to 5.
_GRID = {
    5: ("new", "potential", "potential", "champions", "champions"),
    4: ("promising", "potential", "potential", "loyal", "champions"),
    3: ("sleeping", "sleeping", "attention", "loyal", "loyal"),
    2: ("hibernating", "hibernating", "risk", "risk", "lose"),
    1: ("lost", "lost", "risk", "risk", "lose"),
}


def default_segments() -> dict[str, str]:
    """The default map from code to segment.

    Examples
    --------
    >>> names = default_segments()
    >>> len(names), names["555"], names["511"], names["155"]
    (125, 'champions', 'new', 'must not lose')
    """
    return {code: label(_key(code)) for code in CODES}


def label(key: str) -> str:
    """What a segment of the default map is called."""
    return t(f"rfm.segment.{key}")


def _key(code: str) -> str:
    r, f, m = map(int, code)
    return _GRID[r][(f + m + 1) // 2 - 1]


def in_order(segments: Mapping[str, str]) -> list[str]:
    """The segments of a map: the default's in their order, others as they come, best codes first."""
    known = [label(key) for key in NAMES]
    found = set(segments.values())
    first = [name for name in known if name in found]
    return [*first, *dict.fromkeys(segments[code] for code in reversed(CODES) if segments[code] not in first)]


def checked(segments: Mapping[str, str] | None) -> dict[str, str]:
    """A map that names every code once; the default where none is given.

    Raises
    ------
    SpecError
        If a code is missing or unknown, or a name is no text.
    """
    if segments is None:
        return default_segments()
    given = {str(code): name for code, name in segments.items()}
    missing = [code for code in CODES if code not in given]
    unknown = sorted(set(given) - set(CODES))
    if missing or unknown:
        said = f"{len(missing)} of the 125 codes have no name, such as {missing[:3]}" if missing else ""
        odd = f"{unknown[:3]} are no codes (three digits from 1 to 5)" if unknown else ""
        raise SpecError(f"segments: {'; '.join(filter(None, (said, odd)))}. Start from default_segments().")
    strange = [name for name in given.values() if not isinstance(name, str) or not name.strip()]
    if strange:
        raise SpecError(f"segments: {strange[0]!r} is no name.")
    return {code: given[code] for code in CODES}
