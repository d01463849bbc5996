"""The other side of the control link, to the letter of docs/decisions/0002: stream, snapshots, receipts."""

from __future__ import annotations

import io
import json
import queue
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

TOKEN = "edge-token"  # noqa: S105


class Console:
    """A control server whose every answer the test chooses."""

    def __init__(self, port: int = 0) -> None:
        self.folders: dict[tuple[int, str], Path] = {}
        """By version and kind."""
        self.raw: dict[int, bytes] = {}
        """What is sent in place of a tar."""
        self.receipts: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.refuse_receipts = 0
        self.token = TOKEN
        self._streams: list[queue.Queue[bytes | None]] = []
        console = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                console._get(self)

            def do_POST(self) -> None:
                console._post(self)

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

        self.server = Server(("127.0.0.1", port), Handler)
        self.port = int(self.server.server_address[1])
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def streams(self) -> int:
        return len(self._streams)

    def announce(self, version: int, *, kind: str = "full", parent: int = 0) -> None:
        """Say that there is a snapshot."""
        self.say({"type": "snapshot", "version": version, "kind": kind, "parent": parent, "bytes": 1, "sha256": "00"})

    def say(self, message: object) -> None:
        self.send(json.dumps(message).encode() + b"\n")

    def send(self, line: bytes) -> None:
        for stream in self._streams:
            stream.put(line)

    def states(self) -> list[tuple[int, str]]:
        return [(receipt["version"], receipt["state"]) for receipt in self.receipts]

    def close(self) -> None:
        """Be gone: all streams end, the port is closed."""
        for stream in self._streams:
            stream.put(None)
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()

    def _get(self, ask: BaseHTTPRequestHandler) -> None:
        self.asked.append(ask.path)
        if ask.headers["Authorization"] != f"Bearer {self.token}":
            ask.send_error(401)
            return
        url = urlparse(ask.path)
        if url.path == "/edge/v1/stream":
            self._stream(ask)
            return
        version = int(url.path.rpartition("/")[2])
        kind = parse_qs(url.query).get("kind", [""])[0]
        folder = self.folders.get((version, kind)) or self.folders.get((version, "full"))
        body = self.raw.get(version) or (tar_of(folder) if folder else b"")
        ask.send_response(200 if body else 404)
        ask.send_header("Content-Type", "application/x-tar")
        ask.send_header("Content-Length", str(len(body)))
        ask.end_headers()
        ask.wfile.write(body)

    def _stream(self, ask: BaseHTTPRequestHandler) -> None:
        ask.send_response(200)
        ask.send_header("Content-Type", "application/x-ndjson")
        ask.end_headers()
        lines: queue.Queue[bytes | None] = queue.Queue()
        self._streams.append(lines)
        while True:
            try:
                line = lines.get(timeout=0.1)
            except queue.Empty:
                line = b'{"type":"ping"}\n'
            if line is None:
                return
            try:
                ask.wfile.write(line)
            except OSError:
                return

    def _post(self, ask: BaseHTTPRequestHandler) -> None:
        receipt = json.loads(ask.rfile.read(int(ask.headers["Content-Length"])))
        if self.refuse_receipts:
            self.refuse_receipts -= 1
            ask.send_error(503)
            return
        self.receipts.append(receipt)
        ask.send_response(204)
        ask.end_headers()


def tar_of(folder: Path) -> bytes:
    """A folder's files as a tar, as the console sends a snapshot."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as tar:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                tar.add(path, str(path.relative_to(folder)))
    return held.getvalue()
