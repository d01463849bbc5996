"""What the edge writes before it answers: the live log, and when it cannot be written, the knowledge of that."""

from __future__ import annotations

from collections.abc import Callable

from haodun.edge.serve.limits import LOG_PAUSE_S
from haodun.edge.serve.metrics import Count, Gauge, Tally
from haodun.store.frames import Batch
from haodun.store.lease import LeaseLostError
from haodun.store.segments import SegmentWriter


class Journal:
    """The live log of one edge, or only its numbers where no `--log` was given.

    `steady_s` reads a clock that only counts, in seconds.
    """

    def __init__(self, writer: SegmentWriter | None, *, tally: Tally, steady_s: Callable[[], float]) -> None:
        self.writer = writer
        self.next_number = 1 if writer is None else writer.last_number + 1
        """Number of the next event; one is never given twice, though some may be missing after a failure."""
        self.fault = ""
        """Why the log cannot be written, '' while it can."""
        self.lost = ""
        """What to say where another edge has taken over: nothing may be answered any more; '' while this one holds."""
        if writer is not None:
            tally.gauges[Gauge.LEASE] = writer.lease.number
        self._tally = tally
        self._steady_s = steady_s
        self._again_at = 0.0

    @property
    def paused(self) -> bool:
        """Whether the log failed a moment ago and is left alone; a call is then answered without evaluation."""
        return bool(self.fault) and self._steady_s() < self._again_at

    def append(self, batch: Batch) -> bool:
        """Write a batch; False where the system would not, and then none of it is in the log, or where it is `lost`."""
        writer = self.writer
        return writer is None or self._wrote(lambda: writer.append(batch))

    def append_frame(self, data: bytes | memoryview, *, first: int, last: int, time_ms: int) -> bool:
        """The same with a frame that is made already, of events `first` to `last` from `time_ms` on."""
        writer = self.writer
        return writer is None or self._wrote(lambda: writer.append_frame(data, first=first, last=last, time_ms=time_ms))

    def _wrote(self, write: Callable[[], None]) -> bool:
        if self.lost:
            return False
        try:
            write()
        except OSError as error:
            self._failed(error)
            return False
        except LeaseLostError as error:
            self.lost = str(error)
            return False
        if self.fault:
            self.fault = ""
            self._tally.gauges[Gauge.LOG_BROKEN] = 0
        return True

    def sync(self) -> None:
        """Put the log on the disk; called each second by a thread of its own."""
        if self.writer is None:
            return
        try:
            self.writer.sync()
        except OSError as error:
            self._failed(error)

    def renew(self) -> None:
        """Show whoever waits to take over that this edge serves; called each second by the same thread."""
        if self.writer is None:
            return
        try:
            self.writer.lease.check()
            self.writer.lease.renew()
        except LeaseLostError as error:
            self.lost = str(error)
        except OSError as error:
            self._failed(error)

    def _failed(self, error: OSError) -> None:
        self.fault = error.strerror or type(error).__name__
        self._again_at = self._steady_s() + LOG_PAUSE_S
        self._tally.add(Count.LOG_FAILED)
        self._tally.gauges[Gauge.LOG_BROKEN] = 1
