"""Questions in columns joined to one batch: their records one after the other, their texts as the log takes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from haodun.screening.events.packed import EVENT, Events
from haodun.store.columns import Column, Columns, Texts

Integers = npt.NDArray[np.int64]
_OF_EVENTS = ("call_id", "transaction", "caller_text", "callee_text", "source")
_NO_TOKENS = Column.of(())


class Joined(NamedTuple):
    """Several questions as one."""

    events: Events
    """Their events, to be written to."""
    starts: Integers
    """Where each question begins, and where the last ends."""
    names: Column
    """Names of trunks."""
    places: npt.NDArray[np.uint16]
    """Place of each event's trunk among the names."""


def joined(asked: Sequence[Columns]) -> Joined:
    """Join at least one question; ValueError where together they have more names of trunks than places."""
    events = np.frombuffer(bytearray().join([one.events.data for one in asked]), EVENT)
    starts = np.cumsum([0, *(len(one.events) for one in asked)], dtype=np.int64)
    names, places = asked[0].texts.trunks, [one.texts.trunk for one in asked]
    if any(not _same(names, one.texts.trunks) for one in asked):
        names, places = _named_apart(asked)
    return Joined(events, starts, names, np.concatenate(places))


def _same(one: Column, other: Column) -> bool:
    return one.data == other.data and np.array_equal(one.offsets, other.offsets)


def _named_apart(asked: Sequence[Columns]) -> tuple[Column, list[npt.NDArray[np.uint16]]]:
    """Names and places of fronts of which one has read another trunks file already."""
    numbers: dict[str, int] = {}
    places = []
    for one in asked:
        names = one.texts.trunks.texts()
        here = np.array([numbers.setdefault(name, len(numbers)) for name in names], np.int64)
        places.append(here[one.texts.trunk])
    if len(numbers) > np.iinfo(np.uint16).max + 1:
        raise ValueError(f"{len(numbers)} names of trunks in one batch")
    return Column.of(tuple(numbers)), [some.astype(np.uint16) for some in places]


def joined_texts(asked: Sequence[Columns], names: Column, places: npt.NDArray[np.uint16]) -> Texts:
    """The texts of all events; none of a token."""
    own: dict[str, Any] = {name: _joined([getattr(one.texts, name) for one in asked]) for name in _OF_EVENTS}
    return Texts(**own, token=_NO_TOKENS, trunk=places, trunks=names)


def _joined(columns: Sequence[Column]) -> Column:
    if len(columns) == 1:
        return columns[0]
    ends, shifted = 0, [np.zeros(1, np.int64)]
    for column in columns:
        shifted.append(column.offsets[1:].astype(np.int64) + ends)
        ends += int(column.offsets[-1])
    data = b"".join([memoryview(column.data)[: int(column.offsets[-1])] for column in columns])
    return Column(np.concatenate(shifted).astype(np.uint32), data)


def texts_at(texts: Texts, kept: Integers) -> Texts:
    """The texts of some events only."""
    own: dict[str, Any] = {name: _at(getattr(texts, name), kept) for name in _OF_EVENTS}
    return Texts(**own, token=texts.token, trunk=texts.trunk[kept], trunks=texts.trunks)


def _at(column: Column, kept: Integers) -> Column:
    data, offsets = memoryview(column.data), column.offsets
    ends: list[Any] = [0]
    parts = [data[int(offsets[place]) : int(offsets[place + 1])] for place in kept.tolist()]
    for part in parts:
        ends.append(ends[-1] + len(part))
    return Column(np.array(ends, np.uint32), b"".join(parts))
