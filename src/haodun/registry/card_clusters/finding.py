"""Look over the register: what is new becomes a finding, what grew replaces it, what was decided stays decided."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from haodun.audit.services import AuditKind, record
from haodun.offices.jobs.services import defer
from haodun.offices.organisations.services import Permission, system
from haodun.offices.transitions.services import SYSTEM, Actor, Change, Refused, act, begin
from haodun.registry.card_clusters.graph import components
from haodun.registry.card_clusters.models import Cluster, ClusterCard
from haodun.registry.card_clusters.scoring import score
from haodun.registry.card_clusters.searching import cards as cards_of
from haodun.registry.card_clusters.searching import groups as groups_of
from haodun.registry.card_clusters.states import TABLE
from haodun.registry.card_clusters.values import Card, Group, Rules, rules_at

TASK = "card_clusters.look"
NEWS = 3
"""So many cards that no decided cluster holds make a new finding of what overlaps one."""
Found = tuple[tuple[Group, ...], int, list[dict[str, Any]]]


def ask_look(actor: Actor) -> None:
    """Have the register looked over now, by the job. Refused `permission`."""
    if not actor.system and Permission.CLUSTER_REVIEW not in actor.permissions:
        raise Refused("permission", "您的岗位不能办理。", "Your role may not do this.")
    with transaction.atomic():
        record(
            AuditKind.CLUSTER_SEARCHED,
            actor=actor.user_id,
            organisation=actor.organisation_id,
            object_type=TABLE.name,
        )
        defer(TASK, queueing_lock=TASK)


def look(at: datetime | None = None) -> list[uuid.UUID]:
    """Find clusters as of `at` (now), in one transaction; the ids of the new ones. Two lookers wait for each other."""
    at = timezone.now() if at is None else at
    rules = rules_at(timezone.localdate(at))
    with system(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [TASK])
        together = components(groups_of(at, rules))
        cards = cards_of({one for groups in together for group in groups for one in group.cards})
        made = [_find(groups, cards, rules, at) for groups in together]
    return [one for one in made if one is not None]


def _find(groups: tuple[Group, ...], cards: Mapping[int, Card], rules: Rules, at: datetime) -> uuid.UUID | None:
    """One component: None where its score is too low, nobody may read it whole, or it is known."""
    points, reasons = score(groups, cards, rules)
    members = sorted({one for group in groups for one in group.cards})
    readers = _readers([cards[one] for one in members])
    if points < rules.least or not readers:
        return None
    old = _overtaken(members)
    if old is None:
        return None

    def make(change: Change) -> list[Cluster]:
        return [_insert((groups, points, reasons), cards, rules, readers, change)]

    if old:
        act(SYSTEM, TABLE, old, "supersede", key=f"card_clusters {uuid.uuid4()}", at=at)
    request = {"cards": len(members), "score": points}
    return begin(SYSTEM, TABLE, "find", make, key=f"card_clusters {uuid.uuid4()}", request=request, at=at)[0].id


def _readers(cards: Sequence[Card]) -> list[Any]:
    """Who may read every one of the cards: who may read some of them only is not shown the others."""
    counted = Counter(reader for card in cards for reader in set(card.readers))
    return sorted(reader for reader, of in counted.items() if of == len(cards))


def _overtaken(members: list[int]) -> list[uuid.UUID] | None:
    """Open findings that this one replaces; None where the same is known, in review, or decided but for a few cards."""
    if Cluster.objects.filter(members=_digest(members)).exclude(state="SUPERSEDED").exists():
        return None
    rows = ClusterCard.objects.filter(interval__in=members).exclude(cluster__state="SUPERSEDED")
    pairs = set(rows.values_list("interval", "cluster_id", "cluster__state"))
    if any(state == "IN_REVIEW" for _, _, state in pairs):
        return None
    decided = {interval for interval, _, state in pairs if state in ("CONFIRMED", "DISMISSED")}
    if decided and len(set(members) - decided) < NEWS:
        return None
    return sorted({cluster for _, cluster, state in pairs if state == "FOUND"})


def _insert(found: Found, cards: Mapping[int, Card], rules: Rules, readers: list[Any], change: Change) -> Cluster:
    groups, points, reasons = found
    members = sorted({one for group in groups for one in group.cards})
    row = Cluster.objects.create(
        as_of=change.at,
        rules=rules.since,
        score=points,
        reasons=reasons,
        cards=len(members),
        documents=len({cards[one].document for one in members}),
        members=_digest(members),
        state=TABLE.initial,
        version=1,
        created_at=change.at,
        moved_at=change.at,
        readers=readers,
    )
    ClusterCard.objects.bulk_create(_rows(row, groups, cards), batch_size=2_000)
    return row


def _rows(row: Cluster, groups: Sequence[Group], cards: Mapping[int, Card]) -> list[ClusterCard]:
    """A row for each card of each group: so each number in it can be traced."""
    places: Counter[str] = Counter()
    rows = []
    for group in groups:
        places[group.shared] += 1
        for one in sorted(group.cards):
            card = cards[one]
            rows.append(
                ClusterCard(
                    cluster=row,
                    shared=group.shared,
                    group=places[group.shared],
                    interval=one,
                    number=card.number,
                    carrier_id=card.carrier,
                    agent=card.agent,
                    opened_at=card.opened_at,
                    readers=row.readers,
                )
            )
    return rows


def _digest(members: list[int]) -> str:
    return sha256(" ".join(map(str, members)).encode("ascii")).hexdigest()
