"""From files to call records in columns: detect the format, decode, set bad records aside, keep the good ones."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pyarrow.compute as pc

from haodun.edge.batch.errors import BatchError
from haodun.edge.batch.folder import text_of
from haodun.edge.batch.inputs import HEAD, Input, is_packed, plain_name, read_chunks
from haodun.edge.batch.quarantine import Quarantine
from haodun.edge.batch.settings import Settings
from haodun.edge.batch.spill import Spill
from haodun.edge.cdr import (
    ALIASES,
    ColumnMap,
    Part,
    detect,
    make_codec,
    propose_map,
    read_parquet_parts,
    read_parts,
)


@dataclass(slots=True)
class Intake:
    """What was read."""

    records: int = 0
    unzoned: int = 0
    """Records whose times carried no zone and were read by --tz."""
    formats: Counter[str] = field(default_factory=Counter)
    """Files by format."""


def read_all(
    inputs: list[Input],
    *,
    settings: Settings,
    spill: Spill,
    quarantine: Quarantine,
    progress: Callable[[int, int], None],
) -> Intake:
    """Read every input into the spill; BatchError where a file's format cannot be told or too much is bad."""
    intake = Intake()
    column_map = _column_map(settings)
    total = sum(source.path.stat().st_size for source in inputs)
    done = 0

    def seen(packed: int) -> None:
        progress(done + packed, total)

    with ThreadPoolExecutor(2) as pool:
        for source in inputs:
            name, parts = _parts(source, settings=settings, column_map=column_map, seen=seen, pool=pool)
            intake.formats[name] += 1
            _take(parts, source=source, intake=intake, spill=spill, quarantine=quarantine)
            done += source.path.stat().st_size
            progress(done, total)
    return intake


def _take(parts: Iterable[Part], *, source: Input, intake: Intake, spill: Spill, quarantine: Quarantine) -> None:
    for part in parts:
        good = quarantine.good
        for before, bad in part.aside:
            quarantine.good = good + before
            quarantine.add(bad, source.name)
        rows = part.records.num_rows
        quarantine.good = good + rows
        if not rows:
            continue
        spill.add(part.records, source.name)
        intake.records += rows
        intake.unzoned += rows - int(pc.sum(part.records.column("zoned")).as_py() or 0)


def _column_map(settings: Settings) -> ColumnMap | None:
    if settings.column_map is None:
        return None
    return ColumnMap.parse(text_of(settings.column_map), str(settings.column_map))


def _parts(
    source: Input,
    *,
    settings: Settings,
    column_map: ColumnMap | None,
    seen: Callable[[int], None],
    pool: ThreadPoolExecutor,
) -> tuple[str, Iterator[Part]]:
    """The format of a file and its records; `pool` reads ahead."""
    chunks = read_chunks(source, seen=seen)
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= HEAD:
            break
    name = _format(head[:HEAD], source=source, settings=settings, column_map=column_map)
    if name == "parquet":
        chunks.close()  # type: ignore[attr-defined]
        return name, _parquet(source)
    codec = make_codec(name, tz=settings.tz, column_map=column_map)
    return name, read_parts(codec, itertools.chain((head,), chunks), lambda work: pool.submit(work).result)


def _format(head: bytes, *, source: Input, settings: Settings, column_map: ColumnMap | None) -> str:
    if column_map is not None:
        return "map"
    if settings.format is not None:
        return ALIASES.get(settings.format, settings.format)
    found = detect(head, plain_name(source.path.name))
    if found.format != "unknown":
        return found.format
    proposal = propose_map(head)
    raise UnknownFormatError(
        f"{source.name}: the format is not known ({found.reason}); check the proposed column map, save it as map.yaml "
        f"and run again with --map map.yaml",
        proposal=str(proposal),
    )


class UnknownFormatError(BatchError):
    """A file whose format cannot be told; carries the column map that the wizard proposes."""

    def __init__(self, message: str, *, proposal: str) -> None:
        super().__init__(message)
        self.proposal = proposal


def _parquet(source: Input) -> Iterator[Part]:
    if is_packed(source.path):
        raise BatchError(f"{source.name} is Parquet inside gzip or zstd; unpack it, Parquet is packed already")
    with source.path.open("rb") as file:
        yield from read_parquet_parts(file)
