"""What goes wrong in reading or writing call records: one family for callers, one signal inside a row."""

from __future__ import annotations


class CdrError(Exception):
    """A file, a setting or a column map cannot be used; the message says what, where, and what to do."""


class RowError(Exception):
    """One row is bad. Never leaves the package: a codec turns it into a BadRecord."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
