"""The Django application of this context."""

from __future__ import annotations

from django.apps import AppConfig


class OutgoingConfig(AppConfig):
    """Messages to people outside."""

    name = "haodun.registry.outgoing"
    label = "outgoing"
    default_auto_field = "django.db.models.BigAutoField"
