"""A screener's state as a stream: the decisions that its numbers stand for, then the kernel's own chunks."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final

from haodun.screening.events import Action, Decision, Flag, Layer
from haodun.screening.kernel import KernelError, Parameters
from haodun.screening.kernel.fast.layout import State, views
from haodun.screening.kernel.fast.saving import DAMAGED, read, save
from haodun.screening.policy.fast.decisions import FIXED

MAGIC: Final = b"haodun screener state 1\n"
MAX_BYTES: Final = 1 << 30
"""Of the decisions; more is refused."""

_HEAD = struct.Struct("<QI")


def chunks(state: State, parameters: Parameters, decisions: Sequence[Decision], *, label: str) -> Iterator[bytes]:
    """All of a screener, to be written one after the other; it must stand still until the last. KernelError where not.

    `label` is whatever else must be the same where it is read.
    """
    text = json.dumps(decisions, separators=(",", ":")).encode("utf-8")
    yield MAGIC + _HEAD.pack(len(text), zlib.crc32(text)) + text
    yield from save(state, parameters, label=label)


def restored(file: BinaryIO, parameters: Parameters, *, secret: int, label: str) -> tuple[State, list[Decision]]:
    """Kernel and decisions of a file; KernelError where it is cut, damaged, or of other parameters or label."""
    if file.read(len(MAGIC)) != MAGIC:
        raise KernelError(DAMAGED)
    head = file.read(_HEAD.size)
    length, crc = _HEAD.unpack(head) if len(head) == _HEAD.size else (MAX_BYTES, 0)
    text = b"" if length >= MAX_BYTES else file.read(length)
    if len(text) != length or zlib.crc32(text) != crc:
        raise KernelError(DAMAGED)
    try:
        decisions = [
            Decision(Action(action), Layer(layer), Flag(flags), tuple(reasons), tuple(shadow), score)
            for action, layer, flags, reasons, shadow, score in json.loads(text)
        ]
    except (ValueError, TypeError) as error:
        raise KernelError(DAMAGED) from error
    state = read(file, parameters, secret=secret, label=label)
    numbers = views(state).repeat_entries["decision"]
    if len(decisions) < FIXED or numbers.max(initial=0) >= len(decisions) or numbers.min(initial=0) < 0:
        raise KernelError(DAMAGED)
    return state, decisions
