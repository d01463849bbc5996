"""What the edge answers, call by call: transactions, trunks, modes, faults. No sockets, and a clock that is moved."""

from __future__ import annotations

import errno
import gc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.edge.serve.edges import FORGED, SBC, TIPPED, TestDesk, header, request, status

from haodun.edge.serve import EdgeError
from haodun.edge.serve.desk import Packet
from haodun.edge.serve.engine import prepare
from haodun.edge.serve.kernels import OracleKernel
from haodun.edge.serve.limits import ANSWERS_MS
from haodun.edge.serve.metrics import Count
from haodun.screening.events import Action, Layer
from haodun.screening.kernel import Parameters
from haodun.screening.policy import load_policy
from haodun.screening.verdicts import Mode
from haodun.store import segments
from haodun.store.segments import read_segments

Make = Callable[..., TestDesk]


def logged(desk: TestDesk, tmp_path: Path) -> list[tuple[int, str]]:
    """Event numbers and actions of the live log."""
    pairs = read_segments(tmp_path / "log")
    return [(event.number, "" if verdict is None else verdict.action.name) for event, verdict in pairs]


def test_a_forged_number_is_refused_with_its_token_and_a_call_that_may_go_on_is_redirected(
    desk: Make, tmp_path: Path
) -> None:
    edge = desk()
    blocked, tipped = edge.ask(request(FORGED), request(TIPPED))
    assert status(blocked) == 603
    verdicts = [verdict for _, verdict in read_segments(tmp_path / "log")]
    assert verdicts[0] is not None and verdicts[0].token in header(blocked, "Reason")
    assert status(tipped) == 302
    assert header(tipped, "Contact") == "<sip:+8613900001234@192.0.2.99;user=phone>"
    assert TIPPED in header(tipped, "P-Asserted-Identity")
    assert logged(edge, tmp_path) == [(1, "BLOCK"), (2, "TIP")]


def test_the_caller_is_the_asserted_one_where_the_trunk_is_trusted_and_from_where_it_is_not(desk: Make) -> None:
    message = request("+442079250918", headers=f"P-Asserted-Identity: <tel:{FORGED}>")
    edge = desk()
    assert status(edge.one(message)) == 603
    assert (
        status(
            edge.one(
                request("+442079250918", headers=f"P-Asserted-Identity: <tel:{FORGED}>"), source=("192.0.2.3", 5060)
            )
        )
        == 302
    )


def test_a_retransmission_gets_the_same_bytes_and_is_counted_once(desk: Make, tmp_path: Path) -> None:
    edge = desk()
    message = request(FORGED)
    first = edge.one(message)
    edge.now_ms += ANSWERS_MS - 1
    assert edge.one(message) == first
    assert edge.ask(message, message) == [first, first]
    assert logged(edge, tmp_path) == [(1, "BLOCK")]
    assert edge.tally.total(Count.RETRANSMISSIONS) == 3
    assert edge.tally.total(Count.ANSWERS) == 1


def test_a_retransmission_within_one_batch_gets_the_same_bytes(desk: Make, tmp_path: Path) -> None:
    edge = desk()
    message = request(FORGED)
    again, first = edge.ask(message, message)
    assert again == first
    assert logged(edge, tmp_path) == [(1, "BLOCK")]


def test_the_answer_is_made_again_byte_for_byte_where_it_was_forgotten(desk: Make) -> None:
    edge = desk()
    message = request(FORGED)
    first = edge.one(message)
    edge.desk._answers.forget_old(edge.now_ms + 10 * ANSWERS_MS)
    assert edge.one(message) == first


@pytest.mark.parametrize("change", [{"cseq": 2}, {"tag": "b2"}, {"call_id": "other"}, {"callee": "+8613900009999"}])
def test_what_is_not_the_same_attempt_is_a_new_one(change: dict[str, object], desk: Make, tmp_path: Path) -> None:
    edge = desk()
    edge.one(request(FORGED, call_id="same"))
    edge.one(request(FORGED, **({"call_id": "same"} | change)))  # type: ignore[arg-type]
    assert logged(edge, tmp_path) == [(1, "BLOCK"), (2, "BLOCK")]


