"""Verdicts come into the database exactly once: counted, flagged, marked, together or not at all."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from tests.registry.conftest import Land

from haodun.numbering import IngressClass, Kind
from haodun.offices.organisations.services import reading_as, system
from haodun.registry.verdict_counts.models import FlaggedCall, HourCount
from haodun.registry.verdict_counts.services import (
    Classes,
    Held,
    IntakeError,
    flagged_calls_of,
    flagged_numbers,
    held_rules,
    ingest,
    taken_upto,
    totals,
)
from haodun.screening.events import Action, Flag, Layer
from haodun.screening.policy import load_policy
from haodun.screening.verdicts import Verdict

CLASSES = Classes(load_policy("cn"))
START = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
JIANGSU = 8613813800001
BLOCK = {
    "action": Action.BLOCK, "layer": Layer.ORDERS, "flags": Flag.CASE, "reasons": ("CN-ORDERS-CALLER",), "token": "T",
}  # fmt: skip


def verdict(event: int, **changes: object) -> Verdict:
    values: dict[str, object] = {
        "event": event,
        "time_ms": int(START.timestamp() * 1000) + event * 60_000,
        "call_id": f"c{event}",
        "source": "",
        "caller_text": "",
        "caller": JIANGSU,
        "caller_kind": Kind.MOBILE,
        "callee": 8613900000002,
        "callee_kind": Kind.MOBILE,
        "trunk": "t",
        "ingress": IngressClass.ACCESS,
        "action": Action.ALLOW,
        "enforced": True,
        "layer": Layer.NONE,
        "flags": Flag.NONE,
        "reasons": (),
        "shadow": (),
        "score": 0,
        "late": False,
        "counted": True,
        "repeat_of": 0,
        "origin_screened": True,
        "features": None,
        "token": "",
    }
    return Verdict(**{**values, **changes})  # type: ignore[arg-type]


def some(count: int) -> list[Verdict]:
    """Every third one is blocked and flagged."""
    return [verdict(n, **(BLOCK if n % 3 == 0 else {})) for n in range(1, count + 1)]


def take(land: Land, rows: list[Verdict] | Iterator[Verdict], upto: int, source: str = "run-1") -> tuple[int, int, int]:
    taken = ingest(source, rows, upto, organisation=land.mobile.id, classes=CLASSES)
    return taken.counted, taken.flagged, taken.passed_over


def counted() -> dict[tuple[str, int], int]:
    found: dict[tuple[str, int], int] = {}
    with system():
        for rule, action, verdicts in HourCount.objects.values_list("rule", "action", "verdicts"):
            found[rule, action] = found.get((rule, action), 0) + verdicts
    return found


def test_counts_are_by_hour_class_province_rule_and_action(land: Land) -> None:
    rows = [
        verdict(1),
        verdict(2, **BLOCK),
        verdict(3, **BLOCK, enforced=False),
        verdict(4, **BLOCK, repeat_of=2),
        verdict(61, caller=-5, action=Action.TIP, layer=Layer.LISTS, reasons=("GONE",)),
    ]
    assert take(land, rows, 61) == (4, 3, 0)
    with system():
        found = sorted(
            HourCount.objects.values_list("hour", "rule_class", "province", "rule", "action", "enforced", "verdicts")
        )
        assert set(HourCount.objects.values_list("organisation", flat=True)) == {land.mobile.id}
    later = START + timedelta(hours=1)
    assert found == [
        (START, "", "32", "", 0, True, 1),
        (START, "criminal", "32", "CN-ORDERS-CALLER", 4, False, 1),
        (START, "criminal", "32", "CN-ORDERS-CALLER", 4, True, 1),
        (later, "unknown", "", "GONE", 1, True, 1),
    ]


def test_what_was_taken_is_passed_over(land: Land) -> None:
    rows = some(9)
    assert take(land, rows[:6], 6) == (6, 2, 0)
    assert take(land, rows, 9) == (3, 1, 6)
    assert take(land, rows, 9) == (0, 0, 9)
    assert counted() == {("", 0): 6, ("CN-ORDERS-CALLER", 4): 3}
    assert taken_upto("run-1") == 9 and taken_upto("run-2") == 0
    assert take(land, rows, 9, source="run-2") == (9, 3, 0)


def test_a_row_beyond_the_mark_undoes_the_whole_intake(land: Land) -> None:
    with pytest.raises(IntakeError, match="beyond 4"):
        take(land, some(5), 4)
    assert counted() == {} and taken_upto("run-1") == 0


@pytest.mark.fault
def test_a_crash_in_the_middle_leaves_nothing_and_the_retry_takes_all(lasting_land: Land) -> None:
    def breaking() -> Iterator[Verdict]:
        yield from some(6)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take(lasting_land, breaking(), 9)
    connection.close()
    assert counted() == {} and taken_upto("run-1") == 0
    assert take(lasting_land, some(9), 9) == (9, 3, 0)


def test_two_that_take_in_the_same_source_at_once_count_it_once(lasting_land: Land) -> None:
    taken: list[tuple[int, int, int]] = []
    ready = threading.Barrier(2)

    def run() -> None:
        try:
            for upto in (100, 200, 300):
                ready.wait()
                taken.append(take(lasting_land, some(upto), upto))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(one[0] for one in taken) == 300 and sum(one[1] for one in taken) == 100
    assert counted() == {("", 0): 200, ("CN-ORDERS-CALLER", 4): 100}
    with system():
        assert FlaggedCall.objects.count() == 100


def test_two_sources_at_once_do_not_wait_for_each_other_for_ever(lasting_land: Land) -> None:
    ready = threading.Barrier(2)

    def run(source: str, backwards: bool) -> None:
        rows = some(600)
        try:
            ready.wait()
            for upto in range(100, 601, 100):
                take(lasting_land, rows[:upto][::-1] if backwards else rows[:upto], upto, source=source)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(f"run-{n}", bool(n))) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counted() == {("", 0): 800, ("CN-ORDERS-CALLER", 4): 400}


def test_flagged_calls_are_found_by_number_and_shown_to_their_readers_only(land: Land) -> None:
    take(land, some(3), 3)
    assert flagged_numbers([JIANGSU, JIANGSU + 1], since=START) == {JIANGSU}
    assert flagged_numbers([JIANGSU], since=START + timedelta(minutes=4)) == set()
    for user, seen in ((land.owner, 1), (land.colleague, 1), (land.stranger, 0)):
        with reading_as(user):
            calls = flagged_calls_of(JIANGSU, user)
            figures = totals(user, since=START, until=START + timedelta(hours=1))
        assert [call.verdict_id for call in calls] == ["run-1-3"] * seen
        expected = {("", Action.ALLOW, True): 2, ("criminal", Action.BLOCK, True): 1}
        assert figures == (expected if seen else {})


def test_each_rule_that_held_is_counted_once_a_verdict_carried_out_or_only_watched(land: Land) -> None:
    watched, acting = "CN-STRUCTURE-INTER", "CN-ORDERS-CALLER"
    rows = [
        verdict(1, shadow=(watched,)),
        verdict(2, **{**BLOCK, "shadow": (watched,)}),
        verdict(3, reasons=(watched,), action=Action.TIP),
        verdict(4, shadow=(watched,), repeat_of=1),
        verdict(70, shadow=(watched,)),
    ]
    take(land, rows, 70)
    take(land, rows, 70)
    hour = timedelta(hours=1)
    with reading_as(land.owner):
        first = held_rules(land.owner, since=START, until=START + hour)
        assert first == {watched: Held(1, 2, 1), acting: Held(1, 0, 0)}
        assert held_rules(land.owner, since=START, until=START + 2 * hour)[watched] == Held(1, 3, 2)
    with reading_as(land.stranger):
        assert held_rules(land.stranger, since=START, until=START + 2 * hour) == {}
