"""The reference page says how the compiled kernel's record lies in memory."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from haodun.screening.kernel.fast.layout import BLOCKED, LIVE, RECORD, REPEAT


def test_the_layout_on_the_page_is_that_of_the_record(root: Path) -> None:
    page = (root / "docs/reference/kernel.md").read_text(encoding="utf-8")
    section = page.partition("\n## The compiled kernel")[2]
    told = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:3] == "| `"]
    assert [re.findall("`([a-z_]+)`", row[0])[0] for row in told] == list(RECORD.names or ())
    fields = RECORD.fields
    assert fields is not None
    for name, start, kind, _ in told:
        field, offset = fields[name.strip("`")][:2]
        shape = tuple(int(size) for size in kind.split(" × ")[1:])
        assert (int(start), np.dtype((f"<{kind[:2]}", shape))) == (offset, field), name


def test_the_entries_of_the_tables_are_as_long_as_the_page_says(root: Path) -> None:
    page = (root / "docs/reference/kernel.md").read_text(encoding="utf-8")
    sizes = f"{REPEAT.itemsize}, {LIVE.itemsize} and {BLOCKED.itemsize} bytes an entry"
    assert f"tables of {sizes}" in page
