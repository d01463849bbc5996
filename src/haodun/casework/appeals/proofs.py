"""What a visitor has shown to be theirs: a call by its token, a restriction by its notice, a number by a code.

The proof lies in the visitor's own session as an opaque id, never in an address; it is good for half an hour.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from haodun.casework.appeals.codes import PROOF, proven
from haodun.casework.appeals.lookups import Stopped, stopped, stopped_calls
from haodun.casework.appeals.references import plain
from haodun.casework.appeals.services import Claim, restrictions_in
from haodun.offices.organisations.services import system
from haodun.registry.restrictions.services import by_appeal

SESSION_KEY = "haodun.redress"
DAYS_BACK = 180
"""As long as verdicts are kept."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the visitor may see and appeal against."""

    claims: dict[str, Claim]
    """By the name a form sends back."""
    day: date | None
    """The day asked for, where a number was proved."""


def keep_token(session: Any, text: str) -> bool:
    """Take a redress token or the reference of a notice as proof; False, and nothing kept, for any other text."""
    with system():
        known = stopped(text) is not None or by_appeal(plain(text)) is not None
    if known:
        session[SESSION_KEY] = {"by": "text", "text": plain(text), "at": timezone.now().isoformat()}
    return known


def keep_number(session: Any, code_id: uuid.UUID, day: date) -> None:
    """Remember which code was asked for; it proves nothing until it was typed back (`codes.prove`)."""
    session[SESSION_KEY] = {"by": "number", "code": str(code_id), "day": day.isoformat()}


def code_asked(session: Any) -> uuid.UUID | None:
    """The code that is to be typed back, None where none was asked for."""
    kept = session.get(SESSION_KEY, {})
    return uuid.UUID(kept["code"]) if kept.get("by") == "number" else None


def shown(session: Any) -> Shown | None:
    """What the session's proof opens now; None where there is none, or no longer."""
    kept, now = session.get(SESSION_KEY), timezone.now()
    if not kept:
        return None
    with system():
        if kept["by"] == "number":
            number = proven(uuid.UUID(kept["code"]), now=now)
            return None if number is None else _of_number(number, date.fromisoformat(kept["day"]), now)
        if datetime.fromisoformat(kept["at"]) <= now - PROOF:
            return None
        return _of_text(kept["text"])


def forget(session: Any) -> None:
    """The proof is over."""
    session.pop(SESSION_KEY, None)


def _of_text(text: str) -> Shown:
    restriction = by_appeal(text)
    if restriction is not None:
        return Shown({f"r{restriction.id}": Claim(restriction.number, restriction=restriction)}, None)
    call = stopped(text)
    return Shown(_of_call(call) if call else {}, None)


def _of_call(call: Stopped) -> dict[str, Claim]:
    """A call, and what restricted its number at that moment: lifting that is what helps."""
    claims = {f"c{call.verdict}": Claim(call.caller, call=call)}
    if call.caller > 0:
        found = restrictions_in(call.caller, call.at, call.at + timedelta(milliseconds=1))
        claims = {**{f"r{one.id}": Claim(call.caller, restriction=one) for one in found}, **claims}
    return claims


def _of_number(number: int, day: date, now: datetime) -> Shown:
    start = timezone.make_aware(datetime.combine(day, time()))
    end = min(start + timedelta(days=1), now)
    claims = {f"r{one.id}": Claim(number, restriction=one) for one in restrictions_in(number, start, end)}
    for call in stopped_calls(number, start, end):
        claims[f"c{call.verdict}"] = Claim(number, call=call)
    return Shown(claims, day)
