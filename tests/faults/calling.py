"""A SIP client that never stops calling: from a number that is shut, and from one that is free."""

from __future__ import annotations

import itertools
import socket
import threading
import time

from tests.edge.serve.edges import header, request, status

PATIENCE_S = 20.0
AGAIN_S = 0.25
"""An INVITE without an answer is sent again (RFC 3261 §17.1.1.2)."""
_serial = itertools.count(1)


class Line:
    """One socket to the edge; a call is sent again until it is answered."""

    def __init__(self, port: int) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.connect(("127.0.0.1", port))
        self.socket.settimeout(AGAIN_S)

    def call(self, number: int) -> tuple[str, int]:
        """Call-ID and status of one call; fails where nobody answers within PATIENCE_S."""
        call_id = f"fault{next(_serial)}"
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                self.socket.send(request(f"+{number}", call_id=call_id))
                answer = self.socket.recv(65_536)
                while header(answer, "Call-ID") != call_id:  # of a call sent again and answered twice
                    answer = self.socket.recv(65_536)
            except TimeoutError:
                continue
            except ConnectionRefusedError:
                time.sleep(0.02)
                continue
            return call_id, status(answer)
        raise AssertionError(f"a call from {number} was not answered in {PATIENCE_S} s")

    def refused(self, number: int) -> bool:
        """Whether a call from this number is refused."""
        return self.call(number)[1] == 603


class Caller:
    """Calls in a thread of its own until the block is left; what was answered is kept by Call-ID."""

    def __init__(self, port: int, *, shut: int, free: int) -> None:
        self.numbers = {shut: 603, free: 302}
        self.answered: dict[str, int] = {}
        self.wrong: list[tuple[int, int]] = []
        self.failure: Exception | None = None
        self._port = port
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Caller:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def check(self) -> None:
        """Every call was answered, and as it should be."""
        assert self.failure is None, self.failure
        assert self.wrong == []

    def _run(self) -> None:
        line = Line(self._port)
        with line.socket:
            while not self._stop.wait(0.02):
                for number, expected in self.numbers.items():
                    try:
                        call_id, code = line.call(number)
                    except (AssertionError, OSError) as error:
                        self.failure = error
                        return
                    self.answered[call_id] = code
                    if code != expected:
                        self.wrong.append((number, code))
