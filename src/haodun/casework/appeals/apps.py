"""The Django application of this context."""

from __future__ import annotations

from django.apps import AppConfig


class AppealsConfig(AppConfig):
    """Appeals."""

    name = "haodun.casework.appeals"
    label = "appeals"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the table known."""
        from haodun.casework.appeals.states import TABLE
        from haodun.offices.transitions.services import register

        register(TABLE)
