"""The decision row from an event's record, compiled: equal to `RowBuilder`, but only what is dear is left out.

What the record says is always written; the line, the kernel's windows and the lists only where they are read, or the
whole row is wanted.
"""

from __future__ import annotations

from typing import Any, Final

import numpy.typing as npt

from haodun.compiled import merged
from haodun.screening.events import FEATURES, INDEX, KERNEL_FEATURES, Roaming
from haodun.screening.events.packing import LineTable, permits
from haodun.screening.kernel.windows import MINUTE_MS
from haodun.screening.policy.fast.lists import ListTables, slots_of
from haodun.screening.verdicts.row import MAX_TIME_MS

Integers = npt.NDArray[Any]

WINDOWS: Final = len(FEATURES) - len(KERNEL_FEATURES)
"""Where the kernel's features begin."""
SLOTS: Final = len(FEATURES)
"""Where the list slots begin."""
TIME: Final = INDEX["call.time"]
CALLER: Final = INDEX["caller.number"]
CALLEE: Final = INDEX["callee.number"]
LINE: Final = INDEX["line.registered"]
"""Registered, permits the caller, known."""

_ROAMING: Final = INDEX["call.roaming"]
_UNKNOWN: Final = int(Roaming.UNKNOWN)
_HOUR_MINUTES: Final = 60
_DAY_HOURS: Final = 24


@merged
def write_call(row: Integers, event: Any, late: int, utc_offset_minutes: int) -> None:
    """What the event says of the call, without its roaming check."""
    time_ms = event.time_ms
    row[0] = min(max(time_ms, 0), MAX_TIME_MS)
    row[1] = (time_ms // MINUTE_MS + utc_offset_minutes) // _HOUR_MINUTES % _DAY_HOURS
    row[2], row[3], row[4] = event.ingress, event.presentation, event.attestation
    row[6] = 1 if event.diversion else 0
    row[7] = late


@merged
def write_numbers(row: Integers, event: Any, key: int) -> None:
    """What is known of the two numbers; `key` is that of the caller's state."""
    row[8], row[9], row[10], row[11] = key, event.caller_kind, event.caller_form, event.caller_refusal
    row[12], row[13], row[14] = event.caller_country, event.caller_home, event.caller_allocation
    row[15], row[16] = event.caller_holder, event.caller_reseller
    row[17], row[18], row[19] = event.callee, event.callee_kind, event.callee_country
    row[20], row[21] = event.callee_home, event.callee_emergency


@merged
def write_line(row: Integers, event: Any, lines: LineTable, reads_line: bool) -> None:
    """What the trunks file says of the line: of roaming where the event does not know, of its numbers where asked."""
    line = event.line
    row[_ROAMING] = event.roaming
    row[LINE] = row[LINE + 1] = row[LINE + 2] = 0
    if line < 0 or line >= lines.registered.size:  # an event may come from a log that somebody altered
        return
    if event.roaming == _UNKNOWN:
        row[_ROAMING] = lines.roaming[line]
    if reads_line:
        row[LINE], row[LINE + 1], row[LINE + 2] = lines.registered[line], permits(lines, line, event.caller), 1


@merged
def write_slots(row: Integers, slots: int, lists: ListTables, bits: int) -> None:
    """On which lists the numbers stand at the time of the call; `bits` are those of the lists asked before."""
    bits |= slots_of(lists, row[CALLER], row[TIME], lists.caller)
    bits |= slots_of(lists, row[CALLEE], row[TIME], lists.callee)
    for slot in range(slots):
        row[SLOTS + slot] = bits >> slot & 1
