"""`haodun manage seed_country`: the synthetic country's organisations and logins."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from haodun.offices.organisations.seeding import seed_country
from haodun.offices.organisations.tree import OrganisationError


class Command(BaseCommand):
    """Make the synthetic country and print its logins once."""

    help = "Make the organisations and people of the synthetic country; passwords are printed once."

    def add_arguments(self, parser: CommandParser) -> None:
        """The seed, and how to print."""
        parser.add_argument("--seed", type=int, default=1, help="The same seed makes the same country.")
        parser.add_argument("--json", action="store_true", help="Print one JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make and print."""
        try:
            made = seed_country(seed=options["seed"])
        except OrganisationError as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            self.stdout.write(json.dumps(asdict(made), ensure_ascii=False))
            return
        self.stdout.write(f"{made.organisations} organisations; passwords are shown only now:")
        for login in made.logins:
            self.stdout.write(f"  {login.username:<22} {login.password}  {login.role:<19} {login.organisation}")
