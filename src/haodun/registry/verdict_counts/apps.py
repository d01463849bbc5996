"""The Django application of this context."""

from __future__ import annotations

from django.apps import AppConfig


class VerdictCountsConfig(AppConfig):
    """Counts of verdicts."""

    name = "haodun.registry.verdict_counts"
    label = "verdict_counts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Take the counts of other nodes; register the job."""
        from haodun.registry.verdict_counts import messages, tasks  # noqa: F401 (tasks registers the job)

        messages.register()
