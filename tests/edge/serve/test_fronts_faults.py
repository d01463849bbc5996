"""Compiled fronts and who decides for them, killed at each kind of place, swapped, and stood by for.

`HAODUN_FAULT_ALL=1` (make faults) kills at every place named here; otherwise at some.
"""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.edge.serve.console import TOKEN, Console
from tests.edge.serve.edges import FORGED, TRUNKS, Trunk, header, request, status
from tests.edge.serve.failing import ROOM_S, Calls, check, process
from tests.edge.serve.failing_at import Hook, Point
from tests.edge.serve.test_faults import NUMBER, POLICY, snapshots
from tests.edge.serve.test_fronts import children, decides, listening

from haodun.screening.events import Action
from haodun.screening.snapshot import Content, Signer, build
from haodun.store.columns import Columns
from haodun.store.reading import read_frames
from haodun.store.segments import read_batches, read_segments

FRONTS = ("--fronts", "2", "--kernel", "fast")
ALL = os.environ.get("HAODUN_FAULT_ALL") == "1"
DECIDES, FRONT = "deciding process", "front 0"
POINTS = [
    Point(DECIDES, "write", 3, "half"),
    Point(FRONT, "eventfd_write", 5, "before"),
    Point(DECIDES, "write", 4, "after"),
    Point(DECIDES, "fsync", 1, "before"),
    Point(FRONT, "eventfd_write", 4, "after"),
    Point(DECIDES, "eventfd_write", 5, "before"),
    Point(DECIDES, "write", 5, "before"),
    Point(DECIDES, "fsync", 2, "after"),
    Point(DECIDES, "eventfd_write", 6, "after"),
]
"""Writes are the log's and the lines'; eventfd_write wakes the other end of a ring, whose message is there already."""
STARTING = [
    Point(DECIDES, "replace", 1, "before"),
    Point(DECIDES, "replace", 1, "after"),
    Point(DECIDES, "fsync", 2, "before"),
    Point(DECIDES, "fsync", 4, "after"),
]
"""A process that has just been started again dies once more, on its way to a segment of its own."""


def until_decided(calls: Calls, trunk: Trunk) -> None:
    """Wait until the edge decides again."""
    end, answer = time.monotonic() + 3 * ROOM_S, b"SIP/2.0 302"
    while status(answer) != 603:
        assert time.monotonic() < end, "it never decided again"
        calls.make(1, patience_s=0.05)
        trunk.socket.settimeout(5)
        answer = trunk.ask(request(FORGED, call_id=f"again{time.monotonic_ns()}"))


def lost_and_doubled(log: Path, calls: Calls, windows: list[tuple[int, int]]) -> None:
    """AssertionError where an answered call is not in the log, twice there, or decided another way than alone.

    `windows`: calls that were on their way at a kill; those alone may have got the fail mode besides their verdict.
    """
    pairs = list(read_segments(log))
    judged = {event.call_id: verdict for event, verdict in pairs if verdict is not None}
    blocked = {call for call, verdict in judged.items() if verdict.action is Action.BLOCK}
    assert {call for call, code in calls.answered.items() if code == 603} <= blocked
    assert all(302 in codes for codes in calls.otherwise.values())
    known = {call: code for call, code in calls.answered.items() if call in judged and call not in calls.otherwise}
    passed = {call for call, code in known.items() if code == 302 and call in blocked}
    under_way = {f"k{number}" for start, end in windows for number in range(start, end)}
    assert passed <= under_way and set(calls.otherwise) <= under_way, "only what was on its way at a kill"
    check(log, {call: code for call, code in known.items() if call not in passed})
    assert {code for call, code in calls.answered.items() if call not in judged} <= {302}


