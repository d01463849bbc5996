"""gunicorn's threads, with one change: a connection is let go by the thread that served it, not by the main loop.

gunicorn 27 waits for the peer's end of a closed connection (RFC 9112 §9.6) on the loop that accepts all others, up to
two seconds each; one client that keeps its side open would hold up everybody.
"""

from __future__ import annotations

from typing import Any

from gunicorn.util import close_graceful
from gunicorn.workers.gthread import ThreadWorker

LINGER_S = 0.2
"""How long a thread waits for the peer's end; enough for what is on its way."""


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """The worker class of `haodun serve`."""

    def handle(self, conn: Any) -> Any:
        """Serve one request; a connection that ends here is closed here."""
        goes_on = super().handle(conn)
        if goes_on is False:
            conn.sock.setblocking(True)
            close_graceful(conn.sock, timeout=LINGER_S)
            conn.close = _closed_already
        return goes_on


def _closed_already(graceful: bool = False) -> None:
    """What the main loop calls afterwards."""
