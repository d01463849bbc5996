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
        from haodun.casework.orders import facts, messages, tasks  # noqa: F401 (tasks registers the jobs)
        from haodun.casework.orders.listening import snapshot_executed
        from haodun.casework.orders.states import TABLE
        from haodun.offices.transitions.services import register, subscribe
        from haodun.registry.policies.facts import SnapshotExecuted

        register(TABLE)
        subscribe(SnapshotExecuted, snapshot_executed)
        messages.register()
        subscribe(facts.OrderDispatched, messages.on_dispatched)
        subscribe(facts.OrderExecuted, messages.on_executed)
        subscribe(facts.OrderReversed, messages.on_reversed)
        subscribe(facts.NumbersReversed, messages.on_numbers_reversed)
