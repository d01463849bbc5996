"""From files to call records: detect the format, decode, set bad records aside, spill the good ones as Parquet."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from haodun.edge.batch.errors import BatchError
from haodun.edge.batch.folder import text_of
from haodun.edge.batch.inputs import HEAD, Input, is_packed, plain_name, read_chunks
from haodun.edge.batch.quarantine import Quarantine
from haodun.edge.batch.settings import LIMITS, Settings
from haodun.edge.cdr import ALIASES, BadRecord, CallRecord, ColumnMap, detect, make_codec, propose_map, read_parquet

_FIELDS: list[tuple[str, pa.DataType]] = [
    ("call_id", pa.string()),
    ("leg_id", pa.string()),
    ("start_ms", pa.int64()),
    ("answer_ms", pa.int64()),
    ("end_ms", pa.int64()),
    ("caller", pa.string()),
    ("callee", pa.string()),
    ("trunk", pa.string()),
    ("presentation", pa.int8()),
    ("attestation", pa.int8()),
    ("roaming", pa.int8()),
    ("diversion", pa.string()),
    ("device", pa.string()),
    ("cell", pa.string()),
    ("cause", pa.int8()),
    ("line", pa.int64()),
    ("zoned", pa.bool_()),
    ("file", pa.string()),
]
SURROGATE = re.compile("[\ud800-\udfff]")
SPILL_SCHEMA = pa.schema(_FIELDS)
"""The fields of CallRecord in their order, then the file."""


@dataclass(slots=True)
class Intake:
    """What was read."""

    records: int = 0
    unzoned: int = 0
    """Records whose times carried no zone and were read by --tz."""
    formats: Counter[str] = field(default_factory=Counter)
    """Files by format."""


class Spill:
    """Call records in Parquet files of bounded size, in a folder of the run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._rows: list[tuple[object, ...]] = []
        self._files = 0
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, record: CallRecord, file_name: str) -> None:
        """Keep one record; a full buffer becomes a file."""
        self._rows.append((*astuple_fast(record), file_name))
        if len(self._rows) >= LIMITS.records_per_spill:
            self.flush()

    def flush(self) -> None:
        """Write what is buffered."""
        if not self._rows and self._files:
            return
        columns = zip(*self._rows, strict=True) if self._rows else ((),) * len(SPILL_SCHEMA)
        arrays = [pa.array(column, kind) for column, kind in zip(columns, SPILL_SCHEMA.types, strict=True)]
        table = pa.Table.from_arrays(arrays, schema=SPILL_SCHEMA)
        pq.write_table(table, self.folder / f"records-{self._files:06d}.parquet", compression="zstd")
        self._files += 1
        self._rows = []


def astuple_fast(record: CallRecord) -> tuple[object, ...]:
    """The fields of a record in their order; `dataclasses.astuple` copies deeply and is ten times slower."""
    return (
        record.call_id,
        record.leg_id,
        record.start_ms,
        record.answer_ms,
        record.end_ms,
        record.caller,
        record.callee,
        record.trunk,
        record.presentation,
        record.attestation,
        record.roaming,
        record.diversion,
        record.device,
        record.cell,
        record.cause,
        record.line,
        record.zoned,
    )


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

    for source in inputs:
        name, records = _records(source, settings=settings, column_map=column_map, seen=seen)
        intake.formats[name] += 1
        _take(records, source=source, intake=intake, spill=spill, quarantine=quarantine)
        done += source.path.stat().st_size
        progress(done, total)
    spill.flush()
    return intake


def _take(
    records: Iterable[CallRecord | BadRecord], *, source: Input, intake: Intake, spill: Spill, quarantine: Quarantine
) -> None:
    for record in records:
        if isinstance(record, BadRecord):
            quarantine.add(record, source.name)
            continue
        if not _storable(record):
            quarantine.add(_torn(record), source.name)
            continue
        spill.add(record, source.name)
        intake.records += 1
        quarantine.good += 1
        if not record.zoned:
            intake.unzoned += 1


def _storable(record: CallRecord) -> bool:
    """Whether every text is one of Unicode; JSON can bring half a surrogate pair, which no file of ours may hold."""
    text = "".join((record.call_id, record.leg_id, record.caller, record.callee, record.trunk))
    more = "".join((record.diversion, record.device, record.cell))
    return (text.isascii() and more.isascii()) or not SURROGATE.search(text + more)


def _torn(record: CallRecord) -> BadRecord:
    """A record that cannot be stored, as one set aside."""
    detail = "a text holds half a surrogate pair, expected whole characters; check what the switch writes"
    text = f"{record.call_id} {record.caller} {record.callee}"[:200]
    return BadRecord(record.line, "bad_encoding", detail, text)


def _column_map(settings: Settings) -> ColumnMap | None:
    if settings.column_map is None:
        return None
    return ColumnMap.parse(text_of(settings.column_map), str(settings.column_map))


def _records(
    source: Input, *, settings: Settings, column_map: ColumnMap | None, seen: Callable[[int], None]
) -> tuple[str, Iterator[CallRecord | BadRecord]]:
    """The format of a file and its records."""
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

    def decoded() -> Iterator[CallRecord | BadRecord]:
        for data in itertools.chain((head,), chunks):
            yield from codec.feed(data)
        yield from codec.close()

    return name, decoded()


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


def _parquet(source: Input) -> Iterator[CallRecord | BadRecord]:
    if is_packed(source.path):
        raise BatchError(f"{source.name} is Parquet inside gzip or zstd; unpack it, Parquet is packed already")
    with source.path.open("rb") as file:
        yield from read_parquet(file)
