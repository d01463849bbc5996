"""Generated requests: what is written is read back, whatever its names, blanks, folds and order."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st
from tests.edge.sip.messages import read_response

from haodun.edge.sip import SipError, Uri, Via, build_response, parse_request
from haodun.edge.sip.grammar import quote, split_values, unquote

TOKEN = st.text("abcXYZ019-.!%*_+`'~", min_size=1, max_size=12)
BLANK = st.sampled_from(["", " ", "  ", "\t", "\r\n ", " \r\n\t "])
NUMBER = st.from_regex(r"\+[1-9][0-9]{2,14}", fullmatch=True)
HOST = st.sampled_from(["h", "gw.example.cn", "192.0.2.1", "[2001:db8::1]", "a-b.c."])
DISPLAY = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=20)
ANY_TEXT = st.text(st.characters(max_codepoint=255), max_size=60)


@dataclass(frozen=True)
class Wanted:
    """What a generated request says."""

    method: str
    user: str
    called: str
    caller: str
    display: str
    from_tag: str
    to_tag: str
    branch: str
    host: str
    port: int | None
    call_id: str
    cseq: int
    body: bytes


WANTED = st.builds(
    Wanted,
    method=st.sampled_from(["INVITE", "OPTIONS", "ACK", "PIGEON"]),
    user=NUMBER, called=NUMBER, caller=NUMBER, display=DISPLAY, from_tag=TOKEN, to_tag=st.just("") | TOKEN,
    branch=TOKEN, host=HOST, port=st.none() | st.integers(0, 65_535), call_id=TOKEN,
    cseq=st.integers(0, 2**31 - 1), body=st.binary(max_size=40),
)  # fmt: skip


def spelled(draw: st.DrawFn, name: str, compact: str) -> str:
    return draw(st.sampled_from([name, name.lower(), name.upper(), compact, compact.upper()])) + draw(
        st.sampled_from(["", " ", "\t"])
    )


def written(draw: st.DrawFn, wanted: Wanted) -> bytes:
    """The request as text, in one of its many spellings."""

    def blank() -> str:
        return draw(BLANK)

    port = "" if wanted.port is None else f":{wanted.port}"
    display = quote(wanted.display) + blank() if wanted.display else ""
    to_tag = f"{blank()};{blank()}tag{blank()}={blank()}{wanted.to_tag}" if wanted.to_tag else ""
    lines = [
        f"{spelled(draw, 'Via', 'v')}:{blank()}SIP{blank()}/{blank()}2.0{blank()}/UDP {blank()}{wanted.host}{port}"
        f"{blank()};{blank()}branch{blank()}={blank()}{wanted.branch}{blank()}",
        f"{spelled(draw, 'From', 'f')}:{blank()}{display}<sip:{wanted.caller}@{wanted.host}{port}>{blank()}"
        f";tag={wanted.from_tag}",
        f"{spelled(draw, 'To', 't')}:{blank()}<sip:{wanted.called}@{wanted.host}>{to_tag}{blank()}",
        f"{spelled(draw, 'Call-ID', 'i')}:{blank()}{wanted.call_id}",
        f"CSeq:{blank()}{wanted.cseq} {blank()}{wanted.method}",
        f"{spelled(draw, 'Content-Length', 'l')}:{blank()}{len(wanted.body)}",
    ]
    lines += draw(
        st.lists(st.sampled_from(["Subject: x", "X-Y:", "s:,,;<", 'Route: <sip:a;lr>, "b" <c:d>']), max_size=3)
    )
    lines = draw(st.permutations(lines))
    start = f"{wanted.method} sip:{wanted.user}@{wanted.host}{port} SIP/2.0"
    return "\r\n".join([start, *lines, "", ""]).encode() + wanted.body


@given(st.data(), WANTED)
def test_a_valid_request_is_read_as_it_was_meant(data: st.DataObject, wanted: Wanted) -> None:
    text = data.draw(st.composite(written)(wanted))
    request = parse_request(text)
    assert request.uri.number_text() == request.called_text() == wanted.user
    assert request.from_.number_text() == request.caller_text(trusted=True) == wanted.caller
    assert request.from_.display_name == wanted.display
    assert Wanted(
        request.method, request.called_text(), request.to.number_text(), request.caller_text(trusted=False),
        request.from_.display_name, request.from_.tag, request.to.tag, request.via.branch, request.via.host,
        request.via.port, request.call_id, request.cseq, request.body,
    ) == wanted  # fmt: skip
    status, headers, _ = read_response(build_response(request, 603, "Decline", to_tag="x", via_received="192.0.2.1"))
    values = dict(headers)
    assert (status, values["Call-ID"]) == (603, wanted.call_id)
    # From and To come back with the same meaning: read again in another request, they are the same parties.
    copied = f"INVITE sip:1@h SIP/2.0\r\nv: {values['Via']}\r\nf: {values['From']}\r\nt: {values['To']}\r\n"
    again = parse_request(f"{copied}i: {values['Call-ID']}\r\nCSeq: 1 INVITE\r\n\r\n".encode("latin-1"))
    assert (again.from_, again.to.uri, again.to.tag) == (request.from_, request.to.uri, wanted.to_tag or "x")
    assert again.via.branch == wanted.branch


@given(ANY_TEXT)
def test_quoting_is_undone_by_unquoting(text: str) -> None:
    if any(character < " " or character == "\x7f" for character in text):
        return
    assert unquote(quote(text)) == text


@given(st.lists(st.sampled_from(['"a,b"', "<c,d>", "e", '"\\"," <f>', "g;h=i", '"\\\\"']), min_size=1, max_size=6))
def test_values_joined_by_commas_are_told_apart(values: list[str]) -> None:
    assert split_values(" , ".join(values)) == tuple(values)


@given(
    st.sampled_from(["", ":5060", ":65535", ":65536"]),
    st.permutations([";rport", ";branch=z9hG4bKa", ";rport=5", ";received=::1", ";branch"]),
    st.integers(0, 3),
)
def test_the_short_way_through_a_via_leads_where_the_long_way_does(port: str, given: list[str], count: int) -> None:
    rest = "".join(given[:count])

    def read(text: str) -> tuple[object, ...] | None:
        try:
            return Via.parse(text)[1:-1]
        except SipError:
            return None

    assert read(f"SIP/2.0/UDP 192.0.2.1{port}{rest}") == read(f"SIP / 2.0 / UDP  192.0.2.1{port}{rest}")


@given(ANY_TEXT)
def test_any_text_is_a_uri_or_refused(text: str) -> None:
    try:
        uri = Uri.parse(text)
    except SipError:
        return
    assert str(uri) == text
    assert not set(text) & set(' <>"\r\n\t\0')


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_or_read(data: bytes) -> None:
    try:
        parse_request(data)
    except SipError as error:
        assert error.status in (400, 414, 416, 505)
