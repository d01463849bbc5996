"""The Django application of this context."""

from __future__ import annotations

from django.apps import AppConfig


class RestrictionsConfig(AppConfig):
    """Restrictions."""

    name = "haodun.registry.restrictions"
    label = "restrictions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Follow the holder intervals; register the jobs."""
        from haodun.offices.transitions.services import subscribe
        from haodun.registry.restrictions import messages, tasks  # noqa: F401 (tasks registers the jobs)
        from haodun.registry.restrictions.facts import RestrictionsChanged
        from haodun.registry.restrictions.lapsing import on_holders_changed
        from haodun.registry.subscribers.facts import HoldersChanged

        subscribe(HoldersChanged, on_holders_changed)
        subscribe(RestrictionsChanged, messages.on_changed)
        messages.register()
