"""RFC 4475, the SIP torture tests: what becomes of each of its messages, in one table."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from haodun.edge.sip import Datagram, Request, SipError, build_response, classify, parse_request

pytestmark = pytest.mark.conformance

DROPPED = 0
"""Nothing can be sent: what an answer copies is not there, or it is a response."""


@dataclass(frozen=True)
class Case:
    """One message. `status` None: accepted, with these fields."""

    name: str
    section: str
    status: int | None = None
    fields: dict[str, object] = field(default_factory=dict)


def _in(name: str, section: str, **fields: object) -> Case:
    return Case(name, section, None, fields)


CASES = (
    _in("wsinv", "3.1.1.1", method="INVITE", called="vivekg", caller="jdrosen", cseq=9, max_forwards=68,
        from_tag="98asjd8", to_tag="1918181833n", via="192.0.2.2", branch="390skdjuw", vias=3, contacts=1),
    _in("intmeth", "3.1.1.2", method="!interesting-Method0123456789_*+`.%indeed'~", caller="mundane",
        display="token1~` token2'+_ token3*%!.-", from_tag="_token~1'+`*%!-.", max_forwards=255, transport="TCP"),
    _in("esc01", "3.1.1.3", called="sips%3Auser%40example.com", caller="I have spaces", contacts=1),
    _in("escnull", "3.1.1.4", method="REGISTER", caller="null-%00-null", contacts=2),
    _in("esc02", "3.1.1.5", method="RE%47IST%45R", display="%Z%45", branch="z9hG4bK209%fzsnel234", contacts=2),
    _in("lwsdisp", "3.1.1.6", method="OPTIONS", display="caller", caller="caller", from_tag="323"),
    _in("longreq", "3.1.1.7", vias=34, via="sip33.example.com", branch="", body=150, contacts=1),
    _in("dblreq", "3.1.1.8", method="REGISTER", body=0, cseq=8),
    _in("semiuri", "3.1.1.9", user="user;par=u%40example.net", host="example.com"),
    _in("transports", "3.1.1.10", vias=5, transport="UDP", via="t1.example.com"),
    _in("mpart01", "3.1.1.11", method="MESSAGE", body=553, date=1129351496, identities=1),
    Case("unreason", "3.1.1.12", DROPPED),
    Case("noreason", "3.1.1.13", DROPPED),
    Case("badinv01", "3.1.2.1", DROPPED),  # the RFC asks for 400, but its Via cannot be copied
    Case("clerr", "3.1.2.2", 400),
    Case("ncl", "3.1.2.3", 400),
    Case("scalar02", "3.1.2.4", 400),
    Case("scalarlg", "3.1.2.5", DROPPED),
    Case("quotbal", "3.1.2.6", 400),
    Case("ltgtruri", "3.1.2.7", 400),
    Case("lwsruri", "3.1.2.8", 400),
    Case("lwsstart", "3.1.2.9", 400),
    Case("trws", "3.1.2.10", 400),
    Case("escruri", "3.1.2.11", 400),
    _in("baddate", "3.1.2.12", date=None),  # a date that is not needed is no ground to refuse a call
    _in("regbadct", "3.1.2.13", method="REGISTER", contacts=400),
    Case("badaspec", "3.1.2.14", 400),
    Case("baddn", "3.1.2.15", DROPPED),  # the file lacks its last empty line; see OWN for the message itself
    Case("badvers", "3.1.2.16", 505),
    Case("mismatch01", "3.1.2.17", 400),
    Case("mismatch02", "3.1.2.18", 400),
    Case("bigcode", "3.1.2.19", DROPPED),
    _in("badbranch", "3.2.1", method="OPTIONS", branch="z9hG4bK", unique=False),
    Case("insuf", "3.3.1", DROPPED),
    Case("unkscm", "3.3.2", 416),
    Case("novelsc", "3.3.3", 416),
    _in("unksm2", "3.3.4", method="REGISTER", caller="http://www.example.com"),
    _in("bext01", "3.3.5", require=("nothingSupportsThis", "nothingSupportsThisEither")),
    _in("invut", "3.3.6", called="user", body=40),
    _in("regaut01", "3.3.7", method="REGISTER", cseq=9338),
    Case("multi01", "3.3.8", 400),
    Case("mcl01", "3.3.9", 400),
    Case("bcast", "3.3.10", DROPPED),
    _in("zeromf", "3.3.11", max_forwards=0),
    _in("cparam01", "3.3.12", method="REGISTER", contacts=1),
    _in("cparam02", "3.3.13", method="REGISTER", contacts=1),
    _in("regescrt", "3.3.14", method="REGISTER", contacts=1),
    _in("sdp01", "3.3.15", called="user", body=150),
    _in("inv2543", "3.4.1", caller="+13035551111", called="UserB", from_tag="", max_forwards=None, unique=False),
    Case("test", "none: a file beside them", DROPPED),
)  # fmt: skip

RESPONSES = ("unreason", "noreason", "scalarlg", "bigcode", "bcast")


def contacts_of(request: Request) -> int:
    try:
        return len(request.contacts())
    except SipError as error:
        assert error.answerable
        return error.status


def facts(request: Request) -> dict[str, object]:
    """Everything the table can name."""
    return {
        "method": request.method, "called": request.called_text(), "caller": request.caller_text(trusted=True),
        "cseq": request.cseq, "max_forwards": request.max_forwards, "from_tag": request.from_.tag,
        "to_tag": request.to.tag, "via": request.via.host, "branch": request.via.branch,
        "transport": request.via.transport, "unique": request.via.branch_is_unique, "contacts": contacts_of(request),
        "display": request.from_.display_name, "body": len(request.body), "user": request.uri.user,
        "host": request.uri.host, "date": request.date_seconds(), "identities": len(request.values("identity")),
        "vias": 1 + sum(len([part for part in text.split(",") if part]) for text in request.envelope.vias),
        "require": request.values("require"),
    }  # fmt: skip


def outcome(data: bytes) -> int | dict[str, object]:
    """The table's word for what becomes of a message; of an answer, that it can be built."""
    try:
        return facts(parse_request(data))
    except SipError as error:
        if error.envelope is None:
            return DROPPED
        answer = build_response(error.envelope, error.status, error.reason, to_tag="x", via_received="192.0.2.1")
        assert answer.startswith(f"SIP/2.0 {error.status} {error.reason}\r\nVia: ".encode())
        return error.status


