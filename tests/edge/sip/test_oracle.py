"""Another parser, sipmessage, reads ordinary requests the same way; it is slower and, on purpose, not stricter."""

from __future__ import annotations

import sipmessage
from hypothesis import given
from hypothesis import strategies as st
from tests.edge.sip.messages import message

from haodun.edge.sip import parse_request

WORD = st.text("abcXYZ019-.", min_size=1, max_size=12)
NUMBER = st.from_regex(r"\+[1-9][0-9]{2,14}", fullmatch=True)
HOST = st.sampled_from(["h", "gw.example.cn", "192.0.2.1", "192.0.2.1:5060", "[2001:db8::1]", "[2001:db8::1]:5061"])
NAME = st.sampled_from(["", '"Zhang, San" ', '"a \\" b" ', "Zhang San ", '"<sip:+1@x>;tag=no" '])
PARAMETERS = st.sampled_from(["", ";user=phone", ";a=b;lr"])


@given(number=NUMBER, caller=NUMBER, host=HOST, name=NAME, tag=WORD, branch=WORD, call=WORD, more=PARAMETERS)
def test_another_parser_reads_the_same(
    number: str, caller: str, host: str, name: str, tag: str, branch: str, call: str, more: str
) -> None:
    data = message(
        {
            "From": f"{name}<sip:{caller}@{host}{more}>;tag={tag}",
            "To": f"<sip:{number}@{host}>",
            "Via": f"SIP/2.0/TCP {host};branch={branch};rport, SIP/2.0/UDP h;branch=z",
            "Call-ID": call,
        },
        start=f"INVITE sip:{number}@{host} SIP/2.0",
    )
    ours, theirs = parse_request(data), sipmessage.Request.parse(data)
    assert isinstance(theirs, sipmessage.Request)
    assert (ours.method, str(ours.uri)) == (theirs.method, str(theirs.uri))
    assert (ours.uri.user, ours.uri.host, ours.uri.port) == (theirs.uri.user, theirs.uri.host, theirs.uri.port)
    assert ours.from_.display_name == theirs.from_address.name
    assert ours.from_.tag == theirs.from_address.parameters["tag"]
    assert ours.caller_text(trusted=False) == theirs.from_address.uri.user
    assert ours.to.number_text() == theirs.to_address.uri.user
    via = theirs.via[0]
    assert (ours.via.transport, ours.via.branch, ours.via.host, ours.via.port) == (
        via.transport, via.parameters["branch"], via.host, via.port,
    )  # fmt: skip
    assert (ours.call_id, ours.cseq, ours.max_forwards) == (theirs.call_id, theirs.cseq.sequence, theirs.max_forwards)
    assert ours.body == theirs.body
