"""The Django application of this context."""

from __future__ import annotations

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """The web shell."""

    name = "haodun.console"
    label = "console"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let the number page and the search ask the contexts that exist here."""
        from haodun.console import desk, known_sources, registry_desk

        known_sources.connect()
        desk.connect()
        registry_desk.connect()
