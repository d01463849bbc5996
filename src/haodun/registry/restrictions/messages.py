"""What restrictions exchange with other nodes: a measure goes where its carriers live, is renewed and lifted there.

Those that an order placed travel with the order. A restriction of another node has the source `node` and the id of the
envelope that brought it; only that node renews and lifts it (DESIGN.md §5: only the owner changes an object). It ends
by itself with its term. `executed` is owed until every live edge has it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from haodun.federation.services import Answer, Received, Refuse, executed, own_name, reachable, send, subscribe
from haodun.numbering import parse
from haodun.offices.organisations.services import readers_of, system
from haodun.offices.peering.services import home_of, operator
from haodun.offices.transitions.services import SYSTEM
from haodun.registry.policy_revisions.services import policy_source
from haodun.registry.restrictions.blast import trusted_list
from haodun.registry.restrictions.facts import RestrictionsChanged
from haodun.registry.restrictions.lifting import lift
from haodun.registry.restrictions.models import Elsewhere, Owed, RestrictionRow
from haodun.registry.restrictions.placing import place, renew
from haodun.registry.restrictions.reading import active
from haodun.registry.restrictions.values import (
    MAX_REASON,
    Basis,
    Measure,
    Restriction,
    RestrictionRefused,
    Source,
    Text,
)

KIND, RENEW, LIFT = "restriction", "restriction.renew", "restriction.lift"
NODE = "node"
"""Kind of source of what another node restricts."""
TRAVELS_OTHERWISE = ("order", NODE)
PART = 1_000
"""Numbers of one envelope."""
MAX_LATE = 100_000
"""Restrictions told of late in one go."""
Body = TypeVar("Body")


class Placed(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Schema 1 of kind `restriction`."""

    basis: Basis
    measure: Measure
    numbers: list[str]
    reason_en: str
    reason_zh: str
    source_kind: str
    until: datetime


