"""The background work of this context."""

from __future__ import annotations

from haodun.offices.jobs.services import task
from haodun.registry.own_cards import answering
from haodun.registry.own_cards.effects import TASK


@task(TASK, cron="*/5 * * * *", once=False)
def answer() -> None:
    """Deal with all open questions, a batch a transaction."""
    while answering.answer_open():
        pass


@task("own_cards.tidy", cron="23 * * * *")
def tidy() -> None:
    """Let lapse what is too old, forget what is over."""
    answering.tidy()
