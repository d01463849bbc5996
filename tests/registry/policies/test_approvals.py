"""Over the cap: acts within it go out in steps, the others wait for two signatures, and lifts pass them all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from tests.registry.conftest import Land
from tests.registry.policies.approvers import Approvers, drafts_on_disk, states
from tests.registry.policies.conftest import Edge, Starter, eventually
from tests.registry.policies.test_publishing import FIRST, folders, lift, lists_of, place

from haodun.audit.models import Entry
from haodun.offices.transitions.services import subscribe, unsubscribe
from haodun.registry.policies import holding, publishing, services
from haodun.registry.policies.content import SiteError
from haodun.registry.policies.facts import SnapshotExecuted
from haodun.registry.policies.limits import DRAFT_ROOM
from haodun.registry.policies.models import Publication
from haodun.registry.policies.places import approvers_folder
from haodun.registry.policies.receipts import first_covering
from haodun.registry.policies.releasing import ApprovalRefused
from haodun.screening.snapshot import Signer, SnapshotRefused

CAP = 3
BIG = range(FIRST + 100, FIRST + 105)


@pytest.fixture(autouse=True)
def cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HAODUN_APPROVAL_CAP", str(CAP))


@pytest.fixture
def approvers(site: Land, tmp_path: Path) -> Approvers:
    return Approvers.found(tmp_path)


def orders(version: int) -> set[int]:
    return lists_of(version)["orders"]


def newest() -> Publication:
    return Publication.objects.order_by("-version")[0]


def test_acts_that_are_over_the_cap_only_together_go_out_one_after_another(site: Land) -> None:
    for n in range(4):
        place(site, FIRST + 2 * n, FIRST + 2 * n + 1, source=str(n))
    assert services.publish("placed") == 4
    assert list(Publication.objects.order_by("version").values_list("new_blocks", flat=True)) == [2, 2, 2, 2]
    assert [len(orders(version)) for version in range(1, 5)] == [2, 4, 6, 8]
    assert services.waiting() is None
    rows = Publication.objects.order_by("version").values_list("held", flat=True)
    assert [len(held) for held in rows] == [3, 2, 1, 0]


def test_an_act_over_the_cap_waits_whole_and_later_ones_and_lifts_pass_it(site: Land) -> None:
    small = place(site, FIRST)
    services.publish("placed")
    big = place(site, *BIG, source="big")
    assert services.publish("placed") is None, "there is nothing to publish but what waits"
    waiting = services.waiting()
    assert waiting is not None and (waiting.parent, waiting.new_blocks, waiting.version) == (1, 5, 1 + DRAFT_ROOM)
    lift(site, *small)
    later = place(site, FIRST + 1, source="later")[0]
    assert services.publish("lifted") == 2
    assert orders(2) == {FIRST + 1}
    assert services.waiting() == waiting, "the draft is the same, for what it newly blocks is the same"
    assert (first_covering(big[0].change), first_covering(later.change)) == (0, 2)
    assert services.lifted_everywhere(small[0].id).version == 2
    services.publish("daily", full=True)
    assert orders(3) == {FIRST + 1} and newest().kind == "full"
    assert Entry.objects.filter(kind="snapshot:held").count() == 1


def test_two_approvers_release_it_and_both_stand_in_the_ledger(site: Land, approvers: Approvers) -> None:
    place(site, FIRST)
    placed = place(site, *BIG, source="big")
    assert services.publish("placed") == 1
    lift(site, *place(site, FIRST + 1, source="x"))
    services.publish("lifted")
    version = services.publish_approved(approvers.both())
    assert (version, newest().version, newest().parent, newest().kind) == (1 + DRAFT_ROOM, version, 2, "delta")
    assert orders(version) == {FIRST, *BIG}
    assert first_covering(placed[0].change) == version and newest().held == []
    entries = Entry.objects.filter(kind="snapshot:approved").order_by("pk")
    assert [json.loads(entry.body)["approver"] for entry in entries] == ["wang", "li"]
    assert services.waiting() is None and drafts_on_disk() == [] and states() == ["published"]
    place(site, FIRST + 2, source="next")
    assert services.publish("placed") == version + 1
    assert orders(version + 1) == {FIRST, FIRST + 2, *BIG}


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("one", "2 different approvers"),
        ("twice", "2 different approvers"),
        ("one key", "2 different approvers"),
        ("stranger", "no approver of this site"),
        ("other key", "signed with key"),
        ("three files", "2 different approvers"),
    ],
)
def test_fewer_than_two_different_persons_release_nothing(
    site: Land, approvers: Approvers, case: str, words: str
) -> None:
    place(site, *BIG)
    services.publish("placed")
    wang, li = approvers.both()
    files = {"one": [wang], "twice": [wang, approvers.sign("wang", as_file="again")], "three files": [wang, li, li]}
    if case == "one key":
        key = approvers.keys["wang"]
        (approvers_folder() / "li.pub").write_bytes(key.public.to_pem())
        files[case] = [wang, approvers.sign("li", key=key)]
    if case == "stranger":
        files[case] = [wang, approvers.sign("zhao", key=Signer.generate())]
    if case == "other key":
        files[case] = [wang, approvers.sign("li", key=Signer.generate())]
    with pytest.raises(ApprovalRefused, match=words):
        services.publish_approved(files[case])
    assert newest().version == 1 and orders(1) == set()
    assert services.waiting() is not None and not Entry.objects.filter(kind="snapshot:approved").exists()
    assert folders() == ["1", "drafts"]


def test_a_tampered_approval_releases_nothing(site: Land, approvers: Approvers) -> None:
    place(site, *BIG)
    services.publish("placed")
    wang, li = approvers.both()
    whole = json.loads(li.read_text())
    for change in ({"draft": "0" * 64}, {"version": 7}, {"approver_id": "wang"}):
        li.write_text(json.dumps(whole | change))
        with pytest.raises((ApprovalRefused, SnapshotRefused)):
            services.publish_approved([wang, li])
    forged = [one | {"signature": "0" * 128} for one in whole["approvals"]]
    li.write_text(json.dumps(whole | {"approvals": forged}))
    with pytest.raises(SnapshotRefused, match="not under the numbers"):
        services.publish_approved([wang, li])
    assert newest().version == 1 and orders(1) == set() and folders() == ["1", "drafts"]


def test_a_draft_that_changed_must_be_signed_anew(site: Land, approvers: Approvers) -> None:
    placed = place(site, *BIG)
    services.publish("placed")
    files = approvers.both()
    lift(site, placed[0])
    with pytest.raises(ApprovalRefused, match="another draft"):
        services.publish_approved(files)
    again = services.waiting()
    assert again is not None and again.new_blocks == 4 and states() == ["dropped", "waiting"]
    version = services.publish_approved(approvers.both())
    assert orders(version) == {*BIG} - {placed[0].number}


def test_acts_that_a_faster_clock_stamped_are_passed_over_in_no_step(site: Land, approvers: Approvers) -> None:
    ahead = timezone.now() + timedelta(minutes=2)
    for n, numbers in enumerate([(FIRST, FIRST + 1), (FIRST + 2, FIRST + 3), BIG]):
        place(site, *numbers, source=str(n), at=ahead)
    services.publish("placed")
    assert orders(2) == {FIRST, FIRST + 1, FIRST + 2, FIRST + 3}
    version = services.publish_approved(approvers.both())
    assert orders(version) == {FIRST, FIRST + 1, FIRST + 2, FIRST + 3, *BIG}


def test_what_lifts_bring_under_the_cap_waits_no_longer(site: Land) -> None:
    placed = place(site, *BIG)
    services.publish("placed")
    lift(site, *placed[:2])
    assert services.publish("lifted") == 2
    assert orders(2) == {one.number for one in placed[2:]} and services.waiting() is None
    services.publish("by hand")
    assert drafts_on_disk() == [] and states() == ["dropped"]


def test_a_burst_that_comes_later_does_not_void_what_is_being_signed(site: Land, approvers: Approvers) -> None:
    place(site, *BIG)
    services.publish("placed")
    files = approvers.both()
    other = [number + 50 for number in BIG]
    place(site, *other, source="other")
    services.publish("placed")
    version = services.publish_approved(files)
    assert orders(version) == {*BIG}
    waiting = services.waiting()
    assert waiting is not None and waiting.new_blocks == 5 and waiting.parent == version
    last = services.publish_approved(approvers.both())
    assert orders(last) == {*BIG, *other}


def test_the_budget_of_an_hour_holds_everything_back_and_gives_it_free(
    site: Land, approvers: Approvers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HAODUN_BLOCK_BUDGET", "4")
    now = timezone.now()
    for n in range(3):
        place(site, FIRST + 2 * n, FIRST + 2 * n + 1, source=str(n))
    assert services.publish("placed", at=now) == 2
    assert len(orders(2)) == 4 and services.waiting() is None
    place(site, *BIG, source="big")
    services.publish("placed")
    with pytest.raises(ApprovalRefused, match="max_new_blocks_per_hour"):
        services.publish_approved(approvers.both())
    monkeypatch.setenv("HAODUN_BLOCK_BUDGET", "6")
    services.publish("waiting")
    with pytest.raises(ApprovalRefused, match="hour has passed"):
        services.publish_approved(approvers.both())
    assert len(orders(newest().version)) == 6
    monkeypatch.setenv("HAODUN_BLOCK_BUDGET", "0")
    place(site, FIRST + 50, source="last")
    assert services.publish("placed", at=now) is None
    monkeypatch.setenv("HAODUN_BLOCK_BUDGET", "6")
    assert services.publish("waiting", at=timezone.now() + holding.HOUR + timedelta(minutes=1)) is not None
    assert FIRST + 50 in orders(newest().version)


def test_a_policy_that_would_block_a_list_over_the_cap_waits_and_the_old_one_stays(
    site: Land, approvers: Approvers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from haodun.registry.restrictions.services import Measure

    place(site, *BIG, measure=Measure.TIP)
    services.publish("placed")
    before = newest().policy_digest
    pack = Path(holding.__file__).parents[2] / "screening/policy/packs/cn.yaml"
    rule = (
        "rules:\n  - {id: X-GREY, title: {zh: 灰, en: grey}, layer: lists, stage: enforce,\n"
        "     when: caller.number in grey, action: BLOCK, reason: grey, class: criminal, basis: [law]}\n"
    )
    mine = tmp_path / "mine.yaml"
    mine.write_text(pack.read_text(encoding="utf-8").replace("rules:\n", rule, 1), encoding="utf-8")
    monkeypatch.setenv("HAODUN_POLICY", str(mine))
    place(site, FIRST, source="small")
    assert services.publish("policy") == 2
    assert (newest().policy_digest, newest().kind, orders(2)) == (before, "delta", {FIRST})
    waiting = services.waiting()
    assert waiting is not None and waiting.policy and waiting.new_blocks == 5
    version = services.publish_approved(approvers.both())
    assert newest().policy_digest != before and newest().version == version
    assert "X-GREY" in (publishing.snapshots_folder() / str(version) / "policy.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("said", ["", "-1", "１０", "x", "1e3"])
def test_a_cap_that_is_no_count_is_told(site: Land, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HAODUN_APPROVAL_CAP", said)
    place(site, FIRST)
    with pytest.raises(SiteError, match="HAODUN_APPROVAL_CAP"):
        services.publish("placed")


def test_the_commands_say_what_waits_and_release_it(site: Land, approvers: Approvers) -> None:
    place(site, *BIG)
    out = StringIO()
    call_command("publish", stdout=out)
    assert "version 201 waits for two approvals: it newly blocks 5 numbers; each approver" in out.getvalue()
    wang, li = approvers.both()
    with pytest.raises(CommandError, match="2 different approvers"):
        call_command("publish", approval=[wang], stdout=out)
    out = StringIO()
    call_command("publish", approval=[wang, li], stdout=out)
    assert out.getvalue() == "version 201\n"
    with pytest.raises(CommandError, match="no draft waits"):
        call_command("publish", approval=[wang, li], stdout=out)


def test_an_edge_is_revoked_by_command(site: Land) -> None:
    services.enrol("e", organisation=site.mobile.id)
    out = StringIO()
    call_command("revoke_edge", "e", stdout=out)
    assert "e is revoked" in out.getvalue() and services.edges() == ()
    with pytest.raises(CommandError, match="no enrolled edge"):
        call_command("revoke_edge", "e", stdout=out)


# With edges that speak the real client.


@pytest.fixture
def facts() -> Iterator[list[SnapshotExecuted]]:
    found: list[SnapshotExecuted] = []
    subscribe(SnapshotExecuted, found.append)
    yield found
    unsubscribe(SnapshotExecuted, found.append)


def runs(edge: Edge, version: int) -> None:
    eventually(lambda: edge.versions[-1:] == [version], f"{edge.name} at {version}, is at {edge.versions}, {edge.log}")


def test_at_the_edge_lifts_pass_and_only_both_signatures_let_the_burst_in(
    site: Land, approvers: Approvers, edge: Starter, facts: list[SnapshotExecuted]
) -> None:
    one = edge(trust=approvers.trust(CAP))
    small = place(site, FIRST)
    services.publish("placed")
    runs(one, 1)
    big = place(site, *BIG, source="big")
    lift(site, *small)
    services.publish("placed")
    runs(one, 2)
    assert one.numbers("orders") == set()
    eventually(lambda: [fact.version for fact in facts] == [1, 2], "told that 2 is executed")
    assert facts[-1].change >= big[0].change and facts[-1].held == {big[0].change}
    version = services.publish_approved(approvers.both())
    runs(one, version)
    assert one.numbers("orders") == {*BIG} and one.log == []
    eventually(lambda: facts[-1].version == version, "told that the burst is executed")
    assert facts[-1].held == frozenset()
    assert services.executed_everywhere(big[0].change).done


def test_a_fresh_edge_and_one_that_was_away_take_what_was_approved_and_go_on_from_there(
    site: Land, approvers: Approvers, edge: Starter
) -> None:
    trust = approvers.trust(CAP)
    away = edge("away", trust=trust)
    place(site, FIRST)
    services.publish("placed")
    runs(away, 1)
    away.stop()
    place(site, *BIG, source="big")
    services.publish("placed")
    version = services.publish_approved(approvers.both())
    assert newest().kind == "full" and newest().fresh
    place(site, FIRST + 1, FIRST + 2, source="later")
    services.publish("placed")
    services.publish("daily", full=True)
    assert not newest().fresh, "six numbers are more than an edge takes at once"
    for name in ("fresh", "away"):
        again = edge(name, token=away.token if name == "away" else None, trust=trust)
        runs(again, version + 2)
        assert again.numbers("orders") == {FIRST, FIRST + 1, FIRST + 2, *BIG}
        assert again.versions == [version, version + 1, version + 2] and again.log == []


def test_an_edge_that_was_away_goes_step_by_step_where_all_at_once_is_over_its_cap(
    site: Land, approvers: Approvers, edge: Starter
) -> None:
    trust = approvers.trust(CAP)
    one = edge(trust=trust)
    place(site, FIRST)
    services.publish("placed")
    runs(one, 1)
    one.stop()
    for n in range(3):
        place(site, FIRST + 10 + 2 * n, FIRST + 11 + 2 * n, source=str(n))
        services.publish("placed", full=n == 2)
    again = edge(token=one.token, trust=trust)
    runs(again, 4)
    assert again.versions == [2, 3, 4] and again.log == [] and len(again.numbers("orders")) == 7


def test_a_small_installation_needs_no_approvers_for_a_fresh_edge(
    site: Land, approvers: Approvers, edge: Starter
) -> None:
    place(site, FIRST, FIRST + 1)
    services.publish("placed")
    services.publish("daily", full=True)
    assert newest().fresh
    runs(edge(trust=approvers.trust(CAP)), 2)
