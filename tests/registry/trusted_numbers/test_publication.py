"""Entries in the snapshot: lists and names by deltas, revoked at once, DNO numbers held to the cap, receipts."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from tests.registry.trusted_numbers.conftest import FIXED, HOTLINE, MOBILE, Centre, in_force, key

from haodun.offices.jobs.services import drain
from haodun.registry.policies import publishing
from haodun.registry.policies import services as policies
from haodun.registry.policies.chain import Chain
from haodun.registry.policies.gathering import centre_lists
from haodun.registry.policies.models import Edge, Publication
from haodun.registry.policies.receipts import Said, take_receipt
from haodun.registry.restrictions.services import last_change
from haodun.registry.trusted_numbers import services
from haodun.registry.trusted_numbers.models import DirectoryVersion, Entry
from haodun.registry.trusted_numbers.receipts import everywhere
from haodun.screening.snapshot import Snapshot


def newest() -> Snapshot:
    """What an edge that follows the chain has, read by a fresh reader."""
    row = Publication.objects.latest("version")
    opened = Chain().open(row, publishing.snapshots_folder())
    assert opened is not None
    return opened


def listed(name: str) -> set[int]:
    return set(newest().lists[name].numbers().tolist())


def names() -> dict[int, str]:
    directory = newest().directory
    return {} if directory is None else {one: found.name.zh for found in directory.entries for one in found.numbers}


def test_approval_puts_numbers_on_the_edges_lists_and_revocation_takes_them_off(lasting_centre: Centre) -> None:
    drain()
    policies.publish("first")
    assert newest().directory is None
    entry = in_force(lasting_centre, MOBILE, FIXED)
    in_force(lasting_centre, HOTLINE, purpose="hotline", zh="顺达速递客服", en="Shunda Courier Service")
    drain()
    assert Publication.objects.latest("version").kind == "delta"
    assert listed("trusted") == {MOBILE, FIXED}
    assert listed("dno") == {HOTLINE}
    assert names() == {MOBILE: "顺达速递", FIXED: "顺达速递"}
    directory = newest().directory
    assert directory is not None
    assert directory.by_trunk() == {"line-1": (FIXED, MOBILE)}
    versions = DirectoryVersion.objects.count()
    services.step(
        lasting_centre.actor("clerk"), [entry.id], "revoke", key=key(), reason="冒用", data={"remedy": "重新申请"}
    )
    drain()
    assert listed("trusted") == set()
    assert listed("dno") == {HOTLINE}
    assert names() == {}
    assert DirectoryVersion.objects.count() == versions + 1
    policies.publish("again", full=True)
    assert (listed("trusted"), listed("dno"), names()) == (set(), {HOTLINE}, {})


def test_where_a_change_has_arrived_is_known_by_the_edges_receipts(lasting_centre: Centre) -> None:
    policies.enrol("edge-1", organisation=lasting_centre.land.mobile.id)
    entry = in_force(lasting_centre, MOBILE)
    before = everywhere(entry.change)
    assert before is not None
    assert (before.version, before.done) == (0, False)
    drain()
    version = Publication.objects.latest("version").version
    waiting = everywhere(entry.change)
    assert waiting is not None
    assert (waiting.version, waiting.done, waiting.missing) == (version, False, ("edge-1",))
    take_receipt(Edge.objects.get().pk, Said(version, "executed", "", timezone.now(), "run"))
    done = everywhere(entry.change)
    assert done is not None
    assert done.done


def test_more_dno_numbers_than_the_cap_wait_for_two_signatures(
    lasting_centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HAODUN_APPROVAL_CAP", "1")
    drain()
    policies.publish("first")
    in_force(lasting_centre, HOTLINE, HOTLINE + 1, purpose="hotline")
    in_force(lasting_centre, MOBILE, zh="顺达速递客服", en="Shunda Courier Service")
    drain()
    assert listed("dno") == set()
    assert listed("trusted") == {MOBILE}
    waiting = policies.waiting()
    assert waiting is not None
    assert waiting.new_blocks == 2
    assert len(Publication.objects.latest("version").held) == 1


def test_a_policy_with_entries_of_its_own_keeps_them() -> None:
    """A site that filled such a list itself does not lose it to an empty one."""
    text = (files("haodun.screening.policy") / "packs" / "cn.yaml").read_text(encoding="utf-8")
    title = "    title: {zh: 可信号码, en: trusted numbers}\n"
    assert title in text
    assert centre_lists(text, "cn") == ("trusted", "dno")
    assert centre_lists(text.replace(title, title + '    numbers: ["+8613900000000"]\n'), "own") == ("dno",)


def test_nothing_is_published_where_nothing_changed(lasting_centre: Centre) -> None:
    in_force(lasting_centre, MOBILE)
    drain()
    assert policies.publish("again") is None
    assert Entry.objects.get().change == last_change()
    assert (Path(settings.HAODUN_DATA) / "directory").is_dir()
