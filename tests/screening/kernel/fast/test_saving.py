"""A saved state goes on exactly where it stood; anything damaged, cut or foreign is refused."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from tests.screening.kernel.fast.adversary import WORLDS, Adversary
from tests.screening.kernel.fast.both import Both, held_calls, held_numbers

from haodun.screening.kernel import KernelError, Parameters
from haodun.screening.kernel.fast import FastKernel
from haodun.screening.kernel.fast.saving import MAGIC, load, read, read_chunks, save, write

PARAMETERS = WORLDS["crowded"]


def saved(kernel: FastKernel, label: str = "") -> bytes:
    return b"".join(save(kernel.state, kernel.parameters, label=label))


def grown(world: str = "crowded", events: int = 3_000) -> tuple[Both, Adversary]:
    both, adversary = Both(WORLDS[world], secret=1), Adversary(WORLDS[world], 8)
    both.take(adversary.steps(events))
    return both, adversary


@pytest.mark.parametrize("world", sorted(WORLDS))
def test_a_kernel_restored_anywhere_goes_on_the_same(world: str) -> None:
    both, adversary = Both(WORLDS[world], secret=1), Adversary(WORLDS[world], 8)
    for events in (0, 1, 40, 700, 2_500):
        both.take(adversary.steps(events))
        data = saved(both.fast)
        both.fast.state = read(io.BytesIO(data), WORLDS[world], secret=2 + events)
        both.compare_held()
        assert saved(both.fast) == data
    both.take(adversary.steps(1_500), every=100)


def test_it_is_sparse() -> None:
    kernel = FastKernel(Parameters(capacity=1_000_000))
    assert len(saved(kernel)) < 1_000
    both, _ = grown("tiny", 200)
    assert len(saved(both.fast)) < 20_000


def test_writing_and_reading_a_file_is_the_same() -> None:
    both, _ = grown()
    file = io.BytesIO()
    assert write(both.fast.state, PARAMETERS, file) == len(file.getvalue())
    assert file.getvalue() == saved(both.fast)
    file.seek(0)
    state = load(read_chunks(file), PARAMETERS)
    again = FastKernel(PARAMETERS)
    again.state = state
    assert held_numbers(again) == held_numbers(both.fast)
    assert held_calls(again) == held_calls(both.fast)


def test_every_changed_byte_is_found() -> None:
    both, _ = grown("tiny", 300)
    data = saved(both.fast)
    for place in [*range(0, len(MAGIC) + 600, 7), *range(0, len(data), 131), len(data) - 1]:
        spoilt = bytearray(data)
        spoilt[place] ^= 0x40
        with pytest.raises(KernelError):
            read(io.BytesIO(bytes(spoilt)), WORLDS["tiny"])


def test_a_cut_or_longer_file_is_refused() -> None:
    both, _ = grown("tiny", 300)
    data = saved(both.fast)
    for end in [*range(0, len(data), 97), len(data) - 1]:
        with pytest.raises(KernelError, match="damaged"):
            read(io.BytesIO(data[:end]), WORLDS["tiny"])
    with pytest.raises(KernelError, match="damaged"):
        read(io.BytesIO(data + b"x"), WORLDS["tiny"])


def test_other_parameters_and_another_label_are_refused() -> None:
    both, _ = grown()
    data = saved(both.fast, "key 1")
    with pytest.raises(KernelError, match="parameters"):
        read(io.BytesIO(data), replace(PARAMETERS, short_s=11), label="key 1")
    with pytest.raises(KernelError, match="label"):
        read(io.BytesIO(data), PARAMETERS, label="key 2")
    read(io.BytesIO(data), PARAMETERS, label="key 1")


def test_chunks_that_say_what_cannot_be_are_refused() -> None:
    both, _ = grown()
    chunks = list(read_chunks(io.BytesIO(saved(both.fast))))
    for spoilt in (
        chunks[1:],
        chunks[:-1],
        [*chunks, chunks[1]],
        [*chunks, (b"main", chunks[1][1])],
        [*chunks, (b"main", b"short")],
        [*chunks, (b"else", b"")],
        [(b"head", b"[]"), *chunks[1:]],
        [(b"head", b"{"), *chunks[1:]],
        [(b"head", chunks[0][1].replace(b'"now_ms":', b'"now_ms":-')), *chunks[1:]],
    ):
        with pytest.raises(KernelError):
            load(spoilt, PARAMETERS)


def test_a_kernel_that_goes_on_while_it_is_saved_is_noticed() -> None:
    both, adversary = grown()
    chunks = save(both.fast.state, PARAMETERS)
    next(chunks)
    both.take(adversary.steps(200))
    with pytest.raises(KernelError, match="went on"):
        list(chunks)


def test_a_kernel_too_large_for_its_links_is_refused() -> None:
    with pytest.raises(KernelError, match="give less"):
        FastKernel(Parameters(capacity=2**31))
