"""`haodun manage enrol_edge NAME --organisation …`: enrol an edge and print its token, once."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from haodun.offices.organisations.models import Organisation
from haodun.registry.policies.edges import MODES, EdgeRefused, enrol


class Command(BaseCommand):
    """Enrol an edge."""

    help = "Enrol an edge; its token is printed once and kept as a hash."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name, organisation, mode."""
        parser.add_argument("name")
        parser.add_argument("--organisation", required=True, help="id, or name in either language")
        parser.add_argument("--mode", choices=MODES, default="enforce")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the token and nothing else on standard output."""
        try:
            token = enrol(options["name"], organisation=_organisation(options["organisation"]), mode=options["mode"])
        except EdgeRefused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(token)


def _organisation(said: str) -> UUID:
    try:
        found = Organisation.objects.filter(pk=UUID(said))
    except ValueError:
        found = Organisation.objects.filter(name_zh=said) | Organisation.objects.filter(name_en=said)
    ids = list(found.values_list("pk", flat=True)[:2])
    if len(ids) != 1:
        raise CommandError(f"{said!r} names {'no' if not ids else 'more than one'} organisation; give its id")
    return ids[0]
