"""What a holder interval and its record are to other contexts: no name in clear, no contact, no document."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from haodun.registry.subscribers.documents import Document


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
    document: Document | None = None
    """None: nothing was recorded; the number counts as not registered."""
    proxy: Document | None = None
    """Of whoever opened it for the holder."""
    agent: str = ""
    """Code of the channel; '' for an own shop."""
    service: str = "mobile"
    """`models.Service`."""
    opened_how: str = "unknown"
    """`models.Opened`."""
    address: str = ""
    """In clear; kept as ciphertext."""
    device: str = ""
    """IMEI; kept as a mark only."""
    status: str = ""
    """`models.RealName`; '' takes `valid` with a document and `none` without."""
    checked: bool = False
    """Checked again after opening."""


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
class Recorded:
    """The record of an interval as other contexts see it: marks for equality, nothing in clear."""

    interval: int
    party: UUID
    """Whose five cards it counts among."""
    document_kind: str
    """'' where no document was recorded."""
    document_mark: bytes
    personal: bool
    proxy_mark: bytes
    address_mark: bytes
    device_mark: bytes
    agent: str
    service: str
    opened_how: str


@dataclass(frozen=True, slots=True)
class State:
    """The real-name state of an interval at a moment, as known at a moment."""

    interval: int
    status: str
    """`models.RealName`."""
    checked: bool
    since: datetime
    until: datetime | None
    recorded_at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class Rate:
    """Counts of one group; what K1 and K9 are made of."""

    key: str
    """Organisation id, province or service; '' for all, and for numbers without one (no reseller)."""
    numbers: int
    """Held at the end of the day."""
    valid: int
    """Of these, in the state `valid`: the numerator of K1."""
    old: int
    """Opened before OLD_BEFORE: the denominator of K9."""
    old_checked: int
    """Of the old ones, checked again: the numerator of K9."""


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
    """A holder interval is not taken; nothing was changed. The message says which and why; `zh` says it in Chinese."""

    def __init__(self, message: str, *, zh: str = "", code: str = "input") -> None:
        super().__init__(message)
        self.zh = zh or message
        self.code = code
