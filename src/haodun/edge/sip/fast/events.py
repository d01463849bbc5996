"""From a scanned row to the event of the input log and to what tells the call again, in compiled code.

Equal to `Packer` over the event that a live edge makes of the same request: an attempt, live, its transaction the From
tag, CSeq number and both keys.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from haodun.compiled import borrowing
from haodun.edge.sip.fast.layout import (
    CALL_ID,
    CALL_ID_END,
    CALLED,
    CALLED_END,
    CALLER,
    CALLER_END,
    CSEQ,
    DIVERTER,
    DIVERTER_END,
    PRESENTATION,
    SEQUENCE_END,
    TAG,
    TAG_END,
    Hard,
)
from haodun.edge.sip.fast.octets import Octets, Row, copy, place, whole
from haodun.edge.sip.limits import MAX_CALL_ID, MAX_TAG
from haodun.numbering import Kind
from haodun.numbering.bulk import (
    ALLOCATION,
    COUNTRY,
    EMERGENCY,
    FORM,
    HOLDER,
    HOME,
    KEY,
    KIND,
    REFUSAL,
    RESELLER,
    VALUES,
    Tables,
    read_one,
)
from haodun.screening.events import Attestation, EventKind, Roaming
from haodun.screening.events.fingerprint import Key, of_attempt, of_bytes
from haodun.screening.events.packed import Events

Integers = npt.NDArray[np.int64]
SCRATCH: Final = MAX_CALL_ID + MAX_TAG + 64
"""Bytes of the texts that are hashed: call id, From tag, CSeq number, two keys of at most 19 digits, blanks."""
_NUMBER, _EMERGENCY = int(Hard.NUMBER), int(Hard.EMERGENCY)
_EMERGENCY_KIND = int(Kind.EMERGENCY)
_ATTEMPT, _NONE, _ROAMING = int(EventKind.ATTEMPT), int(Attestation.NONE), int(Roaming.UNKNOWN)
_SPACE, _MINUS, _ZERO = 32, 45, 48


class Lines(NamedTuple):
    """What an event takes from the trunk it came on; one entry a trunk."""

    ingress: Integers
    trunk_id: Integers
    """`trunk_id` of its name."""
    line: Integers
    """Its place in the trunks file, -1 where it is on none."""


class Reading(NamedTuple):
    """All that reading a call needs besides its bytes."""

    tables: Tables
    lines: Lines
    key: Key
    """Of fingerprints."""
    tag_key: Key
    """Of To tags."""
    scratch: Octets
    """SCRATCH bytes, overwritten."""
    caller: Integers
    callee: Integers
    diverter: Integers
    """VALUES places each, overwritten."""


def fixed(table: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The same memory, that cannot be written to."""
    view = table.view()
    view.flags.writeable = False
    return view


def make_reading(tables: Tables, lines: Lines, *, key: Key, tag_key: Key) -> Reading:
    """With places of its own to write in: not for two threads at once."""
    places = [np.zeros(VALUES, np.int64) for _ in range(3)]
    tables = Tables(*(fixed(table) for table in tables))  # compiled code meets one kind, read from a file or made
    return Reading(tables, lines, key, tag_key, np.zeros(SCRATCH, np.uint8), *places)


@borrowing
def read_number(tables: Tables, data: Octets, start: int, end: int, ingress: int, out: Integers) -> bool:
    """The number that is written there; False where only the slow parser tells."""
    return read_one(tables, data, start, end, ingress, out)


@borrowing
def write_decimal(target: Octets, at: int, value: int) -> int:
    """Write an integer; where it ends."""
    if value < 0:
        target[at] = _MINUS
        at, value = at + 1, -value
    digits, rest = 1, value // 10
    while rest > 0:
        digits, rest = digits + 1, rest // 10
    for step in range(digits):
        target[at + digits - 1 - step] = _ZERO + value % 10
        value //= 10
    return at + digits


@borrowing
def read_event(reading: Reading, data: Octets, row: Row, trunk: int, events: Events, slot: int) -> int:
    """Make `events[slot]` of a scanned call, all but its number and time; 0, or `Hard` why the slow path must."""
    ingress = reading.lines.ingress[trunk]
    caller, callee, tables = reading.caller, reading.callee, reading.tables
    if not read_number(tables, data, place(row, CALLER), place(row, CALLER_END), ingress, caller):
        return _NUMBER
    if not read_number(tables, data, place(row, CALLED), place(row, CALLED_END), ingress, callee):
        return _NUMBER
    if callee[KIND] == _EMERGENCY_KIND:
        return _EMERGENCY
    diverter = 0
    if row[DIVERTER_END] > 0:
        start, end = place(row, DIVERTER), place(row, DIVERTER_END)
        if not read_number(tables, data, start, end, ingress, reading.diverter):
            return _NUMBER
        diverter = reading.diverter[KEY]
    event = events[slot]
    _put_numbers(event, caller, callee)
    event.diversion, event.presentation = diverter, row[PRESENTATION]
    event.trunk_id, event.line, event.ingress = reading.lines.trunk_id[trunk], reading.lines.line[trunk], ingress
    event.kind, event.live, event.attestation, event.roaming = _ATTEMPT, 1, _NONE, _ROAMING
    _put_rest(event)
    return 0


@borrowing
def _put_numbers(event: Any, caller: Integers, callee: Integers) -> None:
    """Both numbers and what the plan says of them."""
    event.caller, event.callee = caller[KEY], callee[KEY]
    event.caller_country, event.callee_country = caller[COUNTRY], callee[COUNTRY]
    event.caller_kind, event.callee_kind = caller[KIND], callee[KIND]
    event.caller_form, event.callee_form = caller[FORM], callee[FORM]
    event.caller_refusal, event.callee_refusal = caller[REFUSAL], callee[REFUSAL]
    event.caller_home, event.callee_home = caller[HOME], callee[HOME]
    event.caller_allocation, event.caller_holder = caller[ALLOCATION], caller[HOLDER]
    event.caller_reseller, event.callee_emergency = caller[RESELLER], callee[EMERGENCY]


@borrowing
def _put_rest(event: Any) -> None:
    """What a live attempt does not have."""
    event.device, event.cell, event.seconds, event.ring_ms = 0, 0, 0, 0
    event.answered, event.cause, event.given = 0, 0, 0


@borrowing
def put_fingerprints(reading: Reading, data: Octets, row: Row, events: Events, slot: int) -> Any:
    """Fingerprints of the call and of the attempt into `events[slot]`; gives the To tag of the call, a uint64.

    The tag is over `CALL-ID NUL TAG SPACE CSEQ` (`wording.to_tag`), the attempt over what follows NUL and both keys.
    """
    scratch, event = reading.scratch, events[slot]
    call_end = copy(scratch, 0, data, place(row, CALL_ID), place(row, CALL_ID_END))
    scratch[call_end] = 0
    at = copy(scratch, call_end + 1, data, place(row, TAG), place(row, TAG_END))
    scratch[at] = _SPACE
    tag_end = copy(scratch, at + 1, data, place(row, CSEQ), place(row, SEQUENCE_END))
    scratch[tag_end] = _SPACE
    at = write_decimal(scratch, tag_end + 1, whole(event.caller))
    scratch[at] = _SPACE
    at = write_decimal(scratch, at + 1, whole(event.callee))
    high, low = of_bytes(reading.key, scratch, 0, call_end)
    event.call_high, event.call_low = high, low
    event.attempt_high, event.attempt_low = of_attempt(reading.key, high, low, scratch, call_end + 1, at)
    tag, _ = of_bytes(reading.tag_key, scratch, 0, tag_end)
    return tag
