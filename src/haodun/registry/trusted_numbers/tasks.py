"""The background work of this context."""

from __future__ import annotations

from django.utils import timezone

from haodun.offices.jobs.services import defer, task
from haodun.offices.organisations.services import system
from haodun.registry.trusted_numbers import messages
from haodun.registry.trusted_numbers.expiring import expire_ended
from haodun.registry.trusted_numbers.facts import TrustedChanged
from haodun.registry.trusted_numbers.other_directories import lapse
from haodun.registry.trusted_numbers.publishing import publish_directory

PUBLISH = "trusted.publish_directory"


@task(PUBLISH, once=False)
def publish() -> None:
    """Publish the directory where it has changed; a burst of changes is one version. Other nodes get it."""
    publish_directory()
    messages.offer()


@task("trusted.expire", cron="*/10 * * * *", once=False)
def expire() -> None:
    """End the entries whose time is over; snapshot lists ended by themselves to the second.

    Directories of nodes that fell silent lapse; nodes that are new, or could not take the newest version, are sent it.
    """
    expire_ended(timezone.now())
    with system():
        lapse(timezone.now())
    messages.offer()


def on_trusted_changed(fact: TrustedChanged) -> None:
    """Ask for a new version of the directory, in the transaction that changed an entry."""
    defer(PUBLISH, queueing_lock=PUBLISH)
