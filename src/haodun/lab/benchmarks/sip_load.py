"""A generator of SIP calls for the edge's benchmark: INVITE, answer, ACK; closed loop, or at a fixed rate.

Run as a process of its own: `python -m haodun.lab.benchmarks.sip_load KIND PORT SECONDS OUTSTANDING RATE`, KIND `sip`
or `echo`. Prints one JSON object: calls, seconds, lost, wrong, and latencies in µs (p50, p99; from the due time where
there is a rate, so that a stalled server is not excused).

Theory of operation. The loop is compiled, from messages as templates, so that it is never slower than the server: calls
and ACKs that are due at once leave as one send (UDP_SEGMENT), answers come many a call. The server still gets them one
by one: the system cuts such a send on the generator's side. Each answer is looked up, checked and acknowledged. In a
closed loop the generator never sleeps: to wake it would cost the server some microseconds an answer, which no peer on
another machine costs it.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import types

from haodun.compiled import borrowing
from haodun.edge.sip.fast.octets import Octets, library, octets, whole
from haodun.lab.benchmarks.sip_messages import (
    BLOCKED,
    CALLEE,
    CALLEES,
    CALLER,
    CALLERS,
    CALLS,
    DIGITS,
    FIRST_CALLER,
    Template,
    template,
)

Integers = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]

PATIENCE_NS = 1_000_000_000
QUIET_NS = 200_000_000
"""In a closed loop: what is out for so long is lost."""
BURST = 64
"""Messages in one send, answers taken at once."""
ROOM = 2_048
"""Bytes of an answer, at most."""
OUT = 1 << 20
"""Places for calls that are out, by the lower bits of their numbers."""
LATENCIES = 1 << 22
"""Latencies kept."""
_BUFFER = 8_388_608
_SO_RCVBUFFORCE = 33
NEXT, OUTSTANDING, ANSWERED, LOST, WRONG, SIP = range(6)
"""Places in `Load.counts`: the next call, calls out, calls answered, lost, wrong; whether ACKs are sent."""
_DONTWAIT, _POLLIN, _MONOTONIC, _SECOND_NS = 0x40, 1, 1, 1_000_000_000
_SOL_UDP, _UDP_SEGMENT = 17, 103
_CALL_ID, _DIGITS, _ZERO, _MINUS = octets(b"\r\nCall-ID: "), 8, 48, 45
_DECLINE, _GO_ON = octets(b"603"), octets(b"302")

_POINTER, _INT, _LONG = types.uintp, types.int32, types.int64
_recvmmsg = library("recvmmsg", gives=_INT, takes=(_INT, _POINTER, types.uint32, _INT, _POINTER))
_sendmsg = library("sendmsg", gives=_LONG, takes=(_INT, _POINTER, _INT))
_memmem = library("memmem", gives=_POINTER, takes=(_POINTER, _POINTER, _POINTER, _POINTER))
_clock_gettime = library("clock_gettime", gives=_INT, takes=(_INT, _POINTER))
_ppoll = library("ppoll", gives=_INT, takes=(_POINTER, types.uint64, _POINTER, _POINTER))


class Burst(NamedTuple):
    """BURST messages of one kind, one behind the other."""

    text: Octets
    holes: Integers
    """Place and kind, a row each."""
    digits: Integers
    """Of each kind."""
    size: int


class Load(NamedTuple):
    """One socket and the calls that are out."""

    descriptor: int
    invites: Burst
    acks: Burst
    mail: Octets
    headers: Words
    """BURST mmsghdrs, and behind them their iovecs."""
    sending: Words
    """A msghdr, its iovec and its control data."""
    clock: Words
    """A timespec, and a pollfd."""
    due: Integers
    """When each call was due that is out (ns), by the lower bits of its number; 0 where none is."""
    latencies: Integers
    """In ns."""
    counts: Integers


def make_burst(found: Template) -> Burst:
    """Messages of a template, their digits yet to be written."""
    text = np.frombuffer(found.text * BURST, np.uint8).copy()
    holes = np.array(found.holes, np.int64).reshape(-1, 2)
    return Burst(text, holes, np.array(DIGITS, np.int64), len(found.text))


@borrowing
def write_message(burst: Burst, at: int, call: int) -> None:
    """Make the message at a place that of a call."""
    start = at * burst.size
    for hole in range(len(burst.holes)):
        kind = burst.holes[hole, 1]
        value = call
        if kind == CALLER:
            value = FIRST_CALLER + call * 7919 % CALLERS
        elif kind == CALLEE:
            value = call * 31 % CALLEES
        place, end = start + burst.holes[hole, 0], start + burst.holes[hole, 0] + burst.digits[kind]
        while end > place:
            end -= 1
            burst.text[end] = _ZERO + value % 10
            value //= 10


@borrowing
def now_ns(load: Load) -> int:
    """The clock that only counts."""
    _clock_gettime(np.int32(_MONOTONIC), np.uint64(load.clock.ctypes.data))
    return int(whole(load.clock[0]) * _SECOND_NS + whole(load.clock[1]))


@borrowing
def _wait(load: Load, nanoseconds: int) -> bool:
    """Sleep until something comes, at most so long; whether it did."""
    clock = load.clock
    clock[0], clock[1] = np.uint64(nanoseconds // _SECOND_NS), np.uint64(nanoseconds % _SECOND_NS)
    clock[2] = np.uint64(load.descriptor | _POLLIN << 32)
    address = np.uint64(clock.ctypes.data)
    return bool(_ppoll(address + np.uint64(16), np.uint64(1), address, np.uint64(0)) > 0)


@borrowing
def _send(load: Load, burst: Burst, count: int) -> None:
    """Send the first messages of a burst; an error of an earlier one may be told instead, so each is tried twice."""
    sending = load.sending
    sending[8], sending[9] = np.uint64(burst.text.ctypes.data), np.uint64(count * burst.size)
    sending[5] = np.uint64(24 if count > 1 else 0)
    sending[12] = np.uint64(burst.size)
    for _ in range(2):
        if _sendmsg(np.int32(load.descriptor), np.uint64(sending.ctypes.data), np.int32(0)) >= 0:
            return


@borrowing
def _begin(load: Load, count: int, due_ns: int, step_ns: float) -> None:
    """Send the next INVITEs, due one after the other."""
    counts = load.counts
    for at in range(count):
        call = counts[NEXT] + at
        load.due[call & (OUT - 1)] = due_ns + whole(at * step_ns)
        write_message(load.invites, at, call)
    counts[NEXT] += count
    counts[OUTSTANDING] += count
    _send(load, load.invites, count)


@borrowing
def _call_of(load: Load, at: int, length: int) -> int:
    """The number of the call that an answer is to, -1 where it is to none."""
    start = np.uint64(load.mail.ctypes.data + at * ROOM)
    found = _memmem(start, np.uint64(length), np.uint64(_CALL_ID.ctypes.data), np.uint64(len(_CALL_ID)))
    place = at * ROOM + whole(found) - whole(start) + len(_CALL_ID)
    if found == 0 or place + _DIGITS > at * ROOM + length:
        return -1
    call = 0
    for digit in range(_DIGITS):
        call = 10 * call + whole(load.mail[place + digit]) - _ZERO
    return int(call)


@borrowing
def _collect(load: Load) -> int:
    """Take what came, check it, acknowledge it; how many datagrams came."""
    address, counts = np.uint64(load.headers.ctypes.data), load.counts
    count = whole(_recvmmsg(np.int32(load.descriptor), address, np.uint32(BURST), np.int32(_DONTWAIT), np.uint64(0)))
    now, acks = now_ns(load), 0
    for at in range(count):
        length = whole(load.headers[8 * at + 7] & np.uint64(0xFFFFFFFF))
        call = _call_of(load, at, length)
        place = call & (OUT - 1)
        if call < 0 or call >= counts[NEXT] or call <= counts[NEXT] - OUT or load.due[place] == 0:
            continue
        if counts[ANSWERED] < LATENCIES:
            load.latencies[counts[ANSWERED]] = now - load.due[place]
        load.due[place] = 0
        counts[ANSWERED] += 1
        counts[OUTSTANDING] -= 1
        if counts[SIP]:
            counts[WRONG] += not _is_right(load, at, call)
            write_message(load.acks, acks, call)
            acks += 1
    if acks:
        _send(load, load.acks, acks)
    return int(max(count, 0))


@borrowing
def _is_right(load: Load, at: int, call: int) -> bool:
    wanted = _DECLINE if call * 7919 % CALLERS < BLOCKED else _GO_ON
    start = at * ROOM + 8
    return bool(
        load.mail[start] == wanted[0] and load.mail[start + 1] == wanted[1] and load.mail[start + 2] == wanted[2]
    )


@borrowing
def closed(load: Load, seconds: float, outstanding: int) -> None:
    """Keep so many calls out."""
    counts = load.counts
    seen = now_ns(load)
    end = seen + whole(seconds * _SECOND_NS)
    while now_ns(load) < end:
        free = outstanding - counts[OUTSTANDING]
        if free > 0:
            _begin(load, min(free, BURST), now_ns(load), 0.0)
        if _collect(load) > 0:
            seen = now_ns(load)
        elif counts[OUTSTANDING] >= outstanding and now_ns(load) > seen + QUIET_NS:
            counts[LOST] += counts[OUTSTANDING]
            counts[OUTSTANDING] = 0
            load.due[:] = 0
            seen = now_ns(load)


@borrowing
def paced(load: Load, seconds: float, rate: float) -> None:
    """Send at a fixed rate, whether answers come or not."""
    step = _SECOND_NS / rate
    started, begun = now_ns(load), 0
    most = whole(seconds * rate)
    while begun < most:
        now = now_ns(load)
        count = min(whole((now - started) / step) + 1 - begun, most - begun, BURST)
        if count > 0:
            _begin(load, count, started + whole(begun * step), step)
            begun += count
        if _collect(load) == 0:
            _wait(load, max(started + whole(begun * step) - now_ns(load), 0))


@borrowing
def wait_for_rest(load: Load) -> None:
    """Take the answers that are still under way, for PATIENCE_NS."""
    end = now_ns(load) + PATIENCE_NS
    while load.counts[OUTSTANDING] > 0 and now_ns(load) < end:
        if _collect(load) == 0:
            _wait(load, PATIENCE_NS // 100)


def make_load(kind: str, opened: socket.socket) -> Load:
    """Of a connected socket."""
    run = f"{time.time_ns() % 10**9:09d}"
    (_, own), (_, port) = opened.getsockname(), opened.getpeername()
    invites, acks = (make_burst(template(method, port=port, own=own, run=run)) for method in ("INVITE", "ACK"))
    mail, headers = np.zeros(BURST * ROOM, np.uint8), np.zeros(BURST * 10, np.uint64)
    places = np.arange(BURST, dtype=np.uint64)
    vectors = headers[BURST * 8 :]
    vectors[0::2], vectors[1::2] = mail.ctypes.data + places * np.uint64(ROOM), ROOM
    headers[2 : BURST * 8 : 8], headers[3 : BURST * 8 : 8] = vectors.ctypes.data + places * np.uint64(16), 1
    sending = np.zeros(16, np.uint64)
    sending[2], sending[3], sending[4] = sending.ctypes.data + 64, 1, sending.ctypes.data + 80
    sending[10], sending[11] = 18, _SOL_UDP | _UDP_SEGMENT << 32
    counts = np.zeros(6, np.int64)
    counts[SIP] = kind == "sip"
    due, latencies = np.zeros(OUT, np.int64), np.zeros(LATENCIES, np.int64)
    return Load(opened.fileno(), invites, acks, mail, headers, sending, np.zeros(4, np.uint64), due, latencies, counts)


def measure(kind: str, port: int, *, seconds: float, outstanding: int, rate: float) -> dict[str, float]:
    """Do one run; its figures. It is closed where `rate` is 0."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        try:
            opened.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER)
        except PermissionError:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        opened.bind(("127.0.0.1", 0))
        opened.connect(("127.0.0.1", port))
        load = make_load(kind, opened)
        closed(load, 0.0, 0)  # compiled, or loaded, before the clock runs
        paced(load, 0.0, 1.0)
        wait_for_rest(load)
        started = time.perf_counter()
        if rate:
            paced(load, float(seconds), float(rate))
        else:
            closed(load, float(seconds), outstanding)
        took = time.perf_counter() - started
        wait_for_rest(load)
    counts: list[Any] = load.counts.tolist()
    if counts[NEXT] >= CALLS:
        raise ValueError(f"{counts[NEXT]} calls; a run has fewer than {CALLS}, make it shorter")
    values = np.sort(load.latencies[: counts[ANSWERED]]) / 1000 if counts[ANSWERED] else np.zeros(1)
    p50, p99 = (float(values[min(int(len(values) * share), len(values) - 1)]) for share in (0.5, 0.99))
    lost = counts[LOST] + counts[OUTSTANDING]
    return {
        "calls": counts[ANSWERED],
        "seconds": took,
        "lost": lost,
        "wrong": counts[WRONG],
        "p50": p50,
        "p99": p99,
    }


def main() -> None:
    """One run as the command line says."""
    kind, port, seconds, outstanding, rate = sys.argv[1:]
    print(json.dumps(measure(kind, int(port), seconds=float(seconds), outstanding=int(outstanding), rate=float(rate))))


if __name__ == "__main__":
    from haodun.lab.benchmarks import sip_load  # what is kept of compiled code names its module

    sip_load.main()
