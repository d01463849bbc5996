"""The edge on real sockets: trunks by address, hostile bytes, bypass, pages, restart with numbers and counts kept."""

from __future__ import annotations

import json
import random
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.edge.serve.edges import FORGED, NOW_MS, TIPPED, header, request, running, status, trunk_of

from haodun.edge.serve import Edge, EdgeError, Place, Settings, check, probe, set_bypass, start
from haodun.edge.serve.calls import CallReader
from haodun.edge.serve.front import front, turning
from haodun.edge.serve.limits import BATCH
from haodun.edge.serve.metrics import Count
from haodun.edge.serve.states import numbers_of, path_of
from haodun.screening.verdicts import Mode, check_token, parse_token
from haodun.store import segments
from haodun.store.segments import read_segments

Options = Callable[..., Settings]
ROOM_S = 10
"""How long a test waits for what the edge does beside the call path."""


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds; fail after ROOM_S."""
    end = time.monotonic() + ROOM_S
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


def broken(*arguments: object, **named: object) -> None:
    raise KeyError("our own fault")


def page(edge: Edge, path: str) -> tuple[int, str]:
    assert edge.pages is not None
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{edge.pages.port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_calls_are_answered_retransmitted_acknowledged_and_cancelled(options: Options, tmp_path: Path) -> None:
    with running(options()) as edge, trunk_of(edge) as trunk:
        invite = request(FORGED, call_id="one")
        answer = trunk.ask(invite)
        assert status(answer) == 603
        assert "received=127.0.0.2" in header(answer, "Via")
        assert f"rport={trunk.socket.getsockname()[1]}" in header(answer, "Via")
        assert trunk.ask(invite) == answer
        trunk.send(request(FORGED, call_id="one", method="ACK"))
        assert status(trunk.ask(request(FORGED, call_id="one", method="CANCEL"))) == 200
        assert status(trunk.ask(request(method="OPTIONS"))) == 200
        assert status(trunk.ask(request(TIPPED))) == 302
        assert edge.tally.counts[Count.REQUESTS, "ACK"] == 1
    assert [event.number for event, _ in read_segments(tmp_path / "log")] == [1, 2]


def test_a_stranger_gets_nothing_and_this_machine_is_served(options: Options) -> None:
    with running(options()) as edge, trunk_of(edge, "127.0.0.1") as own:
        assert status(own.ask(request(FORGED))) == 302, "no trunk claims 127.0.0.1"
        assert edge.tally.total(Count.UNSCREENED_ORIGIN) == 1


def test_many_calls_at_once_are_all_answered_and_all_logged(options: Options, tmp_path: Path) -> None:
    with running(options()) as edge, trunk_of(edge) as trunk:
        for first in range(0, 1_000, 100):
            messages = {
                f"call{n}": request(FORGED if n % 3 else TIPPED, call_id=f"call{n}") for n in range(first, first + 100)
            }
            for message in messages.values():
                trunk.send(message)
            answers = [trunk.receive() for _ in messages]
            assert {header(answer, "Call-ID") for answer in answers} == set(messages)
            assert all(status(answer) == (603 if int(header(answer, "Call-ID")[4:]) % 3 else 302) for answer in answers)
    logged = [event.number for event, _ in read_segments(tmp_path / "log")]
    assert logged == list(range(1, 1_001))


@pytest.mark.fuzz
def test_hostile_bytes_never_stop_it(options: Options, shared: Path) -> None:
    draw = random.Random(7)
    torture = [path.read_bytes() for path in sorted((shared / "vectors/torture_rfc4475").rglob("*.dat"))]
    assert len(torture) > 40
    messages = [*torture, b"\0", b"INVITE ", b"SIP/2.0 200 OK\r\n\r\n", b"\r\n" * 30_000]
    whole = request(FORGED)
    for _ in range(1_500):
        data = bytearray(draw.choice([whole, *torture]))
        for _ in range(draw.randrange(1, 8)):
            data[draw.randrange(len(data))] = draw.randrange(256)
        messages.append(bytes(data[: draw.randrange(1, len(data) + 1)]))
    messages += [draw.randbytes(draw.randrange(1_400)) for _ in range(300)]
    with running(options()) as edge, trunk_of(edge) as trunk, trunk_of(edge) as other:
        for number, message in enumerate(messages):
            trunk.send(message)
            if number % 50 == 0:
                assert status(other.ask(request(method="OPTIONS"))) == 200
        assert status(other.ask(request(FORGED))) == 603
        seen = edge.tally.total(Count.REQUESTS) + edge.tally.total(Count.REFUSED) + edge.tally.total(Count.DROPPED)
        assert seen >= len(messages)


def test_the_bypass_is_followed_within_a_second_and_said_on_every_page(options: Options, tmp_path: Path) -> None:
    settings = options(http=Place("127.0.0.1", 0))
    with running(settings) as edge, trunk_of(edge) as trunk:
        assert status(trunk.ask(request(FORGED))) == 603
        assert set_bypass(tmp_path / "log", on=True)
        assert not set_bypass(tmp_path / "log", on=True)
        until(lambda: edge.desk.bypass)
        assert status(trunk.ask(request(FORGED))) == 302
        assert json.loads(page(edge, "/readyz")[1])["bypass"] is True
        assert "haodun_edge_bypass 1.0" in page(edge, "/metrics")[1]
        set_bypass(tmp_path / "log", on=False)
        until(lambda: not edge.desk.bypass)
        assert status(trunk.ask(request(FORGED))) == 603
    assert [batch.bypass for batch in segments.read_batches(tmp_path / "log")] == [False, True, False]
    with pytest.raises(EdgeError, match="no edge logs there"):
        set_bypass(tmp_path, on=True)


def test_the_pages_say_what_is_and_nothing_else_is_served(options: Options) -> None:
    with running(options(http=Place("127.0.0.1", 0))) as edge, trunk_of(edge) as trunk:
        trunk.ask(request(FORGED))
        assert page(edge, "/healthz") == (200, "alive\n")
        code, said = page(edge, "/readyz")
        assert code == 200
        assert json.loads(said)["mode"] == "enforce"
        metrics = page(edge, "/metrics")[1]
        assert 'haodun_edge_answers_total{answer="BLOCK"} 1.0' in metrics
        # Noted after the answer has left.
        until(lambda: 'haodun_edge_answer_seconds_bucket{le="+Inf"} 1.0' in page(edge, "/metrics")[1])
        assert page(edge, "/../etc/passwd")[0] == 404
        edge.journal.fault = "No space left on device"
        code, said = page(edge, "/readyz")
        assert (code, json.loads(said)["faults"]) == (503, ["the live log cannot be written: No space left on device"])


def test_a_call_line_has_no_number_and_names_its_verdict(options: Options, tmp_path: Path) -> None:
    with running(options()) as edge, trunk_of(edge) as trunk:
        trunk.ask(request(FORGED, "+8613900001234"))
        until(lambda: (tmp_path / "log/calls.jsonl").stat().st_size > 0)
    line = (tmp_path / "log/calls.jsonl").read_text(encoding="utf-8")
    said = json.loads(line)
    run = json.loads((tmp_path / "log/run.json").read_text(encoding="utf-8"))["run"]
    assert (said["verdict"], said["action"], said["answered"], said["trunk"]) == (f"{run}-1", "BLOCK", "BLOCK", "here")
    assert said["reasons"]
    assert FORGED[1:] not in line.replace(str(said["time_ms"]), "")
    assert "13900001234" not in line


@pytest.mark.parametrize("clean", [True, False])
def test_after_a_restart_numbers_go_on_and_the_kernel_knows_what_it_knew(
    clean: bool, options: Options, tmp_path: Path
) -> None:
    with running(options()) as edge, trunk_of(edge) as trunk:
        for n in range(40):
            trunk.ask(request(FORGED if n % 2 else TIPPED, call_id=f"a{n}"))
        tag = header(trunk.ask(request(FORGED, call_id="tag")), "To")
        before = edge.desk.engine.kernel
    if not clean:
        path_of(tmp_path / "log", max(numbers_of(tmp_path / "log"))).unlink()
    with running(options()) as edge, trunk_of(edge) as trunk:
        assert list(edge.desk.engine.kernel.save()) == list(before.save())
        again = trunk.ask(request(FORGED, call_id="tag"))
        assert status(again) in (302, 603)
        trunk.ask(request(FORGED, call_id="new"))
        assert header(again, "To") == tag
    numbers = [event.number for event, _ in read_segments(tmp_path / "log")]
    assert numbers[-1] >= 42 and numbers == sorted(set(numbers))


def test_a_log_dated_in_the_future_does_not_make_live_calls_late(options: Options, tmp_path: Path) -> None:
    settings = options()
    with running(settings) as edge, trunk_of(edge) as trunk:
        trunk.ask(request(FORGED))
    path_of(tmp_path / "log", max(numbers_of(tmp_path / "log"))).unlink()
    prepared = start(settings, now_ms=NOW_MS - 10 * 365 * 86_400_000)
    assert prepared.engine.kernel.numbers == 0
    assert prepared.writer is not None
    prepared.writer.close()


def test_the_token_is_of_the_sites_key_and_run_json_says_what_decided_first(options: Options, tmp_path: Path) -> None:
    (tmp_path / "site.key").write_bytes(b"k" * 32)
    settings = options(site_key=tmp_path / "site.key")
    with running(settings) as edge, trunk_of(edge) as trunk:
        reason = header(trunk.ask(request(FORGED)), "Reason")
        policy = edge.desk.engine.deciding.screener.policy
    record = json.loads((tmp_path / "log/run.json").read_text(encoding="utf-8"))
    token = parse_token(reason.partition('text="')[2].rstrip('"'))
    assert check_token(b"k" * 32, token, run_id=record["run"])
    assert token.sequence == 1
    assert record["versions"]["policy"] == policy.digest
    with running(options(policy="intl", site_key=tmp_path / "site.key")):
        pass
    assert json.loads((tmp_path / "log/run.json").read_text(encoding="utf-8")) == record


def test_what_waited_longer_than_the_deadline_in_the_queue_is_not_judged(options: Options, tmp_path: Path) -> None:
    edge = Edge(start(options(deadline_ms=30), now_ms=time.time_ns() // 1_000_000))
    with trunk_of(edge) as trunk:
        for n in range(3):
            trunk.send(request(FORGED, call_id=f"old{n}"))
        trunk.send(request(FORGED, "110", call_id="help"))
        time.sleep(0.1)
        thread = threading.Thread(target=edge.run)
        thread.start()
        answers = {header(answer, "Call-ID"): status(answer) for answer in (trunk.receive() for _ in range(4))}
        assert answers == {"old0": 302, "old1": 302, "old2": 302, "help": 302}
        assert edge.tally.counts[Count.UNJUDGED, "late"] == 3
        until(lambda: status(trunk.ask(request(FORGED))) == 603)
        edge.stop()
        thread.join()
    verdicts = {event.call_id: verdict for event, verdict in read_segments(tmp_path / "log")}
    assert [verdicts[f"old{n}"] for n in range(3)] == [None, None, None]
    assert verdicts["help"] is not None


def test_when_the_queue_is_too_full_calls_are_shed_and_counted(
    options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turning, "HIGH_WATER", 0)
    for module in (turning, front):  # as many at once as the plain way takes
        monkeypatch.setattr(module, "SLOTS", BATCH)
    edge = Edge(start(options(), now_ms=time.time_ns() // 1_000_000))
    with trunk_of(edge) as trunk:
        for n in range(200):
            trunk.send(request(FORGED, call_id=f"c{n}"))
        assert edge.wire.fullness() > 0
        thread = threading.Thread(target=edge.run)
        thread.start()
        statuses = [status(trunk.receive()) for _ in range(200)]
        assert edge.tally.counts[Count.UNJUDGED, "overload"] == statuses.count(302) == 192, "three full batches"
        assert statuses.count(603) == 8
        edge.stop()
        thread.join()


def test_a_fault_of_our_own_code_costs_one_answer_and_not_the_edge(
    options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(options()) as edge, trunk_of(edge) as trunk:
        with monkeypatch.context() as patch:
            patch.setattr(CallReader, "event", broken)
            trunk.send(request(FORGED))
            until(lambda: edge.tally.counts[Count.DROPPED, "fault"] == 1)
        assert status(trunk.ask(request(FORGED))) == 603


def test_observe_answers_allow(options: Options) -> None:
    with running(options(mode=Mode.OBSERVE)) as edge, trunk_of(edge) as trunk:
        assert status(trunk.ask(request(FORGED))) == 302


def test_a_taken_address_is_said_with_what_to_do(options: Options) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        place = Place("127.0.0.1", taken.getsockname()[1])
        prepared = start(options(listen=place), now_ms=NOW_MS)
        with pytest.raises(EdgeError, match="choose another address or port"):
            Edge(prepared)
        findings = check(options(listen=place), now_ms=NOW_MS)
        assert [finding.ok for finding in findings] == [True, True, True, False, True]
    assert prepared.writer is not None
    prepared.writer.close()


def test_a_probe_tells_a_running_edge_from_none(options: Options) -> None:
    with running(options()) as edge:
        port = edge.wire.port
        assert probe(Place("127.0.0.1", port)).ok
    assert not probe(Place("127.0.0.1", port)).ok


@pytest.mark.parametrize(
    ("named", "sentence"),
    [
        ({"control": "http://127.0.0.1:1"}, "needs --control-token"),
        ({"snapshot": Path("x")}, "needs --trust"),
        ({"deadline_ms": 0}, "give 1 to 10000"),
        ({"redress_url": "ftp://x"}, "write an http or https address"),
        ({"keep_days": 0}, "give 1 to 3650"),
    ],
)
def test_options_that_make_no_sense_are_refused(named: dict[str, object], sentence: str, options: Options) -> None:
    with pytest.raises(EdgeError, match=sentence):
        options(**named)


def test_603_plus_needs_a_place_to_ask(options: Options) -> None:
    settings = options(policy="us", log=None)
    with pytest.raises(EdgeError, match="give --redress-url"):
        start(settings, now_ms=NOW_MS)
