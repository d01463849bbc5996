"""What the compiled scan claims, beside what the strict parser says of the same datagram; and INVITEs of all shapes."""

from __future__ import annotations

import random

import numpy as np
from tests.edge.sip.messages import SDP

from haodun.edge.sip import Request, SipError, parse_request
from haodun.edge.sip.fast import ROW, Hard, layout, scan

Fields = dict[str, object]
_row = np.zeros(ROW, np.int32)


def scanned(data: bytes, *, trusted: bool, before: bytes = b"", after: bytes = b"") -> Hard | Fields:
    """The fields of a claimed datagram, or why it is hard; `before` and `after` stand around it in the buffer."""
    buffer = np.frombuffer(before + data + after, np.uint8).copy()
    _row[:] = -7
    why = scan(buffer, len(before), len(data), int(trusted), _row)
    return Hard(why) if why else fields_of(buffer.tobytes(), _row.tolist())


def fields_of(buffer: bytes, row: list[int]) -> Fields:
    """The texts of a row as the strict parser names them."""

    def text(place: int) -> str:
        return buffer[row[place] : row[place + 1]].decode("latin-1")

    ways = [text(layout.WAY + 2 * way) for way in range(row[layout.WAYS])]
    return {
        "uri": text(layout.URI),
        "called": text(layout.CALLED),
        "caller": text(layout.CALLER),
        "diverter": text(layout.DIVERTER) if row[layout.DIVERTER_END] else "",
        "from": text(layout.FROM),
        "to": text(layout.TO),
        "call_id": text(layout.CALL_ID),
        "cseq": text(layout.CSEQ),
        "transaction": f"{text(layout.TAG)} {buffer[row[layout.CSEQ] : row[layout.SEQUENCE_END]].decode()}",
        "presentation": row[layout.PRESENTATION],
        "ways": ways,
        "host": text(layout.HOST),
        "port": row[layout.PORT],
        "rport": buffer[row[layout.RPORT] :][:6] == b";rport" if row[layout.RPORT] else False,
    }


def read(data: bytes, *, trusted: bool) -> Fields | None:
    """The same by the strict parser; None where it refuses, or where it is no initial INVITE to be judged."""
    try:
        request = parse_request(data)
    except SipError:
        return None
    return fields_of_request(request, trusted=trusted)


def fields_of_request(request: Request, *, trusted: bool) -> Fields | None:
    """What a claimed row must say."""
    envelope = request.envelope
    if request.method != "INVITE" or envelope.to_tag != "" or request.max_forwards == 0 or "require" in request.headers:
        return None
    if request.is_emergency(psap_callback=trusted) or envelope.vias[0]:
        return None
    return {
        "uri": request.uri_text,
        "called": request.called_text(),
        "caller": request.caller_text(trusted=trusted),
        "diverter": request.diversion_text(),
        "from": envelope.from_text,
        "to": envelope.to_text,
        "call_id": request.call_id,
        "cseq": envelope.cseq_text,
        "transaction": request.transaction,
        "presentation": int(request.presentation(trusted=trusted)),
        "ways": [envelope.via.text, *envelope.vias[1:]],
        "host": envelope.via.host,
        "port": envelope.via.port or 0,
        "rport": envelope.via.rport is not None,
    }


def check(data: bytes) -> list[Hard]:
    """AssertionError where the scan claims what the parser reads otherwise; why it is hard, trusted and not."""
    found = []
    for trusted in (True, False):
        scan_says = scanned(data, trusted=trusted)
        if isinstance(scan_says, Hard):
            found.append(scan_says)
        else:
            assert scan_says == read(data, trusted=trusted), data
            found.append(Hard.NOTHING)
    return found


_NAMES = (
    *("",) * 8,
    *("Bob ",) * 4,
    '"Bob" ',
    '"a, b" ',
    '"x \\" y" ',
    '"sip:+15550001111@x" ',
    '"<sip:+1555@x>;tag=t" ',
    '"',
)
_HOSTS = ("203.0.113.1", "h.example", "a:5070", "[2001:db8::1]", "h:65536", "-h", ".h", "A.b:1")
_AFTER = ("", "", "", "", ";user=phone", ";user=phone;x=y", ";lr", "?a=b", ";a=%41", ";m[1]=x", ";", ";x=")
_HEADERS = (
    *(
        "Privacy: id",
        "Privacy: none",
        "privacy: header ;user",
        "Privacy: idx;ID",
        "Require: 100rel",
        "Priority: normal",
    ),
    *("Priority: psap-callback", "History-Info: <sip:1@h>;index=1, <sip:2@h>;index=2", "Subject: hello: <x>"),
    *(
        "Subject:",
        "Subject:\t a",
        "Subject: a\tb",
        "Subject: a\rb",
        "Subject : x",
        "s: \xff",
        "Subject: a\x00",
        "nothing",
    ),
    *(
        "Date: x",
        "d: y",
        "c: a/b",
        "Content-Type: c/d",
        "Timestamp: 4",
        "Identity: a..b",
        "Supported: timer",
        " folded",
    ),
    *(
        "Remote-Party-ID: <sip:+1555@h>;party=calling;privacy=full",
        "Max-Forwards: 0",
        "Contact: *",
        "Route: <sip:r;lr>",
    ),
)


