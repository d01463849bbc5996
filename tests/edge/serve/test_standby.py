"""The standby has the edge's state bit for bit, takes over from a dead or a stopped one, and decides as it would."""

from __future__ import annotations

import hashlib
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.edge.serve.edges import FORGED, TRUNKS, Trunk, request, running, trunk_of
from tests.edge.serve.failing import CALLERS, ROOM_S, Calls, check, process, said
from tests.faults.killing import KERNEL

from haodun.edge.serve import EdgeError, Settings, Standby
from haodun.edge.serve import standby as standby_module
from haodun.edge.serve.states import numbers_of
from haodun.store.segments import NUMBERS_APART, read_batches, read_segments

Options = Callable[..., Settings]


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + ROOM_S
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


def digest(standby: Standby) -> str:
    return hashlib.sha256(b"".join(standby.followed.kernel.save())).hexdigest()


def catch_up(standby: Standby) -> None:
    while standby.followed.step(time.time_ns() // 1_000_000):
        pass


def test_at_the_same_event_it_has_the_same_state_to_the_last_bit(options: Options) -> None:
    settings = options()
    with running(settings) as edge, trunk_of(edge) as trunk:
        trunk.ask(request(FORGED))
        early = Standby(replace(settings, standby=True))
        for n in range(300):
            trunk.ask(request(CALLERS[n % 5], f"+86139{n % 40:08}", call_id=f"c{n % 250}"))
            if n % 60 == 0:
                catch_up(early)
        late = Standby(replace(settings, standby=True))
        catch_up(early)
        catch_up(late)
        own = b"".join(edge.desk.engine.kernel.save())
        assert early.followed.number == late.followed.number == edge.journal.next_number - 1
        assert digest(early) == digest(late) == hashlib.sha256(own).hexdigest()
        assert edge.desk.engine.kernel.numbers > 40


def test_it_keeps_states_as_the_log_grows_and_the_next_start_uses_them(
    options: Options, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = options()
    monkeypatch.setattr(standby_module, "STATE_EVENTS", {KERNEL: 10})
    with running(settings) as edge, trunk_of(edge) as trunk:
        trunk.ask(request(FORGED))
        standby = Standby(replace(settings, standby=True))
        thread = threading.Thread(target=standby.run)
        thread.start()
        kept: list[int] = []
        while len(kept) < 3:
            before = numbers_of(tmp_path / "log")
            for n in range(12):
                trunk.ask(request(CALLERS[n % 5], call_id=f"s{len(kept)}-{n}"))
            until(lambda before=before: numbers_of(tmp_path / "log") != before)  # type: ignore[misc]
            kept.append(max(numbers_of(tmp_path / "log")))
        until(lambda: numbers_of(tmp_path / "log") == [kept[2], kept[1]])
        standby.stop()
        thread.join()
        again = Standby(replace(settings, standby=True))
        assert again.followed.start == max(numbers_of(tmp_path / "log")) > 0
        catch_up(again)
        assert digest(again) == hashlib.sha256(b"".join(edge.desk.engine.kernel.save())).hexdigest()


def test_it_asks_for_a_log_that_somebody_writes(options: Options, tmp_path: Path) -> None:
    with pytest.raises(EdgeError, match="give --log"):
        options(log=None, standby=True)
    with pytest.raises(EdgeError, match="start the first one"):
        Standby(options(standby=True, log=tmp_path / "none"))
    with pytest.raises(EdgeError, match="--lease-s"):
        options(lease_s=0.5)


@pytest.mark.fault
def test_killed_under_load_its_standby_serves_the_same_port_as_if_nothing_had_been(tmp_path: Path) -> None:
    (tmp_path / "trunks.yaml").write_text(TRUNKS)
    with process(tmp_path, "--listen", "udp:127.0.0.1:0") as first:
        port = said(first, "listening on udp ([0-9]+)")
        trunk = Trunk(port)
        with trunk.socket:
            calls = Calls(trunk)
            calls.make(20, patience_s=0.1)
            with process(tmp_path, "--listen", f"udp:127.0.0.1:{port}", "--standby") as second:
                said(second, "standing by after event ([0-9]+)")
                for _ in range(30):
                    calls.make(20, patience_s=0.01)
                first.send_signal(signal.SIGKILL)
                calls.make(50, patience_s=0.01)
                assert said(second, "listening on udp ([0-9]+)") == port
                for _ in range(10):
                    calls.make(20, patience_s=0.01)
                calls.finish()
                assert second.poll() is None
    check(tmp_path / "log", calls.answered)
    assert calls.otherwise == {}
    assert len(calls.answered) == 20 + 30 * 20 + 50 + 10 * 20
    assert {batch.lease for batch in read_batches(tmp_path / "log")} == {1, 2}
    numbers = [event.number for event, _ in read_segments(tmp_path / "log")]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.fault
def test_one_that_stood_still_is_replaced_and_when_it_wakes_it_adds_and_answers_nothing(tmp_path: Path) -> None:
    (tmp_path / "trunks.yaml").write_text(TRUNKS)
    with process(tmp_path, "--listen", "udp:127.0.0.1:0") as first:
        port = said(first, "listening on udp ([0-9]+)")
        trunk = Trunk(port)
        with trunk.socket:
            calls = Calls(trunk)
            calls.make(40, patience_s=0.2)
            arguments = ("--listen", f"udp:127.0.0.1:{port}", "--standby", "--lease-s", "2")
            with process(tmp_path, *arguments) as second:
                said(second, "standing by after event ([0-9]+)")
                first.send_signal(signal.SIGSTOP)
                calls.make(40, patience_s=0.05)  # some lie in the stopped one's queue when it wakes
                assert said(second, "listening on udp ([0-9]+)") == port
                calls.finish()
                before = list(read_segments(tmp_path / "log"))
                first.send_signal(signal.SIGCONT)
                assert first.wait(timeout=ROOM_S) == 3, "it says that it was replaced"
                assert list(read_segments(tmp_path / "log")) == before
                calls.make(40, patience_s=0.05)
                calls.finish()
    check(tmp_path / "log", calls.answered)
    assert calls.otherwise == {}
    assert len(calls.answered) == 120
    numbers = [event.number for event, _ in read_segments(tmp_path / "log")]
    assert numbers[39:41] == [40, 41 + NUMBERS_APART]
