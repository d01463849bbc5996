"""An installation with keys, a web server in a thread, and edges that speak the real client of the control link."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from django.conf import settings
from tests.registry.conftest import Land

from haodun.console.setup import prepare_keys
from haodun.edge.serve.control import Link
from haodun.edge.serve.engine import Deciding
from haodun.edge.serve.metrics import Tally
from haodun.edge.serve.receipts import Receipts
from haodun.edge.serve.shelf import Shelf
from haodun.registry.policies import edge_api, publishing, services
from haodun.registry.policies.chain import Chain, trust_of
from haodun.registry.policies.streams import PLACES, Stream
from haodun.screening.snapshot import Snapshot, Trust

PATIENCE_S = 20.0


def eventually(true: Callable[[], bool], what: str) -> None:
    """Wait until something is so; fail with what it was after PATIENCE_S."""
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end, f"never happened: {what}"
        time.sleep(0.02)


@pytest.fixture
def site(lasting_land: Land, monkeypatch: pytest.MonkeyPatch) -> Iterator[Land]:
    """A land whose installation has keys and nothing published yet."""
    data = Path(settings.HAODUN_DATA)
    prepare_keys(data)
    shutil.rmtree(data / "snapshots", ignore_errors=True)
    monkeypatch.setattr(publishing, "_chain", Chain())
    yield lasting_land
    shutil.rmtree(data / "snapshots", ignore_errors=True)


@pytest.fixture
def server(site: Land, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Address of a web server with the whole console, quick to notice that an edge has gone."""
    from django.core.handlers.wsgi import WSGIHandler
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

    class Quiet(WSGIRequestHandler):
        def log_message(self, *arguments: Any) -> None:
            """Nothing on the terminal."""

    monkeypatch.setattr(edge_api, "Stream", partial(Stream, ping_s=0.2))
    monkeypatch.setattr(settings, "ALLOWED_HOSTS", ["127.0.0.1"])
    httpd = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
    httpd.set_app(WSGIHandler())
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_address[1]}"
    httpd.shutdown()
    thread.join()
    httpd.server_close()
    eventually(lambda: len(PLACES) == 0, "all streams noticed that their edges are gone")


@dataclass
class Edge:
    """The real client with a main loop that takes what is ready."""

    name: str
    token: str
    link: Link
    shelf: Shelf
    versions: list[int] = field(default_factory=list)
    log: list[dict[str, Any]] = field(default_factory=list)
    holding_back: threading.Event = field(default_factory=threading.Event)
    """While set, the main loop takes nothing."""
    _stop: threading.Event = field(default_factory=threading.Event)
    _loop: threading.Thread | None = None

    def start(self) -> Edge:
        self._loop = threading.Thread(target=self._run)
        self._loop.start()
        self.link.start()
        return self

    def _run(self) -> None:
        while not self._stop.wait(0.005):
            ready = self.link.ready
            if ready is not None and not self.holding_back.is_set():
                self.versions.append(ready.version)
                self.link.taken()

    def stop(self) -> None:
        self.link.stop()
        self._stop.set()
        if self._loop is not None:
            self._loop.join()
        eventually(lambda: not self.link._thread.is_alive(), "the link's thread ended")

    def numbers(self, name: str) -> set[int]:
        """What its snapshot has on a list now."""
        snapshot = self.shelf.holder.current
        return set() if snapshot is None else set(snapshot.lists[name].numbers().tolist())


@dataclass
class _Ready:
    snapshot: Snapshot

    @property
    def version(self) -> int:
        return self.snapshot.version


Starter = Callable[..., Edge]


@pytest.fixture
def edge(server: str, site: Land, tmp_path: Path) -> Iterator[Starter]:
    """Start an edge by name; `token` for one that is enrolled already, `folder` for its second life."""
    started: list[Edge] = []

    def start(name: str = "edge-1", *, token: str | None = None, trust: Trust | None = None) -> Edge:
        token = token or services.enrol(name, organisation=site.mobile.id)
        folder = tmp_path / name
        shelf = Shelf(folder, trust or trust_of())
        shelf.reopen(int(time.time() * 1000))
        log: list[dict[str, Any]] = []
        link = Link(
            server,
            token=token,
            shelf=shelf,
            receipts=Receipts(folder / "receipts.json"),
            prepare=lambda snapshot: cast(Deciding, _Ready(snapshot)),
            run_id=f"run-{name}",
            tally=Tally(),
            log=lambda event, **more: log.append({"event": event, **more}),
            now_ms=lambda: int(time.time() * 1000),
            wake=lambda: None,
        )
        one = Edge(name, token, link, shelf, log=log)
        started.append(one)
        return one.start()

    yield start
    for one in started:
        one.stop()
