"""Everything that can grow or run out here, with its name; sites set the first two in `HAODUN_KEY_SERVICES`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings

DEFAULT_QUANTITY = 5
"""Services of one kind that one applicant may have at one carrier. 452号 art. 7 demands a cap; its number is not among
the published texts (RULES.md §1.1 art. 7 d), so it is the site's to set."""
RECTIFY_DAYS = 15
"""Days to rectify where no campaign says otherwise; a rule of the platform."""
CODE_DIGITS = 6
CODE_TRIES = 3
CODE_LASTS = timedelta(minutes=15)
CAP = "key_services.numbers"
"""Name of the cap on suspending and closing."""
RENEW_BEFORE = timedelta(days=7)
"""A closed number's restriction is renewed when it would end sooner."""
MAX_ITEMS = 1_000_000
"""Services of one campaign."""


def quantity_cap(kind: str) -> int:
    """How many services of a kind one applicant may have at one carrier: HAODUN_KEY_SERVICES["quantity"][kind]."""
    said: Mapping[str, Mapping[str, int]] = getattr(settings, "HAODUN_KEY_SERVICES", {})
    return int(said.get("quantity", {}).get(kind, DEFAULT_QUANTITY))
