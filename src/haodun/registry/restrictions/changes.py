"""Number the changes: in the order of their commits, without gaps, so that "all up to n" means just that.

A database sequence hands out numbers before the commit, and a later number may be seen before an earlier one. Here
whoever changes restrictions, or holder intervals that restrictions hang on, first takes the one counter row and keeps
it until commit; everybody else waits. So a publication that covers change n misses nothing before n.
"""

from __future__ import annotations

from django.db import connection

_ADVANCE = """
INSERT INTO restrictions_changecounter (id, value) VALUES (1, %s)
ON CONFLICT (id) DO UPDATE SET value = restrictions_changecounter.value + %s RETURNING value
"""


def hold() -> int:
    """Take the counter until commit without advancing it; the last change. Take it before any row of a restriction."""
    return _advance(0)


def next_change() -> int:
    """The number of a new change; the counter is held until commit."""
    return _advance(1)


def last_change() -> int:
    """The last committed change, 0 before the first; holds nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM restrictions_changecounter")
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def _advance(by: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_ADVANCE, [by, by])
        return int(cursor.fetchone()[0])
