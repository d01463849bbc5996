"""The Django application of this context."""

from __future__ import annotations

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Background work."""

    name = "haodun.offices.jobs"
    label = "jobs"
    default_auto_field = "django.db.models.BigAutoField"