def test_a_call_id_used_twice_does_not_carry_the_verdict_over_to_another_caller(desk: Make) -> None:
    edge = desk()
    assert status(edge.one(request(TIPPED, call_id="x", headers=f"P-Asserted-Identity: <tel:{TIPPED}>"))) == 302
    assert status(edge.one(request(TIPPED, call_id="x", headers=f"P-Asserted-Identity: <tel:{FORGED}>"))) == 603


def test_after_32_seconds_it_is_a_new_attempt(desk: Make, tmp_path: Path) -> None:
    edge = desk()
    message = request(FORGED)
    edge.one(message)
    edge.now_ms += ANSWERS_MS + 1
    edge.one(message)
    assert logged(edge, tmp_path) == [(1, "BLOCK"), (2, "BLOCK")]


def test_ack_is_absorbed_and_cancel_is_answered_with_the_tag_of_its_invite(desk: Make) -> None:
    edge = desk()
    first = edge.one(request(call_id="c"))
    assert edge.ask(request(call_id="c", method="ACK")) == []
    cancelled = edge.one(request(call_id="c", method="CANCEL"))
    assert status(cancelled) == 200
    assert header(cancelled, "To") == header(first, "To")
    assert header(cancelled, "CSeq") == "1 CANCEL"
    assert status(edge.one(request(call_id="never", method="CANCEL"))) == 481


@pytest.mark.parametrize(
    ("message", "code", "name", "value"),
    [
        (request(method="OPTIONS"), 200, "Allow", "INVITE, ACK, CANCEL, OPTIONS"),
        (request(method="OPTIONS", forwards=0), 200, "Accept", "application/sdp"),
        (request(method="BYE"), 405, "Allow", "INVITE, ACK, CANCEL, OPTIONS"),
        (request(method="REGISTER"), 405, "Allow", "INVITE, ACK, CANCEL, OPTIONS"),
        (request(method="NEWMETHOD"), 405, "Allow", "INVITE, ACK, CANCEL, OPTIONS"),
        (request(forwards=0), 483, "CSeq", "1 INVITE"),
        (request(to_tag="dialog"), 481, "CSeq", "1 INVITE"),
        (request(headers="Require: foo, 100rel, bar"), 420, "Unsupported", "foo, bar"),
        (request().replace(b"SIP/2.0\r\nVia", b"SIP/7.0\r\nVia", 1), 505, "CSeq", "1 INVITE"),
        (request(uri="mailto:a@example.com"), 416, "CSeq", "1 INVITE"),
        (request(forwards=999), 400, "CSeq", "1 INVITE"),
    ],
)
def test_what_is_no_call_to_judge_gets_the_answer_of_rfc_3261(
    message: bytes, code: int, name: str, value: str, desk: Make, tmp_path: Path
) -> None:
    edge = desk()
    answer = edge.one(message)
    assert status(answer) == code
    assert header(answer, name) == value
    assert logged(edge, tmp_path) == []
    assert ";tag=" in header(answer, "To")


def test_what_a_redirect_need_not_understand_is_no_reason_to_refuse(desk: Make) -> None:
    assert status(desk().one(request(TIPPED, headers="Require: 100rel\nRequire: Timer"))) == 302


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1\r\n\r\n", "response"),
        (b"\r\n\r\n", "keepalive"),
        (b"", "keepalive"),
        (b"INVITE sip:x SIP/2.0\r\n\r\n", "malformed"),
        (b"\xff" * 100, "malformed"),
    ],
)
def test_what_must_not_be_answered_is_not(data: bytes, why: str, desk: Make) -> None:
    edge = desk()
    assert edge.ask(data) == []
    assert edge.tally.counts[Count.DROPPED, why] == 1


