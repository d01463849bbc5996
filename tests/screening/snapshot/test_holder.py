"""The holder: the last good one stays; caps, approvers and the hour's budget stand between a thief and a nation."""

from __future__ import annotations

import threading

import pytest
from tests.screening.snapshot.conftest import DAY, NOW, NUMBER, POLICY, Desk

from haodun.screening.snapshot import (
    Accepted,
    Approval,
    Approver,
    Code,
    Content,
    Draft,
    Holder,
    Refused,
    Snapshot,
    SnapshotRefused,
    blocking_lists,
    budget,
    draft,
    draft_delta,
)
from haodun.screening.snapshot.budget import HOUR_MS


def some(count: int, *, start: int = NUMBER) -> list[tuple[int, int]]:
    return [(start + step, NOW + DAY) for step in range(count)]


def accepted(answer: Accepted | Refused) -> Accepted:
    assert isinstance(answer, Accepted), answer
    return answer


def code(answer: Accepted | Refused) -> Code:
    assert isinstance(answer, Refused) and len(answer.sentence.splitlines()) == 1
    return answer.code


def test_an_offer_is_taken_and_a_bad_one_leaves_the_last_good_one(desk: Desk) -> None:
    holder = Holder(desk.trust)
    desk.full(1, {"black": some(2)})
    good = accepted(holder.offer(desk.folder(1), NOW))
    assert holder.current is good.snapshot and good.new_blocks == 2
    desk.full(2, {"black": some(3)})
    (desk.folder(2) / "lists" / "black.hdl").write_bytes(b"x")
    assert code(holder.offer(desk.folder(2), NOW)) is Code.TRUNCATED
    assert code(holder.offer(desk.folder("none"), NOW)) is Code.PART_MISSING
    assert holder.current is good.snapshot


def test_nothing_older_is_taken_and_the_same_only_once(desk: Desk) -> None:
    holder = Holder(desk.trust)
    desk.full(1)
    desk.full(2, {"black": some(2)})
    desk.full(2, {"black": some(3)}, place=desk.folder("2b"))
    first = accepted(holder.offer(desk.folder(2), NOW))
    again = accepted(holder.offer(desk.folder(2), NOW))
    assert again.snapshot is first.snapshot and again.new_blocks == 0
    assert code(holder.offer(desk.folder(1), NOW)) is Code.NOT_NEWER
    assert code(holder.offer(desk.folder("2b"), NOW)) is Code.NOT_NEWER


def test_deltas_are_taken_in_order_only(desk: Desk) -> None:
    holder = Holder(desk.trust)
    desk.full(1, {"black": some(1)})
    first = desk.open(1)
    desk.delta(first, 2, adds={"black": some(2)})
    second = desk.open(2, base=first)
    desk.delta(second, 3, adds={"black": some(3)})
    assert code(holder.offer(desk.folder(2), NOW)) is Code.NOT_PARENT
    accepted(holder.offer(desk.folder(1), NOW))
    assert code(holder.offer(desk.folder(3), NOW)) is Code.NOT_PARENT
    assert accepted(holder.offer(desk.folder(2), NOW)).new_blocks == 1
    assert accepted(holder.offer(desk.folder(3), NOW)).snapshot.manifest.counts == {"black": 3}


def test_readers_in_flight_keep_the_snapshot_they_began_with(desk: Desk) -> None:
    holder = Holder(desk.trust)
    desk.full(1, {"black": some(1)})
    desk.full(2, {"black": []})
    accepted(holder.offer(desk.folder(1), NOW))
    reading = holder.current
    accepted(holder.offer(desk.folder(2), NOW))
    for file in sorted(desk.folder(1).rglob("*"), reverse=True):
        file.unlink() if file.is_file() else file.rmdir()
    assert reading is not None and reading.policy.lists["black"].holds(NUMBER, NOW)
    assert holder.current is not None and not holder.current.policy.lists["black"].holds(NUMBER, NOW)


def test_a_reader_never_sees_half_a_swap(desk: Desk) -> None:
    """Each version lists exactly the number that is its own, in both lists: a reader must never see two of them."""
    holder = Holder(desk.trust)
    for version in range(1, 31):
        numbers = [(NUMBER + version, NOW + DAY)]
        desk.full(version, {"black": numbers, "grey": numbers})
    accepted(holder.offer(desk.folder(1), NOW))
    seen: set[int] = set()
    wrong: list[int] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            snapshot = holder.current
            assert snapshot is not None
            own, seen_by = NUMBER + snapshot.version, snapshot.policy.lists
            held = seen_by["black"].holds(own, NOW) and seen_by["grey"].holds(own, NOW)
            if not held or seen_by["black"].holds(own + 1, NOW):
                wrong.append(snapshot.version)
            seen.add(snapshot.version)

    reader = threading.Thread(target=read)
    reader.start()
    for version in range(2, 31):
        accepted(holder.offer(desk.folder(version), NOW))
    stop.set()
    reader.join()
    assert not wrong and len(seen) > 1


