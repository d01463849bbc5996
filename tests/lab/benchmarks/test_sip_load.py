"""The edge's load generator sends what the codec calls a request, and counts what comes back."""

from __future__ import annotations

import socket
import threading

import pytest

from haodun.edge.sip import parse_request
from haodun.lab.benchmarks.sip_load import make_burst, measure, write_message
from haodun.lab.benchmarks.sip_messages import BLOCKED, CALLERS, CALLS, caller_of, is_blocked, request, template


def test_invite_and_ack_are_requests_of_one_call_and_a_tenth_of_the_callers_are_on_the_list() -> None:
    for call in range(0, 500, 7):
        invite, ack = (
            parse_request(request(method, call, port=5060, own=5061, run="123")) for method in ("INVITE", "ACK")
        )
        assert (invite.method, ack.method) == ("INVITE", "ACK")
        assert invite.call_id == ack.call_id
        assert invite.caller_text(trusted=True) == invite.caller_text(trusted=False) == caller_of(call)
        assert 700 < len(request("INVITE", call, port=5060, own=5061, run="123456789")) < 800
    assert sum(map(is_blocked, range(CALLERS))) == BLOCKED


@pytest.mark.parametrize("method", ["INVITE", "ACK"])
def test_what_the_compiled_generator_writes_is_the_request_of_each_call(method: str) -> None:
    burst = make_burst(template(method, port=5060, own=15061, run="123456789"))
    for at, call in enumerate((0, 1, 999, 1_000, 12_345_678, CALLS - 1)):
        write_message(burst, at, call)
        written = burst.text[at * burst.size : (at + 1) * burst.size].tobytes()
        assert written == request(method, call, port=5060, own=15061, run="123456789")


def test_a_closed_loop_counts_what_nobody_answers_as_lost_and_goes_on() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind(("127.0.0.1", 0))
        found = measure("sip", mute.getsockname()[1], seconds=0.5, outstanding=5, rate=0)
    assert found["calls"] == 0
    assert found["lost"] >= 10
    assert found["lost"] % 5 == 0


def test_every_answer_is_counted_and_a_wrong_or_lost_one_is_told() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))

        asked = 0

        def serve() -> None:
            nonlocal asked
            while True:
                data, address = peer.recvfrom(65_536)
                if data == b"stop":
                    return
                asked += data[:6] == b"INVITE"
                if data[:6] == b"INVITE" and asked % 10:
                    peer.sendto(b"SIP/2.0 302 Moved Temporarily\r\n" + data.partition(b"\r\n")[2], address)

        thread = threading.Thread(target=serve)
        thread.start()
        port = peer.getsockname()[1]
        found = measure("sip", port, seconds=0.3, outstanding=5, rate=200)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"stop", ("127.0.0.1", port))
        thread.join()
    assert asked >= 50, "the peer was asked at all"
    assert found["lost"] == asked // 10
    assert found["calls"] == asked - asked // 10
    blocked = [call for call in range(asked) if is_blocked(call) and (call + 1) % 10]
    assert found["wrong"] == len(blocked)
    assert 0 < found["p50"] <= found["p99"]
