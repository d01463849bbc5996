"""`/metrics`, `/healthz`, `/readyz` for whoever watches the edge, in a thread beside the call path."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from haodun.edge.serve.metrics import Tally
from haodun.edge.serve.settings import EdgeError, Place

QUIET_S = 10
"""A client that sends nothing for so long is cut off."""
Readiness = Callable[[], tuple[bool, dict[str, object]]]
"""Whether calls may be sent here, and what there is to say about it."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True


class Pages:
    """The small HTTP server. It answers GET and HEAD of three paths, and nothing else."""

    def __init__(self, place: Place, *, tally: Tally, readiness: Readiness) -> None:
        registry = CollectorRegistry()
        registry.register(tally)

        class Handler(BaseHTTPRequestHandler):
            timeout = QUIET_S
            server_version = "haodun"
            sys_version = ""

            def do_GET(self) -> None:
                status, kind, body = _page(self.path.partition("?")[0], registry=registry, readiness=readiness)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body)

            do_HEAD = do_GET  # noqa: N815

            def log_message(self, format: str, *arguments: object) -> None:
                """Nothing: the watcher asks every few seconds."""

        try:
            self._server = _Server((place.host, place.port), Handler)
        except OSError as error:
            raise EdgeError(f"--http {place}: {error.strerror}; choose another address or port") from error
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, name="pages", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _page(path: str, *, registry: CollectorRegistry, readiness: Readiness) -> tuple[int, str, bytes]:
    if path == "/metrics":
        return 200, CONTENT_TYPE_LATEST, generate_latest(registry)
    if path == "/healthz":
        return 200, "text/plain; charset=utf-8", b"alive\n"
    if path == "/readyz":
        ready, said = readiness()
        return 200 if ready else 503, "application/json", json.dumps(said, ensure_ascii=False).encode() + b"\n"
    return 404, "text/plain; charset=utf-8", b"there is /metrics, /healthz and /readyz\n"
