"""Key services, agents, the blacklist: rows with canaries, and the cases of every address."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache

from django.utils import timezone
from tests.matrix.asking import Case
from tests.matrix.country import Country
from tests.matrix.declared_cases import OUTSIDE, REASON, door, gate, key, of, to_login
from tests.matrix.oracle import KEY_SERVICE_STEPS, Thing, may, moves, sees
from tests.matrix.tree import Reader, entitled

from haodun.offices.organisations.uscc import check_character
from haodun.offices.transitions.services import Actor
from haodun.registry.key_services.models import Landing, Service
from haodun.registry.key_services.services import (
    AGENT,
    LISTING,
    Application,
    Breach,
    PartyKind,
    PersonSeen,
    ServiceKind,
    apply,
    call_back,
    plan_campaign,
    preview_step,
    propose_listing,
    read_back,
    register_agent,
    register_existing,
    take,
)

LEGAL = PersonSeen("王建国", "11010519491231002X")
CARRIERS = ("carrierA32", "carrierA33", "carrierB32")
ABOVE = {"carrierA32": "bureau32", "carrierA33": "bureau33", "carrierB32": "groupB"}
SHARED = frozenset(("ministry", "bureau32", "bureau33", "groupB", "carrierA32", "carrierA33", "carrierB32", "reseller"))
"""Everybody who takes on users or watches over those who do, and all above them."""
_serial = iter(range(1, 1_000))


def code() -> str:
    body = f"9132{next(_serial):013d}"
    return body + check_character(body)


def rows(land: Country) -> None:
    """At each carrier: applied for, flagged, suspended; an agent revoked and one at work; listings; a draft."""
    for at in CARRIERS:
        land.things += [_service(land, at, state) for state in ("APPLIED", "FLAGGED", "SUSPENDED")]
        land.things += [_agent(land, at, state) for state in ("ACTIVE", "REVOKED")]
        land.things += [_listing(land, at, state) for state in ("PROPOSED", "LISTED")]
        land.things.append(_campaign(land, at))


def _watched(at: str) -> frozenset[str]:
    """Who reads a carrier's services and agents: itself, those above it, the bureau of its province."""
    return entitled(at, f"bureau{at[-2:]}")


def _service(land: Country, at: str, state: str) -> Thing:
    readers = _watched(at)
    serial = next(_serial)
    actor, other = land.actor("carrier_compliance", at), _other(land, at)
    given = Application(
        kind=ServiceKind.SERVICE_400,
        number=f"4007{serial:06d}",
        applicant=land.word("service", at, readers, state) + "公司",
        uscc=code(),
        legal=PersonSeen(land.word("hidden", at, frozenset(), "legal", state), LEGAL.document),
        handler=LEGAL,
        use=land.word("service", at, readers, "use", state),
        landing=(f"025831{serial:05d}",),
        existing_since=None if state == "APPLIED" else datetime(2015, 1, 1, tzinfo=UTC),
    )
    by = frozenset({f"carrier_compliance@{at}"})
    if state == "APPLIED":
        made = apply(actor, given, key=uuid.uuid4().hex)
        landing = Landing.objects.get(service=made)
        assert read_back(actor, landing.id, call_back(actor, landing.id))
        return Thing("key_service", str(made), at, state, readers, by, more={"landing": str(landing.id)})
    made = register_existing(actor, given, key=uuid.uuid4().hex)
    note = land.word("service", at, readers, "note", state)
    take(other[0], [made], "flag", key=uuid.uuid4().hex, data={"defect": "false", "note": note})
    if state == "SUSPENDED":
        row = Service.objects.get(id=made)
        blast = preview_step(other[0], row, "suspend").blast
        assert blast is not None
        take(other[0], [made], "suspend", key=uuid.uuid4().hex, reason=note, seen=blast.digest())
    return Thing("key_service", str(made), at, state, readers, frozenset({other[1]}))


def _other(land: Country, at: str) -> tuple[Actor, str]:
    """Who flags: the bureau above, or the carrier where there is none in the cast."""
    above = ABOVE[at]
    role = "bureau_officer" if above.startswith("bureau") else "carrier_compliance"
    return land.actor(role, above), f"{role}@{above}"


def _agent(land: Country, at: str, state: str) -> Thing:
    readers = _watched(at)
    actor = land.actor("carrier_compliance", at)
    name = land.word("agent", at, readers, state)
    made = register_agent(
        actor, name=name, uscc=code(), legal=PersonSeen("", ""), committed_on=date(2024, 1, 1), key=uuid.uuid4().hex
    )
    if state == "REVOKED":
        note = land.word("agent", at, readers, "note")
        data = {"breach": "card_farming", "note": note}
        take(actor, [made], "find_breach", table=AGENT, key=uuid.uuid4().hex, data=data)
        take(actor, [made], "revoke", table=AGENT, key=uuid.uuid4().hex, reason=note)
    return Thing("agent", str(made), at, state, readers, frozenset({f"carrier_compliance@{at}"}))


