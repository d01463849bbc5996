"""Plain lines of Asterisk's cdr_csv: 16 columns, 18 with uniqueid and userfield, 21 with the newer ones."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from haodun.compiled import jit
from haodun.edge.cdr.asterisk import AsteriskCodec, cause_of, trunk_of
from haodun.edge.cdr.parquet_parts import empty_texts
from haodun.edge.cdr.plain_fields import (
    answers,
    batch_of,
    by_distinct,
    check_length,
    check_order,
    check_seconds,
    first_given,
    members,
)
from haodun.edge.cdr.plain_lines import Lines, integers, texts
from haodun.edge.cdr.plain_times import local_times
from haodun.edge.cdr.words import (
    ATTESTATIONS,
    CAUSES,
    PRESENTATIONS,
    ROAMINGS,
    look_up,
    presentations_of,
    read_userfield,
    short,
)

_WIDTHS = (16, 18, 21)
_DIGITS = 9
_INSTANCE = 9
"""Characters of a channel's own number: `-0000001a`."""

_NO_CALLER = pa.array(["", "src", "source"])

_Mask = npt.NDArray[np.bool_]


class _Extra(NamedTuple):
    """What a userfield says; -1 where it says nothing."""

    presentation: int = -1
    attestation: int = 0
    roaming: int = 0
    cause: int = -1
    diversion: str = ""
    device: str = ""
    cell: str = ""


class AsteriskPlain:
    """Plain lines as `AsteriskCodec` reads them."""

    delimiter = ","

    def __init__(self, codec: AsteriskCodec) -> None:
        self._codec = codec

    def fields(self) -> int:
        """The width of the last good record, where it is one that is read here."""
        return self._codec.width if self._codec.width in _WIDTHS else 0

    def records(self, lines: Lines, numbers: npt.NDArray[np.int64], good: _Mask) -> pa.RecordBatch:
        """Plain lines as records; times with fractions, callers only in the caller id and the like are not good."""
        clock = self._codec.clock
        start = local_times(lines, 9, good, clock=clock)
        answer = local_times(lines, 10, good, clock=clock)
        end = local_times(lines, 11, good, clock=clock)
        good &= start.given & end.given
        check_order(start.ms, answer.ms, answer.given, end.ms, good)
        check_seconds(integers(lines, 12, good, fewest=1, most=_DIGITS), end.ms - start.ms, good)
        talk = integers(lines, 13, good, fewest=1, most=_DIGITS)
        good &= answer.given | (talk.value == 0)
        check_seconds(talk._replace(given=talk.given & answer.given), end.ms - answer.ms, good)
        caller, callee = texts(lines, 1, good), texts(lines, 2, good)
        # A caller in another column, or a header row with times in it, is the codec's.
        good &= ~pc.is_in(pc.ascii_lower(caller), value_set=_NO_CALLER).to_numpy(zero_copy_only=False)
        return batch_of(
            {
                "start_ms": start.ms,
                "answer_ms": answers(answer.ms, answer.given),
                "end_ms": end.ms,
                "caller": caller,
                "callee": callee,
                "trunk": _trunks(lines, good),
                "line": numbers,
                "zoned": np.zeros(len(good), bool),
                **_ids(lines, caller, callee, good),
                **_extras(lines, caller, good),
            }
        )


def _ids(lines: Lines, caller: Any, callee: Any, good: _Mask) -> dict[str, Any]:
    """Call and leg."""
    joined: Any = pc.binary_join_element_wise
    width = lines.begin.shape[1]
    if width == _WIDTHS[0]:
        channel = texts(lines, 5, good)
        call = joined(texts(lines, 9, good), caller, callee, channel, "/")
        check_length(call, good)
        return {"call_id": call, "leg_id": call}
    unique = texts(lines, 16, good)
    linked = first_given(texts(lines, width - 2, good), unique) if width > 18 else unique
    good &= pc.binary_length(linked).to_numpy() > 0
    leg = first_given(unique, linked)
    if width > 18:
        sequence = texts(lines, width - 1, good)
        numbered = joined(leg, sequence, "-")
        leg = pc.if_else(pc.is_in(sequence, value_set=pa.array(["", "0"])), leg, numbered)
        check_length(leg, good)
    else:
        # Eighteen columns may be those of cdr_custom, which have a time here.
        good &= lines.end[:, 8] - lines.begin[:, 8] < _DIGITS
    return {"call_id": linked, "leg_id": leg}


