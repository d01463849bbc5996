"""What a benchmark says of the pages that its memory lies in."""

from __future__ import annotations

import mmap

import numpy as np
import pytest

from haodun.lab.benchmarks import kernel
from haodun.lab.benchmarks.huge_pages import Mapping, collapse, mapping_of
from haodun.screening.kernel import Parameters
from haodun.screening.kernel.fast import make_state

SMAPS = """\
7f0000000000-7f0000400000 rw-p 00000000 00:00 0
Size:               4096 kB
Rss:                3072 kB
AnonHugePages:      2048 kB
ShmemPmdMapped:        0 kB
VmFlags: rd wr
7f0000400000-7f0000600000 rw-s 00000000 00:01 7 /memfd:state (deleted)
Size:               2048 kB
Rss:                2048 kB
AnonHugePages:         0 kB
ShmemPmdMapped:     2048 kB
7f0000800000-7f0000900000 rw-p 00000000 00:00 0
Rss:                   0 kB
"""


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (0x7F0000000000, (3 << 20, 2 << 20)),
        (0x7F00003FFFFF, (3 << 20, 2 << 20)),
        (0x7F0000400000, (2 << 20, 2 << 20)),
        (0x7F0000800000, (0, 0)),
        (0x7F0000600000, None),
        (1, None),
    ],
)
def test_the_mapping_of_an_address_is_found_with_its_huge_pages(address: int, expected: object) -> None:
    found = mapping_of(address, SMAPS)
    assert (None if found is None else (found.resident, found.huge)) == expected


def test_the_share_is_of_what_is_resident() -> None:
    assert Mapping(0, 1 << 30, 3 << 20, 2 << 20).share == pytest.approx(2 / 3)
    assert Mapping(0, 1 << 30, 0, 0).share == 0.0


def test_memory_of_this_process_is_found_and_collapsing_it_changes_no_byte() -> None:
    memory = mmap.mmap(-1, 8 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    words = np.frombuffer(memory, np.int64)
    words = words.copy() if not words.flags.writeable else words
    words[:] = np.arange(len(words))
    mapping = mapping_of(words.ctypes.data)
    if mapping is None:
        pytest.skip("no /proc/self/smaps here")
    assert mapping.resident >= 8 << 20 and 0.0 <= mapping.share <= 1.0
    said = collapse(mapping)
    assert said == "" or said.startswith("madvise: error ")
    assert (words == np.arange(len(words))).all()


def test_figures_of_a_state_that_is_not_all_in_huge_pages_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "known", lambda numbers: (make_state(Parameters(capacity=1_000)), 1, 0))
    monkeypatch.setattr(kernel, "rounds", lambda population, numbers, uniform: iter([(100.0, 50.0)]))
    for share, said in ((0.5, True), (0.995, False), (None, False)):
        monkeypatch.setattr(kernel, "huge_share", lambda state, share=share: share)
        rows = kernel.fast_rows(1_000, 50_000.0)
        timed = [row for row in rows if row.name.startswith("fast")]
        assert len(timed) == 6 and all(("50% in huge pages" in row.name) == said for row in timed)
        shares = [row for row in rows if row.name.startswith("state in huge pages")]
        assert len(shares) == (0 if share is None else 2)
