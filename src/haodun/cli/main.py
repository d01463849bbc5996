"""The `haodun` command: each subcommand's plane is imported when the subcommand runs."""

from __future__ import annotations

import sys

import typer

from haodun import __version__
from haodun.cli import errors
from haodun.cli.audit import app as audit_app
from haodun.cli.bench import bench
from haodun.cli.demo import demo
from haodun.cli.doctor import doctor
from haodun.cli.edge import app as edge_app
from haodun.cli.explain import explain
from haodun.cli.lab import app as lab_app
from haodun.cli.manage import manage
from haodun.cli.node import app as node_app
from haodun.cli.policy import app as policy_app
from haodun.cli.screen import screen
from haodun.cli.serve import serve
from haodun.cli.snapshot import app as snapshot_app

app = typer.Typer(
    name="haodun",
    help="Haodun (号盾): screens telephone calls for fraud and says why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"haodun {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Haodun (号盾): screens telephone calls for fraud and says why."""


app.command()(demo)
app.command()(screen)
app.command()(explain)
app.add_typer(policy_app, name="policy")
app.add_typer(snapshot_app, name="snapshot")
app.add_typer(edge_app, name="edge")
app.add_typer(lab_app, name="lab")
app.add_typer(audit_app, name="audit")
app.add_typer(node_app, name="node")
app.command()(bench)
app.command()(doctor)
app.command()(serve)
app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(manage)


def main() -> None:
    """Run the command line; every expected failure is one sentence and its exit code."""
    sys.excepthook = errors.our_fault
    try:
        typer.main.get_command(app)(prog_name="haodun")  # app() would put typer's own hook over ours
    except errors.expected_errors() as error:
        errors.say(str(error))
        sys.exit(errors.exit_code_of(error))
