"""What a holder interval is to other contexts: no name in clear, no contact."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class HolderKind(StrEnum):
    """What a holder is."""

    PERSON = "person"
    ORGANISATION = "organisation"


class Certainty(StrEnum):
    """How the carrier of a number is known."""

    REGISTERED = "registered"
    """A holder interval names it."""
    PORTED = "ported"
    """A porting record, or the porting database, names it."""
    ALLOCATED = "allocated"
    """Only the allocation of its range names it: allocated to, not served by (携号转网)."""
    UNALLOCATED = "unallocated"
    """The plan gives the range to nobody."""
    UNKNOWN = "unknown"
    """Foreign, or no organisation here answers for the range."""


@dataclass(frozen=True, slots=True)
class NewHolding:
    """A number given to a holder."""

    number: int
    """E.164 key."""
    since: datetime
    carrier: UUID
    """Organisation that serves it."""
    subject: UUID
    """Random id of the holder; one holder, one id."""
    kind: HolderKind
    name: str
    """In clear; it is kept as ciphertext."""
    contact: str = ""
    """Where notices go, in clear; kept as ciphertext. '' where none is known."""
    province: str = ""
    """GB/T 2260 two digits; '' takes that of the numbering plan."""
    reseller: UUID | None = None
    until: datetime | None = None
    """None: still held."""


@dataclass(frozen=True, slots=True)
class Holding:
    """One holder interval as other contexts see it: no name in clear, no contact."""

    interval: int
    number: int
    since: datetime
    until: datetime | None
    carrier: UUID
    reseller: UUID | None
    subject: UUID
    kind: HolderKind
    province: str
    masked_name: str
    """张**, 中国******公司."""
    has_contact: bool


@dataclass(frozen=True, slots=True)
class Route:
    """Where an order about one number goes."""

    number: int
    carrier: UUID | None
    """Organisation that must act; None where nobody here answers for it."""
    certainty: Certainty
    interval: int | None
    """The holder interval, where one is known."""


class SubscriberRefused(Exception):  # noqa: N818 (it is what happened)
    """A holder interval is not taken; nothing was changed. The message says which and why."""
