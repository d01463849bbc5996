"""The Django application of this context."""

from __future__ import annotations

from django.apps import AppConfig


class PolicyRevisionsConfig(AppConfig):
    """Revisions of the policy."""

    name = "haodun.registry.policy_revisions"
    label = "policy_revisions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the table known; register the job."""
        from haodun.offices.transitions.services import register
        from haodun.registry.policy_revisions import tasks  # noqa: F401 (it registers the job)
        from haodun.registry.policy_revisions.states import TABLE

        register(TABLE)
