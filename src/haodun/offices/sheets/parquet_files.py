"""Rows of a Parquet file as lists of text, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from haodun.offices.sheets.values import SheetError
from haodun.offices.sheets.xlsx_files import text_of

BATCH = 20_000
MAX_GROUP = 2 * 2**30
"""Bytes of one row group unpacked."""
_STRINGS = 100_000_000
"""Bytes of a text in the metadata, which is read whole."""


def lines_of(file: IO[bytes]) -> tuple[Iterator[list[str]], int]:
    """The titles, then each row; and how many rows there are. SheetError on what is no Parquet file."""
    file.seek(0)
    try:
        table = pq.ParquetFile(file, thrift_string_size_limit=_STRINGS)
        meta = table.metadata
        largest = max((meta.row_group(one).total_byte_size for one in range(meta.num_row_groups)), default=0)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise unreadable(error) from error
    if largest > MAX_GROUP:
        raise SheetError(
            "Parquet 文件的一个行组过大：请用较小的行组重新写出。",
            f"a row group of the file has {largest} bytes, at most {MAX_GROUP} are read: write it with smaller ones",
        )
    return _lines(table), meta.num_rows


def unreadable(error: object) -> SheetError:
    """A file that cannot be read."""
    return SheetError(
        "读不通这个 Parquet 文件：请重新导出后再上传。",
        f"the Parquet file cannot be read ({str(error)[:120]}): write it again and upload it",
    )


def _lines(table: Any) -> Iterator[list[str]]:
    yield list(table.schema_arrow.names)
    try:
        for batch in table.iter_batches(batch_size=BATCH):
            columns = [_texts(column) for column in batch.columns]
            yield from map(list, zip(*columns, strict=True))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise unreadable(error) from error


def _texts(column: Any) -> list[str]:
    return ["" if cell is None else cell if isinstance(cell, str) else text_of(cell) for cell in column.to_pylist()]
