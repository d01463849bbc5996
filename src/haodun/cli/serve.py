"""`haodun serve`: the console and its processes, until told to stop."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from haodun.cli.errors import CommandError
from haodun.cli.manage import DATA

MAX_PORT = 65_535


def serve(
    data: Annotated[Path, DATA] = Path("haodun-data"),
    listen: Annotated[str, typer.Option("--listen", help="HOST:PORT; port 0 takes a free one.")] = "127.0.0.1:8000",
    demo: Annotated[
        bool, typer.Option("--demo", help="Demonstration: no second factor is demanded, every page says so.")
    ] = False,
) -> None:
    """Serve the console: database, web server, job worker, sealer; stops on SIGTERM or Ctrl-C."""
    host, port = parse_listen(listen)
    from haodun.console.serving import serve as run

    if demo:
        typer.echo("DEMONSTRATION: no second factor is demanded; never with real data", err=True)
    run(data, host=host, port=port, demo=demo, ready=lambda address: typer.echo(f"haodun serves {address}"))


def parse_listen(text: str) -> tuple[str, int]:
    """Host and port of HOST:PORT ([HOST]:PORT for IPv6); CommandError where it is none."""
    host, _, port = text.rpartition(":")
    host = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not host or not port.isascii() or not port or set(port) - set("0123456789") or int(port) > MAX_PORT:
        raise CommandError(f"--listen takes HOST:PORT, as 127.0.0.1:8000; {text!r} is none")
    return host, int(port)
