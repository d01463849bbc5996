"""The synthetic country: calls made and written as Parquet, on one core."""

from __future__ import annotations

import resource
import tempfile
from pathlib import Path

import pyarrow as pa

from haodun.lab.benchmarks.row import Row, rate
from haodun.lab.country import generate, load_scenario, write

CALLS = 1_000_000
TARGET = 100_000.0


def run() -> list[Row]:
    """Calls per CPU second, and the most memory that this process has held so far."""
    scenario = load_scenario("country")
    generate(scenario, calls=1, seed=1)  # the range tables are read once

    def made() -> int:
        return generate(scenario, calls=CALLS, seed=1).calls.num_rows

    def made_and_written() -> int:
        with tempfile.TemporaryDirectory() as folder:
            write(generate(scenario, calls=CALLS, seed=1), format="parquet", out=Path(folder) / "run")
        return CALLS

    cores = pa.cpu_count()
    pa.set_cpu_count(1)
    try:
        rows = [
            Row("lab", "generate 1 M calls", rate(made, repeats=1), "calls/s", TARGET),
            Row("lab", "generate 1 M calls and write Parquet", rate(made_and_written, repeats=1), "calls/s", TARGET),
        ]
    finally:
        pa.set_cpu_count(cores)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [*rows, Row("lab", "peak memory of the process", peak, "MB")]
