"""`haodun screen`: call records in, a verdict with its reasons for each call out."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from haodun.cli.errors import BAD_INPUT, CommandError, say
from haodun.cli.snapshot import trusted_key

if TYPE_CHECKING:
    from haodun.edge.batch import Kernel, Result, Settings
    from haodun.screening.verdicts import Mode


Calls = Annotated[list[str], typer.Argument(help="Files or folders of call records (also .gz, .zst), or - .")]
Format = Annotated[str | None, typer.Option("--format", help="The format; detected where not given.")]
Map = Annotated[Path | None, typer.Option("--map", help="A column map (YAML) for any other CSV.")]
TrunksFile = Annotated[Path | None, typer.Option("--trunks", help="Where each trunk's calls come from (YAML).")]
Zone = Annotated[str, typer.Option("--tz", help="Zone of times that carry none, such as Asia/Shanghai.")]
PolicyName = Annotated[
    str | None, typer.Option("--policy", help="A shipped pack (cn, us, uk, intl) or a YAML file (default cn).")
]
Snapshot = Annotated[
    Path | None, typer.Option("--snapshot", help="A signed full snapshot's folder, instead of --policy.")
]
TrustKey = Annotated[
    Path | None, typer.Option("--trust", help="The public key (PEM) of the snapshot's issuer, or a trust file.")
]
ModeName = Annotated[str, typer.Option("--mode", help="enforce: as a live edge; observe: block nothing.")]
KernelName = Annotated[str, typer.Option("--kernel", help="fast: compiled; oracle: the plain one it equals.")]
Labels = Annotated[Path | None, typer.Option("--labels", help="The truth about each call, to measure.")]
State = Annotated[Path | None, typer.Option("--state", help="Folder of the state carried between runs.")]
Out = Annotated[Path | None, typer.Option("--out", help="The run folder; new unless --resume.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with a run that was stopped.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


def screen(
    calls: Calls,
    format: Format = None,
    map: Map = None,
    trunks: TrunksFile = None,
    tz: Zone = "UTC",
    policy: PolicyName = None,
    snapshot: Snapshot = None,
    trust: TrustKey = None,
    mode: ModeName = "enforce",
    kernel: KernelName = "fast",
    labels: Labels = None,
    state: State = None,
    out: Out = None,
    resume: Resume = False,
    as_json: AsJson = False,
) -> None:
    """Screen call records: a verdict and its reasons for each call, and a report."""
    from haodun.edge.batch import Settings

    _refuse(snapshot=snapshot, policy=policy, trust=trust, resume=resume, out=out)
    settings = Settings(
        calls=calls,
        format=format,
        column_map=map,
        trunks=trunks,
        tz=zone(tz),
        tz_name=tz,
        policy=policy or "cn",
        snapshot=snapshot,
        snapshot_key=None if snapshot is None else trusted_key(trust),
        mode=mode_of(mode),
        kernel=kernel_of(kernel),
        labels=labels,
        state=state,
        resume=resume,
        out=out if out is not None else free_name(Path(f"run-{datetime.now():%Y%m%d-%H%M%S}")),  # noqa: DTZ005
    )
    result = run_with_progress(settings)
    typer.echo(json.dumps(result.to_dict(), ensure_ascii=False) if as_json else summary_text(result))


def _refuse(*, snapshot: Path | None, policy: str | None, trust: Path | None, resume: bool, out: Path | None) -> None:
    """What makes no sense."""
    if snapshot is not None and policy is not None:
        raise CommandError("--snapshot and --policy: a snapshot carries its policy; give one of them")
    if trust is not None and snapshot is None:
        raise CommandError("--trust is the key of a snapshot's issuer; give --snapshot too, or leave it out")
    if resume and out is None:
        raise CommandError("--resume needs --out with the folder of the run that was stopped")


def mode_of(name: str) -> Mode:
    """A mode by its name."""
    from haodun.screening.verdicts import Mode

    if name not in set(Mode):
        raise CommandError(f"--mode {name}: choose observe or enforce")
    return Mode(name)


def kernel_of(name: str) -> Kernel:
    """A kernel by its name."""
    from haodun.edge.batch import Kernel

    if name not in set(Kernel):
        raise CommandError(f"--kernel {name}: choose fast or oracle")
    return Kernel(name)


def run_with_progress(settings: Settings) -> Result:
    """Do a run, showing its steps; a file of unknown format ends with the proposed column map."""
    from haodun.cli.progress import Progress
    from haodun.edge.batch import UnknownFormatError, run_screen

    bars: dict[str, Progress] = {}

    def show(step: str, done: int, total: int) -> None:
        for name, bar in bars.items():
            if name != step:
                bar.__exit__(None, None, None)
        bars.setdefault(step, Progress(step)).update(done, total)

    try:
        return run_screen(settings, progress=show)
    except UnknownFormatError as error:
        sys.stdout.write(error.proposal + "\n")
        say(str(error))
        raise typer.Exit(BAD_INPUT) from error
    finally:
        for bar in bars.values():
            bar.__exit__(None, None, None)


def zone(name: str) -> tzinfo:
    """A zone by its IANA name."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise CommandError(f"--tz {name}: no such zone; give an IANA name such as Asia/Shanghai") from error


