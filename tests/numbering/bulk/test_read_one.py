"""The compiled entry for one text: what it reads it reads as the parser does, what it leaves it leaves untouched."""

from __future__ import annotations

import random

import numpy as np
import pytest
from tests.numbering.bulk.agreement import reader, scalar, written

from haodun.numbering.bulk import (
    ALLOCATION,
    COUNTRY,
    EMERGENCY,
    FORM,
    HOLDER,
    HOME,
    KEY,
    KIND,
    REFUSAL,
    RESELLER,
    VALUES,
    read_one,
)


@pytest.mark.parametrize("home", ["CN", "SG"])
def test_a_text_in_the_middle_of_a_buffer_is_read_as_the_parser_reads_it(home: str) -> None:
    rng = random.Random(f"one {home}")
    tables = reader(home).tables
    out = np.empty(VALUES, np.int64)
    order = [KEY, KIND, COUNTRY, FORM, REFUSAL, HOME, ALLOCATION, HOLDER, RESELLER, EMERGENCY]
    for _ in range(3_000):
        text, ingress = written(rng, home), rng.randrange(6)
        data = np.frombuffer(f"12+{text}9+".encode(), np.uint8).copy()
        assert read_one(tables, data, 3, 3 + len(text), ingress, out) == (text != "+")
        if text == "+":
            continue
        assert tuple(out[order].tolist()) == scalar(text, ingress, home)


LEFT = [
    *("tel:110;ext=1", "sip:110@", "sip:110@anonymous.invalid", "sip:110", "tel:", "tel:(110)", "sip:110@h;ab;cd"),
    *("(110)", " 110", "110 ", "+", "++86110", "110x", "號", "1" * 65, "1-" * 9 + "1"),
]


@pytest.mark.parametrize("text", LEFT)
def test_what_is_left_to_the_parser_is_left_untouched(text: str) -> None:
    data = np.frombuffer(text.encode(), np.uint8).copy()
    out = np.full(VALUES, 77, np.int64)
    assert not read_one(reader("CN").tables, data, 0, len(data), 0, out)
    assert out.tolist() == [77] * VALUES


def test_the_slow_path_has_the_same_ten_values() -> None:
    assert tuple(reader("CN").read_text(b"tel:110", 2).tolist()) == scalar("tel:110", 2, "CN")
    assert tuple(reader("CN").read_text(b"\xff110", 2).tolist()) == scalar("\udcff110", 2, "CN")
