"""What the plan says of a number to other contexts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from haodun.offices.transitions.services import Refused


class State(TextChoices):
    """What an allocation says of its numbers."""

    ALLOCATED = "allocated", _("已分配")
    RECYCLED = "recycled", _("回收冷冻")
    """Given back, at rest before they are given anew."""
    UNALLOCATED = "unallocated", _("未分配")


class Stopped(TextChoices):
    """What an organisation is not given while a stop stands."""

    NUMBERS = "numbers", _("新号码")
    USERS = "users", _("新用户")


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop that stands."""

    organisation: UUID
    province: str
    """GB/T 2260 two digits; '': everywhere."""
    since: datetime
    source: str
    """The document it rests on."""


class Certainty(StrEnum):
    """How it is known who serves a number, the surest first."""

    PORTED = "ported"
    """A porting record, or an answer of the porting database that is still good."""
    ALLOCATED = "allocated"
    """An allocation of the register covers it: allocated to, not served by (携号转网)."""
    BY_PREFIX = "prefix"
    """Only the public numbering plan names the network that was first given the range."""
    RECYCLED = "recycled"
    UNALLOCATED = "unallocated"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Held:
    """Who holds a number at a time, since when, from whom, and how that is known."""

    number: int
    """E.164 key."""
    organisation: UUID | None
    certainty: Certainty
    since: datetime | None = None
    until: datetime | None = None
    before: UUID | None = None
    """From whom it came, where known."""
    source: str = ""
    """The document, file or table that says so."""


@dataclass(frozen=True, slots=True)
class NewAllocation:
    """A range that is given, given back or withdrawn from a time on."""

    first: int
    """E.164 key."""
    last: int
    """E.164 key, included."""
    state: State
    organisation: UUID | None
    since: datetime
    source: str
    until: datetime | None = None
    province: str = ""


@dataclass(frozen=True, slots=True)
class NewPorting:
    """A number that changes its network."""

    number: int
    organisation: UUID
    """Who serves it from then on."""
    at: datetime
    source: str


class PlanRefused(Refused):
    """Nothing of the plan was changed.

    Codes: `hook`, `number`, `organisation`, `range`, `source`, `stopped`, `term`, `too_many`.
    """
