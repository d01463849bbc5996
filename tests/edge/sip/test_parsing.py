"""Reading requests: one table of messages, each fed whole, with trailing junk, and cut at every byte."""

from __future__ import annotations

import pytest
from tests.edge.sip.messages import HEADERS, SDP, START, message

from haodun.edge.sip import Datagram, Request, SipError, Via, classify, parse_request

GOOD = {
    "an ordinary INVITE": message(),
    "compact names": b"INVITE sip:1@h SIP/2.0\r\nv:SIP/2.0/UDP h;branch=z9hG4bK1\r\nf:<sip:2@h>;tag=1\r\n"
    b"t:<sip:1@h>\r\ni:a\r\nCSeq:1 INVITE\r\nm:<sip:2@h>\r\nl:0\r\nk:100rel\r\nc:a/b\r\ny:e..s;info=<https://c/x,y>\r\nu:x\r\n\r\n",
    "folded": message({"To": "\r\n <sip:1@h>\r\n\t;x=1", "From": "a\r\n b <sip:+861@h>;\r\n tag=q"}),
    "several Vias": message(more="Via: SIP/2.0/TCP [2001:db8::1]:5061;branch=z9hG4bKb, SIP/2.0/TLS h;received=::1\r\n"),
    "quoted commas and brackets": message({"From": '"a, \\"<b>;tag=x" <sip:+861@h>;tag=q'}),
    "a tel: caller": message(
        {"From": "<tel:+86-139-0000-1234>;tag=q", "P-Asserted-Identity": "<tel:+861>, <sip:+861@h>"}
    ),
    "to an emergency service": message(start="INVITE urn:service:sos.police SIP/2.0"),
    "an ACK": message({"CSeq": "1 ACK"}, start=START.replace("INVITE", "ACK")),
    "without a body": message(body=b""),
    "without Content-Length": message({"Content-Length": None}),
}
BAD: dict[str, tuple[bytes, int, bool, str]] = {
    "LF alone ends the lines": (message().replace(b"\r\n", b"\n"), 400, False, "no empty line"),
    "one LF alone": (message({"Subject": "a\nX: b"}), 400, False, "no line end"),
    "one CR alone": (message({"Subject": "a\rX: b"}), 400, False, "no line end"),
    "a NUL": (message({"Subject": "a\0b"}), 400, False, "control character"),
    "an escaped CR": (message({"Subject": '"\\\r"'}), 400, False, "no line end"),
    "a line without a colon": (message(more="Subject\r\n"), 400, True, "is no header"),
    "a name that is no token": (message(more="Sub ject: a\r\n"), 400, True, "is no header"),
    "a fold of the start line": (message(start=START + "\r\n x"), 400, True, "start line"),
    "no tag but an empty one": (message({"From": "<sip:1@h>;tag="}), 400, True, "From"),
    "a quoted tag": (message({"From": '<sip:1@h>;tag="a"'}), 400, True, "no token"),
    "two tags": (message({"From": "<sip:1@h>;tag=a;TAG=b"}), 400, True, "twice"),
    "two From": (message(more="f: <sip:2@h>;tag=b\r\n"), 400, True, "more than once"),
    "two values in From": (message({"From": "<sip:1@h>;tag=a, <sip:2@h>;tag=b"}), 400, True, "From"),
    "an empty To": (message({"To": ""}), 400, True, "To"),
    "junk after To": (message({"To": "<sip:1@h> x"}), 400, True, "To"),
    "a Via of two branches": (message({"Via": "SIP/2.0/UDP h;branch=a;branch=b"}), 400, False, "twice"),
    "a Via port too large": (message({"Via": "SIP/2.0/UDP h:65536;branch=a"}), 400, False, "Via"),
    "a Via of no address": (message({"Via": "SIP/2.0/UDP [1::2::3];branch=a"}), 400, False, "Via"),
    "a Via value left empty": (message({"Via": "SIP/2.0/UDP h;branch=a,"}), 400, False, "Via"),
    "a broken second Via": (message(more="v: SIP/2.0/UDP\r\n"), 400, False, "Via"),
    "71 Vias": (message(more="v: SIP/2.0/UDP h\r\n" * 70), 400, False, "more than 70"),
    "a Call-ID of two words": (message({"Call-ID": "a b"}), 400, False, "Call-ID"),
    "a Call-ID too long": (message({"Call-ID": "a" * 513}), 400, False, "Call-ID"),
    "full-width digits in CSeq": (message({"CSeq": "１ INVITE"}), 400, False, "CSeq"),
    "a CSeq too large": (message({"CSeq": "9" * 5000 + " INVITE"}), 400, True, "2^31"),
    "Max-Forwards 256": (message({"Max-Forwards": "256"}), 400, True, "max-forwards"),
    "no method": (message(start="<> sip:1@h SIP/2.0"), 400, True, "method"),
    "no SIP": (message(start="GET / HTTP/1.1"), 400, True, "version"),
    "SIP/3.0": (message(start="INVITE sip:1@h SIP/3.0"), 505, True, "not SIP/2.0"),
    "mailto:": (message(start="INVITE mailto:a@b SIP/2.0"), 416, True, "mailto"),
    "a Request-URI too long": (message(start=f"INVITE sip:{'1' * 1100}@h SIP/2.0"), 414, True, "1024"),
    "a Request-URI port too large": (message(start="INVITE sip:1@h:65536 SIP/2.0"), 400, True, "URI"),
    "a half escape": (message(start="INVITE sip:1%4@h SIP/2.0"), 400, True, "URI"),
    "257 headers": (message(more="a: b\r\n" * 250), 400, False, "256"),
    "a header too long": (message({"Subject": "x" * 16_400}), 400, False, "16384"),
    "a message too long": (message(body=b"x" * 66_000), 513, False, "65536"),
    "an ACK by its CSeq": (message({"CSeq": "1 ACK"}), 400, False, "CSeq"),
    "a bad ACK": (message({"CSeq": "1 ACK", "To": "<"}, start=START.replace("INVITE", "ACK")), 400, False, "To"),
}  # fmt: skip


