"""The WSGI application, behind a small front: health, and a bound on answers that never end."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from django.core.wsgi import get_wsgi_application

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

STREAM = "/edge/v1/stream"
"""The control link's endless answer: each edge holds a thread for as long as it is connected."""
RETRY_S = 5

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "haodun.console.settings")


class Front:
    """Answers `/healthz` (the process lives) and `/readyz` (the database answers); lets in at most `streams` streams.

    Without the bound, as many edges as there are threads would leave none for people. One edge too many is told 503
    and comes back.
    """

    def __init__(self, inner: WSGIApplication, *, streams: int) -> None:
        """Stand before an application."""
        self._inner = inner
        self._free = threading.BoundedSemaphore(streams)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = environ.get("PATH_INFO", "")
        if path == "/healthz":
            return _plain(start_response, "200 OK", "alive")
        if path == "/readyz":
            return self._ready(start_response)
        if path.rstrip("/") != STREAM:
            return self._inner(environ, start_response)
        if not self._free.acquire(blocking=False):
            return _plain(start_response, "503 Service Unavailable", "all streams are taken", retry=RETRY_S)
        entered = False
        try:
            answer = _Stream(self._inner(environ, start_response), self._free)
            entered = True
            return answer
        finally:
            if not entered:
                self._free.release()

    def _ready(self, start_response: StartResponse) -> Iterable[bytes]:
        from django.db import DatabaseError, connection

        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except DatabaseError:
            return _plain(start_response, "503 Service Unavailable", "the database does not answer", retry=RETRY_S)
        finally:
            connection.close()
        return _plain(start_response, "200 OK", "ready")


class _Stream:
    """An answer that gives its place back when it is closed, once."""

    def __init__(self, inner: Iterable[bytes], free: threading.BoundedSemaphore) -> None:
        self._inner = inner
        self._free: threading.BoundedSemaphore | None = free

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._inner)

    def close(self) -> None:
        """Close the answer and give its place back."""
        try:
            close = getattr(self._inner, "close", None)
            if close is not None:
                close()
        finally:
            free, self._free = self._free, None
            if free is not None:
                free.release()


def _plain(start_response: StartResponse, status: str, text: str, *, retry: int | None = None) -> Iterable[bytes]:
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")]
    if retry is not None:
        headers.append(("Retry-After", str(retry)))
    start_response(status, headers)
    return [text.encode() + b"\n"]


application = Front(get_wsgi_application(), streams=int(os.environ.get("HAODUN_STREAMS", "32")))
