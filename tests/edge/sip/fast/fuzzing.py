"""Spoilt and varied datagrams against the compiled codec, with each index checked: run as a process of its own.

`HAODUN_CHECKED=1 python -m tests.edge.sip.fast.fuzzing MESSAGES SEED` says how many were claimed, or what went wrong.
"""

from __future__ import annotations

import collections
import random
import sys

from tests.edge.sip.fast.reading import check, invite
from tests.edge.sip.messages import HEADERS, message, mutated
from tests.edge.sip.test_fuzz import SEED_MESSAGES

from haodun.compiled import CHECKED
from haodun.edge.sip.fast import Hard

PLAIN = [
    message(),
    message({"P-Asserted-Identity": "<sip:+8613900001234@h;user=phone>", "Privacy": "id"}),
    message({"Diversion": "<tel:+8613900001>;reason=unknown"}, more="Via: SIP/2.0/TCP a:5061;branch=q;x\r\n"),
    message({"From": '"q\\"<sip:1@x>;tag=n" <sip:+861@h>;x=y;tag=w', "CSeq": "7 INVITE"}, body=b""),
    message({"Via": "SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKa", "From": HEADERS["From"] + ";a=b"}),
]


def run(messages: int, seed: int) -> collections.Counter[str]:
    """Check so many; how many were claimed, and why the others were not."""
    draw = random.Random(seed)
    found: collections.Counter[str] = collections.Counter()
    for _ in range(messages):
        kind = draw.random()
        data = mutated(SEED_MESSAGES if kind < 0.3 else PLAIN, draw) if kind < 0.8 else invite(draw)
        found.update(why.name for why in check(data))
    return found


if __name__ == "__main__":
    outcomes = run(int(sys.argv[1]), int(sys.argv[2]))
    print("checked" if CHECKED else "unchecked", outcomes[Hard.NOTHING.name], sum(outcomes.values()))
