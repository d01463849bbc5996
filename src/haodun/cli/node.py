"""`haodun node`: this installation among others: its name and key, how the exchange stands, a round of exchange."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from haodun.cli.errors import CommandError

app = typer.Typer(help="This node among others: key, standing, exchange.", no_args_is_help=True)

Data = Annotated[Path, typer.Option("--data", envvar="HAODUN_DATA", help="The data folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
DEFAULT = Path("haodun-data")


@contextmanager
def _database(data: Path) -> Iterator[None]:
    from haodun.console.database import running
    from haodun.console.setup import configure, migrate_if_new, prepare_keys

    os.environ["HAODUN_DATA"] = str(data.resolve())
    prepare_keys(data)
    with running(data) as urls:
        urls.export()
        configure()
        migrate_if_new(urls)
        yield


@app.command()
def init(
    operator: Annotated[
        str, typer.Option("--operator", help="The organisation that runs this node: id, credit code or Chinese name.")
    ] = "",
    data: Data = DEFAULT,
) -> None:
    """Make this node's key where it has none, and say which organisation runs it; prints what others enrol it with."""
    with _database(data):
        from haodun.federation.models import OwnKey
        from haodun.federation.services import make_own_key, own_name
        from haodun.offices.peering.services import run_by

        if own_name() == "local":
            raise CommandError("this node is called local, as all are at first; name it with HAODUN_NODE")
        if operator:
            run_by(_organisation(operator))
        if not OwnKey.objects.filter(own=own_name()).exists():
            make_own_key()
        typer.echo("\n".join(_identity()))


def _organisation(said: str) -> UUID:
    from django.db.models import Q

    from haodun.offices.organisations.services import find

    wanted = Q(uscc=said) | Q(name_zh=said)
    with suppress(ValueError):
        wanted |= Q(id=UUID(said))
    found = list(find().filter(wanted)[:2])
    if len(found) != 1:
        raise CommandError(f"{said} is not exactly one organisation here; give its id or credit code")
    return found[0].id


def _identity() -> list[str]:
    from haodun.federation.services import fingerprint, own_key, own_name

    public = bytes(own_key().public)
    return [
        f"node         {own_name()}",
        f"public key   {public.hex()}",
        f"fingerprint  {fingerprint(public)}",
    ]


@app.command()
def show(as_json: AsJson = False, data: Data = DEFAULT) -> None:
    """This node's name, public key and fingerprint, and how the exchange with each other node stands."""
    with _database(data):
        from haodun.federation.services import fingerprint, own_key, own_name, standings

        key, found = own_key(), standings()
        if as_json:
            public = bytes(key.public)
            node = {"name": own_name(), "public": public.hex(), "fingerprint": fingerprint(public)}
            typer.echo(json.dumps({"node": node, "peers": [_peer(one) for one in found]}, ensure_ascii=False))
            return
        typer.echo("\n".join([*_identity(), *(_line(one) for one in found)]))


def _line(one: Any) -> str:
    gaps = ", ".join(f"{first}–{last}" for first, last in one.gaps) or "none"
    heard = one.contact_at.isoformat(timespec="seconds") if one.contact_at else "never"
    state = "active" if one.active else "suspended"
    return (
        f"{one.name}: {state}{', STOPPED: ' + one.stopped if one.stopped else ''}; sent {one.sent}, of these "
        f"{one.acknowledged} there, {one.unanswered} unanswered, {one.unsent} waiting; taken {one.taken}, "
        f"gaps {gaps}; quarantine {one.quarantined}; heard {heard}{'; ' + one.trouble if one.trouble else ''}"
    )


def _peer(one: Any) -> dict[str, Any]:
    moments = ("contact_at", "oldest_unanswered", "trouble_at")
    names = (
        "name", "active", "stopped", "trouble", "sent", "acknowledged", "unsent", "unanswered", "unexecuted",
        "refused", "taken", "early", "gaps", "repeats", "dropped", "quarantined",
    )  # fmt: skip
    found = {name: getattr(one, name) for name in names}
    return found | {name: value.isoformat() if (value := getattr(one, name)) else None for name in moments}


@app.command()
def exchange(
    peer: Annotated[str | None, typer.Option("--peer", help="With this node only.")] = None,
    as_json: AsJson = False,
    data: Data = DEFAULT,
) -> None:
    """One round with every node: fetch, take in turn, send. `haodun serve` does it by itself."""
    with _database(data):
        from haodun.offices.peering.services import exchange_all

        rounds = exchange_all(peer)
        if as_json:
            said = [
                {"peer": one.peer, "came": one.came, "taken": one.taken, "put": one.put, "trouble": one.trouble}
                for one in rounds
            ]
            typer.echo(json.dumps({"rounds": said}, ensure_ascii=False))
            return
        for one in rounds:
            came = ", ".join(f"{count} {name}" for name, count in one.came.items() if count) or "nothing"
            typer.echo(
                f"{one.peer}: came {came}; taken {one.taken}; put {one.put}{'; ' + one.trouble if one.trouble else ''}"
            )
        if not rounds:
            typer.echo("no other node is enrolled and active" if peer is None else f"{peer} is no active node here")