@pytest.mark.fault
@pytest.mark.parametrize("starting", [False, True])
def test_killed_at_the_nth_write_fsync_or_rename_nothing_is_lost_or_doubled(tmp_path: Path, starting: bool) -> None:
    (tmp_path / "trunks.yaml").write_text(TRUNKS)
    hook = Hook(tmp_path / "hook")
    arguments = ("--listen", "udp:127.0.0.1:0", "--deadline-ms", "2000", *FRONTS)
    points = STARTING if starting else POINTS
    windows = []
    with process(tmp_path, *arguments, hook=hook.folder) as edge:
        trunk = Trunk(listening(edge))
        with trunk.socket:
            calls = Calls(trunk)
            for point in points if ALL else points[: 3 - starting]:
                for _ in range(10):
                    calls.make(20, patience_s=0.02)
                calls.finish()
                first = calls.sent
                hook.arm(point)
                if starting:
                    os.kill(next(child for child in children(edge.pid) if decides(child)), signal.SIGKILL)
                end = time.monotonic() + 2 * ROOM_S
                while not hook.fired:
                    assert time.monotonic() < end, f"{point} was never reached"
                    calls.make(4, patience_s=0.02)
                for _ in range(5):
                    calls.make(4, patience_s=0.05)
                until_decided(calls, trunk)
                calls.finish()
                windows.append((first, calls.sent))
            edge.send_signal(signal.SIGTERM)
            assert edge.wait(timeout=ROOM_S) == 0
    lost_and_doubled(tmp_path / "log", calls, windows)
    assert any(isinstance(frame, Columns) for frame in read_frames(tmp_path / "log"))


def sent_and_answered(trunk: Trunk, answered: dict[str, int], first: int, count: int) -> int:
    """Send calls of a number that the policy of odd versions blocks, each once; the number of the next call."""
    for number in range(first, first + count):
        trunk.send(request(f"+{NUMBER}" if number % 2 else "+442079250918", call_id=f"s{number}"))
        if number % 20 == 0:
            taken(trunk, answered, patience_s=0.005)
    return first + count


def taken(trunk: Trunk, answered: dict[str, int], *, patience_s: float) -> None:
    while select.select([trunk.socket], [], [], patience_s)[0]:
        answer = trunk.receive()
        name = header(answer, "Call-ID")
        assert name not in answered, "answered twice"
        answered[name] = status(answer)


@pytest.fixture
def link(tmp_path: Path) -> Iterator[tuple[Console, Signer, tuple[str, ...]]]:
    """A console, who signs its snapshots, and the options of an edge that follows it."""
    (tmp_path / "trunks.yaml").write_text(TRUNKS)
    (tmp_path / "token").write_text(TOKEN)
    signer = Signer.generate()
    signer.save(tmp_path / "snapshot.key", tmp_path / "snapshot.pub")
    console = Console()
    options = ("--control", console.url, "--control-token", str(tmp_path / "token"))
    yield console, signer, (*options, "--trust", str(tmp_path / "snapshot.pub"))
    console.close()


def executed(console: Console) -> int:
    return max((receipt["version"] for receipt in console.receipts if receipt["state"] == "executed"), default=0)


def test_a_snapshot_swap_while_calls_run_loses_none_and_decides_by_the_new_policy(
    tmp_path: Path, link: tuple[Console, Signer, tuple[str, ...]]
) -> None:
    console, signer, options = link
    console.folders = {(version, "full"): made for version, made in snapshots(tmp_path / "made", signer, 7).items()}
    answered: dict[str, int] = {}
    with process(tmp_path, "--listen", "udp:127.0.0.1:0", *FRONTS, *options) as edge:
        trunk = Trunk(listening(edge))
        with trunk.socket:
            number = sent_and_answered(trunk, answered, 0, 200)
            for version in range(1, 8):
                console.announce(version)
                end = time.monotonic() + ROOM_S
                while executed(console) < version:
                    assert time.monotonic() < end, "the snapshot was not executed"
                    number = sent_and_answered(trunk, answered, number, 40)
                taken(trunk, answered, patience_s=0.3)
                after = [status(trunk.ask(request(f"+{NUMBER}", call_id=f"a{version}-{n}"))) for n in range(12)]
                assert set(after) == {603 if version % 2 else 302}, "all fronts at once"
            taken(trunk, answered, patience_s=0.5)
    assert len(answered) == number, "each was sent once, and answered"
    pairs = list(read_segments(tmp_path / "log"))
    logged = {event.call_id: verdict for event, verdict in pairs}
    assert len(logged) == len(pairs) and set(answered) <= set(logged)
    assert all(verdict is not None for verdict in logged.values())
    blocked = {call for call, verdict in logged.items() if verdict is not None and verdict.action is Action.BLOCK}
    assert {call for call, code in answered.items() if code == 603} == blocked & set(answered)
    assert {batch.snapshot for batch in read_batches(tmp_path / "log")} == set(range(8))


