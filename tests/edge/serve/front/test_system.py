"""Many datagrams a system call, on real sockets: what comes is whole, what goes out arrives, each or joined."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import numpy as np
import pytest
from tests.edge.serve.edges import FORGED, TIPPED, header, request, running, status, trunk_of

from haodun.edge.serve import Settings
from haodun.edge.serve.front.limits import SEGMENT
from haodun.edge.serve.front.system import (
    ANSWER_STRIDE,
    NAME,
    Answers,
    address_of,
    age_us,
    datagram,
    make_answers,
    make_mail,
    receive,
    send_each,
    send_runs,
)

Address = tuple[str, int]


@pytest.fixture
def bound() -> Iterator[Callable[[], socket.socket]]:
    """`bound()`: a socket of its own."""
    with ExitStack() as stack:

        def make() -> socket.socket:
            made = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            made.bind(("127.0.0.1", 0))
            made.settimeout(5)
            return made

        yield make


def put(answers: Answers, place: int, data: bytes, address: Address) -> None:
    start = place * ANSWER_STRIDE
    answers.data[start : start + len(data)] = np.frombuffer(data, np.uint8)
    answers.vectors[2 * place + 1] = len(data)
    name = b"\x02\x00" + address[1].to_bytes(2, "big") + bytes(map(int, address[0].split("."))) + bytes(8)
    answers.names[place * NAME : (place + 1) * NAME] = np.frombuffer(name, np.uint8)


def test_what_comes_is_whole_with_its_source_and_age(bound: Callable[[], socket.socket]) -> None:
    server, peer = bound(), bound()
    server.setsockopt(socket.SOL_SOCKET, 35, 1)
    messages = [b"", b"a", b"INVITE " * 100, bytes(range(256)) * 40, b"\xff" * 60_000]
    for message in messages:
        peer.sendto(message, server.getsockname())
    time.sleep(0.02)
    mail = make_mail()
    assert receive(server.fileno(), mail, 256) == len(messages)
    assert [datagram(mail, slot) for slot in range(len(messages))] == messages
    assert {address_of(mail, slot) for slot in range(len(messages))} == {peer.getsockname()}
    ages = [age_us(mail, slot, time.time_ns()) for slot in range(len(messages))]
    assert all(20_000 <= age < 60_000_000 for age in ages)
    assert receive(server.fileno(), mail, 256) == 0


def test_at_most_so_many_are_taken_and_the_rest_waits(bound: Callable[[], socket.socket]) -> None:
    server, peer = bound(), bound()
    for number in range(5):
        peer.sendto(bytes([number]), server.getsockname())
    mail = make_mail()
    assert receive(server.fileno(), mail, 3) == 3
    assert receive(server.fileno(), mail, 3) == 2
    assert [datagram(mail, slot) for slot in range(2)] == [b"\x03", b"\x04"]


def test_answers_sent_each_arrive_as_they_are(bound: Callable[[], socket.socket]) -> None:
    server, peers = bound(), [bound(), bound()]
    answers = make_answers()
    for place in range(10):
        put(answers, place, b"SIP/2.0 %d\r\n\r\n" % place, peers[place % 2].getsockname())
    assert send_each(server.fileno(), answers, 10) == 0
    for which, peer in enumerate(peers):
        assert [peer.recv(9_000) for _ in range(5)] == [b"SIP/2.0 %d\r\n\r\n" % n for n in range(which, 10, 2)]


def test_answers_joined_arrive_one_by_one_and_only_a_header_longer(bound: Callable[[], socket.socket]) -> None:
    server, peers = bound(), [bound(), bound()]
    answers = make_answers()
    texts = [b"SIP/2.0 302 a\r\nX: " + b"x" * (n * 37 % 300) + b"\r\n\r\n" for n in range(150)]
    texts[70] = b"SIP/2.0 302 b\r\nX: " + b"y" * 2 * SEGMENT + b"\r\n\r\n"
    for place, text in enumerate(texts):
        put(answers, place, text, peers[place >= 100].getsockname())
    assert send_runs(server.fileno(), answers, len(texts)) == 0
    came = [peers[place >= 100].recv(9_000) for place in range(len(texts))]
    assert came[70] == texts[70], "too long for a segment: by itself"
    for place, (sent, got) in enumerate(zip(texts, came, strict=True)):
        if place != 70:
            assert got[: len(sent) - 2] == sent[:-2]
            assert got == sent or (got[len(sent) - 2 :].startswith(b"Server: Haodun") and got.endswith(b"\r\n\r\n"))
    assert len({len(got) for got in came[:64]}) == 1


def test_answers_of_one_length_are_not_padded(bound: Callable[[], socket.socket]) -> None:
    server, peer = bound(), bound()
    answers = make_answers()
    for place in range(70):
        put(answers, place, b"SIP/2.0 302 %02d\r\n\r\n" % place, peer.getsockname())
    assert send_runs(server.fileno(), answers, 70) == 0
    assert [peer.recv(9_000) for _ in range(70)] == [b"SIP/2.0 302 %02d\r\n\r\n" % place for place in range(70)]


def test_an_answer_that_cannot_be_sent_is_counted_and_the_others_go(bound: Callable[[], socket.socket]) -> None:
    server, peer = bound(), bound()
    for send in (send_each, send_runs):
        answers = make_answers()
        put(answers, 0, b"a\r\n\r\n", peer.getsockname())
        put(answers, 1, b"b\r\n\r\n", ("127.0.0.1", 0))
        put(answers, 2, b"c\r\n\r\n", peer.getsockname())
        assert send(server.fileno(), answers, 3) == 1
        assert [peer.recv(100) for _ in range(2)] == [b"a\r\n\r\n", b"c\r\n\r\n"]


def test_an_edge_with_joined_answers_answers_every_call(options: Callable[..., Settings]) -> None:
    with running(options(udp_segment=True)) as edge, trunk_of(edge) as trunk:
        messages = {f"c{n}": request(FORGED if n % 3 else TIPPED, call_id=f"c{n}") for n in range(60)}
        for message in messages.values():
            trunk.send(message)
        answers = {header(answer, "Call-ID"): answer for answer in (trunk.receive() for _ in messages)}
        assert set(answers) == set(messages)
        assert all(status(answers[f"c{n}"]) == (603 if n % 3 else 302) for n in range(60))
