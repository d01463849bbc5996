"""The stream of announcements: one open connection of the database an edge, woken by NOTIFY, with pings between.

Theory of operation. The stream listens first and looks second, so that nothing is missed between. It looks for what the
edge lacks whenever it is woken or PING_S have passed; a lost notification costs PING_S. Its connection is its own and
not the pool's, for it lives as long as the edge does. When the edge goes, the next line fails, the server closes the
generator, and connection and place are given back.
"""

from __future__ import annotations

import json
import os
import threading
from collections import Counter
from collections.abc import Generator, Iterator
from typing import Any

import psycopg
from django.db import connections

from haodun.offices.organisations.scope import EVERYTHING, SETTING
from haodun.registry.policies.holding import approval_cap
from haodun.registry.policies.limits import (
    EXPIRES_AFTER,
    KEEP_FULL,
    MAX_CHAIN,
    MAX_STREAMS,
    MAX_STREAMS_PER_EDGE,
    PING_S,
)
from haodun.registry.policies.publishing import CHANNEL

STREAMS = "HAODUN_STREAMS"
PING = b'{"type":"ping"}\n'

_NEWEST_FULL = "SELECT max(version) FROM policies_publication WHERE kind = 'full'"
_FRESH = "SELECT max(version) FROM policies_publication WHERE fresh AND created_at > now() - %s"
_FIRST_KEPT = """
SELECT version FROM policies_publication WHERE kind = 'full' ORDER BY version DESC OFFSET %s LIMIT 1
"""
_NEW_BLOCKS = "SELECT sum(new_blocks) FROM policies_publication WHERE version > %s AND version <= %s"
_FROM = """
SELECT version, kind, parent, bytes, digest FROM policies_publication WHERE version >= %s ORDER BY version LIMIT %s
"""
_SEEN = "UPDATE policies_edge SET last_seen = now() WHERE id = %s AND revoked_at IS NULL"


class Places:
    """How many streams are open, in all and of each edge; who finds no place is sent away."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: Counter[int] = Counter()

    def take(self, edge: int) -> bool:
        """Take a place for an edge; False where none is left."""
        limit = int(os.environ.get(STREAMS, MAX_STREAMS))
        with self._lock:
            if self._open.total() >= limit or self._open[edge] >= MAX_STREAMS_PER_EDGE:
                return False
            self._open[edge] += 1
            return True

    def leave(self, edge: int) -> None:
        """Give a place back."""
        with self._lock:
            self._open[edge] -= 1

    def __len__(self) -> int:
        with self._lock:
            return self._open.total()


PLACES = Places()


class Stream:
    """The lines for one edge. The place was taken before; `close` gives it back, however the stream ends."""

    def __init__(self, edge: int, *, have: int, ping_s: float = PING_S) -> None:
        self._edge = edge
        self._told = have
        self._first = True
        self._ping_s = ping_s
        self._lines = self._run()
        self._left = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._lines)

    def close(self) -> None:
        """End, also before the first line."""
        self._lines.close()
        if not self._left:
            self._left = True
            PLACES.leave(self._edge)

    def _run(self) -> Generator[bytes]:
        with own_connection() as connection:
            connection.execute("SELECT set_config(%s, %s, false)", (SETTING, EVERYTHING))
            connection.execute(f"LISTEN {CHANNEL}")
            while connection.execute(_SEEN, (self._edge,)).rowcount:  # a revoked edge is sent away
                lines = self._news(connection)
                yield from lines or (PING,)
                for _ in connection.notifies(timeout=self._ping_s, stop_after=1):
                    pass

    def _news(self, connection: psycopg.Connection[Any]) -> list[bytes]:
        """What the edge lacks, in order; at the beginning the newest, even if it has it."""
        full = connection.execute(_NEWEST_FULL).fetchone()
        if full is None or full[0] is None:
            return []
        start = self._start(connection, full[0])
        rows = connection.execute(_FROM, (start, MAX_CHAIN)).fetchall()
        if not rows and self._first:
            rows = connection.execute(_FROM, (self._told, 1)).fetchall()
        if rows:
            self._first, self._told = False, rows[-1][0]
        return [_line(*row) for row in rows]

    def _start(self, connection: psycopg.Connection[Any], full: int) -> int:
        """Where to begin, so that no step is over the cap of the edge where that can be.

        An edge without a snapshot begins by the newest one that such an edge takes, then goes on version by version.
        One that was away passes over what lies before the newest full one where all of it together newly blocks no
        more than the cap; else it, too, goes version by version, as long as they are kept.
        """
        if self._told >= full:
            return self._told + 1
        if not self._told:
            fresh = connection.execute(_FRESH, (EXPIRES_AFTER,)).fetchone()
            return full if fresh is None or fresh[0] is None else int(fresh[0])
        blocks = connection.execute(_NEW_BLOCKS, (self._told, full)).fetchone()
        kept = connection.execute(_FIRST_KEPT, (KEEP_FULL - 1,)).fetchone()
        small = blocks is not None and (blocks[0] or 0) <= approval_cap()
        return full if small or (kept is not None and self._told + 1 < kept[0]) else self._told + 1


def _line(version: int, kind: str, parent: int, size: int, digest: str) -> bytes:
    said = {"type": "snapshot", "version": version, "kind": kind, "parent": parent, "bytes": size, "sha256": digest}
    return json.dumps(said, separators=(",", ":")).encode("ascii") + b"\n"


def own_connection() -> psycopg.Connection[Any]:
    """A connection of the application's role beside the pool, that commits by itself."""
    parameters = connections["default"].get_connection_params()
    keep = {name: value for name, value in parameters.items() if name in {"host", "port", "user", "password", "dbname"}}
    return psycopg.connect(**keep, autocommit=True)
