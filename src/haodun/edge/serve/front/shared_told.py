"""What each compiled front has told, in memory that the others read: a CANCEL may reach another front than its INVITE.

Each front writes its own table only. Who reads another's looks at two integers a call, each stored at once.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Sequence

import numpy as np

from haodun.edge.serve.front.limits import TOLD
from haodun.edge.serve.front.told import FORM, SLOW, WIDTH, Told, make_told
from haodun.edge.sip.fast import TOKEN_BYTES

_BYTES = TOLD * WIDTH * 8


def make_memory() -> int:
    """Memory for the table of one front, as a descriptor. OSError."""
    memory = os.memfd_create("haodun-told", os.MFD_CLOEXEC)
    os.ftruncate(memory, _BYTES)
    return memory


def own_told(memory: int) -> Told:
    """The table of the front at whose place this is. What one before it told is asked of the desk."""
    calls = _calls(memory)
    calls[:, FORM] = SLOW
    return Told(calls, make_told().tokens)


def others_told(memories: Sequence[int]) -> list[Told]:
    """The tables of others, to look for calls only."""
    return [Told(_calls(memory), np.zeros((1, TOKEN_BYTES), np.uint8)) for memory in memories]


def _calls(memory: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return np.frombuffer(mmap.mmap(memory, _BYTES), np.int64).reshape(TOLD, WIDTH)
