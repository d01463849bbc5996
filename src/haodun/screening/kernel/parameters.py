"""The kernel's settings: one frozen value whose digest every run records."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

from haodun.screening.kernel.errors import KernelError
from haodun.screening.kernel.windows import MINUTE_MS

KERNEL_VERSION = 2
"""Raised when a meaning changes; part of the digest, so an old state is refused."""

WAYS = 8
"""Records in one set of the main segment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Every number that the kernel's meaning depends on."""

    capacity: int = 1_000_000
    """Numbers held at most, both segments together."""
    probation_thousandths: int = 250
    """Share of the capacity for numbers seen for the first time."""
    short_s: int = 10
    """An answered call shorter than this is short."""
    ring_hangup_s: int = 8
    """An unanswered call given up before this has rung and hung up."""
    run_gap: int = 2
    """Two called numbers at most this far apart continue a run."""
    night_from: int = 22
    night_to: int = 6
    """Local hours [night_from, night_to) are night."""
    utc_offset_minutes: int = 480
    """Local time of the home country, for the hour and the night."""
    late_attempt_s: int = 300
    late_outcome_s: int = 86_400
    """Older than the newest event by more than this: late, not counted."""
    repeat_window_s: int = 32
    """RFC 3261 timer B: a repeat within it gets the earlier verdict."""
    record_match_s: int = 3
    """A call record belongs to a live call that started at most this much earlier or later."""
    protect_s: int = 86_400
    """A number with a non-ALLOW verdict is protected from eviction this long."""
    max_open_calls: int = 1_048_576
    """Blocked and live calls remembered at most, oldest forgotten first."""
    max_repeats: int = 1_048_576
    """Attempts remembered for repeats at most, oldest forgotten first."""

    def __post_init__(self) -> None:
        """Refuse what would make no sense."""
        if self.capacity < 4 * WAYS:
            raise KernelError(f"capacity is {self.capacity} numbers; the kernel needs at least {4 * WAYS}")
        if not 0 < self.probation_thousandths < 1000:
            raise KernelError(f"probation_thousandths is {self.probation_thousandths}; give 1 to 999")
        if not (0 <= self.night_from < 24 and 0 <= self.night_to < 24):
            raise KernelError(f"the night is from {self.night_from} to {self.night_to}; give hours 0 to 23")
        if abs(self.utc_offset_minutes) > 14 * 60:
            raise KernelError(f"utc_offset_minutes is {self.utc_offset_minutes}; give −840 to 840")
        for name in ("max_open_calls", "max_repeats"):
            if getattr(self, name) < 1:
                raise KernelError(f"{name} is {getattr(self, name)}; give 1 or more")
        for name, value in asdict(self).items():
            if name != "utc_offset_minutes" and value < 0:
                raise KernelError(f"{name} is {value}; give 0 or more")

    @property
    def probation_size(self) -> int:
        """Numbers in probation at most."""
        return max(1, self.capacity * self.probation_thousandths // 1000)

    @property
    def set_count(self) -> int:
        """Sets of eight in the main segment."""
        return max(1, (self.capacity - self.probation_size) // WAYS)

    @property
    def digest(self) -> str:
        """SHA-256 in hex over the kernel's version and every parameter."""
        content = json.dumps({"kernel": KERNEL_VERSION, **asdict(self)}, sort_keys=True)
        return hashlib.sha256(content.encode("ascii")).hexdigest()

    def local_hour(self, time_ms: int) -> int:
        """Hour of the day, 0 to 23, in the home country's local time."""
        return (time_ms // MINUTE_MS + self.utc_offset_minutes) // 60 % 24

    def is_night(self, time_ms: int) -> bool:
        """Whether the local hour lies in the night, which may span midnight."""
        hour = self.local_hour(time_ms)
        if self.night_from <= self.night_to:
            return self.night_from <= hour < self.night_to
        return hour >= self.night_from or hour < self.night_to
