"""FreeSWITCH mod_cdr_csv: the stock templates that carry what is needed, and our own `haodun`.

Templates are told apart by their column count. `opencdrrate` has no start time and is not supported: an unanswered
call would have no time at all.
"""

from __future__ import annotations

from typing import NamedTuple

from haodun.edge.cdr.error import RowError
from haodun.edge.cdr.record import CallRecord
from haodun.edge.cdr.rows import CsvCodec
from haodun.edge.cdr.times import check_duration, check_order
from haodun.edge.cdr.words import (
    ATTESTATIONS,
    PRESENTATIONS,
    ROAMINGS,
    hangup_cause,
    look_up,
    presentation_of,
    short,
)
from haodun.screening.events import Attestation, Presentation, Roaming

_STOCK = (
    "caller_id_name", "caller_id_number", "destination_number", "context", "start_stamp", "answer_stamp", "end_stamp",
    "duration", "billsec", "hangup_cause", "uuid", "bleg_uuid", "accountcode",
)  # fmt: skip
_CODECS = ("read_codec", "write_codec")

TEMPLATES: dict[str, tuple[str, ...]] = {
    "default": _STOCK,
    "sql": _STOCK,
    "example": (*_STOCK, *_CODECS),
    "linksys": (*_STOCK, *_CODECS, "sip_user_agent", "sip_p_rtp_stat"),
    "asterisk": (
        "accountcode", "caller_id_number", "destination_number", "context", "caller_id", "channel_name",
        "bridge_channel", "last_app", "last_arg", "start_stamp", "answer_stamp", "end_stamp", "duration", "billsec",
        "hangup_cause", "amaflags", "uuid", "userfield",
    ),
    "snom": (
        *_STOCK, *_CODECS, "sip_user_agent", "call_clientcode", "sip_rtp_rxstat", "sip_rtp_txstat",
        "sofia_record_file",
    ),
    "haodun": (*_STOCK, *_CODECS, "roaming", "attestation", "diversion", "device", "presentation", "cell"),
}  # fmt: skip
"""Columns of each template, in order. `sql` is `default` inside an INSERT statement."""

_SQL = "INSERT INTO cdr VALUES ("


class _Places(NamedTuple):
    caller: int
    callee: int
    context: int
    start: int
    answer: int
    end: int
    duration: int
    billsec: int
    cause: int
    uuid: int
    extra: int
    """Where our own six columns start, 0 if there are none."""


def _places(columns: tuple[str, ...]) -> _Places:
    names = (
        "caller_id_number", "destination_number", "context", "start_stamp", "answer_stamp", "end_stamp", "duration",
        "billsec", "hangup_cause", "uuid",
    )  # fmt: skip
    own = columns.index("roaming") if "roaming" in columns else 0
    return _Places._make([*(columns.index(name) for name in names), own])


_BY_COUNT = {len(columns): _places(columns) for columns in TEMPLATES.values()}


class FreeswitchCodec(CsvCodec):
    """Master.csv of mod_cdr_csv; one row is one leg, and with `legs=a` (the stock setting) one call."""

    _counts = frozenset(_BY_COUNT)
    _skip_space = True  # `default`, `sql` and `snom` have a space before accountcode

    def _unwrapped(self, text: str) -> str:
        if text.startswith(_SQL) and text.endswith(");"):
            return text[len(_SQL) : -2]
        return text

    def _record(self, fields: list[str], line: int) -> CallRecord:
        at = _BY_COUNT[len(fields)]
        if fields[at.uuid] == "uuid":
            raise RowError("header", "This is a header row; FreeSWITCH writes none. It was set aside.")
        start, zoned = self._clock.read(fields[at.start], "start_stamp")
        answer = self._clock.optional(fields[at.answer], "answer_stamp")
        end = self._clock.read(fields[at.end], "end_stamp")[0]
        check_order(start, answer, end)
        check_duration(fields[at.duration], end - start, "duration")
        check_duration(fields[at.billsec], 0 if answer is None else end - answer, "billsec")
        caller = short(fields[at.caller], "caller_id_number")
        call_id = short(fields[at.uuid], "uuid")
        if not call_id:
            raise RowError("bad_value", "uuid is empty; without it the call cannot be told from others.")
        own = _own(fields[at.extra :], caller) if at.extra else _Own(presentation=presentation_of(caller))
        return CallRecord(
            call_id,
            call_id,
            start,
            answer,
            end,
            caller,
            short(fields[at.callee], "destination_number"),
            short(fields[at.context], "context"),
            *own,
            hangup_cause(fields[at.cause]),
            line,
            zoned,
        )


class _Own(NamedTuple):
    presentation: Presentation
    attestation: Attestation = Attestation.NONE
    roaming: Roaming = Roaming.UNKNOWN
    diversion: str = ""
    device: str = ""
    cell: str = ""


def _own(fields: list[str], caller: str) -> _Own:
    """The six columns that our template adds."""
    roaming, attestation, diversion, device, presentation, cell = fields
    return _Own(
        look_up(PRESENTATIONS, presentation, "presentation") if presentation else presentation_of(caller),
        look_up(ATTESTATIONS, attestation, "attestation"),
        look_up(ROAMINGS, roaming or "unknown", "roaming"),
        short(diversion, "diversion"),
        short(device, "device"),
        short(cell, "cell"),
    )
