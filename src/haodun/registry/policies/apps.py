"""The Django application of this context."""

from __future__ import annotations

from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    """Publication to the edges."""

    name = "haodun.registry.policies"
    label = "policies"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """A change of restrictions, lines, trusted numbers or the policy asks for a publication."""
        from haodun.offices.transitions.services import subscribe
        from haodun.registry.policies import messages
        from haodun.registry.policies.carrying import carried_now
        from haodun.registry.policies.facts import SnapshotExecuted, SnapshotPublished
        from haodun.registry.policies.receipts import trusted_everywhere
        from haodun.registry.policies.tasks import (
            on_lines_changed,
            on_policy_changed,
            on_restrictions_changed,
            on_trusted_changed,
        )
        from haodun.registry.policy_revisions.facts import PolicyChanged
        from haodun.registry.policy_revisions.services import carried_from
        from haodun.registry.restrictions.facts import RestrictionsChanged
        from haodun.registry.trusted_numbers.facts import TrustedChanged
        from haodun.registry.trusted_numbers.services import receipts_from
        from haodun.registry.voice_lines.facts import LinesChanged

        subscribe(RestrictionsChanged, on_restrictions_changed)
        subscribe(LinesChanged, on_lines_changed)
        subscribe(TrustedChanged, on_trusted_changed)
        subscribe(PolicyChanged, on_policy_changed)
        receipts_from(trusted_everywhere)
        carried_from(carried_now)
        messages.register()
        subscribe(SnapshotPublished, messages.on_published)
        subscribe(SnapshotExecuted, messages.on_executed)
