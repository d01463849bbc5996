"""A whole `haodun screen` run, from the file to the report, and its rate as a share of a plain DuckDB sort."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import duckdb

from haodun.edge.batch import Settings, run_screen
from haodun.lab.benchmarks.row import Row
from haodun.lab.benchmarks.traffic import country_files

CALLS = 20_000


def run() -> list[Row]:
    """Calls per second of wall time, and that rate over the rate of a plain sort by time."""
    with tempfile.TemporaryDirectory() as place:
        records, trunks = country_files(CALLS, Path(place) / "country")
        started = time.perf_counter()
        run_screen(Settings(calls=[str(records)], trunks=trunks, out=Path(place) / "run"))
        screened = CALLS / (time.perf_counter() - started)
        started = time.perf_counter()
        with duckdb.connect(":memory:") as connection:
            connection.sql("SELECT * FROM read_parquet(?) ORDER BY start_ms", params=[str(records)]).to_arrow_table()
        ordered = CALLS / (time.perf_counter() - started)
    return [
        Row("screen", "Parquet to report, oracle kernel", screened, "calls/s"),
        Row("screen", "share of a DuckDB sort of the same rows", screened / ordered, "ratio"),
    ]
