"""A batch as a frame of columns for the live log, by compiled code."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from haodun.edge.serve.front.judging import Verdicts
from haodun.edge.serve.front.limits import SLOTS
from haodun.edge.serve.front.texts import TEXT_BYTES, write_frame
from haodun.edge.serve.front.work import Integers
from haodun.edge.sip.fast import TOKEN_BYTES
from haodun.edge.sip.fast.octets import Octets
from haodun.screening.events import Decision
from haodun.store.columns import Column, packed_decisions
from haodun.store.fast_columns import (
    CALL_BYTES,
    HEAD_BYTES,
    Rest,
    distinct_decisions,
    make_frame,
)
from haodun.store.framing import seal

_KEPT = 1_024
"""Sets of decisions whose packed form is kept."""


class PackedDecisions:
    """What the decisions of a batch are as a frame has them, made once for each set of them."""

    def __init__(self) -> None:
        self._decisions: Sequence[Decision] = ()
        self._kept: dict[bytes, Octets] = {}

    def of(self, decisions: Sequence[Decision], used: Integers) -> Octets:
        """Of the decisions of some numbers."""
        if decisions is not self._decisions or len(self._kept) >= _KEPT:
            self._decisions = decisions
            self._kept.clear()
        key = used.tobytes()
        found = self._kept.get(key)
        if found is None:
            packed = packed_decisions(decisions, used.tolist())
            found = self._kept[key] = np.frombuffer(packed, np.uint8).copy()
        return found


class FrameMaker:
    """Makes the frame of each batch from where its texts lie."""

    def __init__(self) -> None:
        self._packed = PackedDecisions()
        self._used, self._decisions = 0, np.zeros(0, np.uint8)
        self.frame, self.rest = make_frame(0), rest_of((), "")

    def begin(self, names: tuple[str, ...], policy: str) -> None:
        """Say from now on these trunks, by their numbers, and this digest of a policy; a hall made before is void."""
        self.rest = rest_of(names, policy)

    def prepare(self, verdicts: Verdicts, distinct: Integers) -> bool:
        """Find out what the frame of these will say of decisions, into `distinct` (that of the hall's work).

        False where there was no room for it: now there is, but a hall made before is void.
        """
        self._used = int(distinct_decisions(verdicts.judged, len(verdicts.judged), distinct))
        self._decisions = self._packed.of(verdicts.decisions, distinct[: self._used])
        rows, rest = verdicts.rows, self.rest
        wanted = HEAD_BYTES + SLOTS * (CALL_BYTES + TEXT_BYTES) + rows.nbytes + len(rows) * TOKEN_BYTES
        wanted += len(self._decisions) + len(rest.policy) + rest.trunk_ends.nbytes + len(rest.trunk_names)
        if wanted <= len(self.frame.octets):
            return True
        self.frame = make_frame(2 * wanted)
        return False

    def make(self, hall: int, verdicts: Verdicts, last: int, *, snapshot: int, bypass: bool, lease: int) -> memoryview:
        """The frame of the calls that verdicts are given of, up to event `last`, after `prepare`; good until the next.

        ValueError where it is longer than MAX_FRAME.
        """
        judged = verdicts.judged
        self.rest.header[:] = snapshot, bypass, lease
        end = int(write_frame(hall, judged, verdicts.rows, self._used, self._decisions))
        made = self.frame.octets.data[:end]
        seal(made, last, events=len(judged))
        return made


def rest_of(names: tuple[str, ...], policy: str) -> Rest:
    """What the frames of some time have in common."""
    trunks, digest = Column.of(names), np.frombuffer(policy.encode("ascii"), np.uint8).copy()
    texts = np.frombuffer(bytes(trunks.data), np.uint8).copy()
    ends, tokens = trunks.offsets.astype(np.uint32), np.array([TOKEN_BYTES], np.int64)
    return Rest(np.zeros(3, np.int64), digest, ends, texts, tokens)
