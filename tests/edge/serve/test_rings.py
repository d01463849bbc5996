"""Rings: what was put comes out once, in order, whole; a full one says so; a process killed at it leaves it sound."""

from __future__ import annotations

import multiprocessing
import os
import random
import select
import signal
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haodun.edge.serve.rings import Ring, RingFiles, make_ring


@pytest.fixture
def files() -> Iterator[RingFiles]:
    made = make_ring(4_096)
    yield made
    for descriptor in made:
        os.close(descriptor)


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(st.one_of(st.binary(max_size=900), st.none()), max_size=60))
def test_what_was_put_comes_out_once_in_order_and_whole(steps: list[bytes | None]) -> None:
    files = make_ring(2_048)
    writer, reader = Ring(files), Ring(files)
    waiting: list[bytes] = []
    for step in steps:
        if step is None:
            assert reader.get() == (waiting.pop(0) if waiting else None)
        elif writer.put(step):
            waiting.append(step)
        else:
            assert sum(len(one) + 16 for one in waiting) + len(step) + 16 > 1_024, "it was not full"
    while waiting:
        assert reader.get() == waiting.pop(0)
    assert reader.get() is None and reader.filled() == 0
    for descriptor in files:
        os.close(descriptor)


def test_a_message_that_never_fits_is_refused_and_a_full_ring_takes_more_once_it_is_read(files: RingFiles) -> None:
    ring = Ring(files)
    assert not ring.put(bytes(ring.most + 1))
    assert ring.put(bytes(ring.most))
    assert ring.filled() >= 499
    count = 0
    while ring.put(bytes(500)):
        count += 1
    assert count > 0 and not ring.put(bytes(500))
    assert ring.get() == bytes(ring.most)
    assert ring.put(bytes(500))


def test_a_sleeper_is_woken_and_not_before(files: RingFiles) -> None:
    ring = Ring(files)
    poll = select.poll()
    poll.register(ring.event, select.POLLIN)
    assert not poll.poll(0)
    ring.put(b"x")
    assert poll.poll(0)
    ring.settle()
    assert not poll.poll(0) and ring.get() == b"x"
    ring.settle()


def test_what_is_not_whole_yet_is_not_taken(files: RingFiles) -> None:
    ring = Ring(files)
    ring.put(b"one message")
    memory = os.pread(files.memory, 4_224, 0)
    os.pwrite(files.memory, memory[:136] + b"O" + memory[137:], 0)
    assert ring.get() is None
    os.pwrite(files.memory, memory, 0)
    assert ring.get() == b"one message"


def test_who_begins_anew_passes_over_what_is_old(files: RingFiles) -> None:
    ring = Ring(files)
    for _ in range(3):
        ring.put(b"old")
    Ring(files).drop()
    ring.put(b"new")
    assert ring.get() == b"new"


def _write(files: RingFiles, seed: int) -> None:
    ring, draw, number = Ring(files), random.Random(seed), 0
    while True:
        body = number.to_bytes(8, "little") + bytes([number % 251]) * draw.randrange(200)
        if ring.put(body):
            number += 1


@pytest.mark.fault
def test_a_writer_killed_at_any_moment_leaves_whole_messages_in_order(files: RingFiles) -> None:
    reader, draw = Ring(files), random.Random(1)
    for seed in range(8):
        process = multiprocessing.get_context("fork").Process(target=_write, args=(files, seed))
        process.start()
        expected, wanted = 0, draw.randrange(200, 3_000)
        while True:
            message = reader.get()
            if message is None:
                if not process.is_alive():
                    break
                continue
            assert int.from_bytes(message[:8], "little") == expected
            assert set(message[8:]) <= {expected % 251}
            expected += 1
            if expected == wanted:
                assert process.pid is not None
                os.kill(process.pid, signal.SIGKILL)
                process.join()
        assert expected >= wanted
        process.close()
