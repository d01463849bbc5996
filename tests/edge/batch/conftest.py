"""Small files of call records, and runs over them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from haodun.edge.batch import Result, Settings, run_screen

Run = Callable[..., Result]

ROW = (
    '"","{caller}","{callee}","ctx","","PJSIP/{trunk}-00000001","","Dial","","2026-11-20 10:{minute:02d}:{second:02d}",'
    '"2026-11-20 10:{minute:02d}:{later:02d}","2026-11-20 11:00:00",{duration},{billsec},"ANSWERED","DOCUMENTATION",'
    '"{uid}","","","{uid}",0\n'
)


def asterisk(calls: int, *, start: int = 0, trunk: str = "t1") -> bytes:
    """Answered calls, one a second, in the 21-column Master.csv."""
    rows = []
    for index in range(start, start + calls):
        minute, second = divmod(index % 3000, 60)
        later = min(second + 1, 59)
        duration = 3600 - minute * 60 - second
        row = ROW.format(
            caller=f"139{index * 37 % 90 + 10_000_000:08d}"[:11],
            callee=f"1380013{index % 10000:04d}",
            trunk=trunk,
            minute=minute,
            second=second,
            later=later,
            duration=duration,
            billsec=duration - (later - second),
            uid=f"1763632800.{index}",
        )
        rows.append(row)
    return "".join(rows).encode()


@pytest.fixture
def screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`screen(path, …, out="run", **settings)`: a whole run with a site key of its own."""
    monkeypatch.setenv("HAODUN_HOME", str(tmp_path / "home"))

    def run(*calls: Path | str, out: str = "run", **settings: Any) -> Result:
        return run_screen(Settings(calls=[str(call) for call in calls], out=tmp_path / out, **settings))

    return run


@pytest.fixture
def records() -> Callable[..., bytes]:
    """`records(calls, start=0, trunk="t1")`: the bytes of an Asterisk file."""
    return asterisk
