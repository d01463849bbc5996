"""The edge's metrics, each declared once with its sentence; counted as plain integers, read by Prometheus."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

BUCKETS_US = (100, 250, 500, 1_000, 2_500, 5_000, 10_000, 20_000, 50_000, 100_000, 1_000_000)
"""Upper ends of the buckets of answer times, µs."""


class Said(NamedTuple):
    """Name, help sentence and label of one metric; no label where it is ''."""

    name: str
    sentence: str
    label: str = ""


class Count(Enum):
    """What only grows. Never labelled by a number."""

    __hash__ = object.__hash__  # that of Enum is a Python function, and this runs some times a call

    ANSWERS = Said("haodun_edge_answers", "Initial INVITEs answered, by what was answered.", "answer")
    VERDICTS = Said("haodun_edge_verdicts", "Verdicts reached, whether carried out or not, by action.", "action")
    UNJUDGED = Said("haodun_edge_unjudged", "Calls answered by the fail mode without evaluation, by why.", "why")
    EMERGENCY = Said("haodun_edge_emergency", "Calls to emergency services or from their centres, all passed.")
    UNSCREENED_ORIGIN = Said("haodun_edge_unscreened_origin", "Calls whose ingress is unknown: no origin rule spoke.")
    RETRANSMISSIONS = Said("haodun_edge_retransmissions", "Requests answered again as before and not counted.")
    REQUESTS = Said("haodun_edge_requests", "Requests read, by method; ACK is absorbed unread.", "method")
    REFUSED = Said("haodun_edge_refused", "Requests answered with an error of the protocol, by status.", "status")
    DROPPED = Said("haodun_edge_dropped", "Datagrams that got no answer, by why.", "why")
    BYPASSED = Said("haodun_edge_bypassed", "Calls let through because the bypass is on.")
    STARTED_AGAIN = Said(
        "haodun_edge_started_again", "Processes of this edge that died and were started again.", "role"
    )
    SEND_FAILED = Said("haodun_edge_send_failed", "Answers the system would not send.")
    LOG_FAILED = Said("haodun_edge_log_failed", "Failures to write or sync the live log.")
    SNAPSHOTS = Said("haodun_edge_snapshots", "Snapshots offered, by what became of them.", "outcome")
    LINK_FAILED = Said("haodun_edge_link_failed", "Failures of the control link.")


class Gauge(Enum):
    """What goes up and down."""

    BYPASS = Said("haodun_edge_bypass", "1 while everything is let through by the operator's order.")
    LOG_BROKEN = Said("haodun_edge_log_broken", "1 while the live log cannot be written.")
    SNAPSHOT = Said("haodun_edge_snapshot", "Version of the snapshot in force, 0 where a policy file decides.")
    SNAPSHOT_EXPIRES = Said("haodun_edge_snapshot_expires_seconds", "When the snapshot in force expires, Unix time.")
    LINK_UP = Said("haodun_edge_link_up", "1 while the control stream is open.")
    RECEIPTS_WAITING = Said("haodun_edge_receipts_waiting", "Receipts not yet taken by the control link.")
    CLOCK_OFF = Said("haodun_edge_clock_off_seconds", "How far the system's clock is ahead of the time stamped.")
    LEASE = Said("haodun_edge_lease", "Number of the lease under which the live log is written, 0 without a log.")
    STATE_BEHIND = Said("haodun_edge_state_behind_events", "Events in the log after the newest kept state.")
    RING = Said("haodun_edge_ring_thousandths", "The fullest ring of a front's requests, at the newest batch.")
    NUMBERS = Said("haodun_edge_numbers", "Numbers held in the kernel.")
    QUEUE = Said("haodun_edge_queue_thousandths", "Receive buffer filled, at the newest batch.")


ANSWER_TIME = Said("haodun_edge_answer_seconds", "From the kernel's receipt of the oldest request to its answer.")
"""Measured a batch, counted a call: no call was answered later."""


class Tally(Collector):
    """All counts of one edge. The hot path adds to plain integers; Prometheus reads them through `collect`."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[Count, str]] = Counter()
        self.gauges: dict[Gauge, float] = dict.fromkeys(Gauge, 0.0)
        self._buckets = [0] * (len(BUCKETS_US) + 1)
        self._sum_us = 0

    def add(self, count: Count, label: str = "", amount: int = 1) -> None:
        """Count something."""
        self.counts[count, label] += amount

    def answered(self, calls: int, microseconds: int) -> None:
        """Note how long a batch's calls took at most."""
        self._buckets[bisect_left(BUCKETS_US, microseconds)] += calls
        self._sum_us += microseconds * calls

    def total(self, count: Count) -> int:
        """One count over all its labels."""
        return sum(value for (kind, _), value in list(self.counts.items()) if kind is count)

    def collect(self) -> Iterator[Metric]:
        """Every metric, also those that are still 0."""
        counts = list(self.counts.items())
        for count in Count:
            said = count.value
            family = CounterMetricFamily(said.name, said.sentence, labels=[said.label] if said.label else [])
            found = [(label, value) for (kind, label), value in counts if kind is count]
            for label, value in found or ([] if said.label else [("", 0)]):
                family.add_metric([label] if said.label else [], value)
            yield family
        for gauge in Gauge:
            yield GaugeMetricFamily(gauge.value.name, gauge.value.sentence, value=self.gauges[gauge])
        yield self._times()

    def _times(self) -> HistogramMetricFamily:
        running, buckets = 0, []
        for end, amount in zip((*BUCKETS_US, None), self._buckets, strict=True):
            running += amount
            buckets.append(("+Inf" if end is None else str(end / 1e6), running))
        return HistogramMetricFamily(
            ANSWER_TIME.name, ANSWER_TIME.sentence, buckets=buckets, sum_value=self._sum_us / 1e6
        )
