"""`haodun manage offered_policy`: list the policies that other nodes offer, or write one to a file to compare."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from haodun.offices.organisations.services import system
from haodun.registry.policies.models import OfferedPolicy


class Command(BaseCommand):
    """List offers, or write one."""

    help = "List the policies that other nodes offer; with a digest and --out, write one to a new file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The beginning of a digest, and a file."""
        parser.add_argument("digest", nargs="?", default="")
        parser.add_argument("--out", type=Path, help="a new file; name it in HAODUN_POLICY to publish it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Newest first."""
        with system():
            found = OfferedPolicy.objects.filter(digest__startswith=options["digest"]).order_by("-came_at")
            if options["out"] is None:
                for row in found:
                    state = "recalled" if row.recalled_at else "in force" if row.in_force_at else "offered"
                    self.stdout.write(f"{row.digest[:16]} {row.came_at:%Y-%m-%d %H:%M} {row.node} {row.name}: {state}")
                return
            row_found = found.filter(recalled_at=None).first()
        if row_found is None:
            raise CommandError(f"no offer that stands has a digest that begins with {options['digest']}")
        try:
            with options["out"].open("x", encoding="utf-8") as file:
                file.write(row_found.text)
        except OSError as error:
            raise CommandError(f"{options['out']} cannot be written ({error}); name a new file") from error
        self.stdout.write(f"wrote {options['out']}; compare it with `haodun policy compare`, then set HAODUN_POLICY")
