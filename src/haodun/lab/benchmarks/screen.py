"""Whole `haodun screen` runs, from the file to the report, and their rate as a share of a plain DuckDB sort.

Wall time, since what is measured is one command on two cores; sort and run take turns, so that what else the machine
does falls on both. The same by the CPU time of both cores, which neighbours change less. Compiled functions are loaded
before.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import duckdb

from haodun.edge.batch import Kernel, Result, Settings, run_screen
from haodun.lab.benchmarks.row import CPU, WALL, Figure, Row
from haodun.lab.benchmarks.traffic import country_files

CALLS = 300_000
CSV_CALLS = 100_000
ORACLE_CALLS = 3_000
REPEATS = 3
SHARE = 0.25
"""Of the rate of the sort (DESIGN.md §7)."""
RATE, CSV_RATE = 1_500_000.0, 600_000.0
"""Calls per second on a quiet machine (DESIGN.md §7)."""
MEMORY_MB = 2_000.0
"""Of a run of CALLS calls; the kernel's 208 MB, 300 MB of records and what is made of them are what may be held."""


def run() -> list[Row]:
    """Calls per second of wall time, their share of a sort, and the memory taken."""
    with tempfile.TemporaryDirectory() as place:
        return [*_parquet(Path(place)), *_csv(Path(place))]


def _forget_peak() -> None:
    """Let the system's highest mark of this process's memory begin anew (proc(5) clear_refs 5), after other suites."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _parquet(place: Path) -> list[Row]:
    records, trunks = country_files(CALLS, place / "country")
    few, few_trunks = country_files(ORACLE_CALLS, place / "few")
    _screened(few, few_trunks, place / "warm")
    shares, shares_of_cpu, rates, costs = [], [], [], []
    for turn in range(REPEATS):
        begun = time.process_time()
        ordered = _seconds(partial(_sort, records))
        started = time.process_time()
        took = _seconds(partial(_screened, records, trunks, place / f"fast-{turn}"))
        cost = time.process_time() - started
        costs.append(cost / CALLS * 1e6)
        shares.append(ordered / took)
        shares_of_cpu.append((started - begun) / cost)
        rates.append(CALLS / took)
    _forget_peak()
    last = _screened(records, trunks, place / "peak").record["peak_memory_bytes"]
    plain = _seconds(partial(_screened, few, few_trunks, place / "oracle", kernel=Kernel.ORACLE))
    return [
        Row("screen", "Parquet to report", Figure.of(rates, clock=WALL), "calls/s", RATE),
        Row("screen", "share of a DuckDB sort of the same rows", Figure.of(shares, clock=WALL), "ratio", SHARE),
        Row("screen", "the same by CPU time", Figure.of(shares_of_cpu, clock=CPU), "ratio"),
        Row("screen", "Parquet to report, both cores", Figure.of(costs, clock=CPU), "µs/call"),
        Row("screen", "peak memory", last / 1e6, "MB", MEMORY_MB, at_most=True),
        Row("screen", "Parquet to report, oracle kernel", ORACLE_CALLS / plain, "calls/s"),
    ]


def _csv(place: Path) -> list[Row]:
    rows = []
    for name, what in (("asterisk", "Asterisk CSV"), ("csv", "mapped CSV")):
        speed, cost = _csv_figures(place, name)
        rows.append(Row("screen", f"{what} to report", speed, "calls/s", CSV_RATE))
        rows.append(Row("screen", f"{what} to report, both cores", cost, "µs/call"))
    return rows


def _csv_figures(place: Path, name: str) -> tuple[Figure, Figure]:
    """Calls a second of wall time, and microseconds of CPU time a call."""
    rates, costs = [], []
    for turn, calls in enumerate((1_000, CSV_CALLS, CSV_CALLS)):
        records, trunks = country_files(calls, place / f"{name}-{turn}", format=name)
        named = records.with_name("map.yaml")
        settings = Settings(
            calls=[str(records)],
            column_map=named if named.exists() else None,
            trunks=trunks,
            out=place / f"{name}-{turn}-run",
        )
        started = time.process_time()
        rates.append(calls / _seconds(partial(run_screen, settings)))
        costs.append((time.process_time() - started) / calls * 1e6)
    # The first loads what is compiled.
    return Figure.of(rates[1:], clock=WALL), Figure.of(costs[1:], clock=CPU)


def _screened(records: Path, trunks: Path, out: Path, *, kernel: Kernel = Kernel.FAST) -> Result:
    return run_screen(Settings(calls=[str(records)], trunks=trunks, out=out, kernel=kernel))


def _sort(records: Path) -> None:
    with duckdb.connect(":memory:") as connection:
        connection.sql("SELECT * FROM read_parquet(?) ORDER BY start_ms", params=[str(records)]).to_arrow_table()


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
