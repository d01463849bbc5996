"""The Django application of this context."""

from __future__ import annotations

from django.apps import AppConfig


class OrganisationsConfig(AppConfig):
    """Organisations and their people."""

    name = "haodun.offices.organisations"
    label = "organisations"
    default_auto_field = "django.db.models.BigAutoField"
