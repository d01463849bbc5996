"""Orders for programs: `/api/v1/orders`. No number stands in an address; answers carry numbers masked."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Literal

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from ninja import Field, Router, Schema, Status
from ninja.errors import HttpError
from ninja.security import django_auth

from haodun.casework.orders import queries
from haodun.casework.orders.access import numbers_of, order_or_404
from haodun.casework.orders.models import Category, Order, Urgency
from haodun.casework.orders.numbers import MAX_TEXT
from haodun.casework.orders.problems import CODES, Problem, key_of, problem, problem_of, reader_of
from haodun.casework.orders.services import BadNumbers, Filing, correct_order, file_order, preview_step, take
from haodun.numbering import mask
from haodun.offices.organisations.services import Permission
from haodun.offices.transitions.services import Refused
from haodun.registry.restrictions.services import Basis

router = Router(tags=["orders"], auth=django_auth)
PAGE = 50
MAX_PAGE = 200
Verb = Literal["send_back", "reject", "withdraw", "approve", "acknowledge", "recall"]


class NumberOut(Schema):
    """One number of an order, masked."""

    id: uuid.UUID
    number: str
    carrier: uuid.UUID | None
    certainty: str
    state: str
    reason: str


class OrderOut(Schema):
    """One order."""

    id: uuid.UUID
    document: str
    issuing_unit: uuid.UUID
    category: str
    urgency: str
    basis: str
    state: str
    version: int
    created_at: datetime
    dispatched_at: datetime | None
    executed_at: datetime | None
    note: str


class OrderDetail(OrderOut):
    """One order with the numbers that the reader may see."""

    numbers: list[NumberOut]


class OrderPage(Schema):
    """A page; `next` is the cursor of the one after it, '' at the end."""

    items: list[OrderOut]
    next: str


class FilingIn(Schema):
    """A document of a police unit."""

    document: str = Field(max_length=60)
    issuing_unit: uuid.UUID
    category: Category
    urgency: Urgency
    basis: Basis = Basis.MIIT_POLICE_2015_11
    numbers: str = Field(max_length=MAX_TEXT)
    remark: str = Field("", max_length=400)


class FiledOut(Schema):
    """What became of it."""

    order: uuid.UUID
    known: bool
    """The document was filed before; nothing was done."""
    numbers: int
    excluded: int
    repeated: int


class CorrectionIn(Schema):
    """The right numbers of an order that was sent back."""

    numbers: str = Field(max_length=MAX_TEXT)
    remark: str = Field("", max_length=400)


class BadOut(Problem):
    """Which lines are no numbers."""

    lines: list[int]


class StepIn(Schema):
    """A step: why, and for approval what was seen."""

    reason: str = Field("", max_length=400)
    seen: str | None = Field(None, max_length=64)
    version: int | None = None


class StepOut(Schema):
    """What became of the order."""

    id: uuid.UUID
    state: str
    version: int
    at: datetime


class PreviewOut(Schema):
    """What a step would meet now."""

    refusal: Problem | None
    numbers: int
    holders: int
    trusted: int
    provinces: dict[str, int]
    carriers: dict[str, int]
    seen: str
    """Give it back with the approval."""


@router.get("orders", response=OrderPage)
def orders(request: HttpRequest, tab: str = "todo", after: str = "", limit: int = PAGE) -> OrderPage:
    """The orders of a tab (todo, late, approve, receipts, sent_back, done, all) that the reader may see."""
    actor = reader_of(request, Permission.ORDER_READ)
    if tab not in queries.TABS:
        raise HttpError(422, f"tab is one of {', '.join(queries.TABS)}")
    size = max(1, min(limit, MAX_PAGE))
    found = queries.page(request.user, actor.user_id, tab=tab, filters=queries.Filters(), cursor=after, size=size)
    return OrderPage(items=[OrderOut(**_fields(row)) for row in found.rows], next=found.after)


@router.post("orders", response={200: FiledOut, 201: FiledOut, 422: BadOut | Problem, CODES - {422}: Problem})
def file(request: HttpRequest, asked: FilingIn) -> Any:
    """File a document; 200 where it was filed before. Needs an Idempotency-Key header."""
    actor, key = reader_of(request, Permission.ORDER_FILE), key_of(request)
    try:
        filed = file_order(actor, Filing(**asked.model_dump()), key=key)
    except BadNumbers as bad:
        status, said = problem_of(bad)
        return Status(status, BadOut(**said.model_dump(), lines=[one.line for one in bad.bad]))
    except Refused as refused:
        return problem(refused)
    return Status(200 if filed.known else 201, _filed(filed))


@router.get("orders/{identity}", response=OrderDetail)
def order(request: HttpRequest, identity: uuid.UUID) -> OrderDetail:
    """One order that the reader may see; a carrier sees its own numbers."""
    found = _order(request, identity)
    numbers = [
        NumberOut(
            id=row.id,
            number=mask(f"+{row.number}"),
            carrier=row.carrier_id,
            certainty=row.certainty,
            state=row.state,
            reason=row.reason,
        )
        for row in numbers_of(request, found)
    ]
    return OrderDetail(**_fields(found), numbers=numbers)


@router.get("orders/{identity}/preview/{verb}", response=PreviewOut)
def preview(request: HttpRequest, identity: uuid.UUID, verb: Verb) -> PreviewOut:
    """What a step would meet now, and its blast radius where it has one."""
    found = preview_step(reader_of(request, Permission.ORDER_READ), _order(request, identity), verb)
    refusal = problem_of(found.refusal)[1] if found.refusal else None
    blast = found.blast
    return PreviewOut(
        refusal=refusal,
        numbers=blast.numbers if blast else 0,
        holders=blast.holders if blast else 0,
        trusted=blast.trusted if blast else 0,
        provinces=dict(blast.provinces) if blast else {},
        carriers=dict(blast.carriers) if blast else {},
        seen=blast.digest() if blast else "",
    )


@router.post("orders/{identity}/correct", response={200: FiledOut, 422: BadOut | Problem, CODES - {422}: Problem})
def correct(request: HttpRequest, identity: uuid.UUID, asked: CorrectionIn) -> Any:
    """Give an order that was sent back its right numbers."""
    actor, key = reader_of(request, Permission.ORDER_FILE), key_of(request)
    found = _order(request, identity)
    try:
        filed = correct_order(actor, found, numbers=asked.numbers, remark=asked.remark, key=key)
    except BadNumbers as bad:
        status, said = problem_of(bad)
        return Status(status, BadOut(**said.model_dump(), lines=[one.line for one in bad.bad]))
    except Refused as refused:
        return problem(refused)
    return Status(200, _filed(filed))


@router.post("orders/{identity}/{verb}", response={200: StepOut, CODES: Problem})
def step(request: HttpRequest, identity: uuid.UUID, verb: Verb, asked: StepIn) -> Any:
    """Take a step of the order's table. Approval needs `seen` of its preview, and a second proof in the session."""
    actor, key = reader_of(request, Permission.ORDER_READ), key_of(request)
    found = _order(request, identity)
    try:
        done = take(actor, [found.id], verb, key=key, reason=asked.reason, seen=asked.seen, version=asked.version)[0]
    except Refused as refused:
        return problem(refused)
    return Status(200, StepOut(id=done.id, state=done.to_state, version=done.version, at=done.at))


def _order(request: HttpRequest, identity: uuid.UUID) -> Order:
    reader_of(request, Permission.ORDER_READ)
    try:
        return order_or_404(request, identity)
    except (Http404, PermissionDenied):
        raise HttpError(404, "no such order") from None


def _fields(row: Any) -> dict[str, Any]:
    names = ("id", "document", "category", "urgency", "basis", "state", "version", "note")
    moments = ("created_at", "dispatched_at", "executed_at")
    return {name: getattr(row, name) for name in (*names, *moments)} | {"issuing_unit": row.issuing_unit_id}


def _filed(filed: Any) -> FiledOut:
    return FiledOut(
        order=filed.order,
        known=filed.known,
        numbers=filed.numbers,
        excluded=len(filed.excluded),
        repeated=filed.repeated,
    )
