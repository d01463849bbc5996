"""Answers in bytes: what is copied, what is added, and that nothing of the request gets out of its header."""

from __future__ import annotations

import pytest
from tests.edge.sip.messages import HEADERS, message, read_response

from haodun.edge.sip import SipError, build_response, parse_request


def answer(data: bytes, status: int = 302, **options: object) -> dict[str, str]:
    given: dict[str, object] = {"to_tag": "mine", "via_received": "192.0.2.7", "via_rport": 15060, **options}
    built = build_response(parse_request(data), status, "Reason", **given)  # type: ignore[arg-type]
    found, headers, _ = read_response(built)
    assert found == status
    names = [name for name, _ in headers]
    assert names[-1] == "Content-Length"
    return {name: "\n".join(value for other, value in headers if other == name) for name in names}


def test_an_answer_copies_what_the_rfc_asks_for() -> None:
    found = answer(message(), contact="<sip:1@h>", headers=[("Reason", 'SIP;cause=603;text="号码被限制"')])
    assert found == {
        "Via": "SIP/2.0/UDP 192.0.2.7:15060;rport=15060;branch=z9hG4bK0a1b2c3d4e;received=192.0.2.7",
        "From": HEADERS["From"],
        "To": HEADERS["To"] + ";tag=mine",
        "Call-ID": HEADERS["Call-ID"],
        "CSeq": HEADERS["CSeq"],
        "Contact": "<sip:1@h>",
        "Reason": 'SIP;cause=603;text="号码被限制"'.encode().decode("latin-1"),
        "Content-Length": "0",
    }


@pytest.mark.parametrize(
    ("via", "source", "expected"),
    [
        ("SIP/2.0/UDP 127.0.0.1:5;branch=b", "127.0.0.1", "SIP/2.0/UDP 127.0.0.1:5;branch=b"),
        ("SIP/2.0/UDP 127.0.0.11;branch=b", "127.0.0.1", "SIP/2.0/UDP 127.0.0.11;branch=b;received=127.0.0.1"),
        ("SIP/2.0/UDP 127.0.0.1;branch=b", "127.0.0.11", "SIP/2.0/UDP 127.0.0.1;branch=b;received=127.0.0.11"),
        ("SIP/2.0/UDP h;x=127.0.0.1", "127.0.0.1", "SIP/2.0/UDP h;x=127.0.0.1;received=127.0.0.1"),
        ("SIP/2.0/UDP 1.2.3.4;xrport=1;branch=b", "1.2.3.4", "SIP/2.0/UDP 1.2.3.4;xrport=1;branch=b"),
        ("SIP/2.0/UDP 1.2.3.4;branch=rport", "1.2.3.4", "SIP/2.0/UDP 1.2.3.4;branch=rport"),
        ('SIP/2.0/UDP 1.2.3.4;x=";rport"', "1.2.3.4", 'SIP/2.0/UDP 1.2.3.4;x=";rport"'),
        ('SIP/2.0/UDP h;x=";received=6.6.6.6;rport";rport', "1.2.3.4",
         'SIP/2.0/UDP h;x=";received=6.6.6.6;rport";received=1.2.3.4;rport=9'),
        ("SIP/2.0/UDP h ; RPORT ; branch=b", "1.2.3.4", "SIP/2.0/UDP h ; branch=b;received=1.2.3.4;rport=9"),
        ("SIP/2.0/UDP h;rport=7;branch=b", "1.2.3.4", "SIP/2.0/UDP h;branch=b;received=1.2.3.4;rport=9"),
        ("SIP/2.0/UDP h;received=6.6.6.6;branch=b", "1.2.3.4", "SIP/2.0/UDP h;branch=b;received=1.2.3.4"),
        ("SIP/2.0/UDP 1.2.3.4;received=6.6.6.6", "1.2.3.4", "SIP/2.0/UDP 1.2.3.4"),
        ("SIP/2.0/UDP h;branch=b;rport", "1.2.3.4", "SIP/2.0/UDP h;branch=b;rport=9;received=1.2.3.4"),
        ("SIP/2.0/UDP [2001:db8::1];branch=b", "2001:db8:0::1", "SIP/2.0/UDP [2001:db8::1];branch=b"),
        ("SIP/2.0/UDP [2001:db8::1];branch=b", "2001:db8::11",
         "SIP/2.0/UDP [2001:db8::1];branch=b;received=2001:db8::11"),
        ("SIP/2.0/UDP h;branch=b;rport", "", "SIP/2.0/UDP h;branch=b;rport"),
    ],
)  # fmt: skip
def test_the_copied_via_says_where_the_request_came_from(via: str, source: str, expected: str) -> None:
    assert answer(message({"Via": via}), via_received=source, via_rport=9)["Via"] == expected


