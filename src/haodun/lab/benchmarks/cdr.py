"""Records per second through each codec, both ways."""

from __future__ import annotations

import io
from datetime import UTC

from haodun.edge.cdr import encode, make_codec, read_parquet
from haodun.lab.benchmarks.row import Row, rate
from haodun.lab.benchmarks.traffic import SEED
from haodun.lab.country import generate, load_scenario

CALLS = 30_000
WRITE_TARGET = 100_000.0
"""Calls per second that the lab must be able to write."""


def run() -> list[Row]:
    """Records per CPU second."""
    table = generate(load_scenario("country"), calls=CALLS, seed=SEED).calls
    rows = []
    for name in ("asterisk", "freeswitch-csv", "freeswitch-json", "parquet"):
        data = b"".join(encode(table, name))

        def write(name: str = name) -> int:
            for _ in encode(table, name):
                pass
            return CALLS

        def read(name: str = name, data: bytes = data) -> int:
            if name == "parquet":
                return sum(1 for _ in read_parquet(io.BytesIO(data)))
            codec = make_codec(name, tz=UTC)
            return sum(1 for _ in codec.feed(data)) + sum(1 for _ in codec.close())

        target = None if name == "freeswitch-json" else WRITE_TARGET
        rows.append(Row("cdr", f"{name}, write", rate(write), "records/s", target))
        rows.append(Row("cdr", f"{name}, read", rate(read), "records/s"))
    return rows
