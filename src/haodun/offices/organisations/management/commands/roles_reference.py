"""`haodun manage roles_reference`: write the page of roles, permissions and purposes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import override

from haodun.offices.organisations.kinds import Kind
from haodun.offices.organisations.permissions import Permission
from haodun.offices.organisations.purposes import Purpose
from haodun.offices.organisations.roles import CHARTERS, Role


class Command(BaseCommand):
    """Write docs/reference/roles.md anew."""

    help = "write the reference of roles, permissions and purposes"

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to."""
        parser.add_argument("--out", type=Path, default=Path("docs/reference/roles.md"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the page."""
        out: Path = options["out"]
        with override("zh-hans"):
            out.write_text("\n".join(lines()) + "\n", encoding="utf-8")
        self.stdout.write(f"wrote {out}")


def lines() -> Iterator[str]:
    """The page; permissions in the order of their names in the code."""
    yield "# Roles and permissions"
    yield ""
    yield "Who may do what. `haodun manage roles_reference` writes this page; a test holds it equal to the code."
    yield ""
    yield "| role | title | second factor | exists at | may |"
    yield "|---|---|---|---|---|"
    for role in Role:
        charter = CHARTERS[role]
        kinds = "every kind" if len(charter.kinds) == len(Kind) else ", ".join(k for k in Kind if k in charter.kinds)
        may = ", ".join(f"`{one}`" for one in Permission if one in charter.permissions)
        yield f"| `{role}` | {role.label} | {'yes' if charter.second_factor else 'no'} | {kinds} | {may} |"
    yield ""
    yield from _table("permission", Permission)
    yield ""
    yield "## Purposes of a look-up"
    yield ""
    yield from _table("code", Purpose)


def _table(name: str, choices: Any) -> Iterator[str]:
    yield f"| {name} | title |"
    yield "|---|---|"
    for one in choices:
        yield f"| `{one}` | {one.label} |"
