"""`haodun serve` from outside: ready, watched, killed, started again, stopped."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from haodun.console.database import running
from haodun.console.serving import POOL

HAODUN = [sys.executable, "-c", "from haodun.cli.main import main; main()"]
PATIENCE_S = 90.0


class Served:
    """A served installation of the test."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.process: subprocess.Popen[str] | None = None
        self.address = ""

    def environment(self) -> dict[str, str]:
        leave = {"DATABASE_URL", "DATABASE_OWNER_URL", "HAODUN_HOSTS", "HAODUN_DATA"}
        return {name: value for name, value in os.environ.items() if name not in leave}

    def start(self, port: int = 0) -> None:
        command = [*HAODUN, "serve", "--data", str(self.data), "--listen", f"127.0.0.1:{port}", "--demo"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=self.environment())
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("haodun serves http://127.0.0.1:"), line
        self.address = line.split()[-1]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*HAODUN, *words], text=True, capture_output=True, env=self.environment(), timeout=PATIENCE_S, check=False
        )

    def get(self, path: str) -> int:
        with urllib.request.urlopen(self.address + path, timeout=PATIENCE_S) as answer:  # our own
            return int(answer.status)

    def stop(self, number: int) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        with self.process:
            return self.process.wait(timeout=PATIENCE_S)


def descendants(parent: int) -> dict[int, str]:
    """Process id → command line of all below a process."""
    found: dict[int, tuple[int, str]] = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            above = int((place / "stat").read_text().rpartition(")")[2].split()[1])
            found[int(place.name)] = (above, (place / "cmdline").read_text().replace("\0", " "))
        except (FileNotFoundError, ProcessLookupError):
            continue
    below, size = {parent}, 0
    while size != len(below):
        size = len(below)
        below |= {one for one, (above, _) in found.items() if above in below}
    return {one: found[one][1] for one in below - {parent} if one in found}


def lives(process: int) -> bool:
    try:
        return (Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def patiently(question: str, answer: object) -> None:
    """Wait until the callable says yes."""
    deadline = time.monotonic() + PATIENCE_S
    while not answer():  # type: ignore[operator]
        assert time.monotonic() < deadline, question
        time.sleep(0.05)


@pytest.fixture
def served() -> Iterator[Served]:
    data = Path(tempfile.mkdtemp(prefix="haodun-serve-"))  # a short path, since a socket lies in it
    found = Served(data)
    yield found
    if found.process is not None and found.process.poll() is None:
        found.stop(signal.SIGTERM)
    shutil.rmtree(data, ignore_errors=True)


def worker_of(served: Served) -> int:
    assert served.process is not None
    return next((one for one, command in descendants(served.process.pid).items() if "django work" in command), 0)


@pytest.mark.fault
def test_an_installation_is_served_watched_killed_served_again_and_stopped(served: Served) -> None:
    served.start()
    assert served.get("/readyz") == served.get("/healthz") == 200
    _others_find_it_taken_or_share_it(served)
    _threads_share_connections(served)
    _a_killed_child_comes_back(served)
    _a_killed_parent_leaves_nothing_that_blocks(served)
    assert served.stop(signal.SIGTERM) == 0
    assert not (served.data / "postgres" / "postmaster.pid").exists()


def _others_find_it_taken_or_share_it(served: Served) -> None:
    again = served.run("serve", "--data", str(served.data), "--listen", "127.0.0.1:0")
    assert again.returncode == 2
    assert "served already by process" in again.stderr
    make = "from haodun.offices.organisations.models import User; User.objects.create_user('kept')"
    beside = served.run("manage", "--data", str(served.data), "shell", "-c", make)
    assert beside.returncode == 0, beside.stderr
    assert served.get("/readyz") == 200, "a command beside it stopped the database"


def _threads_share_connections(served: Served) -> None:
    with ThreadPoolExecutor(60) as people:
        assert set(people.map(lambda _: served.get("/readyz"), range(240))) == {200}
    with running(served.data) as urls, psycopg.connect(urls.owner) as owner:
        rows = owner.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = 'haodun_app'").fetchone()
    assert rows is not None
    assert rows[0] <= POOL + 12  # those of the worker and of the sealer beside it
    assert served.get("/readyz") == 200


def _a_killed_child_comes_back(served: Served) -> None:
    before = worker_of(served)
    os.kill(before, signal.SIGKILL)
    patiently("a new worker", lambda: worker_of(served) not in (0, before))


def _a_killed_parent_leaves_nothing_that_blocks(served: Served) -> None:
    assert served.process is not None
    children = list(descendants(served.process.pid))
    assert len(children) >= 3
    served.stop(signal.SIGKILL)
    assert (served.data / "postgres" / "postmaster.pid").exists()
    served.start(port=int(served.address.rpartition(":")[2]))
    patiently("the children of the killed parent end", lambda: not any(lives(one) for one in children))
    with running(served.data) as urls, psycopg.connect(urls.owner) as owner:
        rows = owner.execute("SELECT username FROM organisations_user").fetchall()
    assert rows == [("kept",)]
