"""Several fronts and one process that decides: as one process decides, whoever of them is killed."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.edge.serve.edges import FORGED, SBC, TRUNKS, Trunk, header, request, status
from tests.edge.serve.failing import ROOM_S, Calls, check, process

from haodun.edge.serve import EdgeError, Place, Settings, Supervisor, start
from haodun.edge.serve.asking import (
    Asked,
    AskedColumns,
    AskedError,
    Ruled,
    RuledColumns,
    Ruling,
    read_asked,
    read_ruled,
    ruled_bytes,
)
from haodun.edge.serve.desk import Packet
from haodun.edge.serve.front_desk import FrontDesk, Questions
from haodun.edge.serve.journal import Journal
from haodun.edge.serve.kernel_desk import FrontRings, KernelDesk, RingWire
from haodun.edge.serve.metrics import Count, Tally
from haodun.edge.serve.rings import Ring, make_ring
from haodun.edge.serve.starting import front
from haodun.edge.serve.wire import Wire
from haodun.screening.events import Action
from haodun.store.framing import Pair
from haodun.store.segments import read_segments

Options = Callable[..., Settings]
NOW_MS = 1_795_478_400_000


class Site:
    """A deciding desk and two front desks in one process, their clocks the test's; the kernel answers when told to."""

    def __init__(self, settings: Settings) -> None:
        self.prepared = start(settings, now_ms=NOW_MS)
        self.rings = [FrontRings(make_ring(65_536), make_ring(65_536)) for _ in range(2)]
        self.wire = RingWire(self.rings)
        self.tally = Tally()
        self.now_ms = NOW_MS
        self.journal = Journal(self.prepared.writer, tally=self.tally, steady_s=time.monotonic)
        engine = self.prepared.engine
        secret = self.prepared.tag_secret
        self.kernel = KernelDesk(
            engine=engine, journal=self.journal, tally=self.tally, tag_secret=secret, observe=False
        )
        self.kernel.deadline_ns = 10**10
        self.alive = True
        self.tallies = [Tally(), Tally()]
        self.fronts = [self._front(settings, place) for place in range(2)]

    def _front(self, settings: Settings, place: int) -> FrontDesk:
        engine, secret = front(settings, now_ms=NOW_MS)
        asks, answers = (Ring(files) for files in self.rings[place])
        put = asks.put

        def put_and_decide(message: bytes) -> bool:
            taken = put(message)
            if taken and self.alive:
                self.decide()
            return taken

        asks.put = put_and_decide  # type: ignore[method-assign]
        questions = Questions(asks, answers, patience_ms=1, steady_ns=time.monotonic_ns)
        return FrontDesk(
            engine=engine, tally=self.tallies[place], tag_secret=secret, observe=False, questions=questions
        )

    def decide(self) -> None:
        """One turn of the process that decides."""
        packets, _ = self.wire.drain(deadline_ms=20, wall_ns=0)
        answers, _ = self.kernel.serve(packets, now_ms=self.now_ms)
        assert self.wire.send(answers) == 0

    def ask(self, place: int, *messages: bytes, stale: bool = False) -> list[bytes]:
        desk = self.fronts[place]
        desk.since_ns = time.monotonic_ns()
        answers, _ = desk.serve([Packet(message, SBC, stale) for message in messages], now_ms=self.now_ms)
        return [answer for answer, _ in answers]

    def close(self) -> None:
        self.wire.close()
        for rings in self.rings:
            for files in rings:
                for descriptor in files:
                    os.close(descriptor)
        assert self.prepared.writer is not None
        self.prepared.writer.close()


@pytest.fixture
def site(options: Options) -> Iterator[Site]:
    made = Site(options(fronts=2))
    yield made
    made.close()


def test_a_call_sent_again_gets_the_same_bytes_from_whichever_front_it_reaches(site: Site, tmp_path: Path) -> None:
    invite = request(FORGED, call_id="one")
    (first,) = site.ask(0, invite)
    assert status(first) == 603
    assert site.ask(1, invite) == [first]
    assert site.ask(1, invite) == [first]
    site.now_ms += 1_000
    assert site.ask(0, request(FORGED, call_id="one", branch="z9hG4bKother"))[0][:11] == b"SIP/2.0 603"
    assert [event.call_id for event, _ in read_segments(tmp_path / "log")] == ["one"]
    assert site.tallies[1].total(Count.RETRANSMISSIONS) == 2


def test_where_nobody_decides_or_the_ring_is_full_each_call_gets_its_trunks_fail_mode_at_once(
    site: Site, tmp_path: Path
) -> None:
    site.alive = False
    assert [status(answer) for answer in site.ask(0, request(FORGED), request(FORGED, "110"))] == [302, 302]
    assert site.tallies[0].counts[Count.UNJUDGED, "away"] == 2
    while not site.tallies[0].counts[Count.UNJUDGED, "full"]:
        assert status(site.ask(0, *(request(FORGED) for _ in range(20)))[0]) == 302
    assert site.kernel.engine.kernel.numbers == 0
    site.kernel.deadline_ns = 0
    site.decide()
    verdicts = {verdict and verdict.callee for _, verdict in read_segments(tmp_path / "log")}
    assert None in verdicts and len(verdicts) == 2, "too old to be judged, but for the emergency"
    site.kernel.deadline_ns = 10**10
    site.alive = True
    site.ask(0, request(FORGED))
    assert status(site.ask(0, request(FORGED))[0]) == 603, "it is heard again"


