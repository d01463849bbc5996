"""Texts that only the scalar parser reads are remembered: by their bytes, a bounded number of them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from tests.numbering.bulk.agreement import scalar

from haodun.numbering import IngressClass, Number, parse
from haodun.numbering.bulk import Reader, known
from haodun.numbering.bulk import reader as reading
from haodun.numbering.bulk.walking import VALUES

TEXTS = [f"+86(139)123{place:05d}" for place in range(500)]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """The texts that the scalar parser was asked."""
    texts: list[tuple[str, int]] = []

    def noting(text: str, ingress: IngressClass = IngressClass.UNKNOWN, home: str = "CN") -> Number:
        texts.append((text, int(ingress)))
        return parse(text, ingress, home)

    monkeypatch.setattr(reading, "parse", noting)
    return texts


def test_a_text_is_asked_once_for_each_class_that_is_read_apart(asked: list[tuple[str, int]]) -> None:
    one = Reader("CN")
    for ingress in [*IngressClass, *IngressClass]:
        one.read(pa.array(["(442) 079460123", "tel:110;a=1", "(442) 079460123"]), ingress)
    assert sorted(asked) == [(text, place) for text in ("(442) 079460123", "tel:110;a=1") for place in range(3)]


def test_plain_digits_plain_uris_and_words_for_nobody_are_never_asked(asked: list[tuple[str, int]]) -> None:
    texts = ["+8613912345678", "110", "0571 8888-1234", "+442079460123", "442079460123", "99", "1" * 30, "", "0" * 20]
    texts += [
        "tel:110",
        "SIP:+86110@ims.example",
        "sips:0571-88881234@h:5061;user=phone",
        "x" * 2000,
        "Anonymous",
        "未知号码",
        "-",
    ]
    Reader("CN").read(pa.array(texts), IngressClass.UNKNOWN)
    assert asked == []


def test_a_full_memory_forgets_and_stays_as_large_as_it_was(asked: list[tuple[str, int]]) -> None:
    small = Reader("CN", memory=64)
    size = [array.nbytes for array in small._known[:4]]
    for _ in range(3):
        columns = small.read(pa.array(TEXTS), 2)
        assert columns.key.tolist() == [int(text.replace("(", "").replace(")", "")) for text in TEXTS]
    assert len(asked) > 2 * len(TEXTS)
    assert [array.nbytes for array in small._known[:4]] == size


def test_a_text_of_a_full_memory_still_reads_as_the_parser_reads_it() -> None:
    small = Reader("CN", memory=8)
    for text in (*TEXTS[:40], *TEXTS[:40]):
        columns = small.read(pa.array([text, text + ";a=1", text + "x"]), 2)
        said = [tuple(int(column[place]) for column in columns) for place in range(3)]
        assert said == [scalar(one, 2, "CN") for one in (text, text + ";a=1", text + "x")]


def data_of(text: str) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    data = np.frombuffer(text.encode(), np.uint8)
    data.setflags(write=False)
    return data


def test_only_the_very_bytes_and_class_recall_a_text() -> None:
    memory = known.make(8)
    text = "tel:+8613912345678"
    values = np.arange(VALUES, dtype=np.int64)
    known.keep(memory, data_of(text), 0, len(text), 1, values)
    out = np.zeros(VALUES, np.int64)
    assert known.recall(memory, data_of(text), 0, len(text), 1, out)
    assert out.tolist() == values.tolist()
    others = [text[:-1] + "9", text[:-1], text + "0", "T" + text[1:], text[:9] + "\x00" + text[10:]]
    assert not any(known.recall(memory, data_of(other), 0, len(other), 1, out) for other in others)
    assert not known.recall(memory, data_of(text), 0, len(text), 2, out)


def test_a_text_too_long_to_be_kept_is_not_kept() -> None:
    memory = known.make(8)
    text = data_of("x" * (known.MAX_BYTES + 1))
    out = np.zeros(VALUES, np.int64)
    known.keep(memory, text, 0, len(text), 0, out)
    assert not known.recall(memory, text, 0, len(text), 0, out)
    assert not memory.values.any()
    known.keep(memory, text, 1, len(text), 0, out)
    assert known.recall(memory, text, 1, len(text), 0, out)


def test_two_memories_place_texts_unlike_each_other() -> None:
    assert known.make(8).seed != known.make(8).seed
