"""A batch of datagrams in compiled code: what is claimed becomes events; what was decided becomes answers.

Theory of operation. `take` looks at each datagram once: ACKs and strangers end there, a call that was answered a moment
ago is answered again, an INVITE in canonical form becomes an event with its texts left where they are, and the rest is
hard. Between `take` and `give` the events are judged and logged by whoever owns the batch, so no answer leaves before.
`give` writes the answers; those that have no form are left to the slow wording.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from haodun.compiled import borrowing
from haodun.edge.serve.front.limits import ANSWER, SLOTS
from haodun.edge.serve.front.system import ANSWER_STRIDE, NAME, STRIDE, Answers, Mail, age_us, length_of
from haodun.edge.serve.front.told import (
    CALLEE,
    CALLER,
    FORM,
    SLOW,
    STRANGER,
    TAG,
    UNKNOWN,
    Sources,
    Told,
    find_call,
    note_call,
    source_key,
    trunk_of,
)
from haodun.edge.sip.fast import (
    ROW,
    TOKEN_BYTES,
    Forms,
    Hard,
    Reading,
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
from haodun.screening.events.packed import EVENT, HAS_VERDICT, Events, Judged

Integers = npt.NDArray[np.int64]
CLAIMED, HARD, ACKS, STRANGERS, REPEATS, WRITTEN, OLDEST_US, LATE, SLOWLY, UNSCREENED = range(10)
"""Columns of `Work.counts`: calls claimed, datagrams left to the slow path, ACKs, datagrams of no trunk, calls answered
again, answers written, age of the oldest datagram, calls older than the deadline, answers left to the slow wording,
calls whose ingress is unknown."""
FAIL: Final = len(Action)
"""Behind the actions in `Saying.forms`: what a call gets that is not judged."""
GENERATION: Final = 1 << 16
"""More than there are forms: what was told under another policy is not said again by number."""
_ACK, _AGAIN, _SOURCE = octets(b"ACK "), int(Hard.AGAIN), int(Hard.SOURCE)
_ALLOW, _BLOCK, _SHOWN = int(Action.ALLOW), int(Action.BLOCK), int(Presentation.ALLOWED)
_UNKNOWN = int(IngressClass.UNKNOWN)
_MOST_NUMBER = 10**15
_SIP_PORT = 5_060


class Saying(NamedTuple):
    """How a policy and a trunks file want it said."""

    trusted: Integers
    """Whether a trunk's identity is believed; one entry a trunk."""
    forms: npt.NDArray[np.int64]
    """Number of a form by trunk, action (and FAIL), and whether the caller may be shown; SLOW where there is none."""
    texts: Forms
    generation: int
    named: Integers
    """Numbers of the trusted directory, ascending: what is said of their calls depends on the call."""


class Work(NamedTuple):
    """One batch under way."""

    rows: npt.NDArray[np.int32]
    events: Events
    slots: Integers
    """The slot of each claimed call in the mail."""
    trunks: Integers
    tags: npt.NDArray[np.uint64]
    places: Integers
    """Where it stands among what was told."""
    late: Integers
    said: Integers
    """What it is answered: an action, or FAIL."""
    tokens: Octets
    hard: Integers
    """Slots of datagrams for the slow path."""
    why: Integers
    """`Hard` of each of them."""
    slowly: Integers
    """Calls (places in this batch) whose answers are left to the slow wording."""
    counts: Integers
    verdicts: Integers
    """How many calls have a verdict, by action; at FAIL, how many have none."""
    answered: Integers
    """How many are answered so, by `said`."""
    host: Octets


def make_work() -> Work:
    """Nothing under way."""
    integers = [np.zeros(SLOTS, np.int64) for _ in range(8)]
    slots, trunks, places, late, said, hard, why, slowly = integers
    return Work(
        np.zeros((SLOTS, ROW), np.int32),
        np.zeros(SLOTS, EVENT),
        slots,
        trunks,
        np.zeros(SLOTS, np.uint64),
        places,
        late,
        said,
        np.zeros((SLOTS, TOKEN_BYTES), np.uint8),
        hard,
        why,
        slowly,
        np.zeros(10, np.int64),
        np.zeros(FAIL + 1, np.int64),
        np.zeros(FAIL + 1, np.int64),
        np.zeros(16, np.uint8),
    )


class Times(NamedTuple):
    """The clocks of one batch."""

    now_ms: int
    """To stamp events with."""
    wall_ns: int
    deadline_us: int
    number: int
    """Of the first event."""


