"""The edge's own log: one JSON line a call without any number, and lines of what happens to the edge."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import msgspec
import structlog

from haodun.edge.serve.limits import LINES_BYTES
from haodun.screening.events import Event
from haodun.screening.verdicts import Verdict

NAME = "calls.jsonl"
_encode = msgspec.json.Encoder().encode


def operations_log() -> structlog.typing.FilteringBoundLogger:
    """The logger of what happens to the edge, JSON on standard error."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    log: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return log


class LoggedCall(Protocol):
    """What a line says of a call."""

    @property
    def event(self) -> Event:
        """Its attempt."""

    @property
    def verdict(self) -> Verdict | None:
        """What was decided, None where it was not judged."""

    @property
    def trunk(self) -> str:
        """Where it came from."""

    @property
    def emergency(self) -> bool:
        """Whether it must pass."""

    @property
    def why(self) -> str:
        """Why it was not judged, '' where it was."""


class CallLines:
    """`calls.jsonl` of the log folder: the shape of structlog's lines, but a batch is one write after its answers.

    A line that cannot be written is lost, and counted by whoever calls: the live log has the call.
    """

    def __init__(self, folder: Path, *, run_id: str, most_bytes: int = LINES_BYTES) -> None:
        self._path = folder / NAME
        self.run_id = run_id
        self._most_bytes = most_bytes
        self._file = self._open()

    def write(self, done: Iterable[tuple[LoggedCall, str]], *, microseconds: int, snapshot: int, bypass: bool) -> bool:
        """One line a call with what was answered; False where the system would not write."""
        lines = b"\n".join(
            [
                _encode(
                    {
                        "event": "call",
                        "time_ms": call.event.time_ms,
                        "verdict": f"{self.run_id}-{call.event.number}",
                        "action": "" if call.verdict is None else call.verdict.action.name,
                        "answered": answered,
                        "reasons": () if call.verdict is None else call.verdict.reasons,
                        "why": call.why,
                        "emergency": call.emergency,
                        "bypass": bypass,
                        "trunk": call.trunk,
                        "snapshot": snapshot,
                        "us": microseconds,
                    }
                )
                for call, answered in done
            ]
        )
        return self.append(lines + b"\n")

    def append(self, lines: bytes | memoryview) -> bool:
        """Lines that are made already, each with its end; False where the system would not write."""
        try:
            os.write(self._file, lines)
            if os.fstat(self._file).st_size > self._most_bytes:
                self._rotate()
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _open(self) -> int:
        return os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)

    def _rotate(self) -> None:
        self._path.replace(self._path.with_name(NAME + ".1"))
        os.close(self._file)
        self._file = self._open()
