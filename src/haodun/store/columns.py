"""A frame of columns: the records of the compiled kernel as they are, their texts beside them, and back.

Theory of operation. The fast front has EVENT and JUDGED records and texts as bytes with offsets; a frame is those
buffers joined, so writing costs a copy and a checksum, and no Python a call. Only what a frame's events share is worked
out a frame: its distinct decisions, packed once each. Replay takes the records as arrays; whoever wants facts gets the
very same `Batch` as from rows.

Layout of the payload, little endian: a byte 0xC1 (which MessagePack never begins with), version, bypass, a spare byte;
counts of events, rows, integers a row, distinct decisions, trunks (u32 each); snapshot and lease (i64); how many bytes
policy, decisions, each of six texts and the trunks' names have (u32 each). Then, 8-byte aligned, EVENT and JUDGED
records, rows (i64), numbers of the decisions in the records (i32), offsets of the texts (u32, one more than they have),
places of the trunks among their names (u16), and the bytes: policy, decisions (MessagePack), texts.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
from typing_extensions import Buffer

from haodun.numbering import IngressClass
from haodun.screening.events import (
    Action,
    Attestation,
    Cause,
    Decision,
    Event,
    EventKind,
    Flag,
    Layer,
    Presentation,
    Roaming,
)
from haodun.screening.events.packed import COUNTED, ENFORCED, EVENT, HAS_VERDICT, JUDGED, LATE, Events, Judged
from haodun.screening.verdicts import Verdict
from haodun.store.framing import Batch, FrameError, Pair, number_of, sealed

COLUMNS: Final = 0xC1
"""First byte of a payload of columns."""
VERSION: Final = 1
_START = struct.Struct("<BBBx5I2q")
_TEXTS: Final = ("call_id", "transaction", "caller_text", "callee_text", "source", "token")
_LENGTHS = struct.Struct(f"<{3 + len(_TEXTS)}I")
_ALIGN = 8
_ROW_INTEGER, _NUMBER, _OFFSET, _PLACE = np.dtype("<i8"), np.dtype("<i4"), np.dtype("<u4"), np.dtype("<u2")
_KINDS, _INGRESS, _PRESENTATIONS = tuple(EventKind), tuple(IngressClass), tuple(Presentation)
_ATTESTATIONS, _ROAMING, _CAUSES = tuple(Attestation), tuple(Roaming), tuple(Cause)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode


class Column(NamedTuple):
    """Texts in one buffer: text i is `data[offsets[i]:offsets[i + 1]]`, UTF-8."""

    offsets: npt.NDArray[np.integer[Any]]
    """One more than there are texts, from 0, rising."""
    data: Buffer

    @classmethod
    def of(cls, texts: Sequence[str]) -> Column:
        """A column of texts; UnicodeEncodeError where one has no UTF-8."""
        parts = [text.encode("utf-8") for text in texts]
        offsets = np.zeros(len(parts) + 1, np.uint32)
        np.cumsum([len(part) for part in parts], out=offsets[1:])
        return cls(offsets, b"".join(parts))

    def texts(self) -> list[str]:
        """All of them; UnicodeDecodeError where the bytes are no UTF-8."""
        data, ends = bytes(self.data), self.offsets.tolist()
        return [data[start:end].decode("utf-8") for start, end in pairwise(ends)]


class Texts(NamedTuple):
    """What an event says besides its record."""

    call_id: Column
    transaction: Column
    caller_text: Column
    callee_text: Column
    source: Column
    token: Column
    """Redress tokens, one a row; '' where a row has none."""
    trunk: npt.NDArray[np.uint16]
    """Place of each event's trunk in `trunks`."""
    trunks: Column
    """Names of trunks; at least those that the events name."""


class Header(NamedTuple):
    """What decided a batch, and under which lease it is written."""

    snapshot: int
    policy: str
    bypass: bool
    lease: int


@dataclass(frozen=True)
class Columns:
    """A frame of columns as it was written; the arrays are views that cannot be written to."""

    header: Header
    events: Events
    judged: Judged
    rows: npt.NDArray[np.int64]
    numbers: npt.NDArray[np.int32]
    """Those that `judged.decision` has in this frame, rising."""
    decisions: tuple[Decision, ...]
    """Of each of these numbers."""
    _reader: _Reader

    @cached_property
    def texts(self) -> Texts:
        """What the events say besides; whoever counts again does not ask."""
        return self._reader.texts(len(self.events), len(self.rows))

    @property
    def last(self) -> int:
        """Number of its last event."""
        return int(self.events["number"][-1])

    @property
    def lease(self) -> int:
        """Number of the lease under which it was written."""
        return self.header.lease


