"""The Django application of this context."""

from __future__ import annotations

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """The web shell."""

    name = "haodun.console"
    label = "console"
    default_auto_field = "django.db.models.BigAutoField"
