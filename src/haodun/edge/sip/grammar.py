"""The lexical rules of RFC 3261 §25.1 as patterns that never step back: every quantifier is possessive.

Text is the message decoded as Latin-1, one character a byte, so that a copy is the same bytes again. Folding is undone
before these patterns see it, so linear white space is spaces and tabs.
"""

from __future__ import annotations

import re

from haodun.edge.sip.limits import MAX_PARAMETERS, MAX_VALUES

WS = " \t"
"""What `strip` removes; never the no-break space or the other blanks of Latin-1."""

TOKEN = r"[A-Za-z0-9.!%*_+`'~-]++"  # noqa: S105 - the RFC's name for it
LWS = r"[ \t]*+"
QUOTED = r'"(?:[^"\\\x00-\x08\x0a-\x1f\x7f]++|\\[\x00-\x09\x0b\x0c\x0e-\x7f])*+"'
"""quoted-string: qdtext and quoted pairs; a control character only behind a backslash (RFC 4475 §3.1.1.2)."""

GEN_VALUE = rf"(?:[A-Za-z0-9.!%*_+`'~\[\]:-]++|{QUOTED})"
"""gen-value: token, host (an IPv6 reference has brackets and colons) or quoted-string."""

PARAMETERS = rf"(?:{LWS};{LWS}{TOKEN}(?:{LWS}={LWS}{GEN_VALUE})?+)*+"

HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*+)|\[[0-9A-Fa-f:.]++\])"
PORT = r"[0-9]{1,5}+"

_PARAMETER = re.compile(rf"{LWS};{LWS}({TOKEN})(?:{LWS}={LWS}({GEN_VALUE}))?+")
_VALUE = re.compile(rf'{LWS}((?:[^,"<]++|{QUOTED}|<[^<>]*+>)++)(,|\Z)')
_PAIR = re.compile(r"\\(.)", re.DOTALL)
_TOKEN = re.compile(TOKEN)


def is_token(text: str) -> bool:
    """Whether `text` is one token."""
    return _TOKEN.fullmatch(text) is not None


def parameters(text: str) -> dict[str, str] | None:
    """`;a=b;c` as names in lower case and values as written ('' for none); None where one is doubled or too many.

    `text` has been matched by PARAMETERS. RFC 3261 §7.3.1: a name stands at most once.
    """
    found: dict[str, str] = {}
    for match in _PARAMETER.finditer(text):
        name = match[1].lower()
        if name in found or len(found) == MAX_PARAMETERS:
            return None
        found[name] = match[2] or ""
    return found


def split_values(text: str) -> tuple[str, ...] | None:
    """Values separated by commas outside quotes and angle brackets; None where those do not close, or too many."""
    if "," not in text:
        return (text,) if text else None
    values: list[str] = []
    position = 0
    while position < len(text):
        match = _VALUE.match(text, position)
        if match is None or len(values) == MAX_VALUES:
            return None
        values.append(match[1].strip(WS))
        position = match.end()
        if not values[-1] or (match[2] and position == len(text)):
            return None
    return tuple(values)


def unquote(text: str) -> str:
    """The content of a quoted-string, quoted pairs resolved; other text as it is."""
    if text[:1] != '"':
        return text
    inner = text[1:-1]
    return _PAIR.sub(r"\1", inner) if "\\" in inner else inner


def quote(text: str) -> str:
    """`text` as a quoted-string; ValueError where it has control characters: they would end a header."""
    if any(character < " " or character == "\x7f" for character in text):
        raise ValueError(f"control character in {text!r}; leave it out of what is sent in a header")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
