"""The Django application of this context."""

from __future__ import annotations

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """Shutdown orders."""

    name = "haodun.casework.orders"
    label = "orders"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the table known; hear when snapshots are in effect at every edge."""
        from haodun.casework.orders.listening import snapshot_executed
        from haodun.casework.orders.states import TABLE
        from haodun.offices.transitions.services import register, subscribe
        from haodun.registry.policies.facts import SnapshotExecuted

        register(TABLE)
        subscribe(SnapshotExecuted, snapshot_executed)
