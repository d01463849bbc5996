"""The job of orders: try again what could not be sent to another node."""

from __future__ import annotations

from haodun.casework.orders.messages import send_unsent
from haodun.offices.jobs.services import task


@task("orders.send_unsent", cron="*/5 * * * *", once=False)
def send_again() -> None:
    """Orders whose node was not reachable when they were approved."""
    send_unsent()
