"""`haodun manage found`: the first organisation of an installation and its administrator."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from haodun.offices.organisations.kinds import Kind
from haodun.offices.organisations.models import Organisation, User
from haodun.offices.organisations.people import appoint
from haodun.offices.organisations.roles import Role
from haodun.offices.organisations.seeding import new_password
from haodun.offices.organisations.tree import OrganisationError, establish
from haodun.offices.organisations.uscc import UsccError


class Command(BaseCommand):
    """Enter an organisation and give it an administrator, whose password is printed once."""

    help = "Enter an organisation and its administrator; the password is printed once."

    def add_arguments(self, parser: CommandParser) -> None:
        """What the organisation is, and who administers it."""
        parser.add_argument("kind", choices=Kind.values)
        parser.add_argument("name_zh", help="Name in Chinese.")
        parser.add_argument("name_en", help="Name in English.")
        parser.add_argument("administrator", help="Login of its administrator, made anew.")
        parser.add_argument("--province", default="", help="First two digits of GB/T 2260, as 32.")
        parser.add_argument("--uscc", default="", help="Unified social credit code.")
        parser.add_argument("--parent", default="", help="Code or exact Chinese name of the organisation above.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make both in one transaction."""
        login = options["administrator"]
        if User.objects.filter(username=login).exists():
            raise CommandError(f"there is a login {login} already; choose another")
        password = new_password()
        try:
            with transaction.atomic():
                made = establish(
                    kind=options["kind"],
                    name_zh=options["name_zh"],
                    name_en=options["name_en"],
                    parent=the_one_called(options["parent"]),
                    province=options["province"],
                    uscc=options["uscc"],
                )
                appoint(User.objects.create_user(login, password=password), made, Role.ADMINISTRATOR)
        except (OrganisationError, UsccError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{made.name_zh} {made.id}\n{login} {password}  (shown only now)")


def the_one_called(text: str) -> Organisation | None:
    """The organisation of a code or exact Chinese name, None for ''; OrganisationError where there is not one."""
    if not text:
        return None
    found = Organisation.objects.filter(uscc=text.upper()) | Organisation.objects.filter(name_zh=text)
    if found.count() != 1:
        raise OrganisationError(f"{found.count()} organisations are called {text}; give the code of one")
    return found.get()
