"""Columns of texts to columns of numbers and of what the plan says of them, equal to what the scalar parser gives."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from haodun.compiled import borrowing
from haodun.numbering.bulk import known
from haodun.numbering.bulk.known import Known
from haodun.numbering.bulk.tables import Tables, load_tables
from haodun.numbering.bulk.walking import (
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
    ROW_COUNTRY,
    ROW_EMERGENCY,
    ROW_HOLDER,
    ROW_HOME,
    ROW_KIND,
    ROW_REFUSAL,
    ROW_RESELLER,
    VALUES,
    Bytes,
    Values,
    allocation_of,
    find,
)
from haodun.numbering.number import IngressClass
from haodun.numbering.parsing import parse
from haodun.numbering.plan import load_plan

Texts: TypeAlias = "pa.StringArray | pa.LargeStringArray | tuple[npt.NDArray[np.integer], npt.NDArray[np.uint8]]"
"""Texts of one column: Arrow's, or offsets (one more than texts) into UTF-8 bytes."""

Octets = npt.NDArray[np.uint8]
_CLASSES = 3


class NumberColumns(NamedTuple):
    """Numbers as columns, one entry a text; the integers are those of `Number` and `PlanFacts`."""

    key: npt.NDArray[np.int64]
    """E.164 digits as an integer, 0 if it is no number."""
    kind: Octets
    country: npt.NDArray[np.int16]
    """Country calling code, 0 if none."""
    form: Octets
    refusal: Octets
    home: Octets
    """1: a number of the home country (`Plan.is_home`)."""
    allocation: Octets
    holder: Octets
    reseller: Octets
    emergency: Octets
    """1: an emergency number of home, at no particular date (`Plan.is_emergency`)."""


class Reader:
    """Reads texts as seen from one country. Not for two threads at once: what it has read it remembers.

    >>> columns = Reader("CN").read(pa.array(["+8613912345678", "110", "x"]), 2)
    >>> columns.key.tolist(), columns.emergency.tolist()
    ([8613912345678, 86110, 0], [0, 1, 0])
    """

    def __init__(self, home: str, *, memory: int = known.MAX_TEXTS) -> None:
        """`home` is an ISO 3166 region or ZZ, NumberingError otherwise; `memory` the texts kept, a power of two."""
        self.home = home
        self.tables: Tables = load_tables(home)
        """For `read_one`."""
        self._plan = load_plan(home)
        self._known: Known = known.make(memory)

    def read(self, texts: Texts, ingress: npt.NDArray[np.uint8] | int) -> NumberColumns:
        """Numbers of `texts`, come in on trunks of the given classes (IngressClass), one for each or one for all.

        A null is read as the empty text. Bytes that are no UTF-8 are read as characters beyond ASCII. ValueError where
        offsets go backwards or beyond the bytes, or where the classes are not as many as the texts.
        """
        offsets, data = _split(texts)
        count = len(offsets) - 1
        classes = _classes(ingress, count)
        columns = _empty(count)
        left = np.empty(count, np.int64)
        hard = _walk_all(self.tables, data, offsets, classes, columns, left)
        if hard:
            hard = _recall_all(self._known, data, offsets, classes, columns, left[:hard], np.empty(VALUES, np.int64))
            self._ask(offsets, data, classes, columns, left[:hard])
        return _named(columns)

    def read_text(self, data: bytes, ingress: int) -> Values:
        """The values of one text as `read_one` has them, by the scalar parser: for texts that `read_one` leaves."""
        text = data.decode("utf-8", "surrogateescape")
        number = parse(text, IngressClass(ingress), self.home)
        facts = self._plan.facts(number)
        values = (
            *(number.key, number.kind, number.country, number.form, number.refusal, self._plan.is_home(number)),
            *(facts.allocation, facts.holder, facts.reseller, facts.emergency),
        )
        return np.array(values, np.int64)

    def _ask(
        self, offsets: Values, data: Octets, classes: Octets, columns: _Columns, left: npt.NDArray[np.int64]
    ) -> None:
        """Have the scalar parser read the rows that are left, each text of a class once, and remember them."""
        said: dict[tuple[bytes, int], Values] = {}
        for row in left.tolist():
            start, end, ingress = int(offsets[row]), int(offsets[row + 1]), int(classes[row])
            text = data[start:end].tobytes()
            values = said.get((text, ingress))
            if values is None:
                values = said[text, ingress] = self.read_text(text, ingress)
                known.keep(self._known, data, start, end, ingress, values)
            _put(columns, row, values)


