"""An order at the ministry blocks at the carrier's real edge, a recall lifts it, over files carried badly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial

import pytest
from tests.faults.calling import Line
from tests.faults.installation import patiently
from tests.federation.two.site import Node, Pair, found_pair

from haodun.lab.benchmarks.control_pages import Officer

FIRST = 8_613_912_340_000
ORDERS = 6
RECALLED = 3
FREE = 8_613_812_345_678
SEED = 7


@pytest.fixture
def pair() -> Iterator[Pair]:
    pair = found_pair()
    try:
        numbers = list(range(FIRST, FIRST + 2 * ORDERS))
        keys = {node.name: node.start(numbers) for node in (pair.ministry, pair.carrier)}
        for node in (pair.ministry, pair.carrier):
            node.enrol(keys[node.other], ("order", "order.lift"))
        pair.carrier.site.run_edge()
        pair.carry(SEED)
        yield pair
    finally:
        pair.stop()


def approve_orders(pair: Pair) -> dict[str, tuple[int, int]]:
    """Orders of two numbers, filed and approved at the ministry's pages."""
    site = pair.ministry.site
    officer, approver = (
        Officer(site.address, name, site.passwords[name]) for name in ("police-officer", "police-approver")
    )
    officer.log_in()
    approver.log_in()
    orders = {}
    for number in range(ORDERS):
        pair_of_numbers = FIRST + 2 * number, FIRST + 2 * number + 1
        order = officer.file(f"苏公网安关停〔2026〕1125-{number + 1:03}", pair_of_numbers, key=f"file-{number}")
        page = approver.approve(approver.sheet(order))
        assert page.status == 302, page.text[:500]
        orders[order] = pair_of_numbers
    return orders


def says(node: Node, query: str, order: str, word: str) -> bool:
    """Whether the node's database says so of an order."""
    return bool(node.one(query, order) == word)


def rings(line: Line, number: int) -> bool:
    """Whether a call from this number goes on."""
    return not line.refused(number)


@pytest.mark.fault
def test_an_order_blocks_at_the_carriers_edge_and_a_recall_lifts_it(pair: Pair) -> None:
    orders = approve_orders(pair)
    line = Line(pair.carrier.site.sip_port)
    with line.socket:
        for numbers in orders.values():
            for number in numbers:
                patiently(f"{number} is refused at the carrier's edge", partial(line.refused, number))
        assert not line.refused(FREE)
        state = "SELECT state FROM orders_order WHERE id = %s"
        for order in orders:
            patiently("its receipt is back", partial(says, pair.ministry, state, order, "REPORTED"))
        gone = list(orders)[:RECALLED]
        pair.recall(gone)
        for order in gone:
            for number in orders[order]:
                patiently(f"{number} is lifted", partial(rings, line, number))
        pair.heal()
        at = "SELECT state FROM orders_atnode WHERE order_id = %s"
        for order in gone:
            patiently("the recall is executed there", partial(says, pair.ministry, at, order, "LIFTED"))
        for order in list(orders)[RECALLED:]:
            assert all(line.refused(number) for number in orders[order]), "what was not recalled stays"
    settled(pair)
    check(pair, orders, gone)


def settled(pair: Pair) -> None:
    """Until each side says that it has all of the other."""
    said = "SELECT sent, acknowledged, taken FROM federation_peer"

    def quiet() -> bool:
        ((sent, there, _),), ((other_sent, other_there, _),) = (
            node.rows(said) for node in (pair.ministry, pair.carrier)
        )
        return bool(sent == there and other_sent == other_there)

    patiently("both streams are whole", quiet)


def check(pair: Pair, orders: dict[str, tuple[int, int]], gone: list[str]) -> None:
    """Every receipt true, nothing doubled."""
    sent = pair.ministry.rows(
        "SELECT o.message_id, o.answer, o.executed_at IS NOT NULL, m.kind FROM federation_outbox o "
        "JOIN federation_message m ON m.id = o.message_id WHERE m.kind <> 'receipt'"
    )
    there = {
        message: (status, executed, count)
        for message, status, executed, count in pair.carrier.rows(
            "SELECT message, min(status), bool_and(executed_at IS NOT NULL), count(*) FROM federation_inbox GROUP BY 1"
        )
    }
    assert Counter(row[3] for row in sent) == {"order": ORDERS, "recall": RECALLED}
    for message, answer, executed, _ in sent:
        assert there[message] == (answer, executed, 1) == ("accepted", True, 1)
    origins = pair.carrier.rows("SELECT origin_message, count(*), min(state) FROM orders_order GROUP BY 1")
    assert len(origins) == ORDERS and all(count == 1 for _, count, _ in origins)
    assert Counter(state for *_, state in origins) == {"REVERSED": RECALLED, "REPORTED": ORDERS - RECALLED}
    placed = pair.carrier.rows("SELECT number, count(*) FROM restrictions_restrictionrow GROUP BY 1")
    assert sorted(placed) == sorted((number, 1) for numbers in orders.values() for number in numbers)
    lifted = pair.carrier.rows("SELECT number FROM restrictions_restrictionrow WHERE lifted_at IS NOT NULL")
    assert sorted(number for (number,) in lifted) == sorted(number for order in gone for number in orders[order])
    steps = pair.carrier.rows("SELECT object_id, action, count(*) FROM transitions_steprecord GROUP BY 1, 2")
    assert all(count == 1 for *_, count in steps), "no step was taken twice"
    report(pair)


def report(pair: Pair) -> None:
    """Print what travelled and what befell it."""
    counts = {node.name: node.one("SELECT count(*) FROM federation_inbox") for node in (pair.ministry, pair.carrier)}
    repeats = {node.name: node.one("SELECT repeats FROM federation_peer") for node in (pair.ministry, pair.carrier)}
    aside = {
        node.name: dict(node.rows("SELECT reason, sum(times)::int FROM federation_quarantine GROUP BY 1"))
        for node in (pair.ministry, pair.carrier)
    }
    pair.stop_proxy()
    print(f"\nmessages taken {counts}, repeats dropped {repeats}, set aside {aside}, faults {pair.faults}")
    assert set(pair.faults) >= {"lost", "cut", "altered", "delayed", "repeated", "reordered"}
