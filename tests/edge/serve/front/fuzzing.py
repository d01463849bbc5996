"""Spoilt and varied datagrams through scan, numbers, event and answers, beside the slow path; each index is checked.

`HAODUN_CHECKED=1 python -m tests.edge.serve.front.fuzzing MESSAGES SEED` says how many were claimed.
"""

from __future__ import annotations

import collections
import random
import sys

from tests.edge.serve.front.equal import both, check_call
from tests.edge.sip.fast.fuzzing import PLAIN
from tests.edge.sip.fast.reading import invite
from tests.edge.sip.messages import mutated
from tests.edge.sip.test_fuzz import SEED_MESSAGES

from haodun.compiled import CHECKED
from haodun.edge.sip.fast import Hard

SOURCES = [("192.0.2.7", 15_060), ("203.0.113.255", 1)]


def run(messages: int, seed: int) -> collections.Counter[str]:
    """Check so many; how many were claimed, and why the others were not."""
    draw = random.Random(seed)
    trunks = len(both().names)
    found: collections.Counter[str] = collections.Counter()
    for _ in range(messages):
        kind = draw.random()
        data = mutated(SEED_MESSAGES if kind < 0.1 else PLAIN, draw) if kind < 0.8 else invite(draw)
        found[check_call(data, draw.randrange(trunks), draw.choice(SOURCES)).name] += 1
    return found


if __name__ == "__main__":
    outcomes = run(int(sys.argv[1]), int(sys.argv[2]))
    print("checked" if CHECKED else "unchecked", outcomes[Hard.NOTHING.name], sum(outcomes.values()))
