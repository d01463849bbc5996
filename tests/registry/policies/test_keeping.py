"""What an edge of this machine decided comes into the store and is counted, once, whoever is killed when."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from haodun.console.database import Urls
from haodun.lab.benchmarks.kernel import call_events
from haodun.numbering import load_plan
from haodun.offices.organisations.models import Organisation
from haodun.offices.organisations.services import Kind, establish, system
from haodun.registry.policies.keeping import live_logs, store
from haodun.registry.policies.services import enrol
from haodun.registry.verdict_counts.models import HourCount
from haodun.screening.events import Event, EventKind, Trunks
from haodun.screening.kernel import Parameters
from haodun.screening.policy import load_policy
from haodun.screening.verdicts import Mode, Screener
from haodun.store.frames import Batch
from haodun.store.keeper import MARKS
from haodun.store.segments import SegmentWriter, begin_run

EVENTS = 60


@pytest.fixture
def log(committed_db: Urls) -> Iterator[Path]:
    """The live log of an enrolled edge with some batches in it."""
    with system():
        ministry = establish(kind=Kind.MINISTRY, name_zh="部", name_en="Ministry")
        carrier = establish(kind=Kind.CARRIER, name_zh="甲网", name_en="Net A", parent=ministry)
    enrol("edge-1", organisation=carrier.id)
    folder = Path(settings.HAODUN_DATA) / "edges" / "edge-1"
    begin_run(folder, {"kind": "live", "run": "run1"})
    policy = load_policy("cn")
    screener = Screener(
        policy=policy,
        plan=load_plan("CN"),
        trunks=Trunks({}),
        parameters=Parameters(capacity=1000),
        mode=Mode.ENFORCE,
        site_key=bytes(32),
        run_id="run1",
    )
    writer = SegmentWriter(folder)
    for event in recent_events():
        writer.append(Batch(0, policy.digest, False, [(event, screener.take(event))]))
    writer.close()
    yield folder
    shutil.rmtree(folder.parent)
    shutil.rmtree(store().root, ignore_errors=True)


def recent_events() -> Iterator[Event]:
    """Some events of today, since what is older than the retention is not kept."""
    now_ms = time.time_ns() // 1_000_000
    return (event._replace(time_ms=now_ms + event.number) for event in call_events(EVENTS, callers=5))


def attempts() -> int:
    return sum(event.kind is EventKind.ATTEMPT for event in recent_events())


def counted() -> tuple[int, set[str]]:
    with system():
        rows = list(HourCount.objects.values_list("verdicts", "organisation"))
        names = {one.name_zh for one in Organisation.objects.filter(id__in={row[1] for row in rows})}
    return sum(row[0] for row in rows), names


def stored() -> int:
    kept = store()
    return sum(
        len(table)
        for day in kept.days()
        for bucket in kept.verdicts.buckets(day)
        for table in bucket.read(columns=["event"], filters=None)
    )


def test_verdicts_are_stored_and_counted_once_for_the_edges_organisation(log: Path) -> None:
    assert live_logs() == [log]
    for _ in range(2):
        call_command("keep_store", "--once")
        assert stored() == attempts()
        assert counted() == (attempts(), {"甲网"})


def test_a_keeper_that_lost_its_marks_counts_nothing_twice(log: Path) -> None:
    call_command("keep_store", "--once")
    (store().root / MARKS).unlink()
    call_command("keep_store", "--once")
    assert stored() == attempts()
    assert counted()[0] == attempts()
