"""Refusals as programs read them: a status, a code, a sentence."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Schema, Status
from ninja.errors import HttpError

from haodun.casework.orders.shown import sentence
from haodun.offices.organisations.access import standing_of
from haodun.offices.organisations.services import Permission
from haodun.offices.transitions.services import Actor, Refused, actor_of

_STATUS = {
    "absent": 404,
    "permission": 403,
    "sudo": 403,
    "second_person": 403,
    "authority": 403,
    "unit": 403,
    "state": 409,
    "stale": 409,
    "seen": 409,
    "key": 409,
    "document_differs": 409,
    "open": 409,
}
"""Any other refusal is about what was sent: 422."""
CODES = frozenset({403, 404, 409, 422, 429})


class Problem(Schema):
    """Why nothing was done."""

    code: str
    message: str
    """One sentence in the language asked for (Accept-Language)."""


def problem(refused: Refused) -> Status[Problem]:
    """A refusal as an answer."""
    return Status(*problem_of(refused))


def problem_of(refused: Refused) -> tuple[int, Problem]:
    """Status and body of a refusal."""
    return _STATUS.get(refused.code, 422), Problem(code=refused.code, message=sentence(refused))


def key_of(request: HttpRequest) -> str:
    """The Idempotency-Key header; HttpError 422 where it is missing: a repeated request must be known as one."""
    key = request.headers.get("Idempotency-Key", "")
    if not 0 < len(key) <= 80:
        raise HttpError(422, "send an Idempotency-Key header of 1 to 80 characters, a new one for each new request")
    return key


def reader_of(request: HttpRequest, permission: Permission) -> Actor:
    """The signed-in person as an actor; HttpError 403 where the role does not hold the permission."""
    standing = standing_of(request)
    if standing is None or permission.value not in standing.permissions:
        raise HttpError(403, f"the role acted in does not hold {permission.value}")
    return actor_of(request.user, standing.organisation_id, sudo_until=standing.sudo_until)
