"""Orders of other nodes: each becomes an order of this node, with the document, its unit and its approver as they were.

It was approved where it came from: this node checks who may send it (peers are granted the kind by two officers), the
unit's authority, the numbers, the trusted directory and the cap, and asks for no second approval (反电信网络诈骗法
art. 26: carriers cooperate). The envelope's header and signature stay in the inbox as the proof of the approval.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar
from uuid import UUID

import msgspec
from django.utils import timezone

from haodun.casework.orders.documents import canonical
from haodun.casework.orders.effects import reverse, source_of
from haodun.casework.orders.models import Category, NumberState, Order, OrderNumber, Undoing, Urgency
from haodun.casework.orders.numbers import exclusion
from haodun.casework.orders.states import FILING, IN_EFFECT, TABLE
from haodun.federation.services import Received, Refuse, executed, own_name
from haodun.numbering import Number, load_plan, parse
from haodun.offices.organisations.models import Organisation
from haodun.offices.organisations.services import Kind, OrganisationError, establish, readers_of, system
from haodun.offices.organisations.uscc import UsccError
from haodun.offices.peering.services import operator
from haodun.offices.transitions.services import SYSTEM, Change, Refused, act, begin
from haodun.registry.restrictions.services import Basis, by_ids, lift

MAX_NUMBERS = 1_000
MAX_NAME = 120
Body = TypeVar("Body")


class Unit(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """An organisation as an address."""

    id: UUID
    kind: str
    name_en: str
    name_zh: str
    place: str
    province: str
    uscc: str


class Approval(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Who approved it at its origin."""

    at: datetime
    entry: int
    organisation: Unit | None
    person: UUID
    role: str


