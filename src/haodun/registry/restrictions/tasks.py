"""The jobs of restrictions: hand notices over, tell other nodes of what could not be told at once."""

from __future__ import annotations

from haodun.offices.jobs.services import task
from haodun.registry.restrictions.handing_over import TASK, hand_over
from haodun.registry.restrictions.messages import tell_unsent


@task(TASK, cron="*/5 * * * *", once=False)
def hand_over_notices() -> None:
    """Hand over all notices that are due, a batch a transaction."""
    while hand_over():
        pass


@task("restrictions.tell_unsent", cron="*/5 * * * *", once=False)
def tell_nodes_late() -> None:
    """Tell other nodes of restrictions in force that they could not be told of at once."""
    while tell_unsent():
        pass
