"""The Django application of this context."""

from __future__ import annotations

from django.apps import AppConfig


class VerdictCountsConfig(AppConfig):
    """Counts of verdicts."""

    name = "haodun.registry.verdict_counts"
    label = "verdict_counts"
    default_auto_field = "django.db.models.BigAutoField"
