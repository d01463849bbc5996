"""`haodun manage transitions_reference`: write the page that shows every registered table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from haodun.offices.transitions.drawing import page
from haodun.offices.transitions.table import tables


class Command(BaseCommand):
    """Write docs/reference/transitions.md anew, or check that it is what the code is."""

    help = "write the reference of all transition tables"

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to, and whether only to look."""
        parser.add_argument("--out", type=Path, default=Path("docs/reference/transitions.md"))
        parser.add_argument("--check", action="store_true", help="only compare; fail where the page is another")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write or compare the page."""
        out: Path = options["out"]
        text = page(tables())
        if not options["check"]:
            out.write_text(text, encoding="utf-8")
            self.stdout.write(f"wrote {out}")
        elif not out.is_file() or out.read_text(encoding="utf-8") != text:
            raise CommandError(f"{out} is not what the code is; run `haodun manage transitions_reference`")
