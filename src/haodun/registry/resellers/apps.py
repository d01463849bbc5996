"""The Django application of this context."""

from __future__ import annotations

from django.apps import AppConfig


class ResellersConfig(AppConfig):
    """Inspections of resellers."""

    name = "haodun.registry.resellers"
    label = "resellers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the table known."""
        from haodun.offices.transitions.services import register
        from haodun.registry.resellers.states import TABLE

        register(TABLE)
