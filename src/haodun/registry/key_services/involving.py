"""400 numbers in police notices, as casework tells of them: kept by notice, counted by month (K3)."""

from __future__ import annotations

from uuid import UUID

from haodun.numbering import Kind, parse
from haodun.offices.organisations.services import readers_of, system
from haodun.registry.key_services.facts import NumbersCleared, NumbersInvolved
from haodun.registry.key_services.models import GONE, Involved, Service
from haodun.registry.key_services.values import ServiceKind


def on_involved(fact: NumbersInvolved) -> None:
    """Keep the 400 numbers of a notice; the same notice told again adds nothing."""
    numbers = [number for number in fact.numbers if parse(f"+{number}").kind is Kind.SERVICE_400]
    if not numbers:
        return
    with system():
        found = Service.objects.filter(number__in=numbers, kind=ServiceKind.SERVICE_400).exclude(state__in=GONE)
        services = {one.number: one for one in found}
        Involved.objects.bulk_create(
            (
                Involved(
                    notice=fact.notice,
                    number=number,
                    noticed_at=fact.noticed_at,
                    service=services.get(number),
                    carrier=services[number].carrier_id if number in services else None,
                    readers=_readers(fact, services.get(number)),
                )
                for number in numbers
            ),
            ignore_conflicts=True,
        )


def on_cleared(fact: NumbersCleared) -> None:
    """What was recalled or found wrong counts no more; a published figure stays and is revised."""
    with system():
        rows = Involved.objects.filter(notice=fact.notice, number__in=fact.numbers, withdrawn_at=None)
        rows.update(withdrawn_at=fact.at)


def _readers(fact: NumbersInvolved, service: Service | None) -> list[UUID]:
    return sorted({*fact.readers, *(readers_of(service.carrier_id) if service else ())})