class OrderBody(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Schema 1 of kind `order`."""

    approval: Approval
    basis: str
    category: str
    document: str
    numbers: list[str]
    order: UUID
    received_at: datetime
    remark: str
    unit: Unit
    urgency: str


class LiftBody(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Schema 1 of kind `order.lift`."""

    message: UUID
    numbers: list[str]
    reason: str


def take_order(received: Received) -> None:
    """Make the order and carry it as far as dispatch. Refuse."""
    said = _read(received, OrderBody)
    numbers = _numbers(said.numbers)
    _check(said)
    with system():
        unit = _unit(said.unit, received.issuer)
        if Order.objects.filter(issuing_unit=unit, document=said.document).exists():
            raise Refuse("document", f"the document {said.document} of this unit is on file here already")
        try:
            made = begin(
                SYSTEM,
                TABLE,
                FILING[Urgency(said.urgency)],
                lambda change: [_insert(change, received, said, unit=unit, numbers=numbers)],
                key=f"order {received.id}",
                request={"message": str(received.id), "issuer": received.issuer},
                basis=said.basis,
                at=timezone.now(),
            )[0]
            for action in ("validate", "route", "adopt"):
                act(SYSTEM, TABLE, [made.id], action, key=f"{action} {received.id}")
        except Refused as refused:
            raise Refuse(refused.code, refused.en) from refused


def undo_order(asked: Received, before: Received) -> None:
    """A recall of an order: everything it restricts here is lifted at once (art. 32)."""
    with system():
        order = Order.objects.filter(origin_message=before.id, origin_node=asked.issuer).first()
        if order is None or order.state not in IN_EFFECT:
            executed(asked.id, {"done": "nothing was in effect"}, own=asked.own)
            return
        reason = str(asked.body.get("reason") or "recalled by its issuer")
        act(SYSTEM, TABLE, [order.id], "recall", key=f"recall {asked.id}", reason=reason)
        _wait_for_edges(asked, order, [one for one in order.numbers.all() if one.restriction])


def take_lift(received: Received) -> None:
    """Lift some numbers of an order that the same node sent. Refuse."""
    said = _read(received, LiftBody)
    keys = {number.key for number in _numbers(said.numbers)}
    with system():
        order = Order.objects.filter(origin_message=said.message, origin_node=received.issuer).first()
        if order is None:
            raise Refuse("unknown_message", "no order of this node came in that envelope")
        numbers = list(order.numbers.filter(number__in=keys).exclude(restriction=None))
        lift(
            [one.restriction for one in numbers if one.restriction is not None],
            source=source_of(order),
            reason=said.reason[:400] or "lifted by the issuer",
            actor=SYSTEM,
        )
        change = Change(actor=SYSTEM, table=TABLE, action="recall", rows=[order], at=timezone.now())
        reverse(numbers, reason="appeal", change=change)
        _wait_for_edges(received, order, numbers)


def undone(change: int, version: int) -> None:
    """Every live edge has all up to `change`: say so of each recall and lift that this completes."""
    with system():
        for row in Undoing.objects.select_for_update(of=("self",)).filter(done_at=None, change__lte=change):
            row.done_at = timezone.now()
            row.save(update_fields=["done_at"])
            executed(row.message, {"numbers": row.numbers, "snapshot": version}, own=own_name())


def _wait_for_edges(asked: Received, order: Order, numbers: list[OrderNumber]) -> None:
    lifted = by_ids([one.restriction for one in numbers if one.restriction is not None])
    if not lifted:
        executed(asked.id, {"done": "nothing was in effect"}, own=asked.own)
        return
    Undoing.objects.create(
        message=asked.id,
        order=order,
        change=max(one.change for one in lifted),
        numbers=len(lifted),
        readers=order.readers,
    )


def _read(received: Received, wanted: type[Body]) -> Body:
    try:
        return msgspec.convert(dict(received.body), wanted)
    except msgspec.ValidationError as error:
        raise Refuse("bad_body", f"it is no {received.kind} of schema {received.schema}: {error}") from error


def _check(said: OrderBody) -> None:
    """What a form would check. Refuse."""
    texts = (said.remark, said.approval.role, said.unit.name_zh, said.unit.name_en, *said.numbers)
    if any("\x00" in text for text in texts) or len(said.remark) > 400 or len(said.approval.role) > 40:
        raise Refuse("bad_body", "a text of the order is too long or holds U+0000")
    if canonical(said.document) != said.document:
        raise Refuse("document", f"{said.document[:60]} is no document number in its one spelling")
    if said.category not in Category.values or said.urgency not in Urgency.values or said.basis not in set(Basis):
        raise Refuse("bad_body", "its category, urgency or basis is none that is known here")
    if said.approval.at.tzinfo is None or said.received_at.tzinfo is None:
        raise Refuse("bad_body", "a time of the order has no zone")


def _numbers(said: list[str]) -> list[Number]:
    if not 0 < len(said) <= MAX_NUMBERS:
        raise Refuse("numbers", f"an envelope names 1 to {MAX_NUMBERS} numbers")
    found = [parse(text) for text in said]
    if any(not number.is_number or text != f"+{number.key}" for number, text in zip(found, said, strict=True)):
        raise Refuse("numbers", "one of its numbers is none, or is not written in international form")
    if len({number.key for number in found}) != len(found):
        raise Refuse("numbers", "a number stands twice")
    return found


def _unit(said: Unit, issuer: str) -> Organisation:
    """The issuing unit as an address here. A unit that lives here, or at a third node, is not spoken for. Refuse."""
    found = Organisation.objects.filter(id=said.id).first()
    if found is None and said.uscc:
        found = Organisation.objects.filter(uscc=said.uscc).first()
    if found is not None:
        if found.home_node != issuer:
            raise Refuse("authority", "the issuing unit does not live at the node that sent this")
        return found
    if said.kind != Kind.POLICE or len(said.name_zh) > MAX_NAME or len(said.name_en) > MAX_NAME:
        raise Refuse("authority", "the issuing unit is no police unit, or its name is too long")
    try:
        made = establish(
            kind=said.kind,
            name_zh=said.name_zh,
            name_en=said.name_en,
            province=said.province,
            place=said.place,
            uscc=said.uscc,
            id=said.id,
        )
    except (OrganisationError, UsccError) as error:
        raise Refuse("authority", f"the issuing unit is none: {error}") from error
    made.home_node = issuer
    made.save(update_fields=["home_node"])
    return made


def _insert(change: Change, received: Received, said: OrderBody, *, unit: Organisation, numbers: list[Number]) -> Order:
    runs = operator()
    readers = readers_of(unit.id, *([runs] if runs else []))
    order = Order.objects.create(
        document=said.document,
        issuing_unit=unit,
        filing_unit=unit,
        category=said.category,
        urgency=said.urgency,
        basis=said.basis,
        remark=said.remark,
        state=TABLE.initial,
        version=1,
        filed_by=change.actor.user_id,
        created_at=change.at,
        readers=readers,
        origin_node=received.issuer,
        origin_message=received.id,
        approval=_approval(said),
    )
    plan = load_plan()
    OrderNumber.objects.bulk_create(
        OrderNumber(
            order=order,
            number=number.key,
            kind=int(number.kind),
            province=plan.facts(number).province,
            state=NumberState.PENDING if exclusion(number) is None else NumberState.REJECTED,
            reason=exclusion(number) or "",
            changed_at=change.at,
            readers=readers,
        )
        for number in numbers
    )
    return order


def _approval(said: OrderBody) -> dict[str, object]:
    by = said.approval.organisation
    return {
        "at": said.approval.at.isoformat(),
        "entry": said.approval.entry,
        "organisation": "" if by is None else by.name_zh[:MAX_NAME],
        "person": str(said.approval.person),
        "received_at": said.received_at.isoformat(),
        "role": said.approval.role,
    }
