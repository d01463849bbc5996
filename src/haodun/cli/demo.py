"""`haodun demo`: a synthetic country screened and explained, or your own records."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from haodun.cli.screen import free_name, run_with_progress, summary_text

if TYPE_CHECKING:
    from haodun.edge.batch import Result, Settings

CALLS = 200_000
SEED = 1


def demo(
    calls: Annotated[
        Path | None, typer.Option("--calls", help="Screen these records, not a synthetic country.")
    ] = None,
    trunks: Annotated[Path | None, typer.Option("--trunks", help="The trunks file of your records.")] = None,
    out: Annotated[Path, typer.Option("--out", help="Where to write; a number is added if it is taken.")] = Path(
        "demo-run"
    ),
    count: Annotated[int, typer.Option("--count", min=100, help="How many calls the country makes.")] = CALLS,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open report and console at the end.")] = True,
    console: Annotated[
        bool, typer.Option("--console/--no-console", help="Serve the console and a live edge at the end.")
    ] = True,
) -> None:
    """The main job, in minutes: calls in, verdicts with reasons out, a report; then the console, with a live edge."""
    from haodun.cli.demo_console import installation, serve_demo

    folder = free_name(out)
    if console and calls is None:
        installation(folder)
    result = run_with_progress(own(calls, trunks, folder) if calls else synthetic(folder, count))
    typer.echo(summary_text(result))
    if result.evaluation is not None:
        typer.echo("\nmeasured on a synthetic country, whose truth is known:")
        typer.echo(result.evaluation.render())
    explain_one_of_each(result)
    report = (result.folder.path / "report.html").resolve()
    typer.echo(f"\nopen {report}")
    if browser and sys.stdout.isatty():
        typer.launch(report.as_uri())
    if console and calls is None:
        serve_demo(folder, browser=browser and sys.stdout.isatty())


def own(calls: Path, trunks: Path | None, folder: Path) -> Settings:
    """Settings for somebody's own records."""
    from haodun.edge.batch import Settings

    return Settings(calls=[str(calls)], trunks=trunks, out=folder)


def synthetic(folder: Path, count: int) -> Settings:
    """Make a country in the folder, and settings to screen it."""
    from haodun.cli.progress import Progress
    from haodun.edge.batch import Settings
    from haodun.lab.country import describe, generate, load_scenario, write

    with Progress("making a country") as progress:
        scenario = load_scenario("country")
        lately = datetime.now(UTC).date() - timedelta(days=scenario.days)
        country = generate(
            scenario.model_copy(update={"start": lately}), calls=count, seed=SEED, progress=progress.update
        )
    place = folder / "country"
    write(country, format="parquet", out=place)
    typer.echo(describe(country, "en") + "\n")
    return Settings(
        calls=[str(place / "calls.parquet")],
        trunks=place / "trunks.yaml",
        labels=place / "labels.parquet",
        out=folder / "run",
        synthetic=True,
    )


def explain_one_of_each(result: Result) -> None:
    """Explain one verdict of each kind that was given."""
    from haodun.screening.events import Action
    from haodun.screening.explain import explain, render, sample_ids
    from haodun.store.site import site_key

    samples = sample_ids(result.folder.path, per_action=1)
    for action in (Action.BLOCK, Action.TIP, Action.ALLOW):
        for verdict_id in samples.get(action, []):
            typer.echo(f"\n─── haodun explain {verdict_id} --run {result.folder.path}")
            typer.echo(render(explain(result.folder.path, verdict_id, site_key=site_key), "en"))
