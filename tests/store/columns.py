"""A batch of facts as the arrays of a compiled front: what the front would have in hand."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from haodun.numbering import load_plan
from haodun.screening.events import Decision, Trunks
from haodun.screening.events.packed import COUNTED, ENFORCED, HAS_VERDICT, JUDGED, LATE, Events, Judged
from haodun.screening.events.packing import Packer
from haodun.store.columns import Column, Header, Texts, encode_columns
from haodun.store.framing import Batch


class Arrays(NamedTuple):
    """The arguments of `encode_columns`."""

    header: Header
    events: Events
    judged: Judged
    rows: npt.NDArray[np.int64]
    decisions: list[Decision]
    texts: Texts


def arrays(batch: Batch, packer: Packer | None = None) -> Arrays:
    """A batch in arrays; `packer` where its fingerprints matter."""
    packer = packer or Packer(load_plan("CN"), Trunks({}), bytes(16))
    events, verdicts = [event for event, _ in batch.pairs], [verdict for _, verdict in batch.pairs]
    judged = np.zeros(len(events), JUDGED)
    decisions: list[Decision] = []
    rows: list[tuple[int, ...]] = []
    tokens: list[str] = []
    for place, (event, verdict) in enumerate(batch.pairs):
        judged[place]["number"], judged[place]["row"], judged[place]["decision"] = event.number, -1, -1
        if verdict is None:
            continue
        decision = Decision(
            verdict.action, verdict.layer, verdict.flags, verdict.reasons, verdict.shadow, verdict.score
        )
        if decision not in decisions:
            decisions.append(decision)
        bits = HAS_VERDICT | LATE * verdict.late | COUNTED * verdict.counted | ENFORCED * verdict.enforced
        judged[place]["state"], judged[place]["decision"] = bits, decisions.index(decision)
        judged[place]["repeat_of"], judged[place]["action"] = verdict.repeat_of, verdict.action
        if verdict.features is not None:
            judged[place]["row"] = len(rows)
            rows.append(verdict.features)
            tokens.append(verdict.token)
    names = sorted({event.trunk for event in events})
    return Arrays(
        Header(batch.snapshot, batch.policy, batch.bypass, batch.lease),
        packer.pack(events),
        judged,
        np.array(rows, np.int64).reshape(len(rows), len(next((v.features for v in verdicts if v and v.features), ()))),
        decisions,
        Texts(
            call_id=Column.of([event.call_id for event in events]),
            transaction=Column.of([event.transaction for event in events]),
            caller_text=Column.of([event.caller_text for event in events]),
            callee_text=Column.of([event.callee_text for event in events]),
            source=Column.of([event.source for event in events]),
            token=Column.of(tokens),
            trunk=np.array([names.index(event.trunk) for event in events], np.uint16),
            trunks=Column.of(names),
        ),
    )


def column_frame(batch: Batch, packer: Packer | None = None) -> bytes:
    """A batch as a frame of columns."""
    return encode_columns(*arrays(batch, packer))
