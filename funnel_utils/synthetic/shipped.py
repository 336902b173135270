"""The lessons' data: the files under `data/`, how they are made, and how they are found.

In a clone the files lie in `data/` beside the package. An installed package does not carry them: it draws them
again, which takes a fraction of a second and gives the same rows, into the user's cache. `canonical_text` is
what "the same" means: rounded and sorted rows as text, whose hash `data/DATA.md` states and a test draws anew.
Bytes of Parquet files would change with every version of the writer.
"""

from __future__ import annotations

import functools
import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from funnel_utils.errors import LogError
from funnel_utils.synthetic.campaigns import (
    CAMPAIGN_FILE,
    CampaignTruth,
    Season,
    campaign_files,
    campaign_truth_of,
    shipped_season,
)
from funnel_utils.synthetic.experiments.shipped import experiment_files, rows_digest, trial_of_file
from funnel_utils.synthetic.journeys.shipped import (
    JOURNEY_FILE,
    SPEND_FILE,
    TRUTH_FILE,
    journey_files,
    journey_season,
    truth_from,
)
from funnel_utils.synthetic.journeys.truth import JourneyTruth
from funnel_utils.synthetic.months import MONTHS_FILE, Months, month_files, months_truth
from funnel_utils.synthetic.retention.shipped import (
    MEMBERS_FILE,
    ORDERS_FILE,
    ORDERS_SPEND_FILE,
    retention_files,
    shipped_buyers,
)
from funnel_utils.synthetic.retention.spec import Buyers, Members
from funnel_utils.synthetic.retention.truth import MembersTruth, OrdersTruth, members_truth_of, orders_truth_of
from funnel_utils.synthetic.spec import Pardis
from funnel_utils.synthetic.truth import Truth, truth_of
from funnel_utils.synthetic.world import TIME_ZONE, WEEK_START, World, generate

if TYPE_CHECKING:
    from funnel_utils.events import EventLog

EVENTS_FILE = "pardis_events.parquet"
FIRST_LOOK_FILE = "pardis_first_look.csv"
FIRST_LOOK_PEOPLE = 24


def lesson_shop() -> Pardis:
    """The specification that the lessons' data are drawn from."""
    return Pardis()


def load_pardis() -> EventLog:
    """The lessons' log of the shop Pardis: 5,000 people, 13 weeks from Saturday 21 March 2026.

    Returns
    -------
    EventLog
        With `report_tz="Asia/Tehran"` and `week_start="saturday"`; its columns are described in `data/DATA.md`.

    Examples
    --------
    >>> load_pardis().report_tz
    'Asia/Tehran'
    """
    from funnel_utils.events import EventLog

    return EventLog.read(str(data_file(EVENTS_FILE)), report_tz=TIME_ZONE, week_start=WEEK_START)


def load_population(people: int = 100_000) -> EventLog:
    """A log of many more people of the same shop, drawn with another seed, in which rates are known closely.

    The lessons' 5,000 people are a sample; this stands for the population. Asking both the same question shows
    whether the sample's interval holds the population's rate. Takes about a second for 100,000 people.

    Parameters
    ----------
    people : int
        How many.

    Returns
    -------
    EventLog

    Examples
    --------
    >>> load_population(people=300).week_start
    'saturday'
    """
    from funnel_utils.events import EventLog

    shop = lesson_shop()
    world = generate(shop.with_(people=people, seed=shop.seed + 1))
    return EventLog.read(world.plain(), report_tz=TIME_ZONE, week_start=WEEK_START)


def load_truth() -> Truth:
    """What the lessons' log was drawn from: rates, effects, times and shares, as tables.

    Examples
    --------
    >>> load_truth().weakest
    ('view_product', 'add_to_cart')
    """
    return truth_of(lesson_shop())


def load_journey() -> EventLog:
    """The lessons' journeys: touches, sessions, orders and friends of 8,000 people, 13 weeks from 20 June 2026.

    Another season of the same shop and other people than in `load_pardis`. Rows with a `channel` are touches; every
    purchase, online or at a store (`place`), is a `purchase`. `data/DATA.md` describes the columns.

    Returns
    -------
    EventLog
        With `report_tz="Asia/Tehran"` and `week_start="saturday"`.

    Examples
    --------
    >>> "channel" in load_journey().properties
    True
    """
    from funnel_utils.events import EventLog

    return EventLog.read(str(data_file(JOURNEY_FILE)), report_tz=TIME_ZONE, week_start=WEEK_START)


def load_journey_spend() -> pd.DataFrame:
    """What the channels of the journeys cost: `month`, `channel`, `unit`, `units`, `price` and `spend` (toman).

    Examples
    --------
    >>> sorted(load_journey_spend()["channel"].unique())[:3]
    ['affiliate', 'display', 'email']
    """
    return pd.read_csv(data_file(SPEND_FILE))


