"""`haodun manage revoke_edge NAME`: end an edge's right to the control link."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from haodun.registry.policies.edges import EdgeRefused, revoke


class Command(BaseCommand):
    """Revoke an edge."""

    help = "End an edge's right to the control link; nobody waits for it any longer, and its name is not used again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name."""
        parser.add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say that it is done."""
        try:
            revoke(options["name"])
        except EdgeRefused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{options['name']} is revoked; its token opens nothing any more")
