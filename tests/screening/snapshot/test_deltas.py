"""Deltas: taken on exactly their parent, in order; a chain of them answers as a full snapshot of the same content."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.screening.snapshot.conftest import DAY, NOW, NUMBER, POLICY, Desk

from haodun.screening.snapshot import Code, Snapshot, SnapshotRefused

some_numbers = st.integers(0, 40).map(lambda step: 8_613_900_065_520 + step)
ends = st.integers(1, 90 * 86_400).map(lambda seconds: NOW + seconds * 1_000 + 500)
changes = st.tuples(
    st.dictionaries(some_numbers, ends, max_size=12), st.sets(some_numbers, max_size=12), st.integers(0, 3 * DAY)
)


def refused(code: Code, attempt: object) -> None:
    assert callable(attempt)
    with pytest.raises(SnapshotRefused) as found:
        attempt()
    assert found.value.code is code


@settings(max_examples=50)
@given(st.dictionaries(some_numbers, ends, max_size=20), st.lists(changes, min_size=1, max_size=4))
def test_a_chain_of_deltas_equals_the_full_snapshot_of_its_content(
    tmp_path_factory: pytest.TempPathFactory,
    first: dict[int, int],
    steps: list[tuple[dict[int, int], set[int], int]],
) -> None:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    desk.full(1, {"black": first.items(), "grey": [(NUMBER, NOW + DAY)]})
    snapshot, content, moment = desk.open(1), dict(first), NOW
    for version, (adds, removes, later) in enumerate(steps, 2):
        moment += later
        kept = {number: end for number, end in adds.items() if end <= moment + 90 * DAY}
        content = {number: end for number, end in content.items() if number not in removes} | kept
        desk.delta(snapshot, version, adds={"black": kept.items()}, removes={"black": removes}, created_ms=moment)
        snapshot = desk.open(version, base=snapshot, now_ms=moment)
    lists = {"black": content.items(), "grey": [(NUMBER, NOW + DAY)]}
    desk.full(99, lists, created_ms=moment, expires_ms=moment + DAY)
    whole = desk.open(99, now_ms=moment)
    assert snapshot.manifest.content == whole.manifest.content
    assert {name: entries.image for name, entries in snapshot.lists.items()} == {
        name: entries.image for name, entries in whole.lists.items()
    }
    for number, end in content.items():
        for at in (moment, max(moment, end // 1_000 * 1_000 - 1), end):
            assert snapshot.policy.lists["black"].holds(number, at) is (at < end // 1_000 * 1_000)


@pytest.fixture
def first(desk: Desk) -> Snapshot:
    desk.full(1, {"black": [(NUMBER, NOW + DAY)], "orders": [(NUMBER + 5, NOW + 2 * DAY)]}, trunks_yaml="trunks: {}")
    return desk.open(1)


def test_a_delta_fits_only_its_parent(desk: Desk, first: Snapshot) -> None:
    desk.delta(first, 2, adds={"black": [(NUMBER + 1, NOW + DAY)]})
    second = desk.open(2, base=first)
    desk.delta(second, 3, removes={"black": [NUMBER]})
    refused(Code.NOT_PARENT, lambda: desk.open(3, base=first))
    assert list(desk.open(3, base=second).lists["black"].lines()) == [f"+{NUMBER + 1} {NOW + DAY}"]


def test_a_delta_on_another_content_of_its_parents_number_is_refused(desk: Desk, first: Snapshot) -> None:
    desk.delta(first, 2, adds={"black": [(NUMBER + 1, NOW + DAY)]})
    desk.full(1, {"black": []}, place=desk.folder("other"))
    refused(Code.CONTENT, lambda: desk.open(2, base=desk.open("other")))


def test_a_delta_holds_only_what_changes(desk: Desk, first: Snapshot) -> None:
    manifest = desk.delta(first, 2, adds={"black": [(NUMBER + 1, NOW + DAY)]}, removes={"black": [7]})
    assert [part.name for part in manifest.parts] == ["lists/black.add.hdl", "lists/black.remove.hdl"]
    assert manifest.counts == {"black": 2, "orders": 1} and manifest.parent == 1
    second = desk.open(2, base=first)
    assert second.lists["orders"] is first.lists["orders"], "an unchanged list is not even read"
    assert second.trunks_yaml == first.trunks_yaml and second.rules is first.rules


def test_an_added_number_that_is_there_gets_the_new_end(desk: Desk, first: Snapshot) -> None:
    desk.delta(first, 2, adds={"black": [(NUMBER, NOW + 1_000)]})
    assert not desk.open(2, base=first).policy.lists["black"].holds(NUMBER, NOW + 1_000)


def test_a_delta_may_bring_policy_trunks_and_a_new_list(desk: Desk, first: Snapshot) -> None:
    trunks = "trunks: {a: {class: access}}"
    text = POLICY.replace('"1"', '"2"')
    desk.delta(first, 2, policy_yaml=text, trunks_yaml=trunks, adds={"grey": []})
    found = desk.open(2, base=first)
    assert found.policy.version == "2" and found.trunks_yaml == trunks and len(found.lists["grey"]) == 0
    assert found.policy.lists["black"].holds(NUMBER, NOW)


def test_entries_that_have_ended_go_with_the_next_delta(desk: Desk, first: Snapshot) -> None:
    manifest = desk.delta(first, 2, created_ms=NOW + DAY)
    assert manifest.counts == {"black": 0, "orders": 1}
    assert desk.open(2, base=first, now_ms=NOW + DAY).manifest == manifest


def test_a_delta_is_not_built_on_an_unknown_list(desk: Desk, first: Snapshot) -> None:
    refused(Code.LIST, lambda: desk.delta(first, 2, adds={"void": [(NUMBER, NOW + DAY)]}))
    refused(Code.LIST, lambda: desk.delta(first, 2, removes={"void": [NUMBER]}))
    refused(Code.MANIFEST, lambda: desk.delta(first, 1, removes={"black": [NUMBER]}))
    assert not desk.folder(2).exists()


def test_a_delta_cannot_stretch_an_entry_over_90_days(desk: Desk, first: Snapshot) -> None:
    refused(Code.ENTRY_END, lambda: desk.delta(first, 2, adds={"black": [(NUMBER, NOW + 91 * DAY)]}))
