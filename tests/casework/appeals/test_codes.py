"""One-time codes: ten minutes, five tries, three an hour; and the same for every number."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.casework.conftest import HELD, Country

from haodun.casework.appeals import codes
from haodun.casework.appeals.codes import LIFE, PROOF, TRIES, TooOften, issue, prove, proven
from haodun.casework.appeals.limits import CODE_PER_ADDRESS, CODE_PER_NUMBER, forget
from haodun.casework.appeals.models import OneTimeCode, Touch
from haodun.casework.appeals.references import code_of, grouped, new_reference, opens, read_reference
from haodun.numbering import parse
from haodun.registry.outgoing.models import Message
from haodun.registry.outgoing.services import text_of

NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)


def asked(text: str = "13912345678", *, address: str = "192.0.2.1", now: datetime = NOW) -> uuid.UUID:
    return issue(parse(text), address=address, language="zh-hans", now=now)


def sent() -> str:
    message = Message.objects.latest("created_at")
    text = text_of(message)
    found = re.search("[0-9]{6}", text)
    assert found is not None
    return found[0]


def test_the_code_that_was_sent_proves_the_number_once(country: Country) -> None:
    code_id = asked()
    assert proven(code_id, now=NOW) is None
    code = sent()
    assert prove(code_id, code, now=NOW)
    assert proven(code_id, now=NOW) == HELD
    assert not prove(code_id, code, now=NOW)
    assert proven(code_id, now=NOW + PROOF) is None


def test_a_code_is_over_after_its_life(country: Country) -> None:
    code_id = asked()
    assert not prove(code_id, sent(), now=NOW + LIFE)


def test_five_wrong_tries_spend_it(country: Country) -> None:
    code_id = asked()
    right = sent()
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(TRIES):
        assert not prove(code_id, wrong, now=NOW)
    assert not prove(code_id, right, now=NOW)


def test_another_id_or_other_text_proves_nothing(country: Country) -> None:
    first, code = asked(), sent()
    second = asked("13812345678")
    assert not prove(uuid.uuid4(), code, now=NOW)
    for typed in ("", "x" * 10_000, code + "0", code[:5], f"{code}\n"):
        assert not prove(second, typed, now=NOW)
    assert prove(first, code, now=NOW)


def test_a_number_gets_three_codes_an_hour_whoever_asks(country: Country) -> None:
    for turn in range(CODE_PER_NUMBER.count):
        asked(address=f"192.0.2.{turn}")
    with pytest.raises(TooOften):
        asked(address="198.51.100.1")
    asked(address="198.51.100.1", now=NOW + CODE_PER_NUMBER.window)


def test_an_address_asks_ten_times_an_hour_for_whatever_numbers(country: Country) -> None:
    for turn in range(CODE_PER_ADDRESS.count):
        asked(f"1391234{turn:04d}")
    with pytest.raises(TooOften):
        asked("13812345678")


def test_asking_does_the_same_for_a_restricted_and_an_unknown_number(country: Country) -> None:
    asked("13912345678")
    asked("13700000009")
    rows = OneTimeCode.objects.all()
    assert len(rows) == 2
    assert Message.objects.count() == 2


def test_a_number_that_cannot_be_told_gets_a_code_nobody_knows(country: Country) -> None:
    asked("+44 20 7946 0123")
    assert OneTimeCode.objects.count() == 1
    assert not Message.objects.exists()


def test_neither_code_nor_address_nor_counted_number_is_kept_in_clear(country: Country) -> None:
    code_id = asked()
    code = sent().encode()
    row = OneTimeCode.objects.get(id=code_id)
    assert code not in bytes(row.digest)
    kept = b"".join(bytes(touch.key) for touch in Touch.objects.all())
    assert b"192.0.2.1" not in kept
    assert str(HELD).encode() not in kept


def test_counts_are_forgotten(country: Country) -> None:
    asked()
    assert forget(now=NOW + timedelta(days=3)) == 2
    assert not Touch.objects.exists()


def test_codes_of_a_thousand_ids_spread_over_all_digits(country: Country, monkeypatch: pytest.MonkeyPatch) -> None:
    texts: list[str] = []
    monkeypatch.setattr(codes, "hand_over", lambda to, text, **_: texts.append(text))
    monkeypatch.setattr(codes, "spend", lambda *_, **__: True)
    for _ in range(100):
        asked()
    found = {match[0] for text in texts if (match := re.search("[0-9]{6}", text))}
    assert len(found) > 90


def test_a_reference_is_read_however_it_is_typed_and_opens_with_its_code_only(data: Path) -> None:
    reference = new_reference(NOW)
    assert read_reference(grouped(reference).lower()) == reference
    assert read_reference(f" {reference[:3]} {reference[3:]} ") == reference
    assert read_reference(reference + "2") is None
    code = code_of(reference)
    assert opens(reference, grouped(code).lower())
    assert not opens(reference, code_of(new_reference(NOW)))
    assert not opens(reference, "")
