"""Re-registration for programs: `/api/v1/reregistrations`, `/api/v1/real-name-targets`; no number is in an answer."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status
from ninja.errors import HttpError
from ninja.security import django_auth

from haodun.offices.organisations.services import Permission
from haodun.offices.transitions.on_api import CODES, Problem, key_of, problem, reader_of
from haodun.offices.transitions.paging import read_page
from haodun.offices.transitions.services import Refused
from haodun.registry.reregistration.forecast import WINDOW
from haodun.registry.reregistration.models import Campaign, Target
from haodun.registry.reregistration.planning import draft_campaign, preview_step, set_target, take
from haodun.registry.reregistration.reading import Standing, counts_of, plan_of, standings, told_of, versions_of
from haodun.registry.reregistration.schedule import STATES
from haodun.registry.reregistration.shop_api import router as shop_router
from haodun.registry.reregistration.values import MAX_TITLE, MAX_WAIT, Dimension, NewCampaign, NewTarget
from haodun.registry.restrictions.services import Radius

router = Router(tags=["registry"], auth=django_auth)
router.add_router("", shop_router)
METHOD = f"linear: (share now - share {WINDOW} days ago) / {WINDOW} a day, drawn on to the target; no date if <= 0"


class CampaignOut(Schema):
    """One campaign."""

    id: uuid.UUID
    title: str
    organisation: uuid.UUID
    reseller: uuid.UUID | None
    province: str
    starts_on: date
    remind_after: int
    one_way_after: int
    two_way_after: int
    release_after: int
    approved_at: datetime | None
    approved_numbers: int
    state: str
    version: int


class CampaignPage(Schema):
    """A page; `next` is the cursor of the one after it, '' at the end."""

    items: list[CampaignOut]
    next: str


class PlanRow(Schema):
    """How many cards would stand in each step at the end of a day, if nobody registered."""

    day: date
    cards: dict[str, int]


class ToldOut(Schema):
    """Notices of one step: given to the sender, waiting, and of these the ones whose last try failed."""

    step: str
    handed_over: int
    waiting: int
    failed: int
    failed_at: datetime | None


class CampaignWhole(CampaignOut):
    """A campaign with its cards by state, the notices about them and its plan."""

    cards: dict[str, int]
    told: list[ToldOut]
    plan: list[PlanRow]


class CampaignIn(Schema):
    """A campaign to be drafted; days from each step to the next."""

    title: str = Field(max_length=MAX_TITLE)
    starts_on: date
    reseller: uuid.UUID | None = None
    province: str = Field("", pattern="^([0-9]{2})?$")
    remind_after: int = Field(15, ge=1, le=MAX_WAIT)
    one_way_after: int = Field(15, ge=1, le=MAX_WAIT)
    two_way_after: int = Field(30, ge=1, le=MAX_WAIT)
    release_after: int = Field(60, ge=1, le=MAX_WAIT)


class StepIn(Schema):
    """`seen`: the digest of the blast radius, for `approve`; `reason`: for `end`."""

    version: int | None = None
    reason: str = Field("", max_length=400)
    seen: str = Field("", max_length=64)


class Made(Schema):
    """A campaign and the state it is in."""

    id: uuid.UUID
    state: str


class PreviewOut(Schema):
    """What approving would restrict if nobody registered; `why_not` is '' where it would go through."""

    why_not: str
    numbers: int
    holders: int
    persons: int
    organisations: int
    trusted: int
    provinces: dict[str, int]
    carriers: dict[str, int]
    seen: str


class TargetOut(Schema):
    """The newest version of a target, its gap and forecast over the registrations that the reader may see."""

    id: uuid.UUID
    dimension: str
    key: str
    basis_points: int
    due: date
    version: int
    reason: str
    as_of: date
    share: float | None
    """0 to 1; None: nothing to measure."""
    gap: float | None
    missing: int | None
    rate_a_day: float | None
    reached_on: date | None
    earliest: date | None
    latest: date | None
    """The range by the fastest and slowest part of the window; None: no date."""
    counted_numbers: int
    """Numbers that the reader may see, on which all of this rests."""
    method: str
    earlier: list[int]
    """Versions that it replaced."""


class TargetIn(Schema):
    """A target; `before`: the version that it replaces."""

    dimension: Dimension
    key: str = Field("", max_length=40)
    basis_points: int = Field(ge=1, le=10_000)
    due: date
    reason: str = Field(min_length=1, max_length=400)
    before: int | None = None


class TargetMade(Schema):
    """What was set."""

    id: uuid.UUID
    version: int


@router.get("reregistrations", response=CampaignPage)
def campaigns(request: HttpRequest, after: str = "") -> CampaignPage:
    """The campaigns that the reader may see, newest step first."""
    reader_of(request, Permission.REREGISTRATION_READ)
    rows = Campaign.objects.scoped_to(request.user)
    found = read_page(rows, by="moved_at", newest_first=True, cursor=after[:200])
    return CampaignPage(items=[CampaignOut(**_values(row)) for row in found.rows], next=found.after)


@router.post("reregistrations", response={201: Made, CODES: Problem})
def draft(request: HttpRequest, asked: CampaignIn) -> Any:
    """Draft a campaign over the cards of the actor's organisation. Needs an Idempotency-Key header."""
    actor, key = reader_of(request, Permission.REREGISTRATION_PLAN), key_of(request)
    try:
        made = draft_campaign(actor, NewCampaign(**asked.dict()), key=key)
    except Refused as refused:
        return problem(refused)
    return Status(201, Made(id=made, state=Campaign.objects.get(id=made).state))


