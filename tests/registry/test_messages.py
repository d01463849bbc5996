"""What restrictions and counts say to other nodes and take from them, over the in-process transport."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from tests.registry.conftest import Land, holding

from haodun.federation.exchanging import exchange_with
from haodun.federation.keys import add_peer_key, make_own_key, own_key
from haodun.federation.models import Message, Outbox, Peer
from haodun.federation.sending import send
from haodun.federation.services import answers, forget, recall
from haodun.federation.transports import InProcess
from haodun.offices.organisations.models import Organisation
from haodun.offices.organisations.services import readers_of, system
from haodun.offices.peering.services import run_by
from haodun.registry.restrictions.messages import tell_unsent
from haodun.registry.restrictions.models import Elsewhere, Owed, RestrictionRow
from haodun.registry.restrictions.services import Basis, Measure, Source, Text, in_effect, lift, place, renew
from haodun.registry.subscribers.services import open_interval
from haodun.registry.verdict_counts.messages import report
from haodun.registry.verdict_counts.models import HourCount

HERE, THERE = "ministry", "carrier-a"
KINDS = ["restriction", "restriction.renew", "restriction.lift", "counts"]
NUMBER = 8613912345001
DAY = timedelta(days=1)


@pytest.fixture
def link(land: Land, tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Land]:
    """This node and the carrier's, each known to the other; the mobile carrier lives there."""
    monkeypatch.setattr(settings, "HAODUN_NODE", HERE)
    monkeypatch.setattr(settings, "HAODUN_DATA", tmp_path)
    InProcess.queues.clear()
    before = timezone.now() - DAY
    with system():
        for own in (HERE, THERE):
            make_own_key(own, signs_from=before)
        for own, other in ((HERE, THERE), (THERE, HERE)):
            peer = Peer.objects.create(
                own=own, name=other, active=True, transport={"kind": "in_process"}, may_send=KINDS, may_get=KINDS
            )
            add_peer_key(peer, bytes(own_key(other).public), at=before)
        Organisation.objects.filter(id=land.mobile.id).update(home_node=THERE)
        run_by(land.ministry.id)
        yield land


def from_there(kind: str, body: Mapping[str, object]) -> UUID:
    """The other node says something, and it is taken here."""
    with transaction.atomic():
        message = send(kind, [HERE], body, own=THERE)
    for own in (THERE, HERE, THERE):
        exchange_with(Peer.objects.get(own=own))
    return message


def said(message: UUID) -> tuple[str, bool]:
    """What this node answered: accepted or refused, and whether it is executed."""
    for own in (HERE, THERE):
        exchange_with(Peer.objects.get(own=own))
    (answer,) = answers(message)
    return answer.answer, answer.executed_at is not None


def placing(until: datetime) -> dict[str, object]:
    return {
        "basis": "afl-13", "measure": "outgoing", "numbers": [f"+{NUMBER}"], "reason_en": "Forged.",
        "reason_zh": "伪造主叫。", "source_kind": "enforcement", "until": until.isoformat(timespec="milliseconds"),
    }  # fmt: skip


def test_a_measure_goes_where_its_carrier_lives_and_its_lift_follows(link: Land) -> None:
    open_interval(holding(link, NUMBER))
    until = timezone.now() + 30 * DAY
    reason = Text(zh="伪造主叫。", en="Forged.")
    with transaction.atomic():
        for source in (Source("enforcement", "7"), Source("order", "8"), Source("node", "9")):
            placed = place(
                [NUMBER, 8613012345001], measure=Measure.OUTGOING, basis=Basis.AFL_13, reason=reason, source=source,
                until=until, actor=link.officer,
            )  # fmt: skip
    row = Elsewhere.objects.select_related("restriction").get()
    assert (row.node, row.restriction.number, row.restriction.source_kind) == (THERE, NUMBER, "enforcement")
    first = row.message
    with transaction.atomic():
        renew([row.restriction_id], until=until + DAY, actor=link.officer)
        lift([row.restriction_id], source=Source("appeal", "1"), reason="an error", actor=link.officer)
        lift([placed[0].id], source=Source("appeal", "1"), reason="an error", actor=link.officer)
    kinds = list(Message.objects.filter(own=HERE).order_by("at").values_list("kind", flat=True))
    assert kinds == ["restriction", "restriction.renew", "restriction.lift"]
    assert all(str(first) in one.body for one in Message.objects.exclude(kind="restriction"))
    assert not any("13012345001" in one.body for one in Message.objects.all()), "the other carrier lives here"


def test_a_measure_that_could_not_be_told_at_once_is_told_later(link: Land) -> None:
    open_interval(holding(link, NUMBER))
    Peer.objects.filter(own=HERE).update(active=False)
    until, reason = timezone.now() + 30 * DAY, Text(zh="伪造主叫。", en="Forged.")
    with transaction.atomic():
        for nth, end in enumerate((until, timezone.now() + timedelta(seconds=1), until)):
            rows = place(
                [NUMBER], measure=list(Measure)[nth], basis=Basis.AFL_13, reason=reason,
                source=Source("enforcement", str(nth)), until=end, actor=link.officer,
            )  # fmt: skip
        lift([rows[0].id], source=Source("appeal", "1"), reason="an error", actor=link.officer)
    later = timezone.now() + timedelta(seconds=5)
    assert tell_unsent(later) == 0 and not Message.objects.exists(), "the node cannot be reached yet"
    Peer.objects.filter(own=HERE).update(active=True)
    assert tell_unsent(later) == 1, "not the one that has ended, nor the one that was lifted"
    assert Elsewhere.objects.get().restriction.source_id == "0"
    assert tell_unsent(later) == 0


