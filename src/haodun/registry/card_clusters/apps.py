"""The Django application of this context."""

from __future__ import annotations

from django.apps import AppConfig


class CardClustersConfig(AppConfig):
    """Clusters of black cards."""

    name = "haodun.registry.card_clusters"
    label = "card_clusters"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the table known."""
        from haodun.offices.transitions.services import register
        from haodun.registry.card_clusters.states import TABLE

        register(TABLE)
