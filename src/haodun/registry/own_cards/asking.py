"""Ask: the same work and the same words for every document and every number; nobody learns anything from asking."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from haodun.offices.organisations.services import Kind, find, readers_of, system
from haodun.offices.transitions.services import SYSTEM, Actor, Change, Refused, begin
from haodun.registry.number_plan.services import holder_of
from haodun.registry.own_cards.models import CardQuestion
from haodun.registry.own_cards.states import TABLE
from haodun.registry.own_cards.values import PER_ADDRESS, PER_CLERK, WINDOW, Question, TooOften
from haodun.registry.subscribers.ciphertext import FieldCipher
from haodun.registry.subscribers.sealing import cipher
from haodun.registry.subscribers.services import document_mark, holder_at

ASKER_PLACE = "own_cards_cardquestion.asker"
KEY_PLACE = "own_cards_cardquestion.key"


def ask(question: Question, *, key: str, actor: Actor = SYSTEM, now: datetime | None = None) -> None:
    """Take a question of a stranger, or of a clerk for whoever stands before him. TooOften.

    Refused `document` for an organisation's document, and for a clerk what `act` refuses. `key` counts together with
    what is asked: the same request sent again is one question, another stranger's is another.
    """
    now = timezone.now() if now is None else now
    if not question.document.personal:
        raise Refused("document", "只能查询个人证件。", "Only a person's document can be asked about.")
    seal, mark = cipher(), document_mark(question.document)
    asker = seal.mark(question.address or str(actor.user_id), place=ASKER_PLACE)
    most = PER_ADDRESS if question.address else PER_CLERK
    once = _key(seal, question, mark, key or uuid.uuid4().hex)

    def make(change: Change) -> list[CardQuestion]:
        with system():
            return [_insert(change, question, mark, asker)]

    with transaction.atomic():
        _count(asker, most, now)
        begin(actor, TABLE, "ask", make, key=once, request={"channel": question.channel.value}, at=now)


def _key(seal: FieldCipher, question: Question, mark: bytes, key: str) -> str:
    return seal.mark(f"{mark.hex()} {question.number} {question.address} {key}", place=KEY_PLACE).hex()


def _count(asker: bytes, most: int, now: datetime) -> None:
    """Two at once cannot both take the last one: a lock for the asker, until commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(asker[:8], "big", signed=True)])
    with system():
        if CardQuestion.objects.filter(asker=asker, created_at__gt=now - WINDOW).count() >= most:
            raise TooOften


def _insert(change: Change, question: Question, mark: bytes, asker: bytes) -> CardQuestion:
    desk = _desk(question.number, change.at)
    at_desk = change.actor.organisation_id
    return CardQuestion.objects.create(
        mark=mark,
        number=question.number,
        asker=asker,
        channel=question.channel,
        desk_id=desk,
        language=question.language,
        state=TABLE.initial,
        version=1,
        created_at=change.at,
        readers=readers_of(*{desk, at_desk} if at_desk else {desk}),
    )


def _desk(number: int, at: datetime) -> uuid.UUID:
    """Who answers for a number: whoever has it in the register, else by the number plan, else the ministry."""
    held, planned = holder_at(number, at), holder_of(number, at)
    found = (held.reseller or held.carrier) if held else planned.organisation
    if found is not None:
        return found
    root = find(kind=Kind.MINISTRY).values_list("id", flat=True).first()
    if root is None:
        raise Refused("desk", "本平台尚未设立单位。", "No organisation has been founded here yet.")
    return root
