"""Re-registration: campaigns and files with canaries, and the cases of its interface for programs."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from django.utils import timezone
from tests.matrix.asking import Case
from tests.matrix.country import Country
from tests.matrix.declared_cases import OUTSIDE, REASON, door, gate, key, of, to_login
from tests.matrix.oracle import Thing, may, sees
from tests.matrix.tree import Reader, entitled

from haodun.offices.sheets.services import Kind, file_of
from haodun.registry.reregistration import sheets
from haodun.registry.reregistration.models import Card, HolderNotice, Recording, Target
from haodun.registry.reregistration.services import NewCampaign, draft_campaign
from haodun.registry.subscribers.models import HolderInterval

AT = ("carrierA32", "carrierA33", "carrierB32")


def rows(land: Country) -> None:
    """At each carrier a campaign that awaits its approval, and a file; the bureau of the place reads the campaign."""
    for at in AT:
        readers = entitled(at, f"bureau{at[-2:]}")
        new = NewCampaign(title=land.word("reregistration", at, readers), starts_on=timezone.localdate())
        made = draft_campaign(land.actor("carrier_compliance", at), new, key=uuid.uuid4().hex)
        by = frozenset({f"carrier_compliance@{at}"})
        land.things.append(Thing("reregistration", str(made), at, "DRAFT", readers, by))
        land.things.append(_sheet(land, at, entitled(at)))
        _records(land, at, made, readers)


def _records(land: Country, at: str, campaign: uuid.UUID, readers: frozenset[str]) -> None:
    """A card that is through with it, its notice, its recording, a target: rows for the walls of each table."""
    held = HolderInterval.objects.filter(carrier=land.places[at])[0]
    now, ids = timezone.now(), sorted(land.places[one].id for one in readers)
    card = Card.objects.create(
        campaign_id=campaign, interval=held, number=held.number, state="REGISTERED", version=1, created_at=now,
        readers=ids,
    )  # fmt: skip
    HolderNotice.objects.create(card=card, step="NOTIFIED", behind=0, created_at=now, handed_over_at=now, readers=ids)
    Recording.objects.create(
        interval=held, organisation=land.places[at], since=now, possession="card", before_status="none",
        recorded_by=land.user("carrier_compliance", at).pk, state="RECORDED", version=1, created_at=now, readers=ids,
    )  # fmt: skip
    Target.objects.create(
        dimension="carrier", key=str(land.places[at].id), basis_points=9_900, due=timezone.localdate(), version=1,
        reason=land.word("reregistration", at, readers, "target"), organisation=land.places[at], set_at=now,
        readers=ids,
    )  # fmt: skip


def _sheet(land: Country, at: str, readers: frozenset[str]) -> Thing:
    """A file whose one row is about nobody's number; what stands in it is nobody's to read."""
    name = land.word("hidden", at, frozenset(), "shown")
    titles = ["号码", "姓名或单位名称", "证件号码", "号码核实方式"]
    file = file_of(Kind.CSV, titles, [["13700009999", name, "11010519491231002X", "card"]])
    made = sheets.upload(land.actor("carrier_compliance", at), file, key=uuid.uuid4().hex)
    sheets.check(made)
    return Thing("rereg_sheet", str(made), at, "CHECKED", readers, frozenset({f"carrier_compliance@{at}"}))


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


def counter(land: Country, reader: Reader) -> Iterator[Case]:
    """A holder whose number is none; files: list, each, an upload without a file, discarding."""
    edits = may(reader, "subscriber.edit")
    typed = {"number": "12", "name": "张三", "document_kind": "resident", "document": "1", "possession": "card"}
    yield Case(
        "POST reregistered", reader, "POST", "/api/v1/reregistered", door(reader, "subscriber.edit", (422,)), typed,
        json=True, headers=key(),
    )  # fmt: skip
    root = "/api/v1/reregistration-sheets"
    yield Case("GET reregistration-sheets", reader, "GET", root, door(reader, "subscriber.read"))
    without = (401,) if reader in OUTSIDE else (422,)
    yield Case("POST reregistration-sheets", reader, "POST", root, without, {}, headers=key())
    for thing in of(land, "rereg_sheet"):
        there = door(reader, "subscriber.read", (200,) if sees(reader, thing) else (404,))
        yield Case("GET reregistration-sheets/<identity>", reader, "GET", f"{root}/{thing.id}", there)
        done = edits and sees(reader, thing)
        inside = (200,) if done else (403,) if sees(reader, thing) else (404,)
        yield Case(
            "POST reregistration-sheets/<identity>/<verb>", reader, "POST", f"{root}/{thing.id}/discard",
            door(reader, "subscriber.read", inside), {"reason": REASON}, json=True, headers=key(), thing=thing,
            target="DISCARDED" if done else thing.state, writes=done,
        )  # fmt: skip


def campaign_pages(land: Country, reader: Reader) -> Iterator[Case]:
    """The queue, the forms, targets, each campaign and its approval, each file."""
    login = to_login(reader)
    for name, path, what in (
        ("home", "", "reregistration.read"), ("home", "?tab=all", "reregistration.read"),
        ("new", "new/", "reregistration.plan"), ("targets", "targets/", "reregistration.read"),
        ("record", "record/", "subscriber.edit"), ("sheets", "sheets/", "subscriber.read"),
    ):  # fmt: skip
        yield Case(f"reregistration:{name}", reader, "GET", f"/reregistration/{path}", gate(reader, what), to=login)
    for thing in of(land, "reregistration"):
        there = (200,) if sees(reader, thing) else (404,)
        path = f"/reregistration/{thing.id}/"
        yield Case(
            "reregistration:campaign", reader, "GET", path, gate(reader, "reregistration.read", there), to=login,
            thing=thing,
        )  # fmt: skip
    for thing in of(land, "rereg_sheet"):
        there = (200,) if sees(reader, thing) else (404,)
        path = f"/reregistration/sheets/{thing.id}/"
        yield Case(
            "reregistration:sheet", reader, "GET", path, gate(reader, "subscriber.read", there), to=login, thing=thing
        )  # fmt: skip


def campaign_writes(land: Country, reader: Reader) -> Iterator[Case]:
    """A draft, a holder and a target that are none; an approval unseen; each end; a file discarded, its bad rows."""
    yield Case(
        "reregistration:new", reader, "POST", "/reregistration/new/", gate(reader, "reregistration.plan", (422,)),
        {"title": ""}, to=to_login(reader),
    )  # fmt: skip
    yield Case(
        "reregistration:record", reader, "POST", "/reregistration/record/", gate(reader, "subscriber.edit", (422,)),
        {"number": "12"}, to=to_login(reader),
    )  # fmt: skip
    sets = may(reader, "reregistration.approve") and reader.at.startswith(("ministry", "bureau"))
    yield Case(
        "reregistration:targets", reader, "POST", "/reregistration/targets/",
        gate(reader, "reregistration.read", (422,) if sets else (403,)), {"about": "x"}, to=to_login(reader),
    )  # fmt: skip
    without = gate(reader, "subscriber.read", (422,) if may(reader, "subscriber.edit") else (403,))
    yield Case("reregistration:sheets", reader, "POST", "/reregistration/sheets/", without, {}, to=to_login(reader))
    for thing in of(land, "reregistration"):
        page, seen = f"/reregistration/{thing.id}/", sees(reader, thing)
        unseen = (422, 302) if seen else (404,)
        yield Case(
            "reregistration:approve", reader, "POST", f"{page}approve/", gate(reader, "reregistration.read", unseen),
            {"seen": "0", "key": uuid.uuid4().hex}, to=to_login(reader), thing=thing, target=thing.state,
        )  # fmt: skip
        done = seen and may(reader, "reregistration.plan")
        inside = (302,) if done else (422,) if seen else (404,)
        yield Case(
            "reregistration:step", reader, "POST", f"{page}step/end/", gate(reader, "reregistration.read", inside),
            {"reason": REASON, "key": uuid.uuid4().hex}, to=to_login(reader, page), thing=thing,
            target="ENDED" if done else thing.state, writes=done,
        )  # fmt: skip
    for thing in of(land, "rereg_sheet"):
        page, seen = f"/reregistration/sheets/{thing.id}/", sees(reader, thing)
        done = seen and may(reader, "subscriber.edit")
        inside = (302,) if done else (422,) if seen else (404,)
        yield Case(
            "reregistration:sheet_step", reader, "POST", f"{page}discard/", gate(reader, "subscriber.read", inside),
            {"reason": REASON, "key": uuid.uuid4().hex}, to=to_login(reader, page), thing=thing,
            target="DISCARDED" if done else thing.state, writes=done,
        )  # fmt: skip
        back = gate(reader, "subscriber.edit", (200,) if seen else (404,))
        yield Case(
            "reregistration:bad_rows", reader, "POST", f"{page}bad/", back, {}, to=to_login(reader), writes=done
        )  # fmt: skip


NAMED = {
    campaign_pages: (
        "reregistration:home", "reregistration:new", "reregistration:targets", "reregistration:record",
        "reregistration:sheets", "reregistration:campaign", "reregistration:sheet",
    ),
    campaign_writes: (
        "reregistration:new", "reregistration:record", "reregistration:targets", "reregistration:sheets",
        "reregistration:approve", "reregistration:step", "reregistration:sheet_step", "reregistration:bad_rows",
    ),
    counter: (
        "POST reregistered", "GET reregistration-sheets", "POST reregistration-sheets",
        "GET reregistration-sheets/<identity>", "POST reregistration-sheets/<identity>/<verb>",
    ),
    reregistrations: (
        "GET reregistrations", "GET reregistrations/<identity>", "GET reregistrations/<identity>/preview",
        "POST reregistrations/<identity>/<verb>", "POST reregistrations", "GET real-name-targets",
        "POST real-name-targets",
    ),
}  # fmt: skip
"""Who makes the cases of which addresses."""
