"""Invented but likely data for the parts page: every part in every state, in both languages; nobody is meant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from django import forms

from haodun.console.formatting import Language

FILE = Path(__file__).with_name("samples.yaml")
SUBJECT = UUID("00000000-0000-4000-8000-000000001718")
"""Opaque id of the invented number; nothing answers under it."""
NUMBERS = (8617123458306, 862584560110, 8613912340042, 8610086, 442079460123, 86110)
WEEK = 168
"""Hours that the lane of calls shows."""


@cache
def _written() -> Mapping[str, Any]:
    found: Mapping[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
    return found


def sample(name: str, *, now: datetime, lang: Language) -> Any:
    """A sample by its name in samples.yaml, in one language, its moments counted from `now`; KeyError for none."""
    value: Any = _written()
    for part in name.split("."):
        value = value[int(part)] if isinstance(value, list) else value[part]
    return _resolved(value, now=now, lang=lang)


def _resolved(value: Any, *, now: datetime, lang: Language) -> Any:
    if isinstance(value, list):
        return [_resolved(one, now=now, lang=lang) for one in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"zh", "en"}:
        return value[lang]
    if value.keys() == {"minutes"}:
        return now + timedelta(minutes=value["minutes"])
    if value.keys() == {"sample"}:
        return sample(value["sample"], now=now, lang=lang)
    return {key: _resolved(one, now=now, lang=lang) for key, one in value.items()}


def hours(now: datetime) -> list[dict[str, Any]]:
    """A week of calls an hour: quiet days, then two of fan-out."""
    return [
        {"at": now - timedelta(hours=WEEK - 1 - index), "count": _calls(index), "high": _calls(index) > 60}
        for index in range(WEEK)
    ]


def _calls(hour: int) -> int:
    if not 8 <= hour % 24 <= 20:
        return 0
    return 4 + hour % 5 if hour < 110 else 90 + (hour * 37) % 60


class SampleForm(forms.Form):
    """A form with every kind of field, in one language."""

    number = forms.CharField()
    place = forms.ChoiceField()
    kind = forms.ChoiceField(widget=forms.RadioSelect)
    story = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)

    def __init__(self, words: Mapping[str, Any], data: Mapping[str, str] | None = None, *, name: str = "") -> None:
        """`words` is the sample "form"; `data` None is untouched; `name` keeps two of them apart on a page."""
        super().__init__(data, prefix=name)
        for key, field in self.fields.items():
            field.label = words[key]["label"]
            field.help_text = words[key].get("hint", "")
            field.error_messages["required"] = words[key].get("missing", "")
            if isinstance(field, forms.ChoiceField):
                field.choices = list(words[key]["choices"].items())
