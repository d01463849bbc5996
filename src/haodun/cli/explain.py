"""`haodun explain`: why a call got its verdict, recomputed from the log."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from haodun.cli.errors import CommandError


def explain(
    verdict_id: Annotated[str | None, typer.Argument(help="The verdict's id; without it, some ids to try.")] = None,
    run: Annotated[Path, typer.Option("--run", help="The run folder that `haodun screen --out` wrote.")] = Path(),
    lang: Annotated[str, typer.Option("--lang", help="zh or en.")] = "zh",
    replay: Annotated[
        bool, typer.Option("--replay", help="Replay the input log even where the row is stored.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Say why a call got its verdict, as a tree with its values; fails loudly if it cannot be recomputed."""
    from haodun.screening import explain as explaining
    from haodun.store.site import site_key

    if lang not in ("zh", "en"):
        raise CommandError(f"--lang {lang}: choose zh or en")
    if verdict_id is None:
        for action, ids in explaining.sample_ids(run).items():
            typer.echo(f"{action.name:13}{'  '.join(ids)}")
        return
    explanation = explaining.explain(run, verdict_id, replay=replay, site_key=site_key)
    if as_json:
        typer.echo(json.dumps(explanation.to_dict(), ensure_ascii=False))
    else:
        typer.echo(explaining.render(explanation, "zh" if lang == "zh" else "en"))
