"""The bypass: one file in the log folder that makes the edge let everything through."""

from __future__ import annotations

from pathlib import Path

from haodun.edge.serve.settings import EdgeError
from haodun.store import durable
from haodun.store.segments import RUN_JSON

NAME = "bypass"


def bypass_is_on(folder: Path) -> bool:
    """Whether the operator has ordered the bypass."""
    return (folder / NAME).exists()


def set_bypass(folder: Path, *, on: bool) -> bool:
    """Order or end the bypass of the edge that logs into a folder; whether that changed anything.

    EdgeError where no edge logs there, OSError where the file cannot be written or removed.
    """
    if not (folder / RUN_JSON).is_file():
        raise EdgeError(f"--log {folder}: no edge logs there; give the folder that its --log names")
    before = bypass_is_on(folder)
    if on and not before:
        durable.place(folder / NAME, b"ordered by haodun edge bypass on\n")
    elif before and not on:
        (folder / NAME).unlink(missing_ok=True)
        durable.sync_folder(folder)
    return before != on
