"""Revisions of the policy for programs, `/api/v1/policy-revisions`; the check of a text, `/api/v1/policy-checks`."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Router, Schema
from ninja.errors import HttpError
from ninja.security import django_auth

from haodun.offices.organisations.services import Permission
from haodun.offices.transitions.on_api import reader_of
from haodun.offices.transitions.paging import read_page
from haodun.registry.policy_revisions.access import revisions_of
from haodun.registry.policy_revisions.checking import check
from haodun.registry.policy_revisions.models import Revision
from haodun.registry.policy_revisions.values import MAX_CASES, MAX_POLICY
from haodun.screening.policy import Problem

router = Router(tags=["registry"], auth=django_auth)


class RevisionOut(Schema):
    """One revision, without its text."""

    id: uuid.UUID
    number: int
    state: str
    version: int
    start: str
    base: uuid.UUID | None
    """The revision it was drafted on; null: the site's own file."""
    sha256: str
    why: str
    in_force: bool
    created_at: datetime
    published_at: datetime | None
    superseded_at: datetime | None


class RevisionPage(Schema):
    """A page; `next` is the cursor of the one after it, '' at the end."""

    items: list[RevisionOut]
    next: str


class RevisionWhole(RevisionOut):
    """One revision with its text and test cases."""

    text: str
    cases: str


class CheckIn(Schema):
    """A policy text to be checked; nothing is kept."""

    text: str = Field(max_length=MAX_POLICY)
    cases: str = Field("", max_length=MAX_CASES)


class ProblemOut(Schema):
    """One thing to correct; line and column from 1, 0 where no place is meant."""

    line: int
    column: int
    message: str
    suggestion: str


class CheckOut(Schema):
    """What the checker says."""

    sound: bool
    rules: int
    problems: list[ProblemOut]
    case_problems: list[ProblemOut]
    cases: int
    failed: list[str]
    """Each case that does not pass: its name and what differs."""
    ended: list[str]
    unknown_lists: list[str]


@router.get("policy-revisions", response=RevisionPage)
def policy_revisions(request: HttpRequest, after: str = "") -> RevisionPage:
    """The revisions that the reader may see, newest step first."""
    reader_of(request, Permission.POLICY_READ)
    found = read_page(revisions_of(request), by="moved_at", newest_first=True, cursor=after[:200])
    return RevisionPage(items=[RevisionOut(**_plain(row)) for row in found.rows], next=found.after)


@router.get("policy-revisions/{identity}", response=RevisionWhole)
def policy_revision(request: HttpRequest, identity: uuid.UUID) -> RevisionWhole:
    """One revision that the reader may see, with its text."""
    reader_of(request, Permission.POLICY_READ)
    row: Revision | None = Revision.objects.scoped_to(request.user).filter(id=identity).first()
    if row is None:
        raise HttpError(404, "no such revision in your reach")
    return RevisionWhole(text=row.text, cases=row.cases, **_plain(row))


@router.post("policy-checks", response=CheckOut)
def policy_check(request: HttpRequest, asked: CheckIn) -> CheckOut:
    """Check a policy text and its cases as the editor does; nothing is kept."""
    reader_of(request, Permission.POLICY_DRAFT)
    found = check(asked.text, asked.cases, at=timezone.now())
    return CheckOut(
        sound=found.sound,
        rules=0 if found.policy is None else len(found.policy.rules),
        problems=_places(found.problems),
        case_problems=_places(found.case_problems),
        cases=len(found.results),
        failed=[f"{one.name}: {one.message}" for one in found.failed],
        ended=list(found.ended),
        unknown_lists=list(found.unknown_lists),
    )


def _plain(row: Revision) -> dict[str, Any]:
    names = (
        "id", "number", "state", "version", "start", "why", "in_force", "created_at", "published_at", "superseded_at",
    )  # fmt: skip
    return {"base": row.base_id, "sha256": row.digest} | {name: getattr(row, name) for name in names}


def _places(problems: tuple[Problem, ...]) -> list[ProblemOut]:
    return [
        ProblemOut(line=one.line, column=one.column, message=one.message, suggestion=one.suggestion) for one in problems
    ]