def encode_columns(
    header: Header,
    events: Events,
    judged: Judged,
    rows: npt.NDArray[np.int64],
    decisions: Sequence[Decision],
    texts: Texts,
) -> bytes:
    """The frame of at least one event. `decisions[i]` is what `judged.decision` means by i, `rows[i]` by row i.

    ValueError where it is longer than MAX_FRAME. The arrays must be contiguous.
    """
    used = sorted(set(judged["decision"].tolist()) - {-1})
    packed = packed_decisions(decisions, used)
    policy = header.policy.encode("ascii")
    columns = [getattr(texts, name) for name in _TEXTS] + [texts.trunks]
    names = len(texts.trunks.offsets) - 1
    start = _START.pack(
        *(COLUMNS, VERSION, header.bypass, len(events), *rows.shape, len(used), names, header.snapshot, header.lease)
    )
    lengths = _LENGTHS.pack(len(policy), len(packed), *(int(column.offsets[-1]) for column in columns))
    head = start + lengths
    parts: list[Buffer] = [head, bytes(-len(head) % _ALIGN), events.data, judged.data, rows.data]
    parts += [np.array(used, "<i4").data, *(column.offsets.astype("<u4", copy=False).data for column in columns)]
    parts += [texts.trunk.data, policy, packed]
    parts += [memoryview(column.data)[: int(column.offsets[-1])] for column in columns]
    return sealed(int(events["number"][-1]), b"".join(parts), events=len(events))


def packed_decisions(decisions: Sequence[Decision], used: Sequence[int]) -> bytes:
    """The decisions of some numbers as a frame has them."""
    return _encode([_packed(decisions[number]) for number in used])


def decode_columns(payload: bytes) -> Columns:
    """What a payload of columns holds; FrameError where it is none."""
    try:
        return _Reader(payload).columns()
    except (struct.error, msgspec.DecodeError, ValueError, TypeError, IndexError) as error:
        raise FrameError(f"it was written by another version ({error})") from error


def batch_of(columns: Columns) -> Batch:
    """The same batch as facts; FrameError where a number in it means nothing."""
    header = columns.header
    try:
        return Batch(header.snapshot, header.policy, header.bypass, _pairs(columns), header.lease)
    except (ValueError, TypeError, IndexError, KeyError) as error:
        raise FrameError(f"it was written by another version ({error})") from error


@lru_cache(maxsize=4_096)
def _packed(decision: Decision) -> list[object]:
    return [list(part) if isinstance(part, tuple) else int(part) for part in decision]


