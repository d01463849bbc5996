"""Key services, agents and the blacklist for programs: `/api/v1/key-services`, `/api/v1/agents`, `/api/v1/blacklist`.

A number, code or document never stands in an address: what is asked about them is asked by POST.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any, Literal

from django.http import Http404, HttpRequest
from ninja import Field, Router, Schema, Status
from ninja.errors import HttpError
from ninja.security import django_auth

from haodun.numbering import mask
from haodun.offices.organisations.services import Permission
from haodun.offices.transitions.on_api import CODES, Problem, key_of, problem, reader_of
from haodun.offices.transitions.services import Refused, Table
from haodun.registry.key_services import queries
from haodun.registry.key_services.access import row_or_404
from haodun.registry.key_services.blacklist import is_listed
from haodun.registry.key_services.models import Agent, Listing, Service
from haodun.registry.key_services.other_states import AGENT, LISTING
from haodun.registry.key_services.services import apply, preview_step, take
from haodun.registry.key_services.states import TABLE
from haodun.registry.key_services.values import (
    MAX_LANDING,
    MAX_NAME,
    MAX_NOTE,
    MAX_USE,
    ApplicantKind,
    Application,
    Channel,
    PersonSeen,
    ServiceKind,
)

router = Router(tags=["registry"], auth=django_auth)
Verb = Literal[
    "verify", "refuse", "activate", "check", "flag", "dismiss", "order_rectification", "rectify", "accept", "send_back",
    "suspend", "resume", "close",
]  # fmt: skip
Radiant = Literal["suspend", "close"]
AgentVerb = Literal["find_breach", "revoke", "dismiss"]
ListingVerb = Literal["list", "keep", "remove", "decline", "ask_review"]


class ServiceOut(Schema):
    """One service; its number masked, no person."""

    id: uuid.UUID
    kind: str
    number: str
    applicant: str
    uscc: str
    use: str
    state: str
    defect: str
    version: int
    created_at: datetime
    moved_at: datetime
    closed_at: datetime | None


class ServicePage(Schema):
    """A page; `next` is the cursor of the one after it, '' at the end."""

    items: list[ServiceOut]
    next: str


class PersonIn(Schema):
    """A person whose document was looked at."""

    name: str = Field("", max_length=60)
    document: str = Field("", max_length=20)


class ApplicationIn(Schema):
    """What a carrier's own shop takes down (notice 452 art. 7)."""

    kind: ServiceKind
    number: str = Field(max_length=32)
    applicant: str = Field(max_length=MAX_NAME)
    uscc: str = Field(max_length=18)
    applicant_kind: ApplicantKind = ApplicantKind.ORGANISATION
    channel: Channel = Channel.OWN_SHOP
    legal: PersonIn
    handler: PersonIn
    use: str = Field(max_length=MAX_USE)
    landing: list[str] = Field(max_length=MAX_LANDING)
    resold: bool = False
    licence: str = Field("", max_length=60)
    licence_until: date | None = None


class StepIn(Schema):
    """A step: why; for a flag the defect, for a breach its kind, each with what shows it; for suspend and close the
    digest of the blast radius that was seen."""

    reason: str = Field("", max_length=400)
    defect: str = Field("", max_length=20)
    breach: str = Field("", max_length=24)
    note: str = Field("", max_length=MAX_NOTE)
    seen: str | None = None
    version: int | None = None


class StepOut(Schema):
    """What became of the row."""

    id: uuid.UUID
    state: str
    version: int
    at: datetime


class PreviewOut(Schema):
    """What a step would hit now, and what stands against it ('' for nothing)."""

    numbers: int
    holders: int
    trusted: int
    seen: str
    refusal: str


class PartyOut(Schema):
    """An agent or listing: no person in clear."""

    id: uuid.UUID
    name: str
    uscc: str
    breach: str
    state: str
    version: int
    moved_at: datetime


class PartyPage(Schema):
    """A page; `next` is the cursor of the one after it, '' at the end."""

    items: list[PartyOut]
    next: str


class PartyIn(Schema):
    """A unified social credit code or a document number."""

    party: str = Field(max_length=32)


class ListedOut(Schema):
    """Whether it is listed, and since when."""

    listed: bool
    kind: str = ""
    breach: str = ""
    since: datetime | None = None


@router.get("key-services", response=ServicePage)
def key_services(request: HttpRequest, tab: str = "all", kind: str = "", after: str = "") -> ServicePage:
    """The services of a tab (take_on, flagged, close, active, gone, all) that the reader may see."""
    reader_of(request, Permission.SERVICE_READ)
    if tab not in (*queries.TABS, "all"):
        raise HttpError(422, f"tab is one of {', '.join((*queries.TABS, 'all'))}")
    found = queries.service_page(request.user, tab=tab, kind=kind, cursor=after[:200])
    return ServicePage(items=[_service(row) for row in found.rows], next=found.after)


