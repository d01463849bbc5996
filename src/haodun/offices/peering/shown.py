"""What the pages of nodes say: how a node stands in one chip and one sentence, what waits, what may be done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from haodun.federation.services import REASONS, Said, Standing, kind_of, sentence
from haodun.offices.peering.models import Held, NodeChange, Peering
from haodun.offices.transitions.services import Actor, Preview, Refused, StepRecord, Table

TONES = {
    "PROPOSED": ("cau", "hourglass"),
    "CONFIRMED": ("cau", "hourglass"),
    "ACTIVE": ("ok", "circle-check"),
    "APPLIED": ("ok", "circle-check"),
    "SUSPENDED": ("ser", "circle-slash"),
    "DECLINED": ("neu", "circle-slash"),
    "REVOKED": ("neu", "circle-slash"),
    "HELD": ("cau", "hourglass"),
    "RELEASED": ("ok", "circle-check"),
    "DISCARDED": ("neu", "circle-slash"),
}
SILENT_AFTER = timedelta(minutes=30)
"""A node not heard of for so long is shown as silent."""
LATE_AFTER = timedelta(hours=24)
"""Nothing that was sent should wait longer for an answer."""


def english() -> bool:
    """Whether the page is in English."""
    return (get_language() or "").startswith("en")


def words(said: Said) -> str:
    """A reason in the page's language."""
    return said.en if english() else said.zh


def refusal(refused: Refused) -> str:
    """A refusal in the page's language."""
    return refused.en if english() else refused.zh


def state_of(table: Table, state: str) -> tuple[str, str, str]:
    """Tone, icon and title of a state."""
    found = table.state(state)
    return (*TONES[state], found.en if english() else found.zh)


def node_row(row: Peering, table: Table, stands: Mapping[UUID, Standing], now: datetime) -> dict[str, Any]:
    """A node in the list."""
    standing = stands.get(row.peer) if row.peer else None
    tone, icon, title = state_of(table, row.state)
    trouble = _trouble(standing, now) if standing is not None and row.state == "ACTIVE" else ""
    if trouble:
        tone, icon = "ser", "triangle-alert"
    return {
        "address": reverse("nodes:node", args=[row.id]),
        "name": row.name,
        "title": row.title,
        "tone": tone,
        "icon": icon,
        "state": title,
        "note": trouble,
        "late": bool(trouble),
        "standing": standing,
        "waits": now - standing.oldest_unanswered if standing and standing.oldest_unanswered else None,
        "heard": now - standing.contact_at if standing and standing.contact_at else None,
        "gaps": gaps_of(standing) if standing else "",
    }


def _trouble(standing: Standing, now: datetime) -> str:
    """The worst thing that can be said of an exchange, '' where all is well."""
    if standing.stopped:
        return words(sentence(standing.stopped))
    if standing.trouble:
        return _("通道受阻：%(why)s") % {"why": standing.trouble}
    if standing.gaps:
        return _("缺件 %(gaps)s，已请对方重发") % {"gaps": gaps_of(standing)}
    if standing.contact_at is None or now - standing.contact_at > SILENT_AFTER:
        return _("失联")
    if standing.oldest_unanswered and now - standing.oldest_unanswered > LATE_AFTER:
        return _("有消息超过一天未答复")
    return ""


def gaps_of(standing: Standing) -> str:
    """Missing numbers as text: 3, 7–9."""
    parts = [str(first) if first == last else f"{first}–{last}" for first, last in standing.gaps[:5]]
    return ", ".join(parts) + (" …" if len(standing.gaps) > 5 else "")


def kinds_of(names: Iterable[str]) -> str:
    """Titles of kinds, in one line."""
    found = [(name, kind_of(name)) for name in names]
    return (", " if english() else "、").join(
        (kind.en if english() else kind.zh) if kind else name for name, kind in found
    )


def history(steps: Sequence[StepRecord], table: Table) -> list[dict[str, Any]]:
    """What was done, newest first, each with who."""
    people = {
        person.pk: str(person)
        for person in get_user_model()._default_manager.filter(pk__in={step.actor for step in steps})
    }
    titles = {one.action: one.en if english() else one.zh for one in table.transitions}
    return [
        {
            "at": step.at,
            "title": titles.get(step.action, step.action),
            "who": people.get(step.actor) or _("系统"),
            "reason": step.reason,
            "seal": _("已提出")
            if step.action in ("propose", "confirm")
            else _("已复核")
            if step.action == "approve"
            else "",
        }
        for step in reversed(steps)
    ]


def verb(
    actor: Actor, table: Table, row: UUID, action: str, *, preview: Preview, means: str = "", asks: str = ""
) -> dict[str, Any] | None:
    """One step as the part `verb.html` takes it; None where the state has no such step or the role no such right."""
    refused = preview.refusal
    if refused is not None and refused.code in ("state", "absent", "permission", "operator"):
        return None
    found = table.of(action)[0]
    blocked = refused is not None and refused.code not in ("fingerprint", "reason")
    needs = any(one.needs_sudo for one in table.of(action))
    return {
        "name": action,
        "title": found.en if english() else found.zh,
        "means": means,
        "asks": asks,
        "why": refusal(refused) if refused is not None and blocked else "",
        "prove": needs and not blocked and (actor.sudo_until is None or actor.sudo_until <= timezone.now()),
        "address": reverse("nodes:step", args=[table.name, row, action]),
    }


def piece_row(row: Held, piece: Any, table: Table) -> dict[str, Any]:
    """A piece in quarantine in the list."""
    tone, icon, title = state_of(table, row.state)
    said = sentence(piece.reason, piece.sentence)
    return {
        "id": row.id,
        "address": reverse("nodes:piece", args=[row.id]),
        "at": piece.first_at,
        "node": piece.peer.name if piece.peer else "",
        "reason": words(said),
        "detail": piece.sentence if piece.reason in REASONS and piece.sentence else "",
        "size": piece.size,
        "times": piece.times,
        "digest": piece.digest,
        "tone": tone,
        "icon": icon,
        "state": title,
    }


def change_row(row: NodeChange, table: Table) -> dict[str, Any]:
    """A change in the list of a node."""
    tone, icon, title = state_of(table, row.state)
    what = {
        NodeChange.What.KEY: _("对方更换密钥"),
        NodeChange.What.GRANTS: _("调整往来种类"),
        NodeChange.What.OWN_KEY: _("本节点更换密钥"),
    }[NodeChange.What(row.what)]
    return {
        "row": row,
        "what": what,
        "announced": row.message is not None,
        "may_send": kinds_of(row.may_send),
        "may_get": kinds_of(row.may_get),
        "tone": tone,
        "icon": icon,
        "state": title,
    }
