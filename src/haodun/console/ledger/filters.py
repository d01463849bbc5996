"""What an auditor looks for, read from the address: kind, organisation, person, object, period."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from haodun.audit.services import AuditKind, Wanted
from haodun.console.ledger import shown
from haodun.console.reader import language

NAMES = ("kind", "unit", "person", "object", "period")
PERIODS = {
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
    "quarter": timedelta(days=90),
}
_TYPE = re.compile(r"[a-z_]{1,40}")
_OBJECT = re.compile(r"([a-z_]{1,40}):([A-Za-z0-9._-]{1,64})")
_BEFORE = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters of a page, as they stand in its address; what is none of them is passed over."""

    chosen: Mapping[str, str]
    before: int | None

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Asked:
        """Read the query of an address."""
        chosen = {name: query.get(name, "")[:120] for name in NAMES}
        before = query.get("before", "")
        kept = {name: value for name, value in chosen.items() if value and _sound(name, value)}
        return cls(kept, int(before) if _BEFORE.fullmatch(before) else None)

    def wanted(self, now: datetime) -> Wanted:
        """What the ledger is asked for."""
        kind, one = _split(self.chosen.get("object", ""))
        about_number = kind == "number" and bool(one)
        return Wanted(
            kind=self.chosen.get("kind", ""),
            organisation=_id(self.chosen.get("unit", "")),
            actor=_id(self.chosen.get("person", "")),
            object_type="" if about_number else kind,
            object_id="" if about_number else one,
            subject=_id(one) if about_number else None,
            since=now - PERIODS[self.chosen["period"]] if "period" in self.chosen else None,
        )

    def address(self, **changes: str) -> str:
        """The address with other filters; '' takes one away."""
        query = {name: value for name, value in {**self.chosen, **changes}.items() if value}
        return reverse("audit:home") + (f"?{urlencode(query)}" if query else "")


def bar(asked: Asked, people: Mapping[uuid.UUID, str], units: Mapping[uuid.UUID, str]) -> list[dict[str, Any]]:
    """The filter bar of `parts/filters.html`; people and units are those to choose from, with their names."""
    titles = {"kind": _("事项"), "unit": _("单位"), "person": _("人员"), "object": _("对象"), "period": _("时段")}
    choices = {
        "kind": [(kind.value, kind.en if language() == "en" else kind.zh) for kind in AuditKind],
        "unit": _sorted(units),
        "person": _sorted(people),
        "object": list(shown.objects().items()),
        "period": list(periods().items()),
    }
    return [
        {
            "name": name,
            "title": titles[name],
            "value": asked.chosen.get(name, ""),
            "value_title": _said(asked.chosen.get(name, ""), dict(choices[name])),
            "choices": choices[name],
            "without": asked.address(**{name: ""}),
            "lang": "zh-Hans" if name == "person" else "",
        }
        for name in NAMES
    ]


def periods() -> dict[str, str]:
    """Periods and their titles."""
    return {"day": _("24 小时内"), "week": _("7 日内"), "month": _("30 日内"), "quarter": _("90 日内")}


def _sorted(names: Mapping[uuid.UUID, str]) -> list[tuple[str, str]]:
    return sorted(((str(one), name) for one, name in names.items()), key=lambda pair: pair[1])


def _said(value: str, choices: Mapping[str, str]) -> str:
    kind, one = _split(value)
    if one and kind in choices:
        return f"{choices[kind]} {one[:8]}"
    return choices.get(value, _("无此项"))


def _split(value: str) -> tuple[str, str]:
    found = _OBJECT.fullmatch(value)
    return (found[1], found[2]) if found else (value, "")


def _sound(name: str, value: str) -> bool:
    if name in ("unit", "person"):
        return _id(value) is not None
    if name == "period":
        return value in PERIODS
    if name == "object":
        kind, one = _split(value)
        return bool(_TYPE.fullmatch(kind)) and (kind != "number" or not one or _id(one) is not None)
    return AuditKind.named(value) is not None


def _id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
