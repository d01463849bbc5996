"""Collect every sentence of the management plane for translation, and compile what was translated: `make messages`.

A context with a `locale` folder of its own keeps its sentences there; the others' stand in the console's.
"""

from __future__ import annotations

import os
from pathlib import Path

from haodun.console.setup import configure

FOLDER = Path(__file__).parent / "locale"
ROOT = Path(__file__).parents[1]
NOT_OURS = ("lab/*", "edge/*", "screening/*", "store/*", "cli/*", "numbering/*", "*/migrations/*")
"""Parts that carry both languages themselves."""


def collect() -> None:
    """Write the sentences of all contexts into their `locale/en/LC_MESSAGES/django.po`; needs Debian's gettext."""
    from django.conf import settings
    from django.core.management import call_command

    settings.LOCALE_PATHS = [str(FOLDER)]
    os.chdir(ROOT)
    call_command(
        "makemessages", locale=["en"], add_location="file", no_obsolete=True, no_wrap=True, ignore_patterns=[*NOT_OURS]
    )


def compile_catalogue() -> None:
    """Compile the catalogues; both files are committed, so that an installation needs no gettext."""
    from django.core.management import call_command

    os.chdir(ROOT)
    call_command("compilemessages", locale=["en"])


if __name__ == "__main__":
    configure()
    collect()
    compile_catalogue()