def test_a_running_edge_keeps_its_own_past_its_expiry_also_over_a_restart(desk: Desk) -> None:
    desk.full(1, {"black": some(2)}, expires_ms=NOW + DAY)
    desk.delta(desk.open(1), 2, adds={"black": some(3)}, expires_ms=NOW + DAY)
    late = NOW + 5 * DAY
    holder = Holder(desk.trust, state=desk.folder("state"))
    for version in (1, 2):
        accepted(holder.offer(desk.folder(version), NOW))
    restarted = Holder(desk.trust, state=desk.folder("state"))
    for version in (1, 2):
        accepted(restarted.offer(desk.folder(version), late))
    assert restarted.current is not None and restarted.current.version == 2
    stranger = Holder(desk.trust, state=desk.folder("other"))
    assert code(stranger.offer(desk.folder(1), late)) is Code.EXPIRED


def test_a_full_snapshot_takes_the_place_of_a_lost_chain_of_the_same_version(desk: Desk) -> None:
    desk.full(1, {"black": some(2)})
    desk.delta(desk.open(1), 2, adds={"black": some(8)})
    edge = tight(desk)
    for version in (1, 2):
        accepted(edge.offer(desk.folder(version), NOW))
    desk.full(2, {"black": some(8)}, place=desk.folder("whole"))
    desk.full(2, {"black": some(9)}, place=desk.folder("other"))
    late = NOW + 60 * DAY
    restarted = tight(desk)
    assert code(restarted.offer(desk.folder("other"), NOW)) is Code.NOT_NEWER
    assert accepted(restarted.offer(desk.folder("whole"), NOW + 1)).snapshot.version == 2
    assert restarted.memory.spent(NOW + 1) == 8, "its numbers were counted when they came"
    again = tight(desk)
    assert accepted(again.offer(desk.folder("whole"), late)).snapshot.version == 2
    assert code(again.offer(desk.folder(2), NOW)) is Code.NOT_NEWER


def test_what_was_left_behind_is_not_taken_after_a_restart(desk: Desk) -> None:
    desk.full(1, {"black": some(2)})
    desk.full(2)
    holder = Holder(desk.trust, state=desk.folder("state"))
    for version in (1, 2):
        accepted(holder.offer(desk.folder(version), NOW))
    restarted = Holder(desk.trust, state=desk.folder("state"))
    assert code(restarted.offer(desk.folder(1), NOW)) is Code.NOT_NEWER
    accepted(restarted.offer(desk.folder(2), NOW))


def test_lists_by_which_a_rule_blocks_are_found_in_the_rules(desk: Desk) -> None:
    desk.full(1)
    assert blocking_lists(desk.open(1).rules) == {"orders", "dno", "black"}, "grey is a tip, trusted lifts"


LARGE = some(1_001)


def proposal(desk: Desk, lists: dict[str, list[tuple[int, int]]], *, version: int = 2, days: int = 30) -> Draft:
    """A full snapshot before it is signed."""
    content = Content(policy_yaml=POLICY, lists=lists)
    return draft(
        content, issuer="gov", version=version, parent=version - 1, created_ms=NOW, expires_ms=NOW + days * DAY
    )


@pytest.fixture
def base(desk: Desk) -> Snapshot:
    desk.full(1, {"orders": some(1), "grey": some(5_000)})
    return desk.open(1)


@pytest.fixture
def holder(desk: Desk, base: Snapshot) -> Holder:
    """An edge on version 1."""
    found = Holder(desk.trust, state=desk.folder("state"))
    accepted(found.install(desk.folder(1), NOW))
    return found


