"""`haodun manage publish [--full]`: publish a snapshot now."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from haodun.registry.policies.content import SiteError
from haodun.registry.policies.publishing import publish
from haodun.screening.snapshot import SnapshotRefused


class Command(BaseCommand):
    """Publish a snapshot now."""

    help = "Publish what has changed; with --full a full snapshot, changed or not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--full."""
        parser.add_argument("--full", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say the version."""
        try:
            version = publish("by hand", full=options["full"])
        except (SiteError, SnapshotRefused) as error:
            raise CommandError(str(error)) from error
        self.stdout.write("nothing has changed" if version is None else f"version {version}")
