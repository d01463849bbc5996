"""The edge on either kernel: the same answers, the same log; a log of either kind of frame makes the same state."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.edge.serve.edges import FORGED, NOW_MS, SBC, TIPPED, TestDesk, request
from tests.store.columns import column_frame

from haodun.edge.serve import EdgeError, Settings, Standby, follow, start
from haodun.edge.serve.engine import prepare
from haodun.edge.serve.kernels import CompiledKernel
from haodun.screening.events import Cause, EventKind
from haodun.screening.events.packing import Packer
from haodun.screening.policy import load_policy
from haodun.screening.verdicts import Mode
from haodun.store.frames import Batch
from haodun.store.segments import SegmentWriter, begin_run, read_batches

Options = Callable[..., Settings]
CALLERS = (FORGED, TIPPED, "+442079250918", "anonymous", "+8657188881234", "+8613800138000", "110", "+86170")
CALLEES = ("+8613900001234", "+8613900001235", "110", "+86120", "+8610086", "4001234567")
SOURCES = (SBC, ("192.0.2.2", 5060), ("192.0.2.3", 9), ("127.0.0.1", 5060), ("203.0.113.9", 5060))


@pytest.fixture
def pair(options: Options, tmp_path: Path) -> Iterator[Callable[..., tuple[TestDesk, TestDesk]]]:
    """`pair(mode=…)`: two desks alike but for their kernel, with logs `oracle` and `fast`."""
    made: list[TestDesk] = []

    def make(**named: object) -> tuple[TestDesk, TestDesk]:
        desks = [TestDesk(options(kernel=name, log=tmp_path / name, **named)) for name in ("oracle", "fast")]
        made.extend(desks)
        # One run, so that tokens are equal, and one secret, so that To tags are.
        for name in ("run.json", "tag.key"):
            (tmp_path / "fast" / name).write_bytes((tmp_path / "oracle" / name).read_bytes())
        desks[1].close()
        made[1] = TestDesk(options(kernel="fast", log=tmp_path / "fast", **named))
        return made[0], made[1]

    yield make
    for desk in made:
        desk.close()


def messages(draw: random.Random, count: int) -> list[bytes]:
    """Calls, some of them again with the same or another branch, some for help."""
    made: list[bytes] = []
    for n in range(count):
        if made and draw.random() < 0.15:
            made.append(draw.choice(made[-20:]))
            continue
        headers = "Priority: psap-callback" if draw.random() < 0.05 else ""
        if draw.random() < 0.1:
            headers = "P-Asserted-Identity: <sip:+8613912345678@x>"
        name = f"c{n - draw.choice((0, 0, 0, 1))}"
        made.append(request(draw.choice(CALLERS), draw.choice(CALLEES), call_id=name, headers=headers, cseq=1 + n % 2))
    return made


def batches(log: Path) -> list[Batch]:
    return [batch._replace(lease=0) for batch in read_batches(log)]


def digest(desk: TestDesk) -> str:
    return hashlib.sha256(b"".join(desk.engine.kernel.save())).hexdigest()


@pytest.mark.parametrize("mode", list(Mode))
def test_both_kernels_answer_and_log_the_same(
    mode: Mode, pair: Callable[..., tuple[TestDesk, TestDesk]], tmp_path: Path
) -> None:
    draw = random.Random(11)
    desks = pair(mode=mode)
    for turn in range(60):
        given = messages(draw, draw.randrange(1, 12))
        source, stale, busy = draw.choice(SOURCES), draw.random() < 0.05, draw.choice(("", "", "", "", "overload"))
        for desk in desks:
            desk.now_ms = NOW_MS + turn * 7_000
            desk.desk.bypass = turn % 20 == 19
        answers = [desk.ask(*given, source=source, stale=stale, busy=busy) for desk in desks]
        assert answers[0] == answers[1]
    one, other = batches(tmp_path / "oracle"), batches(tmp_path / "fast")
    assert one == other
    verdicts = [verdict for batch in one for _, verdict in batch.pairs if verdict is not None]
    assert len(verdicts) > 150 and len({verdict.action for verdict in verdicts}) >= 3


def test_a_swap_keeps_the_kernel_and_a_snapshot_made_for_another_is_refused(options: Options) -> None:
    desk = TestDesk(options(kernel="fast", log=None))
    deciding = desk.engine.deciding
    kernel, before = desk.engine.kernel, desk.engine.kernel.numbers
    desk.ask(request(FORGED))
    policy = load_policy("cn")
    silent = replace(policy, rules=tuple(replace(rule, action=None) for rule in policy.rules))
    settings = deciding.wording.settings
    named = {"trunks": deciding.trunks, "site_key": bytes(32), "run_id": "x"}
    desk.desk.swap(prepare(settings, kernel, policy=silent, **named))  # type: ignore[arg-type]
    assert desk.one(request(FORGED)).startswith(b"SIP/2.0 302")
    assert desk.engine.kernel is kernel and kernel.numbers > before
    another = start(options(kernel="fast", log=None), now_ms=NOW_MS).engine.deciding
    with pytest.raises(EdgeError, match="another home country"):
        desk.desk.swap(another)


def rewritten(log: Path, other: Path, packer: Packer | None) -> None:
    """The same log with frames of columns, an answer or end here and there."""
    begin_run(other, {})
    writer = SegmentWriter(other)
    for place, batch in enumerate(read_batches(log)):
        one = batch._replace(lease=writer.lease.number)
        if place % 5 == 4:
            writer.append(one)
        else:
            event = one.pairs[0][0]
            writer.append_frame(column_frame(one, packer), first=event.number, last=one.last, time_ms=event.time_ms)
    writer.close()


def test_logs_of_rows_and_of_columns_make_the_same_state_as_living_did(
    pair: Callable[..., tuple[TestDesk, TestDesk]], options: Options, tmp_path: Path
) -> None:
    draw = random.Random(5)
    desks = pair()
    for turn in range(40):
        for desk in desks:
            desk.now_ms = NOW_MS + turn * 9_000
            desk.ask(*messages(random.Random(turn), 9))
    events = [event for batch in read_batches(tmp_path / "fast") for event, _ in batch.pairs]
    ends = []
    for number, event in enumerate(draw.sample(events, 60), events[-1].number + 1):
        kind = draw.choice((EventKind.ANSWER, EventKind.END))
        event = event._replace(number=number, time_ms=events[-1].time_ms, kind=kind)
        if kind is EventKind.END:
            event = event._replace(answered=True, seconds=4, cause=Cause.NORMAL)
        ends.append((event, None))
    for desk in desks:
        assert desk.writer is not None
        desk.writer.append(Batch(0, "", False, list(ends)))
        for event, _ in ends:
            desk.engine.judge(event, enforce=True)
    for name, desk in zip(("oracle", "fast"), desks, strict=True):
        expected = digest(desk)
        other = tmp_path / f"{name}-columns"
        other.mkdir()
        for kept in ("run.json", "tag.key"):
            (other / kept).write_bytes((tmp_path / name / kept).read_bytes())
        kernel = desk.engine.kernel
        rewritten(tmp_path / name, other, kernel.screener.packer if isinstance(kernel, CompiledKernel) else None)
        for log in (tmp_path / name, other):
            followed = follow(options(kernel=name, log=log))
            while followed.step(desk.now_ms):
                pass
            assert hashlib.sha256(b"".join(followed.kernel.save())).hexdigest() == expected


def test_after_a_restart_from_its_state_the_fast_kernel_decides_as_if_it_had_gone_on(
    pair: Callable[..., tuple[TestDesk, TestDesk]], options: Options, tmp_path: Path
) -> None:
    oracle, fast = pair()
    for turn in range(10):
        for desk in (oracle, fast):
            desk.now_ms = NOW_MS + turn * 4_000  # a start passes over what is dated a minute ahead
            desk.ask(*messages(random.Random(turn), 9))
    followed = follow(options(kernel="fast", log=tmp_path / "fast"))
    while followed.step(fast.now_ms):
        pass
    assert followed.keep()
    fast.ask(request(FORGED, call_id="last"))
    oracle.ask(request(FORGED, call_id="last"))
    fast.close()
    again = TestDesk(options(kernel="fast", log=tmp_path / "fast"))
    assert isinstance(again.engine.kernel, CompiledKernel)
    again.now_ms = oracle.now_ms
    repeats = messages(random.Random(9), 9)
    assert again.ask(*repeats) == oracle.ask(*repeats)
    assert again.ask(*messages(random.Random(99), 30)) == oracle.ask(*messages(random.Random(99), 30))
    again.close()
    assert [batch.pairs for batch in batches(tmp_path / "oracle")] == [
        batch.pairs for batch in batches(tmp_path / "fast")
    ]


def test_a_standby_on_the_fast_kernel_has_its_state_to_the_last_bit(options: Options, tmp_path: Path) -> None:
    settings = options(kernel="fast")
    desk = TestDesk(settings)
    desk.ask(request(FORGED))
    standby = Standby(replace(settings, standby=True))
    for turn in range(8):
        desk.now_ms += 3_000
        desk.ask(*messages(random.Random(turn), 20))
        while standby.followed.step(desk.now_ms):
            pass
        assert hashlib.sha256(b"".join(standby.followed.kernel.save())).hexdigest() == digest(desk)
    desk.close()
