"""Texts made to be misread: each is refused with its reason, none is shortened into a number."""

from __future__ import annotations

import pytest

from haodun.numbering import Form, Kind, Number, Refusal, parse

N = "13912345678"

HOSTILE = [
    ("１３９１２３４５６７８", Refusal.NOT_ASCII),
    ("1３912345678", Refusal.NOT_ASCII),
    ("١٣٩١٢٣٤٥٦٧٨", Refusal.NOT_ASCII),
    ("139①2345678", Refusal.NOT_ASCII),
    ("＋8613912345678", Refusal.NOT_ASCII),
    ("\u202e" + N, Refusal.NOT_ASCII),
    (N + "\u200f", Refusal.NOT_ASCII),
    (N + "\u00a0", Refusal.NOT_ASCII),
    ("139\u20111234\u20115678", Refusal.NOT_ASCII),
    ("\ufeff" + N, Refusal.NOT_ASCII),
    ("\ud800" + N, Refusal.NOT_ASCII),
    (N + "\x00", Refusal.BAD_CHARACTER),
    ("139\x0012345678", Refusal.BAD_CHARACTER),
    ("\x00", Refusal.BAD_CHARACTER),
    (N + "\n", Refusal.BAD_CHARACTER),
    ("\t" + N, Refusal.BAD_CHARACTER),
    (N + "x", Refusal.BAD_CHARACTER),
    (N + "x123", Refusal.BAD_CHARACTER),
    (N + "#", Refusal.BAD_CHARACTER),
    (N + ",1", Refusal.BAD_CHARACTER),
    (N + " ext 5", Refusal.BAD_CHARACTER),
    (N + "F", Refusal.BAD_CHARACTER),
    (N + ";npdi", Refusal.BAD_CHARACTER),
    (N + "@host", Refusal.BAD_CHARACTER),
    ("*67" + N, Refusal.BAD_CHARACTER),
    ("1-800-FLOWERS", Refusal.BAD_CHARACTER),
    ("0x33D9A5F4E", Refusal.BAD_CHARACTER),
    ("1.39123e10", Refusal.BAD_CHARACTER),
    ("-" + N, Refusal.BAD_CHARACTER),
    (N + "-", Refusal.BAD_CHARACTER),
    ("++8613912345678", Refusal.BAD_CHARACTER),
    ("+86+13912345678", Refusal.BAD_CHARACTER),
    ("13912345678+", Refusal.BAD_CHARACTER),
    ("%2B8613912345678", Refusal.BAD_CHARACTER),
    ("13912345678%00", Refusal.BAD_CHARACTER),
    ("tel:%2B8613912345678", Refusal.BAD_CHARACTER),
    ("sip:%2B8613912345678@host", Refusal.BAD_CHARACTER),
    ("sip:+8613912345678:secret@host", Refusal.BAD_CHARACTER),
    ("sip:+8613912345678", Refusal.BAD_CHARACTER),
    ("sip:host", Refusal.BAD_CHARACTER),
    ("sip:+8613912345678@", Refusal.BAD_CHARACTER),
    ("sip:+8613912345678@a@b", Refusal.BAD_CHARACTER),
    ("sip:+8613912345678@host?Replaces=x", Refusal.BAD_PARAMETER),
    ("sip:+8613912345678@host;a;a", Refusal.BAD_PARAMETER),
    ('"Bank" <sip:+8613912345678@host>', Refusal.BAD_CHARACTER),
    ("http://13912345678", Refusal.BAD_CHARACTER),
    ("(139 12345678", Refusal.BAD_CHARACTER),
    ("139) 12345678", Refusal.BAD_CHARACTER),
    ("((139)) 12345678", Refusal.BAD_CHARACTER),
    ("(1)(3)912345678", Refusal.BAD_CHARACTER),
    ("()13912345678", Refusal.BAD_CHARACTER),
    ("1-3-9-1-2-3-4-5-6-7-8", Refusal.BAD_CHARACTER),
    ("139" + " " * 20 + "12345678", Refusal.BAD_CHARACTER),
    ("1" * 1000, Refusal.TOO_LONG),
    ("+86" + "0" * 1000, Refusal.TOO_LONG),
    (" " * 1000 + N, Refusal.TOO_LONG),
    ("9" * 65, Refusal.TOO_LONG),
    ("tel:" + "9" * 100, Refusal.TOO_LONG),
    ("1" * 16, Refusal.TOO_LONG),
    ("+4420794601231234", Refusal.TOO_LONG),
    ("tel:+8613912345678;ext=5", Refusal.BAD_PARAMETER),
    ("tel:+8613912345678;postd=5", Refusal.BAD_PARAMETER),
    ("tel:+8613912345678;unheard-of=1", Refusal.BAD_PARAMETER),
    ("tel:+8613912345678;", Refusal.BAD_PARAMETER),
    ("tel:+8613912345678;npdi;npdi", Refusal.BAD_PARAMETER),
    ("tel:+8613912345678;npdi=1", Refusal.BAD_PARAMETER),
    ("tel:+8613912345678;isub", Refusal.BAD_PARAMETER),
    ("tel:+8613912345678;isub=", Refusal.BAD_PARAMETER),
    ("tel:+8613912345678;isub=%31", Refusal.BAD_PARAMETER),
    ("tel:+8613912345678;phone-context=+86", Refusal.BAD_PARAMETER),
    ("tel:88881234;phone-context=+86571", Refusal.BAD_PARAMETER),
    ("tel:88881234;phone-context=example.com", Refusal.BAD_PARAMETER),
    ("tel:13912345678;phone-context=+1", Refusal.BAD_PARAMETER),
    ("tel:+8613912345678" + ";a=1" * 40, Refusal.BAD_PARAMETER),
    ("tel:", Refusal.BAD_CHARACTER),
    ("tel:;npdi", Refusal.BAD_CHARACTER),
    ("+999123456789", Refusal.UNKNOWN_COUNTRY),
    ("+2101234567", Refusal.UNKNOWN_COUNTRY),
]


