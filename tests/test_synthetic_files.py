"""Logs on disk: the same rows however they are cut, nothing half written or overwritten unasked; the lessons' files."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from funnel_utils.errors import LogError, SpecError
from funnel_utils.synthetic import data_file, generate, lesson_shop, load_pardis, months, pieces, shipped, simulate
from funnel_utils.synthetic import vocabulary as v
from funnel_utils.synthetic.journeys import shipped as journeys
from funnel_utils.synthetic.journeys import words as w

DATA = Path(__file__).parents[1] / "data"


def read(folder: Path) -> pa.Table:
    return pa.concat_tables([pq.read_table(file) for file in sorted(folder.glob("*.parquet"))])


@pytest.fixture(scope="module")
def drawn() -> dict[str, str]:
    """Fingerprints of the lessons' data as the generator draws them today.

    The journeys' truth is missing: its expectation takes long. `test_synthetic_journeys` compares it with fewer people.
    """
    world = generate(lesson_shop())
    return {
        shipped.EVENTS_FILE: shipped.fingerprint(world.events),
        shipped.FIRST_LOOK_FILE: shipped.fingerprint(shipped.first_look(world)),
        journeys.JOURNEY_FILE: shipped.fingerprint(journeys.journey_files[journeys.JOURNEY_FILE]()),
        journeys.SPEND_FILE: shipped.fingerprint(journeys.journey_files[journeys.SPEND_FILE]()),
        months.MONTHS_FILE: shipped.fingerprint(months.draw_months()),
    }


# ---- simulate


def test_the_rows_do_not_depend_on_files_or_threads(tmp_path: Path) -> None:
    simulate(120_000, tmp_path / "one", rows_per_file=10_000_000, threads=1, progress=False)
    simulate(120_000, tmp_path / "many", rows_per_file=7_001, threads=3, progress=False)
    one, many = read(tmp_path / "one"), read(tmp_path / "many")
    assert one.num_rows == 120_000
    assert one.equals(many.combine_chunks()) or one.to_pandas().equals(many.to_pandas())
    sizes = [pq.read_metadata(file).num_rows for file in sorted((tmp_path / "many").glob("*.parquet"))]
    assert set(sizes[:-1]) == {7_001}


def test_a_larger_log_begins_with_the_people_of_a_smaller_one(tmp_path: Path) -> None:
    simulate(20_000, tmp_path / "small", progress=False)
    simulate(90_000, tmp_path / "large", progress=False)
    small, large = (read(tmp_path / name).to_pandas().dropna(subset=["user"]) for name in ("small", "large"))
    whole = small[small["user"] < small["user"].max()].reset_index(drop=True)
    same = large[large["user"].isin(whole["user"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(whole, same)


def test_a_simulated_log_is_the_generated_one(tmp_path: Path) -> None:
    world = generate(lesson_shop().with_(people=2_000))
    rows = world.table.num_rows
    simulate(rows, tmp_path / "log", ids="text", progress=False)
    ours = read(tmp_path / "log")
    assert ours.column_names == list(v.COLUMNS)
    assert shipped.fingerprint(_frame(ours)) == shipped.fingerprint(world.events)


def _frame(table: pa.Table) -> pd.DataFrame:
    types = {pa.int32(): pd.Int32Dtype(), pa.int64(): pd.Int64Dtype()}
    return table.to_pandas(types_mapper=types.get)


def test_only_the_columns_asked_for_are_written_and_words_are_plain_text(tmp_path: Path) -> None:
    done = simulate(5_000, tmp_path / "log", columns=("user", "event", "timestamp"), progress=False)
    schema = pq.read_schema(done.files[0])
    assert schema.names == ["user", "event", "timestamp"]
    assert schema.field("event").type == pa.string()
    assert schema.field("user").type == pa.int64()
    assert schema.field("timestamp").type == pa.timestamp("us", "UTC")
    assert done.events == 5_000
    assert 300 < done.people < 600
    assert "5,000 events" in str(done)


def test_a_folder_in_use_is_refused_and_replaced_only_when_asked(tmp_path: Path) -> None:
    out = tmp_path / "log"
    simulate(3_000, out, rows_per_file=1_000, progress=False)
    before = read(out)
    with pytest.raises(LogError, match=r"3 file.*overwrite=True"):
        simulate(500, out, progress=False)
    assert read(out).equals(before)
    simulate(500, out, progress=False, overwrite=True)
    assert [file.name for file in out.iterdir()] == ["part-00000.parquet"]
    assert read(out).num_rows == 500


def test_a_folder_with_somebody_elses_files_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("precious")
    with pytest.raises(LogError, match=r"thesis\.docx"):
        simulate(500, tmp_path, progress=False, overwrite=True)
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.docx"]
    with pytest.raises(LogError, match="is a file"):
        simulate(500, tmp_path / "thesis.docx", progress=False)


def test_a_run_that_breaks_leaves_the_earlier_log_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "log"
    simulate(2_000, out, progress=False)
    before = read(out)
    real = pieces.draw_block

    def breaks(shop: object, block: int) -> object:
        if block == 2:
            raise MemoryError("no more")
        return real(shop, block)  # type: ignore[arg-type]

    monkeypatch.setattr(pieces, "draw_block", breaks)
    with pytest.raises(MemoryError):
        simulate(300_000, out, rows_per_file=50_000, progress=False, overwrite=True)
    assert [file.name for file in out.iterdir()] == ["part-00000.parquet"]
    assert read(out).equals(before)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"events": 0}, "events=0"),
        ({"events": 1.5}, "events=1.5"),
        ({"events": float("nan")}, "events=nan"),
        ({"events": float("inf")}, "events=inf"),
        ({"rows_per_file": 0}, "rows_per_file=0"),
        ({"threads": 0}, "threads=0"),
        ({"ids": "uuid"}, "ids='uuid'"),
        ({"columns": ("user", "shoe_size")}, "no column 'shoe_size'"),
        ({"columns": ()}, "columns"),
        ({"seed": -3}, "seed=-3"),
    ],
)
def test_a_wrong_argument_is_refused_before_anything_is_made(tmp_path: Path, wrong: dict, says: str) -> None:
    with pytest.raises(SpecError, match=re.escape(says)):
        simulate(**{"events": 1_000, "out": tmp_path / "log", "progress": False, **wrong})
    assert not (tmp_path / "log").exists()


def test_progress_goes_to_the_terminals_error_stream(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    simulate(1_000, tmp_path / "log")
    seen = capsys.readouterr()
    assert seen.out == ""
    assert "1000/1000" in seen.err.replace(",", "")


# ---- the lessons' files


def test_the_files_are_what_the_generator_draws_today(drawn: dict[str, str]) -> None:
    documented = dict(re.findall(r"`(pardis_\S+)`[^\n]*`([0-9a-f]{64})`", (DATA / "DATA.md").read_text("utf-8")))
    committed = {
        shipped.EVENTS_FILE: shipped.fingerprint(_frame(pq.read_table(DATA / shipped.EVENTS_FILE))),
        shipped.FIRST_LOOK_FILE: shipped.fingerprint(pd.read_csv(DATA / shipped.FIRST_LOOK_FILE)),
        journeys.JOURNEY_FILE: shipped.fingerprint(_frame(pq.read_table(DATA / journeys.JOURNEY_FILE))),
        journeys.SPEND_FILE: shipped.fingerprint(pd.read_csv(DATA / journeys.SPEND_FILE)),
        months.MONTHS_FILE: shipped.fingerprint(pd.read_csv(DATA / months.MONTHS_FILE)),
    }
    assert committed == drawn
    truth = pd.read_csv(DATA / journeys.TRUTH_FILE, dtype=str, keep_default_na=False)
    expected = drawn | {journeys.TRUTH_FILE: shipped.fingerprint(truth)}
    # Customers and experiments have tests of their own.
    assert {name: documented[name] for name in expected} == expected


def test_the_files_are_small() -> None:
    assert max(file.stat().st_size for file in DATA.iterdir()) < 1e6


def test_data_md_explains_every_column_event_and_channel() -> None:
    text = (DATA / "DATA.md").read_text("utf-8")
    content = [piece.name for piece in lesson_shop().content]
    for word in (*v.COLUMNS, *v.EVENTS, *v.CHANNELS, *content, *w.COLUMNS, *w.EVENTS, *w.CHANNELS, *w.GROUPS):
        assert f"`{word}`" in text, word
    assert f"seed {lesson_shop().seed}" in text
    assert f"seed {journeys.journey_season().seed}" in text
    assert "CC0" in text


def test_load_pardis_opens_the_log_in_the_shops_calendar() -> None:
    log = load_pardis()
    assert (log.report_tz, log.week_start) == ("Asia/Tehran", "saturday")
    events = pd.read_parquet(DATA / shipped.EVENTS_FILE)
    assert log.n_events() == events["user"].notna().sum()
    assert log.n_users() == events["user"].nunique()
    assert 40_000 <= len(events) <= 65_000
    assert events.groupby("user").size().mean() == pytest.approx(12, abs=1)


def test_an_installed_package_draws_the_files_into_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drawn: dict[str, str]
) -> None:
    monkeypatch.setattr(shipped, "__file__", str(tmp_path / "lib" / "funnel_utils" / "synthetic" / "shipped.py"))
    monkeypatch.setattr(shipped.sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = data_file(shipped.EVENTS_FILE)
    assert tmp_path / "cache" in path.parents
    assert shipped.fingerprint(_frame(pq.read_table(path))) == drawn[shipped.EVENTS_FILE]
    made = path.stat().st_mtime_ns
    assert data_file(shipped.EVENTS_FILE).stat().st_mtime_ns == made
    assert [file.name for file in path.parent.iterdir()] == [shipped.EVENTS_FILE]


def test_an_unknown_file_is_refused_by_name() -> None:
    with pytest.raises(LogError, match=r"cats\.csv.*pardis_events\.parquet"):
        data_file("cats.csv")


def test_the_first_look_is_small_and_in_local_time() -> None:
    look = pd.read_csv(DATA / shipped.FIRST_LOOK_FILE)
    log = pd.read_parquet(DATA / shipped.EVENTS_FILE)
    assert 100 < len(look) < 500
    same = log[log["user"].isin(look["user"])].reset_index(drop=True)
    local = pd.to_datetime(look["timestamp"]).dt.tz_localize("Asia/Tehran")
    np.testing.assert_array_equal(local.dt.tz_convert("UTC"), same["timestamp"].dt.floor("s"))
    assert "purchase" in set(look["event"])
