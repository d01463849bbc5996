"""Who calls whom: the text in which numbering finds a number is never a name, and never more than the number."""

from __future__ import annotations

import pytest
from tests.edge.sip.messages import message

from haodun.edge.sip import SipError, Uri, parse_request
from haodun.numbering import Kind, parse
from haodun.screening.events import Presentation

CALLER = 8613900001234


def caller(changes: dict[str, str | None], *, more: str = "", trusted: bool = True) -> str:
    return parse_request(message(changes, more=more)).caller_text(trusted=trusted)


@pytest.mark.parametrize(
    "display",
    [
        '"sip:+15550001111@x" ',
        '"<sip:+15550001111@x>" ',
        '"\\"<sip:+15550001111@x>;tag=evil" ',
        '"tel:+15550001111, " ',
        '"+15550001111" ',
        "+15550001111 ",
        "张三 ",
    ],
)
def test_a_number_in_a_display_name_is_never_the_caller(display: str) -> None:
    address = f"{display}<sip:+8613900001234@h;user=phone>"
    for changes in ({"From": address + ";tag=a"}, {"P-Asserted-Identity": address}, {"Remote-Party-ID": address}):
        text = caller({**changes})
        assert parse(text).key == CALLER
        assert parse_request(message({**changes})).from_.tag in ("a", "a1b2c3d4")


@pytest.mark.parametrize(
    ("uri", "text"),
    [
        ("sip:+8613900001234@h", "+8613900001234"),
        ("SIPS:+8613900001234:secret@h:5061;user=phone", "+8613900001234"),
        ("sip:%2B86139%30000%31234@h", "+8613900001234"),
        ("sip:+86-139.0000(1234)@h;user=phone", "+86-139.0000(1234)"),
        ("sip:+8613900001234;isub=1@h;user=phone", "tel:+8613900001234;isub=1"),
        ("sip:110;phone-context=+86@h", "tel:110;phone-context=+86"),
        ("tel:+86-139", "+86-139"),
        ("TEL:+86139;ext=5", "TEL:+86139;ext=5"),
        ("tel:*21%23", None),
        ("tel:*21#", "*21#"),
        ("tel:---", None),
        ("sip:h", ""),
        ("sip:h:5060", ""),
        ("sip:[2001:db8::1]:5060;lr", ""),
        ("sip:alice@h", "alice"),
        ("sip:anonymous@anonymous.invalid", "anonymous"),
        ("sip:thisisme@ANONYMOUS.invalid", "anonymous"),
        ("sip:sip%3A+15550001111%40x@h", "sip%3A+15550001111%40x"),
        ("sip:tel%3A+15550001111@h", "tel%3A+15550001111"),
        ("sip:+8613900001234%20x@h", "+8613900001234 x"),
        ("sip:+8613900001234%00@h", "+8613900001234%00"),
        ("sip:+86139%252B@h", "+86139%252B"),
        ("sip:139;phone-context=%2B86@h", "tel:139;phone-context=%2B86"),
        ("sip:%EF%BC%91%EF%BC%93%EF%BC%99@h", "%EF%BC%91%EF%BC%93%EF%BC%99"),
        ("urn:service:SOS.police", "urn:service:sos.police"),
        ("http://www.example.com", "http://www.example.com"),
        ("sip:@h", None),
        ("sip:1@", None),
        ("sip:1@h h", None),
        ("sip:1@[::g]", None),
        ("sip:1@h;=x", None),
        ("sip:1@h?x", None),
        ("sip:1@h\xe9", None),
        ("", None),
        ("1390000", None),
    ],
)
def test_a_uri_gives_the_text_of_its_number(uri: str, text: str | None) -> None:
    if text is None:
        with pytest.raises(SipError) as caught:
            Uri.parse(uri)
        assert (caught.value.status, caught.value.answerable) == (400, False)
        return
    assert Uri.parse(uri).number_text() == text
    assert str(Uri.parse(uri)) == uri


@pytest.mark.parametrize(
    "uri", ["sip:sip%3A+15550001111%40x@h", "sip:tel%3A+15550001111@h", "sip:+8613900001234%20x@h", "sip:+86139%252B@h",
            "sip:%EF%BC%91%EF%BC%93%EF%BC%99@h", "sip:+8613900001234%00@h", "sip:1234x@h", "http://13900001234"],
)  # fmt: skip
def test_what_is_not_wholly_a_number_is_none_to_numbering(uri: str) -> None:
    assert parse(Uri.parse(uri).number_text()).key == 0


def test_a_text_too_long_is_refused_by_numbering_and_never_cut_to_a_number() -> None:
    long = "tel:+8613900001234;isub=" + "1" * 300
    assert parse(Uri.parse(long).number_text()).key == 0


@pytest.mark.parametrize(
    ("asserted", "text"),
    [
        ("<sip:+861@h>", "+861"),
        ("<sip:+861@h>, <tel:+862>", "+862"),
        ("<tel:+862>, <sip:+861@h>", "+862"),
        ("tel:+862", "+862"),
    ],
)
def test_the_asserted_tel_uri_comes_before_the_sip_uri_and_both_before_from(asserted: str, text: str) -> None:
    assert caller({"P-Asserted-Identity": asserted}) == text
    assert caller({"P-Asserted-Identity": asserted, "Remote-Party-ID": "<sip:3@h>"}) == text
    assert caller({"P-Asserted-Identity": asserted}, trusted=False) == "+8613900001234"
    first, comma, second = asserted.partition(", ")
    if comma:
        assert caller({"P-Asserted-Identity": first}, more=f"p-asserted-identity: {second}\r\n") == text


