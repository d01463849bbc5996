"""The keeper: follows the live logs of edges into the store, and hands them on, from where each was last sure."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from haodun.store import durable
from haodun.store.errors import StoreError
from haodun.store.frames import Batch
from haodun.store.segments import RUN_JSON, read_batches
from haodun.store.services import KEEP_DAYS, Store, Writer

BATCHES_A_STEP = 1024
"""Batches of one log that one step takes in, so that no log starves another."""
COMPACT_EVERY_MS = 600_000
MARKS = "progress.json"

Taker = Callable[[str, Sequence[Batch]], None]
"""Takes batches of a run further, such as into counts; it is given some again after a crash, and must not mind."""


class Keeper:
    """Brings live logs into a store; one a store. Use inside `with store.writer() as writer`."""

    def __init__(self, store: Store, writer: Writer, *, takers: Sequence[Taker] = ()) -> None:
        self._writer = writer
        self._takers = takers
        self._path = store.root / MARKS
        self._marks = _read_marks(self._path)
        self._compacted_ms = 0

    def step(self, logs: Sequence[Path], *, now_ms: int) -> int:
        """Take in what the logs have and the store has not; how many events. A log without a run is passed over."""
        taken = sum(self._follow(log) for log in logs if (log / RUN_JSON).is_file())
        if now_ms - self._compacted_ms >= COMPACT_EVERY_MS:
            self._compacted_ms = now_ms
            self._writer.compact(now_ms=now_ms)
            self._writer.expire(now_ms=now_ms, keep_days=KEEP_DAYS)
        return taken

    def _follow(self, log: Path) -> int:
        run = run_of(log)
        start = self._marks.get(run, 0)
        batches = list(islice(read_batches(log, after=start), BATCHES_A_STEP))
        if not batches:
            return 0
        self._writer.add(run, batches)
        for taker in self._takers:
            taker(run, batches)
        self._marks[run] = batches[-1].pairs[-1][0].number
        durable.place(self._path, json.dumps(self._marks).encode("ascii"))
        return sum(event.number > start for batch in batches for event, _ in batch.pairs)


def run_of(log: Path) -> str:
    """The run id of a live log's folder; StoreError where it has none."""
    path = log / RUN_JSON
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return str(found["run"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{path} cannot be read; {log} holds no live log, or was damaged") from error


def _read_marks(path: Path) -> dict[str, int]:
    """Where each run was last sure; nothing where that is lost, since going over a log again adds nothing twice."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return {str(run): int(mark) for run, mark in found.items()} if isinstance(found, dict) else {}
