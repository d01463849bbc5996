"""Cases about orders, appeals, restrictions and numbers: console pages and the interface for programs."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from functools import cache

from tests.matrix.asking import Case
from tests.matrix.country import Country
from tests.matrix.oracle import (
    APPEAL_STEPS,
    ORDER_STATES,
    ORDER_TARGETS,
    Thing,
    decides,
    may,
    sees,
    takes,
)
from tests.matrix.tree import ANONYMOUS, CITIZEN, KINDS, Reader

LOGIN = "/accounts/login/"
REASON = "权限矩阵的理由，写得够长"
ORDER_VERBS = ("send_back", "reject", "withdraw", "acknowledge", "recall")
OUTSIDE = (ANONYMOUS, CITIZEN)


def gate(reader: Reader, what: str, inside: tuple[int, ...] = (200,)) -> tuple[int, ...]:
    """Statuses of a console page that asks for a permission."""
    if reader in OUTSIDE:
        return (302,)
    return inside if may(reader, what) else (403,)


def door(reader: Reader, what: str, inside: tuple[int, ...] = (200,)) -> tuple[int, ...]:
    """The same of an operation of the interface for programs."""
    if reader in OUTSIDE:
        return (401,)
    return inside if may(reader, what) else (403,)


def to_login(reader: Reader, otherwise: str = "") -> str:
    """Where the anonymous are led."""
    return LOGIN if reader in OUTSIDE else otherwise


def of(land: Country, kind: str) -> list[Thing]:
    """The rows of a kind."""
    return [thing for thing in land.things if thing.kind == kind]


def key() -> dict[str, str]:
    """A fresh idempotency key."""
    return {"idempotency-key": uuid.uuid4().hex}


@cache
def seen_of(order: str) -> str:
    """The digest of what approving an order would hit, as its approver is shown."""
    from haodun.casework.orders.models import Order
    from haodun.casework.orders.services import preview_step
    from haodun.offices.organisations.services import system
    from haodun.offices.transitions.services import SYSTEM

    with system():
        blast = preview_step(SYSTEM, Order.objects.get(id=order), "approve").blast
    return blast.digest() if blast else ""


def order_pages(land: Country, reader: Reader) -> Iterator[Case]:
    """Desk, search in the desk, the order, its approval and correction sheets."""
    read = gate(reader, "order.read")
    for tab in ("todo", "approve", "receipts", "all"):
        yield Case("orders:desk", reader, "GET", f"/orders/?tab={tab}", read, to=to_login(reader))
    yield Case("orders:desk", reader, "GET", "/orders/?tab=all&q=ZQ", read, to=to_login(reader))
    yield Case("orders:new", reader, "GET", "/orders/new/", gate(reader, "order.file"), to=to_login(reader))
    for order in of(land, "order"):
        there = (200,) if sees(reader, order) else (404,)
        for name, what, page, states in (
            ("orders:order", "order.read", "", (order.state,)),
            ("orders:approve", "order.read", "approve/", ("ROUTED",)),
            ("orders:correct", "order.file", "correct/", ("SENT_BACK",)),
        ):
            if order.state not in states:
                continue
            path = f"/orders/{order.id}/{page}"
            yield Case(name, reader, "GET", path, gate(reader, what, there), to=to_login(reader), thing=order)


def order_writes(land: Country, reader: Reader) -> Iterator[Case]:
    """Every step on every order that stands where the step begins, with a valid body; filing; several at once."""
    for order in of(land, "order"):
        for verb in ORDER_VERBS:
            if order.state in ORDER_STATES[verb]:
                yield _page_step(reader, order, verb, f"/orders/{order.id}/{verb}/", {"reason": REASON})
        if order.state == "ROUTED":
            body = {"seen": seen_of(order.id), "remark": REASON}
            yield _page_step(reader, order, "approve", f"/orders/{order.id}/approve/", body)
            yield _bulk(reader, order)
        if order.state == "SENT_BACK":
            body = {"numbers": "13999990001", "remark": "矩阵"}
            yield _page_step(reader, order, "correct", f"/orders/{order.id}/correct/", body)
    yield from _filing(land, reader)


def _page_step(reader: Reader, order: Thing, verb: str, path: str, body: dict[str, str]) -> Case:
    done = takes(reader, verb, order)
    inside = (302,) if done else (422,) if sees(reader, order) else (404,)
    what = "order.file" if verb == "correct" else "order.read"
    return Case(
        f"orders:{verb if verb in ('approve', 'correct') else 'step'}", reader, "POST", path,
        gate(reader, what, inside), body | {"key": uuid.uuid4().hex},
        to=to_login(reader, f"/orders/{order.id}/"), thing=order,
        target=ORDER_TARGETS[verb] if done else order.state, writes=done,
    )  # fmt: skip


def _bulk(reader: Reader, order: Thing) -> Case:
    done = takes(reader, "reject", order)
    inside = (200,) if sees(reader, order) else (404,)
    body = {"ids": order.id, "action": "reject", "reason": REASON, "key": uuid.uuid4().hex}
    return Case(
        "orders:bulk", reader, "POST", "/orders/bulk/", gate(reader, "order.read", inside), body,
        to=to_login(reader), thing=order, target="REJECTED" if done else order.state, writes=done,
    )  # fmt: skip


def files(reader: Reader, issuer: str) -> bool:
    """A police unit files its own documents, a bureau those that it got on paper."""
    return may(reader, "order.file") and (KINDS[reader.at] == "bureau" or reader.at == issuer)


def _filing(land: Country, reader: Reader) -> Iterator[Case]:
    for issuer in ("police32", "police33", "carrierA32"):
        done = files(reader, issuer) and issuer != "carrierA32"
        body = {
            "document": f"MATRIX-{issuer.upper()[-8:]}-9", "issuing_unit": str(land.places[issuer].id),
            "category": "authority", "urgency": "normal", "basis": "miit-police-2015-11",
            "numbers": "13999990002", "remark": "矩阵", "key": uuid.uuid4().hex,
        }  # fmt: skip
        statuses = gate(reader, "order.file", (302,) if done else (422,))
        yield Case(
            "orders:new", reader, "POST", "/orders/new/", statuses, body, to=to_login(reader, "/orders/"), writes=done
        )
        sent = {name: value for name, value in body.items() if name != "key"}
        refused = door(reader, "order.file", (201,) if done else (403,))
        yield Case("POST orders", reader, "POST", "/api/v1/orders", refused, sent, True, key(), writes=done)


def order_api(land: Country, reader: Reader) -> Iterator[Case]:
    """Lists, single orders, previews and every verb."""
    read = door(reader, "order.read")
    for tab in ("todo", "approve", "receipts", "sent_back", "all"):
        yield Case("GET orders", reader, "GET", f"/api/v1/orders?tab={tab}&limit=200", read)
    for order in of(land, "order"):
        there = door(reader, "order.read", (200,) if sees(reader, order) else (404,))
        path = f"/api/v1/orders/{order.id}"
        yield Case("GET orders/<identity>", reader, "GET", path, there, thing=order)
        verb = (
            next(verb for verb in (*ORDER_VERBS, "approve") if order.state in ORDER_STATES.get(verb, ()))
            if order.state != "SENT_BACK"
            else "reject"
        )
        yield Case("GET orders/<identity>/preview/<verb>", reader, "GET", f"{path}/preview/{verb}", there, thing=order)
        for verb in (*ORDER_VERBS, "approve"):
            if order.state in ORDER_STATES[verb]:
                yield _api_step(reader, order, verb, path)
        if order.state == "SENT_BACK":
            done = takes(reader, "correct", order)
            inside = (200,) if done else (403,) if sees(reader, order) else (404,)
            yield Case(
                "POST orders/<identity>/correct", reader, "POST", f"{path}/correct",
                door(reader, "order.file", inside), {"numbers": "13999990001"}, True, key(), thing=order,
                target="ROUTED" if done else order.state, writes=done,
            )  # fmt: skip


def _api_step(reader: Reader, order: Thing, verb: str, path: str) -> Case:
    done = takes(reader, verb, order)
    inside = (200,) if done else (403,) if sees(reader, order) else (404,)
    body = {"reason": REASON} | ({"seen": seen_of(order.id)} if verb == "approve" else {})
    return Case(
        "POST orders/<identity>/<verb>", reader, "POST", f"{path}/{verb}", door(reader, "order.read", inside), body,
        True, key(), thing=order, target=ORDER_TARGETS[verb] if done else order.state, writes=done,
    )  # fmt: skip


def appeals(land: Country, reader: Reader) -> Iterator[Case]:
    """Desk, the appeal, every step: pages and programs."""
    for tab in ("todo", "late", "review", "above", "done", "all"):
        yield Case(
            "appeals:desk", reader, "GET", f"/appeals/?tab={tab}", gate(reader, "appeal.read"), to=to_login(reader)
        )
    yield Case("GET appeals", reader, "GET", "/api/v1/appeals?tab=all", door(reader, "appeal.read"))
    for appeal in of(land, "appeal"):
        there = (200,) if sees(reader, appeal) else (404,)
        yield Case(
            "appeals:appeal", reader, "GET", f"/appeals/{appeal.id}/", gate(reader, "appeal.read", there),
            to=to_login(reader), thing=appeal,
        )  # fmt: skip
        yield Case(
            "GET appeals/<identity>", reader, "GET", f"/api/v1/appeals/{appeal.id}",
            door(reader, "appeal.read", there), thing=appeal,
        )  # fmt: skip
        for verb, (_, source, target) in APPEAL_STEPS.items():
            if appeal.state == source:
                yield from _decision(reader, appeal, verb, target)


def _decision(reader: Reader, appeal: Thing, verb: str, target: str) -> Iterator[Case]:
    done = decides(reader, verb, appeal)
    body = {"reason": REASON} | ({"measure": "tip"} if verb == "lift_in_part" else {})
    after = target if done else appeal.state
    for name, path, allowed, refused, json in (
        ("appeals:step", f"/appeals/{appeal.id}/{verb}/", 302, 422, False),
        ("POST appeals/<identity>/<verb>", f"/api/v1/appeals/{appeal.id}/{verb}", 200, 403, True),
    ):
        inside = (allowed,) if done else (refused,) if sees(reader, appeal) else (404,)
        statuses = (door if json else gate)(reader, "appeal.read", inside)
        yield Case(
            name, reader, "POST", path, statuses, body if json else body | {"key": uuid.uuid4().hex}, json, key(),
            "" if json else to_login(reader, f"/appeals/{appeal.id}/"), appeal, after, done,
        )  # fmt: skip


def registry(land: Country, reader: Reader) -> Iterator[Case]:
    """Restrictions, publications, receipts, edges, the status of a number."""
    looks = "number.lookup"
    may_restrictions = (200,) if may_restriction(reader) else (403,)
    outside = reader in OUTSIDE
    yield Case("GET restrictions", reader, "GET", "/api/v1/restrictions", (401,) if outside else may_restrictions)
    for name, path in (
        ("GET lists/<name>", "/api/v1/lists/black"),
        ("GET lists/<name>", "/api/v1/lists/grey"),
        ("GET tips/numbers", "/api/v1/tips/numbers"),
    ):
        yield Case(name, reader, "GET", path, (401,) if outside else may_restrictions)
    for thing in of(land, "restriction"):
        inside = may_restrictions if may_restrictions == (403,) else (200,) if sees(reader, thing) else (404,)
        yield Case(
            "GET restrictions/<identity>", reader, "GET", f"/api/v1/restrictions/{thing.id}",
            (401,) if outside else inside, thing=thing,
        )  # fmt: skip
    for name, path, what in (
        ("GET publications", "/api/v1/publications", "snapshot.read"),
        ("GET publications/<int:version>/receipts", "/api/v1/publications/1/receipts", "snapshot.read"),
        ("GET edges", "/api/v1/edges", "edge.read"),
    ):
        yield Case(name, reader, "GET", path, door(reader, what))
    for thing in of(land, "number"):
        body = {"number": thing.more["number"], "purpose": "lead_query"}
        allowed = may(reader, looks)
        yield Case(
            "POST numbers/status", reader, "POST", "/api/v1/numbers/status", door(reader, looks), body, True,
            thing=thing, writes=allowed,
        )  # fmt: skip


def may_restriction(reader: Reader) -> bool:
    """Who reads restrictions: whoever looks numbers up, but platforms, which are told of orders only."""
    return may(reader, "number.lookup") and reader.role != "platform_operator"


def appeal_filing(land: Country, reader: Reader) -> Iterator[Case]:
    """An appeal by the reference of a notice, for programs."""
    allowed = reader.role in ("association_clerk", "enterprise")
    statuses = (401,) if reader in OUTSIDE else (201,) if allowed else (403,)
    body = {"notice": land.notice, "statement": "矩阵的申诉理由"}
    yield Case("POST appeals", reader, "POST", "/api/v1/appeals", statuses, body, True, key(), writes=allowed)


def numbers(land: Country, reader: Reader) -> Iterator[Case]:
    """The page of each number, and its digits."""
    for thing in of(land, "number"):
        path, digits = f"/numbers/{thing.id}/", thing.more["number"][3:]
        yield Case(
            "number", reader, "GET", path + "?range=all", gate(reader, "number.lookup"), to=to_login(reader),
            thing=thing, writes=may(reader, "number.lookup"),
        )  # fmt: skip
        allowed = may(reader, "number.unmask")
        yield Case(
            "number-reveal", reader, "POST", path + "reveal/", gate(reader, "number.unmask"), {},
            headers={"hx-request": "true"}, to=to_login(reader), thing=thing, writes=allowed,
            shows=frozenset({digits}) if allowed else frozenset(),
        )  # fmt: skip
        body = {"q": thing.more["number"], "purpose": "lead_query"}
        yield Case(
            "search", reader, "POST", "/search/", gate(reader, "number.lookup", (302,)), body,
            to=to_login(reader, path), thing=thing,
        )  # fmt: skip
    for words in ("ZQ", "单位"):
        yield Case("search", reader, "GET", f"/search/?q={words}", gate(reader, "number.lookup"), to=to_login(reader))
