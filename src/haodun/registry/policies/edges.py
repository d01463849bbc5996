"""Enrolled edges: their tokens, what is heard of them, which of them count as live."""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from haodun.audit.services import AuditKind, record
from haodun.offices.organisations.services import readers_of, system
from haodun.offices.transitions.services import SYSTEM, Actor
from haodun.registry.policies.limits import SILENT_AFTER
from haodun.registry.policies.models import Edge

TOKEN_BYTES = 32
MODES = ("observe", "enforce")
NAME_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
_NAME = re.compile(NAME_PATTERN, re.ASCII)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


class EdgeRefused(Exception):  # noqa: N818 (it is what happened)
    """An edge is not enrolled or revoked; the message says why and what to do."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class EdgeState:
    """What is known of one enrolled edge."""

    name: str
    organisation: UUID
    mode: str
    """observe or enforce, as enrolled."""
    last_seen: datetime | None
    version: int
    """Newest snapshot that it said it runs, 0 for none."""
    silent: bool
    """Not heard of for longer than SILENT_AFTER: it counts as not having executed."""


def enrol(name: str, *, organisation: UUID, mode: str = "enforce", actor: Actor = SYSTEM) -> str:
    """Enrol an edge; its bearer token, which is shown this once and kept as a hash. EdgeRefused."""
    if _NAME.fullmatch(name) is None:
        raise EdgeRefused(f"{name!r} is no name of an edge; use 1 to 64 letters, digits, dots, hyphens, underscores")
    if mode not in MODES:
        raise EdgeRefused(f"{mode!r} is no mode; choose observe or enforce")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with system(), transaction.atomic():
        edge, made = Edge.objects.get_or_create(
            name=name,
            defaults={
                "organisation_id": organisation,
                "token_hash": token_hash(token),
                "mode": mode,
                "enrolled_at": timezone.now(),
                "readers": readers_of(organisation),
            },
        )
        if not made:
            raise EdgeRefused(
                f"an edge named {name} is enrolled already; choose another name, names are not used again"
            )
        _record(edge, actor, revoked=False)
    return token


def revoke(name: str, *, actor: Actor = SYSTEM) -> None:
    """End an edge's right to the control link; it is waited for no longer. EdgeRefused where there is none."""
    with system(), transaction.atomic():
        if not Edge.objects.filter(name=name, revoked_at=None).update(revoked_at=timezone.now()):
            raise EdgeRefused(f"no enrolled edge is named {name}; look it up on the page of edges")
        _record(Edge.objects.get(name=name), actor, revoked=True)


def authenticated(header: str) -> Edge | None:
    """The edge whose token an Authorization header carries (RFC 6750); None for any other text."""
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or _TOKEN.fullmatch(token) is None:
        return None
    digest = token_hash(token)
    with system():
        edge: Edge | None = Edge.objects.filter(token_hash=digest, revoked_at=None).first()
    # The look-up is by a hash of 256 random bits; the comparison takes the same time wherever they differ.
    if edge is None or not hmac.compare_digest(bytes(edge.token_hash), digest):
        return None
    return edge


def token_hash(token: str) -> bytes:
    """What is kept of a token."""
    return sha256(token.encode("ascii")).digest()


def enrolled() -> QuerySet[Edge]:
    """All edges that are not revoked, by name; ask inside `system()`."""
    return Edge.objects.filter(revoked_at=None).order_by("name")


def is_silent(edge: Edge, at: datetime) -> bool:
    """Whether it was not heard of for longer than SILENT_AFTER."""
    return edge.last_seen is None or at - edge.last_seen > SILENT_AFTER


def edges(at: datetime | None = None) -> tuple[EdgeState, ...]:
    """All enrolled edges, by name."""
    at = timezone.now() if at is None else at
    with system():
        return tuple(
            EdgeState(
                name=edge.name,
                organisation=edge.organisation_id,
                mode=edge.mode,
                last_seen=edge.last_seen,
                version=edge.version,
                silent=is_silent(edge, at),
            )
            for edge in enrolled()
        )


def _record(edge: Edge, actor: Actor, *, revoked: bool) -> None:
    record(
        AuditKind.EDGE_ENROLLED,
        actor=None if actor.system else actor.user_id,
        organisation=edge.organisation_id,
        object_type="edge",
        object_id=edge.name,
        body={"mode": edge.mode, "revoked": revoked},
    )
