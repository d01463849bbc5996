"""Which format a file is, by its first bytes alone."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from haodun.edge.cdr.error import RowError
from haodun.edge.cdr.freeswitch import TEMPLATES
from haodun.edge.cdr.rows import Decoder
from haodun.edge.cdr.words import DISPOSITIONS

MAX_HEAD_BYTES = 262_144
_ROWS = 64
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?|[0-9]{9,10}(?:\.[0-9]+)?")
_CAUSE = re.compile(r"[A-Z][A-Z0-9_]*")
_SQL = "INSERT INTO cdr VALUES ("


@dataclass(frozen=True, slots=True)
class Detection:
    """What a file seems to be."""

    format: str
    """asterisk, freeswitch-csv, freeswitch-json, parquet, or unknown."""
    confidence: int
    """Percent of the rows looked at that fit."""
    reason: str
    encoding: str = "utf-8"
    settings: Mapping[str, str] = field(default_factory=dict)
    """What else was seen: `template`, `columns`."""


def detect(head: bytes, name: str) -> Detection:
    """The first bytes of a file, unpacked, and its name (without .gz, .zst), to its format. Never fails."""
    head = head[:MAX_HEAD_BYTES]
    if head.startswith(b"PAR1"):
        return Detection("parquet", 100, "it begins with PAR1")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Detection("unknown", 0, "it is UTF-16; save it as UTF-8")
    body = head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    if not body:
        return Detection("unknown", 0, "it is empty")
    if body[:1] in (b"{", b"["):
        if b'"variables"' in body:
            return Detection("freeswitch-json", 95, 'it is JSON with "variables"')
        return Detection("unknown", 0, 'it is JSON, but without the "variables" of a FreeSWITCH call record')
    return _csv(body)


def _csv(body: bytes) -> Detection:
    decoder = Decoder("auto")
    lines = body.split(b"\n")
    votes: Counter[str] = Counter()
    looked = 0
    for line in lines[: _ROWS if len(lines) > 1 else 1]:
        if not line.strip():
            continue
        looked += 1
        try:
            votes[_row(decoder.decode(line.rstrip(b"\r")))] += 1
        except RowError:
            continue
    votes.pop("", None)
    if not votes:
        return Detection("unknown", 0, "no row has the columns of a known format", decoder.used)
    (best, count), *_ = votes.most_common(1)
    form, _, template = best.partition(":")
    reason = f"{count} of the first {looked} lines fit {form}" + (f" (template {template})" if template else "")
    return Detection(form, count * 100 // looked, reason, decoder.used, {"template": template} if template else {})


def _row(text: str) -> str:
    """`format:template` of one row, '' if it is none."""
    if text.startswith(_SQL) and text.endswith(");"):
        return "freeswitch-csv:sql" if _freeswitch(_split(text[len(_SQL) : -2])) else ""
    fields = _split(text)
    count = len(fields)
    if 16 <= count <= 21 and _times(fields, 9) and fields[14] in DISPOSITIONS:
        return "asterisk"
    if count in (18, 19) and _times(fields, 8) and fields[13] in DISPOSITIONS:
        return "asterisk:cdr_custom"
    return f"freeswitch-csv:{found}" if (found := _freeswitch(fields)) else ""


def _split(text: str) -> list[str]:
    try:
        return next(csv.reader((text,), skipinitialspace=True), [])
    except csv.Error:
        return []


def _times(fields: list[str], first: int) -> bool:
    start, answer, end = fields[first : first + 3]
    return bool(_TIME.fullmatch(start) and _TIME.fullmatch(end) and (not answer or _TIME.fullmatch(answer)))


def _freeswitch(fields: list[str]) -> str:
    for template, columns in TEMPLATES.items():
        if len(fields) == len(columns) and _times(fields, columns.index("start_stamp")):
            cause = fields[columns.index("hangup_cause")]
            if (not cause or _CAUSE.fullmatch(cause)) and fields[columns.index("uuid")]:
                return template
    return ""
