"""The Django application of this context."""

from __future__ import annotations

from django.apps import AppConfig


class TransitionsConfig(AppConfig):
    """Changes of state."""

    name = "haodun.offices.transitions"
    label = "transitions"
    default_auto_field = "django.db.models.BigAutoField"
