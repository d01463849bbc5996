"""The Django application of this context."""

from __future__ import annotations

from django.apps import AppConfig


class TrustedNumbersConfig(AppConfig):
    """Trusted numbers."""

    name = "haodun.registry.trusted_numbers"
    label = "trusted_numbers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the table and the jobs known; let blast radii count trusted entries."""
        from haodun.offices.transitions.services import register, subscribe
        from haodun.registry.restrictions.services import count_trusted_with
        from haodun.registry.trusted_numbers import messages, tasks
        from haodun.registry.trusted_numbers.facts import TrustedChanged
        from haodun.registry.trusted_numbers.lists import trusted_among
        from haodun.registry.trusted_numbers.states import TABLE

        register(TABLE)
        subscribe(TrustedChanged, tasks.on_trusted_changed)
        count_trusted_with(trusted_among)
        messages.register()
