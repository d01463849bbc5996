"""Fixtures of the live edge: its options, and a desk of its own for each test."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.edge.serve.edges import TRUNKS, TestDesk
from tests.faults.killing import KERNEL

from haodun.edge.serve import Place, Settings
from haodun.screening.verdicts import Mode


@pytest.fixture(autouse=True)
def own_site_key(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A site key that is nobody's."""
    monkeypatch.setenv("HAODUN_HOME", str(tmp_path_factory.getbasetemp() / "home"))


@pytest.fixture
def options(tmp_path: Path) -> Callable[..., Settings]:
    """`options(mode=…)`: settings of an edge with the trunks above and a log of its own."""
    trunks = tmp_path / "trunks.yaml"
    trunks.write_text(TRUNKS, encoding="utf-8")

    def make(**named: Any) -> Settings:
        given: dict[str, Any] = {
            "listen": Place("127.0.0.1", 0),
            "trunks": trunks,
            "mode": Mode.ENFORCE,
            "log": tmp_path / "log",
            "deadline_ms": 5_000,
            "kernel": KERNEL,
            "front": "plain",  # the compiled one is asked the same in `front`
        }
        return Settings(**(given | named))

    return make


@pytest.fixture
def desk(options: Callable[..., Settings]) -> Iterator[Callable[..., TestDesk]]:
    """`desk(mode=…)`: a desk with those settings."""
    with contextlib.ExitStack() as stack:

        def make(**named: Any) -> TestDesk:
            made = TestDesk(options(**named))
            stack.callback(made.close)
            return made

        yield make