def load_journey_truth() -> JourneyTruth:
    """What each channel of the lessons' journeys really caused.

    Examples
    --------
    >>> channels = load_journey_truth().channels.set_index("channel")
    >>> int(channels["conversions_lost"]["direct"])
    0
    """
    stored = pd.read_csv(data_file(TRUTH_FILE), dtype={"value": str}, keep_default_na=False)
    return truth_from(stored, journey_season())


def load_plan_months() -> pd.DataFrame:
    """Three years of months before the log: what the shop spent on each channel, and what came of it.

    Returns
    -------
    DataFrame
        As `draw_months` describes it, a row per month and channel.

    Examples
    --------
    >>> load_plan_months()["month"].iloc[[0, -1]].tolist()
    ['2023-03', '2026-02']
    """
    return pd.read_csv(data_file(MONTHS_FILE))


def load_plan_truth() -> pd.DataFrame:
    """What the plan's months were drawn from: each channel's response curve, rates and order value."""
    return months_truth()


def load_orders() -> EventLog:
    """The lessons' orders: 4,000 customers won within 104 weeks from 23 March 2024, and everything they ordered.

    Other people than in `load_pardis`. `channel` says how the customer was won, `offer` whether the order was the
    welcome box (`box`) or not (`core`), `margin` what it left. `data/DATA.md` describes the columns.

    Returns
    -------
    EventLog
        With `report_tz="Asia/Tehran"`, `week_start="saturday"` and `observed_until` at the end of the last day.

    Examples
    --------
    >>> load_orders().n_users()
    4000
    """
    from funnel_utils.events import EventLog

    shop = Buyers()
    until = pd.Timestamp(shop.start, tz=TIME_ZONE) + pd.Timedelta(weeks=shop.weeks)
    path = str(data_file(ORDERS_FILE))
    return EventLog.read(path, report_tz=TIME_ZONE, week_start=WEEK_START, observed_until=until)


def load_orders_spend() -> pd.DataFrame:
    """What winning and keeping those customers cost: `month`, `kind`, `channel`, `spend` (toman), `currency`.

    Examples
    --------
    >>> sorted(load_orders_spend()["kind"].unique())
    ['acquisition', 'retention']
    """
    return pd.read_csv(data_file(ORDERS_SPEND_FILE))


def load_orders_truth() -> OrdersTruth:
    """What the lessons' orders were drawn from: each customer's rate, chance of leaving, and the year after the log.

    Examples
    --------
    >>> load_orders_truth().parameters["alpha"]
    9.0
    """
    return orders_truth_of(shipped_buyers())


def load_members() -> pd.DataFrame:
    """The members of the subscription Pardis Plus: `user`, `start`, `welcome`, `months` (paid so far), `ended`.

    Examples
    --------
    >>> load_members()["ended"].isin([0, 1]).all()
    np.True_
    """
    return pd.read_csv(data_file(MEMBERS_FILE))


def load_members_truth() -> MembersTruth:
    """What the members were drawn from: how the chance to leave a month is distributed, and each member's own."""
    return members_truth_of(Members())


def load_campaign() -> EventLog:
    """The lessons' campaign: eight weeks of automatic messages with a holdout, of 3,500 people, from 3 October 2026.

    `assigned` says what the lot decided (`group`: `messages` or `holdout`; `campaign`: `autumn`). Messages, what people
    did with them, and `opt_in` and `opt_out` carry their `channel`. The three weeks before hold newsletters to
    everybody. `data/DATA.md` describes the columns.

    Returns
    -------
    EventLog
        With `report_tz="Asia/Tehran"`, `week_start="saturday"` and `observed_until` at the end of the last day.

    Examples
    --------
    >>> load_campaign().n_users()
    3500
    """
    from funnel_utils.events import EventLog

    season = Season()
    until = pd.Timestamp(season.start, tz=TIME_ZONE) + pd.Timedelta(days=season.days)
    path = str(data_file(CAMPAIGN_FILE))
    return EventLog.read(path, report_tz=TIME_ZONE, week_start=WEEK_START, observed_until=until)


def load_campaign_truth() -> CampaignTruth:
    """What the lessons' campaign caused, in each person, and what kind of person she is.

    Examples
    --------
    >>> truth = load_campaign_truth()
    >>> truth.kinds["kind"].tolist()
    ['persuadables', 'sure things', 'lost causes', 'sleeping dogs']
    """
    return campaign_truth_of(Season(), shipped_season())


def data_file(name: str) -> Path:
    """Where a file of the lessons' data lies: in the clone's `data/`, else drawn into the user's cache.

    Parameters
    ----------
    name : str
        A file that `data/DATA.md` lists, such as `"pardis_events.parquet"`.

    Raises
    ------
    LogError
        If there is no such file.

    Examples
    --------
    >>> data_file("pardis_events.parquet").name
    'pardis_events.parquet'
    """
    known = (*_MAKERS, *_drawn_files())
    if name not in known:
        raise LogError(f"no lesson data named {name!r}; there are {', '.join(known)}.")
    beside = Path(__file__).resolve().parents[2] / "data" / name
    if beside.is_file():
        return beside
    # A folder for each specification: data of an older version are never taken for today's.
    specification = _specification(name)
    cached = _cache() / hashlib.sha256(repr(specification).encode()).hexdigest()[:16] / name
    if not cached.is_file():
        cached.parent.mkdir(parents=True, exist_ok=True)
        if name in _MAKERS:
            _MAKERS[name](generate(lesson_shop()), cached)
        else:
            _replace(cached, functools.partial(_write, _drawn_files()[name]()))
    return cached


