"""The Django application of this context."""

from __future__ import annotations

from django.apps import AppConfig


class PeeringConfig(AppConfig):
    """Nodes that talk to this one."""

    name = "haodun.offices.peering"
    label = "peering"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the tables, the jobs, and what is to happen when something is sent or set aside."""
        from haodun.federation.services import on_quarantined, on_sent
        from haodun.offices.peering import messages, tasks
        from haodun.offices.peering.services import hold
        from haodun.offices.peering.states import TABLES
        from haodun.offices.transitions.services import register

        for table in TABLES:
            register(table)
        on_quarantined(hold)
        on_sent(tasks.wake)
        messages.register()
