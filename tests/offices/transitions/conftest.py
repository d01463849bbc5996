"""The parcels' table, made once beside the real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.offices.transitions.parcels import make_table

if TYPE_CHECKING:
    from haodun.console.database import Urls


@pytest.fixture(scope="session")
def parcels(postgres: Urls) -> None:
    """The table of parcels exists."""
    make_table(postgres.owner)
