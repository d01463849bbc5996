"""All that is asked of several plain fronts is asked of compiled ones; and they log and answer as one front would."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.edge.serve.edges import FORGED, SBC, TIPPED, request, status
from tests.edge.serve.front.asking import CompiledSite
from tests.edge.serve.front.fronts import TestFront
from tests.edge.serve.front.test_front import OTHER, any_message, counts
from tests.edge.serve.test_fronts import *  # noqa: F403 - every test of plain fronts, with the `site` of this file
from tests.edge.serve.test_fronts import Site

from haodun.edge.serve import Settings
from haodun.edge.serve.asking import AskedColumns, AskedError, asked_columns_bytes, read_asked
from haodun.edge.serve.desk import Packet
from haodun.edge.serve.front.shared_told import make_memory, others_told, own_told
from haodun.edge.serve.front.work import HARD
from haodun.edge.serve.joining import joined, joined_texts, texts_at
from haodun.edge.serve.limits import MICRO_BATCH
from haodun.edge.serve.metrics import Count
from haodun.screening.events import Action
from haodun.store.columns import Columns
from haodun.store.reading import read_frames
from haodun.store.segments import read_segments

SOURCES = (SBC, OTHER, ("192.0.2.2", 5060), ("127.0.0.1", 9))


@pytest.fixture  # type: ignore[no-redef]
def site(options: Callable[..., Settings]) -> Iterator[CompiledSite]:
    made = CompiledSite(options(fronts=2))
    yield made
    made.close()


@pytest.fixture
def three(options: Callable[..., Settings], tmp_path: Path) -> Iterator[tuple[Site, CompiledSite, TestFront]]:
    """Plain fronts, compiled fronts and one compiled front, with the same secrets and the same run."""
    plain = Site(options(log=tmp_path / "plain", fronts=2, front="plain", kernel="oracle"))
    for name in ("several", "one"):
        (tmp_path / name).mkdir()
        for kept in ("run.json", "tag.key"):
            (tmp_path / name / kept).write_bytes((tmp_path / "plain" / kept).read_bytes())
    several = CompiledSite(options(log=tmp_path / "several", fronts=2))
    one = TestFront(options(log=tmp_path / "one"))
    yield plain, several, one
    plain.close()
    several.close()
    one.close()


def plain_ask(site: Site, place: int, messages: list[bytes], source: tuple[str, int]) -> list[bytes]:
    desk = site.fronts[place]
    desk.since_ns = time.monotonic_ns()
    return [answer for answer, _ in desk.serve([Packet(one, source, False) for one in messages], now_ms=site.now_ms)[0]]


def in_its_order(front: TestFront, messages: list[bytes]) -> list[bytes]:
    """Messages as a compiled front numbers them: what it claims before the rest of the batch."""
    work, counted = front.front._work, 0 if front.calls is None else front.calls.size
    order = [*work.slots[:counted].tolist(), *work.hard[: counts(front)[0]].tolist()]
    order += [place for place in range(len(messages)) if place not in order]
    return [messages[place] for place in order]


def test_they_answer_and_log_as_plain_fronts_and_as_one_compiled_front(
    three: tuple[Site, CompiledSite, TestFront], tmp_path: Path
) -> None:
    plain, several, one = three
    draw = random.Random(7)
    for turn in range(60):
        source, place = draw.choice(SOURCES), turn % 2
        messages = [any_message(draw) for _ in range(draw.randrange(1, 40))]
        one.now_ms += 700
        plain.now_ms = several.now_ms = one.now_ms
        ours = several.ask(place, *messages, source=source)
        assert one.ask(*messages, source=source) == ours
        assert sorted(plain_ask(plain, place, in_its_order(one, messages), source)) == sorted(ours)
    logs = [list(read_segments(tmp_path / name)) for name in ("plain", "several", "one")]
    assert len(logs[0]) > 500
    assert logs[0] == logs[1] == logs[2]
    counted = [sum((tally.counts for tally in site.tallies), start=type(one.tally.counts)()) for site in three[:2]]
    assert counted[0] == counted[1] == one.tally.counts
    assert any(isinstance(frame, Columns) for frame in read_frames(tmp_path / "several"))


def test_calls_sent_again_to_another_front_are_answered_there_by_compiled_code(
    site: CompiledSite, tmp_path: Path
) -> None:
    messages = [request(FORGED), request(TIPPED), request("+8657188881234"), request("+442079460123")]
    first = site.ask(0, *messages)
    assert {status(answer) for answer in first} == {302, 603}
    again = site.ask(1, *messages, request(FORGED, call_id="new"))
    assert again == [again[0], *first] or sorted(again[1:]) == sorted(first), "the new one comes first"
    assert status(again[0]) == 603
    assert counts(site.compiled[1]) == (0, 0)
    assert site.ask(1, *messages) == first
    assert counts(site.compiled[1]) == (0, 4), "it knows them itself now"
    tally = site.tallies[1].counts
    assert tally[Count.RETRANSMISSIONS, ""] == 8
    assert sum(tally[Count.VERDICTS, action.name] for action in Action) == 1
    assert sum(tally[Count.ANSWERS, action.name] for action in Action) == 1
    calls = [event.call_id for event, _ in read_segments(tmp_path / "log")]
    assert len(calls) == len(set(calls)) == 5


def test_a_batch_of_repeats_alone_logs_nothing_and_is_answered(site: CompiledSite, tmp_path: Path) -> None:
    message = request(FORGED)
    first = site.ask(0, message)
    before = list(read_segments(tmp_path / "log"))
    assert site.ask(1, message) == first
    assert list(read_segments(tmp_path / "log")) == before


def together(site: CompiledSite, *asked: tuple[int, bytes], late: tuple[int, ...] = ()) -> None:
    """Questions of several fronts that are decided as one micro-batch; `late` says which fronts' were too old."""
    site.alive = False
    for place, message in asked:
        site.ask(place, message, stale=place in late)
    site.decide()
    site.alive = True


