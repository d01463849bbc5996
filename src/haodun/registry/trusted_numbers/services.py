"""The trusted-number centre: the only way in for other contexts."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from haodun.offices.transitions.services import Actor, Outcome, Preview, act, preview
from haodun.registry.trusted_numbers.applying import (
    begin_application,
    read_numbers,
    set_all,
    set_name,
    set_numbers,
    set_purpose,
    set_trunks,
)
from haodun.registry.trusted_numbers.callbacks import ask_code, type_code
from haodun.registry.trusted_numbers.evidence import add_evidence, open_evidence, remove_evidence
from haodun.registry.trusted_numbers.lists import (
    LISTS,
    changed_numbers,
    directory_part,
    in_force,
    latest_start,
    lists,
    of_others,
    placings,
    trusted_among,
)
from haodun.registry.trusted_numbers.models import Entry
from haodun.registry.trusted_numbers.on_numbers import courses_on
from haodun.registry.trusted_numbers.receipts import Everywhere, receipts_from
from haodun.registry.trusted_numbers.states import TABLE
from haodun.registry.trusted_numbers.values import EvidenceKind, Purpose, Trusted

__all__ = [
    "LISTS",
    "Everywhere",
    "EvidenceKind",
    "Purpose",
    "Trusted",
    "add_evidence",
    "ask_code",
    "begin_application",
    "changed_numbers",
    "courses_on",
    "directory_part",
    "in_force",
    "latest_start",
    "lists",
    "of_others",
    "open_evidence",
    "placings",
    "preview_step",
    "read_numbers",
    "receipts_from",
    "remove_evidence",
    "set_all",
    "set_name",
    "set_numbers",
    "set_purpose",
    "set_trunks",
    "step",
    "trusted_among",
    "type_code",
]


def step(
    actor: Actor,
    ids: Sequence[uuid.UUID],
    action: str,
    *,
    key: str,
    reason: str = "",
    data: Mapping[str, str] | None = None,
    version: int | None = None,
) -> tuple[Outcome, ...]:
    """Take a step of the table on entries, all or none. Raises Refused."""
    return act(actor, TABLE, ids, action, key=key, reason=reason, data=data, version=version)


def preview_step(actor: Actor, entry: Entry, action: str) -> Preview:
    """What a step would meet now; a remedy is asked for at the step itself."""
    return preview(actor, TABLE, [entry.id], action, data={"remedy": "—"})
