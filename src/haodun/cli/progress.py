"""Progress on standard error: a bar for work that lasts longer than two seconds, a word while code is compiled."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

PATIENCE_S = 2.0
AGAIN_S = 10.0
"""Between two words of work that has no bar."""


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


@contextmanager
def compiling_said(what: str) -> Iterator[None]:
    """Say on standard error that `what` is being compiled, each ten seconds how far, and the end; else nothing.

    Also where nobody looks: a service that compiles for a minute must say so in its journal.
    """
    from haodun.compiled import telling_of_compiling

    began_s = said_s = 0.0
    count = 0

    def tell(begun: int) -> None:
        nonlocal began_s, said_s, count
        count, now_s = begun, time.monotonic()
        if begun == 1:
            began_s = said_s = now_s
            _say(f"compiling {what}, once: about a minute (haodun edge warm does it ahead)")
        elif now_s - said_s >= AGAIN_S:
            said_s = now_s
            _say(f"compiling: {begun} functions so far, {now_s - began_s:.0f} s")

    with telling_of_compiling(tell):
        yield
    if count:
        _say(f"compiled {count} functions in {time.monotonic() - began_s:.0f} s")


def _say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()
