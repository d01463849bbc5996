"""How often a stranger may ask: counted per number and per address, the same for known and unknown numbers."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from haodun.casework.appeals.models import Touch


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` within `window`, per value."""

    name: str
    """Stored with each touch; at most 24 characters."""
    count: int
    window: timedelta


CODE_PER_NUMBER = Limit("code-number", 3, timedelta(hours=1))
CODE_PER_ADDRESS = Limit("code-address", 10, timedelta(hours=1))
TOKEN_PER_ADDRESS = Limit("token-address", 20, timedelta(hours=1))
STATUS_PER_REFERENCE = Limit("status-reference", 10, timedelta(hours=1))
STATUS_PER_ADDRESS = Limit("status-address", 30, timedelta(hours=1))
APPEAL_PER_NUMBER = Limit("appeal-number", 5, timedelta(days=1))


def spend(limit: Limit, value: str, *, now: datetime) -> bool:
    """Count one use; False, and nothing counted, where the limit is reached. Two at once cannot both take the last."""
    key = keyed(limit.name, value)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(key[:8], "big", signed=True)])
        used = Touch.objects.filter(kind=limit.name, key=key, at__gt=now - limit.window).count()
        if used >= limit.count:
            return False
        Touch.objects.create(kind=limit.name, key=key, at=now)
    return True


def keyed(kind: str, value: str) -> bytes:
    """An HMAC-SHA-256 of a value under the site's secret: equal values are seen, the value is not kept."""
    return hmac.digest(settings.SECRET_KEY.encode("utf-8"), f"{kind}\0{value}".encode(), hashlib.sha256)


def forget(*, now: datetime) -> int:
    """Remove the touches that no limit looks at any more; how many."""
    return Touch.objects.filter(at__lt=now - timedelta(days=2)).delete()[0]
