"""The Django application of this context."""

from __future__ import annotations

from django.apps import AppConfig


class VoiceLinesConfig(AppConfig):
    """Voice lines and landing resources."""

    name = "haodun.registry.voice_lines"
    label = "voice_lines"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the tables known."""
        from haodun.offices.transitions.services import register
        from haodun.registry.voice_lines.states import DEVICE, TABLE

        register(TABLE)
        register(DEVICE)
