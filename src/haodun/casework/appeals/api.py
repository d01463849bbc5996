"""Appeals for programs: `/api/v1/appeals` (YD/T 3660 4.6 and 4.7 as a model; no conformance is claimed)."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Literal

from allauth.account.adapter import get_adapter
from django.http import Http404, HttpRequest
from ninja import Field, Router, Schema, Status
from ninja.errors import HttpError
from ninja.security import django_auth

from haodun.casework.appeals import queries
from haodun.casework.appeals.access import appeal_or_404
from haodun.casework.appeals.codes import TooOften
from haodun.casework.appeals.models import Appeal
from haodun.casework.appeals.references import plain
from haodun.casework.appeals.services import (
    MAX_CONTACT,
    MAX_STATEMENT,
    Claim,
    decide,
    escalate,
    file_appeal,
    statement_of,
    status_of,
)
from haodun.casework.orders.problems import CODES, Problem, key_of, problem, reader_of
from haodun.numbering import mask
from haodun.offices.organisations.services import Permission, system
from haodun.offices.transitions.services import Refused
from haodun.registry.restrictions.services import by_appeal

router = Router(tags=["appeals"], auth=django_auth)
PAGE = 50
MAX_PAGE = 200
MISMATCH = "reference and code do not belong together"
Verb = Literal[
    "acknowledge",
    "take_up",
    "lift",
    "lift_in_part",
    "uphold",
    "accept",
    "decline",
    "lift_finally",
    "uphold_finally",
    "go_to_court",
]


class AppealOut(Schema):
    """One appeal; its number masked."""

    id: uuid.UUID
    reference: str
    ground: str
    number: str
    order: uuid.UUID | None
    restriction: uuid.UUID | None
    rules: list[str]
    state: str
    version: int
    created_at: datetime
    decided_at: datetime | None
    outcome_reason: str


class AppealDetail(AppealOut):
    """One appeal with what the appellant says."""

    statement: str


class AppealPage(Schema):
    """A page; `next` is the cursor of the one after it, '' at the end."""

    items: list[AppealOut]
    next: str


class AppealIn(Schema):
    """An appeal against the restriction that a notice tells of."""

    notice: str = Field(max_length=64)
    """The reference in the notice."""
    statement: str = Field(max_length=MAX_STATEMENT)
    contact: str = Field("", max_length=MAX_CONTACT)
    language: Literal["zh-hans", "en"] = "zh-hans"


class AppealedOut(Schema):
    """What opens the status."""

    reference: str
    code: str


class OpenIn(Schema):
    """Reference and code of an appeal."""

    reference: str = Field(max_length=64)
    code: str = Field(max_length=64)


class StatusOut(Schema):
    """What the appellant may know."""

    reference: str
    state: str
    zh: str
    en: str
    filed_at: datetime
    decided_at: datetime | None
    due_at: datetime | None
    reason: str
    lifted_everywhere: bool | None
    may_escalate: bool


class StepIn(Schema):
    """A decision: why, and for a decision in part the milder measure."""

    reason: str = Field("", max_length=1000)
    measure: str = Field("", max_length=12)
    version: int | None = None


class StepOut(Schema):
    """What became of the appeal."""

    id: uuid.UUID
    state: str
    version: int
    at: datetime


@router.get("appeals", response=AppealPage)
def appeals(request: HttpRequest, tab: str = "todo", after: str = "", limit: int = PAGE) -> AppealPage:
    """The appeals of a tab (todo, late, review, above, done, all) that the reader may see."""
    reader_of(request, Permission.APPEAL_READ)
    if tab not in queries.TABS:
        raise HttpError(422, f"tab is one of {', '.join(queries.TABS)}")
    found = queries.page(request.user, tab=tab, cursor=after, size=max(1, min(limit, MAX_PAGE)))
    return AppealPage(items=[AppealOut(**_fields(row)) for row in found.rows], next=found.after)


@router.post("appeals", response={201: AppealedOut, CODES: Problem})
def file(request: HttpRequest, asked: AppealIn) -> Any:
    """Appeal by the reference of a notice. Needs an Idempotency-Key header."""
    actor, key = reader_of(request, Permission.APPEAL_FILE), key_of(request)
    with system():
        restriction = by_appeal(plain(asked.notice))
    if restriction is None:
        return Status(404, Problem(code="absent", message="no notice has this reference"))
    claim = Claim(restriction.number, restriction=restriction)
    try:
        filed = file_appeal(
            claim,
            statement=asked.statement,
            contact=asked.contact,
            language=asked.language,
            key=key,
            actor=actor,
        )
    except Refused as refused:
        return problem(refused)
    except TooOften:
        return _too_often()
    return Status(201, AppealedOut(reference=filed.reference, code=filed.code))


@router.post("appeals/status", response={200: StatusOut, CODES: Problem}, auth=None)
def status(request: HttpRequest, asked: OpenIn) -> Any:
    """What became of an appeal, by reference and code; needs no login."""
    try:
        found = status_of(asked.reference, asked.code, address=str(get_adapter(request).get_client_ip(request)))
    except TooOften:
        return _too_often()
    if found is None:
        return Status(404, Problem(code="absent", message=MISMATCH))
    return Status(
        200,
        StatusOut(
            reference=found.reference,
            state=found.state,
            zh=found.zh,
            en=found.en,
            filed_at=found.filed_at,
            decided_at=found.decided_at,
            due_at=found.due_at,
            reason=found.reason,
            lifted_everywhere=found.everywhere.done if found.everywhere else None,
            may_escalate=found.may_escalate,
        ),
    )


@router.post("appeals/escalate", response={204: None, CODES: Problem}, auth=None)
def go_up(request: HttpRequest, asked: OpenIn) -> Any:
    """The appellant asks for the upper desk."""
    try:
        found = escalate(
            asked.reference,
            asked.code,
            key=key_of(request),
            address=str(get_adapter(request).get_client_ip(request)),
        )
    except Refused as refused:
        return problem(refused)
    except TooOften:
        return _too_often()
    return Status(204, None) if found else Status(404, Problem(code="absent", message=MISMATCH))


@router.get("appeals/{identity}", response=AppealDetail)
def appeal(request: HttpRequest, identity: uuid.UUID) -> AppealDetail:
    """One appeal that the reader may see."""
    found = _appeal(request, identity)
    return AppealDetail(**_fields(found), statement=statement_of(found))


@router.post("appeals/{identity}/{verb}", response={200: StepOut, CODES: Problem})
def step(request: HttpRequest, identity: uuid.UUID, verb: Verb, asked: StepIn) -> Any:
    """Take a step of the appeal's table."""
    actor, key = reader_of(request, Permission.APPEAL_READ), key_of(request)
    found = _appeal(request, identity)
    data = {"measure": asked.measure} if verb == "lift_in_part" else None
    try:
        done = decide(actor, [found.id], verb, key=key, reason=asked.reason, data=data, version=asked.version)[0]
    except Refused as refused:
        return problem(refused)
    return Status(200, StepOut(id=done.id, state=done.to_state, version=done.version, at=done.at))


def _appeal(request: HttpRequest, identity: uuid.UUID) -> Appeal:
    reader_of(request, Permission.APPEAL_READ)
    try:
        return appeal_or_404(request, identity)
    except Http404:
        raise HttpError(404, "no such appeal") from None


def _fields(row: Any) -> dict[str, Any]:
    names = ("id", "reference", "ground", "restriction", "rules", "state", "version", "outcome_reason")
    found = {name: getattr(row, name) for name in (*names, "created_at", "decided_at")}
    return found | {"order": row.order_id, "number": mask(f"+{row.number}") if row.number > 0 else ""}


def _too_often() -> Status[Problem]:
    return Status(429, Problem(code="too_often", message="asked too often; try again in an hour"))
