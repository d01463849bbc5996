"""The register of real names: rows with canaries, and the cases of every address."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from functools import cache

from django.utils import timezone
from tests.matrix.asking import Case
from tests.matrix.country import SINCE, Country
from tests.matrix.declared_cases import OUTSIDE, REASON, door, gate, key, of, to_login
from tests.matrix.oracle import Thing, may, sees
from tests.matrix.tree import Reader, entitled

from haodun.numbering import mask
from haodun.offices.organisations.services import readers_of
from haodun.offices.sheets.services import Kind, file_of
from haodun.registry.subscribers import figures, runs
from haodun.registry.subscribers.excess import find_excess
from haodun.registry.subscribers.identity import check_character
from haodun.registry.subscribers.models import ExcessCard
from haodun.registry.subscribers.services import (
    Document,
    DocumentKind,
    HolderKind,
    NewHolding,
    hold_back,
    import_intervals,
)

CARRIERS = ("carrierA32", "carrierA33", "carrierB32")
EXCESS_STEPS = {"confirm": "CONFIRMED", "give_up": "GIVEN_UP", "refuse": "REFUSED"}
IMPORT_STEPS = {"apply": "APPLYING", "discard": "DISCARDED"}
_figures: dict[str, int] = {}


def rows(land: Country) -> None:
    """At each carrier: six cards of one document, an import that awaits the second look, a published figure."""
    for place, at in enumerate(CARRIERS):
        readers = entitled(at, f"bureau{at[-2:]}")
        _cards(land, at, place, readers)
        hold_back([(int(f"86137{place:04d}9999"), readers_of(land.places[at].id))], since=SINCE)
        land.things.append(_import(land, at, place, entitled(at)))
        made = figures.publish(timezone.localdate() - timedelta(days=40), actor=land.actor("carrier_compliance", at))
        _figures[at] = made[0].id
    find_excess()
    for card in ExcessCard.objects.select_related("interval__carrier"):
        at = card.interval.carrier.name_zh.removeprefix("单位")
        if not any(thing.kind == "excess_card" and thing.owner == at for thing in land.things):
            readers = entitled(at, f"bureau{at[-2:]}")
            land.things.append(Thing("excess_card", str(card.id), at, card.state, readers))


def _citizen(place: int) -> str:
    body = f"320101198001{10 + place:02d}001"
    return body + check_character(body)


def _cards(land: Country, at: str, place: int, readers: frozenset[str]) -> None:
    numbers = [int(f"86137{place:04d}{2000 + place * 100 + card * 7:04d}") for card in range(6)]
    import_intervals(
        NewHolding(
            number=number,
            since=SINCE,
            carrier=land.places[at].id,
            subject=uuid.uuid4(),
            kind=HolderKind.PERSON,
            name="张" + land.word("hidden", at, frozenset(), "holder", str(number)),
            document=Document(DocumentKind.RESIDENT, _citizen(place)),
            province=at[-2:],
        )
        for number in numbers
    )
    for number in numbers:
        land.shows_masked(number, at, readers)
        land.numbers[number] = readers


def _import(land: Country, at: str, place: int, readers: frozenset[str]) -> Thing:
    ignored = land.word("import", at, readers, "column")
    lines = [
        [
            f"137{place:04d}{5000 + row:04d}",
            land.word("hidden", at, frozenset(), "row", str(row)),
            "2020-01-01",
            kind,
            "",
        ]
        for row, kind in enumerate(("身份证", "没有这种"))
    ]
    file = file_of(Kind.CSV, ["号码", "姓名或单位名称", "开户日期", "证件类型", ignored], lines)
    actor = land.actor("carrier_compliance", at)
    made = runs.upload(actor, file, organisation=land.places[at].id, mode="existing", key=uuid.uuid4().hex)
    runs.check(made)
    return Thing("import_run", str(made), at, "CHECKED", readers, frozenset({f"carrier_compliance@{at}"}))


@cache
def seen_of(run: str) -> str:
    """The digest that the page of an import carries."""
    from haodun.offices.organisations.services import system
    from haodun.offices.transitions.services import SYSTEM

    with system():
        blast = runs.preview_step(SYSTEM, uuid.UUID(run), "apply").blast
    return blast.digest() if blast else ""


def pages(land: Country, reader: Reader) -> Iterator[Case]:
    """The four pages, each import, each card."""
    login, read = to_login(reader), gate(reader, "subscriber.read")
    for name, path in (
        ("home", ""), ("home", "?tab=due"), ("rates", "rates/"), ("rates", "rates/?code=K9&by=province&at=2020-02-30"),
        ("imports", "imports/"), ("excess", "excess/"), ("excess", "excess/?tab=late"), ("excess", "excess/?tab=done"),
    ):  # fmt: skip
        yield Case(
            f"subscribers:{name}", reader, "GET", f"/subscribers/{path}", read, to=login,
            shows=_own_numbers(land, reader) if name == "home" else frozenset(),
        )  # fmt: skip
    for kind, name, folder in (("import_run", "import", "imports"), ("excess_card", "card", "excess")):
        for thing in of(land, kind):
            there = gate(reader, "subscriber.read", (200,) if sees(reader, thing) else (404,))
            path = f"/subscribers/{folder}/{thing.id}/"
            yield Case(f"subscribers:{name}", reader, "GET", path, there, to=login, thing=thing)


def _own_numbers(land: Country, reader: Reader) -> frozenset[str]:
    """Masked numbers within reach: whatever else is written about them, their register is the reader's to see."""
    return frozenset(mask(f"+{number}") for number, holders in land.numbers.items() if reader.at in holders)


