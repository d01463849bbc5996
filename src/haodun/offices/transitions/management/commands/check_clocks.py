"""`haodun manage check_clocks`: tell of the deadlines that passed, once each."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from haodun.offices.transitions.clocks import tell_breaches


class Command(BaseCommand):
    """Tell of every clock that ran out since the last check."""

    help = "tell of every clock that ran out since the last check"

    def handle(self, *args: Any, **options: Any) -> None:
        """Check once; a job calls the same each minute."""
        told = tell_breaches()
        self.stdout.write(f"{told} clock{'' if told == 1 else 's'} ran out")
