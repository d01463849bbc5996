"""A batch of datagrams in compiled code: what is claimed becomes events; what was decided becomes answers.

Theory of operation. `take` looks at each datagram once: ACKs and strangers end there, a call that was answered a moment
ago is answered again, an INVITE in canonical form becomes an event with its texts left where they are, and the rest is
hard. Between `take` and `give` the events are judged and logged by whoever owns the batch, so no answer leaves before.
`give` writes the answers; those that have no form are left to the slow wording. `hall` is the address of a `Hall`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from haodun.compiled import borrowing
from haodun.edge.serve.front.hall import hall_at
from haodun.edge.serve.front.limits import ANSWER
from haodun.edge.serve.front.system import ANSWER_STRIDE, NAME, STRIDE, age_us, length_of
from haodun.edge.serve.front.told import (
    CALLEE,
    CALLER,
    FORM,
    SLOW,
    STRANGER,
    TAG,
    UNKNOWN,
    find_call,
    note_call,
    source_key,
    trunk_of,
)
from haodun.edge.serve.front.work import (
    ACKS,
    CLAIMED,
    FAIL,
    GENERATION,
    HARD,
    LATE,
    OLDEST_US,
    REPEATS,
    SLOWLY,
    STRANGERS,
    UNSCREENED,
    WRITTEN,
    Integers,
)
from haodun.edge.sip.fast import (
    TOKEN_BYTES,
    Hard,
    Source,
    put_fingerprints,
    read_event,
    scan,
    write_answer,
    write_host,
)
from haodun.edge.sip.fast.layout import PORT, RPORT
from haodun.edge.sip.fast.octets import Octets, octets, same, whole
from haodun.numbering import IngressClass
from haodun.screening.events import Action, Presentation
from haodun.screening.events.packed import HAS_VERDICT, Judged

_ACK, _AGAIN, _SOURCE = octets(b"ACK "), int(Hard.AGAIN), int(Hard.SOURCE)
_ALLOW, _BLOCK, _SHOWN = int(Action.ALLOW), int(Action.BLOCK), int(Presentation.ALLOWED)
_UNKNOWN = int(IngressClass.UNKNOWN)
_MOST_NUMBER = 10**15
_SIP_PORT = 5_060


@borrowing
def take(hall: int, count: int, now_ms: int, wall_ns: int, deadline_us: int, number: int) -> None:
    """Look at `count` datagrams; what came of them stands in `work`, and of calls answered again in `answers`.

    `now_ms` is to stamp events with, `number` that of the first.
    """
    it = hall_at(hall)
    mail, work = it.mail, it.work
    counts = work.counts
    for column in range(len(counts)):
        counts[column] = 0
    for slot in range(count):
        trunk = trunk_of(it.sources, source_key(mail.names, slot * NAME))
        length = length_of(mail, slot)
        start = slot * STRIDE
        if trunk == STRANGER:
            counts[STRANGERS] += 1
        elif trunk != UNKNOWN and length > 4 and same(mail.data, start, _ACK):
            counts[ACKS] += 1
        else:
            why = _SOURCE
            age = age_us(mail, slot, wall_ns)
            counts[OLDEST_US] = max(counts[OLDEST_US], age)
            if trunk != UNKNOWN:
                why = scan(mail.data, start, length, it.saying.trusted[trunk], work.rows[counts[CLAIMED]])
            if why == 0:
                why = _claim(hall, slot, trunk, 1 if age > deadline_us else 0, now_ms, number)
            if why != 0:
                work.hard[counts[HARD]], work.why[counts[HARD]] = slot, why
                counts[HARD] += 1


@borrowing
def _claim(hall: int, slot: int, trunk: int, late: int, now_ms: int, number: int) -> int:
    """Make an event of a scanned call, or answer it again; 0, or `Hard` why the slow path must."""
    it = hall_at(hall)
    work, told, data = it.work, it.told, it.mail.data
    at = work.counts[CLAIMED]
    row, events = work.rows[at], work.events
    why = read_event(it.reading, data, row, trunk, events, at)
    if why != 0:
        return int(why)
    event = events[at]
    event.number, event.time_ms = number + at, now_ms
    tag = put_fingerprints(it.reading, data, row, events, at)
    caller, callee = whole(event.caller), whole(event.callee)
    place = find_call(told, tag, now_ms)
    if place >= 0:
        form = told.calls[place, FORM] - it.saying.generation * GENERATION
        if told.calls[place, CALLER] != caller or told.calls[place, CALLEE] != callee or not 0 <= form < GENERATION:
            return _AGAIN
        work.counts[REPEATS] += 1
        return 0 if _write(hall, slot, row, form, tag, told.tokens[place], caller) else _AGAIN
    work.places[at] = note_call(told, tag, caller, callee, SLOW, now_ms)
    work.slots[at], work.trunks[at], work.tags[at], work.late[at] = slot, trunk, tag, late
    work.counts[LATE] += late
    work.counts[CLAIMED] += 1
    return 0


@borrowing
def _write(hall: int, slot: int, row: Any, form: int, tag: Any, token: Octets, number: int) -> bool:
    """Write an answer to the call in a slot; False where it does not fit its place."""
    it = hall_at(hall)
    mail, work, answers = it.mail, it.work, it.answers
    place = work.counts[WRITTEN]
    name = slot * NAME
    port = whole(mail.names[name + 2]) << 8 | whole(mail.names[name + 3])
    source = Source(work.host, write_host(work.host, mail.names, name + 4), port)
    start = place * ANSWER_STRIDE
    out = answers.data[start : start + ANSWER]
    length = write_answer(mail.data, row, it.saying.texts, form, source, tag, token, number, out)
    if length < 0:
        return False
    answers.vectors[2 * place + 1] = np.uint64(length)
    for byte in range(8):
        answers.names[place * NAME + byte] = mail.names[name + byte]
    if row[RPORT] == 0:  # RFC 3261 §18.2.2: without rport, to the port of the Via
        port = whole(row[PORT]) if row[PORT] > 0 else _SIP_PORT
        answers.names[place * NAME + 2], answers.names[place * NAME + 3] = port >> 8, port & 255
    work.counts[WRITTEN] += 1
    return True


@borrowing
def _is_named(named: Integers, key: int) -> bool:
    low, high = 0, len(named)
    while low < high:
        middle = (low + high) // 2
        if named[middle] < key:
            low = middle + 1
        else:
            high = middle
    return low < len(named) and named[low] == key


@borrowing
def _said(hall: int, at: int, action: int) -> int:
    """The form of an answer by what is to be said, an action or FAIL."""
    it = hall_at(hall)
    event = it.work.events[at]
    key = whole(event.caller)
    shown = 1 if key > 0 and event.presentation == _SHOWN else 0
    if action != _BLOCK and action != FAIL and _is_named(it.saying.named, key):
        return SLOW
    if shown == 1 and action not in (_ALLOW, _BLOCK, FAIL) and not 10 <= key < _MOST_NUMBER:
        return SLOW  # no +E.164 to show: the slow wording says so
    return whole(it.saying.forms[it.work.trunks[at], action, shown])  # type: ignore[no-any-return]


@borrowing
def give(hall: int, judged: Judged, carried_out: bool) -> None:
    """Write the answers of the judged calls and remember them.

    `carried_out`: the verdicts are; else every call that was judged goes on, and every other too.
    """
    it = hall_at(hall)
    work, told = it.work, it.told
    for said in range(FAIL + 1):
        work.verdicts[said], work.answered[said] = 0, 0
    for at in range(len(judged)):
        action, has_verdict = whole(judged[at].action), (judged[at].state & HAS_VERDICT) != 0
        work.verdicts[action if has_verdict else FAIL] += 1
        if not carried_out:
            action = _ALLOW
        elif not has_verdict:
            action = FAIL
        work.said[at] = action
        work.answered[action] += 1
        work.counts[UNSCREENED] += work.events[at].ingress == _UNKNOWN
        form, place = _said(hall, at, action), work.places[at]
        row, tag, number = work.rows[at], work.tags[at], whole(work.events[at].caller)
        written = form != SLOW
        if written:
            written = _write(hall, work.slots[at], row, form, tag, work.tokens[at], number)
        if written and told.calls[place, TAG] == whole(tag):  # else another call of this batch took its place
            told.calls[place, FORM] = form + it.saying.generation * GENERATION
            for letter in range(TOKEN_BYTES):
                told.tokens[place, letter] = work.tokens[at, letter]
        if not written:
            work.slowly[work.counts[SLOWLY]] = at
            work.counts[SLOWLY] += 1
