"""The compiled scan claims only what the strict parser reads the same way."""

from __future__ import annotations

import collections
import random
from pathlib import Path

import pytest
from tests.edge.sip.fast.reading import check, invite, read, scanned
from tests.edge.sip.messages import HEADERS, message, mutated
from tests.edge.sip.test_fuzz import SEED_MESSAGES

from haodun.edge.sip.fast import Hard, layout

INVITES = 20_000


@pytest.mark.parametrize(
    "data",
    [
        message(),
        message(body=b""),
        message({"Max-Forwards": None, "Content-Length": None}),
        message({"From": "sip:+8613900001234@h;tag=a"}),
        message({"From": "张三 <sip:+8613900001234@h>;tag=a;x=y"}),
        message({"From": '"sip:+15550001111@evil" <sip:+8613900001234@h>;tag=a'}),
        message({"From": '"<sip:+15550001111@evil>;tag=b" <tel:+8613900001234>;tag=a'}),
        message({"From": '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=a', "P-Asserted-Identity": "<tel:+86110>"}),
        message({"P-Asserted-Identity": '"+1555" <sip:+8613900001234@h;user=phone>'}),
        message(
            {"P-Asserted-Identity": "<sip:+8613900001234@h>"}, more="P-Asserted-Identity: <tel:+8613900001235>\r\n"
        ),
        message({"P-Asserted-Identity": "<tel:+8613900001234>"}, more="p-asserted-identity: <sip:1@h>\r\n"),
        message({"Privacy": "none;  ID", "Diversion": "<tel:+861>;reason=unknown"}),
        message({"Privacy": "idx; users"}),
        message({"Diversion": "<sip:+861@h>", "History-Info": "<sip:1@h>;index=1"}),
        message(more="Via: SIP/2.0/TLS proxy.example;branch=z9hG4bKx;received=192.0.2.9\r\nv: SIP/2.0/TCP b:5061\r\n"),
        message({"Via": "SIP/2.0/UDP host.example;branch=z9hG4bKa;rport"}),
        message({"Via": "SIP/2.0/UDP 192.0.2.7:65535;branch=a"}),
        message({"CSeq": "2147483647   INVITE"}),
        message(start="INVITE tel:+8613900001234 SIP/2.0"),
        message(start="INVITE SIPS:110@h:5061;transport=udp SIP/2.0"),
        message({"Subject": "a" * 3_000}),
    ],
)
def test_what_switches_send_is_claimed_and_read_alike(data: bytes) -> None:
    assert scanned(data, trusted=True) == read(data, trusted=True)
    assert scanned(data, trusted=False) == read(data, trusted=False) or "P-Asserted-Identity" not in data.decode()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (message(start="INVITE urn:service:sos SIP/2.0"), Hard.START),
        (message(start="INVITE sip:alice@h SIP/2.0"), Hard.START),
        (message(start="INVITE sip:+861@h?a=b SIP/2.0"), Hard.START),
        (message(start="INVITE sip:+861%31@h SIP/2.0"), Hard.START),
        (message(start="INVITE sip:+861;phone-context=+44@h SIP/2.0"), Hard.START),
        (message({"Priority": "psap-callback"}), Hard.EXTENSION),
        (message({"Require": "foo"}), Hard.EXTENSION),
        (message({"History-Info": "<sip:1@h>;index=1"}), Hard.EXTENSION),
        (message({"Remote-Party-ID": "<sip:1@h>"}), Hard.EXTENSION),
        (message({"Max-Forwards": "0"}), Hard.HOPS),
        (message({"Content-Length": "9999"}), Hard.BODY),
        (message({"To": HEADERS["To"] + ";tag=t"}), Hard.TO),
        (message({"To": "\r\n " + HEADERS["To"]}), Hard.NAME),
        (message({"From": "<sip:+8613900001234@h>"}), Hard.FROM),
        (message({"From": "<sip:+8613900001234@x.invalid>;tag=a"}), Hard.FROM),
        (message({"From": "a;b=<sip:+8613900001234@h>;tag=a"}), Hard.FROM),
        (message({"From": "<sip:+8613900001234@h>;tag=a;TAG=b"}), Hard.FROM),
        (message({"Subject": "a\tb"}), Hard.CONTROL),
        (message(more="Subject : a\r\n"), Hard.NAME),
        (message(more="i: other\r\n"), Hard.TWICE),
        (message(more="a: b\r\n" * 200), Hard.TWICE),
        (message({"CSeq": "01 INVITE"}), Hard.CSEQ),
        (message({"Via": "SIP/2.0/UDP [::1];branch=a"}), Hard.VIA),
        (message({"Via": "SIP/2.0/UDP h;branch=a;received=1.2.3.4"}), Hard.VIA),
        (message({"Via": "SIP/2.0/UDP h;branch=a, SIP/2.0/UDP i;branch=b"}), Hard.VIA),
        (message({"P-Asserted-Identity": "<tel:+1>, <sip:+1@h>"}), Hard.IDENTITY),
        (message({"P-Asserted-Identity": "<sip:+1@h>"}, more="P-Asserted-Identity: <sip:+2@h>\r\n"), Hard.IDENTITY),
        (message({"Diversion": "<sip:a@h>"}), Hard.DIVERSION),
        (message({"Call-ID": None}), Hard.MISSING),
        (message().replace(b"\r\n", b"\n"), Hard.START),
        (message()[:300], Hard.ENDS),
        (message({"Subject": "a" * 5_000}), Hard.LENGTH),
        (b"\r\n" + message(), Hard.START),
        (b"INVITE ", Hard.LENGTH),
    ],
)
def test_what_is_unusual_is_left_to_the_strict_parser(data: bytes, why: Hard) -> None:
    assert scanned(data, trusted=True) is why


