"""The Django application of this context."""

from __future__ import annotations

from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    """Publication to the edges."""

    name = "haodun.registry.policies"
    label = "policies"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """A change of restrictions asks for a publication."""
        from haodun.offices.transitions.services import subscribe
        from haodun.registry.policies.tasks import on_restrictions_changed
        from haodun.registry.restrictions.facts import RestrictionsChanged

        subscribe(RestrictionsChanged, on_restrictions_changed)
