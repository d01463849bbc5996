"""Where the CPU time of a call at the edge goes, without sockets: of the plain loop by stage, of the compiled front."""

from __future__ import annotations

import gc
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

from haodun.edge.serve import Place, Settings, start
from haodun.edge.serve.desk import Desk
from haodun.edge.serve.front import Front
from haodun.edge.serve.front.call_lines import LineTexts
from haodun.edge.serve.front.system import put_datagram
from haodun.edge.serve.journal import Journal
from haodun.edge.serve.metrics import Tally
from haodun.edge.serve.wording import to_tag
from haodun.edge.sip import Request, parse_request, respond
from haodun.lab.benchmarks.row import Row, rate
from haodun.lab.benchmarks.sip_messages import request
from haodun.lab.benchmarks.sip_servers import write_policy
from haodun.screening.events import Event
from haodun.screening.verdicts import Mode

CALLS = 5_000
RUNS = 5
NOW_MS = 1_800_000_000_000
TRUNK = "b"
BATCHES = 400
FEW, MANY = 4, 100
"""Calls in a batch."""
T = TypeVar("T")
Made = TypeVar("Made")


def stage_rows(policy: str) -> list[Row]:
    """CPU µs a call of each stage under a pack or the list policy (`list`); every call has a new called number."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        settings = Settings(
            listen=Place("127.0.0.1", 0),
            policy=write_policy(place, policy),
            snapshot=None,
            trunks=place / "trunks.yaml",
            mode=Mode.ENFORCE,
        )
        deciding = start(settings, now_ms=NOW_MS).engine.deciding
    reader, wording, live = deciding.reader, deciding.wording, deciding.reader.live(TRUNK)

    def event(asked: tuple[int, Request]) -> Event:
        number, found = asked
        made = reader.event(found, number=number, time_ms=NOW_MS + number, trunk=TRUNK, source="udp:127.0.0.1:5060")
        reader.emergency(found, made)
        return made

    def said(found: Request) -> bytes:
        tag = to_tag(b"bench" * 4, found.call_id, found.transaction)
        return respond(found, wording.go_on(found, live), to_tag=tag, via_received="127.0.0.1", via_rport=5060)

    runs = [range(run * CALLS, (run + 1) * CALLS) for run in range(RUNS)]
    datagrams = [[request("INVITE", call, port=5060, own=5060, run="s") for call in calls] for calls in runs]
    parsed, requests = _timed(parse_request, datagrams)
    read, events = _timed(
        event, [list(zip(calls, found, strict=True)) for calls, found in zip(runs, requests, strict=True)]
    )
    evaluated, _ = _timed(deciding.screener.take, events)
    answered, _ = _timed(said, requests)
    figures = (("parse", parsed), ("event", read), ("evaluation", evaluated), ("answer", answered))
    which = "list policy" if policy == "list" else f"{policy} pack"
    return [Row("edge", f"{which}: {stage} a call", value, "µs") for stage, value in figures]


def _timed(work: Callable[[T], Made], runs: Iterable[list[T]]) -> tuple[float, list[list[Made]]]:
    """Median CPU µs of `work` over the runs, each done once, and what it made."""
    waiting = iter(runs)
    made: list[list[Made]] = []
    gc.collect()
    gc.disable()  # as the edge does

    def once() -> int:
        made.append([work(item) for item in next(waiting)])
        return len(made[-1])

    try:
        return 1e6 / rate(once, repeats=RUNS), made
    finally:
        gc.enable()


def front_rows(policy: str) -> list[Row]:
    """CPU µs of the compiled front for a batch and for each call in it: all but receiving and sending."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        settings = Settings(
            listen=Place("127.0.0.1", 0),
            policy=write_policy(place, policy),
            snapshot=None,
            trunks=place / "trunks.yaml",
            mode=Mode.ENFORCE,
            log=place / "log",
            kernel="fast",
            front="compiled",
        )
        prepared, tally = start(settings, now_ms=NOW_MS), Tally()
        journal = Journal(prepared.writer, tally=tally, steady_s=time.monotonic)
        named: dict[str, Any] = {"journal": journal, "tally": tally, "tag_secret": prepared.tag_secret}
        desk = Desk(engine=prepared.engine, observe=False, **named)
        front = Front(desk=desk, observe=False, deadline_ms=settings.deadline_ms, **named)
        front.warm()
        front.send = lambda _hall, _descriptor, _count: 0
        few, many = (_batch_us(front, calls, run) for run, calls in enumerate((FEW, MANY)))
        if prepared.writer is not None:
            prepared.writer.close()
    a_call = (many - few) / (MANY - FEW)
    which = "list policy" if policy == "list" else f"{policy} pack"
    return [
        Row("edge", f"{which}: compiled front, a batch", few - FEW * a_call, "µs"),
        Row("edge", f"{which}: compiled front, a call in it", a_call, "µs"),
    ]


def _batch_us(front: Front, calls: int, run: int) -> float:
    """Median CPU µs of a batch of so many INVITEs and as many ACKs."""
    source, found = ("127.0.0.1", 5_060), []
    lines = LineTexts("bench")
    for batch in range(BATCHES):
        for at in range(calls):
            call = (run * BATCHES + batch) * calls + at
            for slot, method in enumerate(("INVITE", "ACK")):
                data = request(method, call, port=5060, own=5060, run=f"f{run}")
                put_datagram(front.mail, 2 * at + slot, data, source)
        begun = time.thread_time_ns()
        turned = front.serve(2 * calls, descriptor=-1, now_ms=NOW_MS + batch, wall_ns=NOW_MS * 1_000_000)
        if turned.calls is not None:
            lines.lines(turned.calls, microseconds=1, snapshot=0, bypass=False)
        found.append(time.thread_time_ns() - begun)
    return median(found[BATCHES // 10 :]) / 1000