def test_all_vias_are_copied_in_order_line_by_line() -> None:
    more = "v: SIP/2.0/TCP c;branch=3,SIP/2.0/TLS d;branch=4\r\nVIA : SIP/2.0/UDP e;branch=5\r\n"
    data = message({"Via": "SIP/2.0/UDP 192.0.2.7;branch=1, SIP/2.0/UDP b;branch=2"}, more=more)
    assert answer(data)["Via"] == (
        "SIP/2.0/UDP 192.0.2.7;branch=1, SIP/2.0/UDP b;branch=2\n"
        "SIP/2.0/TCP c;branch=3, SIP/2.0/TLS d;branch=4\nSIP/2.0/UDP e;branch=5"
    )


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("<sip:1@h>;tag=theirs", "<sip:1@h>;tag=theirs"),
        ("<sip:1@h> ; Tag = theirs", "<sip:1@h> ; Tag = theirs"),
        ('";tag=name" <sip:1@h>', '";tag=name" <sip:1@h>;tag=mine'),
        ("<sip:1@h;tag=uri>", "<sip:1@h;tag=uri>;tag=mine"),
        ('<sip:1@h>;x=";tag=value"', '<sip:1@h>;x=";tag=value";tag=mine'),
        ("<sip:1@h>;xtag=1", "<sip:1@h>;xtag=1;tag=mine"),
        ("sip:1@h;tag=theirs", "sip:1@h;tag=theirs"),
    ],
)
def test_a_tag_is_added_where_to_has_none_by_its_own_parameters(to: str, expected: str) -> None:
    assert answer(message({"To": to}))["To"] == expected
    assert answer(message({"To": to}), 100)["To"] == to


def test_only_a_100_copies_the_timestamp() -> None:
    assert answer(message({"Timestamp": "54.5"}), 100)["Timestamp"] == "54.5"
    assert "Timestamp" not in answer(message({"Timestamp": "54.5"}), 302)
    assert "Timestamp" not in answer(message({"Timestamp": "soon"}), 100)


def test_a_refused_request_can_be_answered_and_an_unreadable_to_gets_no_tag() -> None:
    with pytest.raises(SipError) as caught:
        parse_request(message({"To": '"open <sip:1@h>', "Max-Forwards": "x"}))
    envelope = caught.value.envelope
    assert envelope is not None
    _, headers, _ = read_response(build_response(envelope, 400, "Bad Request", to_tag="mine"))
    assert dict(headers)["To"] == '"open <sip:1@h>'


def test_a_body_is_announced() -> None:
    built = build_response(parse_request(message()), 200, "OK", to_tag="t", body=b"abc", content_type="text/plain")
    _, headers, body = read_response(built)
    assert (dict(headers)["Content-Type"], dict(headers)["Content-Length"], body) == ("text/plain", "3", b"abc")


def test_bytes_beyond_ascii_are_copied_as_they_came() -> None:
    data = message({"From": "张三 <sip:1@h>;tag=a", "To": '"\xe9" <sip:2@h>'})
    built = build_response(parse_request(data), 486, "Busy Here", to_tag="t")
    assert "\r\nFrom: 张三 <sip:1@h>;tag=a\r\n".encode() in built


@pytest.mark.parametrize("bad", ["a\r\nX: b", "a\nb", "a\rb", "a\0b", "a\x7f"])
def test_what_would_end_a_header_of_ours_is_our_fault(bad: str) -> None:
    request = parse_request(message())
    for options in ({"headers": [("X", bad)]}, {"headers": [(bad, "x")]}, {"contact": bad}, {"to_tag": bad}):
        with pytest.raises(ValueError, match=r"control character|no token"):
            build_response(request, 302, "Moved", **options)
    with pytest.raises(ValueError, match="control character"):
        build_response(request, 302, bad)


def test_a_status_that_is_none_is_our_fault() -> None:
    with pytest.raises(ValueError, match="no status"):
        build_response(parse_request(message()), 99, "x")
