"""One kind of row on disk: Parquet by UTC day × 16 hash buckets of a number, each bucket with a manifest of its files.

Theory of operation. A bucket folder holds immutable Parquet files and `manifest.json`, which names the live ones and,
for each run, the highest event number that was put in. To add rows: write a new file, then replace the manifest (one
rename). A crash between the two leaves a file that no manifest names; it is removed by the next writer. A run is fed in
the order of its events, so adding some of them again adds nothing: their numbers are not above the manifest's mark, and
the feeder may go back to where it was last sure. To compact: write one sorted file from all live ones, then replace the
manifest; the old files stay for `GRACE_S`, so that a reader which has just read the old manifest still finds them.
Nothing is edited. One writer at a time holds the store's lock; readers take none.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from haodun.store import durable
from haodun.store.errors import StoreError

BUCKETS = 16
"""Hash buckets a day (SCALE: day × 16 buckets, sorted by number and time)."""
DAY_MS = 86_400_000
ROW_GROUP = 16_384
"""Rows a row group; a look-up of one number reads one or two of them."""
GRACE_S = 600
"""How long a file that was compacted away still lies there for readers."""
MAX_MANIFEST_BYTES = 16_777_216
_MANIFEST = "manifest.json"
_FORMAT = 1
_GOLDEN = 0x9E3779B97F4A7C15


def bucket_of(number: int) -> int:
    """The bucket of a number's key: Fibonacci hashing of its 64 bits, the same on every machine."""
    return ((number & 0xFFFFFFFFFFFFFFFF) * _GOLDEN & 0xFFFFFFFFFFFFFFFF) >> 60


