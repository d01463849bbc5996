"""The compiled judge: events packed, judged, made verdicts and written by the block, four stages at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from haodun.edge.batch.ahead import ahead
from haodun.edge.batch.ordering import Ordered
from haodun.edge.batch.packing import Block, facts_of_calls, pack_calls, pack_log
from haodun.edge.batch.settings import LIMITS
from haodun.numbering.bulk import Reader
from haodun.screening.events.packed import records_at
from haodun.screening.events.packed_facts import Facts
from haodun.screening.verdicts.fast import FastScreener, JudgedEvents

BLOCK_EVENTS = 65_536
"""Events judged at once: they and their verdicts stay near the core."""


class FastJudge:
    """Equal to the oracle, event by event; some hundred times as fast."""

    def __init__(self, screener: FastScreener, *, home: str) -> None:
        self.screener = screener
        self.part_events = LIMITS.events_per_fast_part  # a state is large, and deciding again is quick
        self._home = home
        self._held: tuple[Ordered, Facts] | None = None

    def hold(self, events: Ordered) -> bool:
        """Take the events from memory, where they were just made, in place of the log; they are the same."""
        self._held = (events, facts_of_calls(events.calls, self.screener.packer))
        return True

    def verdicts(self, log: Path, first: int, last: int, metadata: dict[str, str]) -> Iterator[pa.RecordBatch]:
        """The verdicts on the events `first` to `last`."""
        return ahead(self._worded(ahead(self._judged(ahead(self._blocks(log, first, last)))), metadata))

    def _blocks(self, log: Path, first: int, last: int) -> Iterator[Block]:
        if self._held is None:
            reader = Reader(self._home)
            return pack_log(log, first, last, packer=self.screener.packer, reader=reader, rows=BLOCK_EVENTS)
        ordered, facts = self._held
        return pack_calls(ordered, facts, first=first, last=last, rows=BLOCK_EVENTS)

    def _judged(self, blocks: Iterator[Block]) -> Iterator[tuple[Block, JudgedEvents]]:
        for block in blocks:
            yield block, self.screener.judge(block.events)

    def _worded(
        self, judged: Iterator[tuple[Block, JudgedEvents]], metadata: dict[str, str]
    ) -> Iterator[pa.RecordBatch]:
        for (events, attempts, texts), found in judged:
            if len(attempts):
                some = found._replace(judged=records_at(found.judged, attempts))
                yield self.screener.verdict_columns(records_at(events, attempts), some, texts, metadata)
