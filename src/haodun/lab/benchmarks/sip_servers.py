"""The servers that the edge's benchmark compares: our edge, Kamailio's stateless htable, a UDP echo."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from haodun.lab.benchmarks.sip_messages import BLOCKED, FIRST_CALLER, PREFIX

START_S = 60.0

LIST_POLICY = """
policy: bench
version: "1"
home: CN
profile: cn
title: {zh: 测, en: Bench}
lists: {black: {title: {zh: 黑, en: black}, file: black.txt}}
rules:
  - {id: L-1, title: {zh: 黑, en: black}, layer: lists, stage: enforce, when: caller.number in black, action: BLOCK,
     reason: black, class: unknown, basis: [bench]}
"""
"""What Kamailio's table does, as a policy: the whole kernel counts, one rule decides."""

# Ours, for the same job: one table, stateless answers. `-x fm -X fm`: Debian's default allocator is a debug one, three
# times slower. `$ru` is set rather than a Contact appended, which would log a warning a call.
KAMAILIO = """#!KAMAILIO
debug=-1
log_stderror=yes
children=1
disable_tcp=yes
auto_aliases=no
max_while_loops={loops}
listen=udp:127.0.0.1:{port}
mpath="{modules}"
server_signature=no
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "htable.so"
modparam("htable","htable","v=>size=14;")
event_route[htable:mod-init] {{
  $var(i) = {first};
  while ($var(i) < {end}) {{ $sht(v=>{prefix}$var(i)) = 1; $var(i) = $var(i) + 1; }}
}}
request_route {{
  if (is_method("ACK")) exit;
  if (is_method("OPTIONS")) {{ sl_send_reply("200","OK"); exit; }}
  if (!is_method("INVITE")) {{ sl_send_reply("405","Method Not Allowed"); exit; }}
  $var(c) = $(ai{{uri.user}});
  if ($var(c) == 0 || $var(c) == "") $var(c) = $fU;
  if ($sht(v=>$var(c)) == 1) {{
    append_to_reply("Reason: SIP;cause=603\\r\\n");
    sl_send_reply("603","Decline");
    exit;
  }}
  $ru = "sip:" + $rU + "@127.0.0.1:5099;user=phone";
  sl_send_reply("302","Moved Temporarily");
  exit;
}}
"""
MODULES = "/usr/lib/x86_64-linux-gnu/kamailio/modules/"


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs."""

    port: int
    pid: int

    def cpu_s(self) -> float:
        """CPU time of all its processes so far, by the scheduler's own count (/proc/PID/schedstat), in seconds."""
        return sum(self.cpu_by_process_s().values())

    def cpu_by_process_s(self) -> dict[int, float]:
        """The same of each of its processes."""
        total: dict[int, float] = {}
        for pid in (self.pid, *_children(self.pid)):
            try:
                for task in Path(f"/proc/{pid}/task").iterdir():
                    spent = int((task / "schedstat").read_text().split()[0])
                    total[pid] = total.get(pid, 0) + spent / 1e9
            except OSError:
                continue
        return total

    def writer(self) -> int:
        """Which of its processes has the live log open; RuntimeError where none has."""
        for pid in (self.pid, *_children(self.pid)):
            for link in Path(f"/proc/{pid}/fd").iterdir():
                if "/log/seg-" in str(link.readlink()):
                    return pid
        raise RuntimeError(f"no process of {self.pid} writes a log")


def server_core() -> int:
    """The core servers run on."""
    return min(os.sched_getaffinity(0))


def load_core() -> int:
    """The core the generator runs on: another, where there is one."""
    return max(os.sched_getaffinity(0))


def fixed_to(core: int, *, first: bool = True) -> list[str]:
    """The words before a command that hold it to a core and, `first` and where allowed, before all ordinary processes.

    Without SCHED_FIFO the neighbours of a shared machine make gaps of tens of milliseconds all the time; with it, the
    kernel still gives those that wait 50 ms of each second (its fair server): p99 needs a quiet machine.
    """
    words = ["taskset", "-c", str(core)] if shutil.which("taskset") else []
    fifo = ["chrt", "-f", "1"] if first and shutil.which("chrt") else []
    allowed = fifo and subprocess.run([*fifo, "true"], check=False, capture_output=True).returncode == 0  # noqa: S603
    return [*(fifo if allowed else ()), *words]


