"""Which number feeds which: the paths from a KPI of the plan to what the business is after.

Each name feeds those it is mapped to. A goal is relevant when such a path leads from its metric to the business goal
that it names. Businesses differ: pass a tree of your own where this one does not fit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

from funnel_utils.errors import SpecError

Tree = Mapping[str, Sequence[str]]

#: The KPIs that the plan names for Reach, Act, Convert and Engage, and what each feeds.
FEEDS: dict[str, tuple[str, ...]] = {
    # Reach
    "impressions": ("visits",),
    "followers": ("visits", "awareness"),
    "unique_visitors": ("visits", "awareness"),
    "visits": ("leads", "sales"),
    "value_per_visit": ("revenue",),
    # Act
    "time_on_site": ("lead_rate",),
    "shares": ("visits", "awareness"),
    "lead_rate": ("leads",),
    "leads": ("sales",),
    # Convert
    "conversion_rate": ("sales",),
    "sales": ("revenue", "new_customers"),
    "purchase": ("revenue", "new_customers"),
    "aov": ("revenue",),
    "revenue": ("profit",),
    "margin": ("profit",),
    "cac": ("profit",),
    "spend": ("cac", "profit"),
    # Engage
    "new_customers": ("customers",),
    "customers": ("revenue",),
    "repeat_rate": ("ltv", "revenue"),
    "ltv": ("profit",),
    "csat": ("repeat_rate", "advocacy"),
    "nps": ("advocacy",),
    "advocacy": ("visits", "new_customers"),
}


def path(metric: str, goal: str, tree: Tree | None = None) -> list[str]:
    """The shortest path from a metric to a business goal; empty if there is none.

    Raises
    ------
    SpecError
        If the metric, or the goal, is nowhere in the tree.

    Examples
    --------
    >>> path("lead_rate", "profit")
    ['lead_rate', 'leads', 'sales', 'revenue', 'profit']
    >>> path("profit", "followers")
    []
    """
    feeds = FEEDS if tree is None else tree
    known = {*feeds, *(name for fed in feeds.values() for name in fed)}
    for name in (metric, goal):
        if name not in known:
            raise SpecError(f"{name!r} is not in the KPI tree; it has {', '.join(sorted(known))}.")
    came: dict[str, str | None] = {metric: None}
    queue = deque([metric])
    while queue:
        here = queue.popleft()
        if here == goal:
            found: list[str] = []
            step: str | None = here
            while step is not None:
                found.append(step)
                step = came[step]
            return found[::-1]
        for fed in feeds.get(here, ()):
            if fed not in came:
                came[fed] = here
                queue.append(fed)
    return []
