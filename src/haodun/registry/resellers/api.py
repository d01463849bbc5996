"""Inspections of resellers for programs: `/api/v1/reseller-cases` (RULES.md W2e; 工信部令第25号 art. 15)."""

from __future__ import annotations

import uuid
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
from haodun.registry.resellers.inspecting import record_inspection, send_proof
from haodun.registry.resellers.models import ResellerCase
from haodun.registry.resellers.services import take
from haodun.registry.resellers.values import FULL, MAX_NOTE, Inspection, Sample, Way

Verb = Literal[
    "clear", "notify", "close", "confirm", "lift_supply", "lift_users", "withdraw_proposal", "stop_supply",
    "stop_users", "propose_licence",
]  # fmt: skip
router = Router(tags=["registry"], auth=django_auth)


class CaseOut(Schema):
    """One inspection; shares in hundredths of a percent."""

    id: uuid.UUID
    reseller: uuid.UUID
    host: uuid.UUID
    inspector: uuid.UUID
    province: str
    way: str
    inspected_on: date
    sample: int
    compliant: int
    rate: int | None
    target: int
    state: str
    version: int
    moved_at: datetime


class CasePage(Schema):
    """A page; `next` is the cursor of the one after it, '' at the end."""

    items: list[CaseOut]
    next: str


class InspectionIn(Schema):
    """An inspection that is over."""

    reseller: uuid.UUID
    host: uuid.UUID
    way: Way
    inspected_on: date
    sample: int
    compliant: int
    evidence: str = Field(max_length=MAX_NOTE)
    target: int = FULL


class StepIn(Schema):
    """A step; `version` as it was read, so that nothing is done to what has changed since."""

    reason: str = Field("", max_length=MAX_NOTE)
    version: int | None = None


class ProofIn(Schema):
    """What the reseller has put right."""

    words: str = Field(max_length=MAX_NOTE)


class CaseMade(Schema):
    """What was recorded or done."""

    id: uuid.UUID
    state: str


class ProofMade(Schema):
    """A proof that waits for its re-check."""

    id: uuid.UUID


@router.get("reseller-cases", response=CasePage)
def reseller_cases(request: HttpRequest, after: str = "") -> CasePage:
    """The inspections that the reader may see, newest step first."""
    reader_of(request, Permission.RESELLER_READ)
    rows = ResellerCase.objects.scoped_to(request.user)
    found = read_page(rows, by="moved_at", newest_first=True, cursor=after[:200])
    return CasePage(items=[_out(row) for row in found.rows], next=found.after)


@router.post("reseller-cases", response={201: CaseMade, CODES: Problem})
def report_inspection(request: HttpRequest, asked: InspectionIn) -> Any:
    """Record an inspection of one's own office. Needs an Idempotency-Key header."""
    actor, key = reader_of(request, Permission.RESELLER_INSPECT), key_of(request)
    sample = Sample(asked.sample, asked.compliant, asked.evidence)
    seen = Inspection(asked.reseller, asked.host, asked.way, asked.inspected_on, sample, asked.target)
    try:
        made = record_inspection(actor, seen, key=key)
    except Refused as refused:
        return problem(refused)
    return Status(201, CaseMade(id=made, state=ResellerCase.objects.get(id=made).state))


@router.get("reseller-cases/{identity}", response=CaseOut)
def reseller_case(request: HttpRequest, identity: uuid.UUID) -> CaseOut:
    """One inspection that the reader may see."""
    reader_of(request, Permission.RESELLER_READ)
    return _out(_row(request, identity))


@router.post("reseller-cases/{identity}/proofs", response={201: ProofMade, CODES: Problem})
def new_proof(request: HttpRequest, identity: uuid.UUID, asked: ProofIn) -> Any:
    """The reseller says what it has put right."""
    actor = reader_of(request, Permission.RESELLER_ANSWER)
    row = _row(request, identity)
    try:
        made = send_proof(actor, row.id, asked.words)
    except Refused as refused:
        return problem(refused)
    return Status(201, ProofMade(id=made))


@router.post("reseller-cases/{identity}/{verb}", response={200: CaseMade, CODES: Problem})
def step(request: HttpRequest, identity: uuid.UUID, verb: Verb, asked: StepIn) -> Any:
    """A step of the case. Needs an Idempotency-Key header; a stop needs another person than who gave notice."""
    actor, key = reader_of(request, Permission.RESELLER_READ), key_of(request)
    row = _row(request, identity)
    try:
        (done,) = take(actor, [row.id], verb, key=key, reason=asked.reason.strip(), version=asked.version)
    except Refused as refused:
        return problem(refused)
    return CaseMade(id=done.id, state=done.to_state)


def _row(request: HttpRequest, identity: uuid.UUID) -> ResellerCase:
    row: ResellerCase | None = ResellerCase.objects.scoped_to(request.user).filter(id=identity).first()
    if row is None:
        raise HttpError(404, "no such inspection in your reach")
    return row


def _out(row: ResellerCase) -> CaseOut:
    names = ("id", "province", "way", "inspected_on", "sample", "compliant", "target", "state", "version", "moved_at")
    return CaseOut(
        reseller=row.reseller_id, host=row.host_id, inspector=row.inspector_id, rate=row.rate,
        **{name: getattr(row, name) for name in names},
    )  # fmt: skip