def test_only_trunks_and_this_machine_are_served(desk: Make, tmp_path: Path) -> None:
    edge = desk()
    assert edge.ask(request(), source=("198.51.100.1", 5060)) == []
    assert edge.ask(request(method="OPTIONS"), source=("198.51.100.1", 5060)) == []
    assert edge.tally.counts[Count.DROPPED, "source"] == 2
    assert status(edge.one(request(), source=("127.0.0.1", 5060))) == 302, "no trunk: ingress unknown"
    assert [event.trunk for event, _ in read_segments(tmp_path / "log")] == ["loopback"]
    assert edge.tally.total(Count.UNSCREENED_ORIGIN) == 1


def test_each_trunk_has_its_own_way_to_go_on_and_to_refuse(desk: Make) -> None:
    edge = desk()
    assert status(edge.one(request(TIPPED), source=("192.0.2.2", 5060))) == 404
    onward = edge.one(request(TIPPED), source=("192.0.2.3", 5060))
    assert header(onward, "Contact") == "<sip:+8613900001234@next.example:5062>"
    assert status(edge.one(request(FORGED), source=("192.0.2.3", 5060))) == 608


def test_without_rport_the_answer_goes_to_the_port_of_the_via(desk: Make) -> None:
    edge = desk()
    message = request(via="192.0.2.1:5099").replace(b";rport", b"")
    answers, _ = edge.desk.serve([Packet(message, ("192.0.2.1", 33333), False)], now_ms=edge.now_ms)
    assert [address for _, address in answers] == [("192.0.2.1", 5099)]