@pytest.mark.parametrize(
    "asserted",
    ["", "<", "+8613900001234", '"a <tel:+8613900001234>', "<tel:+8613700001111>, <tel:+8613900001234>",
     "<sip:+8613700001111@h> x",
     "<sip:+8613700001111@h>, <sip:+8613900001234@h>",
     "<tel:+8613700001111>, <sip:+8613700001111@h>, <sip:+8613700001111@h>", "<sip:+8613700001111@h>,", ",",
     "<tel:+8613700001111>" * 9],
)  # fmt: skip
def test_a_broken_asserted_identity_is_no_number_and_no_way_back_to_from(asserted: str) -> None:
    text = caller({"P-Asserted-Identity": asserted})
    assert parse(text).key == 0
    assert text != "+8613900001234"


def test_a_remote_party_counts_where_it_is_the_calling_one() -> None:
    assert caller({"Remote-Party-ID": "<sip:+861@h>;party=called, <sip:+862@h>;party=calling;privacy=off"}) == "+862"
    assert caller({"Remote-Party-ID": "<sip:+861@h>;party=called"}) == "+8613900001234"
    assert parse(caller({"Remote-Party-ID": "<sip:+861@h"})).key == 0


def test_the_called_number_is_that_of_the_request_uri_not_of_to() -> None:
    request = parse_request(message({"To": "<sip:+861@h>"}))
    assert request.called_text() == "+8657188880000"


@pytest.mark.parametrize(
    ("uri", "text"),
    [
        ("tel:110;phone-context=ims.mnc000.mcc460.3gppnetwork.org", "110"),
        ("sip:110;Phone-Context=ims.example.cn@h;user=phone", "110"),
        ("tel:110;phone-context=ims.example.cn;cpc=ordinary", "tel:110;cpc=ordinary"),
        ("tel:110;phone-context=+86", "tel:110;phone-context=+86"),
        ("sip:phone-context@h", "phone-context"),
    ],
)
def test_an_emergency_number_dialled_in_a_domain_is_one(uri: str, text: str) -> None:
    request = parse_request(message(start=f"INVITE {uri} SIP/2.0"))
    assert request.called_text() == text
    assert (parse(text).kind is Kind.EMERGENCY) == ("110" in text)


@pytest.mark.parametrize(
    ("changes", "presentation"),
    [
        ({}, Presentation.ALLOWED),
        ({"Privacy": "none"}, Presentation.ALLOWED),
        ({"Privacy": "identity"}, Presentation.ALLOWED),
        ({"Privacy": "header ; ID;critical"}, Presentation.RESTRICTED),
        ({"Privacy": "user"}, Presentation.RESTRICTED),
        ({"From": '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=a'}, Presentation.RESTRICTED),
        ({"From": "<sip:12345@Anonymous.Invalid>;tag=a"}, Presentation.RESTRICTED),
        ({"From": "<sip:anonymous@h>;tag=a"}, Presentation.RESTRICTED),
        ({"From": "<sip:h>;tag=a"}, Presentation.UNAVAILABLE),
        ({"From": "<sip:unavailable@unknown.invalid>;tag=a"}, Presentation.UNAVAILABLE),
        ({"From": "<sip:h>;tag=a", "P-Asserted-Identity": "<tel:+861>"}, Presentation.ALLOWED),
        ({"Remote-Party-ID": "<sip:1@h>;privacy=full"}, Presentation.RESTRICTED),
    ],
)
def test_who_asked_not_to_be_shown_is_known(changes: dict[str, str | None], presentation: Presentation) -> None:
    assert parse_request(message(changes)).presentation(trusted=True) is presentation


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, ""),
        ({"Diversion": '"sip:+1@x" <tel:+862>;reason=unconditional, <sip:+863@h>'}, "+862"),
        ({"Diversion": "<broken"}, ""),
        ({"History-Info": "<sip:+861@h>;index=1, <sip:+862@h>;index=1.1, <sip:+863@h>;index=1.1.1"}, "+862"),
        ({"History-Info": "<sip:+861@h?Reason=SIP%3Bcause%3D302>;index=1,<sip:+862@h>;index=1.1"}, "+861"),
        ({"History-Info": "<sip:+861@h>;index=1"}, ""),
    ],
)
def test_who_sent_the_call_on_is_known(changes: dict[str, str | None], text: str) -> None:
    assert parse_request(message(changes)).diversion_text() == text


@pytest.mark.parametrize(
    ("start", "priority", "emergency", "where_untrusted"),
    [
        ("INVITE urn:service:sos SIP/2.0", None, True, True),
        ("INVITE URN:Service:sos.fire.x SIP/2.0", None, True, True),
        ("INVITE urn:service:sosx SIP/2.0", None, False, False),
        ("INVITE urn:service:counseling SIP/2.0", None, False, False),
        ("INVITE sip:urn%3Aservice%3Asos@h SIP/2.0", None, False, False),
        ("INVITE sip:1@h SIP/2.0", "PSAP-Callback", True, False),
        ("INVITE sip:1@h SIP/2.0", "urgent", False, False),
    ],
)
def test_an_emergency_is_known(start: str, priority: str | None, emergency: bool, where_untrusted: bool) -> None:
    request = parse_request(message({"Priority": priority}, start=start))
    assert request.is_emergency() is emergency
    assert request.is_emergency(psap_callback=False) is where_untrusted