def test_copies_in_one_micro_batch_are_one_call(site: CompiledSite, tmp_path: Path) -> None:
    message = request(FORGED, call_id="both")
    together(site, (0, message), (1, message), (1, request(TIPPED, call_id="other")))
    logged = {event.call_id: verdict for event, verdict in read_segments(tmp_path / "log")}
    assert set(logged) == {"both", "other"}
    assert logged["both"] is not None and logged["both"].action is Action.BLOCK
    assert logged["other"] is None, "it was asked while nobody answered"
    frames = [frame for frame in read_frames(tmp_path / "log") if isinstance(frame, Columns)]
    assert len(frames) == 1, "one frame for all questions"


@pytest.mark.parametrize("first_is_late", [True, False])
def test_a_call_and_its_late_copy_in_one_micro_batch_get_one_answer(
    site: CompiledSite, tmp_path: Path, first_is_late: bool
) -> None:
    message = request(FORGED, call_id="both")
    site.wire._first = 0
    together(site, (0, message), (1, message), late=(0,) if first_is_late else (1,))
    ((_, verdict),) = read_segments(tmp_path / "log")
    assert (verdict is None) == first_is_late
    code = 302 if first_is_late else 603
    for place in (0, 1):
        site.compiled[place].front._told.calls[:] = 0
        assert [status(answer) for answer in site.ask(place, message)] == [code]