@pytest.mark.parametrize(
    "message",
    [
        request(FORGED, "110"),
        request(FORGED, "+86119"),
        request(FORGED, uri="urn:service:sos"),
        request(FORGED, uri="urn:service:sos.police"),
        request(FORGED, headers="Priority: psap-callback"),
        request(FORGED, "120", forwards=0),
        request(FORGED, "120", headers="Require: unheard-of"),
    ],
)
@pytest.mark.parametrize("state", ["enforce", "observe", "late", "overload", "engine", "log", "closed"])
def test_an_emergency_passes_whatever_happens(
    message: bytes, state: str, desk: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    edge = desk(mode=Mode.OBSERVE if state == "observe" else Mode.ENFORCE, fail_open=False)
    if state == "engine":
        monkeypatch.setattr(type(edge.engine.deciding.screener), "take", broken)
    if state == "log":
        monkeypatch.setattr(segments, "_write_all", no_space)
    answer = edge.one(message, stale=state == "late", busy="overload" if state == "overload" else "")
    assert status(answer) == 302
    assert edge.tally.total(Count.EMERGENCY) == 1


def test_a_callback_of_an_emergency_centre_is_believed_only_from_a_trusted_trunk(desk: Make, tmp_path: Path) -> None:
    edge = desk()
    assert status(edge.one(request(headers="Priority: psap-callback"), source=("192.0.2.4", 5060))) == 603
    edge.one(request(headers="Priority: psap-callback"))
    verdict = list(read_segments(tmp_path / "log"))[-1][1]
    assert verdict is not None
    assert (verdict.action, verdict.layer) == (Action.ALLOW, Layer.EMERGENCY)


def test_observe_mode_answers_allow_and_logs_what_would_have_been(desk: Make, tmp_path: Path) -> None:
    edge = desk(mode=Mode.OBSERVE)
    assert status(edge.one(request(FORGED))) == 302
    verdict = next(iter(read_segments(tmp_path / "log")))[1]
    assert verdict is not None
    assert (verdict.action, verdict.enforced) == (Action.BLOCK, False)


def test_the_bypass_lets_everything_through_and_every_row_says_so(desk: Make, tmp_path: Path) -> None:
    edge = desk()
    edge.desk.bypass = True
    assert status(edge.one(request(FORGED))) == 302
    edge.desk.bypass = False
    assert status(edge.one(request(FORGED))) == 603
    batches = list(segments.read_batches(tmp_path / "log"))
    assert [batch.bypass for batch in batches] == [True, False]
    assert [verdict and verdict.enforced for batch in batches for _, verdict in batch.pairs] == [False, True]
    assert edge.tally.total(Count.BYPASSED) == 1


@pytest.mark.parametrize(("source", "code"), [(SBC, 302), (("192.0.2.2", 5060), 603)])
@pytest.mark.parametrize("why", ["late", "overload", "engine"])
def test_what_is_not_judged_gets_the_trunks_fail_mode_is_logged_and_stays_so(
    why: str, source: tuple[str, int], code: int, desk: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edge = desk()
    message = request(FORGED)
    with monkeypatch.context() as patch:
        if why == "engine":
            for name in ("take", "judge"):
                patch.setattr(type(edge.engine.deciding.screener), name, broken, raising=False)
        busy = "overload" if why == "overload" else ""
        answer = edge.one(message, source=source, stale=why == "late", busy=busy)
    assert status(answer) == code
    assert edge.tally.counts[Count.UNJUDGED, why] == 1
    assert logged(edge, tmp_path) == [(1, "")]
    edge.desk._answers.forget_old(edge.now_ms + 10 * ANSWERS_MS)
    assert edge.one(message, source=source) == answer, "the same request again, now that there is time"
    assert status(edge.one(request(FORGED), source=SBC)) == 603


def test_a_full_disk_costs_the_verdict_and_not_the_call_and_no_number_is_given_twice(
    desk: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edge = desk()
    edge.one(request(FORGED))
    with monkeypatch.context() as patch:
        patch.setattr(segments, "_write_all", no_space)
        assert [status(answer) for answer in edge.ask(request(FORGED), request(TIPPED))] == [302, 302]
    assert edge.journal.fault == "No space left on device"
    assert edge.tally.total(Count.LOG_FAILED) == 1
    assert status(edge.one(request(FORGED))) == 302, "the log is left alone for a moment"
    edge.steady_s += 2
    assert status(edge.one(request(FORGED))) == 603
    assert edge.journal.fault == ""
    numbers = [number for number, _ in logged(edge, tmp_path)]
    assert numbers[0] == 1 and numbers[-1] > 3 and len(numbers) == 2


def test_a_swap_decides_from_the_next_batch_on_and_the_kernel_stays(desk: Make) -> None:
    edge = desk(kernel="oracle")  # of the other, `test_kernels`
    assert status(edge.one(request(FORGED))) == 603
    deciding = edge.engine.deciding
    kernel = edge.engine.kernel
    assert isinstance(kernel, OracleKernel)
    before = kernel.oracle.segments.find(86110)
    quiet = load_policy("cn")
    silent = replace(quiet, rules=tuple(replace(rule, action=None) for rule in quiet.rules))
    edge.desk.swap(
        prepare(
            deciding.wording.settings,
            kernel,
            policy=silent,
            trunks=deciding.trunks,
            site_key=bytes(32),
            run_id="x",
        )
    )
    assert status(edge.one(request(FORGED))) == 302, "no rule of the new policy gives an action"
    assert edge.engine.kernel is kernel
    assert kernel.oracle.segments.find(86110) is before is not None
    with pytest.raises(EdgeError, match="another home country"):
        edge.desk.swap(
            prepare(
                deciding.wording.settings,
                OracleKernel(Parameters(utc_offset_minutes=0)),
                policy=silent,
                trunks=deciding.trunks,
                site_key=bytes(32),
                run_id="x",
            )
        )


def test_a_call_leaves_no_garbage_that_only_the_collector_finds(desk: Make) -> None:
    edge = desk()
    messages = [request(FORGED if n % 2 else TIPPED) for n in range(200)]
    hostile = [message[: 40 + n] for n, message in enumerate(messages[:50])]
    edge.ask(*messages[:100], *hostile)
    gc.collect()
    gc.disable()
    try:
        edge.ask(*messages[100:], *hostile, *messages[150:], request(method="OPTIONS"), request(method="CANCEL"))
        assert gc.collect() == 0
    finally:
        gc.enable()


def broken(*arguments: object, **named: object) -> None:
    raise KeyError("our own fault")


def no_space(descriptor: int, data: bytes) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")
