"""Rows of an input log of version 2 to packed events: each answer and end put off until its number comes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from haodun.numbering.bulk import Reader
from haodun.screening.events.event import EventKind
from haodun.screening.events.packed import EVENT, Events, records_at
from haodun.screening.events.packed_facts import NO_ANSWER, Times, facts_of, fill_call_events, prints_of, trunk_places
from haodun.screening.events.packing import Packer

TEXTS: Final = ("call_id", "source", "caller_text", "trunk")
"""What a verdict says in words."""

_Ints = npt.NDArray[Any]


def calls_packed(batch: pa.RecordBatch, packer: Packer, reader: Reader) -> Events:
    """All events of some rows, in order."""
    column: dict[str, Any] = dict(zip(batch.schema.names, batch.columns, strict=True))
    values = {name: some.to_numpy() for name, some in column.items() if not pa.types.is_string(some.type)}
    ingress = values["ingress"].astype(np.uint8)
    facts = facts_of(
        reader.read(column["caller_text"], ingress), reader.read(column["callee_text"], ingress),
        trunk_places(column["trunk"]), packer,
        prints=prints_of(column["call_id"], None, packer),
        octets=tuple(values[name] for name in ("ingress", "presentation", "attestation", "roaming")),
        wide=tuple(values[name] for name in ("diversion", "device", "cell")),
    )  # fmt: skip
    answered = np.flatnonzero(values["answer_number"])
    answer = np.where(values["answer_number"] > 0, values["answer_ms"], NO_ANSWER)
    times = Times(values["time_ms"], answer, values["end_ms"], values["cause"])
    everyone = np.arange(batch.num_rows)
    numbers = np.concatenate([values["number"], values["answer_number"][answered], values["end_number"]])
    calls = np.concatenate([everyone, answered, everyone])
    kinds = np.repeat(np.array(tuple(EventKind), np.int8), [len(everyone), len(answered), len(everyone)])
    order = np.argsort(numbers)
    events = np.zeros(len(numbers), EVENT)
    fill_call_events(events, numbers[order], calls[order], kinds[order], times, facts)
    return events


class Waiting:
    """Events of the rows read so far, in blocks of so many numbers; a block is ready when no more can come into it."""

    def __init__(self, first: int, last: int, rows: int) -> None:
        """The events wanted are `first` to `last`, `rows` of them a block."""
        self._first, self._last, self._rows = first, last, rows
        self._blocks: dict[int, list[npt.NDArray[np.int64]]] = {}
        """Copies, each a row of integers an event, so that few that wait hold no large array."""
        self._given = 0
        self._texts: list[pa.Table] = []

    def add(self, events: Events, batch: pa.RecordBatch) -> None:
        """Take the events of some rows, in order, and the rows themselves."""
        numbers = events["number"]
        start, end = np.searchsorted(numbers, [self._first, self._last + 1])
        block = (numbers[start:end] - self._first) // self._rows
        rows = _as_integers(events)[start:end]
        begins = np.flatnonzero(np.diff(block, prepend=-1))
        for begin, stop in itertools.pairwise([*begins.tolist(), len(block)]):
            self._blocks.setdefault(int(block[begin]), []).append(rows[begin:stop].copy())
        number: Any = batch.column("number")
        low, high = np.searchsorted(number.to_numpy(), [self._first, self._last + 1])
        self._texts.append(pa.Table.from_batches([batch]).select(TEXTS).slice(low, high - low))

    def ready(self, reached: int) -> Iterator[tuple[Events, pa.Table]]:
        """The blocks up to event `reached`, with the texts of their attempts; rows up to it have been added."""
        while self._blocks and min(self._first + (self._given + 1) * self._rows - 1, self._last) <= reached:
            parts = self._blocks.pop(self._given, [])
            self._given += 1
            if parts:
                events = np.concatenate(parts).reshape(-1).view(EVENT)
                events = records_at(events, np.argsort(events["number"]))
                yield events, self._taken(int((events["kind"] == EventKind.ATTEMPT).sum()))

    def _taken(self, rows: int) -> pa.Table:
        """The texts of the next so many attempts."""
        texts = pa.concat_tables(self._texts)
        self._texts = [texts.slice(rows)]
        return texts.slice(0, rows).combine_chunks()


def _as_integers(events: Events) -> npt.NDArray[np.int64]:
    """The records as rows of integers, which numpy copies faster."""
    return events.view(np.int64).reshape(len(events), EVENT.itemsize // 8)
