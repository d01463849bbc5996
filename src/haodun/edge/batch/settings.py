"""What a run was asked to do: one frozen value, part of which must be the same when a run is resumed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo
from enum import StrEnum
from pathlib import Path

from haodun.screening.kernel import Parameters
from haodun.screening.verdicts import Mode


class Kernel(StrEnum):
    """Which of the two equal kernels counts."""

    FAST = "fast"
    """Compiled."""
    ORACLE = "oracle"
    """Plain Python: defines the meaning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The options of `haodun screen`."""

    calls: list[str]
    """Files, folders, or `-`."""
    out: Path
    format: str | None = None
    """None: detected file by file."""
    column_map: Path | None = None
    trunks: Path | None = None
    tz: tzinfo = UTC
    tz_name: str = "UTC"
    policy: str = "cn"
    """Not asked where a snapshot is given."""
    snapshot: Path | None = None
    """A full snapshot's folder, which carries the policy and perhaps the trunks."""
    snapshot_key: Path | None = None
    """The public key of its issuer (PEM), or a trust file."""
    mode: Mode = Mode.ENFORCE
    kernel: Kernel = Kernel.FAST
    """No verdict depends on it, but the stored states do."""
    labels: Path | None = None
    state: Path | None = None
    """Folder of a kernel state carried from run to run."""
    resume: bool = False
    parameters: Parameters | None = None
    """None: the kernel's defaults, with the local time of the policy's home country."""
    synthetic: bool = False
    """The calls come from the lab; the report says so."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much memory and disk a run takes; no verdict depends on them."""

    memory: str = "1GB"
    """Of the sort."""
    held_bytes: int = 300_000_000
    """Of call records (130 bytes each) that are joined and sorted in memory, which takes about five times as much; more
    go through files and DuckDB."""
    records_per_spill: int = 200_000
    events_per_part: int = 300_000
    """Events between two kernel states, and in one part of the verdict log, with the oracle."""
    events_per_fast_part: int = 6_000_000
    """The same with the compiled kernel."""


LIMITS = Limits()
EXPLAINED = {
    "calls": "the call records",
    "format": "--format",
    "column_map": "--map",
    "trunks": "--trunks",
    "tz": "--tz",
    "policy": "--policy",
    "snapshot": "--snapshot",
    "mode": "--mode",
    "kernel": "--kernel",
    "state": "--state",
    "parameters": "the kernel parameters",
}
"""What a difference on --resume is called."""
