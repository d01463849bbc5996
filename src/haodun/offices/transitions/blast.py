"""The blast radius of a step: how many numbers, holders, trusted entries, provinces and carriers it hits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from django.conf import settings

DEFAULT_CAP = 1_000
"""Numbers one step may hit where HAODUN_CAPS names no other limit for its cap."""


@dataclass(frozen=True, slots=True)
class BlastRadius:
    """What a step would hit, as counted now."""

    numbers: int
    """Telephone numbers."""
    holders: int = 0
    """Different holders of them."""
    trusted: int = 0
    """Numbers that stand in the trusted list."""
    provinces: Mapping[str, int] = field(default_factory=dict)
    """Numbers per province, by the first two digits of GB/T 2260; '' where unknown."""
    carriers: Mapping[str, int] = field(default_factory=dict)
    """Numbers per carrier, by organisation id or network code."""
    members: str = ""
    """`members_of(numbers)`: the same counts over other numbers are another radius."""

    def digest(self) -> str:
        """64 hexadecimal digits over all of it; what the approver saw and gives back as `seen`."""
        parts = [f"{self.numbers} {self.holders} {self.trusted} {self.members}"]
        for name, split in (("provinces", self.provinces), ("carriers", self.carriers)):
            parts.append(name)
            parts.extend(f"{len(key)}:{key}={count}" for key, count in sorted(split.items()))
        return sha256("\n".join(parts).encode()).hexdigest()


def members_of(numbers: Iterable[object]) -> str:
    """A digest of exactly these numbers, in any order, repeated ones once."""
    return sha256("\n".join(sorted({str(number) for number in numbers})).encode()).hexdigest()


def cap_of(name: str) -> int:
    """How many numbers a step under this cap may hit: HAODUN_CAPS[name], else DEFAULT_CAP."""
    caps: Mapping[str, int] = getattr(settings, "HAODUN_CAPS", {})
    return int(caps.get(name, DEFAULT_CAP))
