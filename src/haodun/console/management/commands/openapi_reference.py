"""`haodun manage openapi_reference`: write the OpenAPI document of the interface."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from haodun.console.openapi import text

PLACE = "docs/reference/openapi.json"


class Command(BaseCommand):
    """Write the document, or say that it is another."""

    help = "Write docs/reference/openapi.json from the code, or check that it is current (--check)."

    def add_arguments(self, parser: CommandParser) -> None:
        """The options."""
        parser.add_argument("--check", action="store_true", help="Only say whether it is current.")
        parser.add_argument("--out", type=Path, default=Path(PLACE), help="Where to write it.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        out: Path = options["out"]
        if not options["check"]:
            out.write_text(text(), encoding="utf-8")
            self.stdout.write(f"wrote {out}")
        elif not out.is_file() or out.read_text(encoding="utf-8") != text():
            raise CommandError(f"{out} is not what the code is; run `haodun manage openapi_reference`")
