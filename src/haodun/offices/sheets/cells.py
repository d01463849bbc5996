"""Cells that every table has: a choice by its code or title, yes or no, a day. Each raises CellError."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import cache, lru_cache
from typing import Any

from django.utils.translation import get_language

from haodun.offices.sheets.values import CellError

BEIJING = timezone(timedelta(hours=8))
_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?", re.ASCII)
_TRUE = frozenset(("1", "是", "yes", "true", "y"))
_FALSE = frozenset(("0", "否", "no", "false", "n"))


@lru_cache(maxsize=20_000)
def moment(text: str) -> datetime:
    """A day (its beginning in Beijing), as 2016-10-01, 2016/10/1 or 2016.10.1, or a moment in ISO 8601."""
    day = _DAY.fullmatch(text.strip())
    try:
        if day:
            return datetime(int(day[1]), int(day[2]), int(day[3]), tzinfo=BEIJING)
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise CellError("应为日期，如 2016-10-01", "must be a date such as 2016-10-01") from None
    return found if found.tzinfo else found.replace(tzinfo=BEIJING)


def one_of(choices: Any) -> Callable[[str], str]:
    """A code of these choices (TextChoices), or its title in the page's language."""
    known = {str(value): str(value) for value in choices.values}

    @cache
    def titles(language: str | None) -> dict[str, str]:
        return {str(title): str(value) for value, title in choices.choices}

    def parse(text: str) -> str:
        word = text.strip()
        found = known.get(word) or titles(get_language()).get(word)
        if found is None:
            said = "、".join(known)
            raise CellError(f"应为以下之一：{said}", f"must be one of {', '.join(known)}")
        return found

    return parse


def yes_no(*, also_true: str = "", also_false: str = "") -> Callable[[str], bool]:
    """是 or 否, yes or no; with a word more for each."""
    true, false = {*_TRUE, also_true} - {""}, {*_FALSE, also_false} - {""}

    def parse(text: str) -> bool:
        word = text.strip().casefold()
        if word not in true | false:
            raise CellError("应为“是”或“否”", "must be yes or no")
        return word in true

    return parse
