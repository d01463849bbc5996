"""Edges as processes of their own, calls that go on whatever fails, and the log held against an uninterrupted run."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path

from tests.edge.serve.edges import FORGED, TIPPED, TRUNKS, Trunk, header, request, status
from tests.faults.killing import KERNEL

from haodun.numbering import load_plan
from haodun.screening.events import Action, Trunks
from haodun.screening.kernel.home import home_parameters
from haodun.screening.policy import load_policy
from haodun.screening.verdicts import Mode, Screener
from haodun.store.segments import read_segments

CALLERS = (FORGED, TIPPED, "+442079250918", "anonymous", "+8657188881234")
ROOM_S = 20
AGAIN_S = 0.5


@contextmanager
def process(
    place: Path, *arguments: str, hook: Path | None = None, trunks: bool = True
) -> Iterator[subprocess.Popen[str]]:
    """An edge or a standby as a process of its own, in a group of its own.

    `hook`: a folder that its processes find modules in first; `trunks`: whether it is given the trunks file there.
    """
    environment = os.environ | {"HAODUN_HOME": str(place / "home")}
    if hook is not None:
        environment["PYTHONPATH"] = os.pathsep.join([str(hook), *filter(None, [os.environ.get("PYTHONPATH", "")])])
    command = [sys.executable, "-c", "from haodun.cli.main import main; main()", "edge", "sip", "--mode", "enforce"]
    command += ["--kernel", KERNEL, "--deadline-ms", "5000", "--log", str(place / "log")]
    command += [*(("--trunks", str(place / "trunks.yaml")) if trunks else ()), *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment, start_new_session=True
    ) as made:
        try:
            yield made
        finally:
            made.kill()


def said(made: subprocess.Popen[str], pattern: str) -> int:
    """The number in the next line that a process says."""
    assert made.stdout is not None
    line = made.stdout.readline()
    found = re.search(pattern, line)
    assert found is not None, line
    return int(found[1])


class Calls:
    """Calls without end, each sent again until it is answered."""

    def __init__(self, trunk: Trunk) -> None:
        self.answered: dict[str, int] = {}
        self.otherwise: dict[str, set[int]] = {}
        """Calls that were answered in more ways than one."""
        self._trunk = trunk
        self.sent = 0
        self._again_at = 0.0
        self._waiting: dict[str, bytes] = {}

    def make(self, count: int, *, patience_s: float) -> None:
        """Send some new ones, now and then all unanswered ones again, and take what is answered."""
        messages = []
        for _ in range(count):
            caller = CALLERS[self.sent % 5]
            name = f"k{self.sent}"
            self._waiting[name] = request(caller, f"+86139{self.sent % 60:08}", call_id=name)
            messages.append(self._waiting[name])
            self.sent += 1
        if time.monotonic() > self._again_at:
            self._again_at = time.monotonic() + AGAIN_S
            messages = list(self._waiting.values())
        for message in messages:
            try:
                self._trunk.send(message)
            except ConnectionRefusedError:
                continue
        while select.select([self._trunk.socket], [], [], patience_s)[0]:
            try:
                answer = self._trunk.receive()
            except ConnectionRefusedError:
                continue
            name = header(answer, "Call-ID")
            code = status(answer)
            if self.answered.setdefault(name, code) != code:
                self.otherwise[name] = {code, self.answered[name]}
            self._waiting.pop(name, None)

    def finish(self) -> None:
        end = time.monotonic() + ROOM_S
        while self._waiting:
            assert time.monotonic() < end, "calls without an answer"
            self.make(0, patience_s=0.05)


def check(log: Path, answered: dict[str, int]) -> None:
    """Every answered call is in the log once with its verdict, and each verdict is that of an uninterrupted run."""
    pairs = list(read_segments(log))
    numbers = [event.number for event, _ in pairs]
    assert numbers == sorted(set(numbers))
    calls = [event.call_id for event, _ in pairs]
    assert len(set(calls)) == len(calls) and set(answered) <= set(calls)
    policy = load_policy("cn")
    again = Screener(
        policy=policy,
        plan=load_plan(policy.home),
        trunks=Trunks.parse(TRUNKS, "trunks.yaml"),
        parameters=home_parameters(policy.home, UTC),
        mode=Mode.ENFORCE,
        site_key=(log.parent / "home/haodun/site.key").read_bytes(),
        run_id=re.search('"run": "([a-z0-9]+)"', (log / "run.json").read_text())[1],  # type: ignore[index]
    )
    for event, verdict in pairs:
        if verdict is not None:  # else it was shed: neither counted nor decided
            assert again.take(event) == verdict
        if event.call_id in answered:
            assert (answered[event.call_id] == 603) == (verdict is not None and verdict.action is Action.BLOCK)
    assert sum(verdict is not None for _, verdict in pairs) > len(pairs) // 2