def test_an_untrusted_trunk_is_read_by_from_whatever_it_asserts() -> None:
    data = message({"P-Asserted-Identity": "<tel:+861>, garbage", "Remote-Party-ID": "<sip:1@h>;privacy=full"})
    assert scanned(data, trusted=False) == read(data, trusted=False)


@pytest.mark.parametrize("seed", range(4))
def test_invites_of_all_shapes_are_claimed_only_where_both_read_them_alike(seed: int) -> None:
    draw = random.Random(seed)
    outcomes = collections.Counter(why for _ in range(INVITES // 4) for why in check(invite(draw)))
    assert outcomes[Hard.NOTHING] > INVITES // 40
    met = {Hard.START, Hard.NAME, Hard.TWICE, Hard.CONTROL, Hard.MISSING, Hard.EXTENSION, Hard.VIA, Hard.FROM, Hard.TO}
    assert met | {Hard.CALL_ID, Hard.CSEQ, Hard.HOPS, Hard.BODY, Hard.IDENTITY, Hard.DIVERSION} <= set(outcomes)


@pytest.mark.conformance
def test_no_message_of_rfc_4475_is_claimed_wrongly(shared: Path) -> None:
    paths = sorted((shared / "vectors/torture_rfc4475").rglob("*.dat"))
    assert len(paths) > 40
    outcomes = collections.Counter(why for path in paths for why in check(path.read_bytes()))
    assert outcomes[Hard.NOTHING] == 0, "they are torture: none of them is canonical"


def test_nothing_is_read_beyond_the_datagram_or_before_it() -> None:
    draw = random.Random(1)
    for data in [
        *SEED_MESSAGES,
        *(invite(draw) for _ in range(500)),
        *(mutated(SEED_MESSAGES, draw) for _ in range(500)),
    ]:
        alone = scanned(data, trusted=True)
        for before, after in ((b'"<;\r\n' * 9, b"\r\n\r\n"), (b"\xff" * 7, b"9999999999>;tag=x\r\n\r\n")):
            around = scanned(data, trusted=True, before=before, after=after)
            assert around == alone


def test_a_row_has_a_place_for_every_text_it_can_hold() -> None:
    assert layout.ROW == layout.WAY + 2 * layout.MAX_WAYS
    ways = message(more="Via: SIP/2.0/UDP h\r\n" * (layout.MAX_WAYS - 1))
    assert scanned(ways, trusted=True) == read(ways, trusted=True)
    assert scanned(message(more="Via: SIP/2.0/UDP h\r\n" * layout.MAX_WAYS), trusted=True) is Hard.TWICE
