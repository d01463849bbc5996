"""A finished run over call records as batches, so that a store can hold what `haodun screen` decided."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from haodun.screening.events import read_events
from haodun.screening.verdicts import read_verdicts
from haodun.store.errors import StoreError
from haodun.store.frames import Batch, Pair
from haodun.store.services import Writer

EVENTS_A_BATCH = 20_000


def add_run(writer: Writer, folder: Path) -> int:
    """Put a run folder's calls and verdicts into the store; how many verdicts were new. Again adds nothing."""
    record = _record(folder)
    return sum(writer.add(str(record["run"]), [batch]) for batch in run_batches(folder))


def run_batches(folder: Path) -> Iterator[Batch]:
    """The events of a finished run with their verdicts, in order, some thousands at a time. StoreError."""
    digest = str(_record(folder)["versions"]["policy_digest"])
    verdicts = read_verdicts(folder / "verdicts.parquet")
    following = next(verdicts, None)
    pairs: list[Pair] = []
    for event in read_events(folder / "input.parquet"):
        own = following if following is not None and following.event == event.number else None
        if own is not None:
            following = next(verdicts, None)
        pairs.append((event, own))
        if len(pairs) >= EVENTS_A_BATCH:
            yield Batch(0, digest, False, pairs)
            pairs = []
    if pairs:
        yield Batch(0, digest, False, pairs)


def _record(folder: Path) -> dict[str, Any]:
    path = folder / "run.json"
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(f"{path} cannot be read; give a folder that `haodun screen --out` wrote") from error
    if found.get("status") != "done":
        raise StoreError(f"the run in {folder} is not finished; `haodun screen --resume` goes on with it")
    return found
