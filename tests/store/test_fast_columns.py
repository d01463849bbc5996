"""Frames that compiled code writes: the very bytes of `encode_columns`."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from tests.store.columns import Arrays, arrays
from tests.store.test_columns import batches

from haodun.store.columns import Column, encode_columns, packed_decisions
from haodun.store.fast_columns import CallTexts, Rest, distinct_decisions, make_frame, write_columns
from haodun.store.framing import HEAD, MAX_FRAME, Batch, seal

TOKEN_BYTES = 26


def octets(column: Column) -> np.ndarray:
    return np.frombuffer(bytes(column.data), np.uint8).copy()


def written(given_arrays: Arrays) -> bytes:
    """The frame of the same arrays by compiled code."""
    header, events, judged, rows, decisions, texts = given_arrays
    distinct = np.zeros(len(judged), np.int64)
    used = distinct_decisions(judged, len(judged), distinct)
    columns = texts[:5]
    ends = np.array([column.offsets for column in columns], np.uint32)
    said = np.array([header.snapshot, header.bypass, header.lease], np.int64)
    policy = np.frombuffer(header.policy.encode("ascii"), np.uint8).copy()
    rest = Rest(said, policy, texts.trunks.offsets.astype(np.uint32), octets(texts.trunks), np.array([TOKEN_BYTES]))
    packed = np.frombuffer(packed_decisions(decisions, distinct[:used].tolist()), np.uint8).copy()
    frame = make_frame(65_536)
    frame.octets[:] = 0xAA
    first, second, third, fourth, fifth = map(octets, columns)
    call_texts = CallTexts(first, second, third, fourth, fifth, ends)
    trunks = texts.trunk.astype(np.int64)
    end = write_columns(
        frame, rest, events, judged, rows, distinct, used, packed, call_texts, octets(texts.token), trunks
    )
    made = frame.octets.data[:end]
    seal(made, int(events["number"][-1]), events=len(events))
    return bytes(made)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(batch=batches())
def test_compiled_code_writes_the_very_frame(batch: Batch) -> None:
    made = batch._replace(
        pairs=[
            (event, verdict and verdict._replace(token="A" * TOKEN_BYTES if verdict.features else ""))
            for event, verdict in batch.pairs
        ]
    )
    given_arrays = arrays(made)
    assert written(given_arrays) == encode_columns(*given_arrays)


def test_a_frame_that_is_too_long_is_not_sealed() -> None:
    with pytest.raises(ValueError, match="write smaller batches"):
        seal(memoryview(bytearray(HEAD.size + MAX_FRAME + 1)), 1, events=1)
