"""The background work of this context."""

from __future__ import annotations

from haodun.offices.jobs.services import task


@task("key_services.renew", cron="41 3 * * *")
def renew() -> None:
    """Renew the restrictions of closed services, so that a closed number stays shut."""
    from haodun.registry.key_services.keeping_shut import renew_closed

    renew_closed()


@task("key_services.tell_listings", cron="17 * * * *")
def tell_listings() -> None:
    """Tell nodes enrolled since of who stands on the blacklist."""
    from haodun.registry.key_services.messages import tell_late

    tell_late()
