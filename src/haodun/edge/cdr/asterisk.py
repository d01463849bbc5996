"""Asterisk call records: cdr_csv's Master.csv in all its widths, and the stock template of cdr_custom.

Columns of cdr_csv (asterisk cdr/cdr_csv.c, build_csv_record): sixteen, then uniqueid (`loguniqueid`), userfield
(`loguserfield`), and peeraccount, linkedid, sequence (`newcdrcolumns`), each only where its option is on. The stock
cdr_custom template starts with clid and ends with accountcode, uniqueid, userfield and, later, sequence.
"""

from __future__ import annotations

import re

from haodun.edge.cdr.error import RowError
from haodun.edge.cdr.record import CallRecord
from haodun.edge.cdr.rows import CsvCodec
from haodun.edge.cdr.times import check_duration, check_order, seconds_ms
from haodun.edge.cdr.words import (
    ATTESTATIONS,
    CAUSES,
    DISPOSITIONS,
    PRESENTATIONS,
    ROAMINGS,
    look_up,
    presentation_of,
    read_userfield,
    short,
)
from haodun.screening.events import Attestation, Cause, Roaming

_NAMED = re.compile(r"<([^<>]*)>[ ]*")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?|[0-9]{9,10}(?:\.[0-9]+)?")
_UNIQUE_ID = re.compile(r"(?:.*-)?[0-9]+\.[0-9]+")
_TECHNOLOGY = re.compile(r"[A-Za-z0-9]+")
_INSTANCE = re.compile(r"-[0-9a-fA-F]{8}")
_NUMBERED = re.compile(r"(?s)(.+)-[0-9]+")
_CUSTOM = (15, 1, 2, 3, 0, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 17)
"""Where cdr_custom's stock template has the columns of cdr_csv."""


def trunk_of(channel: str, context: str) -> str:
    """The peer, span or trunk of a channel name; the dialplan context where the channel names none.

    >>> trunk_of("PJSIP/carrier-sz-2-0000001a", "from-pstn"), trunk_of("DAHDI/i1/57188880000-3", "from-pstn")
    ('carrier-sz-2', 'i1')
    >>> trunk_of("Local/100@queue-00000001;2", "from-queue"), trunk_of("", "from-internal")
    ('from-queue', 'from-internal')
    """
    technology, _, rest = channel.partition("/")
    if not rest or technology == "Local" or not _TECHNOLOGY.fullmatch(technology):
        return context
    if rest.endswith((";1", ";2")):
        rest = rest[:-2]
    if len(rest) > 9 and _INSTANCE.fullmatch(rest, len(rest) - 9):
        rest = rest[:-9]
    if technology in ("DAHDI", "Zap"):
        rest = rest.split("/", 1)[0]
    if technology in ("DAHDI", "Zap", "IAX2", "IAX"):
        numbered = _NUMBERED.fullmatch(rest)
        rest = numbered[1] if numbered else rest
    return rest


class AsteriskCodec(CsvCodec):
    """Master.csv of cdr_csv (16 to 21 columns) or of cdr_custom's stock template (18 or 19)."""

    _counts = frozenset(range(16, 22))

    def _record(self, fields: list[str], line: int) -> CallRecord:
        columns, unique, user, linked, sequence = _arranged(fields)
        if columns[0].lower() == "accountcode" and columns[1].lower() in ("src", "source"):
            raise RowError("header", "This is a header row; Asterisk writes none. It was set aside.")
        start, zoned = self._clock.read(columns[9], "start")
        answer = self._clock.optional(columns[10], "answer")
        end = self._clock.read(columns[11], "end")[0]
        check_order(start, answer, end)
        check_duration(columns[12], end - start, "duration")
        if answer is not None:
            check_duration(columns[13], end - answer, "billsec")
        elif columns[13] and seconds_ms(columns[13], "billsec"):
            raise RowError("duration_disagrees", f"billsec is {columns[13]}, but the call has no answer time.")
        caller = short(columns[1] or _from_caller_id(columns[4]), "src")
        extra = read_userfield(user) if user else {}
        call_id = linked or unique or f"{columns[9]}/{caller}/{columns[2]}/{columns[5]}"
        leg = unique or call_id
        return CallRecord(
            short(call_id, "linkedid"),
            short(f"{leg}-{sequence}" if sequence not in ("", "0") else leg, "uniqueid"),
            start,
            answer,
            end,
            caller,
            short(columns[2], "dst"),
            short(trunk_of(columns[5], columns[3]), "channel"),
            look_up(PRESENTATIONS, extra["presentation"], "presentation")
            if "presentation" in extra
            else presentation_of(caller),
            look_up(ATTESTATIONS, extra["attestation"], "attestation") if "attestation" in extra else Attestation.NONE,
            look_up(ROAMINGS, extra["roaming"], "roaming") if "roaming" in extra else Roaming.UNKNOWN,
            short(extra.get("diversion", ""), "diversion"),
            short(extra.get("device", ""), "device"),
            short(extra.get("cell", ""), "cell"),
            look_up(CAUSES, extra["cause"], "cause") if "cause" in extra else cause_of(columns[14]),
            line,
            zoned,
        )


def _arranged(fields: list[str]) -> tuple[list[str], str, str, str, str]:
    """The sixteen columns in the order of cdr_csv, then uniqueid, userfield, linkedid, sequence ('' where absent)."""
    count = len(fields)
    if count in (18, 19) and _TIME.fullmatch(fields[8]) and _TIME.fullmatch(fields[10]):
        ordered = [fields[index] for index in _CUSTOM]
        return ordered[:16], ordered[16], ordered[17], "", fields[18] if count == 19 else ""
    linked = sequence = ""
    if count >= 19:
        linked, sequence = fields[-2], fields[-1]
        count -= 3
    if count == 18:
        return fields, fields[16], fields[17], linked, sequence
    if count == 17:
        if _UNIQUE_ID.fullmatch(fields[16]) and "=" not in fields[16]:
            return fields, fields[16], "", linked, sequence
        return fields, "", fields[16], linked, sequence
    return fields, "", "", linked, sequence


def _from_caller_id(text: str) -> str:
    """The number of `"Name" <number>`, or the whole where there are no brackets."""
    found = _NAMED.search(text)
    return found[1] if found else text.strip()


def cause_of(disposition: str) -> Cause:
    """The cause that a disposition tells; RowError bad_value for another word."""
    found = DISPOSITIONS.get(disposition)
    if found is None:
        raise RowError("bad_value", f"disposition: {disposition[:40]!r} is none of {', '.join(DISPOSITIONS)}.")
    return found
