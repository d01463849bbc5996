"""The Django application of this context."""

from __future__ import annotations

from django.apps import AppConfig


class FederationConfig(AppConfig):
    """Envelopes between installations."""

    name = "haodun.federation"
    label = "federation"
    default_auto_field = "django.db.models.BigAutoField"
