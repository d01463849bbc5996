"""Read a list's entries from a text file: one number and its end a line."""

from __future__ import annotations

import re
from array import array
from pathlib import Path

import numpy as np

from haodun.screening.policy.reading import parse_date
from haodun.screening.snapshot.columns import MAX_ENTRIES, Column
from haodun.screening.snapshot.errors import Code, SnapshotRefused

NUMBER = re.compile(r"\+([1-9][0-9]{2,16})")
"""E.164 with its plus sign; a short code stands behind its country code: +86110."""
MAX_LINE = 200
"""Bytes of a line."""
MAX_QUOTED = 40


def read_entries(path: Path, *, ends: bool = True) -> Column:
    """The entries of a file: `+8613912345678 2026-12-31`, or a UTC time `2026-12-31T12:00:00Z`; `#` starts a comment.

    With `ends` False a line is a number alone. Raises SnapshotRefused `number` with the line, or `too_large`.
    """
    numbers, until = array("q"), array("q")
    moments: dict[str, int | None] = {}
    try:
        with path.open("rb") as file:
            for count, line in enumerate(file, 1):
                words = _words(line)
                if not words:
                    continue
                end = 0
                if ends:
                    moment = moments.setdefault(words[-1], parse_date(words[-1]))
                    end = -1 if moment is None else moment
                number = NUMBER.fullmatch(words[0])
                if number is None or len(words) != 1 + ends or end < 0:
                    raise _bad_line(path, count, line, ends=ends)
                numbers.append(int(number[1]))
                until.append(end)
                if len(numbers) > MAX_ENTRIES:
                    raise SnapshotRefused(Code.TOO_LARGE, f"{path} has more than {MAX_ENTRIES} entries; split the list")
    except OSError as error:
        raise SnapshotRefused(Code.PART_MISSING, f"{path} cannot be read ({error.strerror}); name a file") from error
    return Column.of(np.array(numbers, np.int64), np.array(until, np.int64))


def _words(line: bytes) -> list[str]:
    return line[: MAX_LINE + 1].decode("ascii", "replace").partition("#")[0].split()


def _bad_line(path: Path, count: int, line: bytes, *, ends: bool) -> SnapshotRefused:
    shown = ascii(line[:MAX_QUOTED].decode("utf-8", "replace").strip())
    wanted = "+8613912345678 2026-12-31" if ends else "+8613912345678"
    return SnapshotRefused(Code.NUMBER, f"{path} line {count}: {shown} is no entry; write {wanted}")
