"""What an inspection is to whoever records one."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

MAX_NOTE = 400
MAX_SAMPLE = 10_000_000
FULL = 10_000
"""A share of 100 % in hundredths of a percent: what real-name registration has owed since 2017 (RULES.md, S38)."""


class Way(TextChoices):
    """How it was inspected."""

    SAMPLE = "sample", _("抽查档案")
    COVERT = "covert", _("暗访")


@dataclass(frozen=True, slots=True)
class Sample:
    """What was looked at, and how much of it was in order."""

    size: int
    compliant: int
    evidence: str
    """What shows it; never a number or a name."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """An inspection that is over."""

    reseller: uuid.UUID
    host: uuid.UUID
    """The carrier whose network it resells."""
    way: Way
    on: date
    sample: Sample
    target: int = FULL
    """Least share that passes, hundredths of a percent."""
