"""Recording re-registrations for programs: `/api/v1/reregistered`, `/api/v1/reregistration-sheets`.

A number, a name and a document come in a body, and none of them is in an answer or an address.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, File, Router, Schema, Status
from ninja.errors import HttpError
from ninja.files import UploadedFile
from ninja.security import django_auth

from haodun.offices.organisations.services import Permission
from haodun.offices.sheets.services import SheetError
from haodun.offices.transitions.on_api import CODES, Problem, key_of, problem, reader_of
from haodun.offices.transitions.on_pages import titled
from haodun.offices.transitions.paging import read_page
from haodun.offices.transitions.services import Refused
from haodun.registry.reregistration import sheets
from haodun.registry.reregistration.models import Recording, Sheet
from haodun.registry.reregistration.recording import record_holder
from haodun.registry.reregistration.values import Shop

router = Router(tags=["registry"], auth=django_auth)


class ShopIn(Schema):
    """One holder who came with a document."""

    number: str = Field(max_length=40)
    name: str = Field(max_length=160)
    document_kind: str = Field(max_length=40)
    """A code such as `resident`, or a title such as 居民身份证."""
    document: str = Field(max_length=64)
    possession: Literal["card", "password", "code"]
    """How the number was seen to be theirs."""
    agent: str = Field("", max_length=40)
    """Unified social credit code of the channel; '' for an own shop."""


class Recorded(Schema):
    """A recording, and how many stops were lifted with it."""

    id: uuid.UUID
    lifted: int
    at: datetime


class SheetOut(Schema):
    """A file of re-registrations."""

    id: uuid.UUID
    state: str
    version: int
    kind: str
    created_at: datetime
    total: int
    good: int
    bad: int
    recorded: int
    lifted: int
    reasons: list[dict[str, Any]]
    failure_zh: str
    failure_en: str


class SheetWhole(SheetOut):
    """A file, with the digest that applying it asks for."""

    seen: str


class SheetPage(Schema):
    """A page; `next` is the cursor of the one after it, '' at the end."""

    items: list[SheetOut]
    next: str


class SheetStep(Schema):
    """`seen`: the digest for `apply`; `reason`: for `discard`."""

    reason: str = Field("", max_length=400)
    seen: str | None = Field(None, max_length=64)


@router.post("reregistered", response={201: Recorded, CODES: Problem})
def record_one(request: HttpRequest, asked: ShopIn) -> Any:
    """Re-register a number; every stop that a campaign laid on it is lifted. Needs an Idempotency-Key header."""
    actor, key = reader_of(request, Permission.SUBSCRIBER_EDIT), key_of(request)
    try:
        made = Recording.objects.get(id=record_holder(actor, Shop(**asked.dict()), key=key))
    except Refused as refused:
        return problem(refused)
    return Status(201, Recorded(id=made.id, lifted=made.lifted, at=made.created_at))


@router.get("reregistration-sheets", response=SheetPage)
def list_sheets(request: HttpRequest, after: str = "") -> SheetPage:
    """Files within reach, newest first."""
    reader_of(request, Permission.SUBSCRIBER_READ)
    rows = Sheet.objects.scoped_to(request.user)
    found = read_page(rows, by="created_at", newest_first=True, cursor=after[:200])
    return SheetPage(items=[_sheet(one) for one in found.rows], next=found.after)


@router.post("reregistration-sheets", response={201: SheetOut, CODES: Problem})
def bring_sheet(request: HttpRequest, file: File[UploadedFile]) -> Any:
    """Bring a file; a job checks it. Needs an Idempotency-Key header."""
    actor, key = reader_of(request, Permission.SUBSCRIBER_EDIT), key_of(request)
    try:
        made = sheets.upload(actor, file.file, key=key)  # type: ignore[arg-type]
    except SheetError as error:
        return Status(422, Problem(code="file", message=titled(error)))
    except Refused as refused:
        return problem(refused)
    return Status(201, _sheet(Sheet.objects.scoped_to(request.user).get(id=made)))


@router.get("reregistration-sheets/{identity}", response=SheetWhole)
def one_sheet(request: HttpRequest, identity: uuid.UUID) -> SheetWhole:
    """One file."""
    actor = reader_of(request, Permission.SUBSCRIBER_READ)
    row = _row(request, identity)
    blast = sheets.preview_step(actor, row.id, "apply").blast if row.state == "CHECKED" else None
    return SheetWhole(**_sheet(row).model_dump(), seen=blast.digest() if blast else "")


@router.post("reregistration-sheets/{identity}/{verb}", response={200: SheetOut, CODES: Problem})
def sheet_step(request: HttpRequest, identity: uuid.UUID, verb: Literal["apply", "discard"], asked: SheetStep) -> Any:
    """Apply (by another person than who brought it) or discard."""
    actor, key = reader_of(request, Permission.SUBSCRIBER_READ), key_of(request)
    row = _row(request, identity)
    try:
        sheets.step(actor, row.id, verb, key=key, reason=asked.reason.strip(), seen=asked.seen)
    except Refused as refused:
        return problem(refused)
    row.refresh_from_db()
    return Status(200, _sheet(row))


def _row(request: HttpRequest, identity: uuid.UUID) -> Sheet:
    row: Sheet | None = Sheet.objects.scoped_to(request.user).filter(id=identity).first()
    if row is None:
        raise HttpError(404, "no such file in your reach")
    return row


def _sheet(row: Sheet) -> SheetOut:
    return SheetOut(**{name: getattr(row, name) for name in SheetOut.model_fields})
