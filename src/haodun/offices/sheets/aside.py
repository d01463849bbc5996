"""Bad rows, kept on disk in their order with their reasons until they are given back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import IO

from haodun.offices.sheets.temporary import Temporary
from haodun.offices.sheets.values import BadRow, Reason, SheetError

IN_MEMORY = 1 << 20


class Aside:
    """Rows set aside, up to a limit."""

    def __init__(self, limit: int) -> None:
        self.count = 0
        self._limit = limit
        self._file: IO[bytes] = Temporary(max_size=IN_MEMORY)

    def put(self, number: int, text: Sequence[str], reasons: Sequence[Reason]) -> None:
        """Set one aside. SheetError past the limit."""
        if self.count >= self._limit:
            raise SheetError(
                f"已有 {self.count} 行有错，读到第 {number} 行停下：请核对列与格式后重新上传。",
                f"{self.count} rows are bad by row {number}, so reading stopped: check the columns and their form",
            )
        self.count += 1
        kept = [number, list(text), [[one.zh, one.en] for one in reasons]]
        self._file.write(json.dumps(kept, ensure_ascii=False).encode() + b"\n")

    def rows(self) -> Iterator[BadRow]:
        """All of them, in the order in which they were set aside."""
        self._file.seek(0)
        for line in self._file:
            number, text, reasons = json.loads(line)
            yield BadRow(number, tuple(text), tuple(Reason(*one) for one in reasons))
        self._file.seek(0, 2)
