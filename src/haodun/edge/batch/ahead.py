"""Two stages at once: one makes the next piece while the other takes the last; or one piece of work beside all else."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Generic, TypeVar

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


class Beside(Generic[_Piece]):
    """Work that runs in a thread of its own until the block is left, which waits for it.

    Its error comes up at `result`; an error in the block itself goes before it.
    """

    def __init__(self, work: Callable[[], _Piece]) -> None:
        self._pool = ThreadPoolExecutor(1)
        self._future = self._pool.submit(work)

    def result(self) -> _Piece:
        """What came of it, when it is done."""
        return self._future.result()

    def __enter__(self) -> Beside[_Piece]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown()
        if error is None:
            self.result()
