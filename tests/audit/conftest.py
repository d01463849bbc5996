"""Management tests: Django is set up before their modules are imported; a ledger in a database with real commits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from haodun.console.setup import configure

configure()

if TYPE_CHECKING:
    from tests.audit.ledgers import Ledger

    from haodun.console.database import Urls


@pytest.fixture
def ledger(committed_db: Urls, tmp_path: Path) -> Ledger:
    """An empty ledger and its folder of checkpoints."""
    from tests.audit.ledgers import Ledger

    return Ledger(tmp_path / "checkpoints", committed_db.owner)