def refused(data: bytes) -> SipError:
    with pytest.raises(SipError) as caught:
        parse_request(data)
    return caught.value


@pytest.mark.parametrize("name", GOOD)
def test_a_good_request_is_read_and_what_follows_its_length_is_ignored(name: str) -> None:
    request = parse_request(GOOD[name])
    assert request.envelope.method == request.method
    if name != "without Content-Length":
        assert parse_request(GOOD[name] + b"\r\nINVITE x: \0\n") == request
    assert parse_request(b"\r\n\r\n" + GOOD[name]) == request


@pytest.mark.parametrize("name", GOOD)
def test_a_request_cut_anywhere_is_refused_unless_only_unannounced_body_is_lost(name: str) -> None:
    data = GOOD[name]
    head_end = data.index(b"\r\n\r\n") + 4
    announced = b"Content-Length" in data or b"\r\nl:" in data
    for length in range(len(data)):
        if length >= head_end and not announced:
            assert parse_request(data[:length]).body == data[head_end:length]
            continue
        error = refused(data[:length])
        assert error.status == 400
        assert error.answerable == (length >= head_end and name != "an ACK")


@pytest.mark.parametrize("name", BAD)
def test_a_bad_request_is_refused_with_its_status_and_place(name: str) -> None:
    data, status, answerable, words = BAD[name]
    error = refused(data)
    assert (error.status, error.answerable) == (status, answerable)
    assert words in str(error)
    assert error.reason


def test_every_field_is_what_was_sent() -> None:
    request = parse_request(
        message({"Privacy": "none", "Identity": "a..b;info=<https://c/x,y>, c..d;info=<https://e>"})
    )
    assert isinstance(request, Request)
    assert request.method == "INVITE"
    assert str(request.uri) == "sip:+8657188880000@198.51.100.9:5070;user=phone"
    assert (request.uri.user, request.uri.host, request.uri.port) == ("+8657188880000", "198.51.100.9", 5070)
    assert request.uri.parameters() == {"user": "phone"}
    assert request.via == Via(
        HEADERS["Via"], "UDP", "192.0.2.7", 15060, "z9hG4bK0a1b2c3d4e", "", "", ";rport;branch=z9hG4bK0a1b2c3d4e"
    )
    assert (request.from_.display_name, request.from_.tag, request.to.tag) == ("Zhang San", "a1b2c3d4", "")
    assert (request.call_id, request.cseq, request.max_forwards) == ("0123456789abcdef@203.0.113.1", 1, 70)
    assert request.body == SDP
    assert request.header("user-agent") == "SBC/1.0"
    assert request.values("supported") == ("100rel", "timer")
    assert request.values("identity") == ("a..b;info=<https://c/x,y>", "c..d;info=<https://e>")
    assert [str(contact) for contact in request.contacts()] == [HEADERS["Contact"]]
    assert request.transaction_key == ("0123456789abcdef@203.0.113.1", "a1b2c3d4", 1)
    assert request.transaction == "a1b2c3d4 1"
    assert request.branch_key == ("z9hG4bK0a1b2c3d4e", "192.0.2.7", "15060")


def test_an_ack_and_a_cancel_have_the_branch_key_of_their_invite() -> None:
    invite = parse_request(message())
    for method in ("ACK", "CANCEL"):
        other = message({"CSeq": f"1 {method}"}, start=START.replace("INVITE", method))
        assert parse_request(other).branch_key == invite.branch_key


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", Datagram.KEEPALIVE),
        (b"\r\n\r\n", Datagram.KEEPALIVE),
        (b"\0", Datagram.KEEPALIVE),
        (b"\0\1\0\0\x21\x12\xa4\x42" + bytes(12), Datagram.STUN),
        (b"SIP/2.0 200 OK\r\n\r\n", Datagram.RESPONSE),
        (b"\r\nsip/2.0 200 OK\r\n\r\n", Datagram.RESPONSE),
        (message(), Datagram.REQUEST),
        (b"\r\n" + message(), Datagram.REQUEST),
        (b"\x80\x90", Datagram.REQUEST),
    ],
)
def test_a_datagram_is_told_by_its_first_bytes(data: bytes, kind: Datagram) -> None:
    assert classify(data) is kind
    if kind is not Datagram.REQUEST or data[:1] == b"\x80":
        assert not refused(data).answerable


def test_a_response_is_never_answered() -> None:
    data = message().replace(START.encode(), b"SIP/2.0 200 OK")
    assert classify(data) is Datagram.RESPONSE
    assert not refused(data).answerable
