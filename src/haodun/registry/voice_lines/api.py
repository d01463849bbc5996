"""Voice lines and landing resources for programs: `/api/v1/voip-resources` (YD/T 3660 4.21 and 4.22 as a model)."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db.models import Count
from django.http import HttpRequest
from ninja import Field, Router, Schema, Status
from ninja.errors import HttpError
from ninja.security import django_auth

from haodun.offices.organisations.services import Permission
from haodun.offices.transitions.on_api import CODES, Problem, key_of, problem, reader_of
from haodun.offices.transitions.paging import read_page
from haodun.offices.transitions.services import Refused
from haodun.registry.voice_lines.models import VoiceLine
from haodun.registry.voice_lines.registering import register_line
from haodun.registry.voice_lines.values import MAX_NAME, Direction, LineKind, NewLine, Unpermitted

router = Router(tags=["registry"], auth=django_auth)
MAX_RANGES = 10_000


class LineOut(Schema):
    """One resource; its numbers only counted."""

    id: uuid.UUID
    kind: str
    trunk: str
    holder: str
    uscc: str
    location: str
    direction: str
    unpermitted: str
    ranges: int
    hiding_off: bool
    state: str
    version: int
    exception_until: datetime | None
    moved_at: datetime


class LinePage(Schema):
    """A page; `next` is the cursor of the one after it, '' at the end."""

    items: list[LineOut]
    next: str


class LineIn(Schema):
    """A resource to be registered."""

    kind: LineKind
    trunk: str = Field(max_length=64)
    permits: list[str] = Field(default_factory=list, max_length=MAX_RANGES)
    default: str = Field("", max_length=20)
    holder: str = Field("", max_length=MAX_NAME)
    uscc: str = Field("", max_length=18)
    location: str = Field("", max_length=MAX_NAME)
    direction: Direction = Direction.OUT
    unpermitted: Unpermitted = Unpermitted.REFUSE
    hiding_off: bool = False
    resold: bool = False
    licence: str = Field("", max_length=60)


class LineMade(Schema):
    """What was registered."""

    id: uuid.UUID
    state: str


@router.get("voip-resources", response=LinePage)
def voip_resources(request: HttpRequest, after: str = "") -> LinePage:
    """The resources that the reader may see, newest step first."""
    reader_of(request, Permission.VOICE_LINE_READ)
    rows = VoiceLine.objects.scoped_to(request.user).annotate(ranges=Count("permits"))
    found = read_page(rows, by="moved_at", newest_first=True, cursor=after[:200])
    return LinePage(items=[_out(row, row.ranges) for row in found.rows], next=found.after)


@router.post("voip-resources", response={201: LineMade, CODES: Problem})
def report_resource(request: HttpRequest, asked: LineIn) -> Any:
    """Register a resource. Needs an Idempotency-Key header."""
    actor, key = reader_of(request, Permission.VOICE_LINE_EDIT), key_of(request)
    given = asked.dict()
    given["permits"] = tuple(given["permits"])
    try:
        made = register_line(actor, NewLine(**given), key=key)
    except Refused as refused:
        return problem(refused)
    return Status(201, LineMade(id=made, state=VoiceLine.objects.get(id=made).state))


@router.get("voip-resources/{identity}", response=LineOut)
def voip_resource(request: HttpRequest, identity: uuid.UUID) -> LineOut:
    """One resource that the reader may see."""
    reader_of(request, Permission.VOICE_LINE_READ)
    row = VoiceLine.objects.scoped_to(request.user).filter(id=identity).first()
    if row is None:
        raise HttpError(404, "no such resource in your reach")
    return _out(row, row.permits.count())


def _out(row: VoiceLine, ranges: int) -> LineOut:
    names = (
        "id", "kind", "trunk", "holder", "uscc", "location", "direction", "unpermitted", "hiding_off", "state",
        "version", "exception_until", "moved_at",
    )  # fmt: skip
    return LineOut(ranges=ranges, **{name: getattr(row, name) for name in names})
