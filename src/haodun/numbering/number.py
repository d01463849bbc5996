"""What a telephone number is: one frozen value, and the words that describe it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Kind(IntEnum):
    """What a number is for. The integers are stored in logs and byte code: append, never renumber."""

    UNKNOWN = 0  # nothing was given: withheld, anonymous, absent
    INVALID = 1  # something was given, and it is no number; `Number.refusal` says why
    MOBILE = 2
    FIXED = 3
    MVNO_MOBILE = 4  # resold mobile (转售): 162, 165, 167, 170x, 171
    IOT = 5
    SATELLITE = 6
    SERVICE_400 = 7
    SERVICE_800 = 8
    SERVICE_95 = 9  # 95xxx and 96xxx
    SHORT_CODE = 10
    EMERGENCY = 11
    PRIVACY_700 = 12
    FOREIGN = 13


class Form(IntEnum):
    """How the number was written by whoever sent it."""

    NONE = 0
    PLUS = 1  # +86 139…
    IDD = 2  # 00 86 139…
    TRUNK_PREFIX = 3  # 0571 8888…
    SUBSCRIBER = 4  # 139…, 8888…: as dialled inside the home country
    BARE_INTERNATIONAL = 5  # 86139… without + or 00
    SHORT = 6  # 110, 95588, 400…


class Refusal(IntEnum):
    """Why a text is no number."""

    NONE = 0
    EMPTY = 1
    ANONYMOUS = 2
    NOT_ASCII = 3
    BAD_CHARACTER = 4  # a letter, NUL, percent escape, trailing junk
    TOO_LONG = 5  # over 15 digits of E.164 (15-digit 700 excepted), or over 64 characters
    TOO_SHORT = 6
    BAD_PARAMETER = 7  # a tel: parameter that changes the meaning, or is malformed
    UNKNOWN_COUNTRY = 8
    WRONG_LENGTH = 9  # for its range
    IMPOSSIBLE = 10  # no such number in the plan of its country
    BAD_PREFIX = 11  # 000…, +0…, 00 twice


class IngressClass(IntEnum):
    """Where a call enters the network; decides how its numbers are read and which rules may speak."""

    UNKNOWN = 0
    INTERNATIONAL = 1
    INTER_NETWORK = 2
    INTRA_NETWORK = 3
    VOICE_LINE = 4
    ACCESS = 5


class Allocation(IntEnum):
    """Whether the number's range is given out by its national plan."""

    UNKNOWN = 0
    ALLOCATED = 1
    UNALLOCATED = 2


class Holder(IntEnum):
    """Who was first given the range. Portability (携号转网) means: allocated to, not served by."""

    UNKNOWN = 0
    TELECOM = 1
    MOBILE = 2
    UNICOM = 3
    BROADNET = 4


@dataclass(frozen=True, slots=True)
class Number:
    """One telephone number. Equal numbers are equal however they were written, except for `form`.

    Build it with `haodun.numbering.parse`; a Number whose `refusal` is not NONE has key 0.
    """

    key: int
    """E.164 digits as an integer, 0 if it is no number. Of a short code: country code + code, 110 in China is 86110."""
    kind: Kind
    country: int
    """Country calling code (86), 0 if none."""
    form: Form
    refusal: Refusal

    @property
    def is_number(self) -> bool:
        return self.key > 0

    def __str__(self) -> str:
        return f"+{self.key}" if self.key else f"({self.refusal.name.lower()})"


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """What the numbering plan says of one number."""

    allocation: Allocation
    holder: Holder
    province: str
    """GB/T 2260 two-digit code of the province, '' if not known. Names: `place_name`."""
    city: str
    """City as the range table has it (Chinese), '' if not known."""
    reseller: bool
    emergency: bool
