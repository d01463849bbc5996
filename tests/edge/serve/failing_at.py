"""Kill -9 at the n-th write, fsync or rename of one process of an edge: production code knows nothing of it.

Each Python process of the edge finds `sitecustomize.py` of a folder of the test first on its path; that counts calls
in the process that is named, and kills it there: before the call, after it, or with half of what it writes.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

HOOK = """
import json, multiprocessing, os, signal
from pathlib import Path

FOLDER = Path(__file__).parent
seen = [0]


def due(call):
    try:
        point = json.loads((FOLDER / "armed").read_text())
    except (FileNotFoundError, ValueError):
        return ""
    if point["process"] != multiprocessing.current_process().name or point["call"] != call:
        return ""
    seen[0] += 1
    return point["when"] if seen[0] == point["nth"] else ""


def die():
    os.replace_(FOLDER / "armed", FOLDER / "fired")
    os.kill(os.getpid(), signal.SIGKILL)


def wrapped(call, real):
    def hooked(*a, **k):
        when = due(call)
        if when == "half":
            real(a[0], bytes(a[1])[: len(a[1]) // 2])
        if when in ("before", "half"):
            die()
        result = real(*a, **k)
        if when == "after":
            die()
        return result
    return hooked


os.replace_ = os.replace
for name in ("write", "fsync", "replace", "rename", "eventfd_write"):
    setattr(os, name, wrapped(name, getattr(os, name)))
"""


@dataclass(frozen=True)
class Point:
    """Where a process dies."""

    process: str
    """Its name: `deciding process`, `front 0`, …"""
    call: str
    """Of module os."""
    nth: int
    when: str
    """before, after, half."""


class Hook:
    """The folder that the processes look into."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        (folder / "sitecustomize.py").write_text(HOOK)

    def arm(self, point: Point) -> None:
        """The process dies there when it comes to it; it counts from now on."""
        (self.folder / "fired").unlink(missing_ok=True)
        part = self.folder / "part"
        part.write_text(json.dumps(asdict(point)))
        part.replace(self.folder / "armed")

    @property
    def fired(self) -> bool:
        """Whether it did."""
        return (self.folder / "fired").exists()