class _Reader:
    """Takes a payload apart from its beginning."""

    def __init__(self, payload: bytes) -> None:
        self._payload = payload
        self._place = self._offsets = self._names = 0
        self._lengths: tuple[int, ...] = ()

    def columns(self) -> Columns:
        """All of it; ValueError where it does not end where it should."""
        payload = self._payload
        start = _START.unpack_from(payload)
        kind, version, bypass, events, rows, width, used, self._names, snapshot, lease = start
        if (kind, version) != (COLUMNS, VERSION) or not events:
            raise ValueError(f"kind {kind}, version {version}, {events} events")
        self._lengths = lengths = _LENGTHS.unpack_from(payload, _START.size)
        self._place = -(-(_START.size + _LENGTHS.size) // _ALIGN) * _ALIGN
        records, judged = self._array(EVENT, events), self._array(JUDGED, events)
        table = self._array(_ROW_INTEGER, rows * width).reshape(rows, width)
        numbers = self._array(_NUMBER, used)
        self._offsets = self._place
        texts = (len(_TEXTS) - 1) * (events + 1) + (rows + 1) + (self._names + 1)
        self._place += texts * _OFFSET.itemsize + events * _PLACE.itemsize
        policy, packed = self._bytes(lengths[0]), self._bytes(lengths[1])
        if self._place + sum(lengths[2:]) != len(payload):
            raise ValueError(f"{len(payload)} bytes, of which {self._place + sum(lengths[2:])} are known")
        decisions = _decisions(packed)
        if len(decisions) != used:
            raise ValueError(f"{len(decisions)} decisions for {used} numbers")
        header = Header(snapshot, policy.decode("ascii"), bool(bypass), lease)
        return Columns(header, records, judged, table, numbers, decisions, self)

    def texts(self, events: int, rows: int) -> Texts:
        """The texts of so many events and rows, after `columns`; ValueError where they are not there."""
        self._place = self._offsets
        counts = [rows if name == "token" else events for name in _TEXTS] + [self._names]
        offsets = [self._array(_OFFSET, count + 1) for count in counts]
        places = self._array(_PLACE, events)
        self._place += self._lengths[0] + self._lengths[1]
        columns = map(Column, offsets, [self._bytes(length) for length in self._lengths[2:]])
        return Texts(**dict(zip((*_TEXTS, "trunks"), columns, strict=True)), trunk=places)

    def _array(self, dtype: np.dtype[Any], count: int) -> npt.NDArray[Any]:
        found = np.frombuffer(self._payload, dtype, count, self._place)
        self._place += found.nbytes
        return found

    def _bytes(self, length: int) -> bytes:
        found = self._payload[self._place : self._place + length]
        self._place += length
        return found


@lru_cache(maxsize=1_024)
def _decisions(packed: bytes) -> tuple[Decision, ...]:
    """Frames one after the other have much the same."""
    return tuple(_decision(row) for row in _decode(packed))


def _decision(row: Sequence[Any]) -> Decision:
    action, layer, flags, reasons, shadow, score = row
    return Decision(Action(action), Layer(layer), Flag(flags), tuple(reasons), tuple(shadow), score)


def _pairs(columns: Columns) -> list[Pair]:
    texts, names = columns.texts, columns.texts.trunks.texts()
    trunks = [names[place] for place in texts.trunk.tolist()]
    tokens = texts.token.texts()
    decisions = dict(zip(columns.numbers.tolist(), columns.decisions, strict=True))
    said = zip(
        columns.events.tolist(),
        columns.judged.tolist(),
        *(column.texts() for column in texts[:5]),
        trunks,
        strict=True,
    )
    pairs: list[Pair] = []
    for record, judged, call_id, transaction, caller_text, callee_text, source, trunk in said:
        event = _event(record, (call_id, transaction, caller_text, callee_text, trunk, source))
        if not judged[_STATE] & HAS_VERDICT:
            pairs.append((event, None))
            continue
        row = judged[_ROW]
        own = (None, "") if row < 0 else (tuple(columns.rows[row].tolist()), tokens[row])
        actor = event.caller.key if event.caller.key > 0 else record[_TRUNK_ID]
        pairs.append((event, _verdict(event, actor, judged, decisions[judged[_DECISION]], own)))
    return pairs


_NAMES = EVENT.names or ()
_ORDER = {name: place for place, name in enumerate(_NAMES)}
_TRUNK_ID = _ORDER["trunk_id"]
_NUMBERS = tuple(
    tuple(_ORDER[name] for name in (side, f"{side}_kind", f"{side}_country", f"{side}_form", f"{side}_refusal"))
    for side in ("caller", "callee")
)
_REPEAT_OF, _ROW, _DECISION, _STATE = (
    (JUDGED.names or ()).index(name) for name in ("repeat_of", "row", "decision", "state")
)


def _event(record: Sequence[Any], texts: tuple[str, ...]) -> Event:
    call_id, transaction, caller_text, callee_text, trunk, source = texts
    at = _ORDER
    caller, callee = (number_of(*(record[place] for place in side)) for side in _NUMBERS)
    return Event(
        record[at["number"]],
        record[at["time_ms"]],
        _KINDS[record[at["kind"]]],
        call_id,
        transaction,
        bool(record[at["live"]]),
        caller_text,
        caller,
        callee_text,
        callee,
        trunk,
        _INGRESS[record[at["ingress"]]],
        _PRESENTATIONS[record[at["presentation"]]],
        _ATTESTATIONS[record[at["attestation"]]],
        _ROAMING[record[at["roaming"]]],
        record[at["diversion"]],
        record[at["device"]],
        record[at["cell"]],
        bool(record[at["answered"]]),
        record[at["seconds"]],
        record[at["ring_ms"]],
        _CAUSES[record[at["cause"]]],
        source,
    )


def _verdict(
    event: Event, actor: int, judged: Sequence[Any], decision: Decision, own: tuple[tuple[int, ...] | None, str]
) -> Verdict:
    action, layer, flags, reasons, shadow, score = decision
    state = judged[_STATE]
    return Verdict(
        event.number,
        event.time_ms,
        event.call_id,
        event.source,
        event.caller_text,
        actor,
        event.caller.kind,
        event.callee.key,
        event.callee.kind,
        event.trunk,
        event.ingress,
        action,
        bool(state & ENFORCED),
        layer,
        flags,
        reasons,
        shadow,
        score,
        bool(state & LATE),
        bool(state & COUNTED),
        judged[_REPEAT_OF],
        event.ingress is not IngressClass.UNKNOWN,
        *own,
    )