@router.post("key-services", response={201: StepOut, CODES: Problem})
def take_on(request: HttpRequest, asked: ApplicationIn) -> Any:
    """Take on an application. Needs an Idempotency-Key header."""
    actor, key = reader_of(request, Permission.SERVICE_APPLY), key_of(request)
    given = asked.dict(exclude={"legal", "handler", "landing"})
    application = Application(
        **given,
        legal=PersonSeen(asked.legal.name, asked.legal.document),
        handler=PersonSeen(asked.handler.name, asked.handler.document),
        landing=tuple(asked.landing),
    )
    try:
        made = apply(actor, application, key=key)
    except Refused as refused:
        return problem(refused)
    row = Service.objects.get(id=made)
    return Status(201, StepOut(id=row.id, state=row.state, version=row.version, at=row.moved_at))


@router.get("key-services/{identity}", response=ServiceOut)
def key_service(request: HttpRequest, identity: uuid.UUID) -> ServiceOut:
    """One service that the reader may see."""
    reader_of(request, Permission.SERVICE_READ)
    return _service(_row(request, Service, identity))


@router.get("key-services/{identity}/preview/{verb}", response=PreviewOut)
def key_service_preview(request: HttpRequest, identity: uuid.UUID, verb: Radiant) -> PreviewOut:
    """What suspending or closing would hit now; `seen` goes back with the step."""
    actor = reader_of(request, Permission.SERVICE_READ)
    found = preview_step(actor, _row(request, Service, identity), verb)
    blast = found.blast
    return PreviewOut(
        numbers=blast.numbers if blast else 0,
        holders=blast.holders if blast else 0,
        trusted=blast.trusted if blast else 0,
        seen=blast.digest() if blast else "",
        refusal=found.refusal.code if found.refusal else "",
    )


@router.post("key-services/{identity}/{verb}", response={200: StepOut, CODES: Problem})
def key_service_step(request: HttpRequest, identity: uuid.UUID, verb: Verb, asked: StepIn) -> Any:
    """Take a step of the table of key services."""
    return _step(request, Permission.SERVICE_READ, TABLE, _row(request, Service, identity), verb, asked)


@router.get("agents", response=PartyPage)
def agents(request: HttpRequest, tab: str = "all", after: str = "") -> PartyPage:
    """The agents that the reader may see, newest step first."""
    reader_of(request, Permission.AGENT_READ)
    found = queries.agents(request.user, tab=tab, cursor=after[:200])
    return PartyPage(items=[_party(row, row.name) for row in found.rows], next=found.after)


@router.post("agents/{identity}/{verb}", response={200: StepOut, CODES: Problem})
def agent_step(request: HttpRequest, identity: uuid.UUID, verb: AgentVerb, asked: StepIn) -> Any:
    """Take a step of the table of agents."""
    return _step(request, Permission.AGENT_READ, AGENT, _row(request, Agent, identity), verb, asked)


@router.get("blacklist", response=PartyPage)
def blacklist(request: HttpRequest, tab: str = "listed", after: str = "") -> PartyPage:
    """The listings that the reader may see, newest step first."""
    reader_of(request, Permission.BLACKLIST_READ)
    found = queries.listings(request.user, tab=tab, cursor=after[:200])
    return PartyPage(items=[_party(row, row.masked) for row in found.rows], next=found.after)


@router.post("blacklist/check", response=ListedOut)
def check(request: HttpRequest, asked: PartyIn) -> ListedOut:
    """Whether a firm or person stands on the blacklist."""
    reader_of(request, Permission.BLACKLIST_READ)
    found = is_listed(asked.party)
    if found is None:
        return ListedOut(listed=False)
    return ListedOut(listed=True, kind=found.kind.value, breach=found.breach.value, since=found.since)


@router.post("blacklist/{identity}/{verb}", response={200: StepOut, CODES: Problem})
def listing_step(request: HttpRequest, identity: uuid.UUID, verb: ListingVerb, asked: StepIn) -> Any:
    """Take a step of the table of listings."""
    return _step(request, Permission.BLACKLIST_READ, LISTING, _row(request, Listing, identity), verb, asked)


def _row(request: HttpRequest, model: Any, identity: uuid.UUID) -> Any:
    reading = {Service: Permission.SERVICE_READ, Agent: Permission.AGENT_READ, Listing: Permission.BLACKLIST_READ}
    reader_of(request, reading[model])
    try:
        return row_or_404(request, model, identity)
    except Http404:
        raise HttpError(404, "no such row in your reach") from None


def _step(request: HttpRequest, permission: Permission, table: Table, row: Any, verb: str, asked: StepIn) -> Any:
    actor, key = reader_of(request, permission), key_of(request)
    data = {name: value for name in ("defect", "breach", "note") if (value := getattr(asked, name))}
    try:
        done = take(
            actor, [row.id], verb, table=table, key=key, reason=asked.reason, data=data, seen=asked.seen,
            version=asked.version,
        )[0]  # fmt: skip
    except Refused as refused:
        return problem(refused)
    return Status(200, StepOut(id=done.id, state=done.to_state, version=done.version, at=done.at))


def _service(row: Service) -> ServiceOut:
    names = ("id", "kind", "applicant", "uscc", "use", "state", "defect", "version", "created_at", "moved_at")
    given = {name: getattr(row, name) for name in names}
    return ServiceOut(**given, number=mask(f"+{row.number}"), closed_at=row.closed_at)


def _party(row: Any, name: str) -> PartyOut:
    names = ("id", "uscc", "breach", "state", "version", "moved_at")
    return PartyOut(name=name, **{field: getattr(row, field) for field in names})
