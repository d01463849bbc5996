"""The reference page names every metric with its sentence, and every option of the command that has a default there."""

from __future__ import annotations

from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest

from haodun.edge.serve.metrics import ANSWER_TIME, Count, Gauge, Tally


def test_every_metric_stands_in_the_reference_with_its_sentence(root: Path) -> None:
    page = (root / "docs/reference/edge.md").read_text(encoding="utf-8")
    wanted = [f"| `{count.value.name}_total` | {count.value.label} | {count.value.sentence} |" for count in Count]
    wanted += [f"| `{gauge.value.name}` | | {gauge.value.sentence} |" for gauge in Gauge]
    wanted.append(f"| `{ANSWER_TIME.name}` | `le` | {ANSWER_TIME.sentence} |")
    assert [line for line in wanted if line not in page] == []


def test_every_metric_is_exposed_from_the_start_or_with_its_first_label() -> None:
    tally = Tally()
    for count in Count:
        tally.add(count, "x" if count.value.label else "")
    tally.answered(3, 120)
    registry = CollectorRegistry()
    registry.register(tally)
    text = generate_latest(registry).decode()
    for count in Count:
        label = f'{{{count.value.label}="x"}}' if count.value.label else ""
        assert f"{count.value.name}_total{label} 1.0" in text
    assert all(f"\n{gauge.value.name} 0.0" in text for gauge in Gauge)
    assert 'haodun_edge_answer_seconds_bucket{le="0.0001"} 0.0' in text
    assert 'haodun_edge_answer_seconds_bucket{le="0.00025"} 3.0' in text
    assert "haodun_edge_answer_seconds_count 3.0" in text
