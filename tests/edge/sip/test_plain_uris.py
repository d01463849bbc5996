"""What is passed without a second look is what the whole grammar passes."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from haodun.edge.sip.limits import MAX_URI
from haodun.edge.sip.uri import _PLAINEST, SIP, Uri, is_plain_sip

PIECES = (
    "sip:",
    "SIPS:",
    "+",
    "8613800138000",
    "0",
    "@",
    "h.example",
    "-",
    ".",
    ":",
    "5060",
    "59999",
    "65536",
    "99999",
)
MORE = (";user=phone", ";user=ip", "?a=b", "[::1]", "%41", " ", "\n", ";", "x" * 1_100)
URIS = st.lists(st.sampled_from(PIECES + MORE), max_size=9).map("".join)
NEAR = st.tuples(
    st.sampled_from(("sip:", "SIPS:", "sips", "sip:a")),
    st.sampled_from(("+", "", "++")),
    st.sampled_from(("8613800138000", "0", "", "٣")),
    st.sampled_from(("@h.example", "@127.0.0.1", "@", "@-h", "@[::1]", "@h\n")),
    st.sampled_from(("", ":5060", ":59999", ":60000", ":65536", ":", ":123456")),
    st.sampled_from(("", ";user=phone", ";user=phone;a=b", ";user=phone?a=b", "\n", ";user=phone ")),
).map("".join)


@given(URIS | NEAR)
@example("sip:+8613800138000@127.0.0.1:59999;user=phone")
def test_the_plainest_uris_are_well_formed(text: str) -> None:
    if _PLAINEST.fullmatch(text) is not None:
        match = SIP.fullmatch(text)
        assert match is not None
        assert not match[6]
        assert int(match[4] or 0) < 65_536


@given(URIS | NEAR)
@example("sip:+8613800138000@127.0.0.1:5060;user=phone")
def test_a_plain_uri_parses_and_has_no_header(text: str) -> None:
    if is_plain_sip(text):
        assert len(text) <= MAX_URI
        assert not Uri.parse(text).header_text
