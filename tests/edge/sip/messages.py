"""Messages to test with, and a reader of responses that shares no code with the codec."""

from __future__ import annotations

import random

SDP = (
    b"v=0\r\no=- 1 0 IN IP4 203.0.113.1\r\ns=-\r\nc=IN IP4 203.0.113.1\r\nt=0 0\r\n"
    b"m=audio 49170 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
)
HEADERS = {
    "Via": "SIP/2.0/UDP 192.0.2.7:15060;rport;branch=z9hG4bK0a1b2c3d4e",
    "Max-Forwards": "70",
    "From": '"Zhang San" <sip:+8613900001234@203.0.113.1;user=phone>;tag=a1b2c3d4',
    "To": "<sip:+8657188880000@198.51.100.9;user=phone>",
    "Call-ID": "0123456789abcdef@203.0.113.1",
    "CSeq": "1 INVITE",
    "Contact": "<sip:+8613900001234@203.0.113.1:5060>",
    "Allow": "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, PRACK",
    "Supported": "100rel, timer",
    "User-Agent": "SBC/1.0",
    "Session-Expires": "1800",
    "Content-Type": "application/sdp",
}
START = "INVITE sip:+8657188880000@198.51.100.9:5070;user=phone SIP/2.0"


def message(
    changes: dict[str, str | None] | None = None, *, start: str = START, more: str = "", body: bytes = SDP
) -> bytes:
    """An INVITE with some headers changed (None: left out), and `more` header lines after them, CRLF ended."""
    headers: dict[str, str | None] = {**HEADERS, "Content-Length": str(len(body)), **(changes or {})}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value is not None)
    return f"{start}\r\n{lines}{more}\r\n".encode() + body


def read_response(data: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
    """Status, headers and body of a response, read the slow and plain way; AssertionError where it is none."""
    head, end, body = data.partition(b"\r\n\r\n")
    assert end
    lines = head.decode("latin-1").split("\r\n")
    version, status, _reason = lines[0].split(" ", 2)
    assert version == "SIP/2.0"
    headers = []
    for line in lines[1:]:
        assert "\n" not in line and "\r" not in line and line[:1] not in (" ", "\t")
        name, colon, value = line.partition(": ")
        assert colon and name and name.replace("-", "").isalnum(), line
        headers.append((name, value))
    assert dict(headers)["Content-Length"] == str(len(body))
    return int(status), headers, body


_CHARACTERS = b'aA0+-.:;=<>@,"\\%/?& \t[](){}~*#z\xc3\xa9'
_PIECES = (
    *(b"\r\n", b"\r\n ", b"\n", b"\r", b"\0", b":", b";tag=", b",", b"<", b">", b'"', b"\\", b"%", b"%00", b";rport"),
    *(b"Via: ", b"v: SIP/2.0/UDP 9.9.9.9;branch=z9hG4bKx\r\n", b"From: x\r\n", b"\r\n\r\n", b"\r\nt:", b"\r\nl:", b"@"),
    *(b" " * 200, b"v" * 3000, b"\r\n " * 90, b";a" * 90, b"<" * 90, b'"' * 91, b"\\" * 91, b";received=1.2.3.4", b"?"),
    *(
        b"\r\nRoute: <sip:x>",
        b"sip:+1555@x",
        b"tel:+1555",
        b"\xe5\xbc\xa0",
        b"[::1]",
        b"SIP/2.0",
        b"SIP/2.0/UDP ",
        b"=",
    ),
)


def mutated(seeds: list[bytes], draw: random.Random) -> bytes:
    """One of `seeds`, spoilt in one to sixteen places."""
    data = bytearray(draw.choice(seeds))
    for _ in range(draw.choice((1, 1, 1, 2, 4, 16))):
        at = draw.randrange(len(data) + 1)
        kind = draw.choice((0, 0, 0, 1, 1, 2, 3, 3, 3, 4, 4, 5))
        if kind == 0 and at < len(data):
            data[at] = draw.randrange(256) if draw.random() < 0.2 else draw.choice(_CHARACTERS)
        elif kind == 1:
            del data[at : at + draw.randrange(1, 40)]
        elif kind == 2:
            data[at:at] = draw.randbytes(draw.randrange(1, 12))
        elif kind == 3:
            data[at:at] = draw.choice(_PIECES)
        elif kind == 4:
            start = draw.randrange(len(data) + 1)
            data[at:at] = data[start : start + 60]
        else:
            del data[max(at, len(data) - draw.randrange(1, 400)) :]
    return bytes(data)
