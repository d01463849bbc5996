"""The Django application of this context."""

from __future__ import annotations

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """Shutdown orders."""

    name = "haodun.casework.orders"
    label = "orders"
    default_auto_field = "django.db.models.BigAutoField"
