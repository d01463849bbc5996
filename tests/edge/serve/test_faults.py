"""kill -9 under load and in the middle of swaps: no answered call is missing from the log, none is there twice.

`HAODUN_FAULT_ALL=1` (make faults) kills forty times; otherwise three times.
"""

from __future__ import annotations

import os
import random
import re
import resource
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.edge.serve.console import TOKEN, Console
from tests.edge.serve.edges import TRUNKS, Trunk, header, request, status
from tests.faults.killing import ALL, KERNEL

from haodun.screening.events import Action
from haodun.screening.snapshot import Content, Entry, Signer, build
from haodun.store.segments import read_batches, read_segments

pytestmark = pytest.mark.fault
NUMBER = 8613912345678
ROUNDS = 40 if ALL else 3
POLICY = """
policy: ordered
version: "1"
home: CN
profile: cn
title: {zh: 令, en: Orders}
lists: {orders: {title: {zh: 令, en: orders}}}
rules:
  - {id: O-1, title: {zh: 令, en: ordered}, layer: orders, stage: enforce, when: caller.number in orders, action: BLOCK,
     reason: ordered, class: criminal, basis: [law]}
"""


@contextmanager
def edge(
    place: Path, *arguments: str, before: Callable[[], None] | None = None
) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """An edge as a process of its own, and its port."""
    environment = os.environ | {"HAODUN_HOME": str(place / "home")}
    program = [sys.executable, "-c", "from haodun.cli.main import main; main()"]
    command = [*program, "edge", "sip", "--listen", "udp:127.0.0.1:0", "--mode", "enforce", "--deadline-ms", "5000"]
    command += ["--kernel", KERNEL]
    command += ["--log", str(place / "log"), "--trunks", str(place / "trunks.yaml"), *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment, preexec_fn=before
    ) as process:
        try:
            assert process.stdout is not None
            found = re.search("listening on udp ([0-9]+)", process.stdout.readline())
            assert found is not None
            yield process, int(found[1])
        finally:
            process.kill()


def load(trunk: Trunk, seconds: float, *, first: int, answered: dict[str, int]) -> int:
    """Send calls without waiting for each, and note which were answered how; the number of the next call."""
    end, number = time.monotonic() + seconds, first
    while time.monotonic() < end:
        for _ in range(20):
            trunk.send(request(f"+{NUMBER}" if number % 2 else "+442079250918", call_id=f"k{number}"))
            number += 1
        collect(trunk, answered, patience_s=0.01)
    return number


def collect(trunk: Trunk, answered: dict[str, int], *, patience_s: float) -> None:
    while select.select([trunk.socket], [], [], patience_s)[0]:
        try:
            answer = trunk.receive()
        except ConnectionRefusedError:
            return
        answered[header(answer, "Call-ID")] = status(answer)


def snapshots(place: Path, signer: Signer, count: int) -> dict[int, Path]:
    """Snapshots that block one number; every other one does not."""
    now_ms = time.time_ns() // 1_000_000
    made = {}
    for version in range(1, count + 1):
        made[version] = place / f"full-{version}"
        entries = [Entry(NUMBER, now_ms + 86_400_000)] if version % 2 else []
        build(
            made[version],
            Content(policy_yaml=POLICY, lists={"orders": entries}),
            issuer="haodun",
            version=version,
            parent=version - 1,
            created_ms=now_ms,
            expires_ms=now_ms + 86_400_000,
            signer=signer,
        )
    return made


def check_log(log: Path, answered: dict[str, int]) -> None:
    """Every answered call is in the log once, with the verdict it was answered by; numbers rise."""
    pairs = list(read_segments(log))
    numbers = [event.number for event, _ in pairs]
    assert numbers == list(range(1, len(numbers) + 1)), "no number is missing, none is there twice"
    calls = Counter(event.call_id for event, _ in pairs)
    assert set(calls.values()) <= {1}
    actions = {event.call_id: verdict.action for event, verdict in pairs if verdict is not None}
    wrong = {call: code for call, code in answered.items() if (code == 603) != (actions.get(call) is Action.BLOCK)}
    assert wrong == {}


def test_killed_under_load_and_in_swaps_it_loses_doubles_and_forgets_nothing(tmp_path: Path) -> None:
    draw = random.Random(3)
    (tmp_path / "trunks.yaml").write_text(TRUNKS)
    signer = Signer.generate()
    signer.save(tmp_path / "snapshot.key", tmp_path / "snapshot.pub")
    (tmp_path / "token").write_text(TOKEN)
    made = snapshots(tmp_path / "made", signer, 12 * ROUNDS)
    console = Console()
    console.folders = {(version, "full"): folder for version, folder in made.items()}
    trust = ("--trust", str(tmp_path / "snapshot.pub"))
    link = ("--control", console.url, "--control-token", str(tmp_path / "token"), *trust)
    answered: dict[str, int] = {}
    number, version = 0, 0
    try:
        for _ in range(ROUNDS):
            with edge(tmp_path, *link) as (process, port):
                trunk = Trunk(port)
                with trunk.socket:
                    number = load(trunk, 0.3, first=number, answered=answered)
                    for _ in range(draw.randrange(3, 12)):
                        version += 1
                        console.announce(version)
                        number = load(trunk, draw.uniform(0, 0.06), first=number, answered=answered)
                    process.send_signal(signal.SIGKILL)
                    process.wait()
                    collect(trunk, answered, patience_s=0.2)
            check_log(tmp_path / "log", answered)
    finally:
        console.close()
    assert len(answered) > 100 * ROUNDS
    assert {code >= 200 for code in answered.values()} == {True}
    executed = max(receipt["version"] for receipt in console.receipts if receipt["state"] == "executed")
    with edge(tmp_path, *trust) as (_, port):
        trunk = Trunk(port)
        with trunk.socket:
            code = status(trunk.ask(request(f"+{NUMBER}")))
    last = list(read_batches(tmp_path / "log"))[-1]
    assert last.snapshot >= executed, "the last good snapshot decides, without a console"
    assert code == (603 if last.snapshot % 2 else 302)


def small_files() -> None:
    """No file of this process grows beyond some kilobytes: the system's own error of a full disk, but for the name."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))


def test_where_nothing_more_can_be_written_calls_are_answered_and_the_log_stays_whole(tmp_path: Path) -> None:
    (tmp_path / "trunks.yaml").write_text(TRUNKS)
    codes = []
    with edge(tmp_path, before=small_files) as (process, port):
        trunk = Trunk(port)
        with trunk.socket:
            codes = [status(trunk.ask(request("+86110", call_id=f"d{n}"))) for n in range(400)]
            assert codes[0] == 603 and codes[-1] == 302, "first judged, then let through unjudged"
            assert status(trunk.ask(request("+86110", "110"))) == 302
            assert process.poll() is None
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=20) == 0
    calls = [event.call_id for event, verdict in read_segments(tmp_path / "log") if verdict is not None]
    assert calls == [f"d{n}" for n in range(codes.count(603))]
    with edge(tmp_path) as (_, port):
        trunk = Trunk(port)
        with trunk.socket:
            assert status(trunk.ask(request("+86110"))) == 603
