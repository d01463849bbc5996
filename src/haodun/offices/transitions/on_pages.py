"""What a page or an API shows of any table of steps: the actor of a request, verbs, history, clocks.

No HTML and no business: sentences come from the context.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from haodun.offices.organisations.access import standing_of
from haodun.offices.transitions.acting import preview
from haodun.offices.transitions.acting_person import actor_of
from haodun.offices.transitions.actors import Actor
from haodun.offices.transitions.models import Clock, StepRecord
from haodun.offices.transitions.refusals import Refused
from haodun.offices.transitions.table import Table


@dataclass(frozen=True, slots=True)
class Saying:
    """The whole sentences of one step, in the page's language."""

    told: str | Promise
    """In a history: what somebody did."""
    done: str | Promise = ""
    """After it was done: what that means."""
    button: str | Promise = ""
    """On its button; '' where the step has no button of its own."""
    means: str | Promise = ""
    """Beside the button: what will happen."""
    asks: str | Promise = ""
    """Above the field for the reason."""


def actor_for_request(request: HttpRequest) -> Actor:
    """The signed-in person as an actor, for the organisation chosen in the session. PermissionDenied without a seat."""
    standing = standing_of(request)
    if standing is None:
        raise PermissionDenied
    return actor_of(request.user, standing.organisation_id, sudo_until=standing.sudo_until)


def chinese() -> bool:
    """Whether this page is Chinese."""
    return not (get_language() or "").startswith("en")


def titled(thing: Any) -> str:
    """`zh` or `en` of a state, transition, text or refusal."""
    return str(thing.zh if chinese() else thing.en)


def named(unit: Any) -> str:
    """The name of an organisation in the page's language."""
    return str(unit.name_zh if chinese() else unit.name_en)


def people_of(ids: Iterable[uuid.UUID | None]) -> dict[uuid.UUID, str]:
    """Names by id."""
    found = get_user_model()._default_manager.filter(pk__in={one for one in ids if one is not None})
    return {person.pk: str(person) for person in found}


def clock_of(clocks: Sequence[Clock]) -> dict[str, Any] | None:
    """The clock chip of the first of these clocks (`clocks_of` puts running ones first); None of none."""
    if not clocks:
        return None
    clock = clocks[0]
    calendar = _("%(calendar)s 日历") % {"calendar": clock.calendar.upper()}
    return {
        "started_at": clock.started_at,
        "due_at": clock.due_at,
        "met_at": clock.stopped_at,
        "paused": "—" if clock.paused_at is not None and clock.stopped_at is None else "",
        "source": f"{_(clock.source)} ({calendar})",
    }


def clocks_by_row(table: Table, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    """The chip of the running clock that ends first, of each of these rows that has one; one query."""
    found: dict[uuid.UUID, dict[str, Any]] = {}
    running = Clock.objects.filter(object_type=table.name, object_id__in=ids, stopped_at=None)
    for clock in running.order_by("due_at", "pk"):
        chip = clock_of([clock])
        if chip is not None:
            found.setdefault(clock.object_id, chip)
    return found


def verbs(
    table: Table,
    row: Any,
    actor: Actor,
    *,
    order: Sequence[str],
    sayings: Mapping[str, Saying],
    address: Mapping[str, str],
    proved: bool,
    data: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[dict[str, Any]]:
    """What the person could do with a row, for `console/parts/verb.html`: steps of its state that the role holds.

    `why` disables one with the reason. `address`: where each is posted, or the page that shows its consequences first
    (`page`: it counts a blast radius). `data`: what to preview a step with where its guard asks for some.
    """
    found = []
    for name in order:
        step = table.step(name, row.state)
        if step is None or not (actor.system or step.permission in actor.permissions):
            continue
        said = sayings[name]
        refusal = preview(actor, table, [row.id], name, data=(data or {}).get(name)).refusal
        found.append(
            {
                "name": name,
                "title": said.button,
                "asks": said.asks,
                "means": said.means,
                "why": titled(refusal) if refusal else "",
                "prove": step.needs_sudo and not proved and step.blast is None,
                "page": step.blast is not None,
                "address": address[name],
            }
        )
    return found


def history(
    steps: Sequence[StepRecord], sayings: Mapping[str, Saying], seals: Mapping[str, str | Promise] | None = None
) -> list[dict[str, Any]]:
    """Each step taken, newest first, for `console/parts/history.html`."""
    people = people_of(record.actor for record in steps)
    return [
        {
            "at": record.at,
            "title": sayings[record.action].told,
            "who": people.get(record.actor) or _("系统"),
            "reason": record.reason,
            "seal": (seals or {}).get(record.action, ""),
        }
        for record in reversed(steps)
    ]


def key_of(request: HttpRequest) -> str:
    """The idempotency key of a form."""
    return request.POST.get("key", "")[:80]


def version_of(request: HttpRequest) -> int | None:
    """The version a form was made for, None where it says none."""
    text = request.POST.get("version", "")
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) else None


def notice_of(refused: Refused) -> dict[str, str]:
    """A refusal as a page shows it above its content."""
    return {"tone": "ser", "title": titled(refused), "words": ""}
