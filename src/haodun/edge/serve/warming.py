"""Compile what a call needs before anybody calls: after an upgrade, or in the image that an edge starts from."""

from __future__ import annotations

import time

from haodun.edge.serve.server import Edge
from haodun.edge.serve.settings import Place, Settings
from haodun.edge.serve.starting import start


def warm(policy: str) -> float:
    """Start an edge of the compiled kernel that nobody can reach, and stop it; the seconds that took.

    Everything it compiled is kept for later starts by the same user on the same processor. PolicyError, EdgeError.
    """
    began = time.monotonic()
    settings = Settings(listen=Place("127.0.0.1", 0), policy=policy, kernel="fast")
    edge = Edge(start(settings, now_ms=time.time_ns() // 1_000_000))
    edge.stop()
    edge.run()
    return time.monotonic() - began