@router.get("reregistrations/{identity}", response=CampaignWhole)
def campaign(request: HttpRequest, identity: uuid.UUID) -> CampaignWhole:
    """One campaign: its cards by state, and the plan if nobody registered."""
    reader_of(request, Permission.REREGISTRATION_READ)
    row = _row(request, identity)
    plan = [PlanRow(day=one.day, cards=dict(zip(STATES, one.counts, strict=True))) for one in plan_of(row)]
    told = [ToldOut(**asdict(one)) for one in told_of(row)]
    return CampaignWhole(**_values(row), cards=counts_of(row), told=told, plan=plan)


@router.get("reregistrations/{identity}/preview", response=PreviewOut)
def preview_approval(request: HttpRequest, identity: uuid.UUID) -> PreviewOut:
    """What approving would restrict, as counted now; `seen` goes back with the approval."""
    actor = reader_of(request, Permission.REREGISTRATION_READ)
    found = preview_step(actor, _row(request, identity), "approve")
    blast = found.blast or Radius(numbers=0)
    return PreviewOut(
        why_not=found.refusal.en if found.refusal else "",
        numbers=blast.numbers,
        holders=blast.holders,
        persons=getattr(blast, "persons", 0),
        organisations=getattr(blast, "organisations", 0),
        trusted=blast.trusted,
        provinces=dict(blast.provinces),
        carriers=dict(blast.carriers),
        seen=blast.digest() if found.blast else "",
    )


@router.post("reregistrations/{identity}/{verb}", response={200: Made, CODES: Problem})
def step(request: HttpRequest, identity: uuid.UUID, verb: Literal["approve", "start", "end"], asked: StepIn) -> Any:
    """Approve, start or end a campaign; approving needs a second proof and another person than who drafted it."""
    actor, key = reader_of(request, Permission.REREGISTRATION_READ), key_of(request)
    row = _row(request, identity)
    try:
        (done,) = take(
            actor, [row.id], verb, key=key, reason=asked.reason.strip(), seen=asked.seen, version=asked.version
        )
    except Refused as refused:
        return problem(refused)
    return Made(id=done.id, state=done.to_state)


@router.get("real-name-targets", response=list[TargetOut])
def targets(request: HttpRequest) -> list[TargetOut]:
    """The newest version of each target within reach, with gap and forecast."""
    reader_of(request, Permission.REREGISTRATION_READ)
    return [_target(one, versions_of(one.target, request.user)) for one in standings(request.user)]


@router.post("real-name-targets", response={201: TargetMade, CODES: Problem})
def new_target(request: HttpRequest, asked: TargetIn) -> Any:
    """Set a target, or replace its last version (`before`)."""
    actor = reader_of(request, Permission.REREGISTRATION_APPROVE)
    try:
        row = set_target(actor, NewTarget(**asked.dict()))
    except Refused as refused:
        return problem(refused)
    return Status(201, TargetMade(id=row.id, version=row.version))


def _row(request: HttpRequest, identity: uuid.UUID) -> Campaign:
    row: Campaign | None = Campaign.objects.scoped_to(request.user).filter(id=identity).first()
    if row is None:
        raise HttpError(404, "no such campaign in your reach")
    return row


def _values(row: Campaign) -> dict[str, Any]:
    names = (
        "id", "title", "province", "starts_on", "remind_after", "one_way_after", "two_way_after", "release_after",
        "approved_at", "approved_numbers", "state", "version",
    )  # fmt: skip
    values = {name: getattr(row, name) for name in names}
    return values | {"organisation": row.organisation_id, "reseller": row.reseller_id}


def _target(one: Standing, versions: list[Target]) -> TargetOut:
    row, seen = one.target, one.forecast
    return TargetOut(
        id=row.id, dimension=row.dimension, key=row.key, basis_points=row.basis_points, due=row.due,
        version=row.version, reason=row.reason, as_of=one.as_of,
        share=None if seen.share is None else float(seen.share), gap=None if seen.gap is None else float(seen.gap),
        missing=seen.missing, rate_a_day=None if seen.rate is None else float(seen.rate),
        reached_on=seen.reached_on, earliest=one.band.earliest, latest=one.band.latest,
        counted_numbers=one.points[-1].numbers, method=METHOD,
        earlier=[version.version for version in versions if version.version < row.version],
    )  # fmt: skip
