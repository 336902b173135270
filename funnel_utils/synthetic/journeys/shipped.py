"""The lessons' journey files: the log, what the channels cost, and the truth.

The truth takes a quarter of a minute to compute, so it is a file too: every table of it as rows of `table`, `name`,
`measure` and `value`, numbers to six figures.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import pandas as pd

from funnel_utils.synthetic.journeys.spec import Journeys
from funnel_utils.synthetic.journeys.spend import spend_table
from funnel_utils.synthetic.journeys.truth import JourneyTruth, journey_truth_of
from funnel_utils.synthetic.journeys.world import JourneyWorld, generate_journeys

JOURNEY_FILE = "pardis_journey.parquet"
SPEND_FILE = "pardis_journey_spend.csv"
TRUTH_FILE = "pardis_journey_truth.csv"
# Each table of the truth and the column that names its rows.
_NAMED = {"channels": "channel", "totals": "what", "reminder": "where"}
_WHOLE = ("touches", "spend", "conversions_lost", "people")


def journey_season() -> Journeys:
    """The specification that the lessons' journeys are drawn from."""
    return Journeys()


@lru_cache(maxsize=1)
def _world() -> JourneyWorld:
    return generate_journeys(journey_season())


def truth_rows(truth: JourneyTruth) -> pd.DataFrame:
    """A truth as rows of `table`, `name`, `measure` and `value` (text)."""
    rows = []
    for table, named in _NAMED.items():
        frame: pd.DataFrame = getattr(truth, table)
        for row in frame.to_dict("records"):
            name = row.pop(named)
            rows += [(table, name, measure, _text(value)) for measure, value in row.items()]
    return pd.DataFrame(rows, columns=["table", "name", "measure", "value"])


def truth_from(rows: pd.DataFrame, season: Journeys) -> JourneyTruth:
    """The truth that `truth_rows` wrote."""
    tables = {}
    for table, named in _NAMED.items():
        part = rows[rows["table"].eq(table)]
        order = {"name": part["name"].unique(), "measure": part["measure"].unique()}
        wide = part.pivot(index="name", columns="measure", values="value")
        wide = wide.reindex(index=order["name"], columns=order["measure"])
        frame = wide.rename_axis(index=named, columns=None).reset_index()
        for column in frame.columns.difference([named, "kind"]):
            frame[column] = pd.to_numeric(frame[column])
            if column in _WHOLE:
                frame[column] = frame[column].astype("int64")
        tables[table] = frame
    return JourneyTruth(season, **tables)


def _text(value: object) -> str:
    """A cell as text: whole numbers in full, others to six figures."""
    if isinstance(value, str):
        return value
    number = float(value)  # type: ignore[arg-type]
    return f"{number:.0f}" if number == round(number) else f"{number:.6g}"


journey_files: dict[str, Callable[[], pd.DataFrame]] = {
    JOURNEY_FILE: lambda: _world().events,
    SPEND_FILE: lambda: spend_table(_world()),
    TRUTH_FILE: lambda: truth_rows(journey_truth_of(_world())),
}
"""How each file's rows are drawn, by its name."""
