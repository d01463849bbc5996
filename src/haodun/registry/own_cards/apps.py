"""The Django application of this context."""

from __future__ import annotations

from django.apps import AppConfig


class OwnCardsConfig(AppConfig):
    """Cards under my name."""

    name = "haodun.registry.own_cards"
    label = "own_cards"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the table known."""
        from haodun.offices.transitions.services import register
        from haodun.registry.own_cards.states import TABLE

        register(TABLE)
