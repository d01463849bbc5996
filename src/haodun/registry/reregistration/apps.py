"""The Django application of this context."""

from __future__ import annotations

from django.apps import AppConfig


class ReregistrationConfig(AppConfig):
    """Forced re-registration."""

    name = "haodun.registry.reregistration"
    label = "reregistration"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the tables known; follow the real-name states."""
        from haodun.offices.transitions.services import register, subscribe
        from haodun.registry.reregistration import tasks  # noqa: F401 (registers the jobs)
        from haodun.registry.reregistration.advancing import on_states_changed
        from haodun.registry.reregistration.states import CAMPAIGN, CARD, RECORDING, SHEET
        from haodun.registry.subscribers.facts import StatesChanged

        for table in (CAMPAIGN, CARD, RECORDING, SHEET):
            register(table)
        subscribe(StatesChanged, on_states_changed)
