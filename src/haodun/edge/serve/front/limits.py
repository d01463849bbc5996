"""What the compiled front holds, each with its limit."""

from __future__ import annotations

from typing import Final

SLOTS: Final = 256
"""Datagrams taken at once: an INVITE and its ACK for 128 calls."""
ANSWER: Final = 4_096
"""Bytes of an answer; a longer one is the slow path's."""
SEGMENTS: Final = 64
"""Answers in one send: as many segments as Linux takes."""
SEGMENT: Final = 1_200
"""Bytes of an answer in such a send, at most: what passes every path whole."""
TOLD: Final = 131_072
"""Calls whose answer is remembered, the older of two out first; beyond, the kernel's table of repeats knows them."""
SOURCES: Final = 131_072
"""Places for source addresses, half of them used at most."""
