"""Orders for other contexts and for pages: file, correct, act, find."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from haodun.casework.orders.documents import canonical
from haodun.casework.orders.effects import reverse
from haodun.casework.orders.facts import NumbersReversed
from haodun.casework.orders.guards import check_count
from haodun.casework.orders.models import AtNode, Category, NumberState, Order, OrderNumber, Urgency
from haodun.casework.orders.numbers import Bad, Excluded, Exclusion, Reading, read_numbers
from haodun.casework.orders.on_numbers import OrderStep, documents_of, steps_on
from haodun.casework.orders.states import FILING, PROPOSERS, TABLE
from haodun.casework.orders.waiting import by_document, how_many, waiting
from haodun.numbering import Number, load_plan
from haodun.offices.organisations.services import Kind, find, readers_of, system
from haodun.offices.transitions.services import (
    SYSTEM,
    Actor,
    Change,
    Outcome,
    Preview,
    Refused,
    act,
    begin,
    members_of,
    persons_of,
    preview,
)
from haodun.registry.policy_revisions.services import policy_source
from haodun.registry.restrictions.services import Basis, trusted_list

__all__ = [
    "TABLE",
    "BadNumbers",
    "Filed",
    "Filing",
    "OrderStep",
    "by_document",
    "correct_order",
    "deciders_of",
    "desks_of",
    "documents_of",
    "file_order",
    "how_many",
    "order_of",
    "orders_executed",
    "preview_step",
    "reverse_numbers",
    "steps_on",
    "take",
    "waiting",
]


@dataclass(frozen=True, slots=True)
class Filing:
    """What a person enters of a document."""

    document: str
    issuing_unit: uuid.UUID
    category: Category
    urgency: Urgency
    basis: Basis
    numbers: str
    """As written: any format, one a line or separated."""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Filed:
    """What became of it."""

    order: uuid.UUID
    known: bool
    """The document was filed before: nothing was done."""
    numbers: int
    excluded: tuple[Excluded, ...]
    repeated: int


class BadNumbers(Refused):
    """Entries of the list are no numbers; nothing was filed. `bad` names each with its line."""

    def __init__(self, bad: tuple[Bad, ...]) -> None:
        lines = ", ".join(str(line) for line in sorted({one.line for one in bad})[:20])
        super().__init__(
            "bad_numbers",
            f"号码清单有 {len(bad)} 处不是号码（第 {lines} 行），没有登记；请更正后再提交。",
            f"{len(bad)} entries of the list are no numbers (line {lines}); nothing was filed. Correct them.",
        )
        self.bad = bad


def file_order(actor: Actor, filing: Filing, *, key: str, at: datetime | None = None) -> Filed:
    """File a document and take it as far as the system may: received, validated, routed.

    Idempotent by (document, number): a document filed before is returned as it is, if its numbers are the same or
    fewer. Raises Refused: `document`, `authority`, `numbers`, `cap`, `document_differs`, BadNumbers, those of begin().
    """
    at = at or timezone.now()
    document = canonical(filing.document)
    if document is None:
        raise _no_document()
    reading = _read(filing.numbers, at)
    with transaction.atomic():
        _hold(filing.issuing_unit, document)
        known = _known(filing.issuing_unit, document, actor)
        if known is not None:
            return _same(known, reading)
        request = _request(filing, document, reading)
        outcomes = begin(
            actor,
            TABLE,
            FILING[filing.urgency],
            lambda change: [_insert(change, filing, document=document, reading=reading)],
            key=key,
            request=request,
            basis=filing.basis,
            at=at,
        )
        order = outcomes[0].id
        _onward(order, version=outcomes[0].version, at=at)
    return Filed(order, False, len(reading.numbers), reading.excluded, reading.repeated)


def correct_order(
    actor: Actor, order: Order, *, numbers: str, remark: str, key: str, at: datetime | None = None
) -> Filed:
    """Give an order that was sent back its right numbers; it is validated and routed again, its clock goes on."""
    at = at or timezone.now()
    reading = _read(numbers, at)
    data = {"numbers": _members(reading), "remark": remark}
    with transaction.atomic():
        before = Order.objects.select_for_update().get(id=order.id).version
        outcome = act(actor, TABLE, [order.id], "correct", key=key, data=data, at=at)[0]
        if outcome.version == before + 1:  # else the request is a repeated one, and was carried out then
            _replace(order, reading, remark=remark, at=at)
            _onward(order.id, version=outcome.version, at=at)
    return Filed(order.id, False, len(reading.numbers), reading.excluded, reading.repeated)


def take(
    actor: Actor,
    ids: Sequence[uuid.UUID],
    action: str,
    *,
    key: str,
    reason: str = "",
    seen: str | None = None,
    version: int | None = None,
) -> tuple[Outcome, ...]:
    """Take a step of the table on orders, all or none. Raises Refused."""
    return act(actor, TABLE, ids, action, key=key, reason=reason, seen=seen, version=version)


def preview_step(actor: Actor, order: Order, action: str) -> Preview:
    """What a step would meet now."""
    return preview(actor, TABLE, [order.id], action)


def orders_executed(*, change: int, version: int, held: Collection[int] = ()) -> int:
    """Every live edge has all up to `change` but what `held` placed: move on the orders that completes; how many.

    An order part of which another node carries out waits for that node's receipt too.
    """
    with system():
        waiting = Order.objects.filter(state="DISPATCHED", change__gt=0, change__lte=change)
        waiting = waiting.exclude(change__in=held).order_by("id")
        waiting.filter(here=0).update(here=version)
        owed = AtNode.objects.filter(order=OuterRef("id")).exclude(state=AtNode.State.EXECUTED)
        ids = list(waiting.exclude(Exists(owed)).values_list("id", flat=True))
        if ids:
            act(SYSTEM, TABLE, ids, "execute", key=f"execute {version} {_digest(ids)}", data={"snapshot": version})
            act(SYSTEM, TABLE, ids, "report", key=f"report {version} {_digest(ids)}")
    return len(ids)


def order_of(restriction: uuid.UUID) -> Order | None:
    """The order that caused a restriction, None where none did."""
    with system():
        number = OrderNumber.objects.select_related("order").filter(restriction=restriction).first()
    return None if number is None else number.order


def deciders_of(order: uuid.UUID) -> frozenset[uuid.UUID]:
    """Who proposed or approved an order, they themselves and whoever they acted for."""
    return persons_of(TABLE.name, [order], (*PROPOSERS, "approve")).get(order, frozenset())


def reverse_numbers(restrictions: Collection[uuid.UUID], *, reason: str, change: Change) -> int:
    """Mark the numbers of lifted restrictions REVERSED, inside the act that lifted them; how many."""
    with system():
        numbers = list(OrderNumber.objects.filter(restriction__in=restrictions).exclude(state=NumberState.REVERSED))
        reverse(numbers, reason=reason, change=change)
    by_order: dict[uuid.UUID, list[int]] = {}
    for number in numbers:
        by_order.setdefault(number.order_id, []).append(number.number)
    for order, keys in sorted(by_order.items()):
        change.emit(NumbersReversed(order=order, numbers=tuple(sorted(keys)), reason=reason))
    return len(numbers)


def _read(text: str, at: datetime) -> Reading:
    """The numbers of a list without those in the trusted directory. Raises BadNumbers, Refused `numbers` or `cap`."""
    reading = read_numbers(text)
    if reading.bad:
        raise BadNumbers(reading.bad)
    directory = trusted_list(policy_source())
    at_ms = int(at.timestamp() * 1000)
    named = [number for number in reading.numbers if directory is not None and directory.holds(number.key, at_ms)]
    kept = tuple(number for number in reading.numbers if number not in named)
    check_count(len(kept))
    excluded = (*reading.excluded, *(Excluded(number, Exclusion.TRUSTED) for number in named))
    return Reading(kept, excluded, (), reading.repeated)


def _hold(unit: uuid.UUID, document: str) -> None:
    """Two filings of one document wait for each other."""
    key = hashlib.sha256(f"order\0{unit}\0{document}".encode()).digest()[:8]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(key, "big", signed=True)])


def _known(unit: uuid.UUID, document: str, actor: Actor) -> Order | None:
    with system():
        known = Order.objects.filter(issuing_unit=unit, document=document).first()
    if known is not None and not actor.system and actor.organisation_id not in known.readers:
        raise Refused(
            "document",
            "这份来文已由来文单位登记，请向该单位查询。",
            "This document was filed already by the unit that issued it; ask there.",
        )
    return known


def _same(known: Order, reading: Reading) -> Filed:
    """The order filed before, if every number asked for is in it."""
    with system():
        there = set(known.numbers.values_list("number", flat=True))
    more = [number for number in reading.numbers if number.key not in there]
    if more:
        raise Refused(
            "document_differs",
            f"文号 {known.document} 已登记，但有 {len(more)} 个号码不在其中；请另行发文，或退回后补正。",
            f"{known.document} is filed without {len(more)} of these numbers; issue another, or have it sent back.",
        )
    return Filed(known.id, True, len(reading.numbers), reading.excluded, reading.repeated)


def _request(filing: Filing, document: str, reading: Reading) -> dict[str, str]:
    """What was asked, for the idempotency key; of the numbers only a digest."""
    return {
        "document": document,
        "issuing_unit": str(filing.issuing_unit),
        "category": filing.category,
        "urgency": filing.urgency,
        "remark": filing.remark,
        "numbers": _members(reading),
    }


def _members(reading: Reading) -> str:
    return members_of(number.key for number in reading.numbers)


def _insert(change: Change, filing: Filing, *, document: str, reading: Reading) -> Order:
    unit = find().filter(id=filing.issuing_unit).first()
    if unit is None or change.actor.organisation_id is None:
        raise Refused("authority", "没有这个来文单位。", "There is no such issuing unit.")
    order = Order.objects.create(
        document=document,
        issuing_unit=unit,
        filing_unit_id=change.actor.organisation_id,
        category=filing.category,
        urgency=filing.urgency,
        basis=filing.basis,
        remark=filing.remark,
        state=TABLE.initial,
        version=1,
        filed_by=change.actor.user_id,
        created_at=change.at,
        readers=readers_of(unit.id, change.actor.organisation_id, *desks_of(unit.province)),
    )
    _insert_numbers(order, reading, change.at)
    return order


def desks_of(province: str) -> list[uuid.UUID]:
    """Who handles cases of a province: its bureau; the ministry where it is of none, or has no bureau here."""
    bureaus = [one.id for one in find(kind=Kind.BUREAU, province=province)]
    return bureaus or [one.id for one in find(kind=Kind.MINISTRY)]


def _insert_numbers(order: Order, reading: Reading, at: datetime) -> None:
    plan = load_plan()

    def row(number: Number, state: NumberState, reason: str = "") -> OrderNumber:
        return OrderNumber(
            order=order,
            number=number.key,
            kind=int(number.kind),
            province=plan.facts(number).province,
            state=state,
            reason=reason,
            changed_at=at,
            readers=order.readers,
        )

    kept = [row(number, NumberState.PENDING) for number in reading.numbers]
    out = [row(one.number, NumberState.REJECTED, one.why) for one in reading.excluded]
    OrderNumber.objects.bulk_create([*kept, *out])


def _replace(order: Order, reading: Reading, *, remark: str, at: datetime) -> None:
    """The order's numbers are now these; what fell out stays, REJECTED, so that nothing is forgotten."""
    now = {number.key for number in reading.numbers} | {one.number.key for one in reading.excluded}
    order.numbers.exclude(number__in=now).update(state=NumberState.REJECTED, reason="removed", changed_at=at)
    order.numbers.filter(number__in=now).delete()
    _insert_numbers(order, reading, at)
    order.remark = remark
    order.save(update_fields=["remark"])


def _onward(order: uuid.UUID, *, version: int, at: datetime) -> None:
    """The system's own steps."""
    for action in ("validate", "route"):
        act(SYSTEM, TABLE, [order], action, key=f"{action} {order} {version}", at=at)


def _digest(ids: Collection[uuid.UUID]) -> str:
    return members_of(ids)[:32]


def _no_document() -> Refused:
    return Refused(
        "document",
        "文号格式不符；请写成“苏公网安关停〔2026〕1123-021”这样的形式。",
        "This is no document number; write it like 苏公网安关停〔2026〕1123-021 or MET-2026/77.",
    )
