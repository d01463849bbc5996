"""What every call-record format says once it is read: one call leg, or one line that could not be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa

from haodun.screening.events import Attestation, Cause, Presentation, Roaming

MAX_TEXT = 256
"""Characters kept of any text field; a longer one is a bad record, never a shortened one."""

MAX_RECORD_BYTES = 65_536
"""A record that has not ended by then is a bad record; bounds the memory of a codec."""


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call leg as its switch wrote it. A value that exists is consistent: start ≤ answer ≤ end."""

    call_id: str
    """What the legs of one call share (Asterisk linkedid, FreeSWITCH uuid of the a-leg)."""
    leg_id: str
    """What tells one leg from another (Asterisk uniqueid + sequence); equal to call_id where there are no legs."""
    start_ms: int
    """Milliseconds since the Unix epoch, UTC."""
    answer_ms: int | None
    end_ms: int
    caller: str
    callee: str
    trunk: str
    presentation: Presentation = Presentation.ALLOWED
    attestation: Attestation = Attestation.NONE
    roaming: Roaming = Roaming.UNKNOWN
    diversion: str = ""
    device: str = ""
    cell: str = ""
    cause: Cause = Cause.UNKNOWN
    line: int = 0
    """Line or record number in its file, from 1."""
    zoned: bool = True
    """False where the times carried no zone and were read by the `tz` setting; counted in the report."""


@dataclass(frozen=True, slots=True)
class BadRecord:
    """One record set aside, with the reason that an engineer can act on."""

    line: int
    reason: str
    """A stable word: wrong_column_count, bad_time, end_before_start, too_long, truncated, bad_encoding …"""
    detail: str
    """One sentence: what was found, what was expected."""
    text: str
    """At most 200 characters of the record, for the quarantine file."""


class Codec(Protocol):
    """Bytes in, records out; no I/O. Fed whole or byte by byte, the output is the same."""

    def feed(self, data: bytes) -> Iterator[CallRecord | BadRecord]:
        """Take the next bytes; yield what is complete."""

    def close(self) -> Iterator[CallRecord | BadRecord]:
        """No more bytes: yield the rest, a truncated last record as BadRecord."""


_CALLS: list[pa.Field[Any]] = [
    pa.field("call_id", pa.string(), nullable=False),
    pa.field("leg_id", pa.string()),
    pa.field("start_ms", pa.int64(), nullable=False),
    pa.field("answer_ms", pa.int64()),
    pa.field("end_ms", pa.int64(), nullable=False),
    pa.field("caller", pa.string(), nullable=False),
    pa.field("callee", pa.string(), nullable=False),
    pa.field("trunk", pa.string(), nullable=False),
    pa.field("presentation", pa.int8()),
    pa.field("attestation", pa.int8()),
    pa.field("roaming", pa.int8()),
    pa.field("diversion", pa.string()),
    pa.field("device", pa.string()),
    pa.field("cell", pa.string()),
    pa.field("cause", pa.int8()),
]

CALLS_SCHEMA = pa.schema(_CALLS).with_metadata({"haodun.schema": "calls", "haodun.schema_version": "1"})
"""Haodun's own Parquet call table: what `lab generate` writes and the Parquet codec reads.

Nullable columns may be absent.
"""

ALIASES = {"freeswitch": "freeswitch-csv", "csv": "map"}
"""Shorter names of formats, as commands take them."""
