"""The 7-digit range table of Chinese mobiles in the PyPI package `phone`: province and city of a prefix.

Its own `find` searches the file anew at each call and asserts on odd input; here the file is laid out once as an array
by prefix: 2 bytes for each of 700,000 prefixes, one index.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from haodun.numbering.errors import NumberingError
from haodun.numbering.tables import provinces

FIRST_PREFIX = 1_300_000
PREFIXES = 700_000

MAX_TABLE_BYTES = 64 << 20
"""A larger phone.dat is not read."""

_HEAD = 8
_ENTRY = np.dtype([("prefix", "<i4"), ("offset", "<i4"), ("type", "u1")])


class Place(NamedTuple):
    """Where a range was first given out."""

    province: str
    """GB/T 2260, two digits."""
    city: str
    """As the table has it, Chinese."""


class MobileTable(NamedTuple):
    """The table as loaded."""

    version: str
    """Version of the package / of its data."""
    places: tuple[Place, ...]
    cells: npt.NDArray[np.uint16]
    """Position in `places` + 1 by prefix − FIRST_PREFIX; 0 where the table has no entry."""

    def find(self, national: str) -> Place | None:
        """Place of an 11-digit mobile number, None if the table has no such prefix."""
        position = int(national[:7]) - FIRST_PREFIX
        if not 0 <= position < PREFIXES:
            return None
        found = int(self.cells[position])
        return self.places[found - 1] if found else None


@cache
def mobile_table() -> MobileTable:
    """The installed table; NumberingError if it is absent or damaged."""
    try:
        data = files("phone").joinpath("phone.dat").read_bytes()
        package = version("phone")
    except (OSError, ModuleNotFoundError, PackageNotFoundError) as error:
        raise NumberingError(f"phone.dat: cannot be read ({error}); install the package `phone`") from error
    return load(data, package)


def load(data: bytes, package: str) -> MobileTable:
    """A phone.dat: version (4 bytes), offset of the entries (4), places 'province|city|zip|area' with NUL, entries.

    `package` is the version of the package it came in. NumberingError if it is damaged.
    """
    start = int.from_bytes(data[4:_HEAD], "little")
    if not _HEAD < start < len(data) <= MAX_TABLE_BYTES or (len(data) - start) % _ENTRY.itemsize:
        raise NumberingError("phone.dat: its header does not fit its size; reinstall the package `phone`")
    entries = np.frombuffer(data, _ENTRY, offset=start)
    offsets, inverse = np.unique(entries["offset"], return_inverse=True)
    places = tuple(_place(data, int(offset), start) for offset in offsets)
    position = entries["prefix"].astype(np.int64) - FIRST_PREFIX
    if position.min() < 0 or position.max() >= PREFIXES:
        raise NumberingError("phone.dat: an entry is no Chinese mobile prefix; reinstall the package `phone`")
    cells = np.zeros(PREFIXES, np.uint16)
    cells[position] = inverse + 1
    cells.setflags(write=False)
    return MobileTable(f"{package}/{data[:4].decode('ascii', 'replace')}", places, cells)


def _place(data: bytes, offset: int, limit: int) -> Place:
    end = data.find(b"\0", offset, limit)
    fields = data[offset:end].decode("utf-8", "replace").split("|") if _HEAD <= offset < end else []
    code = _codes().get(fields[0]) if len(fields) == 4 else None
    if code is None:
        raise NumberingError(f"phone.dat: no place of a known province at byte {offset}; reinstall the package `phone`")
    return Place(code, fields[1])


@cache
def _codes() -> dict[str, str]:
    return {names.zh: code for code, names in provinces().items()}
