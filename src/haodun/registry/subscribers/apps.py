"""The Django application of this context."""

from __future__ import annotations

from django.apps import AppConfig


class SubscribersConfig(AppConfig):
    """Holder intervals, records, real-name states, imports."""

    name = "haodun.registry.subscribers"
    label = "subscribers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the tables known."""
        from haodun.offices.transitions.services import register
        from haodun.registry.subscribers.states import EXCESS, IMPORT

        register(IMPORT)
        register(EXCESS)
