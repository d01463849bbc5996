"""All that is asked of the desk is asked of a front with a desk behind it; and what only a front can get wrong."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.edge.serve.edges import FORGED, SBC, TIPPED, TestDesk, header, request, status
from tests.edge.serve.front.fronts import TestFront
from tests.edge.serve.test_desk import *  # noqa: F403 - every test of the desk, with the `desk` of this folder
from tests.edge.serve.test_desk import logged
from tests.edge.sip.fast.reading import invite

from haodun.edge.serve import Settings
from haodun.edge.serve.engine import prepare
from haodun.edge.serve.front.call_lines import LineTexts
from haodun.edge.serve.front.work import HARD, REPEATS
from haodun.edge.serve.lines import CallLines
from haodun.edge.serve.metrics import Count
from haodun.screening.policy import load_policy
from haodun.screening.verdicts import Mode
from haodun.store.segments import read_segments

MakeFront = Callable[..., TestFront]
OTHER = ("192.0.2.3", 5060)


def counts(edge: TestFront) -> tuple[int, int]:
    """How many datagrams of the last batch were hard, and how many answered again."""
    return int(edge.front._work.counts[HARD]), int(edge.front._work.counts[REPEATS])


def test_what_is_canonical_never_meets_the_desk(desk: MakeFront) -> None:
    edge = desk()
    answers = edge.ask(request(FORGED), request(TIPPED), request(FORGED, method="ACK"))
    assert sorted(map(status, answers)) == [302, 603]
    assert counts(edge) == (0, 0)
    assert not edge.done and edge.calls is not None and edge.calls.size == 2
    assert edge.tally.counts[Count.REQUESTS, "ACK"] == 1


def test_an_unknown_source_is_asked_of_the_desk_once(desk: MakeFront) -> None:
    edge = desk()
    edge.know = lambda source: None  # type: ignore[method-assign]
    edge.one(request(TIPPED))
    assert counts(edge)[0] == 1
    edge.one(request(TIPPED))
    assert counts(edge)[0] == 0
    assert edge.ask(request(TIPPED), source=("198.51.100.1", 5060)) == []
    assert edge.ask(request(TIPPED), source=("198.51.100.1", 5060)) == []
    assert counts(edge)[0] == 0
    assert edge.tally.counts[Count.DROPPED, "source"] == 2


def test_a_repeat_is_answered_again_by_compiled_code_also_within_one_batch(desk: MakeFront, tmp_path: Path) -> None:
    edge = desk()
    message = request(FORGED)
    first, second = edge.ask(message, message)
    assert first == second == edge.one(message)
    assert counts(edge) == (0, 1)
    assert logged(edge, tmp_path) == [(1, "BLOCK")]


def test_a_repeat_that_only_the_kernel_remembers_gets_the_same_bytes_and_no_number(
    desk: MakeFront, tmp_path: Path
) -> None:
    edge = desk()
    message = request(FORGED)
    first = edge.one(message)
    edge.front._told.calls[:] = 0
    again, other = edge.ask(message, request(TIPPED))
    assert {again, other} > {first}
    assert counts(edge)[0] == 1
    edge.one(request(FORGED))
    assert [action for _, action in logged(edge, tmp_path)] == ["BLOCK", "TIP", "BLOCK"]


def test_a_repeat_with_another_caller_is_judged_anew(desk: MakeFront) -> None:
    edge = desk()
    message = request(TIPPED, call_id="x", headers=f"P-Asserted-Identity: <tel:{TIPPED}>")
    assert status(edge.one(message)) == 302
    other = request(TIPPED, call_id="x", headers=f"P-Asserted-Identity: <tel:{FORGED}>")
    assert status(edge.one(other)) == 603
    assert counts(edge)[0] == 1, "the desk tells"
    assert status(edge.one(message)) == 302


def test_what_the_desk_answered_is_the_desk_s_when_it_comes_again(desk: MakeFront, tmp_path: Path) -> None:
    edge = desk()
    canonical = request(FORGED, call_id="x")
    first = edge.one(canonical.replace(b"\r\nCall-ID: x", b"\r\nCall-ID:\t x"))
    assert counts(edge)[0] == 1
    assert edge.one(canonical) == first
    assert counts(edge)[0] == 1
    assert logged(edge, tmp_path) == [(1, "BLOCK")]


def test_a_call_that_went_unjudged_is_not_judged_when_it_comes_again(desk: MakeFront, tmp_path: Path) -> None:
    edge = desk()
    message = request(FORGED)
    assert status(edge.one(message, stale=True)) == 302
    assert counts(edge)[0] == 0
    assert status(edge.one(message)) == 302
    assert logged(edge, tmp_path) == [(1, "")]


def test_a_late_call_in_a_batch_does_not_keep_the_others_from_their_verdict(desk: MakeFront, tmp_path: Path) -> None:
    edge = desk()
    messages = [request(FORGED), request(FORGED), request(FORGED)]
    held = edge.front._take

    def one_is_late(received: int) -> None:
        edge.front.mail.headers[1 * 8 + 5] = 32
        edge.front.mail.control[1 * 8 + 1 : 1 * 8 + 4] = [1 | 35 << 32, 0, 0]
        held(received)

    edge.front._take = one_is_late  # type: ignore[method-assign]
    assert sorted(map(status, edge.ask(*messages))) == [302, 603, 603]
    assert logged(edge, tmp_path) == [(1, "BLOCK"), (2, ""), (3, "BLOCK")]
    assert edge.tally.counts[Count.UNJUDGED, "late"] == 1


def test_a_swap_decides_from_the_next_batch_on_and_the_kernel_stays(  # type: ignore[no-redef]
    desk: MakeFront, tmp_path: Path
) -> None:
    edge = desk()
    message = request(FORGED)
    first = edge.one(message)
    deciding, kernel = edge.engine.deciding, edge.engine.kernel
    quiet = load_policy("cn")
    silent = replace(quiet, rules=tuple(replace(rule, action=None) for rule in quiet.rules))
    key, trunks = bytes(32), deciding.trunks
    swapped = prepare(deciding.wording.settings, kernel, policy=silent, trunks=trunks, site_key=key, run_id="x")
    edge.desk.swap(swapped)
    edge.front.prepare(swapped)
    edge.front.decide_by(swapped)
    assert status(edge.one(request(FORGED))) == 302, "no rule of the new policy gives an action"
    assert edge.engine.kernel is kernel
    assert edge.one(message) == first, "a repeat gets what it got"
    assert counts(edge)[0] == 1, "from the desk: what was told before the swap is not said again by number"
    assert [action for _, action in logged(edge, tmp_path)] == ["BLOCK", "ALLOW"]


@pytest.fixture
def beside(options: Callable[..., Settings], tmp_path: Path) -> tuple[TestDesk, TestFront]:
    """A desk under the oracle and a front, with the same secrets and the same run."""
    plain = TestDesk(options(log=tmp_path / "plain", kernel="oracle", front="plain"))
    (tmp_path / "log").mkdir()
    for name in ("run.json", "tag.key"):
        (tmp_path / "log" / name).write_bytes((tmp_path / "plain" / name).read_bytes())
    return plain, TestFront(options())


def test_front_and_oracle_answer_and_log_the_same(beside: tuple[TestDesk, TestFront], tmp_path: Path) -> None:
    plain, front = beside
    draw = random.Random(5)
    for _ in range(60):
        source = draw.choice([SBC, OTHER, ("192.0.2.2", 5060), ("127.0.0.1", 9)])
        messages = [any_message(draw) for _ in range(draw.randrange(1, 40))]
        plain.now_ms = front.now_ms = front.now_ms + 700
        ours = sorted(front.ask(*messages, source=source))
        # A front numbers what it claims before the rest of the batch: the desk is asked in that order.
        work, counted = front.front._work, 0 if front.calls is None else front.calls.size
        order = [*work.slots[:counted].tolist(), *work.hard[: counts(front)[0]].tolist()]
        order += [place for place in range(len(messages)) if place not in order]
        assert sorted(plain.ask(*(messages[place] for place in order), source=source)) == ours
    plain.close()
    front.close()
    logs = [list(read_segments(tmp_path / name)) for name in ("plain", "log")]
    assert len(logs[0]) > 500
    assert logs[0] == logs[1]
    assert plain.tally.counts == front.tally.counts


def any_message(draw: random.Random) -> bytes:
    """Mostly an ordinary call, of a few callers."""
    callers = [FORGED, TIPPED, "+8657188881234", "+442079460123", "+8613800000000", "+861700000000", "95588", "+1"]
    if draw.random() < 0.3:
        return invite(draw)
    method = draw.choice(["INVITE"] * 20 + ["ACK", "OPTIONS", "CANCEL", "BYE"])
    return request(draw.choice(callers), f"+8613900{draw.randrange(10**6):06d}", method=method)


@pytest.mark.parametrize("mode", [Mode.ENFORCE, Mode.OBSERVE])
def test_the_line_of_a_call_is_that_of_the_plain_way(
    mode: Mode, desk: MakeFront, options: Callable[..., Settings], tmp_path: Path
) -> None:
    edge, plain = desk(mode=mode), TestDesk(options(mode=mode, log=None, kernel="oracle", front="plain"))
    messages = [request(FORGED), request(TIPPED), request("+442079460123")]
    edge.ask(*messages)
    assert edge.calls is not None
    ours = bytes(LineTexts("r").lines(edge.calls, microseconds=7, snapshot=3, bypass=False)).decode().splitlines()
    plain.ask(*messages)
    lines = CallLines(tmp_path, run_id="r")
    lines.write(plain.done, microseconds=7, snapshot=3, bypass=False)
    lines.close()
    assert ours == (tmp_path / "calls.jsonl").read_text().splitlines()
    assert [json.loads(line)["answered"] for line in ours] == (
        ["BLOCK", "TIP", "TIP"] if mode is Mode.ENFORCE else ["ALLOW"] * 3
    )


def test_headers_and_tokens_of_answers_are_those_of_the_log(desk: MakeFront, tmp_path: Path) -> None:
    edge = desk()
    answers = edge.ask(*(request(FORGED) for _ in range(5)))
    tokens = [verdict.token for _, verdict in read_segments(tmp_path / "log") if verdict is not None]
    assert len(set(tokens)) == 5
    assert all(token in header(answer, "Reason") for token, answer in zip(tokens, answers, strict=True))
    assert np.count_nonzero(edge.front._work.events["number"]) == 5
