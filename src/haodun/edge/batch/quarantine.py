"""Records set aside: one JSON line each, up to a limit past which the run stops."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import BinaryIO

from haodun.edge.batch.errors import TooManyBadError
from haodun.edge.cdr import BadRecord
from haodun.store import durable

MAX_SHARE_PERCENT = 20
"""More bad records than this share of all, after `MIN_RECORDS`: the format is not what we think it is."""
MIN_RECORDS = 1_000
MAX_RECORDS = 1_000_000


@dataclass(slots=True)
class Quarantine:
    """Writes bad records to an open file and counts them by reason."""

    file: BinaryIO
    reasons: Counter[str] = field(default_factory=Counter)
    examples: dict[str, dict[str, object]] = field(default_factory=dict)
    good: int = 0

    @property
    def total(self) -> int:
        """Records set aside."""
        return self.reasons.total()

    def add(self, bad: BadRecord, file_name: str) -> None:
        """Set one record aside; TooManyBadError past the limit."""
        entry: dict[str, object] = {
            "file": file_name,
            "line": bad.line,
            "reason": bad.reason,
            "detail": bad.detail,
            "text": bad.text,
        }
        durable.write(self.file, (json.dumps(entry, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace"))
        self.reasons[bad.reason] += 1
        self.examples.setdefault(bad.reason, entry)
        if self.total > MAX_RECORDS:
            raise TooManyBadError(
                f"more than {MAX_RECORDS:,} records of {file_name} and before cannot be read; "
                f"check --format or --map (see quarantine.jsonl)"
            )
        self._check_share(file_name)

    def _check_share(self, file_name: str) -> None:
        records = self.good + self.total
        if records < MIN_RECORDS or self.total * 100 <= records * MAX_SHARE_PERCENT:
            return
        reason, count = self.reasons.most_common(1)[0]
        raise TooManyBadError(
            f"{self.total:,} of {records:,} records up to {file_name} cannot be read, {count:,} for {reason}; "
            f"check --format or --map (see quarantine.jsonl)"
        )
