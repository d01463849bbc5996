"""Federation tests: Django is set up before their modules are imported; two nodes that know each other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from haodun.console.setup import configure

configure()

from tests.federation.nodes import Two, forget_kinds, two_nodes  # noqa: E402


@pytest.fixture
def two(db: None) -> Iterator[Two]:
    """A ministry and a carrier in one database, each with its own stream."""
    yield two_nodes()
    forget_kinds()