class Renewed(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Schema 1 of kind `restriction.renew`."""

    message: UUID
    numbers: list[str]
    until: datetime


class Lifted(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Schema 1 of kind `restriction.lift`."""

    message: UUID
    numbers: list[str]
    reason: str


def register() -> None:
    """Take restrictions of other nodes, and hear the receipts of ours."""
    subscribe(KIND, 1, take, zh="限制措施", en="Restriction", undo=undo, heard=heard)
    subscribe(RENEW, 1, take_renewal, zh="限制续期", en="Renewal of a restriction")
    subscribe(LIFT, 1, take_lift, zh="解除限制", en="Lift of a restriction", heard=heard)


def on_changed(fact: RestrictionsChanged) -> None:
    """Tell the nodes concerned of what was placed, renewed or lifted here. What lapses, lapses there by itself."""
    with system():
        if fact.cause == "placed":
            _tell_placed(fact.restrictions)
        elif fact.cause in ("renewed", "lifted"):
            _tell_change(fact.restrictions, fact.cause)


def _tell_placed(ids: Iterable[UUID]) -> None:
    _tell(_own().filter(pk__in=list(ids)))


def _tell(rows: QuerySet[RestrictionRow], *, most: int | None = None) -> int:
    """Tell of these, or the first of them; how many were sent."""
    carriers = [one for one in rows.order_by().values_list("carrier", flat=True).distinct() if one is not None]
    open_to = set(reachable(KIND))
    homes = {carrier: node for carrier, node in home_of(carriers).items() if node in open_to}
    by_node: dict[str, list[RestrictionRow]] = defaultdict(list)
    if homes:
        for row in rows.filter(carrier__in=list(homes)).order_by("number")[:most]:
            if row.carrier is not None:
                by_node[homes[row.carrier]].append(row)
    for node, found in sorted(by_node.items()):
        for at in range(0, len(found), PART):
            _send_placed(node, found[at : at + PART])
    return sum(map(len, by_node.values()))


def _send_placed(node: str, rows: list[RestrictionRow]) -> None:
    first = rows[0]
    message = send(
        KIND,
        [node],
        {
            "basis": first.basis,
            "measure": first.measure,
            "numbers": [f"+{row.number}" for row in rows],
            "reason_en": first.reason_en,
            "reason_zh": first.reason_zh,
            "source_kind": first.source_kind,
            "until": first.ends.isoformat(timespec="milliseconds"),
        },
        valid_until=first.ends,
    )
    now = timezone.now()
    Elsewhere.objects.bulk_create(
        Elsewhere(restriction=row, node=node, message=message, changed_at=now) for row in rows
    )


def tell_unsent(at: datetime | None = None) -> int:
    """Tell of what is in force and went nowhere, since its carrier's node could not be reached then; how many."""
    at = timezone.now() if at is None else at
    with system(), transaction.atomic():
        late = _own().filter(active(at), carrier__isnull=False).exclude(pk__in=Elsewhere.objects.values("restriction"))
        return _tell(late, most=MAX_LATE)


def _own() -> QuerySet[RestrictionRow]:
    """What this node itself restricts, by no order."""
    return RestrictionRow.objects.filter(forged=False).exclude(source_kind__in=TRAVELS_OTHERWISE)


def _tell_change(ids: Iterable[UUID], cause: str) -> None:
    found = Elsewhere.objects.filter(restriction__in=list(ids)).select_related("restriction").order_by("id")
    parts: dict[tuple[str, UUID], list[Elsewhere]] = defaultdict(list)
    for one in found:
        parts[one.node, one.message].append(one)
    for (node, message), rows in sorted(parts.items()):
        said: dict[str, Any] = {"message": str(message), "numbers": [f"+{one.restriction.number}" for one in rows]}
        if cause == "lifted":
            sent = send(LIFT, [node], said | {"reason": rows[0].restriction.lift_reason[:MAX_REASON]})
            Elsewhere.objects.filter(pk__in=[one.pk for one in rows]).update(message=sent, changed_at=timezone.now())
        else:
            until = rows[0].restriction.ends.isoformat(timespec="milliseconds")
            send(RENEW, [node], said | {"until": until})


def take(received: Received) -> None:
    """Place what another node restricts. Refuse."""
    said = _read(received, Placed)
    numbers = _numbers(said.numbers)
    directory = trusted_list(policy_source())
    now = timezone.now()
    if directory is not None and any(directory.holds(number, int(now.timestamp() * 1000)) for number in numbers):
        raise Refuse("trusted", "one of the numbers is in the trusted directory here")
    runs = operator()
    with system():
        try:
            placed = place(
                numbers,
                measure=said.measure,
                basis=said.basis,
                reason=Text(zh=said.reason_zh, en=said.reason_en),
                source=Source(NODE, str(received.id)),
                until=said.until,
                actor=SYSTEM,
                at=now,
                readers=readers_of(runs) if runs else (),
            )
        except RestrictionRefused as refused:
            raise Refuse(refused.code, refused.en) from refused
        _owe(received.id, placed)


def take_renewal(received: Received) -> None:
    """Extend what the same node restricted and is still in force. Refuse."""
    said = _read(received, Renewed)
    with system():
        rows = _of(received, said.message, _numbers(said.numbers)).filter(lifted_at=None, ends__gt=timezone.now())
        try:
            done = renew(list(rows.values_list("pk", flat=True)), until=said.until, actor=SYSTEM) if rows else []
        except RestrictionRefused as refused:
            raise Refuse(refused.code, refused.en) from refused
        _owe(received.id, done)


def take_lift(received: Received) -> None:
    """Lift what the same node restricted, at once. Refuse."""
    said = _read(received, Lifted)
    _lift(received, said.message, _numbers(said.numbers), said.reason)


def undo(asked: Received, before: Received) -> None:
    """A recall of a restriction lifts all of it."""
    _lift(asked, before.id, None, str(asked.body.get("reason") or ""))


def _lift(asked: Received, message: UUID, numbers: list[int] | None, reason: str) -> None:
    with system():
        ids = list(_of(asked, message, numbers).values_list("pk", flat=True))
        source = Source(NODE, str(asked.id))
        _owe(asked.id, lift(ids, source=source, reason=reason or "lifted by its issuer", actor=SYSTEM) if ids else [])


def _of(received: Received, message: UUID, numbers: list[int] | None) -> Any:
    """The restrictions that an envelope of the same node placed here: of these numbers, or all."""
    from haodun.federation.models import Inbox

    if not Inbox.objects.filter(peer__name=received.issuer, peer__own=received.own, message=message).exists():
        raise Refuse("unknown_message", "no restriction of this node came in that envelope")
    found = RestrictionRow.objects.filter(source_kind=NODE, source_id=str(message))
    return found if numbers is None else found.filter(number__in=numbers)


def _owe(message: UUID, changed: list[Restriction]) -> None:
    """`executed` is said once every live edge has it; at once where nothing changed."""
    if not changed:
        executed(message, {"done": "nothing was in effect"}, own=own_name())
        return
    owe(message, change=max(one.change for one in changed), numbers=len(changed))


def owe(message: UUID, *, change: int, numbers: int) -> None:
    """Say `executed` of a message once every live edge has all up to a change."""
    Owed.objects.create(message=message, change=change, numbers=numbers)


def pay(change: int) -> None:
    """Every live edge has all up to `change`: say `executed` of what that completes."""
    with system(), transaction.atomic():
        for one in Owed.objects.select_for_update().filter(done_at=None, change__lte=change).order_by("change"):
            one.done_at = timezone.now()
            one.save(update_fields=["done_at"])
            executed(one.message, {"change": one.change, "numbers": one.numbers}, own=own_name())


def heard(answer: Answer) -> None:
    """What the other node says of a restriction or a lift of ours."""
    rows = Elsewhere.objects.filter(message=answer.message, node=answer.node)
    state = "lifted" if answer.kind == LIFT and answer.status == "executed" else answer.status
    if answer.status != "received":
        rows.update(state=state, changed_at=timezone.now())


def _read(received: Received, wanted: type[Body]) -> Body:
    try:
        return msgspec.convert(dict(received.body), wanted)
    except msgspec.ValidationError as error:
        raise Refuse("bad_body", f"it is no {received.kind} of schema {received.schema}: {error}") from error


def _numbers(said: list[str]) -> list[int]:
    found = [parse(text) for text in said]
    if not 0 < len(found) <= PART or any(
        not number.is_number or text != f"+{number.key}" for number, text in zip(found, said, strict=True)
    ):
        raise Refuse("numbers", f"an envelope names 1 to {PART} numbers in international form")
    return [number.key for number in found]
