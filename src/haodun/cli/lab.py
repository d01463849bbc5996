"""`haodun lab`: the synthetic country."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="The synthetic country: generate calls whose truth is known.", no_args_is_help=True)


@app.callback()
def lab() -> None:
    """The synthetic country: generate calls whose truth is known."""


@app.command()
def generate(
    calls: Annotated[int, typer.Option("--calls", min=1, max=200_000_000, help="How many calls.")],
    out: Annotated[Path, typer.Option("--out", help="A new folder for calls.*, labels.parquet and trunks.yaml.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same country.")] = 1,
    scenario: Annotated[str, typer.Option("--scenario", help="A shipped scenario's name, or a YAML file.")] = "country",
    format: Annotated[
        str, typer.Option("--format", help="parquet, asterisk, freeswitch, freeswitch-json, csv.")
    ] = "parquet",
) -> None:
    """Write the calls of a synthetic country, and apart from them the truth about each call."""
    from haodun.cli.progress import Progress
    from haodun.lab.country import describe, load_scenario, write
    from haodun.lab.country import generate as make

    chosen = load_scenario(scenario)
    with Progress("generating calls") as progress:
        country = make(chosen, calls=calls, seed=seed, progress=progress.update)
    write(country, format=format, out=out)
    sys.stderr.write(describe(country, "en") + "\n")
    typer.echo(f"{country.calls.num_rows} calls written to {out}")


@app.command()
def registry(
    subscribers: Annotated[int, typer.Option("--subscribers", min=1, help="How many subscribers, from 1,000.")],
    out: Annotated[Path, typer.Option("--out", help="A folder; the tables go into its folder registry/.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same registry.")] = 1,
    scenario: Annotated[str, typer.Option("--scenario", help="A shipped scenario's name, or a YAML file.")] = "country",
) -> None:
    """Write the registry of a synthetic country: subscribers, key services, involved numbers, lines, samples."""
    from haodun.lab.country import load_scenario, make_registry, write_registry

    made = make_registry(load_scenario(scenario), subscribers=subscribers, seed=seed)
    for path in write_registry(made, out=out):
        typer.echo(f"{made.tables[path.stem].num_rows} rows written to {path}")


@app.command()
def call(
    caller: Annotated[str, typer.Argument(help="The number that calls: +8613912345678.")],
    callee: Annotated[str, typer.Argument(help="The number that is called.")],
    edge: Annotated[str, typer.Option("--edge", help="Where the edge listens: udp:HOST:PORT.")] = "udp:127.0.0.1:5060",
) -> None:
    """Call once through an edge and print what it answers: 302 lets the call go on, 603 refuses it."""
    from haodun.edge.serve import listen_place
    from haodun.lab.calling import call as dial

    place = listen_place(edge)
    reply = dial(caller, callee, host=place.host, port=place.port)
    typer.echo(f"{reply.status} {reply.reason}   ({reply.milliseconds:.1f} ms)")
    for name in ("Reason", "Contact", "Call-Info"):
        for value in reply.header(name):
            typer.echo(f"  {name}: {value}")
