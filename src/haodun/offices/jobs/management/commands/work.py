"""`haodun manage work`: do background jobs."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from haodun.offices.jobs.working import work


class Command(BaseCommand):
    """Do background jobs until told to stop."""

    help = "Do background jobs until SIGTERM."

    def add_arguments(self, parser: CommandParser) -> None:
        """One switch."""
        parser.add_argument("--until-idle", action="store_true", help="Stop when no job is due.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the worker."""
        work(wait=not options["until_idle"])
