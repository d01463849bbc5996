"""What a step of a line or a report does besides the new state; inside the act's transaction."""

from __future__ import annotations

import uuid
from datetime import datetime

from haodun.offices.organisations.services import readers_of, system
from haodun.offices.transitions.services import BlastRadius, Change, members_of
from haodun.registry.voice_lines.facts import DeviceReported, LinesChanged
from haodun.registry.voice_lines.models import LinePermit


def note_move(change: Change) -> None:
    """When the last step was taken."""
    for row in change.rows:
        row.moved_at = change.at
        row.save(update_fields=["moved_at"])


def note_test(change: Change) -> None:
    """It passed."""
    for row in change.rows:
        row.tested_at, row.checked_at = change.at, change.at
        row.save(update_fields=["tested_at", "checked_at"])


def tell_snapshot(change: Change) -> None:
    """The edges hear of it with the next snapshot, which this asks for."""
    change.emit(LinesChanged(tuple(row.id for row in change.rows)))


def set_exception(change: Change) -> None:
    """Until when its numbers are not asked after."""
    for row in change.rows:
        row.exception_until = datetime.fromisoformat(str(change.data["until"]))
        row.save(update_fields=["exception_until"])


def end_exception(change: Change) -> None:
    """Its numbers are asked after again."""
    for row in change.rows:
        row.exception_until = None
        row.save(update_fields=["exception_until"])


def close(change: Change) -> None:
    """It is no more: its trunk loses its sources in the snapshot."""
    for row in change.rows:
        row.closed_at = change.at
        row.save(update_fields=["closed_at"])


def radius_of(change: Change) -> BlastRadius:
    """What closing would hit: the numbers that may be shown on these lines, their holders, carriers, provinces."""
    ids = [row.id for row in change.rows]
    with system():
        ranges = list(LinePermit.objects.filter(line__in=ids).order_by("low").values_list("low", "high"))
    numbers = sum(high - low + 1 for low, high in ranges)
    carriers: dict[str, int] = {}
    provinces: dict[str, int] = {}
    for row in change.rows:
        carriers[str(row.carrier_id)] = carriers.get(str(row.carrier_id), 0) + numbers
        provinces[row.province] = provinces.get(row.province, 0) + numbers
    return BlastRadius(
        numbers=numbers,
        holders=len({row.uscc or row.holder for row in change.rows if row.uscc or row.holder}),
        provinces=provinces,
        carriers=carriers,
        members=members_of(f"{low}-{high}" for low, high in ranges),
    )


def hand_to_police(change: Change) -> None:
    """The police unit and its superiors read it from now on; the regulator did from the beginning."""
    for row in change.rows:
        row.police_id = uuid.UUID(str(change.data["police"]))
        row.readers = sorted({*row.readers, *readers_of(row.police_id)})
        row.reported_at, row.moved_at = change.at, change.at
        row.save(update_fields=["police", "readers", "reported_at", "moved_at"])
        change.emit(DeviceReported(row.id, row.kind))