def kamailio() -> str | None:
    """Where Kamailio is, None where it or its modules are absent."""
    found = shutil.which("kamailio") or shutil.which("kamailio", path="/usr/sbin:/usr/local/sbin")
    return found if found and Path(MODULES).is_dir() else None


def write_policy(place: Path, policy: str) -> str:
    """Write the trunks file, and for `list` the list policy, into a folder; what `--policy` is to be."""
    (place / "trunks.yaml").write_text(
        "trunks: {b: {class: inter_network, sources: [127.0.0.1], trust_identity: true}}"
    )
    if policy != "list":
        return policy
    numbers = "".join(f"{PREFIX}{FIRST_CALLER + n}\n" for n in range(BLOCKED))
    (place / "black.txt").write_text(numbers, encoding="ascii")
    (place / "policy.yaml").write_text(LIST_POLICY, encoding="utf-8")
    return str(place / "policy.yaml")


@contextmanager
def edge_server(place: Path, *, policy: str, options: Sequence[str] = ()) -> Iterator[Server]:
    """Our edge with its log, all answers enforced, under a pack or the list policy (`list`)."""
    place.mkdir(parents=True)
    policy = write_policy(place, policy)
    arguments = ["--listen", "udp:127.0.0.1:0", "--mode", "enforce", "--policy", policy, "--deadline-ms", "10000"]
    arguments += ["--log", str(place / "log"), "--trunks", str(place / "trunks.yaml"), *options]
    program = "from haodun.cli.main import main; main()"
    alone = "--fronts" not in options  # several before all others on one core keep each other and the system waiting
    command = [sys.executable, "-c", program, "edge", "sip", *arguments]
    with _running(command, stdout=subprocess.PIPE, first=alone) as process:
        yield Server(_listening(process), process.pid)


def _listening(process: subprocess.Popen[bytes]) -> int:
    """The port of our edge, once all its processes serve; RuntimeError where it ends before."""
    said = []
    for line in process.stdout or ():
        said.append(line.decode())
        found = re.search(r"listening on udp ([0-9]+)", said[-1])
        if found is not None:
            return int(found[1])
    raise RuntimeError(f"the edge did not start: {said!r}")


@contextmanager
def kamailio_server(place: Path, program: str) -> Iterator[Server]:
    """Kamailio with the table filled."""
    place.mkdir(parents=True)
    port = _free_port()
    end = FIRST_CALLER + BLOCKED
    text = KAMAILIO.format(port=port, modules=MODULES, first=FIRST_CALLER, end=end, prefix=PREFIX, loops=BLOCKED + 1)
    (place / "kamailio.cfg").write_text(text, encoding="utf-8")
    command = [program, "-x", "fm", "-X", "fm", "-m", "256", "-M", "16", "-DD", "-E", "-f", str(place / "kamailio.cfg")]
    command += ["-P", str(place / "pid"), "-Y", str(place)]
    with _running(command, stdout=subprocess.DEVNULL) as process:
        _await_options(port)
        yield Server(port, process.pid)


@contextmanager
def echo_server() -> Iterator[Server]:
    """The floor: a Python process that sends each datagram back."""
    program = (
        "import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ns.bind(('127.0.0.1', 0))\n"
        "print(s.getsockname()[1], flush=True)\n"
        "while True:\n    d, a = s.recvfrom(65536)\n    s.sendto(d, a)\n"
    )
    with _running([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        yield Server(int(process.stdout.readline()) if process.stdout else 0, process.pid)


@contextmanager
def _running(command: list[str], *, stdout: int, first: bool = True) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(  # noqa: S603
        [*fixed_to(server_core(), first=first), *command],
        stdout=stdout,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield process
        finally:
            children = _children(process.pid)
            process.terminate()
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                for pid in (*children, process.pid):
                    _kill(pid)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, 9)
    except ProcessLookupError:
        return


def _children(pid: int) -> list[int]:
    """All processes below one."""
    found: list[int] = []
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return found
    for child in map(int, text.split()):
        found += [child, *_children(child)]
    return found


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def _await_options(port: int) -> None:
    from haodun.edge.serve import Place, probe

    end = time.monotonic() + START_S
    while not probe(Place("127.0.0.1", port)).ok:
        if time.monotonic() > end:
            raise RuntimeError("Kamailio did not answer OPTIONS; run it by hand with the configuration to see why")
        time.sleep(0.2)
