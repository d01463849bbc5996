"""Cases of resellers: rows with canaries before and after the notice, and the cases of every address."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from django.utils import timezone
from tests.matrix.asking import Case
from tests.matrix.country import Country
from tests.matrix.declared_cases import REASON, door, gate, key, of, to_login
from tests.matrix.oracle import Thing, may, sees
from tests.matrix.tree import Reader, above, entitled

from haodun.registry.resellers.services import Inspection, Sample, Way, record_inspection, send_proof, take

OFFICES = {"bureau32": "carrierA32", "bureau33": "carrierA33"}
"""Who inspected → whose network the reseller uses there."""
STATES = ("RECORDED", "NOTIFIED", "SUPPLY_ORDERED")


def rows(land: Country) -> None:
    """At each bureau a case it alone knows, one with a notice and a proof, one whose supply is to be stopped."""
    land.things += [_case(land, at, host, state) for at, host in OFFICES.items() for state in STATES]


def _case(land: Country, at: str, host: str, state: str) -> Thing:
    told = state != "RECORDED"
    readers = entitled(at, host, "reseller") if told else entitled(at)
    evidence = land.word("reseller_case", at, readers, state)
    seen = Inspection(
        land.places["reseller"].id, land.places[host].id, Way.COVERT, timezone.localdate(), Sample(1_000, 913, evidence)
    )
    officer = land.actor("bureau_officer", at)
    made = record_inspection(officer, seen, key=uuid.uuid4().hex)
    proof = ""
    if told:
        take(officer, [made], "notify", key=uuid.uuid4().hex)
        words = land.word("reseller_case", at, readers, f"proof {state}")
        proof = str(send_proof(land.actor("reseller_officer", "reseller"), made, words))
    if state == "SUPPLY_ORDERED":
        take(land.actor("bureau_approver", at), [made], "stop_supply", key=uuid.uuid4().hex, reason=REASON)
    by = frozenset({f"bureau_officer@{at}"})
    return Thing("reseller_case", str(made), at, state, readers, by, units=frozenset({host}), more={"proof": proof})


def _inspects(reader: Reader, thing: Thing) -> bool:
    return reader.at in above(thing.owner)


def pages(land: Country, reader: Reader) -> Iterator[Case]:
    """The queue, the form, each case."""
    for name, path, what in (("home", "", "read"), ("home", "?tab=all", "read"), ("new", "new/", "inspect")):
        yield Case(
            f"resellers:{name}", reader, "GET", f"/resellers/{path}", gate(reader, f"reseller.{what}"),
            to=to_login(reader),
        )  # fmt: skip
    for thing in of(land, "reseller_case"):
        there = (200,) if sees(reader, thing) else (404,)
        yield Case(
            "resellers:case", reader, "GET", f"/resellers/{thing.id}/", gate(reader, "reseller.read", there),
            to=to_login(reader), thing=thing,
        )  # fmt: skip


def steps(land: Country, reader: Reader) -> Iterator[Case]:
    """Notice, stop, confirmation; a proof; a re-check."""
    for thing in of(land, "reseller_case"):
        yield _step(reader, thing)
        here, seen = f"/resellers/{thing.id}/", sees(reader, thing)
        done = seen and reader.at == "reseller" and may(reader, "reseller.answer")
        inside = (302,) if done else (422,) if seen else (404,)
        yield Case(
            "resellers:prove", reader, "POST", f"{here}proof/", gate(reader, "reseller.answer", inside),
            {"words": REASON}, to=to_login(reader, here), thing=thing, writes=done,
        )  # fmt: skip
        if thing.more["proof"]:
            done = seen and may(reader, "reseller.inspect") and _inspects(reader, thing)
            inside = (302,) if done else (422,) if seen else (404,)
            yield Case(
                "resellers:check", reader, "POST", f"/resellers/proofs/{thing.more['proof']}/",
                gate(reader, "reseller.inspect", inside), {"size": "10", "compliant": "10", "evidence": REASON},
                to=to_login(reader, here), thing=thing, writes=done,
            )  # fmt: skip


def _step(reader: Reader, thing: Thing) -> Case:
    verb, permission, target = {
        "RECORDED": ("notify", "reseller.inspect", "NOTIFIED"),
        "NOTIFIED": ("stop_supply", "reseller.stop", "SUPPLY_ORDERED"),
        "SUPPLY_ORDERED": ("confirm", "reseller.answer", "SUPPLY_STOPPED"),
    }[thing.state]
    theirs = reader.at in thing.units if verb == "confirm" else _inspects(reader, thing)
    second = verb != "stop_supply" or reader.name not in thing.by
    done = may(reader, permission) and sees(reader, thing) and theirs and second
    inside = (302,) if done else (422,) if sees(reader, thing) else (404,)
    here = f"/resellers/{thing.id}/"
    return Case(
        "resellers:step", reader, "POST", f"{here}step/{verb}/", gate(reader, "reseller.read", inside),
        {"reason": REASON, "key": uuid.uuid4().hex}, to=to_login(reader, here), thing=thing,
        target=target if done else thing.state, writes=done,
    )  # fmt: skip


def api(land: Country, reader: Reader) -> Iterator[Case]:
    """The interface for programs."""
    root = "/api/v1/reseller-cases"
    yield Case("GET reseller-cases", reader, "GET", root, door(reader, "reseller.read"))
    nobody = {
        "reseller": str(uuid.uuid4()), "host": str(uuid.uuid4()), "way": "sample", "inspected_on": "2026-01-05",
        "sample": 10, "compliant": 9, "evidence": REASON,
    }  # fmt: skip
    yield Case(
        "POST reseller-cases", reader, "POST", root, door(reader, "reseller.inspect", (422,)), nobody, json=True,
        headers=key(),
    )  # fmt: skip
    for thing in of(land, "reseller_case"):
        seen, path = sees(reader, thing), f"{root}/{thing.id}"
        there = (200,) if seen else (404,)
        yield Case("GET reseller-cases/<identity>", reader, "GET", path, door(reader, "reseller.read", there))
        done = seen and reader.at == "reseller" and may(reader, "reseller.answer")
        inside = (201,) if done else (422,) if seen else (404,)
        yield Case(
            "POST reseller-cases/<identity>/proofs", reader, "POST", f"{path}/proofs",
            door(reader, "reseller.answer", inside), {"words": REASON}, json=True, thing=thing, writes=done,
        )  # fmt: skip
        by_page = _step(reader, thing)
        done = by_page.writes
        answers = (200,) if done else (403, 409, 422) if seen else (404,)
        verb = by_page.path.rstrip("/").rpartition("/")[2]
        yield Case(
            "POST reseller-cases/<identity>/<verb>", reader, "POST", f"{path}/{verb}",
            door(reader, "reseller.read", answers), {"reason": REASON}, json=True, headers=key(), thing=thing,
            target=by_page.target, writes=done,
        )  # fmt: skip


NAMED = {
    pages: ("resellers:home", "resellers:new", "resellers:case"),
    steps: ("resellers:step", "resellers:prove", "resellers:check"),
    api: (
        "GET reseller-cases", "POST reseller-cases", "GET reseller-cases/<identity>",
        "POST reseller-cases/<identity>/proofs", "POST reseller-cases/<identity>/<verb>",
    ),
}  # fmt: skip
"""Who makes the cases of which addresses."""
