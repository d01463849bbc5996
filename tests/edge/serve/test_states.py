"""States while calls run: what is kept is the running kernel's, whole or not there, whenever its maker is killed."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.edge.serve.edges import FORGED, TIPPED, TestDesk, request, running, trunk_of
from tests.faults.killing import ALL, DURABLE, HAODUN, KERNEL, Ended, durable, run

from haodun.edge.serve import Settings, aging, start
from haodun.edge.serve.metrics import Gauge
from haodun.edge.serve.states import MAGIC, StateError, keeping, numbers_of, opened_state, path_of, write_state

Options = Callable[..., Settings]
CALLERS = (FORGED, TIPPED, "+442079250918", "anonymous", "+8657188881234")
ROOM_S = 30


def make_state(log: Path, kind: str = "write", after: int = 0) -> Ended:
    """Keep a state in a process that dies after the n-th durable step of one kind."""
    return run(HAODUN, "edge", "state", "--log", str(log), "--kernel", KERNEL, at=durable(kind, after))


@pytest.fixture
def desk_at(options: Options) -> Iterator[Callable[..., TestDesk]]:
    """`desk_at(log)`: a desk that goes on with a log."""
    made: list[TestDesk] = []

    def make(log: Path) -> TestDesk:
        made.append(TestDesk(options(log=log)))
        return made[-1]

    yield make
    for desk in made:
        desk.close()


def call(desk: TestDesk, first: int, count: int) -> None:
    """Some calls, a second apart."""
    for n in range(first, first + count):
        desk.now_ms += 1_000
        desk.ask(request(CALLERS[n % 5], f"+86139{n % 30:08}", call_id=f"c{n}"))


def digest(desk: TestDesk) -> str:
    return hashlib.sha256(b"".join(desk.engine.kernel.save())).hexdigest()


def test_a_state_made_beside_the_edge_is_the_kernels_own_at_that_event(
    desk_at: Callable[..., TestDesk], tmp_path: Path
) -> None:
    desk = desk_at(tmp_path / "log")
    for first in (0, 70, 140):
        call(desk, first, 70)
        assert make_state(tmp_path / "log").code == 0
        with opened_state(tmp_path / "log", first + 70) as stored:
            assert hashlib.sha256(b"".join(stored.chunks)).hexdigest() == digest(desk)
    assert numbers_of(tmp_path / "log") == [210, 140], "the newest two"
    again = make_state(tmp_path / "log")
    assert again.code == 0 and "was kept already" in again.out


@pytest.mark.fault
@pytest.mark.parametrize("kind", DURABLE)
def test_wherever_its_maker_is_killed_the_next_start_is_as_if_it_had_not_been(
    kind: str, desk_at: Callable[..., TestDesk], options: Options, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    desk = desk_at(log)
    call(desk, 0, 60)
    assert make_state(log).code == 0
    call(desk, 60, 60)
    expected = digest(desk)
    desk.close()
    total = make_state_of_copy(log, tmp_path / "whole", kind, 0).steps
    for after in range(1, total + 1) if ALL else {1, total}:
        copy = tmp_path / f"{kind}-{after}"
        assert make_state_of_copy(log, copy, kind, after).killed
        prepared = start(options(log=copy), now_ms=desk.now_ms)
        assert prepared.writer is not None and prepared.writer.last_number == 120
        prepared.writer.close()
        assert hashlib.sha256(b"".join(prepared.engine.kernel.save())).hexdigest() == expected
        assert make_state(copy).code == 0
        assert numbers_of(copy) == [120, 60] and list(copy.glob("*.part")) == []


def make_state_of_copy(log: Path, copy: Path, kind: str, after: int) -> Ended:
    copy.mkdir()
    for path in log.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    return make_state(copy, kind, after)


def test_a_damaged_state_is_said_and_the_one_before_serves(
    desk_at: Callable[..., TestDesk], options: Options, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    desk = desk_at(log)
    for first in (0, 50):
        call(desk, first, 50)
        make_state(log)
    call(desk, 100, 10)
    expected = digest(desk)
    desk.close()
    newest = path_of(log, 100)
    whole = newest.read_bytes()
    spoilt = [whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :] for place in range(0, len(whole), 97)]
    spoilt += [whole[:-1], whole[:-8], whole[: len(MAGIC)], b"", path_of(log, 50).read_bytes()]
    for data in spoilt:
        newest.write_bytes(data)
        with pytest.raises(StateError), opened_state(log, 100) as stored:
            list(stored.chunks)
    for data, note in ((spoilt[-1], "it is of event 50"), (spoilt[3], "damaged"), (whole, "")):
        newest.write_bytes(data)
        prepared = start(options(log=log), now_ms=desk.now_ms)
        assert prepared.writer is not None
        prepared.writer.close()
        assert hashlib.sha256(b"".join(prepared.engine.kernel.save())).hexdigest() == expected
        assert note in " ".join(prepared.notes)
        assert f"{10 if data == whole else 60} logged events were counted again" in prepared.notes


def test_a_state_of_another_log_kernel_or_beyond_the_logs_end_is_not_used(
    desk_at: Callable[..., TestDesk], options: Options, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    desk = desk_at(log)
    call(desk, 0, 20)
    expected = digest(desk)
    run = start(options(log=None), now_ms=0).run_id
    with keeping(log) as mine:
        assert mine
        with keeping(log) as other:
            assert not other, "one writes at a time"
        own = desk.engine.deciding.screener.run_id
        write_state(log, 5, kernel=KERNEL, run=run, chunks=[b"x"])
        write_state(log, 25, kernel=KERNEL, run=own, chunks=desk.engine.kernel.save())
    desk.close()
    prepared = start(options(log=log), now_ms=desk.now_ms)
    assert prepared.writer is not None
    prepared.writer.close()
    said = " ".join(prepared.notes)
    assert "the log ends with event 20" in said and "of another log" in said
    assert hashlib.sha256(b"".join(prepared.engine.kernel.save())).hexdigest() == expected


def test_the_edge_has_a_state_made_as_its_log_grows(
    options: Options, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(aging, "STATE_EVENTS", {KERNEL: 5})
    with running(options()) as edge, trunk_of(edge) as trunk:
        for n in range(20):
            trunk.ask(request(FORGED, call_id=f"g{n}"))
        end = time.monotonic() + ROOM_S
        while not numbers_of(tmp_path / "log") or edge.tally.gauges[Gauge.STATE_BEHIND]:
            assert time.monotonic() < end, "no state was made"
            time.sleep(0.05)
        with opened_state(tmp_path / "log", max(numbers_of(tmp_path / "log"))) as stored:
            assert b"".join(stored.chunks) == b"".join(edge.desk.engine.kernel.save())
