"""The Django application of this context."""

from __future__ import annotations

from django.apps import AppConfig


class KeyServicesConfig(AppConfig):
    """Key services, agents, blacklist."""

    name = "haodun.registry.key_services"
    label = "key_services"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the tables known; hear of numbers in police notices, and of listings elsewhere."""
        from haodun.offices.transitions.services import register, subscribe
        from haodun.registry.key_services import messages
        from haodun.registry.key_services.facts import NumbersCleared, NumbersInvolved, PartyListed
        from haodun.registry.key_services.involving import on_cleared, on_involved
        from haodun.registry.key_services.other_states import AGENT, CAMPAIGN, LISTING
        from haodun.registry.key_services.states import TABLE

        for table in (TABLE, CAMPAIGN, AGENT, LISTING):
            register(table)
        subscribe(NumbersInvolved, on_involved)
        subscribe(NumbersCleared, on_cleared)
        subscribe(PartyListed, messages.on_listed)
        messages.register()
