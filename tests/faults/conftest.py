"""One installation for all kill tests: it is the longer killed the better."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from haodun.console.setup import configure

configure()

if TYPE_CHECKING:
    from tests.faults.installation import Installation


@pytest.fixture(scope="package")
def killed() -> Iterator[Installation]:
    """The installation, whatever has been done to it."""
    from tests.faults.installation import Installation

    place = Path(tempfile.mkdtemp(prefix="hd-"))  # a short path, since a socket lies in it
    installation = None
    try:
        installation = Installation(place)
        yield installation
    finally:
        if installation is not None:
            installation.close()
        shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def installation(killed: Installation) -> Installation:
    """The installation, running."""
    killed.mend()
    return killed
