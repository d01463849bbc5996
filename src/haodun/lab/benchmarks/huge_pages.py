"""How much of a mapping lies in huge pages, and asking the system for those it has not given."""

from __future__ import annotations

import ctypes
import re
from pathlib import Path
from typing import NamedTuple

MADV_COLLAPSE = 25
"""madvise(2), Linux 6.1 and later: make huge pages of what is there, now."""

_SMAPS = Path("/proc/self/smaps")
_RANGE = re.compile(r"([0-9a-f]+)-([0-9a-f]+) ")
_KILOBYTES = re.compile(r"(\w+): +([0-9]+) kB")


class Mapping(NamedTuple):
    """What the system says of the mapping that holds an address; bytes."""

    start: int
    end: int
    resident: int
    huge: int
    """Of the resident bytes those in huge pages, private or shared."""

    @property
    def share(self) -> float:
        """The part of the resident bytes that lies in huge pages, 0 to 1."""
        return self.huge / self.resident if self.resident else 0.0


def mapping_of(address: int, smaps: str | None = None) -> Mapping | None:
    """The mapping that holds an address of this process, by the text of proc(5) smaps; None where there is no such."""
    if smaps is None:
        if not _SMAPS.exists():
            return None
        smaps = _SMAPS.read_text(encoding="ascii", errors="replace")
    start, end, sizes = 0, 0, dict[str, int]()
    for line in smaps.splitlines():
        if found := _RANGE.match(line):
            if start <= address < end:
                break
            start, end, sizes = int(found[1], 16), int(found[2], 16), {}
        elif found := _KILOBYTES.match(line):
            sizes[found[1]] = int(found[2]) * 1024
    if not start <= address < end:
        return None
    huge = sum(sizes.get(name, 0) for name in ("AnonHugePages", "ShmemPmdMapped", "FilePmdMapped"))
    return Mapping(start, end, sizes.get("Rss", 0), huge)


def collapse(mapping: Mapping) -> str:
    """Ask for huge pages for all of a mapping; '' where the system gave them, else what it said."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    if libc.madvise(mapping.start, mapping.end - mapping.start, MADV_COLLAPSE) == 0:
        return ""
    return f"madvise: error {ctypes.get_errno()}"
