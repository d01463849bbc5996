"""`haodun serve`: the database, the web server and the processes beside it, started, watched and stopped as one.

Theory of operation. One parent holds the data folder's lock and the listening socket. 1. Keys, database, tables.
2. Children: the web server (gunicorn, one process, many threads, a pool of connections), the job worker, the ledger's
sealer, the store's keeper; each only where its command exists. A child that ends is started again, later and later if
it keeps ending. 3. SIGTERM or SIGINT: children are told to stop, given GRACE_S, killed; then the database stops.
4. kill -9 of the parent: each child has asked the kernel for SIGTERM at its parent's death, so none outlives it for
long; the database stays, and the next start takes it over with what was committed.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from haodun.console.database import running
from haodun.console.setup import SETTINGS, configure, migrate, prepare_keys

THREADS = 48
STREAMS = 32
"""Of the threads, how many may hold an edge's stream; the rest are for people."""
POOL = 20
"""Connections the threads share."""
GRACE_S = 25.0
"""How long children may take to stop."""
WEB_GRACE_S = 5
READY_S = 60.0
BIND_S = 15.0
"""How long a port may still be held by the children of a killed parent."""
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 30.0
STEADY_S = 60.0
"""A child that lived so long is started again at once."""
TICK_S = 0.2
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True)


class _Stop(threading.Event):
    """Set by a signal; before `watching` the signal also ends the start where it stands."""

    watching = False


class ServeError(Exception):
    """The installation cannot be served; the message says why and what to do."""

    exit_code = 2


@dataclass(slots=True)
class Child:
    """A process that is kept running."""

    name: str
    command: list[str]
    pass_fds: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    wait_s: float = FIRST_WAIT_S
    due: float = 0.0
    environment: dict[str, str] = field(default_factory=dict)

    def start(self) -> None:
        """Start it in a session of its own, so that a Ctrl-C reaches the parent alone."""
        self.started = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603  # our own commands
            self.command,
            pass_fds=self.pass_fds,
            env={**os.environ, **self.environment},
            start_new_session=True,
            preexec_fn=_die_with(os.getpid()),
        )

    def look(self, now: float) -> None:
        """Start it again once its time has come; note when that is where it has just ended."""
        if self.process is None:
            if now >= self.due:
                self.start()
            return
        code = self.process.poll()
        if code is None:
            return
        self.wait_s = FIRST_WAIT_S if now - self.started > STEADY_S else min(self.wait_s * 2, LONGEST_WAIT_S)
        self.process, self.due = None, now + self.wait_s
        print(f"haodun serve: {self.name} ended ({code}), starts again in {self.wait_s:g} s", file=sys.stderr)


def serve(
    data: Path, *, host: str = "127.0.0.1", port: int = 8000, demo: bool = False, ready: Callable[[str], None] = print
) -> None:
    """Serve an installation until SIGTERM or SIGINT; `ready` gets the address once a page can be asked for.

    ServeError where the folder is served already, the port is taken, or the web server does not come up.
    """
    stop = _Stop()
    with _signals(stop), _alone(data), _listening(host, port) as listener:
        address = f"http://{_bracketed(host)}:{listener.getsockname()[1]}"
        _environment(data, host, demo=demo)
        prepare_keys(data)
        with running(data) as urls:
            urls.export()
            configure()
            from django.db import connections

            migrate(urls)
            connections.close_all()
            children = _children(listener.fileno())
            try:
                _watch(children, stop, address, ready)
            finally:
                _stop(children)


def _environment(data: Path, host: str, *, demo: bool) -> None:
    os.environ["HAODUN_DATA"] = str(data.resolve())
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
    os.environ.setdefault(
        "HAODUN_HOSTS", ",".join(dict.fromkeys(["127.0.0.1", "localhost", "[::1]", _bracketed(host)]))
    )
    if demo:
        os.environ["HAODUN_DEMO"] = os.environ["HAODUN_SYNTHETIC"] = "1"


def _children(listener: int) -> list[Child]:
    """The web server, and of the processes beside it those whose command exists."""
    from django.core.management import get_commands

    django = [sys.executable, "-m", "django"]
    beside = (("worker", "work"), ("sealer", "seal"), ("keeper", "keep_store"))
    known = get_commands()
    web = Child(
        "web",
        [
            *(sys.executable, "-m", "gunicorn", "haodun.console.wsgi:application", "--bind", f"fd://{listener}"),
            *(
                "--worker-class",
                "haodun.console.web_worker.Worker",
                "--workers",
                "1",
                "--threads",
                str(THREADS),
                "--keep-alive",
                "65",
            ),
            *(
                "--graceful-timeout",
                str(WEB_GRACE_S),
                "--timeout",
                "60",
                "--no-control-socket",
                "--log-level",
                "warning",
            ),
        ],
        pass_fds=(listener,),
        environment={"HAODUN_POOL": str(POOL), "HAODUN_STREAMS": str(STREAMS)},
    )
    return [web, *(Child(name, [*django, command]) for name, command in beside if command in known)]


def _watch(children: list[Child], stop: _Stop, address: str, ready: Callable[[str], None]) -> None:
    """Keep all running until told to stop; say the address once."""
    stop.watching = True
    said, deadline = False, time.monotonic() + READY_S
    while not stop.is_set():
        now = time.monotonic()
        for child in children:
            child.look(now)
        if not said and _answers(address):
            ready(address)
            said = True
        if not said and now > deadline:
            raise ServeError(f"the web server did not answer within {READY_S:g} s; its messages stand above")
        stop.wait(TICK_S)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{_reachable(address)}/readyz", timeout=2) as answer:  # noqa: S310  # our own
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _reachable(address: str) -> str:
    return address.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")


def _stop(children: list[Child]) -> None:
    living = [child.process for child in children if child.process is not None and child.process.poll() is None]
    for process in living:
        process.terminate()
    deadline = time.monotonic() + GRACE_S
    for process in living:
        try:
            process.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _die_with(parent: int) -> Callable[[], None]:
    """For the new child: ask for SIGTERM at the parent's death, also where that came first; ordinary signals again."""

    def prepare() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return prepare


@contextmanager
def _signals(stop: _Stop) -> Iterator[None]:
    """Before the children are watched a signal ends the start; afterwards it ends the watch."""

    def told(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            return
        stop.set()
        if not stop.watching:
            raise SystemExit(0)

    former = {number: signal.signal(number, told) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    """Hold the data folder; ServeError where another `haodun serve` does."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "serve.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise ServeError(
                f"{data} is served already by process {file.read().strip()}; stop that one first"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """The listening socket, which outlives each web server; ServeError where the port stays taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        deadline = time.monotonic() + BIND_S
        while True:
            try:
                listener.bind((host, port))
                break
            except OSError as error:
                if time.monotonic() > deadline:
                    raise ServeError(
                        f"cannot listen on {host}:{port} ({error.strerror}); choose another --listen"
                    ) from None
                time.sleep(TICK_S)
        listener.listen(512)
        yield listener


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
