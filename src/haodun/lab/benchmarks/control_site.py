"""A whole installation as processes on this machine: `haodun serve`, the synthetic country, one edge on its link."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HAODUN = (sys.executable, "-c", "from haodun.cli.main import main; main()")
EDGE = "edge-1"
CARRIER = "甲网江苏公司"
"""Whose edge it is."""
PATIENCE_S = 600.0
"""For furnishing, half a minute of work: beside other work it was seen to take two minutes and more."""
TRUNKS = "trunks: {here: {class: intra_network, sources: [127.0.0.1]}}\n"
_LEAVE = {"DATABASE_URL", "DATABASE_OWNER_URL", "HAODUN_HOSTS", "HAODUN_DATA", "HAODUN_HOME"}
_SERVES = re.compile(r"haodun serves http://127\.0\.0\.1:([0-9]+)", re.ASCII)
_LISTENS = re.compile(r"listening on udp ([0-9]+)", re.ASCII)

# The management side is reached by its own command; this plane imports nothing of it.
_FURNISH = """
import io, json, sys
from django.core.management import call_command
from django.utils import timezone
from haodun.console.demonstration import furnish
said = [io.StringIO(), io.StringIO()]
call_command("seed_country", json=True, stdout=said[0])
call_command("enrol_edge", "{edge}", organisation="{carrier}", stdout=said[1])
furnish(callers={numbers}, guilty=(), now=timezone.now())
print(json.dumps({{"seeded": json.loads(said[0].getvalue()), "token": said[1].getvalue().strip()}}))
"""


class SiteError(Exception):
    """A process of the installation did not come up; the message says which and what it said."""

    exit_code = 1


@dataclass(slots=True)
class Site:
    """One installation in a folder. `place` must be short: the database's socket lies in it."""

    place: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    """More environment for the console's processes."""
    edge_environment: Mapping[str, str] = field(default_factory=dict)
    kernel: str = "fast"
    """Which kernel the edge counts with."""
    passwords: dict[str, str] = field(default_factory=dict)
    """By username."""
    server: subprocess.Popen[str] | None = None
    edge: subprocess.Popen[str] | None = None
    port: int = 0
    sip_port: int = 0

    @property
    def data(self) -> Path:
        """The installation's data folder."""
        return self.place / "data"

    @property
    def address(self) -> str:
        """Where the console is."""
        return f"http://127.0.0.1:{self.port}"

    def serve(self) -> None:
        """Start the console; at the port it had before, if any. SiteError."""
        arguments = ("serve", "--demo", "--data", str(self.data), "--listen", f"127.0.0.1:{self.port}")
        self.server = self._start(arguments, self.environment)
        self.port = int(self._said(self.server, _SERVES))

    def furnish(self, numbers: Sequence[int]) -> None:
        """Make organisations, logins, holders of these numbers, and enrol the edge; needs `serve`. SiteError."""
        program = _FURNISH.format(edge=EDGE, carrier=CARRIER, numbers=list(numbers))
        done = subprocess.run(  # noqa: S603
            [*HAODUN, "manage", "--data", str(self.data), "shell", "-v", "0", "-c", program],
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            env=self._environment({}),
            check=False,
        )
        if done.returncode != 0:
            raise SiteError(f"the installation could not be furnished: {done.stderr[-2000:]}")
        said = json.loads(done.stdout.splitlines()[-1])
        self.passwords = {login["username"]: login["password"] for login in said["seeded"]["logins"]}
        (self.place / "token").touch(mode=0o600)
        (self.place / "token").write_text(said["token"], encoding="ascii")
        (self.place / "trunks.yaml").write_text(TRUNKS, encoding="utf-8")

    def run_edge(self) -> None:
        """Start the edge; at the port it had before, if any. SiteError."""
        arguments = [
            *("edge", "sip", "--listen", f"udp:127.0.0.1:{self.sip_port}", "--mode", "enforce"),
            *("--log", str(self.place / "edge"), "--trunks", str(self.place / "trunks.yaml")),
            *("--control", self.address, "--control-token", str(self.place / "token")),
            *("--trust", str(self.data / "keys" / "snapshot.pub"), "--deadline-ms", "5000"),
            *("--kernel", self.kernel),
        ]
        self.edge = self._start(arguments, self.edge_environment)
        self.sip_port = int(self._said(self.edge, _LISTENS))

    def stop(self) -> None:
        """Stop edge and console in good order."""
        for process in (self.edge, self.server):
            if process is not None and process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(timeout=40)
                except subprocess.TimeoutExpired:
                    process.kill()
            if process is not None and process.stdout is not None:
                process.stdout.close()
        self.edge = self.server = None

    def _start(self, arguments: Sequence[str], more: Mapping[str, str]) -> subprocess.Popen[str]:
        with (self.place / "messages.log").open("a") as messages:
            return subprocess.Popen(  # noqa: S603
                [*HAODUN, *arguments],
                stdout=subprocess.PIPE,
                stderr=messages,
                text=True,
                start_new_session=True,
                env=self._environment(more),
            )

    def _environment(self, more: Mapping[str, str]) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in _LEAVE}
        return kept | {"HAODUN_HOME": str(self.place / "home")} | dict(more)

    def _said(self, process: subprocess.Popen[str], words: re.Pattern[str]) -> str:
        """What a process says once it is ready; SiteError where it ends before."""
        for line in process.stdout or ():
            found = words.search(line)
            if found is not None:
                return found[1]
        code, messages = process.wait(), (self.place / "messages.log").read_text(encoding="utf-8")
        raise SiteError(f"a process of the installation ended ({code}): {messages[-2000:]}")
