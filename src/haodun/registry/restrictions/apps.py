"""The Django application of this context."""

from __future__ import annotations

from django.apps import AppConfig


class RestrictionsConfig(AppConfig):
    """Restrictions."""

    name = "haodun.registry.restrictions"
    label = "restrictions"
    default_auto_field = "django.db.models.BigAutoField"
