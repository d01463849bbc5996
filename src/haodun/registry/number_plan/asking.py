"""Ask the country's porting database about a number: a hook of the site, its answers kept for a while.

`HAODUN_MNP` names it, `package.module:function`. It is called with an E.164 key and says who serves the number: a USCC
and since when (None: not known), or None for a number that was never ported. Where it raises `MnpError`, that is not
known now. It must answer within a second or so: an order waits for it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from importlib import import_module

from django.utils import timezone

from haodun.offices.organisations.services import find
from haodun.registry.number_plan.models import PortingAnswer
from haodun.registry.number_plan.values import PlanRefused

HOOK = "HAODUN_MNP"
KEPT = timedelta(hours=24)
"""How long an answer is good."""
MAX_KEPT = 5_000_000
"""Answers kept; where there are more, those that are no longer good go first."""

Hook = Callable[[int], tuple[str, datetime | None] | None]


class MnpError(Exception):
    """The porting database did not answer; raised by the hook."""


def hook() -> Hook | None:
    """The site's hook, None where it has none. PlanRefused where what is named is not there."""
    named = os.environ.get(HOOK, "")
    if not named:
        return None
    module, _, function = named.partition(":")
    try:
        found: Hook = getattr(import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise PlanRefused(
            "hook",
            f"{HOOK}={named} 找不到，应写成 包.模块:函数",
            f"{HOOK}={named} is not there; write package.module:function",
        ) from error
    return found


def query_porting(number: int, *, now: datetime | None = None) -> PortingAnswer | None:
    """What the porting database says of a number: a kept answer, else a new one; None where nobody answers now."""
    now = now or timezone.now()
    kept = PortingAnswer.objects.filter(number=number).first()
    ask = hook()
    if (kept is not None and kept.good_until > now) or ask is None:
        return kept if kept is not None and kept.good_until > now else None
    try:
        said = ask(number)
    except MnpError:
        return None
    organisation = None
    if said is not None:
        organisation = find(uscc=said[0]).first()
        if organisation is None:
            return None
    answer, _ = PortingAnswer.objects.update_or_create(
        number=number,
        defaults={
            "organisation": organisation,
            "since": said[1] if said else None,
            "asked_at": now,
            "good_until": now + KEPT,
        },
    )
    return answer


def forget_answers(now: datetime | None = None) -> int:
    """Delete the answers that are no longer good; how many."""
    deleted, _ = PortingAnswer.objects.filter(good_until__lte=now or timezone.now()).delete()
    return deleted
