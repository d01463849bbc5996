"""From an event to a verdict: the row is complete and in bounds, repeats get the earlier verdict, the log keeps all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from haodun.lab.benchmarks.kernel import call_events
from haodun.numbering import IngressClass, load_plan, parse
from haodun.screening.events import (
    FEATURES,
    INDEX,
    Action,
    Decision,
    Event,
    EventKind,
    Flag,
    Layer,
    Roaming,
    Trunks,
)
from haodun.screening.kernel import Parameters
from haodun.screening.policy import load_policy, within_bounds
from haodun.screening.verdicts import (
    VERDICT_SCHEMA,
    Mode,
    Screener,
    Verdict,
    read_verdicts,
    verdict_batch,
    verdicts_of,
)

TRUNKS = Trunks.parse(
    """
trunks:
  intl: {class: international}
  roam: {class: international, roaming: verified}
  line: {class: voice_line, permits: ["+8657188000000-+8657188000099"]}
""",
    "trunks.yaml",
)


def screener(mode: Mode = Mode.ENFORCE) -> Screener:
    return Screener(
        policy=load_policy("cn"),
        plan=load_plan("CN"),
        trunks=TRUNKS,
        parameters=Parameters(),
        mode=mode,
        site_key=bytes(32),
        run_id="test",
    )


@pytest.fixture
def base() -> Event:
    return next(iter(call_events(1, callers=10)))


def call(base: Event, caller: str, callee: str = "13800138000", *, trunk: str = "intl", **more: object) -> Event:
    ingress = TRUNKS.ingress(trunk)
    fields = {
        "caller_text": caller,
        "caller": parse(caller, ingress),
        "callee_text": callee,
        "callee": parse(callee, ingress),
        "trunk": trunk,
        "ingress": ingress,
    }
    return base._replace(**(fields | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("caller", "trunk", "action", "layer"),
    [
        ("+86110", "intl", Action.BLOCK, Layer.ORIGIN),
        ("+862161234567", "intl", Action.BLOCK, Layer.ORIGIN),
        ("+8613912345678", "intl", Action.TIP, Layer.ORIGIN),
        ("+8613912345678", "roam", Action.ALLOW, Layer.NONE),
        ("02161234567", "line", Action.BLOCK, Layer.ORIGIN),
        ("057188000005", "line", Action.ALLOW, Layer.NONE),
        ("00442079460123", "intl", Action.TIP, Layer.SCORE),
        ("anonymous", "line", Action.BLOCK, Layer.ORIGIN),
        ("1391234567八", "intl", Action.BLOCK, Layer.STRUCTURE),
    ],
)
def test_a_call_gets_the_verdict_its_facts_ask_for(
    caller: str, trunk: str, action: Action, layer: Layer, base: Event
) -> None:
    verdict = screener().take(call(base, caller, trunk=trunk))
    assert verdict is not None
    assert (verdict.action, verdict.layer) == (action, layer)


@pytest.mark.parametrize("callee", ["110", "119", "120", "122", "0571110", "+86110"])
def test_an_emergency_call_passes_from_anyone(callee: str, base: Event) -> None:
    verdict = screener().take(call(base, "+86110", callee))
    assert verdict is not None
    assert (verdict.action, verdict.layer) == (Action.ALLOW, Layer.EMERGENCY)


def rows(events: list[Event]) -> Iterator[Verdict]:
    taker = screener()
    for event in events:
        verdict = taker.take(event)
        if verdict is not None:
            yield verdict


def test_every_row_is_complete_and_in_bounds(base: Event) -> None:
    taker = screener()
    for event in [*call_events(300, callers=40), call(base, "anonymous", "x", device=2**62, diversion=86139)]:
        if event.kind is EventKind.ATTEMPT:
            row = taker.row(event, taker.oracle.attempt(event))
            assert len(row) == taker.policy.row_length
            assert within_bounds(row)


def test_the_row_says_what_the_event_said(base: Event) -> None:
    event = call(base, "+8613912345678", trunk="roam", diversion=8657188001234)
    taker = screener()
    row = taker.row(event, taker.oracle.attempt(event))
    found = {feature.name: row[INDEX[feature.name]] for feature in FEATURES}
    assert found["call.roaming"] == Roaming.VERIFIED, "the trunk's word where the record has none"
    assert found["call.diverted"] == found["caller.home"] == found["line.known"] == 1
    assert found["call.ingress"] == IngressClass.INTERNATIONAL
    assert found["caller.number"] == 8613912345678
    assert found["caller.attempts_1h"] == 1


def test_a_repeat_gets_the_earlier_verdict_and_says_so(base: Event) -> None:
    taker = screener()
    first = taker.take(call(base, "+86110", call_id="c"))
    again = taker.take(call(base, "13912345678", trunk="line", call_id="c", number=9, time_ms=base.time_ms + 1_000))
    assert first is not None and again is not None
    assert (again.action, again.reasons, again.repeat_of) == (first.action, first.reasons, first.event)
    assert not again.counted


def test_observe_blocks_nothing_and_says_what_would_have_been(base: Event) -> None:
    taken = {}
    for mode in Mode:
        taker = screener(mode)
        verdict = taker.take(call(base, "+86110", call_id="c"))
        assert verdict is not None
        taker.take(call(base, "+86110", call_id="c", kind=EventKind.ANSWER))
        taken[mode] = (verdict.action, verdict.enforced, taker.counters["after_block"])
    assert taken == {Mode.OBSERVE: (Action.BLOCK, False, 0), Mode.ENFORCE: (Action.BLOCK, True, 1)}


def test_only_a_restricted_call_carries_its_row_and_a_token(base: Event) -> None:
    allowed, blocked = (screener().take(call(base, text, trunk="roam")) for text in ("+8613912345678", "+86110"))
    assert allowed is not None and blocked is not None
    assert (allowed.features, allowed.token) == (None, "")
    assert blocked.features is not None and len(blocked.token) == 26


def test_the_log_keeps_every_verdict_exactly(tmp_path: Path) -> None:
    verdicts = list(rows(call_events(400, callers=50)))
    batch = verdict_batch(verdicts, {"run": "x"})
    assert list(verdicts_of(batch)) == verdicts
    assert batch.schema.names == VERDICT_SCHEMA.names == list(Verdict._fields)
    with pq.ParquetWriter(tmp_path / "v.parquet", batch.schema) as writer:
        writer.write_batch(batch)
    assert list(read_verdicts(tmp_path / "v.parquet")) == verdicts
    metadata = pq.read_schema(tmp_path / "v.parquet").metadata
    assert metadata[b"haodun.run"] == b"x" and metadata[b"haodun.schema"] == b"verdict-log"


def test_a_screener_restored_from_its_state_goes_on_the_same() -> None:
    events = call_events(300, callers=30)
    whole, second = screener(), screener()
    for event in events[:200]:
        whole.take(event)
    second.restore_state(whole.export_state())
    assert [whole.take(event) for event in events[200:]] == [second.take(event) for event in events[200:]]


def test_every_column_is_documented(root: Path) -> None:
    text = (root / "docs/reference/verdicts.md").read_text(encoding="utf-8")
    assert [field.name for field in VERDICT_SCHEMA if f"| `{field.name}` | {field.type} |" not in text] == []


def test_a_decision_that_is_given_stands_in_place_of_the_policys_and_is_counted(base: Event) -> None:
    taker = screener()
    passed = Decision(Action.ALLOW, Layer.EMERGENCY, Flag.NONE, (), (), 0)
    verdict = taker.take(call(base, "+86110"), given=passed)
    assert verdict is not None
    assert (verdict.action, verdict.layer, verdict.token, verdict.counted) == (Action.ALLOW, Layer.EMERGENCY, "", True)
    assert taker.oracle.earlier(call(base, "+86110")) == passed
