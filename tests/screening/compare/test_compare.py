"""Verdicts against the truth and against another policy; each figure checked by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from haodun.edge.batch import Settings, run_screen
from haodun.lab.benchmarks.kernel import call_events
from haodun.screening.compare import clopper_pearson, compare_run, evaluate
from haodun.screening.events import Action, Layer, Trunks
from haodun.screening.kernel import Parameters
from haodun.screening.policy import load_policy
from haodun.screening.verdicts import Mode, Screener, Verdict, verdict_batch


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [
        # As binom.test of R gives; (1, 1000) solves (1 − p)^1000 + 1000 p (1 − p)^999 = 0.025.
        (0, 10, 0.0, 0.3084971),
        (5, 10, 0.1870860, 0.8129140),
        (10, 10, 0.6915029, 1.0),
        (1, 1000, 0.0000253, 0.0055589),
        (50, 1000, 0.0373353, 0.0653905),
        (0, 0, 0.0, 1.0),
    ],
)
def test_the_interval_is_the_exact_one(hits: int, trials: int, low: float, high: float) -> None:
    assert clopper_pearson(hits, trials) == pytest.approx((low, high), abs=2e-7)


def test_an_impossible_share_is_refused() -> None:
    with pytest.raises(ValueError, match="no share"):
        clopper_pearson(3, 2)


@pytest.fixture
def verdict() -> Callable[..., Verdict]:
    from haodun.numbering import load_plan

    screener = Screener(
        policy=load_policy("cn"),
        plan=load_plan("CN"),
        trunks=Trunks({}),
        parameters=Parameters(),
        mode=Mode.ENFORCE,
        site_key=bytes(32),
        run_id="x",
    )
    plain = screener.take(call_events(1, callers=5)[0])
    assert plain is not None

    def make(call: int, at_s: int, caller: int, action: Action, layer: Layer = Layer.BEHAVIOUR) -> Verdict:
        return plain._replace(
            event=call, call_id=f"c{call}", time_ms=at_s * 1000, caller=caller, action=action, layer=layer
        )

    return make


def test_each_figure_of_an_evaluation(verdict: Callable[..., Verdict], tmp_path: Path) -> None:
    rows = [
        # campaign "robo": numbers 1 (blocked 30 s after its first call), 2 (blocked at once), 3 (only tipped)
        ("robo", "robo", False, verdict(1, 100, 1, Action.ALLOW)),
        ("robo", "robo", False, verdict(2, 110, 1, Action.TIP)),
        ("robo", "robo", False, verdict(3, 130, 1, Action.BLOCK)),
        ("robo", "robo", False, verdict(4, 200, 2, Action.BLOCK, Layer.ORIGIN)),
        ("robo", "robo", False, verdict(5, 210, 3, Action.TIP)),
        # ordinary: courier 10 wrongly blocked twice, courier 11 not; resident 20 blocked by origin, 21 fine
        (None, "couriers", True, verdict(6, 300, 10, Action.BLOCK)),
        (None, "couriers", True, verdict(7, 310, 10, Action.BLOCK)),
        (None, "couriers", True, verdict(8, 320, 11, Action.TIP)),
        (None, "residents", False, verdict(9, 330, 20, Action.BLOCK, Layer.ORIGIN)),
        (None, "residents", False, verdict(10, 340, 21, Action.ALLOW)),
    ]
    repeat = verdict(11, 131, 1, Action.BLOCK)._replace(repeat_of=3)
    unknown = verdict(12, 400, 99, Action.ALLOW)
    batch = verdict_batch([*(row[3] for row in rows), repeat, unknown])
    pq.write_table(pa.Table.from_batches([batch]), tmp_path / "v.parquet")
    labels = {
        "call_id": [row[3].call_id for row in rows],
        "campaign": pa.array([row[0] for row in rows], pa.string()),
        "population": [row[1] for row in rows],
        "caller": [str(row[3].caller) for row in rows],
        "heavy": [row[2] for row in rows],
        "true_origin": [""] * len(rows),
    }
    pq.write_table(pa.table(labels), tmp_path / "l.parquet")
    found = evaluate(tmp_path / "v.parquet", tmp_path / "l.parquet")
    robo = found.campaigns["robo"]
    assert (robo.attempts, robo.recall_block, robo.recall_any) == (5, 2 / 5, 4 / 5)
    assert (robo.time_to_block_s, robo.numbers) == (15.0, 3)
    assert robo.never_blocked == pytest.approx(1 / 3)
    assert (found.callers(), found.false_callers()) == (4, 1)
    assert (found.callers(heavy=True), found.false_callers(heavy=True)) == (2, 1)
    assert (found.callers(heavy=False), found.false_callers(heavy=False)) == (2, 0)
    assert found.populations["residents"].other_block_callers == 1
    assert found.unlabelled == 1
    shown = found.to_dict()
    assert (shown["ordinary_callers"], shown["false_block_callers"], shown["false_block_calls"]) == (4, 1, 2)
    assert "1 of 2" in found.render()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    traps = Path(__file__).resolve().parents[2] / "journeys" / "data" / "traps"
    place = tmp_path_factory.mktemp("compare")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HAODUN_HOME", str(place / "home"))
        run_screen(Settings(calls=[str(traps / "Master.csv")], trunks=traps / "trunks.yaml", out=place / "run"))
    return place / "run"


def test_a_policy_compared_with_itself_changes_nothing(run: Path) -> None:
    differences = compare_run(run, old="cn", new="cn")
    assert differences.calls == 17
    assert differences.changed.total() == 0


def test_a_rule_put_in_shadow_is_what_changes(run: Path, tmp_path: Path) -> None:
    text = (run / "policy" / "policy.yaml").read_text(encoding="utf-8")
    head, rule, tail = text.partition("  - id: CN-ORIGIN-ROAMING-UNKNOWN")
    (tmp_path / "new.yaml").write_text(
        head + rule + tail.replace("stage: enforce", "stage: shadow", 1), encoding="utf-8"
    )
    differences = compare_run(run, old="cn", new=str(tmp_path / "new.yaml"))
    assert dict(differences.changed) == {("TIP", "ALLOW"): 1}
    assert differences.examples[0].caller.count("*") >= 3, "numbers are masked"
    assert "TIP → ALLOW" in differences.render()
    assert differences.to_dict()["changed"] == {"TIP → ALLOW": 1}
