"""Receipts: what we say became of others' messages, and what others say became of ours."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from haodun.federation.envelopes import KIND, canonical, written
from haodun.federation.errors import FederationError, Refuse
from haodun.federation.keys import own_name
from haodun.federation.kinds import RECALL, Answer, kind_of
from haodun.federation.limits import MAX_EVIDENCE, MAX_RECEIPTS, MAX_SENTENCE
from haodun.federation.models import Inbox, Message, Outbox, Peer, Receipt

RECEIVED, ACCEPTED, REFUSED, EXECUTED = "received", "accepted", "refused", "executed"
STATUSES = (RECEIVED, ACCEPTED, REFUSED, EXECUTED)
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


def give(
    peer: Peer,
    message: UUID,
    status: str,
    *,
    at: datetime,
    code: str = "",
    sentence: str = "",
    evidence: Mapping[str, Any] | None = None,
) -> None:
    """Note a receipt for the peer, in the running transaction; the next round carries it."""
    said = canonical(evidence or {})
    if len(said) > MAX_EVIDENCE:
        raise FederationError(f"the evidence of a receipt has {len(said)} bytes, at most {MAX_EVIDENCE} travel")
    Receipt.objects.create(
        peer=peer,
        ours=True,
        message=message,
        status=status,
        at=at,
        code=code,
        sentence=sentence[:MAX_SENTENCE],
        evidence=said.decode(),
    )


def executed(
    message: UUID, evidence: Mapping[str, Any] | None = None, *, own: str | None = None, at: datetime | None = None
) -> bool:
    """Say that an accepted message is carried out here, with the evidence; False where that was said before.

    Inside the caller's transaction. FederationError for a message that was not accepted here.
    """
    at = at or timezone.now()
    with transaction.atomic():
        row = (
            Inbox.objects.select_for_update(of=("self",))
            .select_related("peer")
            .filter(message=message, peer__own=own or own_name(), status=Inbox.Status.ACCEPTED)
            .first()
        )
        if row is None:
            raise FederationError(f"message {message} was not accepted here; only such a one can be executed")
        if row.executed_at is not None:
            return False
        row.executed_at = at
        row.save(update_fields=["executed_at"])
        give(row.peer, message, EXECUTED, at=at, evidence=evidence)
    return True


def unsent(peer: Peer) -> list[Receipt]:
    """Our receipts that wait for a round, oldest first, at most MAX_RECEIPTS."""
    return list(
        Receipt.objects.select_for_update().filter(peer=peer, ours=True, sent_in=None).order_by("id")[:MAX_RECEIPTS]
    )


def body_of(rows: list[Receipt]) -> dict[str, Any]:
    """What an envelope of kind `receipt` says."""
    return {
        "receipts": [
            {
                "at": written(row.at),
                "code": row.code,
                "evidence": row.evidence,
                "message": str(row.message),
                "sentence": row.sentence,
                "status": row.status,
            }
            for row in rows
        ]
    }


def take(peer: Peer, envelope: UUID, body: Mapping[str, Any]) -> None:
    """Keep the receipts of a peer and mark what they are about. Refuse where one is none or about nothing we sent."""
    said = body.get("receipts")
    if not isinstance(said, list) or not 0 < len(said) <= MAX_RECEIPTS or set(body) != {"receipts"}:
        raise Refuse("bad_body", f"receipts are a list of 1 to {MAX_RECEIPTS}")
    rows = [_row(peer, envelope, one) for one in said]
    ways = {
        way.message_id: way
        for way in Outbox.objects.select_for_update().filter(peer=peer, message__in={row.message for row in rows})
    }
    for row in rows:
        way = ways.get(row.message)
        if way is None or way.sequence is None:
            raise Refuse("unknown_message", f"no message {row.message} was sent to {peer.name}")
        _mark(way, row)
    Outbox.objects.bulk_update(ways.values(), ["received_at", "answered_at", "answer", "code", "executed_at"])
    Receipt.objects.bulk_create(rows)
    _tell(peer, rows)


def _tell(peer: Peer, rows: list[Receipt]) -> None:
    """Let the contexts hear what became of their messages, and of the recalls of these."""
    sent = Message.objects.in_bulk({row.message for row in rows})
    recalled = {one.id: UUID(json.loads(one.body)["message"]) for one in sent.values() if one.kind == RECALL}
    originals = Message.objects.in_bulk(set(recalled.values()))
    for row in rows:
        about = originals.get(recalled.get(row.message, row.message)) or sent[row.message]
        kind = kind_of(about.kind)
        if kind is not None and kind.heard is not None:
            kind.heard(_answer(peer, row, about.kind, recalled.get(row.message)))


def _answer(peer: Peer, row: Receipt, kind: str, recalled: UUID | None) -> Answer:
    return Answer(
        message=row.message,
        kind=kind,
        own=peer.own,
        node=peer.name,
        status=row.status,
        at=row.at,
        code=row.code,
        sentence=row.sentence,
        evidence=evidence_of(row),
        recalled=recalled,
    )


def evidence_of(row: Receipt | None) -> Mapping[str, Any]:
    """What a receipt proves. A peer wrote it: what is no JSON object is nothing."""
    try:
        found = json.loads(row.evidence) if row is not None else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _mark(way: Outbox, row: Receipt) -> None:
    if row.status == RECEIVED:
        way.received_at = way.received_at or row.at
    elif row.status == EXECUTED:
        if way.answer != ACCEPTED:
            raise Refuse("bad_body", f"message {row.message} is said to be executed and was not accepted before")
        way.executed_at = way.executed_at or row.at
    elif way.answer != ACCEPTED:  # a refusal may become an acceptance, when it is released; never the other way
        way.answered_at, way.answer, way.code = row.at, row.status, row.code


def _row(peer: Peer, envelope: UUID, said: Any) -> Receipt:
    fields = {"at", "code", "evidence", "message", "sentence", "status"}
    if not isinstance(said, dict) or set(said) != fields or not all(isinstance(one, str) for one in said.values()):
        raise Refuse("bad_body", "a receipt has the fields at, code, evidence, message, sentence, status, all texts")
    sound = (
        said["status"] in STATUSES
        and _TIME.fullmatch(said["at"])
        and _UUID.fullmatch(said["message"])
        and (said["code"] == "" or KIND.fullmatch(said["code"]))
        and len(said["sentence"]) <= MAX_SENTENCE
        and "\x00" not in said["sentence"]
        and len(said["evidence"].encode()) <= MAX_EVIDENCE
        and "\x00" not in said["evidence"]
    )
    if not sound:
        raise Refuse("bad_body", "a receipt says what none may say, or too much")
    return Receipt(
        peer=peer,
        ours=False,
        message=UUID(said["message"]),
        status=said["status"],
        at=_moment(said["at"]),
        code=said["code"],
        sentence=said["sentence"],
        evidence=said["evidence"],
        sent_in=envelope,
    )


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)
    except ValueError as error:
        raise Refuse("bad_body", "the time of a receipt is none") from error
