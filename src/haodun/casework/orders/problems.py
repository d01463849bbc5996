"""Refusals as programs read them: a status, a code, a sentence."""

from __future__ import annotations

from ninja import Status

from haodun.casework.orders.shown import sentence
from haodun.offices.transitions.on_api import Problem, key_of, reader_of
from haodun.offices.transitions.services import Refused

__all__ = ["CODES", "Problem", "key_of", "problem", "problem_of", "reader_of"]

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


def problem(refused: Refused) -> Status[Problem]:
    """A refusal as an answer."""
    return Status(*problem_of(refused))


def problem_of(refused: Refused) -> tuple[int, Problem]:
    """Status and body of a refusal."""
    return _STATUS.get(refused.code, 422), Problem(code=refused.code, message=sentence(refused))