def _split(texts: Texts) -> tuple[npt.NDArray[np.int64], Octets]:
    """Offsets and bytes of texts, checked; the bytes cannot be written, so that one compiled form serves all."""
    if isinstance(texts, tuple):
        offsets = np.array(texts[0], np.int64)
        data = np.ascontiguousarray(texts[1], np.uint8).view()
        if len(offsets) == 0:
            raise ValueError("offsets: one more than texts is needed, at least 1")
    else:
        offsets, data = _of_arrow(texts)
    if offsets[0] < 0 or offsets[-1] > len(data) or (np.diff(offsets) < 0).any():
        raise ValueError("offsets: they go backwards, or beyond the bytes")
    data.setflags(write=False)
    return offsets, data


def _of_arrow(texts: pa.StringArray | pa.LargeStringArray) -> tuple[npt.NDArray[np.int64], Octets]:
    if not pa.types.is_large_string(texts.type) and not pa.types.is_string(texts.type):
        raise ValueError(f"texts: expected an Arrow array of strings, not of {texts.type}")
    filled: Any = texts.fill_null("") if texts.null_count else texts
    _, places, letters = filled.buffers()
    if places is None or letters is None or len(filled) == 0:
        return np.zeros(len(filled) + 1, np.int64), np.zeros(0, np.uint8)
    width = np.dtype(np.int64 if pa.types.is_large_string(filled.type) else np.int32)
    start = filled.offset * width.itemsize
    octets = np.frombuffer(memoryview(places), np.uint8)[start : start + (len(filled) + 1) * width.itemsize]
    return octets.view(width).astype(np.int64), np.frombuffer(memoryview(letters), np.uint8)


def _classes(ingress: npt.NDArray[np.uint8] | int, count: int) -> Octets:
    """The class of each text, those beyond inter-network as inter-network."""
    if isinstance(ingress, int):
        return np.full(count, min(int(IngressClass(ingress)), _CLASSES - 1), np.uint8)
    classes = np.minimum(np.asarray(ingress, np.uint8), _CLASSES - 1)
    if classes.shape != (count,):
        raise ValueError(f"ingress: {classes.shape} classes for {count} texts")
    return np.ascontiguousarray(classes, np.uint8)


class _Columns(NamedTuple):
    """Columns as the compiled code writes them: three arrays, as each costs it time."""

    key: npt.NDArray[np.int64]
    country: npt.NDArray[np.int16]
    octets: npt.NDArray[np.uint8]
    """By column, in the order of `read_one`, then by text; those of key and country are not used."""


def _empty(count: int) -> _Columns:
    return _Columns(np.empty(count, np.int64), np.empty(count, np.int16), np.empty((VALUES, count), np.uint8))


def _named(columns: _Columns) -> NumberColumns:
    octets = columns.octets
    return NumberColumns(columns.key, octets[KIND], columns.country, *(octets[place] for place in range(FORM, VALUES)))


@borrowing
def _walk_all(tables: Tables, data: Bytes, offsets: Values, classes: Bytes, columns: _Columns, left: Values) -> int:
    """Read every text the walk knows; the rows of the others into `left`, and how many they are."""
    words, rows = tables
    key, country, octets = columns
    hard = 0
    for text in range(len(offsets) - 1):
        row, number, form = find(words, rows, data, offsets[text], offsets[text + 1], int(np.int64(classes[text])))
        if row < 0:
            left[hard] = text
            hard += 1
            continue
        key[text] = number
        country[text] = rows[row + ROW_COUNTRY]
        octets[FORM, text] = form
        octets[KIND, text] = rows[row + ROW_KIND]
        octets[REFUSAL, text] = rows[row + ROW_REFUSAL]
        octets[HOME, text] = rows[row + ROW_HOME]
        octets[ALLOCATION, text] = allocation_of(words, rows, row, number)
        octets[HOLDER, text] = rows[row + ROW_HOLDER]
        octets[RESELLER, text] = rows[row + ROW_RESELLER]
        octets[EMERGENCY, text] = rows[row + ROW_EMERGENCY]
    return hard


@borrowing
def _recall_all(
    known_texts: Known, data: Bytes, offsets: Values, classes: Bytes, columns: _Columns, left: Values, out: Values
) -> int:
    """Of the texts in `left`, write those that are remembered; the others to the front, and how many they are."""
    hard = 0
    for place in range(len(left)):
        text = left[place]
        if known.recall(known_texts, data, offsets[text], offsets[text + 1], int(np.int64(classes[text])), out):
            _put(columns, text, out)
        else:
            left[hard] = text
            hard += 1
    return hard


@borrowing
def _put(columns: _Columns, text: int, values: Values) -> None:
    """The ten values of one text into their columns."""
    columns.key[text] = values[KEY]
    columns.country[text] = values[COUNTRY]
    for place in range(KEY + 1, VALUES):
        if place != COUNTRY:
            columns.octets[place, text] = values[place]
