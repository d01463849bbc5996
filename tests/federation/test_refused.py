"""What may not come in: strangers, spoilt keys, forks, old things; and how officers let it in after all."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from tests.federation.nodes import CARRIER, KIND, MINISTRY, Two

from haodun.federation.envelopes import DOMAIN, read, seal
from haodun.federation.models import Inbox, Message, Outbox, Peer, PeerKey, Quarantine
from haodun.federation.quarantine import Piece
from haodun.federation.receiving import Reception, receive
from haodun.federation.services import (
    FederationError,
    add_peer_key,
    answers,
    discard,
    forget,
    make_own_key,
    own_key,
    recall,
    release,
    revoke_peer_key,
)
from haodun.screening.snapshot import PublicKey, Signer


def reasons() -> list[str]:
    return sorted(Quarantine.objects.filter(decided_at=None).values_list("reason", flat=True))


def come(two: Two, raw: bytes, own: str = CARRIER) -> Reception:
    return receive(Piece.of(raw), own, via=two.peer(own), at=two.now)


def sealed(two: Two, number: int = 2) -> bytes:
    """A note on the wire from the ministry, not delivered."""
    two.send(number)
    two.round(MINISTRY)
    return next(raw for raw in two.wire(MINISTRY) if read(raw).header.sequence)


def test_a_strangers_signature_is_set_aside(two: Two) -> None:
    envelope = read(sealed(two))
    forged = seal(envelope.header, b'{"n":2}', Signer.generate())
    assert come(two, forged) is Reception.ASIDE
    assert reasons() == ["unknown_key"]


def test_anothers_mail_is_set_aside_whoever_signed_it(two: Two) -> None:
    assert come(two, sealed(two), own=MINISTRY) is Reception.ASIDE
    assert reasons() == ["wrong_audience"]


def test_a_suspended_peer_is_a_stranger_until_it_is_back(two: Two) -> None:
    raw = sealed(two)
    Peer.objects.filter(own=CARRIER).update(active=False)
    assert come(two, raw) is Reception.ASIDE and reasons() == ["unknown_issuer"]
    Peer.objects.filter(own=CARRIER).update(active=True)
    release(Quarantine.objects.get().id, at=two.now)
    two.rounds()
    assert two.effects == [2] and reasons() == []


def test_keys_count_from_until_and_never_once_revoked(two: Two) -> None:
    raw = sealed(two)
    peer = two.peer(CARRIER)
    key = PeerKey.objects.get(peer=peer)
    PeerKey.objects.filter(pk=key.pk).update(valid_until=two.now - timedelta(seconds=1))
    assert come(two, raw) is Reception.ASIDE and reasons() == ["expired_key"]
    assert revoke_peer_key(peer, key.key_id) and not revoke_peer_key(peer, key.key_id)
    assert come(two, raw) is Reception.ASIDE and reasons() == ["expired_key", "revoked_key"]
    with pytest.raises(FederationError, match="revoked_key"):
        release(Quarantine.objects.get(reason="expired_key").id, at=two.now)
    with pytest.raises(FederationError):
        add_peer_key(peer, bytes(key.public))


def test_after_a_change_of_keys_old_mail_is_sent_again_under_the_new_one(two: Two) -> None:
    message = two.send(2)
    two.round(MINISTRY)
    two.wire(MINISTRY).clear()  # lost
    made = make_own_key(MINISTRY, signs_from=two.now)
    add_peer_key(two.peer(CARRIER), bytes(made.public), at=two.now, overlap=timedelta(0))
    two.rounds(later=timedelta(minutes=2))
    assert two.effects == [2] and answers(message)[0].answer == "accepted"
    assert Inbox.objects.get(message=message).key_id == own_key(MINISTRY, at=two.now).key_id


def test_two_envelopes_of_one_number_are_a_fork_and_the_second_is_not_taken(two: Two) -> None:
    first = read(sealed(two))
    two.rounds()
    signer = own_signer_of(MINISTRY, two)
    from dataclasses import replace

    from haodun.federation.envelopes import canonical, digest_of

    body = canonical({"n": 44})
    other = seal(replace(first.header, body_hash=digest_of(body)), body, signer)
    assert come(two, other) is Reception.ASIDE and reasons() == ["forked"]
    assert two.effects == [2]


def own_signer_of(own: str, two: Two) -> Signer:
    from haodun.federation.services import own_signer

    return own_signer(own, at=two.now)


def test_a_peer_restored_from_an_old_copy_stops_the_exchange_loudly(two: Two) -> None:
    two.send(2)
    two.rounds()
    two.send(4)
    two.rounds()
    ministry = two.peer(MINISTRY)
    Outbox.objects.filter(peer=ministry).delete()
    Peer.objects.filter(pk=ministry.pk).update(sent=0, sent_digest="")
    two.send(6)
    two.rounds(later=timedelta(hours=1))
    assert two.effects == [2, 4]
    assert two.peer(MINISTRY).stopped == "our_past"


@pytest.mark.parametrize("reason", ["not_granted", "expired", "unknown_kind", "fault"])
def test_a_verified_message_that_may_not_be_taken_is_refused_and_the_next_is_taken(two: Two, reason: str) -> None:
    more: dict[str, object] = {}
    if reason == "not_granted":
        Peer.objects.filter(own=CARRIER).update(may_send=[])
    if reason == "expired":
        more["valid_until"] = two.now + timedelta(seconds=1)
    if reason == "unknown_kind":
        more["schema"] = 9
    message = two.send(2, **more)
    if reason == "fault":
        message = send_broken(two)
    two.round(MINISTRY)
    two.rounds()
    answer = answers(message)[0]
    assert (answer.answer, reasons()) == ("refused", [reason])
    assert answer.why is not None and answer.why.zh
    Peer.objects.filter(own=CARRIER).update(may_send=[KIND])
    two.send(4)
    two.rounds()
    assert two.effects[-1] == 4


def send_broken(two: Two) -> UUID:
    from haodun.federation.services import send

    with transaction.atomic():
        return send(KIND, [CARRIER], {"m": 1}, own=MINISTRY, at=two.now)


def test_what_was_refused_is_released_once_it_may_come_and_the_issuer_hears_of_it(two: Two) -> None:
    Peer.objects.filter(own=CARRIER).update(may_send=[])
    message = two.send(2)
    two.rounds()
    piece = Quarantine.objects.get()
    with pytest.raises(FederationError, match="not_granted"):
        release(piece.id, at=two.now)
    Peer.objects.filter(own=CARRIER).update(may_send=[KIND])
    release(piece.id, at=two.now)
    with pytest.raises(FederationError, match="decided before"):
        release(piece.id, at=two.now)
    two.rounds()
    assert two.effects == [2]
    assert answers(message)[0].answer == "accepted" and answers(message)[0].executed_at is not None


def test_what_its_issuer_recalled_meanwhile_cannot_be_released(two: Two) -> None:
    Peer.objects.filter(own=CARRIER).update(may_send=[])
    message = two.send(2)
    two.rounds()
    with transaction.atomic():
        (taken_back,) = recall(message, "an error", own=MINISTRY)
    two.rounds()
    assert answers(taken_back)[0].executed_at is not None and two.undone == []
    Peer.objects.filter(own=CARRIER).update(may_send=[KIND])
    with pytest.raises(FederationError, match="recalled"):
        release(Quarantine.objects.get().id, at=two.now)
    assert two.effects == []


def test_what_is_discarded_keeps_its_reason_and_digest_and_loses_its_bytes(two: Two) -> None:
    assert come(two, b"junk") is Reception.ASIDE
    row = Quarantine.objects.get()
    assert bytes(row.raw) == b"junk" and discard(row.id) and not discard(row.id)
    row.refresh_from_db()
    assert (bytes(row.raw), row.size, row.reason, row.decision) == (b"", 4, "unreadable", "discarded")


def test_a_receipt_about_what_was_never_sent_is_refused(two: Two) -> None:
    from haodun.federation.sending import say_receipts

    with transaction.atomic():
        said = {"at": "2026-11-20T04:00:00.000Z", "code": "", "evidence": "{}", "message": str(uuid4())}
        say_receipts(two.peer(CARRIER), {"receipts": [{**said, "sentence": "", "status": "accepted"}]}, at=two.now)
    two.rounds()
    assert reasons() == ["unknown_message"]


def test_what_is_done_and_old_loses_its_body_and_keeps_the_proof(two: Two) -> None:
    done = two.send(2)
    two.rounds()
    waits = two.send(4)
    assert forget(two.now - timedelta(days=1)) == 0
    assert forget(two.now + timedelta(days=1)) > 0
    row = Inbox.objects.get(message=done)
    assert (
        row.body == "{}" and Message.objects.get(id=done).body == "{}" and '"n":4' in Message.objects.get(id=waits).body
    )
    key = PublicKey(bytes(own_key(MINISTRY, at=two.now).public))
    assert key.verifies(bytes(row.signature), DOMAIN + row.header.encode()), "the header still proves what was sent"
    two.rounds()
    assert two.effects == [2, 4]
    with transaction.atomic():
        (taken_back,) = recall(done, "late", own=MINISTRY)
    two.rounds()
    assert two.undone == [done] and answers(taken_back)[0].executed_at is not None
