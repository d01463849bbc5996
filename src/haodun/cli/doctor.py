"""`haodun doctor`: what this machine lacks, and how to get it."""

from __future__ import annotations

import importlib.metadata
import shutil
import sys

import typer

from haodun import __version__

PROGRAMS = {
    "chromium": "the journey tests open the report in it; Debian: apt-get install chromium",
    "zstd": "only needed to make .zst files by hand; Haodun reads them without it",
}
PACKAGES = ("duckdb", "phone", "phonenumbers", "polars", "pyarrow", "pydantic", "typer", "zstandard")


def doctor() -> None:
    """Print versions, and one line for each thing that is absent."""
    typer.echo(f"haodun {__version__}, Python {sys.version.split()[0]}")
    for name in PACKAGES:
        typer.echo(f"{name} {importlib.metadata.version(name)}")
    absent = [f"{name}: {why}" for name, why in PROGRAMS.items() if shutil.which(name) is None]
    for line in absent:
        typer.echo(f"absent  {line}")
    typer.echo("nothing that Haodun needs is absent" if not absent else "the rest is there")
