"""Takes a number's written form apart: visual separators, tel: and sip: URIs, words for "no number"; refuses the rest.

Nothing here knows a numbering plan. A text is matched whole and in ASCII, and every digit of it is kept: what is
dropped is punctuation from a fixed list, and URI parameters from a fixed list.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from haodun.numbering.number import Refusal

MAX_CHARACTERS = 64
"""Longer texts are refused unread, but for URIs."""

MAX_URI_CHARACTERS = 256
"""Longer texts are refused unread."""

MAX_SEPARATORS = 8
"""Visual separators (RFC 3966 §5.1.1: - . ( ) and, beyond it, the space) inside one number."""

MAX_PARAMETERS = 16
"""Parameters of one URI."""


class Written(NamedTuple):
    """What was written, digits only."""

    digits: str
    plus: bool
    context: str = ""
    """Country code of `phone-context=+86`, '' if none: the digits are to be read inside that country."""
    sos: bool = False
    """`urn:service:sos`: no digits, but the emergency service (RFC 5031)."""


ANONYMOUS = frozenset(
    (
        "anonymous",
        "<anonymous>",
        "restricted",
        "unavailable",
        "unknown",
        "<unknown>",
        "private",
        "withheld",
        "blocked",
        "hidden",
        "unidentified",
        "null",
        "<null>",
        "p",  # North American caller-ID delivery: private,
        "o",  # and out of area
        "匿名",
        "匿名号码",
        "未知",
        "未知号码",
        "无号码",
        "无主叫号码",
        "私人号码",
        "隐藏号码",
        "private number",
        "unknown number",
        "unknown caller",
        "no caller id",
        "caller id blocked",
        "number withheld",
        "withheld number",
        "name unavailable",
        "number unavailable",
        "out of area",
        "id unavailable",
    )
)
EMPTY = frozenset(("", '""', "''", "-", "<>"))

_PLAIN = re.compile(r"(\+?)([0-9]{1,63})")
_BODY = re.compile(r"(\+?)(\(?[0-9](?:[-. ()]*[0-9])*\)?)")
_SEPARATORS = re.compile(r"[-. ()]")
_PARENTHESES = re.compile(r"[^()]*(?:\([0-9][-. 0-9]*\))?[^()]*")
_PARAMETER = re.compile(r"([A-Za-z0-9-]+)(?:=([A-Za-z0-9\[\]/:&+$!~*'()._-]*))?")
_SIP = re.compile(r"([^@;?]*)((?:;[^@?]*)?)@(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?((?:;[^@?]*)?)")
_SOS = re.compile(r"urn:service:sos(?:\.[a-z0-9-]+)*")
_CONTEXT = re.compile(r"\+([1-9][0-9]{0,2})")

# RFC 3966 isub; RFC 4694 npdi, rn, rn-context, cic, cic-context; RFC 4759 enumdi; RFC 4904 tgrp, trunk-context;
# TS 24.229 §7.2A verstat, cpc, oli. They speak of the route or of the caller's line, not of which number it is.
TEL_PARAMETERS = frozenset(
    (
        *("isub", "isub-encoding", "npdi", "rn", "rn-context", "cic", "cic-context", "enumdi"),
        *("tgrp", "trunk-context", "verstat", "cpc", "oli"),
    )
)
FLAGS = frozenset(("npdi", "enumdi"))


def read(text: str) -> Written | Refusal:
    """The digits of `text`, or why it is no number. Never raises."""
    ready = _PLAIN.fullmatch(text)
    if ready is not None:
        return Written(ready[2], plus=bool(ready[1]))
    if len(text) > MAX_URI_CHARACTERS:
        return Refusal.TOO_LONG
    plain = text.strip(" ")
    word = plain.lower()
    if word in EMPTY:
        return Refusal.EMPTY
    if word in ANONYMOUS:
        return Refusal.ANONYMOUS
    if _SOS.fullmatch(word):
        return Written("", plus=False, sos=True)
    if not plain.isascii():
        return Refusal.NOT_ASCII
    scheme, colon, rest = plain.partition(":")
    if colon and scheme.lower() == "tel":
        return _with_parameters(rest)
    if colon and scheme.lower() in ("sip", "sips"):
        return _sip(rest)
    if len(text) > MAX_CHARACTERS:
        return Refusal.TOO_LONG
    return _body(plain)


def _body(text: str) -> Written | Refusal:
    if len(text) > MAX_CHARACTERS:
        return Refusal.TOO_LONG
    found = _BODY.fullmatch(text)
    if found is None or _PARENTHESES.fullmatch(found[2]) is None:
        return Refusal.BAD_CHARACTER
    digits, separators = _SEPARATORS.subn("", found[2])
    if separators > MAX_SEPARATORS:
        return Refusal.BAD_CHARACTER
    return Written(digits, plus=bool(found[1]))


def _sip(rest: str) -> Written | Refusal:
    """The user part of a SIP URI (RFC 3261 §19.1.1), which may itself be a telephone-subscriber with parameters."""
    if rest.lower().partition("@")[2].partition(";")[0].partition(":")[0] == "anonymous.invalid":
        return Refusal.ANONYMOUS  # RFC 3323 §4.1.1.3
    if "?" in rest:
        return Refusal.BAD_PARAMETER  # header fields in a URI change the request
    found = _SIP.fullmatch(rest)
    if found is None:
        return Refusal.BAD_CHARACTER
    if found[1].lower() in ANONYMOUS:
        return Refusal.ANONYMOUS
    if _parameters(found[3]) is None:
        return Refusal.BAD_PARAMETER
    return _with_parameters(found[1] + found[2])


def _with_parameters(text: str) -> Written | Refusal:
    """RFC 3966 §3. Refused: a global number with a phone-context, any parameter that could name another number."""
    number, semicolon, rest = text.partition(";")
    if number.lower() in ANONYMOUS:
        return Refusal.ANONYMOUS
    body = _body(number)
    if isinstance(body, Refusal):
        return body
    parameters = _parameters(semicolon + rest)
    if parameters is None:
        return Refusal.BAD_PARAMETER
    context = parameters.pop("phone-context", None)
    for name, value in parameters.items():
        if name not in TEL_PARAMETERS or (value == "") != (name in FLAGS):
            return Refusal.BAD_PARAMETER
    if context is None:
        return body
    # RFC 3966 §5.1.5: a context is where the local digits are valid, not digits to put before them
    # (863-1234 in +1-914-555). Only a bare country code says how to read them.
    country = _CONTEXT.fullmatch(context)
    if country is None or body.plus:
        return Refusal.BAD_PARAMETER
    return body._replace(context=country[1])


def _parameters(text: str) -> dict[str, str] | None:
    """`;a=b;c` as a mapping, None if malformed, doubled, or too many."""
    found: dict[str, str] = {}
    if not text:
        return found
    for part in text[1:].split(";", MAX_PARAMETERS):
        match = _PARAMETER.fullmatch(part)
        if match is None or match[1].lower() in found:
            return None
        found[match[1].lower()] = match[2] or ""
    return found
