"""The Django application of this context."""

from __future__ import annotations

from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    """Publication to the edges."""

    name = "haodun.registry.policies"
    label = "policies"
    default_auto_field = "django.db.models.BigAutoField"
