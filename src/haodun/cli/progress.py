"""A progress line on standard error for work that lasts longer than two seconds."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

PATIENCE_S = 2.0


class Progress:
    """`update(done, total)` as often as you like; nothing is shown before two seconds, or where nobody looks."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._started = time.monotonic()
        self._bar: Bar | None = None
        self._task = None if not sys.stderr.isatty() else 0

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def update(self, done: int, total: int) -> None:
        """Say how far it is, in the work's own units; `total` 0 where nobody knows."""
        if self._task is None or time.monotonic() - self._started < PATIENCE_S:
            return
        if self._bar is None:
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            self._bar = Bar(*columns, console=Console(stderr=True))
            self._bar.start()
            self._bar.add_task(self._title, total=total or None)
        self._bar.update(self._bar.tasks[0].id, completed=done, total=total or None)
