"""The whole compiled reading and answering of a call under a build that checks each index."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.edge.sip.fast.test_checked import program

MESSAGES = 20_000


@pytest.mark.fuzz
def test_spoilt_calls_make_the_same_events_and_answers_and_touch_nothing_beyond_their_place(root: Path) -> None:
    said = program(root, "tests.edge.serve.front.fuzzing", str(MESSAGES), "11", HAODUN_CHECKED="1").split()
    assert said[0] == "checked"
    assert int(said[2]) == MESSAGES
    # The spoiling must neither leave all messages whole nor ruin all of them, or it would test nothing.
    assert MESSAGES // 20 < int(said[1]) < MESSAGES // 2
