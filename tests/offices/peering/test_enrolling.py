"""Two officers on each side: one names the node, another types the fingerprint; keys, kinds, suspension, quarantine."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.utils import timezone
from tests.offices.peering.conftest import OTHER, Site

from haodun.federation.keys import key_state
from haodun.federation.models import Message, Peer, Quarantine
from haodun.federation.quarantine import Piece, keep
from haodun.federation.services import fingerprint, own_key
from haodun.offices.organisations.services import Role, appoint
from haodun.offices.peering.models import Held, NodeChange, Peering
from haodun.offices.peering.services import (
    CHANGE,
    HELD,
    PEERING,
    Proposal,
    announce_key,
    confirm_change,
    decide,
    folders_of,
    propose,
    propose_change,
)
from haodun.offices.transitions.services import Refused
from haodun.screening.snapshot import Signer


def key() -> str:
    return uuid4().hex


def proposal(site: Site, **more: object) -> Proposal:
    values = {"name": OTHER, "title": "甲网", "public": site.other.public.raw, "may_send": (), "may_get": ()}
    return Proposal(**{**values, **more})  # type: ignore[arg-type]


def enrolled(site: Site) -> Peering:
    made = propose(site.actor(site.first), proposal(site), key=key())
    said = {"fingerprint": fingerprint(site.other.public.raw)}
    decide(site.actor(site.second), PEERING, made, "approve", key=key(), data=said)
    return Peering.objects.get(id=made)


def refused(code: str, call: object, *given: object, **named: object) -> None:
    with pytest.raises(Refused) as told:
        call(*given, **{"key": key(), **named})  # type: ignore[operator]
    assert told.value.code == code


def test_it_takes_two_officers_and_the_right_fingerprint(site: Site) -> None:
    made = propose(site.actor(site.first), proposal(site), key=key())
    right = {"fingerprint": fingerprint(site.other.public.raw).upper().replace(" ", "")}
    assert not Peer.objects.exists()
    refused("second_person", decide, site.actor(site.first), PEERING, made, "approve", data=right)
    for wrong in ({}, {"fingerprint": fingerprint(Signer.generate().public.raw)}):
        refused("fingerprint", decide, site.actor(site.second), PEERING, made, "approve", data=wrong)
    assert not Peer.objects.exists()
    decide(site.actor(site.second), PEERING, made, "approve", key=key(), data=right)
    peer = Peer.objects.get(own="bureau-32", name=OTHER)
    assert peer.active and key_state(peer, site.other.key_id, timezone.now())[1] == ""
    assert all(folder.is_dir() for folder in folders_of(OTHER))


def test_only_officers_of_the_operator_and_only_sound_nodes(site: Site) -> None:
    refused("operator", propose, site.actor(site.stranger), proposal(site))
    refused("permission", propose, site.actor(site.reader), proposal(site))
    for more, code in (
        ({"name": "bureau-32"}, "name"),
        ({"name": "../x"}, "name"),
        ({"name": "Ａ"}, "name"),
        ({"public": b"short"}, "key_bytes"),
        ({"may_send": ("nonsense",)}, "kinds"),
    ):
        refused(code, propose, site.actor(site.first), proposal(site, **more))
    enrolled(site)
    refused("name", propose, site.actor(site.first), proposal(site))


def test_a_suspended_node_is_resumed_by_another_and_a_revoked_one_never(site: Site) -> None:
    row = enrolled(site)
    first, second = site.actor(site.first), site.actor(site.second)
    decide(first, PEERING, row.id, "suspend", key=key(), reason="link under repair")
    assert not Peer.objects.get().active
    refused("second_person", decide, first, PEERING, row.id, "resume")
    decide(second, PEERING, row.id, "resume", key=key())
    assert Peer.objects.get().active
    decide(second, PEERING, row.id, "revoke", key=key(), reason="key stolen")
    peer = Peer.objects.get()
    assert not peer.active and key_state(peer, site.other.key_id, timezone.now())[1] == "revoked_key"
    refused("state", decide, first, PEERING, row.id, "resume")
    refused("name", propose, first, proposal(site))


def test_an_announced_key_counts_once_two_officers_have_compared_it(site: Site) -> None:
    row = enrolled(site)
    new = Signer.generate()
    change = announce_key(row, new.public.raw, uuid4())
    peer = Peer.objects.get()
    assert key_state(peer, new.key_id, timezone.now())[1] == "unknown_key"
    said = {"fingerprint": fingerprint(new.public.raw)}
    refused("state", decide, site.actor(site.second), CHANGE, change, "approve", data=said)
    confirm_change(site.actor(site.first), change, key=key())
    refused("second_person", decide, site.actor(site.first), CHANGE, change, "approve", data=said)
    refused("fingerprint", decide, site.actor(site.second), CHANGE, change, "approve", data={})
    decide(site.actor(site.second), CHANGE, change, "approve", key=key(), data=said)
    now = timezone.now()
    assert [key_state(peer, one.key_id, now)[1] for one in (new, site.other)] == ["", ""], "they overlap"
    later = now + timedelta(days=31)
    assert [key_state(peer, one.key_id, later)[1] for one in (new, site.other)] == ["", "expired_key"]


def test_kinds_are_granted_by_two(site: Site) -> None:
    row = enrolled(site)
    refused("kinds", propose_change, site.actor(site.first), row, NodeChange.What.GRANTS, may_send=["nonsense"])
    change = propose_change(
        site.actor(site.first), row, NodeChange.What.GRANTS, key=key(), may_send=["new_key"], may_get=["new_key"]
    )
    assert Peer.objects.get().may_send == []
    refused("second_person", decide, site.actor(site.first), CHANGE, change, "approve")
    decide(site.actor(site.second), CHANGE, change, "approve", key=key())
    assert Peer.objects.get().may_send == ["new_key"]


def test_a_new_own_key_is_announced_before_it_signs(site: Site) -> None:
    enrolled(site)
    old = own_key()
    change = propose_change(site.actor(site.first), None, NodeChange.What.OWN_KEY, key=key())
    decide(site.actor(site.second), CHANGE, change, "approve", key=key())
    assert own_key().key_id == old.key_id
    new = own_key(at=timezone.now() + timedelta(days=8))
    assert new.key_id != old.key_id
    said = Message.objects.get(kind="new_key")
    assert said.audience == [OTHER] and bytes(new.public).hex() in said.body


def held(site: Site) -> UUID:
    keep("bureau-32", Piece.of(b"junk"), "unreadable", via=None)
    return Held.objects.get(state="HELD").id


def test_quarantine_is_decided_with_a_reason_by_whoever_may(site: Site) -> None:
    piece = held(site)
    refused("permission", decide, site.actor(site.reader), HELD, piece, "discard", reason="x")
    refused("reason", decide, site.actor(site.second), HELD, piece, "discard")
    refused("still", decide, site.actor(site.second), HELD, piece, "release", reason="let us see")
    decide(site.actor(site.second), HELD, piece, "discard", key=key(), reason="junk from a broken disk")
    assert Held.objects.get().state == "DISCARDED" and Quarantine.objects.get().decision == "discarded"


def test_a_role_elsewhere_never_sees_a_node(site: Site) -> None:
    row = enrolled(site)
    appoint(site.reader, site.carrier, Role.ADMINISTRATOR)
    assert Peering.objects.scoped_to(site.first).get() == row
    assert not Peering.objects.scoped_to(site.stranger).exists()
