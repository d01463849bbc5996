"""A verdict by its redress token, and what its rules say to the caller; nothing of anybody else comes out of here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from django.conf import settings

from haodun.registry.policy_revisions.services import policy_source
from haodun.screening.events import Action
from haodun.screening.policy import PACKS, Policy, load_policy
from haodun.screening.verdicts import TokenError, parse_token
from haodun.store.services import Store, StoredVerdict
from haodun.store.site import site_key

MAX_CALLS = 2_000
"""Calls of a number's day that are looked through, the newest."""
MAX_SHOWN = 10
"""Different reasons that are shown."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """What the caller may know of their own call: no called number, no trunk, no score, no other call."""

    verdict: str
    day: date
    """UTC day of the store."""
    caller: int
    """E.164 key; ≤ 0 where the caller was no number."""
    at: datetime
    action: Action
    rules: tuple[str, ...]
    why_zh: tuple[str, ...]
    """Titles of the rules that decided."""
    why_en: tuple[str, ...]


def stopped(token: str) -> Stopped | None:
    """What the redress token of a call that did not simply go through says; None for any other text."""
    found = _in_store(token)
    return None if found is None else _stopped(found)


def stopped_calls(number: int, start: datetime, end: datetime) -> list[Stopped]:
    """The calls of a number in [start, end) that did not simply go through: of equal ones the last, newest first."""
    since, until = (int(at.timestamp() * 1000) for at in (start, end))
    found = Store(settings.HAODUN_DATA / "store").verdicts_of(number, since_ms=since, until_ms=until, limit=MAX_CALLS)
    calls: dict[tuple[Action, tuple[str, ...]], Stopped] = {}
    for one in found:
        call = _stopped(one)
        if call is not None:
            calls.setdefault((call.action, call.rules), call)
    return list(calls.values())[:MAX_SHOWN]


def _stopped(found: StoredVerdict) -> Stopped | None:
    verdict = found.verdict
    if verdict.action is Action.ALLOW or found.bypass:
        return None
    at = datetime.fromtimestamp(verdict.time_ms / 1000, tz=UTC)
    titles = [_title(rule) for rule in verdict.reasons]
    return Stopped(
        verdict=found.id,
        day=at.date(),
        caller=verdict.caller,
        at=at,
        action=verdict.action,
        rules=tuple(verdict.reasons),
        why_zh=tuple(zh for zh, _ in titles),
        why_en=tuple(en for _, en in titles),
    )


def _in_store(token: str) -> StoredVerdict | None:
    data: Path = settings.HAODUN_DATA
    try:
        parsed = parse_token(token)
    except TokenError:
        return None
    return Store(data / "store").by_token(parsed, site_key=site_key(data / "keys" / "site.key"))


def _title(rule: str) -> tuple[str, str]:
    for policy in _policies():
        try:
            title = policy.rule(rule).title
        except KeyError:
            continue
        return title.zh, title.en
    return rule, rule


@cache
def _policies() -> tuple[Policy, ...]:
    """That of this site first: its own rules have titles too."""
    return tuple(load_policy(source) for source in dict.fromkeys((policy_source(), *PACKS)))
