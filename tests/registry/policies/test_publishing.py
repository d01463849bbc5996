"""Publication: deltas where they do, whole versions or none, one publisher at a time, nothing missed between."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.utils import timezone
from tests.registry.conftest import Land

from haodun.audit.models import Entry
from haodun.offices.jobs.services import drain, waiting
from haodun.registry.policies import publishing, services
from haodun.registry.policies.chain import Chain
from haodun.registry.policies.content import SiteError
from haodun.registry.policies.models import Publication
from haodun.registry.policies.packing import tar_chunks
from haodun.registry.restrictions import services as restrictions
from haodun.registry.restrictions.services import Basis, Measure, Restriction, Source, Text
from haodun.screening.snapshot import SnapshotRefused, build_delta

FIRST = 8613813800001


def place(
    land: Land,
    *numbers: int,
    source: str = "A",
    measure: Measure = Measure.BOTH_WAYS,
    at: datetime | None = None,
) -> list[Restriction]:
    now = timezone.now() if at is None else at
    return restrictions.place(
        numbers,
        measure=measure,
        basis=Basis.MIIT_POLICE_2015_11,
        reason=Text("涉案", "Involved in a case"),
        source=Source("order", source),
        until=now + timedelta(days=30),
        actor=land.officer,
        at=now,
    )


def lift(land: Land, *placed: Restriction) -> list[Restriction]:
    ids = [one.id for one in placed]
    return restrictions.lift(ids, source=Source("appeal", "1"), reason="属实", actor=land.officer)


def lists_of(version: int) -> dict[str, set[int]]:
    """What an edge that follows the chain has, read by a fresh reader."""
    opened = Chain().open(Publication.objects.get(version=version), publishing.snapshots_folder())
    assert opened is not None
    ours = restrictions.LISTS.values()  # the trusted-number centre's lists have tests of their own
    return {name: set(entries.numbers().tolist()) for name, entries in opened.lists.items() if name in ours}


def folders() -> list[str]:
    return sorted(path.name for path in publishing.snapshots_folder().iterdir())


def test_the_first_is_full_the_next_are_deltas_and_nothing_new_is_not_published(site: Land) -> None:
    place(site, FIRST)
    assert services.publish("placed") == 1
    assert services.publish("placed") is None
    second = place(site, FIRST + 1, source="B", measure=Measure.TIP)
    assert services.publish("placed") == 2
    lift(site, *second)
    place(site, FIRST + 2, source="C")
    assert services.publish("lifted") == 3
    assert lists_of(1) == {"orders": {FIRST}, "black": set(), "grey": set()}
    assert lists_of(2) == {"orders": {FIRST}, "black": set(), "grey": {FIRST + 1}}
    assert lists_of(3) == {"orders": {FIRST, FIRST + 2}, "black": set(), "grey": set()}
    rows = list(Publication.objects.order_by("version").values_list("kind", "parent", "change"))
    assert [row[:2] for row in rows] == [("full", 0), ("delta", 1), ("delta", 2)]
    assert rows[-1][2] == restrictions.last_change()
    assert Entry.objects.filter(kind="snapshot:published").count() == 3


def test_what_commits_while_a_publisher_waits_for_its_turn_is_in_its_lists(
    site: Land, monkeypatch: pytest.MonkeyPatch
) -> None:
    place(site, FIRST)
    assert services.publish("placed") == 1
    place(site, FIRST + 1, source="B")
    take_lock = publishing.take_lock

    def waits() -> None:
        place(site, FIRST + 2, source="C")
        take_lock()

    monkeypatch.setattr(publishing, "take_lock", waits)
    assert services.publish("placed") == 2
    assert lists_of(2)["orders"] == {FIRST, FIRST + 1, FIRST + 2}
    assert Publication.objects.get(version=2).change == restrictions.last_change()


@pytest.mark.parametrize("full", [False, True])
def test_a_restriction_stamped_by_a_clock_ahead_of_the_publishers_is_in_its_lists(site: Land, full: bool) -> None:
    place(site, FIRST)
    assert services.publish("placed") == 1
    behind = timezone.now() - timedelta(seconds=20)
    place(site, FIRST + 1, source="B")
    assert services.publish("placed", full=full, at=behind) == 2
    assert lists_of(2)["orders"] == {FIRST, FIRST + 1}


def test_after_so_many_deltas_a_full_one_comes_and_old_folders_go(site: Land, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "FULL_EVERY", 2)
    monkeypatch.setattr(publishing, "KEEP_FULL", 2)
    for n in range(8):
        place(site, FIRST + n, source=str(n))
        assert services.publish("placed") == n + 1
    kinds = list(Publication.objects.order_by("version").values_list("kind", flat=True))
    assert kinds == ["full", "delta", "delta"] * 2 + ["full", "delta"]
    assert folders() == ["4", "5", "6", "7", "8"]
    assert lists_of(8)["orders"] == {FIRST + n for n in range(8)}


def test_a_delta_that_was_published_can_be_given_whole_with_the_same_content(site: Land) -> None:
    place(site, FIRST)
    services.publish("placed")
    place(site, FIRST + 1, source="B")
    services.publish("placed")
    place(site, FIRST + 2, source="C")  # not in version 2
    whole = publishing.whole(2)
    assert whole is not None and publishing.whole(2) == whole and publishing.whole(3) is None
    from haodun.registry.policies.chain import trust_of
    from haodun.screening.snapshot import open_snapshot

    row = Publication.objects.get(version=2)
    now_ms = publishing.milliseconds(row.created_at)
    delta = Chain().open(row, publishing.snapshots_folder())
    full = open_snapshot(whole, trust=trust_of(), now_ms=now_ms)
    assert delta is not None and full.manifest.content == delta.manifest.content
    assert set(full.lists["orders"].numbers().tolist()) == {FIRST, FIRST + 1}


def test_digest_and_bytes_are_those_of_the_tar(site: Land) -> None:
    place(site, FIRST)
    services.publish("placed")
    row = Publication.objects.get()
    tar = b"".join(tar_chunks(publishing.snapshots_folder() / "1"))
    assert (len(tar), hashlib.sha256(tar).hexdigest()) == (row.bytes, row.digest)


def test_a_changed_policy_makes_a_full_snapshot(site: Land, monkeypatch: pytest.MonkeyPatch) -> None:
    place(site, FIRST)
    services.publish("placed")
    monkeypatch.setenv("HAODUN_POLICY", "intl")
    with pytest.raises(SnapshotRefused, match="list"):
        services.publish("policy")  # it has not the lists that restrictions stand on
    assert folders() == ["1"]
    monkeypatch.setenv("HAODUN_POLICY", "/no/such/policy.yaml")
    with pytest.raises(SiteError, match=r"/no/such/policy\.yaml"):
        services.publish("policy")
    monkeypatch.delenv("HAODUN_POLICY")
    assert services.publish("by hand", full=True) == 2
    assert Publication.objects.get(version=2).kind == "full"


def test_a_damaged_chain_is_left_for_a_full_snapshot(site: Land) -> None:
    place(site, FIRST)
    services.publish("placed")
    (publishing.snapshots_folder() / "1" / "lists" / "orders.hdl").write_bytes(b"")
    place(site, FIRST + 1, source="B")
    assert services.publish("placed") == 2
    assert Publication.objects.get(version=2).kind == "full"
    assert lists_of(2)["orders"] == {FIRST, FIRST + 1}


def test_two_publishers_at_once_publish_each_change_once(site: Land) -> None:
    versions: list[int | None] = []
    ready = threading.Barrier(3)

    def run(number: int) -> None:
        try:
            ready.wait()
            for n in range(4):
                place(site, number + n, source=str(number + n))
                versions.append(services.publish("placed"))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(FIRST + 10 * n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    ready.wait()
    for thread in threads:
        thread.join()
    made = sorted(version for version in versions if version is not None)
    assert len(versions) == 8
    assert (
        made
        == list(range(1, len(made) + 1))
        == list(Publication.objects.order_by("version").values_list("pk", flat=True))
    )
    assert lists_of(made[-1])["orders"] == {FIRST + 10 * n + m for n in range(2) for m in range(4)}


def test_a_change_that_commits_late_is_not_passed_over(site: Land) -> None:
    """The one who numbers first commits first, so a publication never covers a change that it did not see."""
    numbered, go = threading.Event(), threading.Event()

    def slowly() -> None:
        try:
            with transaction.atomic():
                place(site, FIRST, source="slow")
                numbered.set()
                go.wait(10)
        finally:
            connection.close()

    def quickly() -> None:
        try:
            place(site, FIRST + 1, source="quick")
        finally:
            connection.close()

    slow, quick = threading.Thread(target=slowly), threading.Thread(target=quickly)
    slow.start()
    assert numbered.wait(10)
    quick.start()
    services.publish("by hand", full=True)
    assert Publication.objects.get(version=1).change == 0
    go.set()
    slow.join()
    quick.join()
    services.publish("placed")
    assert lists_of(2)["orders"] == {FIRST, FIRST + 1}


def test_a_burst_of_changes_is_one_job_and_one_publication(site: Land) -> None:
    with transaction.atomic():
        for n in range(5):
            place(site, FIRST + n, source=str(n))
    assert waiting().get("todo") == 1
    assert drain() >= 1
    assert list(Publication.objects.values_list("version", "cause")) == [(1, "placed")]
    assert lists_of(1)["orders"] == {FIRST + n for n in range(5)}


def test_a_change_that_is_rolled_back_asks_for_no_publication(site: Land) -> None:
    with pytest.raises(RuntimeError, match="undone"), transaction.atomic():
        place(site, FIRST)
        raise RuntimeError("undone")
    assert waiting().get("todo", 0) == 0
    assert restrictions.last_change() == 0


@pytest.mark.fault
@pytest.mark.parametrize("step", ["building", "renamed", "measured", "row"])
def test_stopped_at_any_step_the_old_version_or_the_new_one_is_whole(
    site: Land, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a killed process leaves: the disk as it was, the transaction gone (kill -9 itself: test_killed)."""
    place(site, FIRST)
    services.publish("placed")
    place(site, FIRST + 1, source="B")
    _stop_at(step, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        services.publish("placed")
    monkeypatch.undo()
    assert Publication.objects.count() == 1
    assert lists_of(1)["orders"] == {FIRST}
    assert services.publish("placed") == 2
    assert lists_of(2)["orders"] == {FIRST, FIRST + 1}
    assert folders() == ["1", "2"]


def _stop_at(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    real: Callable[..., object] = build_delta

    def build_then_stop(folder: Path, **more: object) -> None:
        real(folder, **more)
        stop()

    match step:
        case "building":
            (publishing.snapshots_folder() / "2.part").mkdir()
            monkeypatch.setattr(publishing, "build_delta", stop)
        case "renamed":
            monkeypatch.setattr(publishing, "build_delta", build_then_stop)
        case "measured":
            monkeypatch.setattr(publishing, "announce", stop)
        case _:
            monkeypatch.setattr(publishing, "emit", stop)