@borrowing
def take(
    mail: Mail,
    count: int,
    times: Times,
    reading: Reading,
    saying: Saying,
    sources: Sources,
    told: Told,
    work: Work,
    answers: Answers,
) -> None:
    """Look at `count` datagrams; what came of them stands in `work`, and of calls answered again in `answers`."""
    for column in range(len(work.counts)):
        work.counts[column] = 0
    for slot in range(count):
        trunk = trunk_of(sources, source_key(mail.names, slot * NAME))
        length = length_of(mail, slot)
        start = slot * STRIDE
        if trunk == STRANGER:
            work.counts[STRANGERS] += 1
        elif trunk != UNKNOWN and length > 4 and same(mail.data, start, _ACK):
            work.counts[ACKS] += 1
        else:
            why = _SOURCE
            age = age_us(mail, slot, times.wall_ns)
            work.counts[OLDEST_US] = max(work.counts[OLDEST_US], age)
            if trunk != UNKNOWN:
                row = work.rows[work.counts[CLAIMED]]
                why = scan(mail.data, start, length, saying.trusted[trunk], row)
            if why == 0:
                late = 1 if age > times.deadline_us else 0
                why = _claim(mail, slot, trunk, late, times, reading, saying, told, work, answers)
            if why != 0:
                work.hard[work.counts[HARD]], work.why[work.counts[HARD]] = slot, why
                work.counts[HARD] += 1


@borrowing
def _claim(
    mail: Mail,
    slot: int,
    trunk: int,
    late: int,
    times: Times,
    reading: Reading,
    saying: Saying,
    told: Told,
    work: Work,
    answers: Answers,
) -> int:
    """Make an event of a scanned call, or answer it again; 0, or `Hard` why the slow path must."""
    at = work.counts[CLAIMED]
    row, events = work.rows[at], work.events
    why = read_event(reading, mail.data, row, trunk, events, at)
    if why != 0:
        return int(why)
    event = events[at]
    now_ms = times.now_ms
    event.number, event.time_ms = times.number + at, now_ms
    tag = put_fingerprints(reading, mail.data, row, events, at)
    caller, callee = whole(event.caller), whole(event.callee)
    place = find_call(told, tag, now_ms)
    if place >= 0:
        form = told.calls[place, FORM] - saying.generation * GENERATION
        if told.calls[place, CALLER] != caller or told.calls[place, CALLEE] != callee or not 0 <= form < GENERATION:
            return _AGAIN
        work.counts[REPEATS] += 1
        return 0 if _write(mail, slot, row, saying, form, tag, told.tokens[place], caller, work, answers) else _AGAIN
    work.places[at] = note_call(told, tag, caller, callee, SLOW, now_ms)
    work.slots[at], work.trunks[at], work.tags[at], work.late[at] = slot, trunk, tag, late
    work.counts[LATE] += late
    work.counts[CLAIMED] += 1
    return 0


@borrowing
def _write(
    mail: Mail,
    slot: int,
    row: Any,
    saying: Saying,
    form: int,
    tag: Any,
    token: Octets,
    number: int,
    work: Work,
    answers: Answers,
) -> bool:
    """Write an answer to the call in a slot; False where it does not fit its place."""
    place = work.counts[WRITTEN]
    name = slot * NAME
    port = whole(mail.names[name + 2]) << 8 | whole(mail.names[name + 3])
    source = Source(work.host, write_host(work.host, mail.names, name + 4), port)
    start = place * ANSWER_STRIDE
    out = answers.data[start : start + ANSWER]
    length = write_answer(mail.data, row, saying.texts, form, source, tag, token, number, out)
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
def _said(saying: Saying, work: Work, at: int, action: int) -> int:
    """The form of an answer by what is to be said, an action or FAIL."""
    event = work.events[at]
    key = whole(event.caller)
    shown = 1 if key > 0 and event.presentation == _SHOWN else 0
    if action != _BLOCK and action != FAIL and _is_named(saying.named, key):
        return SLOW
    if shown == 1 and action not in (_ALLOW, _BLOCK, FAIL) and not 10 <= key < _MOST_NUMBER:
        return SLOW  # no +E.164 to show: the slow wording says so
    return whole(saying.forms[work.trunks[at], action, shown])  # type: ignore[no-any-return]


@borrowing
def give(
    mail: Mail, saying: Saying, told: Told, judged: Judged, carried_out: bool, count: int, work: Work, answers: Answers
) -> None:
    """Write the answers of so many calls and remember them.

    `carried_out`: the verdicts are; else every call that was judged goes on, and every other too.
    """
    for said in range(FAIL + 1):
        work.verdicts[said], work.answered[said] = 0, 0
    for at in range(count):
        action, has_verdict = whole(judged[at].action), (judged[at].state & HAS_VERDICT) != 0
        work.verdicts[action if has_verdict else FAIL] += 1
        if not carried_out:
            action = _ALLOW
        elif not has_verdict:
            action = FAIL
        work.said[at] = action
        work.answered[action] += 1
        work.counts[UNSCREENED] += work.events[at].ingress == _UNKNOWN
        form, place = _said(saying, work, at, action), work.places[at]
        row, tag, number = work.rows[at], work.tags[at], whole(work.events[at].caller)
        written = form != SLOW
        if written:
            written = _write(mail, work.slots[at], row, saying, form, tag, work.tokens[at], number, work, answers)
        if written and told.calls[place, TAG] == whole(tag):  # else another call of this batch took its place
            told.calls[place, FORM] = form + saying.generation * GENERATION
            for letter in range(TOKEN_BYTES):
                told.tokens[place, letter] = work.tokens[at, letter]
        if not written:
            work.slowly[work.counts[SLOWLY]] = at
            work.counts[SLOWLY] += 1
