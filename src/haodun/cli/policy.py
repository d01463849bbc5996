"""`haodun policy`: check a policy, test it, compare two versions in words and on real calls."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from haodun.cli.errors import BAD_INPUT, CommandError

app = typer.Typer(help="Check, test and compare policies.", no_args_is_help=True)

Source = Annotated[str, typer.Argument(help="A shipped pack (cn, us, uk, intl) or a YAML file.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


@app.command()
def check(policy: Source, as_json: AsJson = False) -> None:
    """Say whether the policy can be loaded; each problem with its line and column."""
    from haodun.screening.policy import load_policy

    loaded = load_policy(policy)
    facts = {"policy": loaded.id, "version": loaded.version, "digest": loaded.digest, "rules": len(loaded.rules)}
    if as_json:
        typer.echo(json.dumps(facts, ensure_ascii=False))
    else:
        typer.echo(f"{loaded.id} {loaded.version}: {len(loaded.rules)} rules, no problem found; digest {loaded.digest}")


@app.command()
def test(
    policy: Source,
    cases: Annotated[Path | None, typer.Argument(help="A file of test cases; a shipped pack has its own.")] = None,
) -> None:
    """Run a policy's own test cases: facts in, expected action and reasons out."""
    from haodun.screening.policy import load_policy, pack_tests, run_policy_tests

    text = cases.read_text(encoding="utf-8") if cases is not None else pack_tests(policy)
    results = run_policy_tests(load_policy(policy), text)
    failed = [result for result in results if not result.passed]
    for result in failed:
        typer.echo(f"FAILED {result.name}: {result.message}")
    typer.echo(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    if failed:
        raise typer.Exit(BAD_INPUT)


@app.command()
def diff(old: Source, new: Source) -> None:
    """Which rules were added, changed or removed."""
    from haodun.screening.policy import diff_policies, load_policy

    typer.echo(str(diff_policies(load_policy(old), load_policy(new))))


@app.command()
def compare(
    old: Source,
    new: Source,
    run: Annotated[Path, typer.Option("--run", help="A run folder: its input log is decided again under both.")],
    as_json: AsJson = False,
) -> None:
    """Decide the calls of a run again under two policies and count what would change."""
    from haodun.screening.compare import compare_run

    if not (run / "input.parquet").is_file():
        raise CommandError(f"{run} holds no input.parquet; give the folder that `haodun screen --out` wrote")
    differences = compare_run(run, old=old, new=new)
    typer.echo(json.dumps(differences.to_dict(), ensure_ascii=False) if as_json else differences.render())