def test_over_the_cap_two_approvers_of_these_very_numbers_are_needed(
    desk: Desk, base: Snapshot, holder: Holder
) -> None:
    wanted = proposal(desk, {"orders": some(1_002)})
    assert {name: len(numbers) for name, numbers in wanted.new_blocks(base).items()} == {"orders": 1_001}
    wang, li = wanted.approve("wang", desk.one, base), wanted.approve("li", desk.other, base)
    other = proposal(desk, {"orders": some(1_003)}).approve("li", desk.other, base)
    later = proposal(desk, {"orders": some(1_002)}, days=31).approve("li", desk.other, base)
    next_one = proposal(desk, {"orders": some(1_002)}, version=3).approve("li", desk.other, base)
    forged = Approval(approver_id="li", key_id=desk.other.key_id, base=1, signature=wang.signature)
    posing = wanted.approve("li", desk.one, base)
    unknown = wanted.approve("zhao", desk.stranger, base)
    wrong = [[], [wang], [wang, wang], [wang, other], [wang, later], [wang, next_one], [wang, forged]]
    for case, approvals in enumerate([*wrong, [wang, posing], [wang, unknown]]):
        wanted.write(desk.folder(f"wrong-{case}"), desk.issuer, approvals)
        assert code(holder.offer(desk.folder(f"wrong-{case}"), NOW)) is Code.APPROVALS, case
    assert holder.current is not None and holder.current.version == 1
    wanted.write(desk.folder(2), desk.issuer, [wang, li])
    assert accepted(holder.offer(desk.folder(2), NOW)).new_blocks == 1_001


def test_up_to_the_cap_nobody_need_approve_and_tips_never_count(desk: Desk, holder: Holder) -> None:
    desk.full(2, {"orders": some(1_001), "grey": some(9_000), "trusted": some(9_000)})
    assert accepted(holder.offer(desk.folder(2), NOW)).new_blocks == 1_000


def test_one_person_with_two_keys_is_one_approver(desk: Desk, base: Snapshot) -> None:
    trust = desk.trusting(approvers=(Approver("wang", desk.one.public), Approver("wang", desk.other.public)))
    holder = Holder(trust)
    accepted(holder.install(desk.folder(1), NOW))
    wanted = proposal(desk, {"orders": some(1_002)})
    wanted.write(
        desk.folder(2),
        desk.issuer,
        [wanted.approve("wang", desk.one, base), wanted.approve("wang", desk.other, base)],
    )
    assert code(holder.offer(desk.folder(2), NOW)) is Code.APPROVALS


def test_approvals_of_everything_serve_an_edge_at_any_version(desk: Desk, base: Snapshot) -> None:
    wanted = proposal(desk, {"orders": LARGE}, version=7)
    wanted.write(desk.folder(7), desk.issuer, [wanted.approve("wang", desk.one), wanted.approve("li", desk.other)])
    fresh, behind = Holder(desk.trust), Holder(desk.trust)
    accepted(behind.install(desk.folder(1), NOW))
    assert accepted(fresh.offer(desk.folder(7), NOW)).new_blocks == 1_001
    assert accepted(behind.offer(desk.folder(7), NOW)).new_blocks == 1_000


def test_approvals_against_another_version_do_not_serve(desk: Desk, base: Snapshot) -> None:
    wanted = proposal(desk, {"orders": some(1_002)})
    approvals = [wanted.approve("wang", desk.one, base), wanted.approve("li", desk.other, base)]
    wanted.write(desk.folder(2), desk.issuer, approvals)
    assert code(Holder(desk.trust).offer(desk.folder(2), NOW)) is Code.APPROVALS


def test_a_delta_is_approved_like_a_full_snapshot(desk: Desk, base: Snapshot, holder: Holder) -> None:
    adds = {"black": LARGE}
    desk.delta(base, 2, adds=adds, place=desk.folder("bare"))
    assert code(holder.offer(desk.folder("bare"), NOW)) is Code.APPROVALS
    wanted = draft_delta(base, version=2, created_ms=NOW, expires_ms=NOW + DAY, adds=adds)
    approvals = [wanted.approve("wang", desk.one, base), wanted.approve("li", desk.other, base)]
    wanted.write(desk.folder(2), desk.issuer, approvals)
    assert accepted(holder.offer(desk.folder(2), NOW)).new_blocks == 1_001


def test_a_list_that_begins_to_block_counts_as_new(desk: Desk, holder: Holder) -> None:
    desk.full(2, {"grey": some(5_000)}, policy_yaml=POLICY.replace("TIP", "BLOCK"))
    assert code(holder.offer(desk.folder(2), NOW)) is Code.APPROVALS


def test_where_the_operator_wishes_a_changed_policy_needs_approvers_too(desk: Desk, base: Snapshot) -> None:
    holder = Holder(desk.trusting(policy_needs_approval=True))
    accepted(holder.install(desk.folder(1), NOW))
    desk.full(2, {"orders": some(2)})
    accepted(holder.offer(desk.folder(2), NOW))
    text = POLICY.replace("caller.number in grey", "caller.home")
    desk.full(3, policy_yaml=text)
    assert code(holder.offer(desk.folder(3), NOW)) is Code.APPROVALS
    content = Content(policy_yaml=text)
    wanted = draft(content, issuer="gov", version=3, parent=2, created_ms=NOW, expires_ms=NOW + DAY)
    wanted.write(desk.folder("3b"), desk.issuer, [wanted.approve("wang", desk.one), wanted.approve("li", desk.other)])
    accepted(holder.offer(desk.folder("3b"), NOW))


