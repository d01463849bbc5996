"""How cases look on pages: chips, rows, proofs; no HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from haodun.offices.transitions.on_pages import clocks_by_row, named, titled
from haodun.registry.key_services.services import percent, share
from haodun.registry.resellers.models import Proof, ResellerCase
from haodun.registry.resellers.states import TABLE
from haodun.registry.subscribers.services import rates

TONES: Mapping[str, tuple[str, str]] = {
    "RECORDED": ("neu", "inbox"),
    "CLEAR": ("ok", "circle-check"),
    "NOTIFIED": ("cau", "hourglass"),
    "SUPPLY_ORDERED": ("ser", "siren"),
    "SUPPLY_STOPPED": ("ser", "ban"),
    "USERS_STOPPED": ("ser", "ban"),
    "LICENCE_PROPOSED": ("ser", "stamp"),
    "RECTIFIED": ("ok", "circle-check"),
}
"""Tone and icon of each state's chip (CONSOLE.md §3)."""
ORDER = (
    "clear", "notify", "close", "confirm", "lift_supply", "lift_users", "withdraw_proposal", "stop_supply",
    "stop_users", "propose_licence",
)  # fmt: skip
"""Verbs with a button, in their order."""
TABS: Mapping[str, tuple[str, ...]] = {
    "open": ("RECORDED", "NOTIFIED"),
    "stopped": ("SUPPLY_ORDERED", "SUPPLY_STOPPED", "USERS_STOPPED", "LICENCE_PROPOSED"),
    "ended": ("CLEAR", "RECTIFIED"),
}
"""Tab → states; `all` besides."""


def chip(row: ResellerCase) -> dict[str, str]:
    """Tone, icon and words of a case's state."""
    tone, icon = TONES[row.state]
    return {"tone": tone, "icon": icon, "words": titled(TABLE.state(row.state))}


def case_rows(rows: Sequence[ResellerCase]) -> list[dict[str, Any]]:
    """Rows of the queue."""
    clocks = clocks_by_row(TABLE, [row.id for row in rows])
    return [
        {
            "address": reverse("resellers:case", args=[row.id]),
            "of": named(row.reseller),
            "host": named(row.host),
            "way": row.get_way_display(),
            "on": row.inspected_on,
            "rate": rate(row.rate),
            "chip": chip(row),
            "clock": clocks.get(row.id),
            "at": row.moved_at,
        }
        for row in rows
    ]


def proof_rows(rows: Sequence[Proof]) -> list[dict[str, Any]]:
    """Proofs of a case, newest first."""
    return [
        {
            "id": row.id, "words": row.words, "sent": row.sent_at, "checked": row.rechecked_at,
            "sample": row.sample, "compliant": row.compliant, "rate": rate(row.rate), "evidence": row.evidence,
        }
        for row in rows
    ]  # fmt: skip


def real_name_rate(row: ResellerCase, user: Any) -> dict[str, Any]:
    """K1 of the reseller's users that the reader may see, at the end of the last day that is over."""
    as_of = timezone.localdate() - timedelta(days=1)
    found = next((one for one in rates(as_of, by="reseller", user=user) if one.key == str(row.reseller_id)), None)
    value = share(found.valid, found.numbers) if found else None
    return {"rate": rate(value), "numbers": found.numbers if found else 0, "as_of": as_of}


def rate(value: int | None) -> str:
    """A share as the pages print it; '—' of nothing."""
    return "—" if value is None else percent(value)
