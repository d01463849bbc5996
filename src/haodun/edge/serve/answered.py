"""Answers that were given, so that a request sent again gets the same bytes and is not counted again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

from haodun.edge.serve.limits import ANSWERS, ANSWERS_MS

T = TypeVar("T")


class Remembered(Generic[T]):
    """Values by key for `keep_ms`, at most `limit` of them, the oldest out first."""

    def __init__(self, *, limit: int = ANSWERS, keep_ms: int = ANSWERS_MS) -> None:
        self._limit = limit
        self._keep_ms = keep_ms
        self._entries: OrderedDict[Hashable, tuple[int, T]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable, now_ms: int) -> T | None:
        """What is remembered, None if nothing or too long ago."""
        found = self._entries.get(key)
        return None if found is None or found[0] < now_ms else found[1]

    def put(self, key: Hashable, value: T, now_ms: int) -> None:
        """Remember; a key that is known keeps its place in the order of age."""
        entries = self._entries
        entries[key] = (now_ms + self._keep_ms, value)
        if len(entries) > self._limit:
            entries.popitem(last=False)

    def forget_old(self, now_ms: int) -> None:
        """Drop what is too old, from the oldest on."""
        entries = self._entries
        while entries:
            key = next(iter(entries))
            if entries[key][0] >= now_ms:
                return
            del entries[key]