def test_trunks_and_words_of_a_new_snapshot_reach_every_front_while_it_serves(
    tmp_path: Path, link: tuple[Console, Signer, tuple[str, ...]]
) -> None:
    console, signer, options = link
    now_ms = time.time_ns() // 1_000_000
    for version, way in ((1, "redirect"), (2, "404")):
        trunks = f"trunks:\n  carried: {{class: international, sources: [127.0.0.2], go_on: {way!r}}}\n"
        build(
            tmp_path / f"full-{version}",
            Content(policy_yaml=POLICY, lists={"orders": []}, trunks_yaml=trunks),
            issuer="haodun",
            version=version,
            parent=version - 1,
            created_ms=now_ms,
            expires_ms=now_ms + 86_400_000,
            signer=signer,
        )
        console.folders[version, "full"] = tmp_path / f"full-{version}"
    (tmp_path / "trunks.yaml").unlink()
    arguments = ("--listen", "udp:127.0.0.1:0", *FRONTS, *options, "--snapshot", str(tmp_path / "full-1"))
    with process(tmp_path, *arguments, trunks=False) as edge:
        trunk = Trunk(listening(edge))
        before = children(edge.pid)
        with trunk.socket:
            assert {status(trunk.ask(request("+442079250918"))) for _ in range(20)} == {302}
            console.announce(2)
            end = time.monotonic() + ROOM_S
            codes = [302]
            while codes[-20:] != [404] * 20:
                assert time.monotonic() < end, "a front has the old words still"
                codes.append(status(trunk.ask(request("+442079250918"))))
                assert codes[-1] in (302, 404)
        assert sorted(children(edge.pid)) == sorted(before), "nobody began anew for it"
    lines = {event.trunk for event, _ in read_segments(tmp_path / "log")}
    assert lines == {"carried"}


def whole(edge: subprocess.Popen[str], number: int) -> None:
    """Give a signal to all processes of an edge at once."""
    os.killpg(edge.pid, number)


def standing_by(made: subprocess.Popen[str]) -> None:
    assert made.stdout is not None
    for line in made.stdout:
        if "standing by after event" in line:
            return
    raise AssertionError("it never stood by")


@pytest.mark.fault
@pytest.mark.parametrize("fate", ["killed", "stopped", "who decides stopped"])
def test_a_standby_with_fronts_takes_over_from_an_edge_with_fronts(tmp_path: Path, fate: str) -> None:
    (tmp_path / "trunks.yaml").write_text(TRUNKS)
    options = ("--deadline-ms", "2000", *FRONTS)
    with process(tmp_path, "--listen", "udp:127.0.0.1:0", *options) as first:
        port = listening(first)
        trunk = Trunk(port)
        with trunk.socket:
            calls = Calls(trunk)
            for _ in range(10):
                calls.make(20, patience_s=0.02)
            calls.finish()
            arguments = ("--listen", f"udp:127.0.0.1:{port}", "--standby", "--lease-s", "2", *options)
            with process(tmp_path, *arguments) as second:
                standing_by(second)
                start = calls.sent
                calls.make(20, patience_s=0.0)
                if fate == "killed":
                    whole(first, signal.SIGKILL)
                elif fate == "stopped":
                    whole(first, signal.SIGSTOP)
                else:
                    os.kill(next(child for child in children(first.pid) if decides(child)), signal.SIGSTOP)
                end = time.monotonic() + 3 * ROOM_S
                serving = threading.Thread(target=listening, args=(second,))
                serving.start()
                while serving.is_alive():
                    assert time.monotonic() < end, "it did not take over"
                    calls.make(2, patience_s=0.1)
                if fate == "who decides stopped":
                    assert first.wait(timeout=2 * ROOM_S) == 3, "it says that it was replaced"
                until_decided(calls, trunk)
                calls.finish()
                window = (start, calls.sent)
                for _ in range(10):
                    calls.make(20, patience_s=0.02)
                calls.finish()
                if fate == "stopped":
                    whole(first, signal.SIGCONT)
                    assert first.wait(timeout=2 * ROOM_S) == 3, "it says that it was replaced"
                for _ in range(5):
                    calls.make(20, patience_s=0.02)
                calls.finish()
                fronts = [child for child in children(second.pid) if not decides(child)]
                assert len(fronts) == 2 and min(map(processor_time, fronts)) > 0
                window = (start, calls.sent) if fate == "stopped" else window
                second.send_signal(signal.SIGTERM)
                assert second.wait(timeout=ROOM_S) == 0
    lost_and_doubled(tmp_path / "log", calls, [window])
    assert {batch.lease for batch in read_batches(tmp_path / "log")} == {1, 2}


def processor_time(pid: int) -> int:
    """Ticks that a process has run."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    assert re.fullmatch("[0-9]+", fields[11])
    return int(fields[11]) + int(fields[12])
