"""`desk` here is a compiled front with its desk behind it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.edge.serve.front.fronts import TestFront

from haodun.edge.serve import Settings


@pytest.fixture
def options(options: Callable[..., Settings]) -> Callable[..., Settings]:
    """As above, of an edge with the compiled front and kernel."""
    return lambda **named: options(**({"kernel": "fast", "front": "compiled"} | named))


@pytest.fixture
def desk(options: Callable[..., Settings]) -> Iterator[Callable[..., TestFront]]:
    """`desk(mode=…)`: a front with those settings."""
    with contextlib.ExitStack() as stack:

        def make(**named: Any) -> TestFront:
            made = TestFront(options(**named))
            stack.callback(made.close)
            return made

        yield make