def writes(land: Country, reader: Reader) -> Iterator[Case]:
    """Each step on each row; an upload without a file; bad rows back; figures."""
    login = to_login(reader)
    edits = may(reader, "subscriber.edit")
    without_file = gate(reader, "subscriber.read", (422,) if edits else (403,))
    yield Case("subscribers:imports", reader, "POST", "/subscribers/imports/", without_file, {"mode": "new"}, to=login)
    for thing in of(land, "import_run"):
        yield from (_step(reader, thing, verb, "imports", "import_step") for verb in IMPORT_STEPS)
        back = gate(reader, "subscriber.edit", (200,) if sees(reader, thing) else (404,))
        done = edits and sees(reader, thing)
        path = f"/subscribers/imports/{thing.id}/bad/"
        yield Case("subscribers:bad_rows", reader, "POST", path, back, {}, to=login, writes=done)
    for thing in of(land, "excess_card"):
        yield from (_step(reader, thing, verb, "excess", "card_step") for verb in EXCESS_STEPS)
    publishes = reader not in OUTSIDE and may(reader, "figure.publish")
    yield Case(
        "subscribers:publish", reader, "POST", "/subscribers/rates/publish/", gate(reader, "figure.publish", (302,)),
        {"at": "2024-03-31", "code": "K1"}, to=to_login(reader, "/subscribers/rates/"), writes=publishes,
    )  # fmt: skip
    for at, figure in _figures.items():
        own = gate(reader, "figure.publish", (302,) if reader.at == at else (404,))
        yield Case(
            "subscribers:revise", reader, "POST", f"/subscribers/rates/{figure}/revise/", own, {"reason": REASON},
            to=to_login(reader, "/subscribers/rates/"), writes=publishes and reader.at == at,
        )  # fmt: skip


def _does(reader: Reader, thing: Thing, verb: str) -> bool:
    if not (may(reader, "subscriber.edit") and sees(reader, thing)):
        return False
    return not (verb == "apply" and reader.name in thing.by)


def _step(reader: Reader, thing: Thing, verb: str, folder: str, name: str) -> Case:
    done = _does(reader, thing, verb)
    inside = (302,) if done else (422,) if sees(reader, thing) else (404,)
    page = f"/subscribers/{folder}/{thing.id}/"
    body = {"reason": REASON, "key": uuid.uuid4().hex}
    body |= {"seen": seen_of(thing.id)} if verb == "apply" else {}
    target = (IMPORT_STEPS | EXCESS_STEPS)[verb] if done else thing.state
    return Case(
        f"subscribers:{name}", reader, "POST", f"{page}{verb}/", gate(reader, "subscriber.read", inside), body,
        to=to_login(reader, page), thing=thing, target=target, writes=done,
    )  # fmt: skip


def api(land: Country, reader: Reader) -> Iterator[Case]:
    """The interface for programs."""
    read = door(reader, "subscriber.read")
    for name, query in (
        ("rates", "?by=carrier"),
        ("rates", "?at=2024-01-31"),
        ("imports", ""),
        ("excess", "?tab=todo"),
    ):
        yield Case(f"GET real-name/{name}", reader, "GET", f"/api/v1/real-name/{name}{query}", read)
    yield Case(
        "POST real-name/imports", reader, "POST", "/api/v1/real-name/imports",
        (401,) if reader in OUTSIDE else (422,), {"mode": "new"}, headers=key(),
    )  # fmt: skip
    for thing in of(land, "import_run"):
        there = door(reader, "subscriber.read", (200,) if sees(reader, thing) else (404,))
        path = f"/api/v1/real-name/imports/{thing.id}"
        yield Case("GET real-name/imports/<identity>", reader, "GET", path, there)
        yield from (_api_step(reader, thing, verb, "imports") for verb in IMPORT_STEPS)
    for thing in of(land, "excess_card"):
        yield from (_api_step(reader, thing, verb, "excess") for verb in EXCESS_STEPS)


def _api_step(reader: Reader, thing: Thing, verb: str, folder: str) -> Case:
    done = _does(reader, thing, verb)
    inside = (200,) if done else (403,) if sees(reader, thing) else (404,)
    body = {"reason": REASON} | ({"seen": seen_of(thing.id)} if verb == "apply" else {})
    target = (IMPORT_STEPS | EXCESS_STEPS)[verb] if done else thing.state
    return Case(
        f"POST real-name/{folder}/<identity>/<verb>", reader, "POST", f"/api/v1/real-name/{folder}/{thing.id}/{verb}",
        door(reader, "subscriber.read", inside), body, True, key(), thing=thing, target=target, writes=done,
    )  # fmt: skip


NAMED = {
    pages: (
        "subscribers:home", "subscribers:rates", "subscribers:imports", "subscribers:import", "subscribers:excess",
        "subscribers:card",
    ),
    writes: (
        "subscribers:imports", "subscribers:import_step", "subscribers:bad_rows", "subscribers:card_step",
        "subscribers:publish", "subscribers:revise",
    ),
    api: (
        "GET real-name/rates", "GET real-name/imports", "POST real-name/imports", "GET real-name/imports/<identity>",
        "POST real-name/imports/<identity>/<verb>", "GET real-name/excess",
        "POST real-name/excess/<identity>/<verb>",
    ),
}  # fmt: skip
"""Who makes the cases of which addresses."""
