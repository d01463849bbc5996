"""The kernel's parameters for a home country: its local time, for the hour and the night."""

from __future__ import annotations

from datetime import datetime, tzinfo

from haodun.screening.kernel.parameters import Parameters

HOME_OFFSETS = {"CN": 480, "HK": 480, "MO": 480, "TW": 480, "SG": 480, "MY": 480, "IN": 330, "GB": 0, "ZZ": 0}
"""Minutes ahead of UTC of countries with one zone (standard time), for the local hour and the night."""


def home_parameters(home: str, tz: tzinfo) -> Parameters:
    """The kernel's defaults with a country's local time; that of `--tz` in January where the country has many zones."""
    offset = tz.utcoffset(datetime(2026, 1, 1, tzinfo=None))  # noqa: DTZ001 (a wall time, asked for its offset)
    given = int(offset.total_seconds()) // 60 if offset is not None else 0
    return Parameters(utc_offset_minutes=HOME_OFFSETS.get(home, given))
