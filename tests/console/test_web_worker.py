"""A connection that is over is closed by the thread that served it; the main loop finds nothing to wait for."""

from __future__ import annotations

import socket
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.workers.gthread import ThreadWorker

from haodun.console.web_worker import Worker


class Connection(SimpleNamespace):
    """What gunicorn hands around, as far as the worker touches it."""

    sock: socket.socket
    closed_by_the_loop: bool = False

    def close(self, graceful: bool = False) -> None:
        self.closed_by_the_loop = True


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`served(goes_on)`: a connection after a request that ended so, and the peer's side of it."""

    def make(goes_on: object) -> tuple[Connection, socket.socket]:
        monkeypatch.setattr(ThreadWorker, "handle", lambda self, conn: goes_on)
        ours, theirs = socket.socketpair()
        connection = Connection(sock=ours)
        assert Worker.__new__(Worker).handle(connection) is goes_on
        return connection, theirs

    return make


def test_an_ended_connection_is_closed_before_the_loop_hears_of_it(served: Any) -> None:
    connection, theirs = served(False)
    with theirs:
        assert theirs.recv(1) == b"", "the peer sees the end"
        assert connection.sock.fileno() == -1
        connection.close(graceful=True)
        assert not connection.closed_by_the_loop


@pytest.mark.parametrize("goes_on", [True, object()])
def test_a_connection_that_goes_on_is_left_alone(served: Any, goes_on: object) -> None:
    connection, theirs = served(goes_on)
    with theirs, connection.sock:
        assert connection.sock.fileno() != -1
        connection.close()
        assert connection.closed_by_the_loop
