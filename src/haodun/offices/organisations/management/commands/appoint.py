"""`haodun manage appoint`: give a person a role at an organisation, from the machine itself."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from haodun.offices.organisations.management.commands.found import the_one_called
from haodun.offices.organisations.models import User
from haodun.offices.organisations.people import appoint
from haodun.offices.organisations.roles import Role
from haodun.offices.organisations.seeding import new_password
from haodun.offices.organisations.tree import OrganisationError


class Command(BaseCommand):
    """Appoint a person; a login that does not exist is made, its password printed once."""

    help = "Give a person a role; a new login's password is printed once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Who, where, as what."""
        parser.add_argument("login")
        parser.add_argument("organisation", help="Code or exact Chinese name.")
        parser.add_argument("role", choices=Role.values)
        parser.add_argument("--name", default="", help="The person's name, for a new login.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Find or make the login, then appoint."""
        login = options["login"]
        try:
            with transaction.atomic():
                organisation = the_one_called(options["organisation"])
                if organisation is None:
                    raise OrganisationError("name an organisation by its code or exact Chinese name")
                user = User.objects.filter(username=login).first()
                if user is None:
                    password = new_password()
                    user = User.objects.create_user(login, password=password, name=options["name"])
                    self.stdout.write(f"{login} {password}  (shown only now)")
                appoint(user, organisation, options["role"])
        except OrganisationError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{login} is {options['role']} of {organisation.name_zh}")
