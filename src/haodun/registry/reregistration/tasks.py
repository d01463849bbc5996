"""The background work of this context."""

from __future__ import annotations

from uuid import UUID

from haodun.offices.jobs.services import task
from haodun.registry.reregistration.effects import APPLY_TASK, CHECK_TASK


@task("reregistration.advance", cron="*/10 * * * *")
def advance_cards() -> None:
    """Running campaigns take up cards and take the steps that are due; what was registered is set free."""
    from haodun.registry.reregistration.advancing import advance

    advance()


@task(CHECK_TASK)
def check_a_sheet(sheet: str) -> None:
    """Check an uploaded file of re-registrations."""
    from haodun.registry.reregistration.sheets import check

    check(UUID(sheet))


@task(APPLY_TASK)
def apply_a_sheet(sheet: str) -> None:
    """Record what a second person approved."""
    from haodun.registry.reregistration.sheets import finish

    finish(UUID(sheet))


@task("reregistration.hand_over", cron="*/5 * * * *", once=False)
def hand_notices_over() -> None:
    """Give notices and reminders to the operator's sender; those that failed are tried again."""
    from haodun.registry.reregistration.handing_over import hand_all_over

    hand_all_over()