def tight(desk: Desk) -> Holder:
    """An edge that takes ten new blocks an hour."""
    return Holder(desk.trusting(max_new_blocks_per_hour=10), state=desk.folder("state"))


def test_the_budget_of_an_hour_survives_a_restart(desk: Desk) -> None:
    desk.full(1, {"black": some(6)})
    desk.full(2, {"black": some(12)})
    desk.full(3, {"black": some(10)})
    desk.full(4, {"black": some(11)})
    accepted(tight(desk).offer(desk.folder(1), NOW))
    edge = tight(desk)
    accepted(edge.offer(desk.folder(1), NOW + 1))
    answer = edge.offer(desk.folder(2), NOW + HOUR_MS - 1)
    assert code(answer) is Code.BLOCK_BUDGET and isinstance(answer, Refused)
    assert "6 more numbers after 6" in answer.sentence
    assert edge.current is not None and edge.current.version == 1
    accepted(edge.offer(desk.folder(3), NOW + HOUR_MS - 1))
    edge = tight(desk)
    accepted(edge.offer(desk.folder(3), NOW + HOUR_MS))
    assert code(tight(desk).offer(desk.folder(4), NOW + HOUR_MS - 1)) is Code.BLOCK_BUDGET
    assert accepted(edge.offer(desk.folder(4), NOW + HOUR_MS)).new_blocks == 1, "the first six are an hour old"


def test_removing_and_adding_again_spends_the_budget(desk: Desk) -> None:
    edge = tight(desk)
    for version, count in ((1, 6), (2, 0)):
        desk.full(version, {"black": some(count)})
        accepted(edge.offer(desk.folder(version), NOW))
    desk.full(3, {"black": some(6)})
    assert code(edge.offer(desk.folder(3), NOW)) is Code.BLOCK_BUDGET


def test_approvers_do_not_lift_the_budget_and_a_lift_is_always_taken(desk: Desk) -> None:
    edge = Holder(desk.trusting(max_new_blocks_per_hour=1_000), state=desk.folder("state"))
    wanted = proposal(desk, {"orders": LARGE})
    wanted.write(desk.folder(2), desk.issuer, [wanted.approve("wang", desk.one), wanted.approve("li", desk.other)])
    assert code(edge.offer(desk.folder(2), NOW)) is Code.BLOCK_BUDGET
    assert accepted(edge.install(desk.folder(2), NOW)).new_blocks == 1_001, "the operator's own hand"
    desk.full(3, {"orders": []})
    accepted(edge.offer(desk.folder(3), NOW))


def test_a_clock_set_back_gives_no_fresh_hour(desk: Desk) -> None:
    desk.full(1, {"black": some(10)})
    desk.full(2, {"black": some(11)}, created_ms=NOW - DAY, expires_ms=NOW + DAY)
    accepted(tight(desk).offer(desk.folder(1), NOW))
    assert code(tight(desk).offer(desk.folder(2), NOW - HOUR_MS)) is Code.BLOCK_BUDGET


@pytest.mark.parametrize("data", [b"", b"{}x", b'{"format": 2}', b'{"version": -1}', b'{"colour": 1}'])
def test_a_damaged_state_file_is_no_fresh_hour(desk: Desk, data: bytes) -> None:
    desk.folder("state").write_bytes(data)
    with pytest.raises(SnapshotRefused) as refused:
        tight(desk)
    assert refused.value.code is Code.STATE


def test_without_a_place_to_remember_nothing_is_taken(desk: Desk) -> None:
    desk.full(1, {"black": some(2)})
    desk.folder("file").write_text("in the way")
    holder = Holder(desk.trust, state=desk.folder("file") / "state")
    assert code(holder.offer(desk.folder(1), NOW)) is Code.STATE and holder.current is None


def test_too_long_a_chain_asks_for_a_full_snapshot(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "MAX_CHAIN", 1)
    holder = Holder(desk.trust)
    desk.full(1)
    accepted(holder.offer(desk.folder(1), NOW))
    desk.delta(desk.open(1), 2, adds={"black": some(1)})
    assert code(holder.offer(desk.folder(2), NOW)) is Code.TOO_LARGE
