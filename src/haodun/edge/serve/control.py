"""The control link: keeps the stream open, fetches what is announced, says what became of it; never in the call path.

Theory of operation. One thread. It reads the stream line by line; a snapshot that is announced is fetched (a delta that
does not fit is fetched whole), unpacked, offered to the holder, made ready to decide, and left in `ready` for the main
loop, which takes it between two batches and says so by `taken`. Receipts are kept on the disk and sent until the other
side has them. Whatever fails, the thread waits a little longer each time and begins again; the edge goes on with what
it has.
"""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import IO, Any

from haodun.edge.serve.engine import Deciding
from haodun.edge.serve.limits import BACK_OFF_S, REFUSED_AGAIN_S, STREAM_LINE, STREAM_QUIET_S
from haodun.edge.serve.metrics import Count, Gauge, Tally
from haodun.edge.serve.receipts import Receipt, Receipts
from haodun.edge.serve.settings import EdgeError
from haodun.edge.serve.shelf import Shelf, UnpackError
from haodun.screening.snapshot import Code, Refused, Snapshot

LINK_FAULTS = (OSError, http.client.HTTPException, urllib.error.URLError, ValueError)
"""What the network and the other side may do to us; ValueError is a line that is none."""
NEVER_TAKEN = {400, 404, 409, 410, 413, 422}
"""Statuses by which the other side says that it will never take this receipt."""
Log = Callable[..., None]


