"""Each action and profile has its answer on the wire."""

from __future__ import annotations

import pytest
from tests.edge.sip.messages import START, message, read_response

from haodun.edge.sip import Answer, Card, Profile, Redress, Request, Verstat, answer, parse_request, respond
from haodun.screening.events import Action

TOKEN = "ABCDEFGHIJKLMNOPQRSTUVWX27"  # noqa: S105 - a redress token is no secret
REDRESS = Redress(TOKEN, url="https://redress.example.cn/{token}", text="号码被限制，申诉凭")
TARGET = "sip:+8657188880000@198.51.100.9:5070;user=phone"
ALLOWED = Answer(302, "Moved Temporarily", f"<{TARGET}>")
CARD = Card("疑似诈骗", "+8613900001234", Verstat.FAILED, "https://cards.example.cn/1")
TIP = (
    ("Call-Info", "<https://cards.example.cn/1>;purpose=info"),
    ("P-Asserted-Identity", '"疑似诈骗" <tel:+8613900001234;verstat=TN-Validation-Failed>'),
)


def request(start: str = START) -> Request:
    return parse_request(message(start=start))


def test_allow_sends_the_call_on_to_where_it_was_going() -> None:
    assert answer(Action.ALLOW, request(), card=CARD) == ALLOWED


def test_tip_brings_a_card_and_an_identity_to_copy() -> None:
    assert answer(Action.TIP, request(), card=CARD) == Answer(302, "Moved Temporarily", f"<{TARGET}>", TIP)
    assert answer(Action.TIP, request()) == ALLOWED


def test_withheld_is_a_contact_that_asks_for_privacy_and_else_a_tip() -> None:
    assert answer(Action.WITHHOLD_CLI, request()).contact == f"<{TARGET}?Privacy=id>"
    assert answer(Action.WITHHOLD_CLI, request(), card=CARD, can_withhold=False).headers == TIP
    tel = answer(Action.WITHHOLD_CLI, request("INVITE tel:+8657188880000 SIP/2.0"), card=CARD)
    assert (tel.contact, tel.headers) == ("<tel:+8657188880000>", TIP)


def test_a_challenge_goes_to_the_trunks_challenge_uri_and_else_is_a_tip() -> None:
    assert answer(Action.CHALLENGE, request(), challenge_uri="sip:ivr@h").contact == "<sip:ivr@h>"
    assert answer(Action.CHALLENGE, request(), card=CARD).headers == TIP


SAID = f'text="号码被限制，申诉凭 {TOKEN} https://redress.example.cn/{TOKEN}"'


@pytest.mark.parametrize(
    ("profile", "status", "reason", "headers"),
    [
        (Profile.CN, 603, "Decline", (("Reason", f"SIP;cause=603;{SAID}"), ("Reason", "Q.850;cause=21"))),
        (Profile.US, 603, "Network Blocked", (
            ("Reason", f'Q.850;cause=21;location=LN;text="v=analytics1;url=https://redress.example.cn/{TOKEN}"'),)),
        (Profile.R608, 608, "Rejected", (("Reason", f"SIP;cause=608;{SAID}"),)),
        (Profile.R607, 607, "Unwanted", (("Reason", f"SIP;cause=607;{SAID}"),)),
        (Profile.R403, 403, "Forbidden", (("Reason", f"SIP;cause=403;{SAID}"),)),
    ],
)  # fmt: skip
def test_a_block_is_said_as_the_jurisdiction_has_it(
    profile: Profile, status: int, reason: str, headers: tuple[tuple[str, str], ...]
) -> None:
    said = answer(Action.BLOCK, request(), profile=profile, redress=REDRESS)
    assert said == Answer(status, reason, "", headers)
    built = respond(request(), said, to_tag="t", via_received="192.0.2.7", via_rport=1)
    found, read, body = read_response(built)
    assert (found, body) == (status, b"")
    assert [(name, value.encode("latin-1").decode()) for name, value in read[5:-1]] == list(headers)


def test_608_brings_its_card_only_where_it_is_signed() -> None:
    signed = Redress(TOKEN, jwscard_url="https://redress.example.cn/card.jws")
    headers = answer(Action.BLOCK, request(), profile=Profile.R608, redress=signed).headers
    assert headers[0] == ("Call-Info", "<https://redress.example.cn/card.jws>;purpose=jwscard")


def test_603_plus_names_every_way_to_ask_and_needs_one() -> None:
    ways = Redress(TOKEN, tel="+12025550100", email="block@example.com")
    headers = answer(Action.BLOCK, request(), profile=Profile.US, redress=ways).headers
    assert 'text="v=analytics1;tel=+12025550100;email=block@example.com"' in headers[0][1]
    with pytest.raises(ValueError, match="ATIS-1000099"):
        answer(Action.BLOCK, request(), profile=Profile.US, redress=Redress(TOKEN))


@pytest.mark.parametrize(
    ("action", "profile", "options"),
    [
        (Action.TIP, Profile.CN, {"card": Card(number="13900001234")}),
        (Action.TIP, Profile.CN, {"card": Card(url="https://a b")}),
        (Action.TIP, Profile.CN, {"card": Card("a\r\nX: b", "+8613900001234")}),
        (Action.CHALLENGE, Profile.CN, {"challenge_uri": "sip:a>\r\nX: b"}),
        (Action.BLOCK, Profile.CN, {"redress": Redress("a\r\nb")}),
        (Action.BLOCK, Profile.US, {"redress": Redress("t", url="https://a/;b")}),
        (Action.BLOCK, Profile.R608, {"redress": Redress("t", jwscard_url="https://a>")}),
    ],
)
def test_a_text_of_the_site_that_cannot_stand_in_a_header_is_refused(
    action: Action, profile: Profile, options: dict[str, object]
) -> None:
    with pytest.raises(ValueError, match=r"give|leave"):
        answer(action, request(), profile=profile, **options)  # type: ignore[arg-type]


def test_quotes_in_a_label_stay_inside_it() -> None:
    said = answer(Action.TIP, request(), card=Card('a" <tel:+1> \\', "+8613900001234"))
    assert said.headers[0][1] == '"a\\" <tel:+1> \\\\" <tel:+8613900001234;verstat=No-TN-Validation>'
