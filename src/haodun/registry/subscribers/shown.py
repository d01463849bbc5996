"""How registrations, imports, cards above the limit and rates look on pages; no HTML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from haodun.audit.services import subjects_for
from haodun.offices.organisations.services import PROVINCES, find
from haodun.offices.transitions.on_pages import chinese, clocks_by_row, named, titled
from haodun.registry.subscribers.documents import Document, DocumentKind
from haodun.registry.subscribers.figures import Figure
from haodun.registry.subscribers.models import ExcessCard, ImportRun, RealName, Service
from haodun.registry.subscribers.queries import Line
from haodun.registry.subscribers.sealing import DOCUMENT_PLACE, cipher, now
from haodun.registry.subscribers.states import EXCESS, IMPORT

TARGETS = ((date(2016, 12, 31), 9_500), (date(2017, 6, 30), 10_000))
"""Day from which a real-name rate is due, in hundredths of a percent (MIIT re-registration notice of 2016-05-24)."""
STATES = {
    RealName.NONE: ("ser", "octagon-alert"),
    RealName.INCOMPLETE: ("cau", "circle-dot"),
    RealName.FAILED: ("ser", "x"),
    RealName.VALID: ("ok", "circle-check"),
}
IMPORT_TONES = {
    "UPLOADED": ("info", "hourglass"),
    "UNREADABLE": ("ser", "octagon-alert"),
    "CHECKED": ("two", "stamp"),
    "APPLYING": ("info", "hourglass"),
    "APPLIED": ("ok", "circle-check"),
    "DISCARDED": ("neu", "x"),
}
EXCESS_TONES = {
    "PENDING": ("cau", "hourglass"),
    "CONFIRMED": ("ok", "circle-check"),
    "GIVEN_UP": ("neu", "x"),
    "REFUSED": ("ser", "octagon-alert"),
    "LAPSED": ("neu", "undo-2"),
}


def target_at(day: date) -> int | None:
    """The rate due on a day, in hundredths of a percent; None before any was set."""
    due = [rate for since, rate in TARGETS if since <= day]
    return due[-1] if due else None


def state_chip(status: str) -> dict[str, str]:
    """Tone, icon and words of a real-name state."""
    tone, icon = STATES[RealName(status)]
    return {"tone": tone, "icon": icon, "words": str(RealName(status).label)}


def registration_rows(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Rows of the list: number and holder masked."""
    subjects = subjects_for("number", [line.interval.number for line in lines])
    return [
        {
            "number": line.interval.number,
            "subject": subjects[str(line.interval.number)],
            "holder": line.interval.masked_name,
            "since": line.interval.valid.lower,
            "carrier": named(line.interval.reseller or line.interval.carrier),
            "document": document_shown(getattr(line.interval, "record", None)),
            "chip": state_chip(line.status),
            "checked": line.checked,
        }
        for line in lines
    ]


def document_shown(record: Any) -> dict[str, str]:
    """Kind and masked number of the document of a record; {} where none was recorded."""
    if record is None or not record.document_kind:
        return {}
    kind = DocumentKind(record.document_kind)
    number = cipher().open(bytes(record.document_sealed), place=DOCUMENT_PLACE)
    return {"kind": str(kind.label), "number": Document(kind, number).masked}


def import_chip(run: ImportRun) -> dict[str, str]:
    """Tone, icon and words of an import's state."""
    tone, icon = IMPORT_TONES[run.state]
    return {"tone": tone, "icon": icon, "words": titled(IMPORT.state(run.state))}


def import_rows(runs: Iterable[ImportRun]) -> list[dict[str, Any]]:
    """Rows of the list of imports."""
    return [
        {
            "run": run,
            "address": reverse("subscribers:import", args=[run.id]),
            "chip": import_chip(run),
            "organisation": named(run.organisation),
            "mode": run.get_mode_display(),
        }
        for run in runs
    ]