@pytest.mark.parametrize(("text", "refusal"), HOSTILE, ids=[ascii(text)[:40] for text, _ in HOSTILE])
def test_a_hostile_text_is_refused_with_its_reason(text: str, refusal: Refusal) -> None:
    number = parse(text)
    assert (number.key, number.country, number.kind, number.refusal) == (0, 0, Kind.INVALID, refusal)


@pytest.mark.parametrize(
    "text",
    [
        "+86 139 1234 5678",
        "+86-139-1234-5678",
        "+86 (139) 1234.5678",
        "  13912345678 ",
        "(139) 12345678",
        "tel:+8613912345678",
        "TEL:+86-139-1234-5678",
        "tel:+8613912345678;npdi",
        "tel:+8613912345678;npdi;rn=+8613900000000",
        "tel:+8613912345678;isub=1411",
        "tel:+8613912345678;verstat=TN-Validation-Passed;cpc=ordinary",
        "tel:13912345678;phone-context=+86",
        "tel:13912345678",
        "sip:+8613912345678@10.0.0.1:5060;transport=udp;user=phone",
        "sips:13912345678@[2001:db8::1]",
        "sip:+8613912345678;npdi@ims.example;user=phone",
    ],
)
def test_visual_separators_and_harmless_parameters_leave_the_number_as_it_is(text: str) -> None:
    assert parse(text).key == 8613912345678


@pytest.mark.parametrize(
    "text",
    [
        "anonymous",
        "Anonymous",
        "RESTRICTED",
        "unavailable",
        "unknown",
        "<unknown>",
        "private",
        "withheld",
        "<null>",
        "Private Number",
        "匿名",
        "未知号码",
        "sip:anonymous@anonymous.invalid",
        "sip:13912345678@anonymous.invalid",
        "sip:anonymous@10.0.0.1;user=phone",
        "tel:anonymous",
    ],
)
def test_a_word_for_nobody_is_anonymous_and_no_error(text: str) -> None:
    assert parse(text) == Number(0, Kind.UNKNOWN, 0, Form.NONE, Refusal.ANONYMOUS)


@pytest.mark.parametrize("text", ["", " ", "   ", '""', "-", "<>"])
def test_nothing_is_empty_and_no_error(text: str) -> None:
    assert parse(text) == Number(0, Kind.UNKNOWN, 0, Form.NONE, Refusal.EMPTY)
