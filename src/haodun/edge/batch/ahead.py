"""Two stages at once: one makes the next piece while the other takes the last; the pieces between them are few."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_Piece = TypeVar("_Piece")
_END: list[object] = []


def ahead(pieces: Iterator[_Piece], *, depth: int = 2) -> Iterator[_Piece]:
    """The same pieces in the same order, up to `depth` of them made ahead by a thread.

    An error of the maker comes up here, in its place. Work that holds no GIL (Arrow, Parquet, compiled functions,
    digests) runs on two cores so.
    """
    with ThreadPoolExecutor(1) as pool:

        def order() -> Future[_Piece | list[object]]:
            return pool.submit(lambda: next(pieces, _END))

        pending = deque(order() for _ in range(depth))
        while True:
            piece = pending.popleft().result()
            if piece is _END:
                return
            pending.append(order())
            yield piece  # type: ignore[misc]
