"""A draft signed away from the console: exactly its numbers, on whichever version they come, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.screening.snapshot.conftest import NOW, NUMBER, Desk

from haodun.screening.snapshot import (
    Accepted,
    ApprovalFile,
    Code,
    Content,
    Draft,
    Entry,
    Holder,
    PublicKey,
    Refused,
    Signer,
    Snapshot,
    SnapshotRefused,
    approvals_for,
    draft,
    draft_delta,
    draft_words,
    open_draft,
    sign_draft,
)
from haodun.screening.snapshot.approving import NEW, PARENT

Make = Callable[..., Entry]
BIG = range(NUMBER + 100, NUMBER + 110)
VERSION = 9


@pytest.fixture
def drafted(desk: Desk, entry: Make) -> tuple[Snapshot, Snapshot | None]:
    """Version 9 newly blocks ten numbers beside the one of version 1."""
    folder = desk.folder("draft")
    desk.full(1, {"orders": [entry()], "black": []}, place=folder / PARENT)
    new = {"orders": [entry(), *map(entry, BIG)], "black": []}
    desk.full(VERSION, new, place=folder / NEW, parent=1)
    return open_draft(folder, trust=desk.trust)


def files(desk: Desk, drafted: tuple[Snapshot, Snapshot | None]) -> list[tuple[ApprovalFile, PublicKey]]:
    signers = {"wang": desk.one, "li": desk.other}
    return [(sign_draft(*drafted, approver_id=name, signer=key), key.public) for name, key in signers.items()]


def release(base: Snapshot, entries: list[Entry]) -> Draft:
    return draft_delta(
        base, version=VERSION, created_ms=NOW, expires_ms=NOW + 30 * 86_400_000, adds={"orders": entries}
    )


def test_the_words_say_what_is_blocked_and_lifted_and_no_number(
    desk: Desk, drafted: tuple[Snapshot, Snapshot | None]
) -> None:
    words = draft_words(*drafted)
    assert "newly blocked: 10\n  list orders: 10" in words and "lifted: 0" in words and "policy: unchanged" in words
    assert str(NUMBER)[:8] not in words
    assert "the first snapshot" in draft_words(drafted[0], None) and "newly blocked: 11" in draft_words(
        drafted[0], None
    )


def test_what_two_signed_is_taken_also_after_other_versions_came_between(
    desk: Desk, drafted: tuple[Snapshot, Snapshot | None], entry: Make
) -> None:
    holder = Holder(desk.trusting(approval_cap=2))
    desk.full(1, {"orders": [entry()]})
    desk.delta(desk.open(1), 2, removes={"orders": [NUMBER]}, adds={"orders": [entry(NUMBER + 1)]})
    for version in (1, 2):
        assert isinstance(holder.offer(desk.folder(version), NOW), Accepted)
    second = desk.open(2, base=desk.open(1))
    out = release(second, [*map(entry, BIG)])
    approvals = approvals_for(out, files(desk, drafted), base=second)
    assert [one.base for one in approvals] == [2, 2], "all that is blocked is no longer what was signed as base 0"
    out.write(desk.folder("unsigned"), desk.issuer)
    assert isinstance(refused := holder.offer(desk.folder("unsigned"), NOW), Refused)
    assert refused.code is Code.APPROVALS
    out.write(desk.folder(VERSION), desk.issuer, approvals)
    taken = holder.offer(desk.folder(VERSION), NOW)
    assert isinstance(taken, Accepted) and taken.new_blocks == 10


def test_unchanged_it_is_taken_by_an_edge_that_never_had_anything(
    desk: Desk, drafted: tuple[Snapshot, Snapshot | None], entry: Make
) -> None:
    content = Content(policy_yaml=drafted[0].policy_yaml, lists={"orders": [entry(), *map(entry, BIG)], "black": []})
    out = draft(content, issuer="gov", version=VERSION, parent=1, created_ms=NOW, expires_ms=NOW + 30 * 86_400_000)
    approvals = approvals_for(out, files(desk, drafted), base=drafted[1])
    assert sorted(one.base for one in approvals) == [0, 0, 1, 1]
    out.write(desk.folder(VERSION), desk.issuer, approvals)
    assert isinstance(Holder(desk.trusting(approval_cap=2)).offer(desk.folder(VERSION), NOW), Accepted)


@pytest.mark.parametrize("change", [list(BIG)[:-1], [*BIG, NUMBER + 500], [*list(BIG)[:-1], NUMBER + 500]])
def test_one_number_less_or_more_or_another_is_covered_by_no_signature(
    desk: Desk, drafted: tuple[Snapshot, Snapshot | None], entry: Make, change: list[int]
) -> None:
    desk.full(1, {"orders": [entry()]})
    first = desk.open(1)
    with pytest.raises(SnapshotRefused, match="approved again"):
        approvals_for(release(first, [*map(entry, change)]), files(desk, drafted), base=first)


def test_another_key_than_the_approvers_covers_nothing(
    desk: Desk, drafted: tuple[Snapshot, Snapshot | None], entry: Make
) -> None:
    desk.full(1, {"orders": [entry()]})
    first = desk.open(1)
    forged = sign_draft(*drafted, approver_id="wang", signer=desk.stranger)
    with pytest.raises(SnapshotRefused, match="approved again"):
        approvals_for(release(first, [*map(entry, BIG)]), [(forged, desk.one.public)], base=first)


@pytest.mark.fuzz
@pytest.mark.parametrize("change", [
    {"format": 2}, {"version": 0}, {"draft": "x"}, {"approver_id": "li"}, {"approver_id": "a b"}, {"approvals": []},
    {"more": 1}, {"key_id": "0" * 16}, {"new_blocks": -1}, {"version": "9"},
])  # fmt: skip
def test_an_approval_file_that_is_none_is_refused_whole(
    desk: Desk, drafted: tuple[Snapshot, Snapshot | None], tmp_path: Path, change: dict[str, object]
) -> None:
    file = sign_draft(*drafted, approver_id="wang", signer=desk.one)
    path = tmp_path / "wang.json"
    path.write_bytes(file.encode())
    assert ApprovalFile.load(path) == file
    path.write_text(json.dumps(json.loads(file.encode()) | change))
    with pytest.raises(SnapshotRefused) as error:
        ApprovalFile.load(path)
    assert error.value.code is Code.APPROVALS
    for data in (b"", b"{", b"[]", file.encode()[:-40]):
        path.write_bytes(data)
        with pytest.raises(SnapshotRefused):
            ApprovalFile.load(path)


def test_a_draft_whose_parts_do_not_belong_together_is_not_opened(desk: Desk, entry: Make) -> None:
    folder = desk.folder("draft")
    desk.full(2, {"orders": [entry()]}, place=folder / PARENT)
    desk.full(VERSION, {"orders": [entry()]}, place=folder / NEW, parent=1)
    with pytest.raises(SnapshotRefused) as error:
        open_draft(folder, trust=desk.trust)
    assert error.value.code is Code.NOT_PARENT
    desk.full(2_000, {"orders": [entry()]}, place=desk.folder("far") / NEW, parent=1)
    desk.full(1, {"orders": [entry()]}, place=desk.folder("far") / PARENT)
    with pytest.raises(SnapshotRefused) as error:
        open_draft(desk.folder("far"), trust=desk.trust)
    assert error.value.code is Code.TOO_LARGE


def test_a_name_that_is_none_signs_nothing(desk: Desk, drafted: tuple[Snapshot, Snapshot | None]) -> None:
    with pytest.raises(SnapshotRefused, match="approver's name"):
        sign_draft(*drafted, approver_id="王 wang", signer=Signer.generate())