def _trunks(lines: Lines, good: _Mask) -> Any:
    """Trunks by channel and context, channels without their own numbers, since each call has another."""
    joined: Any = pc.binary_join_element_wise
    pairs = joined(_levelled(texts(lines, 5, good)), texts(lines, 3, good), "\n")
    found, places = by_distinct(pairs, good, _trunk, "")
    return pa.array(found, pa.string()).take(places)


def _trunk(pair: str) -> str:
    channel, _, context = pair.partition("\n")
    return short(trunk_of(channel, context), "channel")


def _levelled(channel: Any) -> pa.StringArray:
    """Channels with zeros for their numbers."""
    _, offsets, data = channel.buffers()
    octets = np.array(np.frombuffer(data, np.uint8))
    _level(np.frombuffer(offsets, np.int32)[: len(channel) + 1], octets)
    return pa.StringArray.from_buffers(len(channel), offsets, pa.py_buffer(octets.data))


@jit
def _level(offsets: Any, data: Any) -> None:
    """Put zeros for the hexadecimal number at the end of each channel, before its `;1` or `;2`."""
    for row in range(len(offsets) - 1):
        start, end = int(offsets[row]), int(offsets[row + 1])
        if end - start > 2 and data[end - 2] == 59 and (data[end - 1] == 49 or data[end - 1] == 50):
            end -= 2
        if end - start > _INSTANCE and data[end - _INSTANCE] == 45 and _is_hex(data, end - _INSTANCE + 1, end):
            for place in range(end - _INSTANCE + 1, end):
                data[place] = 48


@jit
def _is_hex(data: Any, place: int, end: int) -> bool:
    while place < end:
        low = data[place] | 32
        if not (48 <= data[place] <= 57 or 97 <= low <= 102):
            return False
        place += 1
    return True


def _extras(lines: Lines, caller: Any, good: _Mask) -> dict[str, Any]:
    """What the userfield and the disposition say."""
    if lines.begin.shape[1] == _WIDTHS[0]:
        found, places = [_Extra()], np.zeros(len(good), np.int64)
    else:
        found, places = by_distinct(texts(lines, 17, good), good, _extra, _Extra())
    cause = np.array([extra.cause for extra in found], np.int8)[places]
    by_word = np.ones(len(good), bool)
    dispositions = members(texts(lines, 14, good), by_word, cause_of)
    good &= by_word | (cause >= 0)
    presentation = np.array([extra.presentation for extra in found], np.int8)[places]
    return {
        "presentation": np.where(presentation >= 0, presentation, presentations_of(caller)),
        "attestation": np.array([extra.attestation for extra in found], np.int8)[places],
        "roaming": np.array([extra.roaming for extra in found], np.int8)[places],
        "cause": np.where(cause >= 0, cause, dispositions),
        **{name: _texts_of(found, places, name) for name in ("diversion", "device", "cell")},
    }


def _texts_of(found: list[_Extra], places: npt.NDArray[np.int64], name: str) -> Any:
    values = [getattr(extra, name) for extra in found]
    if not any(values):
        return empty_texts(len(places))
    return pa.array(values, pa.string()).take(places)


def _extra(text: str) -> _Extra:
    """RowError as the codec's."""
    if not text:
        return _Extra()
    said = read_userfield(text)
    return _Extra(
        look_up(PRESENTATIONS, said["presentation"], "presentation") if "presentation" in said else -1,
        look_up(ATTESTATIONS, said["attestation"], "attestation") if "attestation" in said else 0,
        look_up(ROAMINGS, said["roaming"], "roaming") if "roaming" in said else 0,
        look_up(CAUSES, said["cause"], "cause") if "cause" in said else -1,
        short(said.get("diversion", ""), "diversion"),
        short(said.get("device", ""), "device"),
        short(said.get("cell", ""), "cell"),
    )
