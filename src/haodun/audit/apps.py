"""The Django application of this context."""

from __future__ import annotations

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The ledger."""

    name = "haodun.audit"
    label = "audit"
    default_auto_field = "django.db.models.BigAutoField"