def _listing(land: Country, at: str, state: str) -> Thing:
    readers = entitled(at) if state == "PROPOSED" else entitled(at) | SHARED
    name = land.word("listing", at, readers, state)
    made = propose_listing(
        land.actor("carrier_compliance", at),
        kind=PartyKind.FIRM,
        name=name,
        uscc=code(),
        breach=Breach.FRAUD_USE,
        note=land.word("listing", at, readers, "note", state),
        key=uuid.uuid4().hex,
    )
    by = frozenset({f"carrier_compliance@{at}"})
    if state == "LISTED":
        take(land.actor("supervisor", "ministry"), [made], "list", table=LISTING, key=uuid.uuid4().hex)
        by |= {"supervisor@ministry"}
    return Thing("listing", str(made), at, state, readers, by)


def _campaign(land: Country, at: str) -> Thing:
    readers = entitled(at)
    made = plan_campaign(
        land.actor("carrier_compliance", at),
        name=land.word("campaign", at, readers),
        kinds=["400"],
        opened_before=date(2016, 11, 7),
        deadline=timezone.localdate() + timedelta(days=30),
        key=uuid.uuid4().hex,
    )
    return Thing("campaign", str(made), at, "DRAFT", readers, frozenset({f"carrier_compliance@{at}"}))


LISTS = (
    ("home", "key-services/", "service.read"), ("involved", "key-services/involved/", "service.read"),
    ("campaigns", "key-services/campaigns/", "service.read"), ("agents", "agents/", "agent.read"),
    ("blacklist", "blacklist/", "blacklist.read"), ("new", "key-services/new/", "service.apply"),
    ("existing", "key-services/existing/", "service.apply"), ("import", "key-services/import/", "service.apply"),
    ("campaign_new", "key-services/campaigns/new/", "service.flag"), ("agent_new", "agents/new/", "agent.edit"),
    ("listing_new", "blacklist/new/", "blacklist.edit"),
)  # fmt: skip
CASES = (
    ("key_service", "service", "key-services/{}/", "service.read"),
    ("campaign", "campaign", "key-services/campaigns/{}/", "service.read"),
    ("agent", "agent", "agents/{}/", "agent.read"),
    ("listing", "listing", "blacklist/{}/", "blacklist.read"),
)


def pages(land: Country, reader: Reader) -> Iterator[Case]:
    """Lists, forms and the page of each row; the sheets of consequences."""
    for name, path, what in LISTS:
        for tab in ("", "?tab=all"):
            yield Case(f"key_services:{name}", reader, "GET", f"/{path}{tab}", gate(reader, what), to=to_login(reader))
    for kind, name, path, what in CASES:
        for thing in of(land, kind):
            there = (200,) if sees(reader, thing) else (404,)
            yield Case(
                f"key_services:{name}", reader, "GET", f"/{path.format(thing.id)}", gate(reader, what, there),
                to=to_login(reader), thing=thing,
            )  # fmt: skip
    for thing in of(land, "key_service"):
        there = (200,) if sees(reader, thing) else (404,)
        for name, path, what in (("sheet", "sheet/suspend/", "service.read"), ("amend", "amend/", "service.apply")):
            yield Case(
                f"key_services:{name}", reader, "GET", f"/key-services/{thing.id}/{path}", gate(reader, what, there),
                to=to_login(reader), thing=thing,
            )  # fmt: skip


@cache
def seen_of(service: str, verb: str) -> str:
    """The digest that the sheet shows."""
    from haodun.offices.organisations.services import system
    from haodun.offices.transitions.services import SYSTEM

    with system():
        blast = preview_step(SYSTEM, Service.objects.get(id=service), verb).blast
    return blast.digest() if blast else ""


READS = {"key_service": "service.read", "campaign": "service.read", "agent": "agent.read", "listing": "blacklist.read"}
NAMES = {"key_service": "", "campaign": "campaign_", "agent": "agent_", "listing": "listing_"}
PATHS = {kind: path for kind, _name, path, _what in CASES}
BODIES = {"flag": {"measure": "false"}, "find_breach": {"measure": "card_farming"}}


def steps(land: Country, reader: Reader) -> Iterator[Case]:
    """Every step on every row that stands where it begins, with a valid body."""
    for kind, verbs in KEY_SERVICE_STEPS.items():
        for thing in of(land, kind):
            for verb, (_what, source, target) in verbs.items():
                if thing.state == source:
                    yield _step(reader, thing, verb, target)


def _step(reader: Reader, thing: Thing, verb: str, target: str) -> Case:
    done = moves(reader, verb, thing)
    inside = (302,) if done else (422,) if sees(reader, thing) else (404,)
    page = PATHS[thing.kind].format(thing.id)
    sheet = thing.kind == "key_service" and verb in ("suspend", "close")
    body = {"reason": REASON, "remark": REASON, "key": uuid.uuid4().hex, **BODIES.get(verb, {})}
    if sheet:
        body["seen"] = seen_of(thing.id, verb)
    name = "sheet" if sheet else f"{NAMES[thing.kind]}step"
    path = f"/{page}sheet/{verb}/" if sheet else f"/{page}{verb}/"
    return Case(
        f"key_services:{name}", reader, "POST", path, gate(reader, READS[thing.kind], inside), body,
        to=to_login(reader, f"/{page}"), thing=thing, target=target if done else thing.state, writes=done,
    )  # fmt: skip


