"""The compiled codec under a build that checks each index; and its work, no faster than the datagram."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

MESSAGES = 60_000


def program(root: Path, module: str, *arguments: str, **environment: str) -> str:
    """What a module of the tests prints when it is run by itself."""
    given = os.environ | {"PYTHONPATH": f"{root}{os.pathsep}{root / 'src'}", **environment}
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=root, env=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3_000:]
    return done.stdout


@pytest.mark.fuzz
def test_spoilt_datagrams_touch_nothing_beyond_their_end_and_are_claimed_only_where_both_read_alike(root: Path) -> None:
    said = program(root, "tests.edge.sip.fast.fuzzing", str(MESSAGES), "7", HAODUN_CHECKED="1").split()
    assert said[0] == "checked"
    assert int(said[2]) == 2 * MESSAGES
    # The spoiling must neither leave all messages whole nor ruin all of them, or it would test nothing.
    assert MESSAGES // 10 < int(said[1]) < MESSAGES


def test_a_read_beyond_the_end_of_a_buffer_is_seen_by_the_checked_build(root: Path) -> None:
    said = program(root, "tests.edge.sip.fast.overreading", HAODUN_CHECKED="1")
    assert said.strip() == "IndexError"


def test_twice_the_length_costs_at_most_twice_the_byte_codes(root: Path) -> None:
    """The compiled functions run as plain Python, and what Python runs is counted."""
    said = program(root, "tests.edge.sip.fast.counting", HAODUN_CHECKED="1", NUMBA_DISABLE_JIT="1")
    found = {name: (int(once), int(twice)) for name, once, twice in (line.split("\t") for line in said.splitlines())}
    assert len(found) > 20
    for name, (once, twice) in found.items():
        assert twice <= 2.2 * once + 500, name
    assert sum(twice > 1.5 * once for once, twice in found.values()) > 8, "some must reach what they are made to reach"
