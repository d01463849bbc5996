"""The texts of a batch for its frame in the live log, gathered by compiled code from where they stand in the mail."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from haodun.compiled import borrowing
from haodun.edge.serve.front.limits import SLOTS
from haodun.edge.serve.front.system import NAME, Mail
from haodun.edge.serve.front.turn import Work
from haodun.edge.sip.fast import write_host
from haodun.edge.sip.fast.events import SCRATCH, write_decimal
from haodun.edge.sip.fast.layout import (
    CALL_ID,
    CALL_ID_END,
    CALLED,
    CALLED_END,
    CALLER,
    CALLER_END,
    CSEQ,
    SEQUENCE_END,
    TAG,
    TAG_END,
)
from haodun.edge.sip.fast.octets import Octets, copy, octets, place, whole
from haodun.store.columns import Column

_UDP, _COLON, _SPACE = octets(b"udp:"), 58, 32


class Gathered(NamedTuple):
    """Five columns of texts."""

    call_ids: Octets
    transactions: Octets
    callers: Octets
    callees: Octets
    sources: Octets
    ends: npt.NDArray[np.uint32]
    """By column: where each text ends, behind a 0."""


def make_gathered() -> Gathered:
    """Room for the texts of a batch."""
    first, second, third, fourth, fifth = (np.zeros(SLOTS * size, np.uint8) for size in (SCRATCH, SCRATCH, 72, 72, 32))
    return Gathered(first, second, third, fourth, fifth, np.zeros((5, SLOTS + 1), np.uint32))


@borrowing
def gather(mail: Mail, work: Work, count: int, into: Gathered) -> None:
    """The texts of the first `count` calls."""
    data = mail.data
    first = second = third = fourth = fifth = 0
    for at in range(count):
        row, event = work.rows[at], work.events[at]
        first = copy(into.call_ids, first, data, place(row, CALL_ID), place(row, CALL_ID_END))
        second = copy(into.transactions, second, data, place(row, TAG), place(row, TAG_END))
        into.transactions[second] = _SPACE
        second = copy(into.transactions, second + 1, data, place(row, CSEQ), place(row, SEQUENCE_END))
        into.transactions[second] = _SPACE
        second = write_decimal(into.transactions, second + 1, whole(event.caller))
        into.transactions[second] = _SPACE
        second = write_decimal(into.transactions, second + 1, whole(event.callee))
        third = copy(into.callers, third, data, place(row, CALLER), place(row, CALLER_END))
        fourth = copy(into.callees, fourth, data, place(row, CALLED), place(row, CALLED_END))
        fifth = _write_source(mail, work, at, into.sources, fifth)
        ends = into.ends
        ends[0, at + 1], ends[1, at + 1], ends[2, at + 1], ends[3, at + 1] = first, second, third, fourth
        ends[4, at + 1] = fifth


@borrowing
def _write_source(mail: Mail, work: Work, at: int, sources: Octets, end: int) -> int:
    """`udp:HOST:PORT` of a call."""
    name = work.slots[at] * NAME
    end = copy(sources, end, _UDP, 0, len(_UDP))
    length = write_host(work.host, mail.names, name + 4)
    end = copy(sources, end, work.host, 0, length)
    sources[end] = _COLON
    return write_decimal(sources, end + 1, whole(mail.names[name + 2]) << 8 | whole(mail.names[name + 3]))


def columns_of(gathered: Gathered, count: int) -> tuple[Column, Column, Column, Column, Column]:
    """The texts as the log takes them: call ids, transactions, callers, callees, sources."""
    buffers: tuple[Octets, ...] = gathered[:5]
    first, second, third, fourth, fifth = (
        Column(gathered.ends[column, : count + 1], buffers[column].data) for column in range(5)
    )
    return first, second, third, fourth, fifth
