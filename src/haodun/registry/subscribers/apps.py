"""The Django application of this context."""

from __future__ import annotations

from django.apps import AppConfig


class SubscribersConfig(AppConfig):
    """Holder intervals."""

    name = "haodun.registry.subscribers"
    label = "subscribers"
    default_auto_field = "django.db.models.BigAutoField"
