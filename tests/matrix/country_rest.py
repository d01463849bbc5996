"""One row of each table with readers that no story of the country fills, so that its wall is tried too."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.utils import timezone


def rest() -> None:
    """Rows beside ones that exist, for the same readers; nothing of them is a canary."""
    from haodun.casework.orders.models import AtNode, Order, Undoing
    from haodun.registry.key_services.models import CleanUp, CleanUpItem, Involved, Service
    from haodun.registry.policies.models import OfferedPolicy
    from haodun.registry.policy_revisions.models import Comparison, Revision
    from haodun.registry.trusted_numbers.models import CallBack, EntryNumber
    from haodun.registry.verdict_counts.models import RuleCount

    now = timezone.now()
    order = Order.objects.order_by("created_at", "id")[0]
    AtNode.objects.create(
        order=order, node="matrix-active", numbers=1, state="EXECUTED", changed_at=now, readers=order.readers
    )
    Undoing.objects.create(message=uuid.uuid4(), order=order, change=1, numbers=1, done_at=now, readers=order.readers)
    service = Service.objects.order_by("id")[0]
    Involved.objects.create(notice=uuid.uuid4(), number=864001234567, noticed_at=now, readers=service.readers)
    campaign = CleanUp.objects.order_by("id").first()
    if campaign is not None:
        CleanUpItem.objects.create(campaign=campaign, service=service, readers=service.readers)
    OfferedPolicy.objects.create(
        id=uuid.uuid4(), node="matrix-active", name="offered", text="rules: []", digest="0" * 64, came_at=now,
        readers=order.readers,
    )  # fmt: skip
    RuleCount.objects.create(
        organisation=uuid.uuid4(), hour=now, rule="X-1", shadow=True, action=0, verdicts=1, readers=order.readers
    )
    revision = Revision.objects.order_by("number")[0]
    Comparison.objects.create(
        revision=revision, old_digest=revision.base_digest, new_digest=revision.digest, run="matrix",
        asked_by=revision.author, asked_at=now, total=1, finished_at=now, failure="no run", readers=revision.readers,
    )  # fmt: skip
    number = EntryNumber.objects.order_by("id")[0]
    CallBack.objects.create(
        number=number, digest=b"\0" * 32, created_at=now, expires_at=now + timedelta(days=1), readers=number.readers
    )