def write_data(folder: Path) -> dict[str, str]:
    """Draw the lessons' data into `folder`; the SHA-256 of each file's canonical text by file name."""
    world = generate(lesson_shop())
    for name, make in _MAKERS.items():
        make(world, folder / name)
    prints = {
        EVENTS_FILE: fingerprint(world.events),
        FIRST_LOOK_FILE: fingerprint(first_look(world)),
    }
    for name, draw in _drawn_files().items():
        frame = draw()
        _replace(folder / name, functools.partial(_write, frame))
        prints[name] = rows_digest(frame) if name in experiment_files | campaign_files else fingerprint(frame)
    return prints


def _drawn_files() -> dict[str, Callable[[], pd.DataFrame]]:
    """How the rows of the files beside the first log are drawn, by the file's name."""
    return journey_files | month_files | retention_files | experiment_files | campaign_files


def _specification(name: str) -> object:
    """What a file is drawn from."""
    if name in _MAKERS:
        return lesson_shop()
    if name in month_files:
        return Months()
    if name in retention_files:
        return Members() if name == MEMBERS_FILE else Buyers()
    if name in experiment_files:
        return trial_of_file(name)
    if name in campaign_files:
        return Season()
    return journey_season()


def canonical_text(frame: pd.DataFrame) -> str:
    """A frame as text that no writer changes: sorted rows, times to the second, amounts to the thousand toman.

    Examples
    --------
    >>> print(canonical_text(pd.DataFrame({"user": ["b", "a"], "value": [1999.7, None]})))
    user,value
    a,
    b,2000
    """
    lines = sorted(",".join(cells) for cells in zip(*(_texts(frame[name]) for name in frame), strict=True))
    return "\n".join([",".join(frame.columns), *lines])


def _texts(column: pd.Series[Any]) -> list[str]:
    """The values of a column as canonical text; empty where there is none."""
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.strftime("%Y-%m-%d %H:%M:%S")
    elif column.dtype == float:
        column = column.map(lambda amount: f"{round(amount, -3):.0f}", na_action="ignore")
    return ["" if missing else str(value) for value, missing in zip(column, column.isna(), strict=True)]


def fingerprint(frame: pd.DataFrame) -> str:
    """SHA-256 of the canonical text of a frame."""
    return hashlib.sha256(canonical_text(frame).encode()).hexdigest()


def stored_fingerprint(path: Path) -> str:
    """The fingerprint of the rows in a Parquet file, whole numbers kept whole where some are missing.

    Examples
    --------
    >>> len(stored_fingerprint(data_file("pardis_events.parquet")))
    64
    """
    whole: dict[pa.DataType, Any] = {pa.int32(): pd.Int32Dtype(), pa.int64(): pd.Int64Dtype()}
    return fingerprint(pq.read_table(path).to_pandas(types_mapper=whole.get))


def first_look(world: World) -> pd.DataFrame:
    """A few people's rows as a small shop's tool would export them: few columns, local times without a zone."""
    people = [f"u{number:06d}" for number in range(FIRST_LOOK_PEOPLE)]
    frame = world.events[world.events["user"].isin(people)]
    columns = ["user", "event", "timestamp", "channel", "device", "city", "value"]
    local = frame["timestamp"].dt.tz_convert(TIME_ZONE).dt.strftime("%Y-%m-%d %H:%M:%S")
    return frame.assign(timestamp=local)[columns].reset_index(drop=True)


def _write_events(world: World, path: Path) -> None:
    _replace(
        path, lambda unfinished: pq.write_table(world.plain(), unfinished, compression="zstd", compression_level=15)
    )


def _write_first_look(world: World, path: Path) -> None:
    _replace(path, lambda unfinished: first_look(world).to_csv(unfinished, index=False, lineterminator="\n"))


def _write(frame: pd.DataFrame, path: Path) -> None:
    """A frame as a Parquet file, or as CSV where the name (of the final file, inside the scratch name) says so."""
    if ".csv" in path.name:
        frame.to_csv(path, index=False, lineterminator="\n")
    else:
        table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
        pq.write_table(table, path, compression="zstd", compression_level=15)


def _replace(path: Path, write: Callable[[Path], object]) -> None:
    """Write beside `path` and rename, so that no reader ever sees half a file."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write(unfinished)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _cache() -> Path:
    """The user's cache folder for this package."""
    home = Path.home()
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "funnel_utils"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "funnel_utils"


_MAKERS: dict[str, Callable[[World, Path], None]] = {
    EVENTS_FILE: _write_events,
    FIRST_LOOK_FILE: _write_first_look,
}
