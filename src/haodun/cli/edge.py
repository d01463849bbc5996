"""`haodun edge`: the live edge, whether it would serve, and its bypass."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from haodun.cli.errors import CommandError
from haodun.cli.screen import mode_of

if TYPE_CHECKING:
    from haodun.edge.serve import Edge, Prepared, Settings
    from haodun.edge.sip import Profile

app = typer.Typer(help="Screen calls as they come.", no_args_is_help=True)

Listen = Annotated[str, typer.Option("--listen", help="Where to listen: udp:HOST:PORT.")]
PolicyName = Annotated[str, typer.Option("--policy", help="A shipped pack (cn, us, uk, intl) or a YAML file.")]
TrunksFile = Annotated[Path | None, typer.Option("--trunks", help="Trunks and their sources (YAML).")]
ModeName = Annotated[str, typer.Option("--mode", help="observe: answer ALLOW, log the rest; enforce.")]
SnapshotDir = Annotated[Path | None, typer.Option("--snapshot", help="A signed snapshot folder to decide by.")]
Trust = Annotated[Path | None, typer.Option("--trust", help="The issuer's public key (PEM), or a trust file.")]
Log = Annotated[Path | None, typer.Option("--log", help="Folder of the live log; without it nothing is kept.")]
Http = Annotated[str | None, typer.Option("--http", help="HOST:PORT of /metrics, /healthz and /readyz.")]
ProfileName = Annotated[str | None, typer.Option("--profile", help="How a block is worded: cn, us, 608, 607 or 403.")]
SiteKey = Annotated[Path | None, typer.Option("--site-key", help="Key of the redress tokens.")]
KernelName = Annotated[str, typer.Option("--kernel", help="fast: compiled; oracle: the plain one it equals.")]
COMPILED = "the kernel and the front"
RedressUrl = Annotated[str, typer.Option("--redress-url", help="Page where a refused caller asks why; {token} in it.")]


def profile_of(name: str | None) -> Profile | None:
    """A profile by its name."""
    from haodun.edge.sip import Profile

    if name is not None and name not in set(Profile):
        raise CommandError(f"--profile {name}: choose {', '.join(Profile)}")
    return None if name is None else Profile(name)


@app.command()
def sip(
    listen: Listen = "udp:127.0.0.1:5060",
    snapshot: SnapshotDir = None,
    policy: PolicyName = "cn",
    trunks: TrunksFile = None,
    mode: ModeName = "observe",
    log: Log = None,
    http: Http = None,
    control: Annotated[str, typer.Option("--control", help="Address of the console's control link.")] = "",
    control_token: Annotated[
        Path | None, typer.Option("--control-token", help="File with this edge's token for it.")
    ] = None,
    trust: Trust = None,
    deadline_ms: Annotated[int, typer.Option("--deadline-ms", help="Older requests get the fail mode's answer.")] = 20,
    fail: Annotated[str, typer.Option("--fail", help="open or closed: what a call gets that is not judged.")] = "open",
    profile: ProfileName = None,
    redress_url: RedressUrl = "",
    tip_label: Annotated[str, typer.Option("--tip-label", help="What a telephone shows at a TIP.")] = "疑似诈骗",
    keep_days: Annotated[int, typer.Option("--keep-days", help="How long the live log is kept.")] = 7,
    site_key: SiteKey = None,
    kernel: KernelName = "fast",
    front: Annotated[str, typer.Option("--front", help="auto, compiled or plain: what reads and answers.")] = "auto",
    udp_segment: Annotated[bool, typer.Option("--udp-segment", help="Answers to one address leave as one.")] = False,
    fronts: Annotated[int, typer.Option("--fronts", help="Processes that read and answer; one more decides.")] = 1,
    standby: Annotated[bool, typer.Option("--standby", help="Follow the log's edge; take over when it fails.")] = False,
    lease_s: Annotated[float, typer.Option("--lease-s", help="An edge that stands still so long is replaced.")] = 5.0,
) -> None:
    """Serve as a SIP redirect server: decide each call, log it, answer it."""
    if fail not in ("open", "closed"):
        raise CommandError(f"--fail {fail}: choose open or closed")
    serve(settings_of(locals()))


def settings_of(options: Mapping[str, Any]) -> Settings:
    """The settings from options by their names, as typer gives them; those absent have their defaults."""
    from haodun.edge.serve import Place, Settings, listen_place

    given = dict(options)
    given["listen"] = listen_place(given["listen"])
    given["profile"] = profile_of(given["profile"])
    if given["http"] is not None:
        given["http"] = Place.parse(given["http"], "--http")
    if "mode" in given:
        given["mode"] = mode_of(given["mode"])
    if "fail" in given:
        given["fail_open"] = given.pop("fail") == "open"
    return Settings(**given)


def serve(settings: Settings) -> None:
    """Run an edge until it is told to stop."""
    from haodun.edge.serve import Edge, stop_on_signals

    if settings.fronts > 1:
        serve_by_fronts(settings)
        return
    if settings.standby:
        taken = stand_by(settings)
        if taken is None:
            return
        prepared, edge = taken, Edge(taken)
    else:
        prepared, edge = make_edge(settings)
    stop_on_signals(edge)
    for note in prepared.notes:
        typer.echo(note, err=True)
    if settings.log is None:
        typer.echo("no --log: verdicts are not kept, and a restart forgets all counts", err=True)
    pages = "" if edge.pages is None else f", http {edge.pages.port}"
    typer.echo(f"listening on udp {edge.wire.port}{pages}, run {prepared.run_id}, mode {settings.mode}")
    edge.run()


def make_edge(settings: Settings) -> tuple[Prepared, Edge]:
    """An edge whose log is counted, with all that a call needs compiled."""
    from haodun.cli.progress import Progress, compiling_said
    from haodun.edge.serve import Edge, start

    with compiling_said(COMPILED), Progress("counting the live log again") as bar:
        prepared = start(settings, now_ms=time.time_ns() // 1_000_000, progress=bar.update)
        return prepared, Edge(prepared)


def serve_by_fronts(settings: Settings) -> None:
    """Run an edge of several processes until it is told to stop."""
    from haodun.compiled import nothing_kept
    from haodun.edge.serve import Supervisor, stop_on_signals

    if settings.kernel == "fast" and nothing_kept():
        typer.echo(f"compiling {COMPILED}, once: about a minute (haodun edge warm does it ahead)", err=True)
    supervisor = Supervisor(settings, say=typer.echo)
    stop_on_signals(supervisor)
    supervisor.run()


def stand_by(settings: Settings) -> Prepared | None:
    """Follow a log until its edge fails, or this process is told to stop."""
    from haodun.cli.progress import compiling_said
    from haodun.edge.serve import Standby, stop_on_signals

    with compiling_said(COMPILED):
        standby = Standby(settings, say=lambda sentence: typer.echo(sentence, err=True))
    stop_on_signals(standby)
    typer.echo(f"standing by after event {standby.followed.number}")
    return standby.run()


@app.command()
def state(
    log: Annotated[Path, typer.Option("--log", help="An edge's log folder.")],
    kernel: KernelName = "fast",
    policy: PolicyName = "cn",
    site_key: SiteKey = None,
) -> None:
    """Keep the kernel's state as the log has it now, so that a restart replays little; the edge may run meanwhile."""
    from haodun.cli.progress import Progress, compiling_said
    from haodun.edge.serve import Place, Settings, follow

    os.nice(19)
    nowhere = Place("127.0.0.1", 0)
    followed = follow(Settings(listen=nowhere, log=log, policy=policy, kernel=kernel, site_key=site_key))
    with compiling_said("the kernel"), Progress("counting the live log") as bar:
        while followed.step(time.time_ns() // 1_000_000):
            bar.update(followed.counted, followed.counted)
    for note in followed.notes:
        typer.echo(note, err=True)
    kept = followed.keep()
    typer.echo(f"the state after event {followed.number} " + ("is kept" if kept else "was kept already"))


@app.command()
def warm(
    policy: Annotated[str, typer.Option("--policy", help="Pack or policy file that the edge will decide by.")] = "cn",
) -> None:
    """Compile the fast kernel and front now, so that the next start need not: after an upgrade, or in an image."""
    from haodun.cli.progress import compiling_said
    from haodun.edge.serve.warming import warm as warm_up

    with compiling_said(COMPILED):
        seconds = warm_up(policy)
    typer.echo(f"ready in {seconds:.0f} s")


@app.command()
def check(
    listen: Listen = "udp:127.0.0.1:5060",
    snapshot: SnapshotDir = None,
    policy: PolicyName = "cn",
    trunks: TrunksFile = None,
    log: Log = None,
    http: Http = None,
    trust: Trust = None,
    profile: ProfileName = None,
    redress_url: RedressUrl = "",
    kernel: KernelName = "fast",
    probe: Annotated[bool, typer.Option("--probe", help="Ask the edge that runs there instead (OPTIONS).")] = False,
) -> None:
    """Would an edge with these options serve? Or: does the one that runs there answer?"""
    from haodun.edge import serve

    options = {name: value for name, value in locals().items() if name not in ("probe", "serve")}
    settings = settings_of(options)
    now_ms = time.time_ns() // 1_000_000
    findings = [serve.probe(settings.listen)] if probe else serve.check(settings, now_ms=now_ms)
    for finding in findings:
        typer.echo(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.text}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(3)


@app.command()
def bypass(
    state: Annotated[str, typer.Argument(help="on or off.")],
    log: Annotated[Path, typer.Option("--log", help="The edge's log folder.")],
) -> None:
    """Let every call through, or end that; the edge follows within a second."""
    from haodun.edge.serve import set_bypass

    if state not in ("on", "off"):
        raise CommandError(f"bypass {state}: say on or off")
    changed = set_bypass(log, on=state == "on")
    typer.echo(f"bypass is {state}" + ("" if changed else ", as it was"))