def free_name(path: Path) -> Path:
    """The path, or the first of path-2, path-3 … that is not taken."""
    candidate, number = path, 1
    while candidate.exists():
        number += 1
        candidate = path.with_name(f"{path.name}-{number}")
    return candidate


def summary_text(result: Result) -> str:
    """What happened, what could not be judged and what to supply, where the report is."""
    from haodun.screening.policy import load_policy

    summary = result.summary
    policy = load_policy(result.folder.policy)
    titles = {rule.id: rule.title.en for rule in policy.rules}
    lines = [f"{summary.calls:,} calls screened in {result.seconds:.1f} s under policy {policy.id} {policy.version}"]
    if result.folder.snapshot.is_dir():
        lines.append(f"  of snapshot {result.record['versions']['snapshot']}")
    lines += [f"  {action:13}{count:>12,}" for action, count in summary.actions.items() if count]
    if summary.reasons:
        lines.append("reasons")
        lines += [f"  {count:>9,}  {rule}  {titles.get(rule, '')}" for rule, count in summary.reasons.items()]
    lines += gaps_text(result)
    lines.append(f"memory   {result.record['peak_memory_bytes'] // 1_000_000:,} MB at most")
    lines.append(f"report   {result.folder.path / 'report.html'}")
    lines.append(f"explain  haodun explain --run {result.folder.path}")
    return "\n".join(lines)


def counted(number: int, noun: str) -> str:
    """A count with its noun.

    >>> counted(1, "call"), counted(1200, "call")
    ('1 call', '1,200 calls')
    """
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def printable(name: str) -> str:
    """A name from outside as it may be shown on a terminal: no control character reaches it."""
    return name if name.isprintable() else ascii(name)


def gaps_text(result: Result) -> list[str]:
    """What could not be judged, and what to supply."""
    summary, intake = result.summary, result.record["intake"]
    lines: list[str] = []
    add: Callable[[str], None] = lines.append
    if summary.unscreened_origin:
        names = ", ".join(map(printable, list(summary.unknown_trunks)[:5]))
        what = "no --trunks was given" if not intake["trunks"] else "their trunks are not in the trunks file"
        add(
            f"  {counted(summary.unscreened_origin, 'call')}: the origin rules could not speak, since {what}; "
            f"say where these trunks lead: {names}"
        )
    if intake["unzoned"] and intake["tz"] == "UTC":
        add(
            f"  {counted(intake['unzoned'], 'record')}: times without a zone were read as UTC; "
            f"give --tz if they are not"
        )
    if intake["quarantined"]:
        reasons = ", ".join(f"{reason} {count}" for reason, count in intake["quarantine_reasons"].items())
        add(f"  {counted(intake['quarantined'], 'record')} could not be read ({reasons}); see quarantine.jsonl")
    if summary.late:
        add(f"  {counted(summary.late, 'call')} came late: decided, but not counted")
    return ["could not be judged", *lines] if lines else []