def test_a_measure_of_another_node_is_placed_renewed_and_lifted_and_executed_says_when(link: Land) -> None:
    until = timezone.now() + 30 * DAY
    message = from_there("restriction", placing(until))
    row = RestrictionRow.objects.get()
    assert (row.number, row.source_kind, row.source_id, row.measure) == (NUMBER, "node", str(message), "outgoing")
    assert said(message) == ("accepted", False)
    in_effect(row.change)
    assert said(message) == ("accepted", True)
    again = {"message": str(message), "numbers": [f"+{NUMBER}"]}
    longer = (until + DAY).isoformat(timespec="milliseconds")
    assert said(from_there("restriction.renew", again | {"until": longer}))[0] == "accepted"
    lifted = from_there("restriction.lift", again | {"reason": "an error"})
    row.refresh_from_db()
    assert row.lifted_at is not None and row.ends > until and row.lift_reason == "an error"
    assert said(lifted) == ("accepted", False)
    in_effect(row.change)
    assert said(lifted) == ("accepted", True) and not Owed.objects.filter(done_at=None).exists()
    assert not Elsewhere.objects.exists(), "what came from a node goes to no other"


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("restriction", {"numbers": ["+86110"]}),
        ("restriction", {"numbers": ["13912345001"]}),
        ("restriction", {"numbers": []}),
        ("restriction", {"measure": "kill"}),
        ("restriction", {"until": "2020-01-01T00:00:00.000Z"}),
        ("restriction", {"more": 1}),
        ("restriction.lift", {}),
    ],
)
def test_what_does_not_fit_is_refused_and_places_nothing(link: Land, kind: str, change: dict[str, object]) -> None:
    body = placing(timezone.now() + DAY) | change
    if kind == "restriction.lift":
        body = {"message": str(UUID(int=5)), "numbers": [f"+{NUMBER}"], "reason": "x"}
    assert said(from_there(kind, body)) == ("refused", False)
    assert not RestrictionRow.objects.exists()


def test_only_the_node_that_sent_a_measure_lifts_it(link: Land) -> None:
    with transaction.atomic():
        placed = place(
            [NUMBER], measure=Measure.OUTGOING, basis=Basis.AFL_13, reason=Text(zh="伪造", en="Forged"),
            source=Source("node", str(UUID(int=5))), until=timezone.now() + DAY, actor=link.officer,
        )  # fmt: skip
    lifted = from_there("restriction.lift", {"message": str(UUID(int=5)), "numbers": [f"+{NUMBER}"], "reason": "x"})
    assert said(lifted)[0] == "refused"
    assert RestrictionRow.objects.get(pk=placed[0].id).lifted_at is None


def counted(land: Land, organisation: Organisation, verdicts: int) -> None:
    HourCount.objects.create(
        organisation=organisation.id, readers=readers_of(organisation.id), hour=datetime(2026, 11, 20, 5, tzinfo=UTC),
        rule_class="criminal", province="32", rule="cn-own-number", action=4, enforced=True, verdicts=verdicts,
    )  # fmt: skip


def test_a_days_counts_of_those_who_live_here_are_told_and_no_number_is(link: Land) -> None:
    counted(link, link.unicom, 7)
    counted(link, link.mobile, 9)
    assert report(date(2026, 11, 20)) == 1 and report(date(2026, 11, 21)) == 0
    way = Outbox.objects.select_related("message").get()
    assert str(link.unicom.id) in way.message.body and str(link.mobile.id) not in way.message.body


def test_counts_are_taken_from_where_the_organisation_lives_and_the_last_telling_counts(link: Land) -> None:
    row = [5, "criminal", "32", "cn-own-number", 4, True, 7]
    body: dict[str, object] = {"day": "2026-11-20", "organisation": str(link.mobile.id), "rows": [row]}
    assert said(from_there("counts", body)) == ("accepted", True)
    assert said(from_there("counts", body | {"rows": [[*row[:6], 8], [6, *row[1:]]]})) == ("accepted", True)
    found = HourCount.objects.filter(organisation=link.mobile.id).order_by("hour").values_list("verdicts", flat=True)
    assert list(found) == [8, 7]
    assert said(from_there("counts", body | {"organisation": str(link.unicom.id)}))[0] == "refused"
    assert said(from_there("counts", body | {"rows": [[25, *row[1:]]]}))[0] == "refused"


def test_a_recall_lifts_all_of_it_though_its_body_was_erased(link: Land) -> None:
    message = from_there("restriction", placing(timezone.now() + 30 * DAY))
    assert forget(timezone.now() + DAY) > 0
    with transaction.atomic():
        (taken_back,) = recall(message, "an error", own=THERE)
    said(message)
    assert said(taken_back) == ("accepted", False)
    row = RestrictionRow.objects.get()
    assert row.lifted_at is not None
    in_effect(row.change)
    assert said(taken_back) == ("accepted", True)
