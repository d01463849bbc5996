"""Re-registration: campaigns with canaries, and the cases of its interface for programs."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from django.utils import timezone
from tests.matrix.asking import Case
from tests.matrix.country import Country
from tests.matrix.declared_cases import REASON, door, key, of
from tests.matrix.oracle import Thing, may, sees
from tests.matrix.tree import Reader, entitled

from haodun.registry.reregistration.services import NewCampaign, draft_campaign

AT = ("carrierA32", "carrierA33", "carrierB32")


def rows(land: Country) -> None:
    """At each carrier a campaign that awaits its approval."""
    for at in AT:
        readers = entitled(at)
        new = NewCampaign(title=land.word("reregistration", at, readers), starts_on=timezone.localdate())
        made = draft_campaign(land.actor("carrier_compliance", at), new, key=uuid.uuid4().hex)
        by = frozenset({f"carrier_compliance@{at}"})
        land.things.append(Thing("reregistration", str(made), at, "DRAFT", readers, by))


def reregistrations(land: Country, reader: Reader) -> Iterator[Case]:
    """Lists, each campaign, its preview, its end, a draft, targets."""
    root = "/api/v1/reregistrations"
    yield Case("GET reregistrations", reader, "GET", root, door(reader, "reregistration.read"))
    for thing in of(land, "reregistration"):
        there = (200,) if sees(reader, thing) else (404,)
        gate = door(reader, "reregistration.read", there)
        yield Case("GET reregistrations/<identity>", reader, "GET", f"{root}/{thing.id}", gate)
        yield Case("GET reregistrations/<identity>/preview", reader, "GET", f"{root}/{thing.id}/preview", gate)
        done = sees(reader, thing) and may(reader, "reregistration.plan")
        inside = (200,) if done else (403,) if sees(reader, thing) else (404,)
        yield Case(
            "POST reregistrations/<identity>/<verb>", reader, "POST", f"{root}/{thing.id}/end",
            door(reader, "reregistration.read", inside), {"reason": REASON}, json=True, headers=key(), thing=thing,
            target="ENDED" if done else thing.state, writes=done,
        )  # fmt: skip
    body = {"title": " ", "starts_on": timezone.localdate().isoformat()}
    yield Case(
        "POST reregistrations", reader, "POST", root, door(reader, "reregistration.plan", (422,)), body, json=True,
        headers=key(),
    )  # fmt: skip
    targets = "/api/v1/real-name-targets"
    yield Case("GET real-name-targets", reader, "GET", targets, door(reader, "reregistration.read"))
    wrong = {"dimension": "province", "key": "", "basis_points": 9600, "due": "2016-10-31", "reason": REASON}
    yield Case(
        "POST real-name-targets", reader, "POST", targets, door(reader, "reregistration.approve", (422,)), wrong,
        json=True,
    )  # fmt: skip


NAMED = {
    reregistrations: (
        "GET reregistrations", "GET reregistrations/<identity>", "GET reregistrations/<identity>/preview",
        "POST reregistrations/<identity>/<verb>", "POST reregistrations", "GET real-name-targets",
        "POST real-name-targets",
    ),
}  # fmt: skip
"""Who makes the cases of which addresses."""
