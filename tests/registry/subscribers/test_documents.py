"""Numbers of documents: normal forms, check characters, and everything that is none of them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haodun.registry.subscribers.identity import check_character, mrz_check_digit
from haodun.registry.subscribers.services import Document, DocumentError, DocumentKind, kind_named

K = DocumentKind
ON = date(2026, 11, 25)
MRZ = "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
"""Line 2 of the specimen of ICAO 9303-4."""
GOOD = [
    (K.RESIDENT, "11010519491231002X", "11010519491231002X"),
    (K.RESIDENT, "１１０１０５１９４９１２３１００２ｘ", "11010519491231002X"),
    (K.RESIDENT, " 110105 19491231 002x ", "11010519491231002X"),
    (K.RESIDENT, "110105\u3000194912\u200b31002X", "11010519491231002X"),
    (K.RESIDENT, "110105491231002", "11010519491231002X"),
    (K.HOUSEHOLD, "11010519491231002X", "11010519491231002X"),
    (K.RESIDENCE_PERMIT, "810000199408230021", "810000199408230021"),
    (K.HM_PASS, "h12345678", "H12345678"),
    (K.HM_PASS, "M1234567801", "M12345678"),
    (K.TAIWAN_PASS, "12345678", "12345678"),
    (K.TAIWAN_PASS, "1234567801(B)", "12345678"),
    (K.PASSPORT, "e12345678", "E12345678"),
    (K.PASSPORT, MRZ, "L898902C3"),
    (K.FOREIGN_PERMANENT, "USA110012345678", "USA110012345678"),
    (K.SOLDIER, "军字第1234567号", "军字第1234567号"),
    (K.CREDIT_CODE, "91350100m000100y43", "91350100M000100Y43"),
    (K.ORGANISATION_CODE, "D2143569-X", "D2143569X"),
    (K.OTHER_PERSON, "AB-1234", "AB-1234"),
]
BAD = [
    (K.RESIDENT, "110105194912310021", "check character must be X"),
    (K.RESIDENT, "11010519491331002X", "no such date"),
    (K.RESIDENT, "11010520491231002X", "cannot be"),
    (K.RESIDENT, "99010519491231002X", "no region"),
    (K.RESIDENT, "11000019491231002X", "no region"),
    (K.RESIDENT, "81000019940823002X", "no region"),
    (K.RESIDENT, "1101051949123100", "18 digits"),
    (K.RESIDENT, "11010519491231002X1", "18 digits"),
    (K.RESIDENT, "١١٠١٠٥١٩٤٩١٢٣١٠٠٢X", "18 digits"),
    (K.RESIDENT, "", "18 digits"),
    (K.RESIDENT, "1" * 65, "too long"),
    (K.RESIDENCE_PERMIT, "11010519491231002X", "no region"),
    (K.HM_PASS, "A12345678", "H or M"),
    (K.TAIWAN_PASS, "1234567", "8 digits"),
    (K.PASSPORT, "E-12345678901", "5 to 9"),
    (K.PASSPORT, MRZ.replace("7408122", "7408123"), "check digit"),
    (K.FOREIGN_PERMANENT, "911234567890123457", "check character"),
    (K.CREDIT_CODE, "91350100M000100Y44", "unified social credit code"),
    (K.ORGANISATION_CODE, "D2143569-1", "check character must be X"),
    (K.OTHER_PERSON, "<b>x</b>", "4 to 40"),
]


@pytest.mark.parametrize(("kind", "text", "number"), GOOD)
def test_a_document_has_one_normal_form(kind: DocumentKind, text: str, number: str) -> None:
    assert Document.parse(kind, text, on=ON).number == number


@pytest.mark.parametrize(("kind", "text", "says"), BAD)
def test_what_is_no_document_is_refused_with_the_reason_and_without_the_number(
    kind: DocumentKind, text: str, says: str
) -> None:
    with pytest.raises(DocumentError, match=says) as refused:
        Document.parse(kind, text, on=ON)
    assert refused.value.zh
    assert len(text) < 8 or text[6:14] not in str(refused.value) + refused.value.zh


@given(st.text(max_size=80), st.sampled_from(list(K)))
def test_any_text_is_a_document_or_refused_and_nothing_else(text: str, kind: DocumentKind) -> None:
    try:
        found = Document.parse(kind, text, on=ON)
    except DocumentError:
        return
    assert Document.parse(kind, found.number, on=ON) == found


@given(st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(place: int, more: int) -> None:
    """MOD 11-2 finds every single error (ISO 7064)."""
    body = "11010519491231002"
    wrong = body[:place] + str((int(body[place]) + more) % 10) + body[place + 1 :]
    assert check_character(wrong) != check_character(body)


def test_one_person_has_one_mark_whichever_paper_was_shown() -> None:
    keys = {Document(kind, "11010519491231002X").key for kind in (K.RESIDENT, K.TEMPORARY, K.HOUSEHOLD)}
    assert len(keys) == 1
    assert Document(K.PASSPORT, "E12345678").key not in keys


def test_a_document_is_shown_by_its_first_three_and_last_four_characters() -> None:
    assert Document(K.RESIDENT, "11010519491231002X").masked == "110***********002X"
    assert Document(K.OTHER_PERSON, "AB1234").masked == "AB****"


@pytest.mark.parametrize(("text", "kind"), [("身份证", K.RESIDENT), ("护照", K.PASSPORT), ("USCC", K.CREDIT_CODE)])
def test_files_may_call_a_kind_by_its_usual_name(text: str, kind: DocumentKind) -> None:
    assert kind_named(text) is kind
    assert kind_named("会员卡") is None


def test_check_digits_of_the_specimen_hold() -> None:
    assert mrz_check_digit("L898902C3") == "6"
    assert mrz_check_digit("740812") == "2"