def excess_rows(cards: Sequence[ExcessCard]) -> list[dict[str, Any]]:
    """Rows of the queue."""
    clocks = clocks_by_row(EXCESS, [card.id for card in cards])
    return [excess_row(card, clocks.get(card.id)) for card in cards]


def excess_row(card: ExcessCard, clock: Mapping[str, Any] | None) -> dict[str, Any]:
    """One card of the queue."""
    tone, icon = EXCESS_TONES[card.state]
    return {
        "card": card,
        "clock": clock,
        "late": clock is not None and clock["due_at"] < now(),
        "address": reverse("subscribers:card", args=[card.id]),
        "chip": {"tone": tone, "icon": icon, "words": titled(EXCESS.state(card.state))},
        "number": card.interval.number,
        "holder": card.interval.masked_name,
        "carrier": named(card.interval.reseller or card.interval.carrier),
    }


def keys_shown(dimension: str, keys: Iterable[str]) -> dict[str, str]:
    """What the keys of a dimension are called; one query for organisations."""
    wanted = set(keys)
    if dimension in ("carrier", "reseller"):
        found = {str(one.id): named(one) for one in find().filter(id__in=[key for key in wanted if key])}
        return {key: found.get(key, _("自有用户") if not key else _("已撤销的单位")) for key in wanted}
    if dimension == "province":
        return {key: PROVINCES[key][not chinese()] if key in PROVINCES else _("不详") for key in wanted}
    if dimension == "service":
        return {key: str(Service(key).label) if key in Service.values else key for key in wanted}
    return {key: _("全部") for key in wanted}


def rate_rows(figures: Sequence[Figure], dimension: str, target: int | None) -> list[dict[str, Any]]:
    """Rows of a table of rates, the lowest first."""
    names = keys_shown(dimension, [one.key for one in figures])
    rows = [
        {
            "name": names[one.key],
            "part": one.numerator,
            "whole": one.denominator,
            "rate": percent(one.value),
            "value": one.value,
            "gap": gap(one, target),
        }
        for one in figures
    ]
    return sorted(rows, key=lambda row: (row["value"] is None, row["value"] or 0, str(row["name"])))


def gap(one: Figure, target: int | None) -> int | None:
    """How many numbers are missing to the target; 0 where it is reached, None where nothing is asked or measured."""
    if target is None or one.value is None:
        return None
    return max(0, -(-one.denominator * target // 10_000) - one.numerator)


def percent(value: int | None) -> str:
    """Hundredths of a percent with two places, as forms print them (RULES.md §4.6)."""
    return "—" if value is None else f"{value // 100}.{value % 100:02d}%"


def month_ends(last: date, count: int) -> list[date]:
    """The last days of the months before a day, oldest first, and the day itself."""
    days, day = [last], last
    while len(days) < count:
        day = day.replace(day=1) - timedelta(days=1)
        days.append(day)
    return days[::-1]


def address(name: str, **query: str) -> str:
    """An address with a query, empty values left out."""
    given = {key: value for key, value in query.items() if value}
    return reverse(f"subscribers:{name}") + (f"?{urlencode(given)}" if given else "")


def breakdown(run: ImportRun) -> list[tuple[str, list[tuple[str, int]]]]:
    """The counts of an import's good rows, by group: title, then names and counts, largest first."""
    titles = {"carrier": _("按运营商"), "reseller": _("按转售企业"), "province": _("按省份"), "status": _("按实名状态")}
    made = []
    for dimension, title in titles.items():
        counts: dict[str, int] = run.summary.get(dimension, {})
        if not counts or set(counts) == {""}:
            continue
        if dimension == "status":
            names = {key: str(RealName(key).label) for key in counts}
        else:
            names = keys_shown(dimension, counts)
        rows = sorted(((names[key], count) for key, count in counts.items()), key=lambda row: -row[1])
        made.append((title, rows[:40]))
    return made
