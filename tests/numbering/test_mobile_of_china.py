"""The short way to a Chinese mobile written in full is the long way."""

from __future__ import annotations

import pytest

from haodun.numbering import Form, IngressClass, parse
from haodun.numbering.parsing import _international


@pytest.mark.parametrize("second", "3456789")
def test_every_mobile_prefix_reads_as_it_does_step_by_step(second: str) -> None:
    for prefix in range(1_000):
        digits = f"861{second}{prefix:03d}123456"
        assert parse(f"+{digits}", IngressClass.INTERNATIONAL, "CN") == _international(
            digits, form=Form.PLUS, home="CN"
        )


@pytest.mark.parametrize("text", ["+8613800138000\n", "+86138001380001", "+861380013800", "+8612800138000"])
def test_what_only_resembles_one_is_not_taken_for_one(text: str) -> None:
    found = parse(text)
    assert found.key in (0, int(text.strip().removeprefix("+")))
    assert not (found.is_number and len(str(found.key)) != 13 and found.kind.name == "MOBILE")


def test_seen_from_elsewhere_it_is_foreign() -> None:
    assert parse("+8613800138000", IngressClass.INTERNATIONAL, "US").kind.name == "FOREIGN"