def check(case: Case, data: bytes) -> None:
    found = outcome(data)
    if case.status is not None:
        assert found == case.status
        return
    assert isinstance(found, dict)
    assert {name: found[name] for name in case.fields} == case.fields


@pytest.fixture(scope="module")
def files(shared: Path) -> dict[str, bytes]:
    """The RFC's messages, bytes as they stand there."""
    folder = shared / "vectors" / "torture_rfc4475"
    if not folder.is_dir():
        pytest.skip("../shared/vectors/torture_rfc4475 is not here; the project's own cases are below")
    return {path.stem: path.read_bytes() for path in sorted(folder.glob("*/*.dat"))}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.section}-{case.name}")
def test_a_message_of_the_rfc_has_its_outcome(case: Case, files: dict[str, bytes]) -> None:
    check(case, files[case.name])
    assert (classify(files[case.name]) is Datagram.RESPONSE) == (case.name in RESPONSES)


def test_every_message_of_the_rfc_stands_in_the_table(files: dict[str, bytes]) -> None:
    assert sorted(files) == sorted(case.name for case in CASES)
    assert len([case for case in CASES if case.name != "test"]) == 49


HEAD = (
    "Via: SIP/2.0/UDP gw.example.cn;branch=z9hG4bK7\r\nMax-Forwards: 9\r\n"
    "From: <sip:+8613900001234@gw.example.cn>;tag=f1\r\nCall-ID: own@gw.example.cn\r\nCSeq: 7 INVITE\r\n"
)
TO = "To: <sip:+8657188880000@edge.example.cn>\r\n"
INVITE = "INVITE sip:+8657188880000@edge.example.cn SIP/2.0\r\n"
OWN = (
    (_in("folding and blanks everywhere", "3.1.1.1", to_tag="q", max_forwards=9, vias=1),
     INVITE + HEAD + "tO\t :\r\n\t <sip:a@b>\r\n  ;\r\n tag\t=  q\r\nl :\r\n 0\r\n\r\n"),
    (_in("a quoted pair of NUL", "3.1.1.2", caller="+8613900001234"), INVITE + HEAD + 'To: "\\\0" <sip:a@b>\r\n\r\n'),
    (_in("escapes in the called user", "3.1.1.3", called="+8657188880000"),
     "INVITE sip:%2B86571%38888%30000@b SIP/2.0\r\n" + HEAD + TO + "\r\n"),
    (_in("an escaped NUL", "3.1.1.4", called="%00"), "INVITE sip:%00@b SIP/2.0\r\n" + HEAD + TO + "\r\n"),
    (Case("an escape is no letter of a method", "3.1.1.5", 400),
     INVITE.replace("INVITE", "INVIT%45") + HEAD + TO + "\r\n"),
    (_in("no blank before the bracket", "3.1.1.6"), INVITE + HEAD + "To: edge<sip:a@b>\r\n\r\n"),
    (_in("long header of no interest", "3.1.1.7"), INVITE + HEAD + TO + "X: " + "y" * 9000 + "\r\n\r\n"),
    (_in("a second request in the datagram is ignored", "3.1.1.8", body=0),
     INVITE + HEAD + TO + "l: 0\r\n\r\n" + INVITE + HEAD + TO + "\r\n"),
    (_in("a semicolon in the user part", "3.1.1.9", called="tel:110;phone-context=+86"),
     "INVITE sip:110;phone-context=+86@b SIP/2.0\r\n" + HEAD + TO + "\r\n"),
    (_in("an unknown transport below", "3.1.1.10", vias=2),
     INVITE + HEAD + TO + "v: SIP/2.0/PIGEON c.example;branch=z9hG4bK8\r\n\r\n"),
    (Case("separators without values", "3.1.2.1", DROPPED), INVITE + HEAD + TO + "Via: SIP/2.0/UDP a;;,;,,\r\n\r\n"),
    (Case("more body announced than came", "3.1.2.2", 400), INVITE + HEAD + TO + "l: 5\r\n\r\nabcd"),
    (Case("a negative length", "3.1.2.3", 400), INVITE + HEAD + TO + "l: -1\r\n\r\n"),
    (Case("a sequence number of 2^31", "3.1.2.4", 400),
     INVITE + HEAD.replace("CSeq: 7", "CSeq: 2147483648") + TO + "\r\n"),
    (Case("a quote that never closes", "3.1.2.6", 400), INVITE + HEAD + 'To: "edge <sip:a@b>\r\n\r\n'),
    (Case("brackets around the Request-URI", "3.1.2.7", 400), "INVITE <sip:a@b> SIP/2.0\r\n" + HEAD + TO + "\r\n"),
    (Case("a blank in the Request-URI", "3.1.2.8", 400), "INVITE sip:a@b; lr SIP/2.0\r\n" + HEAD + TO + "\r\n"),
    (Case("two blanks in the start line", "3.1.2.9", 400), "INVITE  sip:a@b SIP/2.0\r\n" + HEAD + TO + "\r\n"),
    (Case("a blank after the version", "3.1.2.10", 400), "INVITE sip:a@b SIP/2.0 \r\n" + HEAD + TO + "\r\n"),
    (Case("headers in the Request-URI", "3.1.2.11", 400), "INVITE sip:a@b?Route=c SIP/2.0\r\n" + HEAD + TO + "\r\n"),
    (_in("a date in another zone", "3.1.2.12", date=None),
     INVITE + HEAD + TO + "Date: Fri, 01 Jan 2010 16:00:00 EST\r\n\r\n"),
    (_in("a question mark in a bare Contact", "3.1.2.13", contacts=400), INVITE + HEAD + TO + "m: sip:a@b?c=d\r\n\r\n"),
    (Case("blanks inside the brackets", "3.1.2.14", 400), INVITE + HEAD + "To: < sip:a@b >\r\n\r\n"),
    (Case("a comma in an unquoted name", "3.1.2.15", 400), INVITE + HEAD + "To: Bell, A <sip:a@b>\r\n\r\n"),
    (Case("SIP/7.0", "3.1.2.16", 505), INVITE.replace("2.0", "7.0") + HEAD + TO + "\r\n"),
    (Case("two methods", "3.1.2.17", 400), INVITE + HEAD.replace("7 INVITE", "7 BYE") + TO + "\r\n"),
    (_in("a branch that is the cookie only", "3.2.1", unique=False),
     INVITE + HEAD.replace("bK7", "bK") + TO + "\r\n"),
    (Case("no To", "3.3.1", DROPPED), INVITE + HEAD + "\r\n"),
    (Case("a scheme nobody serves", "3.3.2", 416), "INVITE pigeon:a SIP/2.0\r\n" + HEAD + TO + "\r\n"),
    (_in("an extension nobody has", "3.3.5", require=("pigeon",)), INVITE + HEAD + TO + "Require: pigeon\r\n\r\n"),
    (Case("two Call-IDs", "3.3.8", 400), INVITE + HEAD + TO + "i: other\r\n\r\n"),
    (Case("two lengths", "3.3.9", 400), INVITE + HEAD + TO + "l: 0\r\nContent-Length: 0\r\n\r\n"),
    (_in("no hop left", "3.3.11", max_forwards=0),
     INVITE + HEAD.replace("Forwards: 9", "Forwards: 0") + TO + "\r\n"),
    (_in("RFC 2543: no branch, no tag", "3.4.1", unique=False, from_tag=""),
     INVITE + HEAD.replace(";branch=z9hG4bK7", "").replace(";tag=f1", "") + TO + "\r\n"),
)  # fmt: skip


@pytest.mark.parametrize(("case", "text"), OWN, ids=lambda value: getattr(value, "name", ""))
def test_a_message_of_our_own_has_the_same_outcome(case: Case, text: str) -> None:
    check(case, text.encode())
