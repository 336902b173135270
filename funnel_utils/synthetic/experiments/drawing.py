"""From a trial to its log: blocks of people, their rows as Arrow, a frame for reading, a file for millions of people.

People are drawn in blocks of `BLOCK`, each with generators of its own, so a person's rows do not depend on how many
others there are. Rows stand by person and then by time: the same order however the work is cut.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from funnel_utils.errors import SpecError
from funnel_utils.synthetic.clock import DAY
from funnel_utils.synthetic.draws import BLOCK, Ints, choose, generator
from funnel_utils.synthetic.experiments.trial import (
    CITIES,
    CITY_SHARES,
    CODE,
    CUSTOMER_SHARES,
    CUSTOMERS,
    DEVICE_SHARES,
    DEVICES,
    EVENTS,
    PLACES,
    People,
    Rows,
    Trial,
    weights,
)
from funnel_utils.synthetic.world import instants, word_column

#: Rows that are collected before they are written.
ROW_GROUP = 1_000_000


def draw_experiment(trial: Trial) -> pd.DataFrame:
    """The whole log of an experiment.

    Parameters
    ----------
    trial : Trial
        Such as `experiment_spec("ab")`, perhaps `.with_(users=…, seed=…)`.

    Returns
    -------
    DataFrame
        A row per event: `user`, `event`, `timestamp` (UTC, whole seconds), `variant` and what else is known at the
        exposure (only on `exposed` rows), `device`, `city`, `customer`, `place` (where the trial has places), `value`
        (toman), `currency`.

    Examples
    --------
    >>> from funnel_utils.synthetic import experiment_spec
    >>> log = draw_experiment(experiment_spec("aa").with_(users=500))
    >>> int(log["event"].eq("exposed").sum())
    500
    """
    table = pa.concat_tables(list(tables(trial))).combine_chunks()
    plain = [pa.field(f.name, pa.string()) if pa.types.is_dictionary(f.type) else f for f in table.schema]
    frame: pd.DataFrame = table.cast(pa.schema(plain)).to_pandas()
    return frame


def write_experiment(trial: Trial, path: str | os.PathLike[str]) -> Path:
    """Write an experiment of any number of people to one Parquet file, in bounded memory.

    Parameters
    ----------
    trial : Trial
    path : path
        Must not exist yet.

    Returns
    -------
    Path
        The file; the same rows in the same order as `draw_experiment` gives.

    Raises
    ------
    SpecError
        If the file is there already.

    Examples
    --------
    >>> import tempfile
    >>> from funnel_utils.synthetic import experiment_spec
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_experiment(experiment_spec("aa").with_(users=9_000), f"{folder}/aa.parquet")
    ...     pq.read_metadata(path).num_rows > 9_000
    True
    """
    path = Path(path)
    if path.exists():
        raise SpecError(f"path={str(path)!r} is there already; name a new file.")
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    writer: pq.ParquetWriter | None = None
    try:
        waiting: list[pa.Table] = []
        for table in tables(trial):
            waiting.append(table)
            if sum(part.num_rows for part in waiting) >= ROW_GROUP:
                writer = _flush(writer, unfinished, waiting)
        writer = _flush(writer, unfinished, waiting)
        writer.close()
        unfinished.replace(path)
    finally:
        if writer is not None:
            writer.close()
        unfinished.unlink(missing_ok=True)
    return path


def _flush(writer: pq.ParquetWriter | None, path: Path, waiting: list[pa.Table]) -> pq.ParquetWriter:
    """Write what waits; the words of all blocks in one dictionary."""
    if writer is None:
        writer = pq.ParquetWriter(path, waiting[0].schema, store_schema=False, compression="zstd")
    if waiting:
        writer.write_table(pa.concat_tables(waiting).unify_dictionaries().combine_chunks(), row_group_size=ROW_GROUP)
        waiting.clear()
    return writer


def tables(trial: Trial) -> Iterator[pa.Table]:
    """The rows of each block of people, in order of person and time."""
    for block in range(-(-trial.users // BLOCK)):
        people = draw_people(trial, block)
        yield _table(trial, people, _in_order(trial.happen(people, generator(trial.seed, trial.name, block)), people))


def draw_people(trial: Trial, block: int) -> People:
    """One block of people, those beyond the trial's number left in: they are cut from the rows."""
    rng = generator(trial.seed, f"{trial.name} people", block)
    number = np.arange(BLOCK, dtype=np.int64) + block * BLOCK
    device = choose(rng, DEVICE_SHARES, BLOCK)
    city = choose(rng, CITY_SHARES[:2] if trial.places else CITY_SHARES, BLOCK)
    customer = choose(rng, CUSTOMER_SHARES, BLOCK)
    # Whole seconds, so that nobody is written down after the last midnight.
    exposed = np.floor(trial.clock.wall(rng.random(BLOCK) * trial.days * DAY))
    arm = trial.lot(rng, number)
    more = trial.trait(rng, number, device)
    return People(number, arm, exposed, device, city, customer, weights(device, customer), more)


def _in_order(parts: list[Rows], people: People) -> Rows:
    """All rows, by person, time and event."""
    names = ("person", "event", "time", "value", "place")
    person, event, time, value, place = (np.concatenate([getattr(part, name) for part in parts]) for name in names)
    whole = np.ceil(time)
    order = np.lexsort((event, whole, person))
    return Rows(person[order], event[order], whole[order], value[order], place[order])


def _table(trial: Trial, people: People, rows: Rows) -> pa.Table:
    """The rows of a block as an Arrow table, without those of people beyond the trial's number."""
    keep = np.flatnonzero(people.number[rows.person] < trial.users)
    person, event, value = rows.person[keep], rows.event[keep], rows.value[keep]
    exposes = event == CODE["exposed"]

    def words(codes: Ints, known: tuple[str, ...], only_exposed: bool = False) -> pa.DictionaryArray:
        codes = np.where(exposes, codes[person], -1) if only_exposed else codes[person]
        return word_column(codes.astype(np.int16), known)

    names = pa.array([f"e{number:06d}" for number in people.number], pa.string())
    columns: dict[str, pa.Array] = {
        "user": names.take(pa.array(person)),
        "event": word_column(event.astype(np.int16), EVENTS),
        "timestamp": instants(trial.start, (rows.time[keep] * 1000).astype(np.int64)),
        "variant": words(people.arm, trial.arms, only_exposed=True),
    }
    for name, (codes, known) in trial.extras(people).items():
        columns[name] = words(codes, known, only_exposed=True)
    columns["device"] = words(people.device, DEVICES)
    columns["city"] = words(people.city, CITIES)
    columns["customer"] = words(people.customer, CUSTOMERS)
    if trial.places:
        columns["place"] = word_column(rows.place[keep].astype(np.int16), PLACES)
    columns["value"] = pa.array(value, mask=np.isnan(value))
    columns["currency"] = word_column(np.where(np.isnan(value), -1, 0).astype(np.int16), ("IRT",))
    return pa.table(columns)
