"""`haodun manage`: Django's own commands on this installation's database."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

DATA = typer.Option("--data", envvar="HAODUN_DATA", help="The data folder.")


def manage(
    context: typer.Context,
    data: Annotated[Path, DATA] = Path("haodun-data"),
) -> None:
    """Run a management command: `haodun manage migrate`, `haodun manage shell`, `haodun manage help`."""
    from haodun.console.database import running
    from haodun.console.setup import configure, migrate, migrate_if_new, prepare_keys

    os.environ["HAODUN_DATA"] = str(data.resolve())
    prepare_keys(data)
    with running(data) as urls:
        urls.export()
        configure()
        from django.core.management import execute_from_command_line

        if context.args[:1] == ["migrate"] and len(context.args) == 1:
            migrate(urls, verbosity=1)
        else:
            migrate_if_new(urls)
            execute_from_command_line(["haodun manage", *(context.args or ["help"])])
