"""Clusters of cards: one found and one in review at two carriers; the cases of every address."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone
from tests.matrix.asking import Case
from tests.matrix.country import Country
from tests.matrix.declared_cases import REASON, door, gate, of, to_login
from tests.matrix.oracle import Thing, Word, may, sees
from tests.matrix.tree import Reader, entitled

from haodun.offices.transitions.services import preview
from haodun.registry.card_clusters.models import Cluster
from haodun.registry.card_clusters.services import TABLE, look, take
from haodun.registry.subscribers.services import Document, DocumentKind, HolderKind, NewHolding, open_interval

CARRIERS = {"carrierA32": "32", "carrierA33": "33"}
CARDS = 7


def rows(land: Country) -> None:
    """Two gangs at each carrier, each on a device of its own; of the second somebody has taken it up."""
    owners = {}
    for at in CARRIERS:
        for turn in range(2):
            owners[_gang(land, at, turn)] = (at, turn)
    look()
    for row in Cluster.objects.all():
        at, turn = owners[min(row.evidence.values_list("number", flat=True))]
        land.things.append(_thing(land, row, at, taken=bool(turn)))


def _gang(land: Country, at: str, turn: int) -> int:
    """Cards of different people; their digits are canaries, the first one's masked form too. The first number."""
    block = 10 * (2 * list(CARRIERS).index(at) + turn)
    numbers = [int(f"86188{block + place:04d}{9000 + block + place:04d}") for place in range(CARDS)]
    readers = entitled(at, f"bureau{CARRIERS[at]}")
    for number in numbers:
        land.words.append(Word(str(number)[2:], at, "digits", frozenset()))
        land.shows_masked(number, at, readers)
        open_interval(
            NewHolding(
                number=number, since=timezone.now() - timedelta(days=9), carrier=land.places[at].id,
                subject=uuid.uuid4(), kind=HolderKind.PERSON, name="欧阳小明", province=CARRIERS[at],
                document=Document(DocumentKind.PASSPORT, f"G{number % 10**8:08d}"), device=f"4901542032{block:04d}",
            )
        )  # fmt: skip
    return numbers[0]


def _thing(land: Country, row: Cluster, at: str, *, taken: bool) -> Thing:
    readers, by, seen = entitled(at, f"bureau{CARRIERS[at]}"), frozenset[str](), ""
    assert row.cards == CARDS
    if taken:
        officer = land.actor("carrier_compliance", at)
        take(officer, [row.id], "review", key=uuid.uuid4().hex)
        by = frozenset({f"carrier_compliance@{at}"})
        blast = preview(land.actor("supervisor", "ministry"), TABLE, [row.id], "confirm").blast
        assert blast is not None
        seen = blast.digest()
    state = "IN_REVIEW" if taken else "FOUND"
    return Thing("card_cluster", str(row.id), at, state, readers, by, more={"seen": seen})


def cluster_pages(land: Country, reader: Reader) -> Iterator[Case]:
    """The queue, the look, each cluster, each step, the sheet."""
    for path in ("", "?tab=all"):
        yield Case(
            "card_clusters:home", reader, "GET", f"/clusters/{path}", gate(reader, "cluster.read"), to=to_login(reader)
        )
    yield Case(
        "card_clusters:look", reader, "POST", "/clusters/look/", gate(reader, "cluster.review", (302,)),
        to=to_login(reader, "/clusters/"), writes=may(reader, "cluster.review"),
    )  # fmt: skip
    for thing in of(land, "card_cluster"):
        here, seen = f"/clusters/{thing.id}/", sees(reader, thing)
        there = gate(reader, "cluster.read", (200,) if seen else (404,))
        yield Case("card_clusters:cluster", reader, "GET", here, there, to=to_login(reader), thing=thing)
        yield Case("card_clusters:confirm", reader, "GET", f"{here}confirm/", there, to=to_login(reader), thing=thing)
        yield _step(reader, thing, here)
        yield _confirm(reader, thing, here)


def _step(reader: Reader, thing: Thing, here: str) -> Case:
    verb, target = ("review", "IN_REVIEW") if thing.state == "FOUND" else ("dismiss", "DISMISSED")
    done = sees(reader, thing) and may(reader, "cluster.review")
    inside = (302,) if done else (422,) if sees(reader, thing) else (404,)
    return Case(
        "card_clusters:step", reader, "POST", f"{here}step/{verb}/", gate(reader, "cluster.read", inside),
        {"reason": REASON, "key": uuid.uuid4().hex}, to=to_login(reader, here), thing=thing,
        target=target if done else thing.state, writes=done,
    )  # fmt: skip


def _confirm(reader: Reader, thing: Thing, here: str) -> Case:
    done = (
        thing.state == "IN_REVIEW" and sees(reader, thing) and may(reader, "cluster.confirm")
        and reader.name not in thing.by
    )  # fmt: skip
    inside = (302,) if done else (422,) if sees(reader, thing) else (404,)
    return Case(
        "card_clusters:confirm", reader, "POST", f"{here}confirm/", gate(reader, "cluster.read", inside),
        {"remark": REASON, "key": uuid.uuid4().hex, "seen": thing.more["seen"]}, to=to_login(reader, here),
        thing=thing, target="CONFIRMED" if done else thing.state, writes=done,
    )  # fmt: skip


def cluster_api(land: Country, reader: Reader) -> Iterator[Case]:
    """The same for programs."""
    yield Case("GET card-clusters", reader, "GET", "/api/v1/card-clusters", door(reader, "cluster.read"))
    for thing in of(land, "card_cluster"):
        there = door(reader, "cluster.read", (200,) if sees(reader, thing) else (404,))
        address = f"/api/v1/card-clusters/{thing.id}"
        yield Case("GET card-clusters/<identity>", reader, "GET", address, there, thing=thing)


NAMED = {
    cluster_pages: (
        "card_clusters:home", "card_clusters:look", "card_clusters:cluster", "card_clusters:step",
        "card_clusters:confirm",
    ),
    cluster_api: ("GET card-clusters", "GET card-clusters/<identity>"),
}  # fmt: skip
"""Who makes the cases of which addresses."""