def day_of(time_ms: int) -> date:
    """The UTC day of a time in milliseconds since the Unix epoch; days outside 1970–9999 are the nearest of these."""
    seconds = min(max(time_ms // 1000, 0), 253_402_300_799)
    return datetime.fromtimestamp(seconds, UTC).date()


@dataclass(slots=True)
class Manifest:
    """What a bucket holds."""

    files: list[str] = field(default_factory=list)
    """Names of the live files."""
    marks: dict[str, int] = field(default_factory=dict)
    """Run → the highest event number that is in."""
    retired: dict[str, int] = field(default_factory=dict)
    """File → when it was compacted away, in seconds since the epoch."""
    serial: int = 0
    """Of the next file."""

    def encode(self) -> bytes:
        """As JSON."""
        content = {
            "format": _FORMAT,
            "files": self.files,
            "marks": self.marks,
            "retired": self.retired,
            "serial": self.serial,
        }
        return json.dumps(content, separators=(",", ":")).encode("utf-8")


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bucket folder of one day."""

    path: Path

    def manifest(self) -> Manifest:
        """What is in it; an empty one where there is none. StoreError where it is damaged."""
        path = self.path / _MANIFEST
        try:
            if path.stat().st_size > MAX_MANIFEST_BYTES:
                raise StoreError(f"{path} is too large to be a manifest; restore it from a copy")
            found: dict[str, Any] = json.loads(path.read_bytes())
        except FileNotFoundError:
            return Manifest()
        except (OSError, ValueError) as error:
            raise StoreError(
                f"{path} is damaged; restore it, or remove {self.path} and take its log in again"
            ) from error
        if found.get("format") != _FORMAT:
            raise StoreError(f"{path} was written by another version of Haodun; convert the store first")
        return Manifest(found["files"], found["marks"], found["retired"], found["serial"])

    def add(self, table: pa.Table, *, run: str, upto: int) -> None:
        """Put rows in, all of one run and none above event `upto`; the caller has left out what is in already."""
        manifest = self.manifest()
        self.path.mkdir(parents=True, exist_ok=True)
        name = f"p{manifest.serial:06d}.parquet"
        _write(self.path / name, table)
        manifest.files.append(name)
        manifest.serial += 1
        manifest.marks[run] = max(upto, manifest.marks.get(run, 0))
        durable.place(self.path / _MANIFEST, manifest.encode())

    def compact(self, *, order: Sequence[str], now_s: int) -> int:
        """Join all files into one, sorted; how many rows it holds, 0 where there was nothing to join."""
        manifest = self.manifest()
        if len(manifest.files) < 2:
            return 0
        tables = [_read(self.path / name, None, None) for name in manifest.files]
        joined = pa.concat_tables(tables).sort_by([(name, "ascending") for name in order])
        name = f"c{manifest.serial:06d}.parquet"
        _write(self.path / name, joined)
        manifest.retired |= dict.fromkeys(manifest.files, now_s)
        manifest.files = [name]
        manifest.serial += 1
        durable.place(self.path / _MANIFEST, manifest.encode())
        return int(joined.num_rows)

    def sweep(self, *, now_s: int) -> int:
        """Remove files that no reader can need: compacted away long ago, or never named by a manifest; their number."""
        manifest = self.manifest()
        gone = [name for name, since in manifest.retired.items() if now_s - since > GRACE_S]
        kept = {*manifest.files, *manifest.retired, _MANIFEST} - set(gone)
        strays = [path.name for path in self.path.iterdir() if path.name not in kept]
        if gone:
            manifest.retired = {name: since for name, since in manifest.retired.items() if name not in gone}
            durable.place(self.path / _MANIFEST, manifest.encode())
        for name in strays:
            (self.path / name).unlink(missing_ok=True)
        return len(strays)

    def read(self, *, columns: Sequence[str] | None, filters: Any) -> Iterator[pa.Table]:
        """The rows that match, file by file; reads the manifest again where a file has just been swept away."""
        done: list[pa.Table] = []
        for attempt in range(3):
            done.clear()
            try:
                done.extend(_read(self.path / name, columns, filters) for name in self.manifest().files)
                break
            except FileNotFoundError:
                if attempt == 2:
                    raise
        yield from done


@dataclass(frozen=True, slots=True)
class Dataset:
    """A named kind of row: where its days lie, and the columns it is found by."""

    root: Path
    name: str
    key: str
    """Column of the number that chooses the bucket and sorts it."""
    time: str = "time_ms"
    event: str = "event"
    """Column of the event number."""

    @property
    def path(self) -> Path:
        """The folder of all its days."""
        return self.root / self.name

    def bucket(self, day: date, number: int) -> Bucket:
        """The folder of one bucket of one day."""
        return Bucket(self.path / f"day={day.isoformat()}" / f"bucket={number:02d}")

    def days(self) -> list[date]:
        """The days that are there, in order."""
        if not self.path.is_dir():
            return []
        names = sorted(path.name for path in self.path.glob("day=????-??-??"))
        return [date.fromisoformat(name.removeprefix("day=")) for name in names]

    def buckets(self, day: date) -> list[Bucket]:
        """The buckets of a day that are there."""
        return [bucket for number in range(BUCKETS) if (bucket := self.bucket(day, number)).path.is_dir()]

    def add(self, table: pa.Table, *, run: str) -> int:
        """Put rows of one run in, in any order; how many were new."""
        if table.num_rows == 0:
            return 0
        events, keys, times = (_integers(table, name) for name in (self.event, self.key, self.time))
        places: dict[tuple[date, int], list[int]] = {}
        for row, (key, time) in enumerate(zip(keys, times, strict=True)):
            places.setdefault((day_of(time), bucket_of(key)), []).append(row)
        new = 0
        for (day, number), rows in sorted(places.items()):
            bucket = self.bucket(day, number)
            mark = bucket.manifest().marks.get(run, 0)
            fresh = [row for row in rows if events[row] > mark]
            if fresh:
                bucket.add(self._sorted(table.take(fresh)), run=run, upto=max(events[row] for row in fresh))
                new += len(fresh)
        return new

    def _sorted(self, table: pa.Table) -> pa.Table:
        return table.sort_by([(self.key, "ascending"), (self.time, "ascending")])

    def compact(self, *, now_s: int, fewest: int = 2) -> int:
        """Compact and sweep every bucket with at least `fewest` files; how many buckets were compacted."""
        done = 0
        for day in self.days():
            for bucket in self.buckets(day):
                if len(bucket.manifest().files) >= fewest:
                    done += bucket.compact(order=(self.key, self.time, self.event), now_s=now_s) > 0
                bucket.sweep(now_s=now_s)
        return done

    def expire(self, *, before: date) -> list[date]:
        """Remove whole days before a date; the days that went. What a crash left over goes with the next call."""
        gone = [day for day in self.days() if day < before]
        for day in gone:
            place = self.path / f"day={day.isoformat()}"
            grave = self.path / f"expired-{day.isoformat()}"
            shutil.rmtree(grave, ignore_errors=True)
            durable.rename(place, grave)
        for grave in self.path.glob("expired-*") if self.path.is_dir() else ():
            shutil.rmtree(grave)
        return gone


@contextlib.contextmanager
def writing(root: Path) -> Iterator[None]:
    """Hold the store as its only writer; StoreError where another process writes. A killed writer lets go."""
    root.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(root, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreError(f"another process writes to the store {root}; stop it first") from error
        yield
    finally:
        os.close(descriptor)


def _integers(table: pa.Table, name: str) -> list[int]:
    values: list[Any] = table.column(name).to_pylist()
    return values


def _read(path: Path, columns: Sequence[str] | None, filters: Any) -> pa.Table:
    """One file's rows; the folders' names add no columns."""
    wanted = None if columns is None else list(columns)
    return pq.read_table(path, columns=wanted, filters=filters, partitioning=None)


def _write(path: Path, table: pa.Table) -> None:
    with durable.draft(path) as file:
        pq.write_table(table, file, row_group_size=ROW_GROUP, compression="zstd")
