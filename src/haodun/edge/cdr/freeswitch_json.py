"""FreeSWITCH JSON call records (mod_json_cdr, mod_format_cdr): one document, several, one a line, or an array.

Theory of operation. A document is what stands between an opening brace and its partner; brackets, commas and blanks
between documents are passed over, so that an array needs no rule of its own. Raw line breaks cannot stand inside a JSON
string, so a brace in the first column always starts a document anew: one that was cut off costs only itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, tzinfo
from urllib.parse import unquote

from haodun.edge.cdr.error import RowError
from haodun.edge.cdr.record import BadRecord, CallRecord
from haodun.edge.cdr.rows import Decoder, bad_record
from haodun.edge.cdr.times import check_order, epoch
from haodun.edge.cdr.words import (
    ATTESTATIONS,
    PRESENTATIONS,
    ROAMINGS,
    hangup_cause,
    look_up,
    presentation_of,
    short,
)

MAX_DOCUMENT_BYTES = 1_048_576
"""FreeSWITCH writes 5 to 100 kB a call; a document that has not ended by then is set aside."""

MAX_DEPTH = 64
"""Objects and lists inside one another; FreeSWITCH needs six. What a parser bears differs between Python versions."""

MAX_JUNK_BYTES = 1_024
"""Kept of what stands between documents, to show it."""

_TOKEN = re.compile(rb'["\\{}\n]')
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BETWEEN = b" \t\r\n,[]"
_ENCODED = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})*", re.DOTALL)


class FreeswitchJsonCodec:
    """Documents in, call records out. Times are epochs, so `tz` changes nothing; it is there as in every codec."""

    def __init__(self, *, tz: tzinfo = UTC, encoding: str = "auto") -> None:
        self.tz = tz
        self._decoder = Decoder(encoding)
        self._document = bytearray()
        self._depth = 0
        self._in_string = False
        self._escaped = False
        self._broken = False
        self._column_one = True
        self._line = 1
        self._started = 1
        self._junk = bytearray()

    @property
    def encoding(self) -> str:
        """The encoding that the stream needed so far: 'utf-8' or 'gb18030'."""
        return self._decoder.used

    def feed(self, data: bytes) -> Iterator[CallRecord | BadRecord]:
        """Take the next bytes; yield what is complete."""
        position = 0
        while position < len(data):
            if self._column_one and not self._depth and not self._junk:
                stop = data.find(b"\n", position)
                record = self._line_alone(data[position:stop]) if stop >= 0 else None
                if record is not None:
                    yield record
                    self._line += 1
                    position = stop + 1
                    continue
            if self._escaped:
                # The byte after a backslash means nothing, whatever it is; a line break is never legal there.
                self._escaped = False
                if data[position] != 0x0A:
                    self._keep(data[position : position + 1])
                    position += 1
                    yield from self._too_long()
                    continue
            token = _TOKEN.search(data, position)
            stop = token.start() if token else len(data)
            if stop > position:
                self._keep(data[position:stop])
                self._column_one = False
            if token:
                yield from self._token(token[0])
            yield from self._too_long()
            position = stop + 1

    def _line_alone(self, line: bytes) -> CallRecord | None:
        """The quick way for one good document a line; None sends the line through the general rules."""
        if not line.startswith(b"{") or len(line) > MAX_DOCUMENT_BYTES:
            return None
        try:
            return _record(_loaded(self._decoder.decode(line)), self._line)
        except RowError:
            return None

    def close(self) -> Iterator[CallRecord | BadRecord]:
        """No more bytes: a document that has not ended is truncated."""
        yield from self._end_junk()
        if self._document:
            yield self._bad("truncated", "The document is cut off: its closing brace is missing.")

    def _keep(self, data: bytes) -> None:
        if self._depth:
            if not self._broken:
                self._document += data
            return
        if len(self._junk) < MAX_JUNK_BYTES:
            self._junk += data.translate(None, _BETWEEN)[: MAX_JUNK_BYTES - len(self._junk)]

    def _token(self, token: bytes) -> Iterator[CallRecord | BadRecord]:
        column_one, self._column_one = self._column_one, token == b"\n"
        if token == b"\n":
            if not self._depth:
                yield from self._end_junk()
            self._in_string = False
            self._keep(token)
            self._line += 1
        elif token == b"{" and (not self._depth or column_one):
            yield from self._open()
        elif not self._depth:
            self._keep(token)
        else:
            self._keep(token)
            yield from self._inside(token)

    def _inside(self, token: bytes) -> Iterator[CallRecord | BadRecord]:
        if token == b'"':
            self._in_string = not self._in_string
        elif token == b"\\":
            self._escaped = self._in_string
        elif not self._in_string:
            self._depth += 1 if token == b"{" else -1
            if not self._depth:
                if not self._broken:
                    yield self._whole()
                self._document.clear()
                self._broken = False

    def _open(self) -> Iterator[CallRecord | BadRecord]:
        yield from self._end_junk()
        if self._document:
            yield self._bad("truncated", "A new document starts before this one has ended.")
        self._document = bytearray(b"{")
        self._depth, self._in_string, self._escaped, self._broken = 1, False, False, False
        self._started = self._line

    def _end_junk(self) -> Iterator[BadRecord]:
        junk = bytes(self._junk).removeprefix(b"\xef\xbb\xbf")
        self._junk.clear()
        if junk:
            yield bad_record(junk, line=self._line, reason="junk", detail="This is no JSON object; expected {.")

    def _too_long(self) -> Iterator[BadRecord]:
        if len(self._document) > MAX_DOCUMENT_BYTES:
            del self._document[MAX_DOCUMENT_BYTES:]
            yield self._bad("too_long", f"The document has not ended within {MAX_DOCUMENT_BYTES} bytes.")
            self._document.clear()
            self._broken = True

    def _bad(self, reason: str, detail: str) -> BadRecord:
        return bad_record(bytes(self._document), line=self._started, reason=reason, detail=detail)

    def _whole(self) -> CallRecord | BadRecord:
        try:
            return _record(_loaded(self._decoder.decode(bytes(self._document))), self._started)
        except RowError as error:
            return self._bad(error.reason, error.detail)


def _depth_of(text: str) -> int:
    """How deep a document is nested; strings do not count."""
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return 0
    deepest = depth = 0
    for letter in _STRING.sub("", text):
        if letter in "{[":
            depth += 1
            deepest = max(deepest, depth)
        elif letter in "}]":
            depth -= 1
    return deepest


def _loaded(text: str) -> dict[str, object]:
    if _depth_of(text) > MAX_DEPTH:
        raise RowError("bad_json", f"The document is nested more than {MAX_DEPTH} deep; no call record is.")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RowError("bad_json", f"The document is no JSON ({str(error)[:80]}).") from error
    if not isinstance(document, dict):
        raise RowError("bad_json", "The document is no JSON object.")
    return document


class _Values:
    """The variables of a document, and the caller profile of its first call flow."""

    def __init__(self, document: dict[str, object]) -> None:
        variables = document.get("variables")
        if not isinstance(variables, dict):
            raise RowError("missing_field", "The document has no `variables`; is it a FreeSWITCH call record?")
        flow = document.get("callflow")
        first = flow[0] if isinstance(flow, list) and flow else flow
        profile = first.get("caller_profile") if isinstance(first, dict) else None
        self.variables: dict[str, object] = variables
        self.profile: dict[str, object] = profile if isinstance(profile, dict) else {}

    def variable(self, name: str) -> str:
        """'' where it is absent; url-encoded values decoded (`encode-values`)."""
        return _text(self.variables.get(name), name)

    def of_call(self, name: str) -> str:
        """From the caller profile, else from the variables."""
        return _text(self.profile.get(name), name) or self.variable(name)

    def time(self, name: str) -> int | None:
        """`<name>_uepoch` (µs), else `<name>_epoch` (s); None where the switch wrote 0 or nothing."""
        micros, seconds = self.variable(f"{name}_uepoch"), self.variable(f"{name}_epoch")
        if micros not in ("", "0"):
            return epoch(micros, unit=1_000_000, field=f"{name}_uepoch")
        return epoch(seconds, unit=1, field=f"{name}_epoch") if seconds not in ("", "0") else None


def _text(value: object, name: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise RowError("bad_value", f"{name} is neither text nor a whole number.")
    text = str(value)
    if "\0" in text:
        raise RowError("nul_byte", f"{name} holds a NUL character.")
    if "%" in text and _ENCODED.fullmatch(text):
        text = unquote(text, errors="backslashreplace")
        if "\0" in text:
            raise RowError("nul_byte", f"{name} holds a NUL character.")
    return short(text, name)


def _record(document: dict[str, object], line: int) -> CallRecord:
    values = _Values(document)
    call_id = values.variable("uuid") or values.of_call("uuid")
    start, answer, end = values.time("start"), values.time("answer"), values.time("end")
    if not call_id or start is None or end is None:
        raise RowError("missing_field", "uuid, start_epoch or end_epoch is missing or 0.")
    check_order(start, answer, end)
    caller = values.of_call("caller_id_number")
    presentation = values.variable("haodun_presentation")
    return CallRecord(
        call_id,
        call_id,
        start,
        answer,
        end,
        caller,
        values.of_call("destination_number"),
        values.of_call("context"),
        look_up(PRESENTATIONS, presentation, "haodun_presentation") if presentation else presentation_of(caller),
        look_up(ATTESTATIONS, values.variable("haodun_attestation"), "haodun_attestation"),
        look_up(ROAMINGS, values.variable("haodun_roaming") or "unknown", "haodun_roaming"),
        values.variable("haodun_diversion"),
        values.variable("haodun_device"),
        values.variable("haodun_cell"),
        hangup_cause(values.variable("hangup_cause")),
        line,
        True,
    )
