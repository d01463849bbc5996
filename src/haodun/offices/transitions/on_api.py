"""What the interfaces for programs share: a refusal as status, code and sentence; key and actor of a request."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Schema, Status
from ninja.errors import HttpError

from haodun.offices.organisations.access import standing_of
from haodun.offices.organisations.permissions import Permission
from haodun.offices.transitions.acting_person import actor_of
from haodun.offices.transitions.actors import Actor
from haodun.offices.transitions.on_pages import titled
from haodun.offices.transitions.refusals import Refused

_STATUS = {
    "absent": 404, "permission": 403, "sudo": 403, "second_person": 403, "carrier": 403, "state": 409, "stale": 409,
    "seen": 409, "key": 409, "taken": 409,
}  # fmt: skip
"""Any other refusal is about what was sent: 422."""
CODES = frozenset({403, 404, 409, 422})


class Problem(Schema):
    """Why nothing was done."""

    code: str
    message: str
    """One sentence in the language asked for (Accept-Language)."""


def problem(refused: Refused) -> Status[Problem]:
    """A refusal as an answer."""
    return Status(_STATUS.get(refused.code, 422), Problem(code=refused.code, message=titled(refused)))


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
