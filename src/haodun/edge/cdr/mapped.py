"""Any CSV of call records, read by a column map."""

from __future__ import annotations

import re
from datetime import UTC, tzinfo
from typing import Any, TypeVar

from haodun.edge.cdr.column_map import ColumnMap
from haodun.edge.cdr.error import RowError
from haodun.edge.cdr.record import MAX_RECORD_BYTES, CallRecord
from haodun.edge.cdr.rows import CsvCodec
from haodun.edge.cdr.times import check_duration, check_order, epoch, seconds_ms
from haodun.edge.cdr.words import (
    ATTESTATIONS,
    CAUSES,
    DISPOSITIONS,
    HANGUP_CAUSES,
    PRESENTATIONS,
    ROAMINGS,
    look_up,
    presentation_of,
    short,
)
from haodun.screening.events import Attestation, Cause, Presentation, Roaming

_UNITS = {"epoch_s": 1, "epoch_ms": 1000, "epoch_us": 1_000_000}
_NOTHING = re.compile(r"|0+(?:\.0*)?|0000-00-00.*|1970-01-01.*|(?i:null|none|-)")
_PARTS = {"%Y": "[0-9]{4}", "%m": "[0-9]{2}", "%d": "[0-9]{2}", "%H": "[0-9]{2}", "%M": "[0-9]{2}", "%S": "[0-9]{2}"}
_CAUSES = {**CAUSES, **DISPOSITIONS, **HANGUP_CAUSES}
_WORDS: dict[str, Any] = {
    "presentation": PRESENTATIONS,
    "attestation": ATTESTATIONS,
    "roaming": ROAMINGS,
    "cause": _CAUSES,
}
_Member = TypeVar("_Member", Presentation, Attestation, Roaming, Cause)


class MapCodec(CsvCodec):
    """Rows of a CSV by a column map. Columns beyond those mapped are passed over."""

    def __init__(self, column_map: ColumnMap, *, tz: tzinfo = UTC, encoding: str = "auto") -> None:
        chosen = column_map.encoding if encoding == "auto" else encoding
        super().__init__(tz=column_map.tz or tz, encoding=chosen)
        self._map = column_map
        self._zoned = column_map.tz is not None
        self._delimiter = column_map.delimiter
        self._counts = frozenset(range(1, MAX_RECORD_BYTES + 2))
        self._at: dict[str, int] = {}
        self._missing = ""
        self._pattern = _pattern(column_map.time)
        if not column_map.header:
            self._at = {field: int(column) - 1 for field, column in column_map.columns.items()}

    def _plausible(self, data: bytes) -> bool:
        try:
            count = len(self._fields(data))
        except RowError:
            return False
        return len(self._counts) > 1 or count in self._counts

    def _check_count(self, fields: list[str]) -> None:
        if len(self._counts) > 1:  # the first row sets the width
            least = max(self._at.values(), default=-1) + 1
            if len(fields) < least:
                raise RowError("wrong_column_count", f"The record has {len(fields)} columns; the map needs {least}.")
            return
        super()._check_count(fields)

    def _record(self, fields: list[str], line: int) -> CallRecord | None:
        if len(self._counts) > 1:
            self._counts = frozenset((len(fields),))
            if self._map.header:
                self._read_header(fields)
                return None
        if self._missing:
            raise RowError("missing_column", self._missing)
        row = {field: fields[place].strip() for field, place in self._at.items()}
        start, zoned = self._time(row["start"], "start")
        end = self._end(row, start)
        answer = self._answer(row, end)
        check_order(start, answer, end)
        if "duration" in row and "end" in row:
            check_duration(row["duration"], end - start, "duration")
        if "billsec" in row and answer is not None:
            check_duration(row["billsec"], end - answer, "billsec")
        caller = short(row["caller"], "caller")
        call_id = row.get("call_id") or f"{start}/{caller}/{row['callee']}/{line}"
        cause = self._member("cause", _CAUSES, row, Cause.UNKNOWN)
        return CallRecord(
            short(call_id, "call_id"), short(row.get("leg_id") or call_id, "leg_id"), start, answer, end,
            caller, short(row["callee"], "callee"), short(row.get("trunk", ""), "trunk"),
            self._member("presentation", PRESENTATIONS, row, presentation_of(caller)),
            self._member("attestation", ATTESTATIONS, row, Attestation.NONE),
            self._member("roaming", ROAMINGS, row, Roaming.UNKNOWN),
            short(row.get("diversion", ""), "diversion"), short(row.get("device", ""), "device"),
            short(row.get("cell", ""), "cell"), cause, line, zoned or self._zoned,
        )  # fmt: skip

    @property
    def places(self) -> dict[str, int]:
        """Field to column, from 0; empty while the header has not been read, or where it lacks a column."""
        return {} if self._missing or len(self._counts) > 1 else self._at

    @property
    def row_width(self) -> int:
        """Columns of each row, 0 before the first one."""
        return next(iter(self._counts)) if len(self._counts) == 1 else 0

    @property
    def column_map(self) -> ColumnMap:
        """The map."""
        return self._map

    def member(self, field: str, text: str) -> int:
        """The member that a text of a field names; RowError bad_value where it names none."""
        return int(look_up(_WORDS[field], self._map.values.get(field, {}).get(text, text), field))

    def _read_header(self, fields: list[str]) -> None:
        names = [name.strip() for name in fields]
        for field, column in self._map.columns.items():
            if isinstance(column, int) and column <= len(names):
                self._at[field] = column - 1
            elif isinstance(column, str) and names.count(column) == 1:
                self._at[field] = names.index(column)
            else:
                self._missing = f"The header row has no column {column!r} once, which {self._map.name} maps to {field}."
                return

    def _time(self, text: str, field: str) -> tuple[int, bool]:
        unit = _UNITS.get(self._map.time)
        if unit is not None:
            return epoch(text, unit=unit, field=field), True
        if self._pattern is None:
            return self._clock.iso(text, field)
        match = self._pattern.fullmatch(text)
        if match is None:
            raise RowError("bad_time", f"{field}: {text[:40]!r} is no time of the form {self._map.time}.")
        part = match.groupdict()
        return self._clock.read(f"{part['Y']}-{part['m']}-{part['d']} {part['H']}:{part['M']}:{part['S']}", field)

    def _end(self, row: dict[str, str], start: int) -> int:
        if "end" in row:
            return self._time(row["end"], "end")[0]
        return start + seconds_ms(row["duration"], "duration")

    def _answer(self, row: dict[str, str], end: int) -> int | None:
        if self._map.answered == "billsec" or ("answer" not in row and "billsec" in row):
            talk = seconds_ms(row["billsec"] or "0", "billsec")
            return end - talk if talk else None
        text = row.get("answer", "")
        return None if _NOTHING.fullmatch(text) else self._time(text, "answer")[0]

    def _member(self, field: str, words: dict[str, _Member], row: dict[str, str], default: _Member) -> _Member:
        text = row.get(field, "")
        if not text:
            return default
        return look_up(words, self._map.values.get(field, {}).get(text, text), field)


def _pattern(time: str) -> re.Pattern[str] | None:
    if time == "iso" or time in _UNITS:
        return None
    pattern = re.escape(time)
    for part, digits in _PARTS.items():
        pattern = pattern.replace(re.escape(part), f"(?P<{part[1]}>{digits})")
    return re.compile(pattern)
