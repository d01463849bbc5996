"""The parcels' table, made once beside the real ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from tests.offices.transitions.parcels import installed, make_table

if TYPE_CHECKING:
    from haodun.console.database import Urls


@pytest.fixture(scope="session")
def parcels_table(postgres: Urls) -> None:
    """The table of parcels exists."""
    with installed():
        make_table(postgres.owner)


@pytest.fixture
def parcels(parcels_table: None) -> Iterator[None]:
    """Parcels can be moved in this test."""
    with installed():
        yield