def test_what_waited_too_long_is_not_judged_and_an_emergency_is(site: Site, tmp_path: Path) -> None:
    answers = site.ask(0, request(FORGED, call_id="old"), request(FORGED, "110", call_id="help"), stale=True)
    assert [status(answer) for answer in answers] == [302, 302]
    verdicts = {event.call_id: verdict for event, verdict in read_segments(tmp_path / "log")}
    assert verdicts["old"] is None and verdicts["help"] is not None
    assert site.ask(1, request(FORGED, call_id="old", branch="z9hG4bKx"))[0][:11] == b"SIP/2.0 302", "nor again"


def test_the_bypass_reaches_the_fronts_with_the_next_answer(site: Site) -> None:
    site.kernel.bypass = True
    assert status(site.ask(0, request(FORGED))[0]) == 302
    site.kernel.bypass = False
    assert status(site.ask(0, request(FORGED))[0]) == 603


def test_a_log_that_cannot_be_written_lets_calls_through_unjudged(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object, **named: object) -> None:
        raise OSError(28, "No space left on device")

    assert site.journal.writer is not None
    monkeypatch.setattr(site.journal.writer, "append_frame", full)
    assert [status(answer) for answer in site.ask(0, request(FORGED), request(FORGED, "110"))] == [302, 302]
    assert site.tallies[0].counts[Count.UNJUDGED, "log"] == 2


@pytest.mark.fuzz
@given(data=st.binary(max_size=300))
def test_bytes_that_no_process_of_this_edge_says_are_refused(data: bytes) -> None:
    for read in (read_asked, read_ruled):
        try:
            found = read(data)
        except AskedError:
            continue
        assert isinstance(found, Asked | AskedColumns | Ruled | RuledColumns | list)


def test_a_ruling_comes_back_as_it_was_given() -> None:
    rulings = [Ruling(None, "", "late", False), Ruling(Action.BLOCK, "TOKEN", "", True)]
    ruled = Ruled(2**60, 7, True, rulings)
    assert read_ruled(ruled_bytes(ruled)) == ruled


def test_one_source_reaches_all_fronts() -> None:
    wires = [Wire(Place("127.0.0.1", 0), fronts=2)]
    wires.append(Wire(Place("127.0.0.1", wires[0].port), fronts=2))
    trunk = Trunk(wires[0].port)
    with trunk.socket:
        for n in range(200):
            trunk.send(b"%d" % n)
    counts = []
    for wire in wires:
        count = 0
        while packets := wire.drain(deadline_ms=1_000, wall_ns=0)[0]:
            count += len(packets)
        counts.append(count)
        wire.close()
    assert sum(counts) == 200 and min(counts) > 50


def test_options_that_make_no_sense_with_fronts_are_refused(options: Options) -> None:
    with pytest.raises(EdgeError, match="give 1 to 64"):
        options(fronts=65)
    with pytest.raises(EdgeError, match="needs --log"):
        options(fronts=2, log=None)
    with pytest.raises(EdgeError, match="needs --kernel fast"):
        options(fronts=2, front="compiled", kernel="oracle")
    with Trunk(9).socket as taken:
        taken_port = int(taken.getsockname()[1])
        with pytest.raises(EdgeError, match="choose another address"):
            Supervisor(options(fronts=2, listen=Place("127.0.0.2", taken_port)), say=print)


def children(parent: int) -> list[int]:
    """The processes of an edge."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            above = int((place / "stat").read_text().rpartition(")")[2].split()[1])
            program = (place / "cmdline").read_bytes()
        except OSError:
            continue
        if above == parent and b"spawn_main" in program:
            found.append(int(place.name))
    return found


def decides(child: int) -> bool:
    """Whether a process has the log open."""
    for link in Path(f"/proc/{child}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            if "/log/seg-" in str(link.readlink()):
                return True
    return False


def listening(made: subprocess.Popen[str]) -> int:
    """The port, once all processes serve."""
    assert made.stdout is not None
    for line in made.stdout:
        found = re.search("listening on udp ([0-9]+) with 2 fronts", line)
        if found:
            return int(found[1])
    raise AssertionError("it never listened")


def test_what_the_fail_mode_answered_at_once_is_judged_by_nobody_later(site: Site, tmp_path: Path) -> None:
    site.alive = False
    gave_up, answered_at_once = (site.ask(0, request(FORGED, call_id=name)) for name in ("first", "second"))
    assert [status(answer) for answer in (*gave_up, *answered_at_once)] == [302, 302]
    site.alive = True
    site.decide()
    assert [status(answer) for answer in site.ask(0, request(FORGED, call_id="third"))] == [603], "it is back"
    logged = {event.call_id: verdict for event, verdict in read_segments(tmp_path / "log")}
    assert logged["second"] is None
    assert logged["third"] is not None and logged["third"].action is Action.BLOCK
    assert [status(answer) for answer in site.ask(1, request(FORGED, call_id="second"))] == [302], "as it was answered"


def let_through(pairs: list[Pair], known: dict[str, int]) -> set[str]:
    """Calls to be refused that their trunk's fail mode answered: who decided died between the log and the answer."""
    blocked = {event.call_id for event, verdict in pairs if verdict is not None and verdict.action is Action.BLOCK}
    return {call for call, code in known.items() if code == 302 and call in blocked}


