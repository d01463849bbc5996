"""Call records on their way to be joined: held in memory up to a limit, and in Parquet files past it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from haodun.edge.batch.settings import LIMITS
from haodun.edge.cdr import RECORD_SCHEMA

_FIELDS: list[pa.Field[Any]] = [*RECORD_SCHEMA, pa.field("file", pa.int32(), nullable=False)]
_TEXTS: Any = ["trunk"]
SPILL_SCHEMA = pa.schema(_FIELDS)
"""The fields of a call record, then its file: a place in `Spill.names`."""


class Spill:
    """The good records of a run. Within `LIMITS.held_bytes` they stay in memory; past it all of them are in files."""

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        """`names` are those of the files that records may come from."""
        self.folder = folder
        self.names = sorted(names)
        """In the order that breaks ties between equal legs."""
        self.records = 0
        self._places = {name: place for place, name in enumerate(self.names)}
        self._held: list[pa.RecordBatch] = []
        self._bytes = self._rows = self._files = 0
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, records: pa.RecordBatch, file_name: str) -> None:
        """Keep records (by RECORD_SCHEMA) of one file."""
        file = pa.array(np.full(records.num_rows, self._places[file_name], np.int32))
        self._held.append(pa.RecordBatch.from_arrays([*records.columns, file], schema=SPILL_SCHEMA))
        self._bytes += records.nbytes
        self._rows += records.num_rows
        self.records += records.num_rows
        if self._files or self._bytes > LIMITS.held_bytes:
            self._write(LIMITS.records_per_spill)

    @property
    def spilled(self) -> bool:
        """Whether the records are in files."""
        return self._files > 0

    def held(self) -> pa.Table:
        """All records, where none was spilled. They are handed over: the spill keeps nothing."""
        table = pa.Table.from_batches(self._held, schema=SPILL_SCHEMA)
        self._held = []
        return table

    def files(self) -> list[str]:
        """The files that hold all records."""
        self._write(1)
        return sorted(str(path) for path in self.folder.glob("records-*.parquet"))

    def _write(self, fewest: int) -> None:
        """Put what is held into a file, where there is enough for one."""
        if self._rows < fewest:
            return
        path = self.folder / f"records-{self._files:06d}.parquet"
        with pq.ParquetWriter(path, SPILL_SCHEMA, compression="lz4", use_dictionary=_TEXTS) as writer:
            writer.write_table(self.held(), row_group_size=131_072)
        self._files += 1
        self._bytes = self._rows = 0
