"""The jobs of publication: publish at once when restrictions change, once a day anyhow, look after silent edges."""

from __future__ import annotations

from haodun.offices.jobs.services import defer, task
from haodun.registry.policies.drafts import current, tell
from haodun.registry.policies.publishing import publish
from haodun.registry.policies.receipts import settle
from haodun.registry.policy_revisions.facts import PolicyChanged
from haodun.registry.restrictions.facts import RestrictionsChanged
from haodun.registry.trusted_numbers.facts import TrustedChanged
from haodun.registry.voice_lines.facts import LinesChanged

PUBLISH = "policies.publish"


@task(PUBLISH, once=False)
def publish_changes(cause: str) -> None:
    """Publish what has changed, if anything has; a burst of changes is one publication."""
    publish(cause)


@task("policies.publish_daily", cron="40 16 * * *", once=False)
def publish_daily() -> None:
    """A full snapshot each night (00:40 in China), so that none expires where little happens."""
    publish("daily", full=True)
    draft = current()
    if draft is not None:
        tell(draft)


@task("policies.settle", cron="* * * * *", once=False)
def settle_receipts() -> None:
    """An edge that fell silent is waited for no longer by the orders of the others."""
    settle()


@task("policies.publish_waiting", cron="* * * * *", once=False)
def publish_waiting() -> None:
    """What waited for the hour's budget goes out once there is room again; nothing happens where nothing waits."""
    publish("waiting")


def on_trusted_changed(fact: TrustedChanged) -> None:
    """The same where an entry of the trusted directory came into force or left it."""
    defer(PUBLISH, queueing_lock=PUBLISH, cause=fact.cause)


def on_lines_changed(fact: LinesChanged) -> None:
    """The same where a line was enforced, excepted or closed: the snapshot carries other trunks."""
    defer(PUBLISH, queueing_lock=PUBLISH, cause="lines")


def on_policy_changed(fact: PolicyChanged) -> None:
    """The same where another policy was published or rolled back to."""
    defer(PUBLISH, queueing_lock=PUBLISH, cause="policy")


def on_restrictions_changed(fact: RestrictionsChanged) -> None:
    """Ask for a publication in the transaction that changed a restriction.

    No job lock: publishers wait for each other in the database, where the next one goes on at once; a job that waits
    for a job's lock is looked for only at the worker's next poll.
    """
    defer(PUBLISH, queueing_lock=PUBLISH, cause=fact.cause)