def _number(draw: random.Random) -> str:
    plain = [
        f"+8613{draw.randrange(10**9):09d}",
        f"0571{draw.randrange(10**8):08d}",
        f"+{draw.randrange(10**15)}",
        "110",
    ]
    odd = ["+86-139.1234(5678)", "alice", "anonymous", "Anonymous", "%2B8613", "+", "", "1" * 64, "+1" * 3, "12;isub=1"]
    return draw.choice(plain if draw.random() < 0.96 else odd)


def _party(draw: random.Random, *, tag: str = "") -> str:
    number = _number(draw)
    uri = f"tel:{number}" if draw.random() < 0.15 else f"{draw.choice(('sip', 'sip', 'sip', 'sips', 'SIP'))}:{number}"
    if not uri.startswith("tel:"):
        host = (
            "anonymous.invalid" if draw.random() < 0.03 else draw.choice(_HOSTS[:3] if draw.random() < 0.9 else _HOSTS)
        )
        uri += "@" + host
    uri += draw.choice(_AFTER[:7] if draw.random() < 0.95 else _AFTER) if uri[0] in "sS" or draw.random() < 0.1 else ""
    return (draw.choice(_NAMES) + f"<{uri}>" if draw.random() < 0.93 else uri) + tag


def _via(draw: random.Random) -> str:
    before = draw.choice(
        ("", "", ";rport", ";rport") if draw.random() < 0.9 else (";rport=5", ";RPORT", ";received=1.2.3.4")
    )
    host = draw.choice(("127.0.0.1:15060", "192.0.2.1", "192.0.2.11:5061") if draw.random() < 0.9 else _HOSTS)
    way = draw.choice(("SIP/2.0/UDP ",) * 9 + ("SIP/2.0/TCP ", "SIP / 2.0 / UDP ", "sip/2.0/udp "))
    parts = [before, f";branch=z9hG4bK{draw.getrandbits(32):x}"]
    if draw.random() < 0.3:
        parts.reverse()
    return way + host + "".join(parts) + (", SIP/2.0/UDP 9.9.9.9;branch=z9" if draw.random() < 0.03 else "")


def _tag(draw: random.Random) -> str:
    usual = f";tag={draw.getrandbits(40):x}"
    return (
        usual
        if draw.random() < 0.92
        else draw.choice(("", ";tag=", ";x=1;tag=a;y", ' ;tag="q"', ";Tag=a", ";a;A;tag=b"))
    )


def invite(draw: random.Random) -> bytes:
    """An INVITE, most of its parts as nearly all have them, now and then one as nobody writes it."""
    compact = {"Via": "v", "From": "f", "To": "t", "Call-ID": "i", "Content-Length": "l"}
    body = SDP if draw.random() < 0.8 else b""
    lines = [("Via", _via(draw)) for _ in range(draw.choice((1, 1, 1, 2, 3, 13)))]
    lines += [
        ("From", _party(draw, tag=_tag(draw))),
        ("To", _party(draw, tag=";tag=t" if draw.random() < 0.04 else "")),
    ]
    lines += [
        (
            "Call-ID",
            f"{draw.getrandbits(64):x}"
            + draw.choice(("@h", "", "@", "@a@b", " x", "{?}") if draw.random() < 0.3 else ("@h",)),
        )
    ]
    cseq = draw.choice(
        ("1 INVITE",) * 20
        + ("42  INVITE", "2147483648 INVITE", "01 INVITE", "0 INVITE", "1 BYE", "x INVITE", "1INVITE")
    )
    lines += [("CSeq", cseq), ("Max-Forwards", draw.choice(("70",) * 20 + ("0", "255", "256", "x", "070")))]
    lines += [
        ("P-Asserted-Identity", _party(draw))
        for _ in range(draw.choice((0, 1, 1, 2, 3) if draw.random() < 0.3 else (1,)))
    ]
    lines += [("Diversion", _party(draw, tag=";reason=unknown")) for _ in range(draw.choice((0, 0, 0, 1, 1, 2)))]
    length = str(len(body)) if draw.random() < 0.95 else draw.choice(("0", "9999", "-1", "1 2", "12345678901"))
    lines += [("Content-Length", length)] * draw.choice((1,) * 20 + (0, 2))
    names = [
        compact.get(name, name) if draw.random() < 0.1 else draw.choice((name, name, name, name.lower(), name.upper()))
        for name, _ in lines
    ]
    text = [f"{name}: {value}" for name, (_, value) in zip(names, lines, strict=True)]
    if draw.random() < 0.2:
        text.insert(draw.randrange(len(text)), draw.choice(_HEADERS))
    if draw.random() < 0.03:
        del text[draw.randrange(len(text))]
    if draw.random() < 0.3:
        draw.shuffle(text)
    number, host = _number(draw), draw.choice(_HOSTS[:3] if draw.random() < 0.95 else _HOSTS)
    uri = f"tel:{number}" if draw.random() < 0.1 else f"sip:{number}@{host}" + draw.choice(("", ";user=phone"))
    start = (
        f"INVITE {uri} SIP/2.0"
        if draw.random() < 0.98
        else draw.choice((f"INVITE  {uri} SIP/2.0", f"invite {uri} SIP/2.0", f"INVITE {uri} sip/2.0"))
    )
    return "\r\n".join([start, *text, "", ""]).encode("latin-1") + body
