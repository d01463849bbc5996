"""The SIP edge against Kamailio's stateless htable in one run: CPU a call and calls a second, and its latency.

Server on one core, generator on another, closed loop with OUTSTANDING calls. The generator is compiled and offers more
than any of them takes. The ratio that counts is that of CPU time a call (the scheduler's own count of all processes of
each server, INVITE and ACK together) at saturation; the ratio of rates stands beside it. Servers take turns, ROUNDS
times, and the median of the rounds' ratios is told, since the machines drift. Every answer is checked; wrong or lost
ones are rows of their own. Kamailio loses some of the first burst, for which the system's usual receive buffer is too
small; with 100 calls out it loses none.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from haodun.lab.benchmarks.edge_stages import front_rows, stage_rows
from haodun.lab.benchmarks.row import Row
from haodun.lab.benchmarks.sip_servers import (
    Server,
    echo_server,
    edge_server,
    fixed_to,
    kamailio,
    kamailio_server,
    load_core,
)

ROUNDS = 5
SLICE_S = 1.0
OUTSTANDING = 200
PLAIN, COMPILED, JOINED, PACK, SEVERAL = (
    "edge, plain loop",
    "edge, compiled front",
    "edge, compiled front, UDP_SEGMENT",
    "edge, compiled front, cn pack",
    "edge, 2 compiled fronts",
)
"""Our servers; all but that of the pack under the list policy, which does what Kamailio's table does.

With two fronts, three processes share the one core: what counts there is the CPU time of all of them.
"""
FAST = ("--kernel", "fast")
OPTIONS = {
    PLAIN: (*FAST, "--front", "plain"),
    COMPILED: (*FAST, "--front", "compiled"),
    JOINED: (*FAST, "--front", "compiled", "--udp-segment"),
    PACK: (*FAST, "--front", "compiled"),
    SEVERAL: (*FAST, "--front", "compiled", "--fronts", "2"),
}
TARGETS = {PLAIN: 0.65, COMPILED: 2.2, JOINED: 3.5}
"""CPU time a call of Kamailio over ours (DESIGN.md §7)."""
TARGET_P99 = 1 / 3
"""The echo's p99 over the edge's: at least a third."""


@dataclass(slots=True)
class Measured:
    """What the slices of one server gave."""

    rate: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)
    lost: float = 0
    wrong: float = 0


def run() -> list[Row]:
    """All figures of the suite; without Kamailio, those that need no Kamailio, and a row that says so."""
    program = kamailio()
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        servers: dict[str, Server] = {}
        for name, options in OPTIONS.items():
            folder, policy = Path(place) / str(len(servers)), "cn" if name == PACK else "list"
            servers[name] = stack.enter_context(edge_server(folder, policy=policy, options=options))
        if program is not None:
            servers["Kamailio"] = stack.enter_context(kamailio_server(Path(place) / "kamailio", program))
        measured = {name: Measured() for name in servers}
        for _ in range(ROUNDS):
            for name, server in servers.items():
                _slice(server, measured[name], checks=name != PACK)
        rows = [row for name, found in measured.items() for row in _own_rows(name, found)]
        rows += (
            _ratios(measured) if program is not None else [Row("edge", "Kamailio is not installed: no ratio", 0, "")]
        )
        rows += _of_several(servers[SEVERAL], measured)
        rate = median(measured[COMPILED].rate) / 2
        rows += [*stage_rows("list"), *stage_rows("cn"), *front_rows("list"), *front_rows("cn")]
        rows += _latencies(servers[COMPILED], stack.enter_context(echo_server()), rate=rate)
    return rows


def _slice(server: Server, found: Measured, *, checks: bool) -> None:
    before = server.cpu_s()
    said = _load("sip", server.port, seconds=SLICE_S)
    used = server.cpu_s() - before
    found.rate.append(said["calls"] / said["seconds"])
    found.cpu_us.append(used / max(said["calls"], 1) * 1e6)
    found.lost += said["lost"]
    found.wrong += said["wrong"] if checks else 0


def _own_rows(name: str, found: Measured) -> list[Row]:
    return [
        Row("edge", f"{name}: calls, closed loop", median(found.rate), "calls/s"),
        Row("edge", f"{name}: CPU a call", median(found.cpu_us), "µs"),
        Row("edge", f"{name}: lost or wrong answers", found.lost + found.wrong, "calls"),
    ]


def _ratios(measured: dict[str, Measured]) -> list[Row]:
    rows = []
    for name in OPTIONS:
        cpu = zip(measured["Kamailio"].cpu_us, measured[name].cpu_us, strict=True)
        rate = zip(measured[name].rate, measured["Kamailio"].rate, strict=True)
        target = TARGETS.get(name)
        rows.append(
            Row("edge", f"{name} / Kamailio by CPU", median(theirs / ours for theirs, ours in cpu), "ratio", target)
        )
        rows.append(Row("edge", f"{name} / Kamailio by rate", median(ours / theirs for ours, theirs in rate), "ratio"))
    return rows


def _of_several(server: Server, measured: dict[str, Measured]) -> list[Row]:
    """What several fronts cost beside one, and how much of it is spent where nothing can be spread."""
    cpu = zip(measured[COMPILED].cpu_us, measured[SEVERAL].cpu_us, strict=True)
    ratio = Row("edge", f"{SEVERAL} / one by CPU", median(one / several for one, several in cpu), "ratio")
    before = server.cpu_by_process_s()
    said = _load("sip", server.port, seconds=SLICE_S)
    used = {pid: now - before.get(pid, 0) for pid, now in server.cpu_by_process_s().items()}
    decides = used.pop(server.writer())
    calls = max(said["calls"], 1)
    return [
        ratio,
        Row("edge", f"{SEVERAL}: CPU a call of who decides", decides / calls * 1e6, "µs"),
        Row("edge", f"{SEVERAL}: CPU a call of the fronts", sum(used.values()) / calls * 1e6, "µs"),
    ]


def _latencies(edge: Server, echo: Server, *, rate: float) -> list[Row]:
    """At half the edge's rate, from the due time of each call."""
    ours = _load("sip", edge.port, seconds=2 * SLICE_S, rate=rate)
    floor = _load("echo", echo.port, seconds=2 * SLICE_S, rate=rate)
    return [
        Row("edge", "edge p50 at half its rate", ours["p50"], "µs"),
        Row("edge", "edge p99 at half its rate", ours["p99"], "µs"),
        Row("edge", "UDP echo p50 at that rate", floor["p50"], "µs"),
        Row("edge", "UDP echo p99 at that rate", floor["p99"], "µs"),
        Row("edge", "UDP echo p99 / edge p99", floor["p99"] / max(ours["p99"], 1e-9), "ratio", TARGET_P99),
    ]


def _load(kind: str, port: int, *, seconds: float, rate: float = 0) -> dict[str, Any]:
    arguments = [kind, str(port), str(seconds), str(OUTSTANDING), str(rate)]
    command = [*fixed_to(load_core()), sys.executable, "-m", "haodun.lab.benchmarks.sip_load", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)  # noqa: S603
    found: dict[str, Any] = json.loads(done.stdout)
    return found
