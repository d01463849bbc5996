"""A generator of SIP calls for the edge's benchmark: INVITE, answer, ACK; closed loop, or at a fixed rate.

Run as a process of its own: `python -m haodun.lab.benchmarks.sip_load KIND PORT SECONDS OUTSTANDING RATE`, KIND `sip`
or `echo`. Prints one JSON object: calls, seconds, lost, wrong, and latencies in µs (p50, p99; from the due time where
there is a rate, so that a stalled server is not excused).
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time
from collections.abc import Callable

CALLERS = 10_000
BLOCKED = 1_000
"""The first of them are on the black list."""
FIRST_CALLER = 1_000_000
PREFIX = "+861380"
PATIENCE_S = 1.0

_SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 10000 RTP/AVP 8 0 101\r\n"
    "a=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\n"
)


def caller_of(call: int) -> str:
    """The caller of a call; every tenth is on the list."""
    return f"{PREFIX}{FIRST_CALLER + call * 7919 % CALLERS}"


def is_blocked(call: int) -> bool:
    """Whether that caller is on the list."""
    return call * 7919 % CALLERS < BLOCKED


def request(method: str, call: int, *, port: int, own: int, run: str) -> bytes:
    """One INVITE (some 750 bytes) or its ACK."""
    caller = caller_of(call)
    callee = f"+86139{call * 31 % 100_000_000:08d}"
    body = _SDP if method == "INVITE" else ""
    return (
        f"{method} sip:{callee}@127.0.0.1:{port};user=phone SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 127.0.0.1:{own};branch=z9hG4bK{run}{call};rport\r\nMax-Forwards: 70\r\n"
        f"From: <sip:{caller}@127.0.0.1:{own};user=phone>;tag={run}{call}\r\nTo: <sip:{callee}@127.0.0.1:{port}>\r\n"
        f"Call-ID: {call}-{run}@127.0.0.1\r\nCSeq: 1 {method}\r\nContact: <sip:{caller}@127.0.0.1:{own}>\r\n"
        f"P-Asserted-Identity: <sip:{caller}@127.0.0.1;user=phone>\r\nUser-Agent: haodun bench\r\n"
        f"Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, PRACK\r\nSupported: timer, 100rel\r\n"
        + ("Content-Type: application/sdp\r\n" if body else "")
        + f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode("ascii")


class Load:
    """One socket and the calls that are out."""

    def __init__(self, kind: str, port: int) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_194_304)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.connect(("127.0.0.1", port))
        self.socket.setblocking(False)
        self._sip = kind == "sip"
        self._run = f"{time.time_ns() % 10**9:09d}"
        self._port, self._own = port, self.socket.getsockname()[1]
        self._out: dict[int, float] = {}
        self.next = 0
        self.wrong = 0
        self.latencies: list[float] = []

    def begin(self, due_s: float) -> None:
        """Send the next INVITE."""
        call, self.next = self.next, self.next + 1
        self._out[call] = due_s
        self.socket.send(request("INVITE", call, port=self._port, own=self._own, run=self._run))

    def collect(self) -> None:
        """Take what came, check it, acknowledge it."""
        while True:
            try:
                answer = self.socket.recv(65_536)
            except OSError:
                return
            at = answer.index(b"Call-ID: ") + 9
            call = int(answer[at : answer.index(b"-", at)])
            due_s = self._out.pop(call, None)
            if due_s is None:
                continue
            self.latencies.append((time.perf_counter() - due_s) * 1e6)
            if self._sip:
                self.wrong += answer[8:11] != (b"603" if is_blocked(call) else b"302")
                self.socket.send(request("ACK", call, port=self._port, own=self._own, run=self._run))

    @property
    def out(self) -> int:
        """Calls without an answer yet."""
        return len(self._out)

    def forget(self) -> None:
        """Give up what is out, so that a lost datagram does not stop a closed loop."""
        self._out.clear()


def closed(load: Load, *, seconds: float, outstanding: int) -> int:
    """Keep so many calls out; how many datagrams were lost."""
    end, lost = time.perf_counter() + seconds, 0
    while time.perf_counter() < end:
        while load.out < outstanding:
            load.begin(time.perf_counter())
        if not select.select([load.socket], [], [], 0.2)[0]:
            lost += load.out
            load.forget()
        load.collect()
    return lost


def paced(load: Load, *, seconds: float, rate: float) -> None:
    """Send at a fixed rate, whether answers come or not."""
    started = time.perf_counter()
    due = started
    while due < started + seconds:
        now = time.perf_counter()
        while due <= now and due < started + seconds:
            load.begin(due)
            due += 1 / rate
        select.select([load.socket], [], [], max(min(due - time.perf_counter(), 0.001), 0))
        load.collect()


def measure(kind: str, port: int, *, seconds: float, outstanding: int, rate: float) -> dict[str, float]:
    """Do one run; its figures."""
    load = Load(kind, port)
    started = time.perf_counter()
    lost = 0
    if rate:
        paced(load, seconds=seconds, rate=rate)
    else:
        lost = closed(load, seconds=seconds, outstanding=outstanding)
    took = time.perf_counter() - started
    end = time.perf_counter() + PATIENCE_S
    while load.out and time.perf_counter() < end:
        select.select([load.socket], [], [], 0.01)
        load.collect()
    values = sorted(load.latencies) or [0.0]
    pick: Callable[[float], float] = lambda share: values[min(int(len(values) * share), len(values) - 1)]  # noqa: E731
    load.socket.close()
    found = {"calls": len(load.latencies), "seconds": took, "lost": lost + load.out, "wrong": load.wrong}
    return found | {"p50": pick(0.5), "p99": pick(0.99)}


if __name__ == "__main__":
    _kind, _port, _seconds, _outstanding, _rate = sys.argv[1:]
    print(
        json.dumps(
            measure(_kind, int(_port), seconds=float(_seconds), outstanding=int(_outstanding), rate=float(_rate))
        )
    )