@pytest.mark.fault
@pytest.mark.parametrize("kernel", ["oracle", "fast"])
def test_killed_fronts_and_a_killed_kernel_are_started_again_and_verdicts_are_those_of_one_process(
    tmp_path: Path, kernel: str
) -> None:
    (tmp_path / "trunks.yaml").write_text(TRUNKS)
    arguments = ("--listen", "udp:127.0.0.1:0", "--fronts", "2", "--deadline-ms", "2000", "--kernel", kernel)
    with process(tmp_path, *arguments) as edge:
        port = listening(edge)
        trunk = Trunk(port)
        with trunk.socket:
            calls = Calls(trunk)
            for _ in range(20):
                calls.make(20, patience_s=0.02)
            calls.finish()
            for victim in (False, True):
                before = children(edge.pid)
                assert len(before) == 3
                (killed, *_) = [child for child in before if decides(child) is victim]
                os.kill(killed, signal.SIGKILL)
                first = calls.sent
                for _ in range(20):
                    calls.make(10, patience_s=0.02)
                calls.finish()
                end = time.monotonic() + ROOM_S
                while len(set(children(edge.pid)) - {killed}) < 3:
                    assert time.monotonic() < end, "it was not started again"
                    calls.make(1, patience_s=0.05)
                end = time.monotonic() + ROOM_S
                while not any(decides(child) for child in children(edge.pid)):
                    assert time.monotonic() < end, "nobody decides"
                    time.sleep(0.05)
            answer = b""
            end = time.monotonic() + ROOM_S
            while status(answer or b"SIP/2.0 302") != 603:
                assert time.monotonic() < end, "it never decided again"
                calls.make(1, patience_s=0.05)
                answer = trunk.ask(request(FORGED, call_id=f"again{time.monotonic_ns()}"))
        edge.send_signal(signal.SIGTERM)
        assert edge.wait(timeout=ROOM_S) == 0
        assert children(edge.pid) == []
    pairs = list(read_segments(tmp_path / "log"))
    judged = {event.call_id for event, verdict in pairs if verdict is not None}
    known = {call: code for call, code in calls.answered.items() if call in judged and call not in calls.otherwise}
    passed = let_through(pairs, known)
    assert passed <= {f"k{number}" for number in range(first - 20, first)}, "only what was on its way when it died"
    check(tmp_path / "log", {call: code for call, code in known.items() if call not in passed})
    assert len(known) > 300
    # While nobody decided, calls went through; one that was sent again meanwhile may have reached both.
    assert all(302 in codes for codes in calls.otherwise.values())
    assert {code for call, code in calls.answered.items() if call not in judged} <= {302}


@pytest.mark.parametrize("kernel", ["oracle", "fast"])
def test_pages_show_what_all_fronts_counted(tmp_path: Path, kernel: str) -> None:
    (tmp_path / "trunks.yaml").write_text(TRUNKS)
    arguments = ("--listen", "udp:127.0.0.1:0", "--fronts", "2", "--http", "127.0.0.1:0", "--kernel", kernel)
    with process(tmp_path, *arguments) as edge:
        assert edge.stdout is not None
        said = ""
        while "http" not in said:
            said = edge.stdout.readline()
        pages = int(re.search("http ([0-9]+)", said)[1])  # type: ignore[index]
        trunk = Trunk(listening(edge))
        with trunk.socket:
            for n in range(40):
                answer = trunk.ask(request(FORGED, call_id=f"p{n}"))
                assert header(answer, "Call-ID") == f"p{n}"
            end = time.monotonic() + ROOM_S
            while True:
                with urllib.request.urlopen(f"http://127.0.0.1:{pages}/metrics", timeout=5) as page:
                    text = page.read().decode()
                if 'haodun_edge_requests_total{method="INVITE"} 40.0' in text:
                    break
                assert time.monotonic() < end, text
                time.sleep(0.1)
        assert "haodun_edge_lease 1.0" in text and "haodun_edge_ring_thousandths" in text
        assert "haodun_edge_answer_seconds_count 40.0" in text
