"""The engine: limits that hold, spilled data that is cleaned up."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from funnel_utils import EngineError, EventLog, SpecError
from funnel_utils.engine import Engine, default_engine


def _setting(engine: Engine, name: str) -> object:
    return engine.backend.con.execute("SELECT current_setting(?)", [name]).fetchone()[0]


def test_the_limits_reach_the_database(tmp_path: Path) -> None:
    with Engine(memory_limit="200MB", threads=1, temp_directory=tmp_path) as engine:
        assert _setting(engine, "threads") == 1
        assert _setting(engine, "memory_limit") == "190.7 MiB"
        assert _setting(engine, "preserve_insertion_order") is True
        assert Path(str(_setting(engine, "temp_directory"))).parent == tmp_path


def test_the_engine_never_fetches_an_extension() -> None:
    assert _setting(default_engine(), "autoinstall_known_extensions") is False


def test_there_is_one_default_engine() -> None:
    assert default_engine() is default_engine()


def test_closing_removes_the_spill_directory_and_says_so_when_used_again(tmp_path: Path) -> None:
    engine = Engine(temp_directory=tmp_path)
    log = EventLog.from_story({"ana": ["visit@0"]}, engine=engine)
    assert log.n_events() == 1
    assert list(tmp_path.iterdir()) == [engine.spill_directory]
    engine.close()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(EngineError, match="closed"):
        _ = engine.backend


def test_a_forgotten_engine_cleans_up_too(tmp_path: Path) -> None:
    engine = Engine(temp_directory=tmp_path)
    _ = engine.backend
    del engine
    assert list(tmp_path.iterdir()) == []


def test_a_frame_is_forgotten_with_its_log() -> None:
    with Engine() as engine:
        log = EventLog.from_story({"ana": ["visit@0"]}, engine=engine)
        assert len(engine.backend.list_tables()) == 1
        del log
        assert engine.backend.list_tables() == []


@pytest.mark.parametrize("limit", ["200", "lots", "-1GB", "200 mb"])
def test_a_memory_limit_needs_a_unit(limit: str) -> None:
    with pytest.raises(SpecError, match="memory_limit"):
        Engine(memory_limit=limit)


def test_threads_and_temp_directory_are_checked(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="threads"):
        Engine(threads=0)
    with pytest.raises(SpecError, match="temp_directory"):
        Engine(temp_directory=tmp_path / "nowhere")


def test_a_log_larger_than_the_memory_limit_is_sorted_by_spilling(tmp_path: Path) -> None:
    """Two million rows take about 140 MB in a sort; the limit is 100 MB, so the sort must go to disk."""
    file, spill = tmp_path / "events.parquet", tmp_path / "spill"
    spill.mkdir()
    duckdb.connect().execute(
        "COPY (SELECT 'user-' || lpad((hash(i) % 400000)::VARCHAR, 30, '0') AS user, "
        "['visit', 'view_product', 'add_to_cart', 'purchase'][1 + (hash(i * 7) % 4)::INT] AS event, "
        "make_timestamp(1767225600000000 + (hash(i * 3) % 7776000000000)::BIGINT) AS timestamp "
        f"FROM range(2000000) r(i)) TO '{file}' (FORMAT parquet)"
    )
    with Engine(memory_limit="100MB", threads=1, temp_directory=spill) as engine:
        log = EventLog.read(file, engine=engine)
        batches = log.table.order_by("user", "timestamp").to_pyarrow_batches(chunk_size=100_000)
        rows, last, spilled = 0, "", 0
        for batch in batches:
            users = batch["user"]
            assert last <= users[0].as_py() <= users[-1].as_py()
            rows, last = rows + batch.num_rows, users[-1].as_py()
            spilled = max(spilled, sum(path.stat().st_size for path in spill.rglob("*") if path.is_file()))
        assert rows == 2_000_000
        assert spilled > 10_000_000
        assert log.n_users() == duckdb.execute(f"SELECT count(DISTINCT user) FROM '{file}'").fetchone()[0]
    assert list(spill.iterdir()) == []
