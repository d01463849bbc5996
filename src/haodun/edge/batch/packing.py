"""Events as the compiled kernel takes them, with their texts: from calls in memory, or from the input log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from haodun.edge.batch.calls import Calls
from haodun.edge.batch.ordering import Chosen, outcome_of, times_of
from haodun.numbering.bulk import Reader
from haodun.screening.events import EventKind
from haodun.screening.events.packed import EVENT, Events
from haodun.screening.events.packed_log import Facts, facts_of, fill_events, fill_outcomes, prints_of, read_packed
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


def pack_calls(calls: Calls, chosen: Chosen, facts: Facts, *, first: int, rows: int) -> Iterator[Block]:
    """Blocks of the chosen events, the first of them numbered `first`."""
    for start in range(0, len(chosen.call), rows):
        some = chosen.slice(start, rows)
        events = np.zeros(len(some.call), EVENT)
        fill_events(events, first + start, some.call, some.kind, times_of(calls, some), facts)
        fill_outcomes(events, *outcome_of(calls, some))
        attempts = np.flatnonzero(some.kind == _ATTEMPT)
        places = pa.array(some.call[attempts])
        texts = (calls.call_id, calls.source, calls.caller_text, calls.trunk)
        yield Block(events, attempts, Texts(*(text.take(places) for text in texts)))


def pack_log(log: Path, first: int, last: int, *, packer: Packer, reader: Reader, rows: int) -> Iterator[Block]:
    """Blocks of the events `first` to `last` of an input log."""
    for events, batch in read_packed(log, first, last, packer=packer, reader=reader, rows=rows):
        attempts = np.flatnonzero(events["kind"] == _ATTEMPT)
        texts = (batch.column(name).take(attempts) for name in Texts._fields)
        yield Block(events, attempts, Texts(*texts))


def facts_of_calls(calls: Calls, packer: Packer) -> Facts:
    """The facts of all calls."""
    prints = prints_of(calls.call_id, None, packer)
    octets = (calls.ingress, calls.presentation, calls.attestation, calls.roaming)
    return facts_of(
        calls.caller, calls.callee, calls.trunk, packer,
        prints=prints, octets=octets, wide=(calls.diversion, calls.device, calls.cell),
    )  # fmt: skip
