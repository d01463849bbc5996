"""Plain lines of any CSV by its column map."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from haodun.edge.cdr.mapped import MapCodec
from haodun.edge.cdr.parquet_parts import empty_texts
from haodun.edge.cdr.plain_fields import (
    answers,
    batch_of,
    check_length,
    check_order,
    check_seconds,
    first_given,
    members,
)
from haodun.edge.cdr.plain_lines import Lines, Values, integers, texts
from haodun.edge.cdr.plain_times import Times, local_times
from haodun.edge.cdr.times import MAX_TIME_MS
from haodun.edge.cdr.words import presentations_of

_EPOCHS = {"epoch_s": (9, 10), "epoch_ms": (1, 17), "epoch_us": (1, 17)}
"""Digits of each count."""
_UNITS = {"epoch_s": 1, "epoch_ms": 1000, "epoch_us": 1_000_000}
_LOCAL = "%Y-%m-%d %H:%M:%S"
_DIGITS = 9
_TEXTS = ("diversion", "device", "cell")

_Mask = npt.NDArray[np.bool_]


class _Ended(NamedTuple):
    """When calls were answered and ended."""

    answer: npt.NDArray[np.int64]
    answered: _Mask
    end: npt.NDArray[np.int64]


class MapPlain:
    """Plain lines as `MapCodec` reads them."""

    def __init__(self, codec: MapCodec) -> None:
        self._codec = codec
        self._map = codec.column_map
        self.delimiter = self._map.delimiter

    def fields(self) -> int:
        """The width of the first row; times by another pattern are never plain."""
        known = self._map.time in _EPOCHS or self._map.time in ("iso", _LOCAL)
        return self._codec.row_width if known and self._codec.places else 0

    def records(self, lines: Lines, numbers: npt.NDArray[np.int64], good: _Mask) -> pa.RecordBatch:
        """Plain lines as records; "never" in many words, fractions of seconds and the like are not good."""
        start = self._times(lines, "start", good)
        good &= start.given
        ended = self._ended(lines, start.ms, good)
        check_order(start.ms, ended.answer, ended.answered, ended.end, good)
        self._check_durations(lines, start.ms, ended, good)
        caller, callee = self._texts(lines, "caller", good), self._texts(lines, "callee", good)
        call = self._calls(lines, (start.ms, caller, callee, numbers), good)
        leg = call if "leg_id" not in self._at else first_given(self._texts(lines, "leg_id", good), call)
        return batch_of(
            {
                "call_id": call,
                "leg_id": leg,
                "start_ms": start.ms,
                "answer_ms": answers(ended.answer, ended.answered),
                "end_ms": ended.end,
                "caller": caller,
                "callee": callee,
                "trunk": self._texts(lines, "trunk", good),
                "presentation": self._members(lines, "presentation", presentations_of(caller), good),
                **{name: self._members(lines, name, None, good) for name in ("attestation", "roaming", "cause")},
                **{name: self._texts(lines, name, good) for name in _TEXTS},
                "line": numbers,
                "zoned": start.zoned | (self._map.tz is not None),
            }
        )

    @property
    def _at(self) -> dict[str, int]:
        return self._codec.places

    def _texts(self, lines: Lines, name: str, good: _Mask) -> Any:
        if name not in self._at:
            return empty_texts(len(good))
        return texts(lines, self._at[name], good, stripped=True)

    def _times(self, lines: Lines, name: str, good: _Mask) -> Times:
        """The form of times that the map names; of an empty field nothing."""
        if self._map.time not in _EPOCHS:
            return local_times(lines, self._at[name], good, clock=self._codec.clock, iso=self._map.time == "iso")
        fewest, most = _EPOCHS[self._map.time]
        count = integers(lines, self._at[name], good, fewest=fewest, most=most)
        unit = _UNITS[self._map.time]
        ms = count.value * 1000 if unit == 1 else count.value // (unit // 1000)
        good &= ms < MAX_TIME_MS
        return Times(ms, count.given, np.ones(len(good), bool))

    def _seconds(self, lines: Lines, name: str, good: _Mask) -> Values:
        return integers(lines, self._at[name], good, fewest=1, most=_DIGITS)

    def _ended(self, lines: Lines, start: npt.NDArray[np.int64], good: _Mask) -> _Ended:
        if "end" in self._at:
            ended = self._times(lines, "end", good)
            end, given = ended.ms, ended.given
        else:
            length = self._seconds(lines, "duration", good)
            end, given = start + length.value * 1000, length.given
        good &= given
        if self._map.answered == "billsec" or ("answer" not in self._at and "billsec" in self._at):
            talk = self._seconds(lines, "billsec", good).value * 1000
            return _Ended(end - talk, talk > 0, end)
        if "answer" not in self._at:
            return _Ended(np.zeros(len(good), np.int64), np.zeros(len(good), bool), end)
        answer = self._times(lines, "answer", good)
        # A count of zeros is one of the ways to write "never".
        good &= ~answer.given | (answer.ms > 0)
        return _Ended(answer.ms, answer.given, end)

    def _check_durations(self, lines: Lines, start: npt.NDArray[np.int64], ended: _Ended, good: _Mask) -> None:
        if "duration" in self._at and "end" in self._at:
            check_seconds(self._seconds(lines, "duration", good), ended.end - start, good)
        if "billsec" in self._at:
            talk = self._seconds(lines, "billsec", good)
            check_seconds(talk._replace(given=talk.given & ended.answered), ended.end - ended.answer, good)

    def _calls(self, lines: Lines, parts: tuple[Any, ...], good: _Mask) -> Any:
        """Call ids; where there are none, of what tells calls apart."""
        if "call_id" in self._at:
            found = self._texts(lines, "call_id", good)
            good &= pc.binary_length(found).to_numpy() > 0
            return found
        start, caller, callee, numbers = parts
        joined: Any = pc.binary_join_element_wise
        made = joined(pa.array(start).cast(pa.string()), caller, callee, pa.array(numbers).cast(pa.string()), "/")
        check_length(made, good)
        return made

    def _members(self, lines: Lines, name: str, instead: npt.NDArray[np.int8] | None, good: _Mask) -> Any:
        """Members by their words, or `instead` (0 where that is None) where the field is empty or absent."""
        default = np.zeros(len(good), np.int8) if instead is None else instead
        if name not in self._at:
            return default
        words = self._texts(lines, name, good)
        found = members(words, good, lambda text: self._codec.member(name, text) if text else 0)
        return np.where(pc.binary_length(words).to_numpy() > 0, found, default)
