"""Real-name rates, imports and cards above the limit for programs: `/api/v1/real-name/…`. No number in any address."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any, Literal

from django.http import Http404, HttpRequest
from ninja import Field, File, Form, Router, Schema, Status
from ninja.errors import HttpError
from ninja.files import UploadedFile
from ninja.security import django_auth

from haodun.numbering import mask
from haodun.offices.organisations.services import Permission
from haodun.offices.sheets.services import SheetError
from haodun.offices.transitions.on_api import CODES, Problem, key_of, problem, reader_of
from haodun.offices.transitions.on_pages import (
    titled,
)
from haodun.offices.transitions.services import Refused, act
from haodun.registry.subscribers import queries, runs
from haodun.registry.subscribers.access import row_or_404
from haodun.registry.subscribers.figures import figures
from haodun.registry.subscribers.models import ExcessCard, ImportRun
from haodun.registry.subscribers.rates import today
from haodun.registry.subscribers.states import EXCESS

router = Router(tags=["registry"], auth=django_auth)


class FigureOut(Schema):
    """A figure: value with what it was made of."""

    code: str
    value: int | None
    """Hundredths of a percent."""
    numerator: int
    denominator: int
    unit: str
    dimension: str
    key: str
    period: str
    as_of: date
    known_at: datetime
    source: str
    definition: int


class RunOut(Schema):
    """One import."""

    id: uuid.UUID
    state: str
    version: int
    mode: str
    kind: str
    created_at: datetime
    total: int
    good: int
    bad: int
    applied: int
    late: int
    summary: dict[str, Any]
    failure_zh: str
    failure_en: str


class RunDetail(RunOut):
    """One import with the digest that applying it asks for."""

    seen: str


class RunPage(Schema):
    """A page; `next` is the cursor of the one after it, '' at the end."""

    items: list[RunOut]
    next: str


class CardOut(Schema):
    """One card above the limit; its number masked."""

    id: uuid.UUID
    number: str
    holder: str
    cards: int
    state: str
    version: int
    created_at: datetime
    due_at: datetime | None


class CardPage(Schema):
    """A page; `next` is the cursor of the one after it, '' at the end."""

    items: list[CardOut]
    next: str


class StepIn(Schema):
    """A step: why, what was seen, the version it was decided on."""

    reason: str = Field("", max_length=400)
    seen: str | None = None
    version: int | None = None


class StepOut(Schema):
    """What became of the row."""

    id: uuid.UUID
    state: str
    version: int
    at: datetime


@router.get("real-name/rates", response=list[FigureOut])
def rates(
    request: HttpRequest,
    at: date | None = None,
    by: Literal["all", "carrier", "reseller", "province", "service"] = "all",
    known_at: datetime | None = None,
) -> list[FigureOut]:
    """K1 and K9 at the end of a Beijing day, as known at a moment, of what the reader may see."""
    reader_of(request, Permission.SUBSCRIBER_READ)
    if known_at is not None and known_at.tzinfo is None:
        raise HttpError(422, "known_at needs a time zone, such as 2026-11-25T08:00:00+08:00")
    day = min(at or today(), today())
    found = figures(day, by=by, known_at=known_at, user=request.user)
    return [FigureOut(**{name: getattr(one, name) for name in FigureOut.model_fields}) for one in found]


@router.get("real-name/imports", response=RunPage)
def imports(request: HttpRequest, after: str = "", limit: int = queries.SIZE) -> RunPage:
    """Imports, newest first."""
    reader_of(request, Permission.SUBSCRIBER_READ)
    found = queries.imports(request.user, cursor=after[:200], size=max(1, min(limit, 200)))
    return RunPage(items=[_run(one) for one in found.rows], next=found.after)


@router.post("real-name/imports", response={201: RunOut, CODES: Problem})
def upload(
    request: HttpRequest,
    file: File[UploadedFile],
    mode: Form[Literal["existing", "new"]] = "existing",
) -> Any:
    """Bring a file; a job checks it."""
    actor, key = reader_of(request, Permission.SUBSCRIBER_EDIT), key_of(request)
    if actor.organisation_id is None:
        raise HttpError(403, "act for an organisation")
    try:
        made = runs.upload(actor, file.file, organisation=actor.organisation_id, mode=mode, key=key)  # type: ignore[arg-type]
    except SheetError as error:
        return Status(422, Problem(code="file", message=titled(error)))
    except Refused as refused:
        return problem(refused)
    return Status(201, _run(ImportRun.objects.scoped_to(request.user).get(id=made)))


@router.get("real-name/imports/{identity}", response=RunDetail)
def one_import(request: HttpRequest, identity: uuid.UUID) -> RunDetail:
    """One import that the reader may see."""
    actor = reader_of(request, Permission.SUBSCRIBER_READ)
    run = _row(request, ImportRun, identity)
    blast = runs.preview_step(actor, run.id, "apply").blast if run.state == "CHECKED" else None
    return RunDetail(**_run(run).model_dump(), seen=blast.digest() if blast else "")


@router.post("real-name/imports/{identity}/{verb}", response={200: StepOut, CODES: Problem})
def import_step(request: HttpRequest, identity: uuid.UUID, verb: Literal["apply", "discard"], asked: StepIn) -> Any:
    """Apply (by another person than who uploaded) or discard."""
    actor, key = reader_of(request, Permission.SUBSCRIBER_READ), key_of(request)
    run = _row(request, ImportRun, identity)
    try:
        done = runs.step(actor, run.id, verb, key=key, reason=asked.reason, seen=asked.seen)
    except Refused as refused:
        return problem(refused)
    return Status(200, StepOut(id=done.id, state=done.to_state, version=done.version, at=done.at))


@router.get("real-name/excess", response=CardPage)
def excess(
    request: HttpRequest, tab: Literal["todo", "late", "done"] = "todo", after: str = "", limit: int = queries.SIZE
) -> CardPage:
    """Cards above the one-ID limit."""
    reader_of(request, Permission.SUBSCRIBER_READ)
    found = queries.excess_page(request.user, tab=tab, cursor=after[:200], size=max(1, min(limit, 200)))
    return CardPage(items=[_card(one) for one in found.rows], next=found.after)


@router.post("real-name/excess/{identity}/{verb}", response={200: StepOut, CODES: Problem})
def excess_step(
    request: HttpRequest, identity: uuid.UUID, verb: Literal["confirm", "give_up", "refuse"], asked: StepIn
) -> Any:
    """Decide about one card."""
    actor, key = reader_of(request, Permission.SUBSCRIBER_READ), key_of(request)
    card = _row(request, ExcessCard, identity)
    try:
        done = act(actor, EXCESS, [card.id], verb, key=key, reason=asked.reason, version=asked.version)[0]
    except Refused as refused:
        return problem(refused)
    return Status(200, StepOut(id=done.id, state=done.to_state, version=done.version, at=done.at))


def _row(request: HttpRequest, model: Any, identity: uuid.UUID) -> Any:
    try:
        return row_or_404(request, model, identity)
    except Http404:
        raise HttpError(404, "no such row, or it is not in your scope") from None


def _run(run: Any) -> RunOut:
    return RunOut(**{name: getattr(run, name) for name in RunOut.model_fields})


def _card(card: Any) -> CardOut:
    return CardOut(
        id=card.id,
        number=mask(f"+{card.interval.number}"),
        holder=card.interval.masked_name,
        cards=card.cards,
        state=card.state,
        version=card.version,
        created_at=card.created_at,
        due_at=None if card.due == queries.NEVER else card.due,
    )
