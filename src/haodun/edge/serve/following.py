"""A kernel brought along by the log: from the newest kept state that is sound, then frame by frame as it grows."""

from __future__ import annotations

from pathlib import Path

from haodun.edge.serve.kernels import Kernel
from haodun.edge.serve.states import StateError, keeping, numbers_of, opened_state, write_state
from haodun.screening.kernel import KernelError
from haodun.store.reading import Follower
from haodun.store.segment_files import sync_newest


class Followed:
    """A kernel and how far in the log it is. StoreError where the log is damaged."""

    def __init__(self, folder: Path, kernel: Kernel, *, run: str, last: int | None = None) -> None:
        """`run`: id of the log's run; a state of another is passed over, as one after `last`, where the log ends."""
        self.kernel = kernel
        self.notes: list[str] = []
        """What the operator should know of the start."""
        self._folder = folder
        self._run = run
        self.start = self._restore(last)
        """Number of the event after which it was restored, 0 where the log is counted from its beginning."""
        self._follower = Follower(folder, after=self.start)
        self.counted = 0
        """Events counted since then."""

    @property
    def number(self) -> int:
        """Number of the last event that it knows."""
        return self._follower.after

    def step(self, now_ms: int) -> int:
        """Count some of what the log has more; how many events, 0 where it has no more."""
        after = self._follower.after
        done = self.kernel.count_again(self._follower.step(), after=after, now_ms=now_ms)
        self.counted += done
        return done

    def keep(self) -> bool:
        """Keep the state as it is now; False where another process is at that, or has done it. OSError."""
        return keep_state(self._folder, self.kernel, self.number, run=self._run)

    def _restore(self, last: int | None) -> int:
        for number in numbers_of(self._folder):
            try:
                with opened_state(self._folder, number) as stored:
                    if stored.kernel != self.kernel.name:
                        raise StateError(f"it is of the kernel {stored.kernel}")
                    if stored.run != self._run:
                        raise StateError("it is of another log")
                    if last is not None and number > last:
                        raise StateError(f"the log ends with event {last}")
                    self.kernel.load(stored.chunks)
                    return number
            except (StateError, KernelError, OSError) as error:
                self.notes.append(f"the state after event {number} is not used: {error}")
        return 0


def keep_state(folder: Path, kernel: Kernel, number: int, *, run: str) -> bool:
    """Keep a kernel's state after an event; False where another process is at that, or has done it. OSError."""
    with keeping(folder) as mine:
        if not mine or number <= max(numbers_of(folder), default=0):
            return False
        sync_newest(folder)  # a state never knows an event that power loss takes from the log
        write_state(folder, number, kernel=kernel.name, run=run, chunks=kernel.save())
    return True
