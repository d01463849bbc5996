"""The store: every attempt with its verdict, and every event, by day and number; put in once, found in milliseconds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from haodun.screening.events import INPUT_LOG_SCHEMA, Action, event_batch
from haodun.screening.verdicts import VERDICT_SCHEMA, Token, Verdict, check_token, verdict_batch, verdicts_of
from haodun.store.dataset import BUCKETS, DAY_MS, Dataset, bucket_of, day_of, writing
from haodun.store.frames import Batch

KEEP_DAYS = 180
"""Days that verdicts and calls are kept (DESIGN.md §4; 网络安全法 art. 21 asks for six months)."""
HOUR_MS = 3_600_000
MAX_ROWS = 10_000
"""Rows that one look-up returns at most; the newest."""

_RUN: pa.Field[pa.DataType] = pa.field("run", pa.string(), nullable=False)
_DECIDED_BY: list[pa.Field[pa.DataType]] = [
    _RUN,
    pa.field("snapshot", pa.int64(), nullable=False),
    pa.field("policy", pa.string(), nullable=False),
    pa.field("bypass", pa.bool_(), nullable=False),
]
STORED_VERDICT_SCHEMA = pa.schema([*VERDICT_SCHEMA, *_DECIDED_BY])
"""The verdict log's columns, then the run and what decided: snapshot (0: none), policy digest, bypass."""
STORED_CALL_SCHEMA = pa.schema([*INPUT_LOG_SCHEMA, _RUN])
"""The input log's columns, then the run."""


@dataclass(frozen=True, slots=True)
class StoredVerdict:
    """A verdict as the store gives it back."""

    run: str
    snapshot: int
    """Version of the snapshot that decided, 0 where a policy file did."""
    policy: str
    """Digest of the policy that decided."""
    bypass: bool
    """It was let through by order of the operator, whatever the verdict says."""
    verdict: Verdict

    @property
    def id(self) -> str:
        """The verdict id."""
        return f"{self.run}-{self.verdict.event}"


@dataclass(frozen=True, slots=True)
class Hour:
    """What a number did in one hour as a caller."""

    start_ms: int
    attempts: int
    stopped: int
    """Attempts whose verdict was not ALLOW."""


