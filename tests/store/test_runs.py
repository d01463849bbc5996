"""A finished run goes into the store whole, each verdict once, and is found there by number and by token."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from haodun.edge.batch import Settings, run_screen
from haodun.screening.verdicts import parse_token, read_verdicts
from haodun.store.errors import StoreError
from haodun.store.runs import add_run, run_batches
from haodun.store.services import Store
from haodun.store.site import site_key

TRAPS = Path(__file__).resolve().parents[1] / "journeys" / "data" / "traps"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HAODUN_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("HAODUN_HOME", raising=False)
    run_screen(Settings(calls=[str(TRAPS / "Master.csv")], trunks=TRAPS / "trunks.yaml", out=tmp_path / "run"))
    return tmp_path / "run"


def test_every_verdict_of_the_run_is_found_by_number_and_token(run: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    verdicts = list(read_verdicts(run / "verdicts.parquet"))
    with store.writer() as writer:
        assert add_run(writer, run) == len(verdicts)
        assert add_run(writer, run) == 0
    key = site_key(tmp_path / "data" / "keys" / "site.key")
    for verdict in verdicts:
        assert verdict in [stored.verdict for stored in store.verdicts_of(verdict.caller)]
        if verdict.token:
            found = store.by_token(parse_token(verdict.token), site_key=key)
            assert found is not None
            assert found.verdict == verdict


def test_events_keep_their_order_and_their_numbers(run: Path) -> None:
    numbers = [event.number for batch in run_batches(run) for event, _ in batch.pairs]
    assert numbers == list(range(1, len(numbers) + 1))


def test_an_unfinished_run_and_another_folder_are_refused(run: Path, tmp_path: Path) -> None:
    record = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps(record | {"status": "screening"}))
    with pytest.raises(StoreError, match="not finished"):
        list(run_batches(run))
    with pytest.raises(StoreError, match="haodun screen --out"):
        list(run_batches(tmp_path))
