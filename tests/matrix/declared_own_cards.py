"""Cases about cards under one's name: the public page and interface that say the same to all, the desks' questions."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from tests.matrix.asking import Case
from tests.matrix.country import Country
from tests.matrix.declared_cases import gate, of, to_login
from tests.matrix.oracle import Thing, may, sees
from tests.matrix.tree import Reader, entitled

from haodun.registry.own_cards.models import CardQuestion
from haodun.registry.own_cards.services import Channel, Question, ask
from haodun.registry.subscribers.services import Document, DocumentKind

PERSON = "11010519491231002X"
DESKS = ("carrierA32", "carrierA33", "carrierB32", "reseller")
"""Whose number the answer would go to."""


def rows(land: Country) -> None:
    """One open question at each desk."""
    land.things += [_question(land, at) for at in DESKS]


def _question(land: Country, at: str) -> Thing:
    number = land.number("carrierA32" if at == "reseller" else at, at, reseller="reseller" if at == "reseller" else "")
    before = set(CardQuestion.objects.values_list("id", flat=True))
    document = Document(DocumentKind.RESIDENT, PERSON)
    ask(Question(document, number, Channel.PAGE, "zh-hans", f"198.51.100.{len(before)}"), key=uuid.uuid4().hex)
    made = CardQuestion.objects.exclude(id__in=before).get()
    return Thing("card_question", str(made.id), at, "ASKED", entitled(at))


def cards_public(land: Country, reader: Reader) -> Iterator[Case]:
    """Open to everybody, and the same for everybody."""
    body = {"kind": "resident", "document": PERSON, "number": "13800138000"}
    yield Case("own_cards:ask", reader, "GET", "/cards/", (200,))
    yield Case("own_cards:ask", reader, "POST", "/cards/", (422,), {**body, "number": "x"})
    yield Case("own_cards:ask", reader, "POST", "/cards/", (302,), body, to="/cards/asked/", writes=True)
    yield Case("own_cards:asked", reader, "GET", "/cards/asked/", (200,))
    headers = {"idempotency-key": uuid.uuid4().hex}
    there = ("POST cards/questions", reader, "POST", "/api/v1/cards/questions")
    yield Case(*there, (202,), body, True, headers, writes=True)
    yield Case(*there, (422,), {**body, "document": "1"}, True, headers)


def cards_pages(land: Country, reader: Reader) -> Iterator[Case]:
    """The queue, the form, each question, each step."""
    for path in ("", "?tab=late", "?tab=all"):
        yield Case(
            "own_cards:desk", reader, "GET", f"/cards/desk/{path}", gate(reader, "cards.read"), to=to_login(reader)
        )
    yield Case("own_cards:new", reader, "GET", "/cards/desk/new/", gate(reader, "cards.ask"), to=to_login(reader))
    body = {"kind": "resident", "document": PERSON, "number": "13800138000", "key": uuid.uuid4().hex}
    yield Case(
        "own_cards:new", reader, "POST", "/cards/desk/new/", gate(reader, "cards.ask", (302,)), body,
        to=to_login(reader, "/cards/desk/"), writes=may(reader, "cards.ask"),
    )  # fmt: skip
    for thing in of(land, "card_question"):
        here, seen = f"/cards/desk/{thing.id}/", sees(reader, thing)
        yield Case(
            "own_cards:question", reader, "GET", here, gate(reader, "cards.read", (200,) if seen else (404,)),
            to=to_login(reader), thing=thing,
        )  # fmt: skip
        done = seen and may(reader, "cards.ask")
        inside = (302,) if done else (422,) if seen else (404,)
        yield Case(
            "own_cards:step", reader, "POST", f"{here}step/answer/", gate(reader, "cards.read", inside),
            {"key": uuid.uuid4().hex}, to=to_login(reader, here), thing=thing,
            target="ANSWERED" if done else "ASKED", writes=done,
        )  # fmt: skip


NAMED = {
    cards_public: ("own_cards:ask", "own_cards:asked", "POST cards/questions"),
    cards_pages: ("own_cards:desk", "own_cards:new", "own_cards:question", "own_cards:step"),
}
"""Who makes the cases of which addresses."""
