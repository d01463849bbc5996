"""Events as the compiled kernel takes them, with their texts: from calls in memory, or from the input log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from haodun.edge.batch.calls import Calls
from haodun.edge.batch.ordering import Ordered
from haodun.numbering.bulk import Reader
from haodun.screening.events import EventKind
from haodun.screening.events.packed import EVENT, Events
from haodun.screening.events.packed_facts import Facts, Times, facts_of, fill_call_events, prints_of
from haodun.screening.events.packed_log import read_packed
from haodun.screening.events.packing import Packer
from haodun.screening.verdicts.fast import Texts

_ATTEMPT = int(EventKind.ATTEMPT)


class Block(NamedTuple):
    """Some events in order."""

    events: Events
    attempts: npt.NDArray[np.int64]
    """Places of the attempts among them."""
    texts: Texts
    """Of the attempts."""


def pack_calls(ordered: Ordered, facts: Facts, *, first: int, last: int, rows: int) -> Iterator[Block]:
    """Blocks of the events `first` to `last`."""
    calls = ordered.calls
    times = Times(calls.start, calls.answer, calls.end, calls.cause)
    for start in range(first - 1, last, rows):
        stop = min(start + rows, last)
        call, kind = ordered.call[start:stop], ordered.kind[start:stop]
        events = np.zeros(stop - start, EVENT)
        fill_call_events(events, np.arange(start + 1, stop + 1), call, kind, times, facts)
        attempts = np.flatnonzero(kind == _ATTEMPT)
        row = int(call[attempts[0]]) if len(attempts) else 0  # calls stand in the order of their attempts
        texts: tuple[Any, ...] = (calls.call_id, calls.source, calls.caller_text, calls.trunk)
        yield Block(events, attempts, Texts(*(text.slice(row, len(attempts)) for text in texts)))


def pack_log(log: Path, first: int, last: int, *, packer: Packer, reader: Reader, rows: int) -> Iterator[Block]:
    """Blocks of the events `first` to `last` of an input log."""
    for events, attempts, texts in read_packed(log, first, last, packer=packer, reader=reader, rows=rows):
        yield Block(events, attempts, Texts(*(texts.column(name) for name in Texts._fields)))


def facts_of_calls(calls: Calls, packer: Packer) -> Facts:
    """The facts of all calls."""
    prints = prints_of(calls.call_id, None, packer)
    octets = (calls.ingress, calls.presentation, calls.attestation, calls.roaming)
    return facts_of(
        calls.caller, calls.callee, (calls.trunk_place, calls.trunks), packer,
        prints=prints, octets=octets, wide=(calls.diversion, calls.device, calls.cell),
    )  # fmt: skip
