"""The background work of this context."""

from __future__ import annotations

from haodun.offices.jobs.services import task
from haodun.registry.outgoing import handing_over


@task(handing_over.TASK)
def hand_over(message: str) -> None:
    """Give one message to the operator's sender."""
    handing_over.perform(message)