class Store:
    """A store on disk. Reading takes no lock; writing does (`with store.writer()`)."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.verdicts = Dataset(root, "verdicts", key="caller")
        self.calls = Dataset(root, "calls", key="caller_key", event="number")

    def writer(self) -> Writer:
        """The only writer, from entering the block to leaving it."""
        return Writer(self)

    def days(self) -> list[date]:
        """The UTC days that are there."""
        return self.verdicts.days()

    def verdicts_of(
        self, number: int, *, since_ms: int = 0, until_ms: int = 2**62, limit: int = MAX_ROWS
    ) -> list[StoredVerdict]:
        """The verdicts of a caller, newest first, from `since_ms` up to but not including `until_ms`."""
        condition = (
            (pc.field("caller") == number) & (pc.field("time_ms") >= since_ms) & (pc.field("time_ms") < until_ms)
        )
        found: list[StoredVerdict] = []
        for day in reversed(self._days_between(since_ms, until_ms)):
            tables = self.verdicts.bucket(day, bucket_of(number)).read(columns=None, filters=condition)
            of_day = [stored for table in tables for stored in _stored(table)]
            found += sorted(of_day, key=lambda stored: (stored.verdict.time_ms, stored.verdict.event), reverse=True)
            if len(found) >= limit:
                break
        return found[:limit]

    def hours_of(self, number: int, *, since_ms: int, until_ms: int) -> list[Hour]:
        """What a caller did hour by hour; hours without a call are left out."""
        condition = (
            (pc.field("caller") == number) & (pc.field("time_ms") >= since_ms) & (pc.field("time_ms") < until_ms)
        )
        counts: dict[int, list[int]] = {}
        for day in self._days_between(since_ms, until_ms):
            bucket = self.verdicts.bucket(day, bucket_of(number))
            for table in bucket.read(columns=["time_ms", "action"], filters=condition):
                for time, action in zip(*(column.to_pylist() for column in table.columns), strict=True):
                    cell = counts.setdefault(time // HOUR_MS * HOUR_MS, [0, 0])
                    cell[0] += 1
                    cell[1] += action != Action.ALLOW
        return [Hour(start, *cell) for start, cell in sorted(counts.items())]

    def by_token(self, token: Token, *, site_key: bytes) -> StoredVerdict | None:
        """The verdict that a redress token belongs to, None where the token is forged or its day is gone."""
        day = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=token.day)).date()
        for stored in self._by_event(day, token.sequence):
            if stored.verdict.token and check_token(site_key, token, run_id=stored.run):
                return stored
        return None

    def by_id(self, verdict_id: str, *, day: date) -> StoredVerdict | None:
        """The verdict of an id, on the day it was given."""
        run, _, number = verdict_id.rpartition("-")
        if not (number.isascii() and number and all("0" <= digit <= "9" for digit in number) and len(number) <= 15):
            return None
        return next((stored for stored in self._by_event(day, int(number)) if stored.run == run), None)

    def calls_of(self, number: int, *, since_ms: int, until_ms: int) -> pa.Table:
        """The events of a caller as rows of the input log, unordered."""
        condition = (
            (pc.field("caller_key") == number) & (pc.field("time_ms") >= since_ms) & (pc.field("time_ms") < until_ms)
        )
        tables = [
            table
            for day in self._days_between(since_ms, until_ms)
            for table in self.calls.bucket(day, bucket_of(number)).read(columns=None, filters=condition)
        ]
        return pa.concat_tables(tables) if tables else STORED_CALL_SCHEMA.empty_table()

    def _by_event(self, day: date, event: int) -> Iterator[StoredVerdict]:
        for number in range(BUCKETS):
            bucket = self.verdicts.bucket(day, number)
            for table in bucket.read(columns=None, filters=pc.field("event") == event):
                yield from _stored(table)

    def _days_between(self, since_ms: int, until_ms: int) -> list[date]:
        first, last = day_of(since_ms), day_of(until_ms - 1)
        return [day for day in self.verdicts.days() if first <= day <= last]


class Writer:
    """Puts rows in and keeps the store in order; one at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = writing(store.root)

    def __enter__(self) -> Writer:
        self._lock.__enter__()
        return self

    def __exit__(self, *trouble: object) -> None:
        self._lock.__exit__(None, None, None)

    def add(self, run: str, batches: Sequence[Batch]) -> int:
        """Put batches of a live log in, in the order of the log; how many verdicts were new.

        Adding one again adds nothing, so that after a crash the feeder goes back to any batch it is not sure of.
        """
        if not batches:
            return 0
        events = [event for batch in batches for event, _ in batch.pairs]
        calls = pa.Table.from_batches([event_batch(events)]).replace_schema_metadata(None)
        self._store.calls.add(_with_constants(calls, {_RUN: run}), run=run)
        return self._store.verdicts.add(pa.concat_tables(_verdict_table(run, batch) for batch in batches), run=run)

    def compact(self, *, now_ms: int, fewest: int = 8) -> int:
        """Join the small files of each bucket that has at least `fewest`; how many buckets."""
        datasets = (self._store.verdicts, self._store.calls)
        return sum(dataset.compact(now_s=now_ms // 1000, fewest=fewest) for dataset in datasets)

    def expire(self, *, now_ms: int, keep_days: int = KEEP_DAYS) -> list[date]:
        """Remove the days that are older than `keep_days`; those that went."""
        before = day_of(now_ms - keep_days * DAY_MS)
        return sorted(
            {day for dataset in (self._store.verdicts, self._store.calls) for day in dataset.expire(before=before)}
        )


def _verdict_table(run: str, batch: Batch) -> pa.Table:
    given = [verdict for _, verdict in batch.pairs if verdict is not None]
    verdicts = pa.Table.from_batches([verdict_batch(given)]).replace_schema_metadata(None)
    words = (run, batch.snapshot, batch.policy, batch.bypass)
    return _with_constants(verdicts, dict(zip(_DECIDED_BY, words, strict=True)))


def _with_constants(table: pa.Table, words: Mapping[pa.Field[pa.DataType], object]) -> pa.Table:
    """A table with columns that say the same in each row."""
    for field, value in words.items():
        table = table.append_column(field, pa.array([value] * table.num_rows, field.type))
    return table


def _stored(table: pa.Table) -> Iterator[StoredVerdict]:
    plain = table.drop_columns([field.name for field in _DECIDED_BY])
    verdicts = (verdict for batch in plain.combine_chunks().to_batches() for verdict in verdicts_of(batch))
    words = (table.column(field.name).to_pylist() for field in _DECIDED_BY)
    for run, snapshot, policy, bypass, verdict in zip(*words, verdicts, strict=True):
        yield StoredVerdict(run, snapshot, policy, bypass, verdict)