def other_writes(land: Country, reader: Reader) -> Iterator[Case]:
    """Call backs, proposals of an agent, the check by POST, the export."""
    for thing in of(land, "key_service"):
        if "landing" not in thing.more:
            continue
        there = (422,) if sees(reader, thing) else (404,)  # it is proved already
        path = f"/key-services/landing/{thing.more['landing']}/call/"
        yield Case(
            "key_services:landing", reader, "POST", path, gate(reader, "service.verify", there), to=to_login(reader)
        )
    for thing in of(land, "agent"):
        done = thing.state == "REVOKED" and may(reader, "blacklist.edit") and sees(reader, thing)
        inside = (302,) if done else (422,) if sees(reader, thing) else (404,)
        yield Case(
            "key_services:agent_propose", reader, "POST", f"/agents/{thing.id}/propose/",
            gate(reader, "blacklist.edit", inside), {"key": uuid.uuid4().hex}, to=to_login(reader, "/blacklist/"),
            writes=done,
        )  # fmt: skip
    yield Case(
        "key_services:listing_check", reader, "POST", "/blacklist/check/", gate(reader, "blacklist.read"),
        {"party": "91320100000000000X"}, to=to_login(reader),
    )  # fmt: skip
    yield Case(
        "key_services:export", reader, "POST", "/key-services/export/", gate(reader, "service.read"),
        {"file": "csv", "tab": "all"}, to=to_login(reader),
        writes=reader not in OUTSIDE and may(reader, "service.read"),
    )  # fmt: skip


def api(land: Country, reader: Reader) -> Iterator[Case]:
    """The interface for programs."""
    for name, what in (("key-services", "service.read"), ("agents", "agent.read"), ("blacklist", "blacklist.read")):
        yield Case(f"GET {name}", reader, "GET", f"/api/v1/{name}", door(reader, what))
    for thing in of(land, "key_service"):
        there = (200,) if sees(reader, thing) else (404,)
        read = door(reader, "service.read", there)
        yield Case("GET key-services/<identity>", reader, "GET", f"/api/v1/key-services/{thing.id}", read)
        path = f"/api/v1/key-services/{thing.id}/preview/close"
        yield Case("GET key-services/<identity>/preview/<verb>", reader, "GET", path, read)
    for kind, name in (("key_service", "key-services"), ("agent", "agents"), ("listing", "blacklist")):
        for thing in of(land, kind):
            for verb, (_what, source, target) in KEY_SERVICE_STEPS[kind].items():
                if thing.state == source:
                    yield _api_step(reader, thing, verb, name, target)
    check = {"party": "91320100000000000X"}
    yield Case(
        "POST blacklist/check",
        reader,
        "POST",
        "/api/v1/blacklist/check",
        door(reader, "blacklist.read"),
        check,
        json=True,
    )
    body = {"kind": "400", "number": "4009999999", "applicant": "矩阵", "uscc": "x", "use": "矩阵", "landing": [],
            "legal": {}, "handler": {}}  # fmt: skip
    yield Case(
        "POST key-services", reader, "POST", "/api/v1/key-services", door(reader, "service.apply", (422,)), body,
        json=True, headers=key(),
    )  # fmt: skip


def _api_step(reader: Reader, thing: Thing, verb: str, name: str, target: str) -> Case:
    done = moves(reader, verb, thing)
    inside = (200,) if done else (403, 409, 422) if sees(reader, thing) else (404,)
    body = {"reason": REASON, "defect": "false", "breach": "card_farming", "note": REASON}
    if thing.kind == "key_service" and verb in ("suspend", "close"):
        body["seen"] = seen_of(thing.id, verb)
    return Case(
        f"POST {name}/<identity>/<verb>", reader, "POST", f"/api/v1/{name}/{thing.id}/{verb}",
        door(reader, READS[thing.kind], inside), body, json=True, headers=key(), thing=thing,
        target=target if done else thing.state, writes=done,
    )  # fmt: skip


NAMED = {
    pages: (
        *(f"key_services:{name}" for name, _path, _what in LISTS),
        *(f"key_services:{name}" for _kind, name, _path, _what in CASES),
        "key_services:sheet", "key_services:amend",
    ),
    steps: (
        "key_services:step", "key_services:campaign_step", "key_services:agent_step", "key_services:listing_step",
        "key_services:sheet",
    ),
    other_writes: (
        "key_services:landing", "key_services:agent_propose", "key_services:listing_check", "key_services:export",
    ),
    api: (
        "GET key-services", "GET agents", "GET blacklist", "GET key-services/<identity>",
        "GET key-services/<identity>/preview/<verb>", "POST key-services/<identity>/<verb>",
        "POST agents/<identity>/<verb>", "POST blacklist/<identity>/<verb>", "POST blacklist/check",
        "POST key-services",
    ),
}  # fmt: skip
"""Who makes the cases of which addresses."""
