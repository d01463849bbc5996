"""A program that kills itself with SIGKILL where a test says: at the n-th call of a function of the product.

Production code knows nothing of it: the function is replaced from outside, in a process of its own. What a killed
process left behind is then what a cut of power leaves, but for what the system had not yet written.

`HAODUN_FAULT_ALL=1` (make faults) tries every place; `HAODUN_TEST_KERNEL=oracle` has edges count with that kernel.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

ALL = os.environ.get("HAODUN_FAULT_ALL") == "1"
"""Every place is tried; else some, the first and the last among them."""
KERNEL = os.environ.get("HAODUN_TEST_KERNEL", "fast")
"""The kernel of edges that are killed, and of the tests of the live edge."""
DURABLE = ("write", "fsync", "rename")
"""Kinds of durable steps, as `haodun.store.durable` names them."""
HAODUN = "from haodun.cli.main import main; main()"
"""A program: the command line."""

_PROGRAM = """
import atexit, importlib, json, os, signal, sys

point, setup, program = json.loads(sys.argv.pop(1))
exec(setup)
place = importlib.import_module(point["module"])
*owners, name = point["function"].split(".")
for owner in owners:
    place = getattr(place, owner)
real, seen = getattr(place, name), 0


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def step(*values, **named):
    global seen
    seen += 1
    if seen == point["nth"] and point["when"] == "before":
        die()
    if seen == point["nth"] and point["when"] == "half":
        file, data = values
        file.write(bytes(data)[: len(data) // 2])
        file.flush()
        die()
    result = real(*values, **named)
    if seen == point["nth"] and point["when"] == "after":
        die()
    return result


setattr(place, name, step)
sys.argv[0] = "haodun"
atexit.register(lambda: print(seen, file=sys.stderr))
exec(program)
"""


@dataclass(frozen=True)
class Point:
    """Where a process dies: around the n-th call of a function of a module; nowhere where `nth` is 0.

    `half` is for functions that write: half of the bytes are there.
    """

    module: str
    function: str
    when: Literal["before", "half", "after"] = "before"
    nth: int = 1


def durable(kind: str, nth: int) -> Point:
    """After the n-th durable step of a kind."""
    return Point("haodun.store.durable", kind, "after", nth)


@dataclass(frozen=True)
class Ended:
    """How such a process ended."""

    code: int
    out: str
    err: str

    @property
    def killed(self) -> bool:
        """Whether it died where it should; what it said is shown where it did not."""
        if self.code != -signal.SIGKILL:
            print(self.out, self.err, sep="\n")
        return self.code == -signal.SIGKILL

    @property
    def steps(self) -> int:
        """How often a process that was not killed called the function."""
        return int(self.err.split()[-1])


def run(
    program: str,
    *arguments: str,
    at: Point,
    setup: str = "",
    environment: Mapping[str, str] | None = None,
    timeout: int = 400,
) -> Ended:
    """Run a program, Python source, with `sys.argv[1:]`; `setup` is done before the function is looked for."""
    given = json.dumps([asdict(at), setup, program])
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, given, *arguments],
        env=None if environment is None else dict(environment),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def some(total: int, parts: int) -> list[int]:
    """Which of so many steps to die after: each where all are wanted, else the first, the last and some between."""
    if ALL:
        return list(range(1, total + 1))
    return sorted({1, total, *range(1, total + 1, max(total // parts, 1))})