class Link:
    """The thread and what it shares with the main loop: `ready` and `taken`."""

    def __init__(
        self,
        url: str,
        *,
        token: str,
        shelf: Shelf,
        receipts: Receipts,
        prepare: Callable[[Snapshot], Deciding],
        run_id: str,
        tally: Tally,
        log: Log,
        now_ms: Callable[[], int],
        wake: Callable[[], None],
    ) -> None:
        self._url = url.rstrip("/") + "/edge/v1/"
        self._headers = {"Authorization": f"Bearer {token}"}
        self._shelf = shelf
        self._receipts = receipts
        self._prepare = prepare
        self._run_id = run_id
        self._tally = tally
        self._log = log
        self._now_ms = now_ms
        self._wake = wake
        self._stop = threading.Event()
        self._pause_s = BACK_OFF_S[0]
        self._receipts_again_s = 0.0
        self._refused_s: float | None = None
        """When the snapshot was refused that is not made up for yet."""
        self.ready: Deciding | None = None
        """Made ready by the link; the main loop takes it and sets it to None."""
        self._executed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="control", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def taken(self) -> None:
        """The main loop decides by what was `ready`."""
        self.ready = None
        self._executed.set()

    def stop(self) -> None:
        """End within the time of one request."""
        self._stop.set()
        self._executed.set()
        self._thread.join(timeout=1)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._send_receipts()
            try:
                self._follow()
            except LINK_FAULTS as error:
                self._tally.add(Count.LINK_FAILED)
                self._log("link_failed", why=f"{type(error).__name__}: {error}"[:200], again_in_s=self._pause_s)
            self._tally.gauges[Gauge.LINK_UP] = 0
            # Not in step with other edges that lost the same server.
            self._stop.wait(self._pause_s * (0.5 + random.random()))  # noqa: S311
            self._pause_s = min(self._pause_s * 2, BACK_OFF_S[1])

    def _follow(self) -> None:
        """Read the stream until it ends."""
        current = self._shelf.holder.current
        have = f"?have={current.version}" if current is not None else ""
        with self._ask("stream" + have) as stream:
            self._tally.gauges[Gauge.LINK_UP] = 1
            while not self._stop.is_set():
                line = stream.readline(STREAM_LINE)
                if not line.endswith(b"\n"):
                    return
                message = json.loads(line)
                if not isinstance(message, dict):
                    raise ValueError("a line of the stream is no object")
                self._pause_s = BACK_OFF_S[0]
                if message.get("type") == "snapshot":
                    self._announced(message)
                self._send_receipts()
                if self._refused_s is not None and time.monotonic() - self._refused_s >= REFUSED_AGAIN_S:
                    self._refused_s = None
                    return

    def _announced(self, message: dict[str, Any]) -> None:
        version = message.get("version")
        if type(version) is not int or not 0 < version < 2**53:
            raise ValueError("an announced version is no number")
        current = self._shelf.holder.current
        have = 0 if current is None else current.version
        if version <= have:
            self._say(version, "executed" if version == have else "refused", "" if version == have else "not_newer")
            return
        fits = message.get("kind") == "delta" and message.get("parent") == have
        self._fetch(version, whole=not fits)

    def _fetch(self, version: int, *, whole: bool) -> None:
        """Get a snapshot, offer it, and wait until the main loop decides by it; a delta that fails is got whole."""
        with self._ask(f"snapshots/{version}" + ("?kind=full" if whole else "")) as body:
            try:
                outcome = self._shelf.take_tar(body, version=version, now_ms=self._now_ms())
            except UnpackError as error:
                outcome = Refused(Code.TRUNCATED, str(error))
        # Only now: a server may wait for us to close one answer before it takes the next request.
        self._say(version, "received", "full" if whole else "delta")
        if isinstance(outcome, Refused):
            if not whole and outcome.code in (Code.NOT_PARENT, Code.CONTENT, Code.TRUNCATED):
                self._fetch(version, whole=True)
                return
            self._refused(version, outcome)
            return
        try:
            deciding = self._prepare(outcome.snapshot)
        except EdgeError as error:
            self._refused(version, Refused(Code.POLICY, str(error)))
            return
        self._executed.clear()
        self.ready = deciding
        self._wake()
        self._executed.wait()
        if not self._stop.is_set():
            self._refused_s = None
            self._tally.add(Count.SNAPSHOTS, "executed")
            self._say(version, "executed", outcome.snapshot.name)

    def _refused(self, version: int, outcome: Refused) -> None:
        self._tally.add(Count.SNAPSHOTS, "refused")
        self._refused_s = time.monotonic()
        self._log("snapshot_refused", version=version, code=str(outcome.code), why=outcome.sentence)
        self._say(version, "refused", f"{outcome.code}: {outcome.sentence}"[:500])

    def _say(self, version: int, state: str, detail: str) -> None:
        self._receipts.add(Receipt(version, state, detail, self._now_ms(), self._run_id))
        self._send_receipts()

    def _send_receipts(self) -> None:
        """Send what waits, oldest first. A failure never keeps a snapshot from being taken: it is tried again later."""
        while (receipt := self._receipts.next()) is not None and time.monotonic() >= self._receipts_again_s:
            self._tally.gauges[Gauge.RECEIPTS_WAITING] = len(self._receipts)
            try:
                with self._ask("receipts", receipt._asdict()) as answer:
                    answer.read(STREAM_LINE)
            except LINK_FAULTS as error:
                self._tally.add(Count.LINK_FAILED)
                self._receipts_again_s = time.monotonic() + BACK_OFF_S[0]
                if getattr(error, "code", 0) not in NEVER_TAKEN:
                    return
                self._log("receipt_not_taken", version=receipt.version, state=receipt.state, why=str(error))
            self._receipts.taken(receipt)
        self._tally.gauges[Gauge.RECEIPTS_WAITING] = len(self._receipts)

    def _ask(self, path: str, body: dict[str, Any] | None = None) -> IO[bytes]:
        data = None if body is None else json.dumps(body).encode("utf-8")
        headers = self._headers | ({"Content-Type": "application/json"} if data else {})
        request = urllib.request.Request(self._url + path, data=data, headers=headers)  # noqa: S310 (checked: http, https)
        opened: IO[bytes] = _OPENER.open(request, timeout=STREAM_QUIET_S)
        return opened


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A token goes to the server that it was given for, and to no other."""

    def redirect_request(self, *arguments: Any, **named: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))
