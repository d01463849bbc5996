"""Times as the switches write them, to milliseconds since the Unix epoch, by integers alone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

from haodun.edge.cdr.error import RowError

MAX_TIME_MS = 4_102_444_800_000
"""2100-01-01: a later time is a mistake of units or of the switch's clock."""

DURATION_TOLERANCE_MS = 2_000
"""A switch rounds start, answer, end and seconds apart; more than this is a contradiction."""

_CACHED_MINUTES = 4_096

_LOCAL = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}):([0-9]{2})(?:\.([0-9]{1,6}))?")
_ISO = re.compile(_LOCAL.pattern + r" ?(Z|[+-][0-9]{2}:?[0-9]{2})?")
_EPOCH = re.compile(r"([0-9]{9,10})(?:\.([0-9]{1,6}))?")
_INTEGER = re.compile(r"[0-9]{1,17}")
_SECONDS = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,9}))?")
_NEVER = re.compile(r"(?:0000-00-00|1970-01-01)[ T].*|0(?:\.0*)?")
_SECOND_MS = {f"{second:02}": second * 1000 for second in range(60)}
_EPOCH_START = datetime(1970, 1, 1, tzinfo=UTC)


def _fraction(digits: str | None) -> int:
    return int((digits + "00")[:3]) if digits else 0


class Clock:
    """Reads times without a zone by one setting; remembers minutes, since records come in order."""

    def __init__(self, tz: tzinfo) -> None:
        self.tz = tz
        self._minutes: dict[str, int] = {}

    def minute(self, text: str, field: str) -> int:
        """Milliseconds of `YYYY-MM-DD HH:MM`; RowError bad_time where there is no such minute."""
        found = self._minutes.get(text)
        if found is not None:
            return found
        try:
            moment = datetime.fromisoformat(text).replace(tzinfo=self.tz)
            ms = (moment - _EPOCH_START) // timedelta(milliseconds=1)
        except (ValueError, OverflowError) as error:
            raise RowError("bad_time", f"{field}: there is no time {text!r}; expected YYYY-MM-DD HH:MM:SS.") from error
        _bounded(ms, field)
        if len(self._minutes) >= _CACHED_MINUTES:
            self._minutes.clear()
        self._minutes[text] = ms
        return ms

    def read(self, text: str, field: str) -> tuple[int, bool]:
        """`YYYY-MM-DD HH:MM:SS[.ffffff]` by the setting, or epoch seconds; and whether the text fixed its zone."""
        minute = self._minutes.get(text[:16])
        if minute is not None and len(text) == 19 and text[16] == ":":
            second = _SECOND_MS.get(text[17:])
            if second is not None:
                return minute + second, False
        match = _LOCAL.fullmatch(text)
        if match:
            if match[2] > "59":
                raise RowError("bad_time", f"{field}: {text!r} has no such second; expected 00 to 59.")
            return _bounded(self.minute(match[1], field) + int(match[2]) * 1000 + _fraction(match[3]), field), False
        match = _EPOCH.fullmatch(text)
        if match:
            return _bounded(int(match[1]) * 1000 + _fraction(match[2]), field), True
        raise RowError(
            "bad_time", f"{field}: {_shown(text)} is no time; expected YYYY-MM-DD HH:MM:SS or epoch seconds."
        )

    def optional(self, text: str, field: str) -> int | None:
        """As `read`, None where the switch says "never": empty, 0, 0000-00-00, 1970-01-01."""
        if not text or (text[0] in "01" and _NEVER.fullmatch(text)):
            return None
        return self.read(text, field)[0]

    def iso(self, text: str, field: str) -> tuple[int, bool]:
        """ISO 8601 with or without a zone; and whether it had one."""
        match = _ISO.fullmatch(text)
        if match is None or match[2] > "59":
            raise RowError(
                "bad_time", f"{field}: {_shown(text)} is no ISO 8601 time such as 2026-11-20T10:00:00+08:00."
            )
        seconds = int(match[2]) * 1000 + _fraction(match[3])
        if match[4] is None:
            return _bounded(self.minute(match[1], field) + seconds, field), False
        zone = match[4].replace(":", "")
        offset = 0 if zone == "Z" else (int(zone[1:3]) * 60 + int(zone[3:])) * (-60_000 if zone[0] == "-" else 60_000)
        utc = _UTC.minute(match[1], field)
        return _bounded(utc - offset + seconds, field), True


def epoch(text: str, *, unit: int, field: str) -> int:
    """An integer count of units since the epoch to ms; `unit` is units per second: 1, 1000, 1000000."""
    if unit == 1:
        match = _EPOCH.fullmatch(text)
        if match:
            return _bounded(int(match[1]) * 1000 + _fraction(match[2]), field)
    elif _INTEGER.fullmatch(text):
        return _bounded(int(text) * 1000 // unit, field)
    raise RowError("bad_time", f"{field}: {_shown(text)} is no count since 1970 in 1/{unit} s.")


def seconds_ms(text: str, field: str) -> int:
    """A duration in seconds to ms; RowError bad_duration where it is negative or no number."""
    match = _SECONDS.fullmatch(text)
    if match is None:
        raise RowError("bad_duration", f"{field}: {_shown(text)} is no number of seconds ≥ 0.")
    return int(match[1]) * 1000 + _fraction(match[2])


def check_order(start: int, answer: int | None, end: int) -> None:
    """RowError unless start ≤ answer ≤ end."""
    if end < start:
        raise RowError("end_before_start", f"The call ends {start - end} ms before it starts; check clock and zone.")
    if answer is not None and not start <= answer <= end:
        raise RowError("answer_outside", "The answer lies outside start and end; check clock and zone.")


def check_duration(text: str, actual_ms: int, field: str) -> None:
    """RowError where a duration field contradicts the times; an empty one says nothing."""
    if text and text != str(actual_ms // 1000) and abs(seconds_ms(text, field) - actual_ms) > DURATION_TOLERANCE_MS:
        raise RowError("duration_disagrees", f"{field} says {text} s, the times say {actual_ms} ms.")


def _bounded(ms: int, field: str) -> int:
    if not 0 <= ms < MAX_TIME_MS:
        raise RowError("bad_time", f"{field}: the time lies outside the years 1970 to 2099.")
    return ms


def _shown(text: str) -> str:
    return repr(text[:40])


_UTC = Clock(UTC)
