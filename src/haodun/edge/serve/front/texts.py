"""The texts of a batch for its frame in the live log, gathered by compiled code from where they stand in the mail."""

from __future__ import annotations

import numpy as np

from haodun.compiled import borrowing
from haodun.edge.serve.front.hall import hall_at
from haodun.edge.serve.front.limits import SLOTS
from haodun.edge.serve.front.system import NAME
from haodun.edge.serve.front.work import Integers
from haodun.edge.sip.fast import TOKEN_BYTES, write_host
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
from haodun.screening.events.packed import Judged
from haodun.screening.verdicts.fast.tokens import write_token
from haodun.store.fast_columns import CallTexts, write_columns

_UDP, _COLON, _SPACE = octets(b"udp:"), 58, 32
TEXT_BYTES = 2 * SCRATCH + 72 + 72 + 32
"""Of a call, at most."""


def make_texts() -> CallTexts:
    """Room for the texts of a batch."""
    first, second, third, fourth, fifth = (np.zeros(SLOTS * size, np.uint8) for size in (SCRATCH, SCRATCH, 72, 72, 32))
    return CallTexts(first, second, third, fourth, fifth, np.zeros((5, SLOTS + 1), np.uint32))


@borrowing
def make_tokens(hall: int, judged: Judged, rows: int, day: int) -> None:
    """The redress tokens of the judged calls that have one of so many decision rows: by row, and beside each call."""
    it = hall_at(hall)
    work = it.work
    for letter in range(rows * TOKEN_BYTES):
        work.letters[letter] = 0
    for at in range(len(judged)):
        row = whole(judged[at].row)
        if row >= 0:
            start = row * TOKEN_BYTES
            write_token(it.tokens, day, whole(work.events[at].number), work.letters, start)
            for letter in range(TOKEN_BYTES):
                work.tokens[at, letter] = work.letters[start + letter]


@borrowing
def write_frame(hall: int, judged: Judged, rows: Integers, used: int, decisions: Octets) -> int:
    """The payload of the judged calls' frame in the live log, behind room for its head; where it ends.

    So many numbers of decisions stand in `work.distinct`; `decisions` is what they mean, packed.
    """
    it = hall_at(hall)
    work = it.work
    gather(hall, len(judged))
    return write_columns(
        it.frame,
        it.rest,
        work.events,
        judged,
        rows,
        work.distinct,
        used,
        decisions,
        it.texts,
        work.letters,
        work.trunks,
    )


@borrowing
def gather(hall: int, count: int) -> None:
    """The texts of the first `count` calls."""
    it = hall_at(hall)
    data, work, into = it.mail.data, it.work, it.texts
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
        fifth = _write_source(hall, at, fifth)
        ends = into.ends
        ends[0, at + 1], ends[1, at + 1], ends[2, at + 1], ends[3, at + 1] = first, second, third, fourth
        ends[4, at + 1] = fifth


@borrowing
def _write_source(hall: int, at: int, end: int) -> int:
    """`udp:HOST:PORT` of a call, written to its column; where it ends."""
    it = hall_at(hall)
    mail, work, sources = it.mail, it.work, it.texts.sources
    name = work.slots[at] * NAME
    end = copy(sources, end, _UDP, 0, len(_UDP))
    length = write_host(work.host, mail.names, name + 4)
    end = copy(sources, end, work.host, 0, length)
    sources[end] = _COLON
    return write_decimal(sources, end + 1, whole(mail.names[name + 2]) << 8 | whole(mail.names[name + 3]))
