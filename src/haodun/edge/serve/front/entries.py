"""Sending and receiving by the address of a hall."""

from __future__ import annotations

from haodun.compiled import borrowing
from haodun.edge.serve.front.hall import hall_at
from haodun.edge.serve.front.system import receive, send_each, send_runs


@borrowing
def receive_mail(hall: int, descriptor: int, most: int) -> int:
    """Take at most so many waiting datagrams; how many."""
    return receive(descriptor, hall_at(hall).mail, most)


@borrowing
def send_answers(hall: int, descriptor: int, count: int) -> int:
    """Send so many answers, each by itself; how many the system would not take."""
    return send_each(descriptor, hall_at(hall).answers, count)


@borrowing
def send_joined(hall: int, descriptor: int, count: int) -> int:
    """The same, those in a row to one address as one."""
    return send_runs(descriptor, hall_at(hall).answers, count)
