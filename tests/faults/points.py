"""Where processes are killed: functions of the product, replaced from outside in the processes of the test.

Production code knows nothing of it. Each Python process of the installation finds `sitecustomize.py` of a folder of the
test first on its path; that wraps the functions named here as their modules are imported. A point is armed by a file;
the process that reaches it takes the file away and kills the server (with all its children), or itself (the edge).
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

HOOK = """
import importlib.abc, importlib.machinery, importlib.util, json, os, signal, sys
from pathlib import Path

FOLDER = Path(__file__).parent
POINTS = json.loads((FOLDER / "points.json").read_text())
WANTED = {module for point in POINTS.values() for module in point["modules"]}


def below(parent):
    above = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            above[int(place.name)] = int((place / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found, size = {parent}, 0
    while size != len(found):
        size = len(found)
        found |= {one for one, its in above.items() if its in found}
    return found - {parent}


def die(name):
    try:
        os.rename(FOLDER / name, FOLDER / (name + ".fired"))  # one process alone takes it
    except FileNotFoundError:
        return
    whole = FOLDER / "server.pid"
    if POINTS[name]["server"]:
        parent = int(whole.read_text())
        children = below(parent) - {os.getpid()}
        for one in (parent, *children):
            try:
                os.kill(one, signal.SIGKILL)
            except ProcessLookupError:
                pass
    os.kill(os.getpid(), signal.SIGKILL)


def wrapped(name, point, real):
    def call(*a, **k):
        hit = eval(point["only"], {"a": a, "k": k}) if point["only"] else True
        if hit and point["when"] == "before":
            die(name)
        result = real(*a, **k)
        if hit and point["when"] == "after":
            die(name)
        return result
    return call


def patch(module):
    for name, point in POINTS.items():
        if module.__name__ in point["modules"]:
            *owners, attribute = point["attribute"].split(".")
            place = module
            for owner in owners:
                place = getattr(place, owner)
            setattr(place, attribute, wrapped(name, point, getattr(place, attribute)))
    for name, value in json.loads((FOLDER / "constants.json").read_text()).items():
        where, _, constant = name.rpartition(".")
        if where == module.__name__:
            setattr(module, constant, value)


class Finder(importlib.abc.MetaPathFinder):
    looking = False

    def find_spec(self, name, path=None, target=None):
        if self.looking or name not in WANTED:
            return None
        Finder.looking = True
        try:
            spec = importlib.util.find_spec(name)
        finally:
            Finder.looking = False
        real = spec.loader.exec_module

        def exec_module(module):
            real(module)
            patch(module)

        spec.loader.exec_module = exec_module
        return spec


sys.meta_path.insert(0, Finder())
"""
PAUSE_S = 0.5
"""Longest pause of the edge before it looks for the server again: a test waits no ten seconds."""


@dataclass(frozen=True)
class Point:
    """One place: before or after a function, where `only` (an expression over arguments `a` and `k`) holds."""

    modules: tuple[str, ...]
    attribute: str
    when: str
    server: bool = True
    """The whole server dies; else the process that got here."""
    only: str = ""


def _server(module: str, attribute: str, when: str, only: str = "") -> Point:
    return Point((f"haodun.{module}",), attribute, when, only=only)


def _edge(module: str, attribute: str, when: str, only: str = "") -> Point:
    return Point((f"haodun.{module}",), attribute, when, server=False, only=only)


SERVER = {
    "approved-not-committed": _server("offices.transitions.keys", "keep", "after", "a[2][0].action == 'approve'"),
    "committed-not-answered": _server("casework.orders.views", "take", "after"),
    "snapshot-without-its-name": _server("screening.snapshot.folder", "rename", "before"),
    "snapshot-without-its-row": _server("registry.policies.publishing", "measure", "after"),
    "row-not-committed": _server("registry.policies.publishing", "announce", "after"),
    "published-and-the-job-not-ended": _server("registry.policies.tasks", "publish", "after"),
    "receipt-not-committed": _server("registry.policies.receipts", "_settle", "after"),
    "receipt-committed-not-answered": _server("registry.policies.edge_api", "take_receipt", "after"),
    "executed-not-committed": _server("casework.orders.effects", "mark_executed", "after"),
    "notices-not-written": _server("registry.restrictions.handing_over", "append_once", "before"),
    "notices-written-not-committed": _server("registry.restrictions.handing_over", "append_once", "after"),
    "sealed-not-committed": _server("audit.sealing", "Sealer._seal", "after"),
    "sealed-without-checkpoint": _server("audit.sealing", "Sealer._sign", "before"),
}
"""The way of an order through the server, in its order."""
EDGE = {
    "announced-not-fetched": _edge("edge.serve.shelf", "unpack", "before"),
    "fetched-not-judged": _edge("edge.serve.shelf", "unpack", "after"),
    "in-place-not-judged": _edge("screening.snapshot.holder", "Holder.offer", "before"),
    "judged-not-remembered": _edge("screening.snapshot.holder", "remember", "before"),
    "remembered-not-ready": _edge("screening.snapshot.holder", "remember", "after"),
    "ready-not-swapped": _edge("edge.serve.desk", "Desk.swap", "before"),
    "swapped-and-nothing-said": _edge("edge.serve.control", "Link.taken", "before"),
    "receipt-kept-not-sent": _edge("edge.serve.receipts", "Receipts.add", "after", "a[1].state == 'executed'"),
    "receipt-sent-not-struck": _edge("edge.serve.receipts", "Receipts.taken", "before", "a[1].state == 'executed'"),
}
"""The way of a snapshot through the edge."""


class Hook:
    """The folder that the processes of the installation look into."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        (folder / "sitecustomize.py").write_text(HOOK)
        (folder / "points.json").write_text(json.dumps({name: asdict(one) for name, one in (SERVER | EDGE).items()}))
        pause = {"haodun.edge.serve.control.BACK_OFF_S": (0.1, PAUSE_S)}
        (folder / "constants.json").write_text(json.dumps(pause))
        before = os.environ.get("PYTHONPATH")  # another tree's sources, where its tests are run
        self.environment = {"PYTHONPATH": os.pathsep.join([str(folder), *([before] if before else [])])}

    def arm(self, name: str) -> None:
        """The next process that comes to this point dies there."""
        (self.folder / name).touch()

    def fired(self, name: str) -> bool:
        """Whether one did."""
        return (self.folder / f"{name}.fired").exists()

    def reset(self, name: str) -> None:
        """Disarm it, so that it can be armed again."""
        for path in (self.folder / name, self.folder / f"{name}.fired"):
            path.unlink(missing_ok=True)
