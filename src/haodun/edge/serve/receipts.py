"""Receipts on their way up: kept in a file until the control link has taken them, each sent until it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from haodun.edge.serve.limits import RECEIPTS
from haodun.store import durable


class Receipt(NamedTuple):
    """What became of one snapshot here."""

    version: int
    state: str
    """received, executed or refused."""
    detail: str
    at_ms: int
    run: str


class Receipts:
    """The receipts of one edge that were not taken yet, oldest first. Used by one thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: list[Receipt] = self._read()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, receipt: Receipt) -> None:
        """Keep a receipt, once for each version and state; OSError where it cannot be written."""
        said = [(kept.version, kept.state) for kept in self._waiting]
        if (receipt.version, receipt.state) not in said:
            self._waiting = [*self._waiting, receipt][-RECEIPTS:]
            self._write()

    def next(self) -> Receipt | None:
        """The oldest one, None if none waits."""
        return self._waiting[0] if self._waiting else None

    def taken(self, receipt: Receipt) -> None:
        """The link has taken this one."""
        self._waiting = [kept for kept in self._waiting if kept != receipt]
        self._write()

    def _write(self) -> None:
        durable.place(self._path, json.dumps(self._waiting).encode("utf-8"))

    def _read(self) -> list[Receipt]:
        """What an earlier process left; a file that cannot be read holds nothing, since receipts can be asked again."""
        try:
            rows = json.loads(self._path.read_text(encoding="utf-8"))
            return [Receipt(int(row[0]), str(row[1]), str(row[2]), int(row[3]), str(row[4])) for row in rows]
        except (OSError, ValueError, TypeError, LookupError):
            return []
