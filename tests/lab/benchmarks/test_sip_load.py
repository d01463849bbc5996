"""The edge's load generator sends what the codec calls a request, and counts what comes back."""

from __future__ import annotations

import socket
import threading

from haodun.edge.sip import parse_request
from haodun.lab.benchmarks.sip_load import BLOCKED, CALLERS, caller_of, is_blocked, measure, request


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