def test_a_batch_that_is_not_in_the_log_is_let_through_also_when_it_comes_again(
    site: CompiledSite, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(*arguments: object, **named: object) -> None:
        raise OSError(28, "No space left on device")

    message = request(FORGED)
    assert site.journal.writer is not None
    with monkeypatch.context() as patched:
        patched.setattr(site.journal.writer, "append_frame", full)
        assert [status(answer) for answer in site.ask(0, message)] == [302]
    site.journal.fault = ""
    assert [status(answer) for answer in site.ask(1, message)] == [302]
    assert list(read_segments(tmp_path / "log")) == []
    assert status(site.ask(1, request(FORGED))[0]) == 603


def test_a_fault_of_our_own_code_costs_the_verdict_and_is_said(
    site: CompiledSite, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def wrong(*arguments: object, **named: object) -> None:
        raise IndexError("planted")

    message = request(FORGED)
    with monkeypatch.context() as patched:
        patched.setattr(site.kernel.columns._screener, "judge", wrong)
        assert [status(answer) for answer in site.ask(0, message)] == [302]
    assert "planted" in site.kernel.fault
    assert site.tallies[0].counts[Count.UNJUDGED, "engine"] == 1
    ((_, verdict),) = read_segments(tmp_path / "log")
    assert verdict is None
    with monkeypatch.context() as patched:
        patched.setattr(site.kernel.columns, "_begin", wrong)
        assert [status(answer) for answer in site.ask(0, request(FORGED))] == [302]
    assert site.tallies[0].counts[Count.UNJUDGED, "engine"] == 2


def test_a_cancel_finds_the_transaction_of_another_front(site: CompiledSite) -> None:
    memories = [make_memory() for _ in range(2)]
    for place, tested in enumerate(site.compiled):
        tested.front._told = own_told(memories[place])
        tested.front._lay_down()
        tested.asking._others = others_told([memories[1 - place]])
    site.ask(0, request(FORGED, call_id="c"))
    cancel = request(FORGED, call_id="c", method="CANCEL")
    assert [status(answer) for place in (1, 0) for answer in site.ask(place, cancel)] == [200, 200]
    assert [status(answer) for answer in site.ask(1, request(FORGED, call_id="d", method="CANCEL"))] == [481]


def asked(site: CompiledSite, *messages: bytes, source: tuple[str, int] = SBC) -> Columns:
    """The columns of a question that nobody answers."""
    site.alive = False
    site.ask(0, *messages, source=source)
    packets, _ = site.wire.drain(deadline_ms=20, wall_ns=0)
    (said,) = [one for one in (read_asked(packet.data) for packet in packets) if isinstance(one, AskedColumns)]
    site.alive = True
    return said.columns


def test_questions_of_fronts_with_other_trunks_files_are_joined_by_their_names(site: CompiledSite) -> None:
    one, two = asked(site, request(FORGED), request(TIPPED)), asked(site, request(FORGED), source=OTHER)
    names = two.texts.trunks.texts()
    renamed = two.texts._replace(
        trunks=type(two.texts.trunks).of(list(reversed(names))),
        trunk=(len(names) - 1 - two.texts.trunk).astype(np.uint16),
    )
    two.__dict__["texts"] = renamed
    batch = joined([one, two])
    found = batch.names.texts()
    assert [found[place] for place in batch.places.tolist()] == ["igw", "igw", "next"]
    texts = joined_texts([one, two], batch.names, batch.places)
    for name in ("call_id", "transaction", "caller_text", "callee_text", "source"):
        whole = [*getattr(one.texts, name).texts(), *getattr(two.texts, name).texts()]
        assert getattr(texts, name).texts() == whole
        assert getattr(texts_at(texts, np.array([0, 2])), name).texts() == [whole[0], whole[2]]
    assert batch.events.tobytes() == one.events.tobytes() + two.events.tobytes()


def test_what_waits_is_decided_in_batches_of_bounded_size(site: CompiledSite) -> None:
    ring = site.wire._asks[0]
    count = 0
    while ring.put(bytes(20_000)):
        count += 1
    assert count > 1
    sizes = []
    while packets := site.wire.drain(deadline_ms=20, wall_ns=0)[0]:
        sizes.append(sum(len(packet.data) for packet in packets))
    assert sum(sizes) == count * 20_000 and max(sizes) < MICRO_BATCH + 20_000


def test_a_question_that_names_what_is_not_there_costs_its_front_alone(site: CompiledSite) -> None:
    columns = asked(site, request(FORGED))
    assert columns is not None
    for late in (b"\0\0", b"\0" * 5):
        with pytest.raises(AskedError, match="different lengths"):
            read_asked(asked_columns_bytes(1, 0, frame_of(site), "", late))


def frame_of(site: CompiledSite) -> bytes:
    """The frame of one question."""
    kept: list[bytes] = []

    def keep(frame: bytes, **named: Any) -> str:
        kept.append(frame)
        return "away"

    questions = site.fronts[0]._questions
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(questions, "ask_columns", keep)
        site.ask(0, request(FORGED))
    (frame,) = kept
    return frame


def test_late_calls_at_a_front_do_not_keep_the_others_from_their_verdict(site: CompiledSite, tmp_path: Path) -> None:
    tested = site.compiled[0]
    held = tested.front._take

    def one_is_late(received: int) -> None:
        held(received)
        tested.front._work.late[1] = tested.front._work.counts[7] = 1

    tested.front._take = one_is_late  # type: ignore[method-assign]
    answers = site.ask(0, *(request(FORGED, call_id=f"l{n}") for n in range(3)))
    assert sorted(map(status, answers)) == [302, 603, 603]
    verdicts = [None if verdict is None else verdict.action for _, verdict in read_segments(tmp_path / "log")]
    assert verdicts == [Action.BLOCK, None, Action.BLOCK]
    assert site.tallies[0].counts[Count.UNJUDGED, "late"] == 1
    assert int(tested.front._work.counts[HARD]) == 0
    assert re.search("FAIL_OPEN", str(site.tallies[0].counts))
