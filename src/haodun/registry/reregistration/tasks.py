"""The background work of this context."""

from __future__ import annotations

from haodun.offices.jobs.services import task


@task("reregistration.advance", cron="*/10 * * * *")
def advance_cards() -> None:
    """Running campaigns take up cards and take the steps that are due; what was registered is set free."""
    from haodun.registry.reregistration.advancing import advance

    advance()
