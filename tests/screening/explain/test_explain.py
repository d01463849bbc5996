"""An explanation is recomputed from the log, is complete in both languages, and fails loudly on any difference."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from haodun.screening.events import FEATURES, Action, Layer
from haodun.screening.explain import ExplainError, Mismatch, explain, explain_row, render, sample_ids
from haodun.screening.explain.members import CHINESE
from haodun.screening.explain.messages import ACTIONS, FLAGS, LAYERS, MESSAGES, UNITS
from haodun.screening.verdicts import Verdict

Find = Callable[[str], Verdict]
HAN = re.compile(r"[\u4e00-\u9fff]")


def id_of(run: Path, verdict: Verdict) -> str:
    return f"{json.loads((run / 'run.json').read_text())['run']}-{verdict.event}"


@pytest.mark.parametrize(
    ("call", "action", "replayed", "words"),
    [
        ("2", Action.BLOCK, False, ("110", "BLOCK", "拦截")),
        ("4", Action.TIP, False, ("138****5678", "TIP", "提示")),
        ("1", Action.ALLOW, True, ("139****5678", "ALLOW", "放行")),
        ("10", Action.ALLOW, True, ("110", "emergency", "紧急")),
        ("20", Action.ALLOW, True, ("mystery", "--trunks", "入口未知")),
    ],
)
def test_a_verdict_is_recomputed_and_told_in_both_languages(
    call: str, action: Action, replayed: bool, words: tuple[str, ...], run: Path, verdict_of: Find
) -> None:
    explanation = explain(run, id_of(run, verdict_of(call)))
    assert explanation.trace.decision.action is action
    assert explanation.replayed is replayed
    chinese, english = render(explanation, "zh"), render(explanation, "en")
    assert words[0] in chinese and words[0] in english
    assert words[1] in english and words[2] in chinese
    assert "一致" in chinese and "equal" in english


def test_every_verdict_of_the_run_is_recomputed_by_replay_too(run: Path, finished: Path) -> None:
    from haodun.screening.verdicts import read_verdicts

    for verdict in read_verdicts(finished / "verdicts.parquet"):
        assert explain(run, id_of(run, verdict), replay=True).trace.decision.action is verdict.action


def test_the_tree_shows_values_reasons_and_what_would_have_changed_it(run: Path, verdict_of: Find) -> None:
    shown = render(explain(run, id_of(run, verdict_of("4"))), "en")
    for part in (
        "CN-ORIGIN-ROAMING-UNKNOWN",
        "decides here",
        "[true] AND",
        "roaming check = unknown",
        "call.roaming == unknown",
        "roaming check no instead of unknown → BLOCK",
        "AFL art. 13",
        "redress token",
        "policy_digest=",
    ):
        assert part in shown, part


def test_a_fact_that_would_have_changed_the_verdict_really_would(run: Path, verdict_of: Find) -> None:
    for call in ("2", "3", "4", "6", "22"):
        explanation = explain(run, id_of(run, verdict_of(call)))
        assert explanation.flips
        for flip in explanation.flips:
            row = [*explanation.row]
            assert row[flip.position] == flip.value
            row[flip.position] = flip.other
            assert explanation.by.policy.decide(row).action is flip.action is not explanation.verdict.action


def test_english_holds_no_chinese_but_data(run: Path, finished: Path) -> None:
    from haodun.screening.verdicts import read_verdicts

    for verdict in read_verdicts(finished / "verdicts.parquet"):
        explanation = explain(run, id_of(run, verdict))
        shown = render(explanation, "en")
        data = [*re.findall(r"basis .*", shown), *re.findall(r"caller  .*", shown)]
        for part in data:  # titles of statutes and names of cities
            shown = shown.replace(part, "")
        assert not HAN.search(shown), HAN.findall(shown)


def test_every_message_stands_in_both_languages() -> None:
    for table in (MESSAGES, ACTIONS, LAYERS, FLAGS, UNITS):
        for key, (chinese, english) in table.items():
            assert bool(chinese) == bool(english), key
            assert not HAN.search(english), key
            assert set(re.findall(r"{(\w+)}", chinese)) == set(re.findall(r"{(\w+)}", english)), key
    assert set(LAYERS) == set(Layer) and set(ACTIONS) == set(Action)


def test_every_member_of_a_feature_has_a_chinese_name() -> None:
    for feature in FEATURES:
        for member in feature.members or ():
            assert CHINESE[feature.members, int(member)]  # type: ignore[index]


def change(run: Path, event: int, column: str, value: Any) -> None:
    """Edit one field of the verdict log."""
    table = pq.read_table(run / "verdicts.parquet")
    values = table.column(column).to_pylist()
    values[table.column("event").to_pylist().index(event)] = value
    place = table.schema.get_field_index(column)
    changed = table.set_column(place, table.schema.field(column), pa.array(values, table.schema.field(column).type))
    pq.write_table(changed, run / "verdicts.parquet")


@pytest.mark.parametrize(
    ("call", "column", "value"),
    [
        ("2", "action", int(Action.ALLOW)),
        ("2", "reasons", ["CN-ORIGIN-FIXED"]),
        ("2", "layer", int(Layer.LISTS)),
        ("2", "flags", 0),
        ("4", "shadow", ["CN-BEHAVIOUR-DEVICES"]),
        ("1", "action", int(Action.BLOCK)),
    ],
)
def test_a_changed_log_fails_loudly(call: str, column: str, value: Any, run: Path, verdict_of: Find) -> None:
    verdict = verdict_of(call)
    change(run, verdict.event, column, value)
    with pytest.raises(Mismatch, match=column) as caught:
        explain(run, id_of(run, verdict))
    assert caught.value.exit_code == 1


def test_a_changed_row_fails_loudly(run: Path, verdict_of: Find) -> None:
    verdict = verdict_of("2")
    assert verdict.features is not None
    row = [*verdict.features]
    row[2] = 3  # the ingress
    change(run, verdict.event, "features", row)
    with pytest.raises(Mismatch):
        explain(run, id_of(run, verdict))


def test_a_row_changed_without_effect_on_the_action_is_found_by_replay(run: Path, verdict_of: Find) -> None:
    verdict = verdict_of("2")
    assert verdict.features is not None
    row = [*verdict.features]
    row[30] += 1
    change(run, verdict.event, "features", row)
    with pytest.raises(Mismatch, match="row"):
        explain(run, id_of(run, verdict), replay=True)


def test_another_policy_or_trunks_file_is_refused(run: Path, verdict_of: Find) -> None:
    policy = run / "policy" / "policy.yaml"
    original = policy.read_text(encoding="utf-8")
    policy.write_text(original.replace("RUN_BLOCK: 15", "RUN_BLOCK: 16"), encoding="utf-8")
    with pytest.raises(Mismatch, match="policy_digest"):
        explain(run, id_of(run, verdict_of("2")))
    policy.write_text(original, encoding="utf-8")
    (run / "trunks.yaml").unlink()
    with pytest.raises(Mismatch, match="trunks"):
        explain(run, id_of(run, verdict_of("2")))


def test_what_cannot_be_explained_is_said(run: Path, verdict_of: Find) -> None:
    good = id_of(run, verdict_of("1"))
    for wrong in ("", "x", "other-1", good + "x", good.replace("-", "-９"), good + "0" * 20):
        with pytest.raises(ExplainError):
            explain(run, wrong)
    with pytest.raises(ExplainError, match="only attempts"):
        explain(run, good.rpartition("-")[0] + "-999999")
    (run / "input.parquet").unlink()
    with pytest.raises(ExplainError, match="input log"):
        explain(run, good)
    assert explain(run, id_of(run, verdict_of("2"))).verdict.action is Action.BLOCK, "its row is enough"
    (run / "run.json").unlink()
    with pytest.raises(ExplainError, match="no run folder"):
        explain(run, good)


def test_some_ids_of_each_action_are_offered(run: Path) -> None:
    samples = sample_ids(run, per_action=2)
    assert set(samples) == {Action.ALLOW, Action.TIP, Action.BLOCK}
    for action, ids in samples.items():
        assert [explain(run, verdict_id).verdict.action for verdict_id in ids] == [action] * len(ids)


def test_an_explanation_for_scripts_is_json(run: Path, verdict_of: Find) -> None:
    shown = json.loads(json.dumps(explain(run, id_of(run, verdict_of("4"))).to_dict()))
    assert shown["action"] == "TIP" and shown["row"]["call.ingress"] == 1


def test_a_row_alone_explains_what_was_not_let_through(run: Path, verdict_of: Find) -> None:
    verdict = verdict_of("4")
    whole = explain(run, id_of(run, verdict))
    alone = explain_row(verdict, whole.by, verdict_id=whole.verdict_id)
    assert alone == whole
    altered = verdict._replace(action=Action.BLOCK)
    with pytest.raises(Mismatch, match="recorded action"):
        explain_row(altered, whole.by, verdict_id=whole.verdict_id)


def test_a_call_that_was_let_through_needs_the_log(run: Path, verdict_of: Find) -> None:
    verdict = verdict_of("1")
    with pytest.raises(ExplainError, match="replay"):
        explain_row(verdict, explain(run, id_of(run, verdict)).by, verdict_id="x-1")
