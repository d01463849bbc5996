"""How the number plan looks on pages: rows, answers, filters; no HTML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from haodun.numbering import mask
from haodun.offices.organisations.models import Organisation
from haodun.offices.organisations.services import PROVINCES
from haodun.registry.number_plan.models import Allocation
from haodun.registry.number_plan.values import Certainty, Held, State

TONES = {
    State.ALLOCATED: ("ok", "check"),
    State.RECYCLED: ("cau", "hourglass"),
    State.UNALLOCATED: ("neu", "circle-dashed"),
}


def certainty(one: Certainty) -> str:
    """How it is known, in a sentence."""
    return {
        Certainty.PORTED: _("携号转网记录：现由该单位提供服务"),
        Certainty.ALLOCATED: _("号段分配登记：分配给该单位，不等于现服务网络"),
        Certainty.BY_PREFIX: _("仅据公开号码计划：最初分配给该网络"),
        Certainty.RECYCLED: _("已回收，冷冻期内：没有单位为它负责"),
        Certainty.UNALLOCATED: _("未分配：没有单位可用"),
        Certainty.UNKNOWN: _("不在登记范围：境外号码，或没有单位为它负责"),
    }[one]


def row_of(row: Allocation, *, english: bool) -> dict[str, Any]:
    """One line of the table of allocations."""
    tone, icon = TONES[State(row.state)]
    return {
        "first": row.numbers.lower,
        "last": row.numbers.upper - 1,
        "count": row.numbers.upper - row.numbers.lower,
        "tone": tone,
        "icon": icon,
        "state": str(State(row.state).label),
        "organisation": row.organisation,
        "province": PROVINCES[row.province][1 if english else 0] if row.province else _("全国"),
        "since": row.valid.lower,
        "until": row.valid.upper,
        "source": row.source,
    }


def answer(found: Held, past: Sequence[Held], units: dict[Any, Organisation], *, at: Any) -> dict[str, Any]:
    """Who holds the number that was asked about, and everything recorded of it."""
    return {
        "number": found.number,
        "masked": mask(f"+{found.number}"),
        "at": at,
        "held": line(found, units),
        "past": [line(one, units) for one in reversed(past)],
    }


def line(one: Held, units: dict[Any, Organisation]) -> dict[str, Any]:
    """One statement about a number."""
    return {
        "organisation": units.get(one.organisation),
        "before": units.get(one.before),
        "how": certainty(one.certainty),
        "since": one.since,
        "until": one.until,
        "source": "" if one.certainty in (Certainty.BY_PREFIX, Certainty.UNKNOWN) else one.source,
    }


def filters(chosen: dict[str, str], *, english: bool) -> list[dict[str, Any]]:
    """State and province as filters of the table."""
    choices = {
        "state": [(one.value, str(one.label)) for one in State],
        "province": [(code, names[1 if english else 0]) for code, names in PROVINCES.items()],
    }
    titles = {"state": _("状态"), "province": _("省份")}
    return [
        {
            "name": name,
            "title": titles[name],
            "value": chosen.get(name, ""),
            "value_title": dict(choices[name]).get(chosen.get(name, ""), _("无此项")),
            "choices": choices[name],
            "without": address({key: value for key, value in chosen.items() if key != name}),
        }
        for name in choices
    ]


def address(query: dict[str, str], *, page: str = "plan:home") -> str:
    """A page under these filters."""
    kept = {name: value for name, value in query.items() if value}
    return reverse(page) + (f"?{urlencode(kept)}" if kept else "")


def units_of(held: Iterable[Held]) -> dict[Any, Organisation]:
    """The organisations that these statements name, in one query."""
    ids = {one for said in held for one in (said.organisation, said.before) if one is not None}
    return {unit.id: unit for unit in Organisation.objects.filter(id__in=ids)}
