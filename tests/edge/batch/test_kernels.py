"""Both kernels, in memory and through files, whole and resumed: the same verdicts, the same run."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from haodun.edge.batch import BatchError, Kernel, Limits, Result
from haodun.lab.country import generate, load_scenario, write
from haodun.screening.events import Action, event_batch, read_events
from haodun.screening.explain import ExplainError, explain, sample_ids
from haodun.screening.kernel import KernelError
from haodun.screening.verdicts import Mode
from haodun.store.site import site_key

Run = Callable[..., Result]
Records = Callable[..., bytes]

TRAPS = Path(__file__).parents[2] / "journeys" / "data" / "traps"


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with calls.parquet and trunks.yaml of a small country."""
    place = tmp_path_factory.mktemp("country")
    write(generate(load_scenario("country"), calls=4_000, seed=3), format="parquet", out=place)
    return place


def limit(monkeypatch: pytest.MonkeyPatch, **limits: Any) -> None:
    for module in ("spill", "judging", "fast_judging", "joining"):
        monkeypatch.setattr(f"haodun.edge.batch.{module}.LIMITS", Limits(**limits))


def log_of(result: Result) -> pa.Table:
    return pq.read_table(result.folder.verdicts)


def assert_same(one: Result, other: Result) -> None:
    assert one.record["run"] == other.record["run"]
    assert one.record["kernel"] == other.record["kernel"]
    first, second = log_of(one), log_of(other)
    assert first.schema.equals(second.schema, check_metadata=True)
    for name in first.schema.names:
        assert first.column(name).combine_chunks().equals(second.column(name).combine_chunks()), name


@pytest.mark.parametrize("mode", [Mode.ENFORCE, Mode.OBSERVE])
def test_the_compiled_kernel_gives_the_verdicts_of_the_oracle(mode: Mode, screen: Run, country: Path) -> None:
    what: dict[str, Any] = {"trunks": country / "trunks.yaml", "mode": mode}
    plain = screen(country / "calls.parquet", out="oracle", kernel=Kernel.ORACLE, **what)
    fast = screen(country / "calls.parquet", out="fast", kernel=Kernel.FAST, **what)
    assert_same(plain, fast)
    assert {Action.ALLOW, Action.TIP, Action.BLOCK} <= set(log_of(fast).column("action").to_pylist())


def test_both_kernels_agree_on_the_traps(screen: Run) -> None:
    runs = [
        screen(TRAPS / "Master.csv", out=kernel.value, kernel=kernel, trunks=TRAPS / "trunks.yaml") for kernel in Kernel
    ]
    assert_same(*runs)


def test_what_goes_through_files_is_what_stays_in_memory(
    screen: Run, country: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = screen(country / "calls.parquet", out="held", trunks=country / "trunks.yaml")
    limit(monkeypatch, held_bytes=0, records_per_spill=900, events_per_fast_part=2_500)
    spilled = screen(country / "calls.parquet", out="spilled", trunks=country / "trunks.yaml")
    assert_same(held, spilled)
    logs = [pq.read_table(result.folder.input_log) for result in (held, spilled)]
    assert logs[0].equals(logs[1])


@pytest.mark.parametrize("kept", [1, 3])
def test_a_run_goes_on_after_its_last_whole_part(
    kept: int, screen: Run, country: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, events_per_fast_part=2_500)
    what: dict[str, Any] = {"trunks": country / "trunks.yaml", "resume": True}
    finish = "haodun.edge.batch.run._finish"
    with monkeypatch.context() as stopped:
        stopped.setattr(finish, lambda *given, **named: (_ for _ in ()).throw(OSError("power cut")))
        with pytest.raises(BatchError, match="power cut"):
            screen(country / "calls.parquet", **what)
    whole = screen(country / "calls.parquet", out="whole", trunks=country / "trunks.yaml")
    folder = whole.folder.path.with_name("run")
    (folder / "verdicts.parquet").unlink()
    for path in sorted((folder / "verdicts").iterdir())[kept:]:
        path.unlink()
    assert_same(screen(country / "calls.parquet", **what), whole)


@pytest.mark.parametrize("kernel", list(Kernel))
def test_a_run_with_an_input_log_of_version_1_is_explained_and_gone_on_with(
    kernel: Kernel, screen: Run, records: Records, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_bytes(records(40))
    done = screen(tmp_path / "a.csv", kernel=kernel)
    before, log = log_of(done), done.folder.input_log
    pq.write_table(pa.Table.from_batches([event_batch(list(read_events(log)))]), log)
    verdict_id = sample_ids(done.folder.path, per_action=1)[Action.ALLOW][0]
    assert explain(done.folder.path, verdict_id, replay=True, site_key=site_key).replayed
    done.folder.verdicts.unlink()
    record = done.folder.read()
    for name in ("events", "kernel"):
        del record[name]
    done.folder.write(record | {"status": "screening"})
    again = screen(tmp_path / "a.csv", kernel=kernel, resume=True)
    assert log_of(again).equals(before) and again.record["events"] == 120


def test_an_allow_is_replayed_from_a_state_of_the_compiled_kernel(
    screen: Run, country: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, events_per_fast_part=1_500)
    result = screen(country / "calls.parquet", trunks=country / "trunks.yaml")
    samples = sample_ids(result.folder.path, per_action=3)
    for verdict_id in samples[Action.ALLOW] + samples[Action.BLOCK]:
        said = explain(result.folder.path, verdict_id, replay=True, site_key=site_key)
        assert said.replayed and said.trace.decision.action is said.verdict.action
    with pytest.raises(ExplainError, match="compiled kernel"):
        explain(result.folder.path, samples[Action.ALLOW][0])
    with pytest.raises(KernelError):
        explain(result.folder.path, samples[Action.ALLOW][0], site_key=lambda: bytes(32))


def test_the_state_of_one_kernel_is_refused_by_the_other(screen: Run, records: Records, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(records(30))
    for kernel, other in ((Kernel.FAST, Kernel.ORACLE), (Kernel.ORACLE, Kernel.FAST)):
        state = tmp_path / f"state-{kernel}"
        screen(tmp_path / "a.csv", out=f"first-{kernel}", kernel=kernel, state=state)
        with pytest.raises(KernelError, match="start without"):
            screen(tmp_path / "a.csv", out=f"second-{kernel}", kernel=other, state=state)
        screen(tmp_path / "a.csv", out=f"third-{kernel}", kernel=kernel, state=state)


def test_a_run_is_not_resumed_with_the_other_kernel(screen: Run, records: Records, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(records(30))
    done = screen(tmp_path / "a.csv")
    with pytest.raises(BatchError, match="--kernel"):
        screen(tmp_path / "a.csv", kernel=Kernel.ORACLE, resume=True)
    shutil.rmtree(done.folder.path)


def test_a_run_says_how_much_memory_it_took(screen: Run, records: Records, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(records(30))
    assert 10_000_000 < screen(tmp_path / "a.csv").record["peak_memory_bytes"] < 20_000_000_000
