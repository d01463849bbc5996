"""What publication exchanges with other nodes: the policy that is published here is offered to them, whole.

An offer changes nothing by itself: the other node's officers compare it and publish it there (`haodun manage
offered_policy`), with the approvals that it asks for. It is executed once every live edge there runs it.
"""

from __future__ import annotations

from hashlib import sha256

import msgspec
import structlog
from django.utils import timezone

from haodun.federation.envelopes import canonical, digest_of
from haodun.federation.models import Message
from haodun.federation.services import Received, Refuse, executed, own_name, reachable, send, subscribe
from haodun.offices.organisations.services import readers_of, system
from haodun.offices.peering.services import operator
from haodun.registry.policies.content import SiteError, read_site
from haodun.registry.policies.facts import SnapshotExecuted, SnapshotPublished
from haodun.registry.policies.models import OfferedPolicy, Publication
from haodun.screening.policy import PolicyError, parse_policy

KIND = "policy"
MAX_TEXT = 400_000
MAX_NAME = 120
log = structlog.get_logger("haodun.policies")


class PolicyBody(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Schema 1 of kind `policy`."""

    digest: str
    name: str
    text: str


def register() -> None:
    """Take the policies that other nodes offer."""
    subscribe(KIND, 1, take, zh="策略", en="Policy", undo=undo)


def on_published(fact: SnapshotPublished) -> None:
    """Offer the policy to whoever may get it, where it is another than was offered last."""
    audience = reachable(KIND)
    if not audience:
        return
    try:
        site = read_site()
    except SiteError:
        return  # the publication went out with the policy of before
    with system():
        if not Publication.objects.filter(version=fact.version, policy_digest=site.digest).exists():
            return
        text = site.policy_yaml
        body = {"digest": sha256(text.encode()).hexdigest(), "name": site.policy_name[-MAX_NAME:], "text": text}
        last = Message.objects.filter(own=own_name(), kind=KIND, recalled_at=None).order_by("-at").first()
        if last is not None and last.body_hash == digest_of(canonical(body)) and set(audience) <= set(last.audience):
            return
        if len(text) > MAX_TEXT:
            log.warning("policy_too_long_to_offer", characters=len(text))
            return
        send(KIND, audience, body)


def take(received: Received) -> None:
    """Keep an offer that compiles. Refuse."""
    try:
        said = msgspec.convert(dict(received.body), PolicyBody)
    except msgspec.ValidationError as error:
        raise Refuse("bad_body", f"it is no policy of schema 1: {error}") from error
    if sha256(said.text.encode()).hexdigest() != said.digest or len(said.text) > MAX_TEXT:
        raise Refuse("bad_body", "its text is not the one its digest names, or too long")
    if not 0 < len(said.name) <= MAX_NAME or "\x00" in said.name + said.text:
        raise Refuse("bad_body", "its name is none")
    try:
        parse_policy(said.text, name="offered")
    except PolicyError as error:
        raise Refuse("policy", f"it does not compile here: {error}"[:400]) from error
    runs = operator()
    if runs is None:
        raise Refuse("operator", "no organisation is said to run the receiving node")
    with system():
        OfferedPolicy.objects.create(
            id=received.id,
            node=received.issuer,
            name=said.name,
            text=said.text,
            digest=said.digest,
            came_at=timezone.now(),
            readers=readers_of(runs),
        )


def undo(asked: Received, before: Received) -> None:
    """The offer no longer stands; where it is in force here, officers publish another."""
    with system():
        rows = OfferedPolicy.objects.filter(id=before.id)
        rows.update(recalled_at=timezone.now())
        in_force = rows.filter(in_force_at__isnull=False).exists()
    executed(asked.id, {"was_in_force": in_force}, own=asked.own)


def on_executed(fact: SnapshotExecuted) -> None:
    """Every live edge runs it: where its policy was an offer, the offer is executed."""
    with system():
        open_ = OfferedPolicy.objects.filter(in_force_at=None, recalled_at=None)
        if not open_.exists():
            return
        try:
            site = read_site()
        except SiteError:
            return
        if not Publication.objects.filter(version=fact.version, policy_digest=site.digest).exists():
            return
        for row in open_.filter(digest=sha256(site.policy_yaml.encode()).hexdigest()):
            row.in_force_at = timezone.now()
            row.save(update_fields=["in_force_at"])
            executed(row.id, {"snapshot": fact.version, "digest": row.digest}, own=own_name())
