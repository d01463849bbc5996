"""The blacklist between nodes: told to those that may get it, refused there, reviewed only where it was listed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from tests.registry.key_services.conftest import Cast, application, code, key
from tests.registry.test_messages import HERE, THERE, from_there, said

from haodun.federation.exchanging import exchange_with
from haodun.federation.keys import add_peer_key, make_own_key, own_key
from haodun.federation.models import Message, Peer
from haodun.federation.services import recall
from haodun.federation.transports import InProcess
from haodun.offices.peering.services import run_by
from haodun.offices.transitions.services import Refused
from haodun.registry.key_services.agents import propose_listing
from haodun.registry.key_services.messages import tell_late
from haodun.registry.key_services.models import Listing
from haodun.registry.key_services.services import LISTING, Breach, PartyKind, apply, is_listed, take

FIRM, PERSON = code(77), "440524188001010014"
DAY = timedelta(days=1)


@pytest.fixture
def link(cast: Cast, tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cast]:
    """This node and another, which may exchange listings."""
    monkeypatch.setattr(settings, "HAODUN_NODE", HERE)
    monkeypatch.setattr(settings, "HAODUN_DATA", tmp_path)
    InProcess.queues.clear()
    before = timezone.now() - DAY
    for own in (HERE, THERE):
        make_own_key(own, signs_from=before)
    for own, other in ((HERE, THERE), (THERE, HERE)):
        peer = Peer.objects.create(
            own=own, name=other, active=True, transport={"kind": "in_process"}, may_send=["listing"],
            may_get=["listing"],
        )  # fmt: skip
        add_peer_key(peer, bytes(own_key(other).public), at=before)
    run_by(cast.land.ministry.id)
    yield cast


def entry(**changes: Any) -> dict[str, Any]:
    return {
        "breach": "false_registration", "document": "", "listed_at": timezone.now().isoformat(),
        "name": "苏州通信代理有限公司", "party": "firm", "uscc": FIRM,
    } | changes  # fmt: skip


def listed(cast: Cast, kind: PartyKind, name: str, *, uscc: str = "", document: str = "") -> UUID:
    """Proposed by the carrier, listed by the bureau."""
    made = propose_listing(
        cast["shop"], kind=kind, name=name, uscc=uscc, document=document, breach=Breach.FALSE_REGISTRATION,
        note="批量开卡", key=key(),
    )  # fmt: skip
    take(cast["approver"], [made], "list", table=LISTING, key=key())
    return made


def sent() -> list[dict[str, Any]]:
    return [json.loads(one.body) for one in Message.objects.filter(kind="listing", own=HERE).order_by("at")]


def test_a_listing_is_told_once_without_the_person_s_name_and_taken_back_by_its_removal(link: Cast) -> None:
    row = listed(link, PartyKind.PERSON, name="李小红", document=PERSON)
    assert [(one["party"], one["document"], one["name"]) for one in sent()] == [("person", PERSON, "李**")]
    assert "李小红" not in Message.objects.get(kind="listing").body
    assert tell_late() == 0, "it was told"
    take(link["officer"], [row], "ask_review", table=LISTING, key=key(), reason="法院改判")
    assert Message.objects.get(kind="listing").recalled_at is None, "it stays listed while it is reviewed"
    take(link["approver2"], [row], "remove", table=LISTING, key=key(), reason="改判")
    assert Message.objects.get(kind="listing").recalled_at is not None
    assert tell_late() == 0, "who was removed is not told again"


def test_what_goes_out_is_what_the_other_side_takes(link: Cast) -> None:
    row = listed(link, PartyKind.FIRM, name="苏州通信代理有限公司", uscc=FIRM)
    for own in (HERE, THERE, HERE):
        exchange_with(Peer.objects.get(own=own))
    assert list(Listing.objects.filter(node=HERE).values_list("state", "uscc")) == [("LISTED", FIRM)]
    take(link["officer"], [row], "ask_review", table=LISTING, key=key(), reason="法院改判")
    take(link["approver2"], [row], "remove", table=LISTING, key=key(), reason="改判")
    for own in (HERE, THERE, HERE):
        exchange_with(Peer.objects.get(own=own))
    assert Listing.objects.get(node=HERE).state == "REMOVED"
    assert is_listed(FIRM) is None


def test_a_node_enrolled_later_is_told_who_stands_on_the_list(link: Cast) -> None:
    Peer.objects.filter(own=HERE).update(may_get=[])
    listed(link, PartyKind.FIRM, name="苏州通信代理有限公司", uscc=FIRM)
    assert sent() == [] and tell_late() == 0
    Peer.objects.filter(own=HERE).update(may_get=["listing"])
    assert tell_late() == 1 and tell_late() == 0
    assert [one["uscc"] for one in sent()] == [FIRM]


def test_a_party_that_another_node_listed_is_refused_here_and_reviewed_there(link: Cast) -> None:
    message = from_there("listing", entry())
    assert said(message) == ("accepted", True)
    found = is_listed(FIRM)
    assert found is not None and found.breach == Breach.FALSE_REGISTRATION
    with pytest.raises(Refused) as refused:
        apply(link["shop"], application(uscc=FIRM), key=key())
    assert refused.value.code == "blacklisted"
    row = Listing.objects.get(node=THERE)
    assert link.land.unicom.id in row.readers, "the list is shared"
    with pytest.raises(Refused) as refused:
        take(link["officer"], [row.id], "ask_review", table=LISTING, key=key(), reason="不公")
    assert refused.value.code == "other_node" and THERE in refused.value.zh
    assert sent() == [], "what another node listed is that node's to tell"
    with transaction.atomic():
        recall(message, "reviewed", own=THERE)
    for own in (THERE, HERE, THERE):
        exchange_with(Peer.objects.get(own=own))
    assert is_listed(FIRM) is None and Listing.objects.get(node=THERE).state == "REMOVED"


def test_a_person_is_known_by_the_document_under_this_node_s_own_key(link: Cast) -> None:
    from_there("listing", entry(party="person", document=PERSON, name="李小红", uscc=""))
    assert is_listed(PERSON) is not None
    row = Listing.objects.get(node=THERE)
    assert row.masked == "李**" and row.uscc == ""
    listed(link, PartyKind.PERSON, name="李小红", document=PERSON)
    assert row.message is not None
    with transaction.atomic():
        recall(row.message, "reviewed", own=THERE)
    for own in (THERE, HERE):
        exchange_with(Peer.objects.get(own=own))
    assert is_listed(PERSON) is not None, "this node listed it too"


@pytest.mark.parametrize(
    "wrong",
    [
        {"uscc": "913201000000000770"}, {"party": "person"}, {"party": "person", "document": "110105194912310021"},
        {"name": ""}, {"name": "长" * 500}, {"breach": "other"}, {"listed_at": "2026-01-01T00:00:00"}, {"more": 1},
    ],
)  # fmt: skip
def test_a_listing_that_names_nobody_is_refused_and_lists_nobody(link: Cast, wrong: dict[str, Any]) -> None:
    assert said(from_there("listing", entry(**wrong)))[0] == "refused"
    assert not Listing.objects.filter(node=THERE).exists()
