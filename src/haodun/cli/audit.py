"""`haodun audit`: is the ledger what it was; a proof for one entry; the erasure of a subject."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from haodun.cli.errors import BAD_INPUT, CommandError

if TYPE_CHECKING:
    from haodun.audit.verifying import Verification

app = typer.Typer(help="The ledger: verify it, prove an entry, erase a subject.", no_args_is_help=True)

Data = Annotated[Path, typer.Option("--data", envvar="HAODUN_DATA", help="The data folder.")]
Public = Annotated[
    Path | None, typer.Option("--public", help="The checkpoints' public key (PEM); best a copy kept elsewhere.")
]
Checkpoints = Annotated[
    Path | None, typer.Option("--checkpoints", help="A folder of checkpoints; best a copy kept elsewhere.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
DEFAULT = Path("haodun-data")


@contextmanager
def _database(data: Path) -> Iterator[None]:
    from haodun.console.database import running
    from haodun.console.setup import configure

    os.environ["HAODUN_DATA"] = str(data.resolve())
    with running(data) as urls:
        urls.export()
        configure()
        yield


def _key(data: Path, public: Path | None) -> Any:
    from haodun.audit.checkpoints import public_key

    return public_key(public or data / "keys" / "checkpoint.pub")


@app.command()
def verify(
    data: Data = DEFAULT,
    checkpoints: Checkpoints = None,
    public: Public = None,
    proof: Annotated[
        Path | None, typer.Option("--proof", help="Check this proof instead; needs no database, only the key.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Hold the ledger against its checkpoints, or check a proof; exit 3 and the places where something was changed."""
    if proof is not None:
        _verify_proof(proof, _key(data, public), as_json=as_json)
        return
    from haodun.audit.checkpoints import Folder, read_all

    folder = Folder(checkpoints or data / "checkpoints")
    if checkpoints is not None and not checkpoints.is_dir():
        raise CommandError(f"{checkpoints} is no folder of checkpoints")
    kept = list(folder.history())
    known, refused = read_all(kept, _key(data, public)) if kept else ([], [])
    with _database(data):
        from haodun.audit.verifying import verify as verify_ledger

        found = verify_ledger(known, refused=refused)
    if checkpoints is None or public is None:
        found.remarks.append(
            "checkpoints and key were this installation's own: whoever rules it could have forged both; "
            "give copies kept elsewhere with --checkpoints and --public"
        )
    typer.echo(json.dumps(_as_json(found), ensure_ascii=False) if as_json else _as_text(found))
    if not found.whole:
        raise typer.Exit(BAD_INPUT)


def _verify_proof(path: Path, key: Any, *, as_json: bool) -> None:
    from haodun.audit.proving import check_proof

    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CommandError(f"{path} is no proof ({error})", exit_code=BAD_INPUT) from error
    shown = check_proof(said, key)
    typer.echo(json.dumps({"ok": True, "said": shown.said}, ensure_ascii=False) if as_json else f"proven: {shown.said}")


def _as_text(found: Verification) -> str:
    covered = found.covered
    upto = f", the last of {covered.at.isoformat()} at place {covered.size}" if covered else ""
    lines = [f"sealed entries: {found.sealed}; checkpoints that agree: {found.checkpoints}{upto}"]
    lines += [f"CHANGED  {one.said}" for one in found.findings]
    lines += [f"CHANGED  and {found.untold} more findings"] if found.untold else []
    lines += [f"remark   {said}" for said in found.remarks]
    return "\n".join([*lines, "the ledger is whole" if found.whole else "THE LEDGER WAS CHANGED"])


def _as_json(found: Verification) -> dict[str, Any]:
    return {
        "ok": found.whole,
        "sealed": found.sealed,
        "unsealed": found.unsealed,
        "checkpoints": found.checkpoints,
        "covered": found.covered.size if found.covered else 0,
        "findings": [{"code": one.code, "place": one.place, "said": one.said} for one in found.findings],
        "untold": found.untold,
        "remarks": found.remarks,
    }


@app.command()
def prove(
    entry: Annotated[int | None, typer.Argument(help="The entry's id.")] = None,
    item: Annotated[int | None, typer.Option("--item", help="One item of a bulk act, numbered from 0.")] = None,
    since: Annotated[
        Path | None, typer.Option("--since", help="Prove that the ledger continues this older checkpoint (a file).")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="A new file; without it, standard output.")] = None,
    data: Data = DEFAULT,
) -> None:
    """Write a proof that others check offline: an entry stands in the ledger, or the ledger continues an older one."""
    from haodun.audit.checkpoints import Folder, kept_file

    if (entry is None) == (since is None):
        raise CommandError("name an entry, or --since an older checkpoint")
    latest = Folder(data / "checkpoints").latest()
    if latest is None:
        raise CommandError(f"{data}/checkpoints holds no checkpoint yet; run `haodun manage seal --once`")
    if out is not None and out.exists():
        raise CommandError(f"{out} is there already; name a new file")
    key = _key(data, None)
    with _database(data):
        from haodun.audit.proofs import prove as prove_entry
        from haodun.audit.proofs import prove_since

        if since is not None:
            proof = prove_since(kept_file(since), latest, key)
        elif entry is not None:
            proof = prove_entry(entry, latest, key, item=item)
    text = json.dumps(proof, ensure_ascii=False, indent=2)
    if out is None:
        typer.echo(text)
    else:
        out.write_text(text + "\n", encoding="utf-8")
        typer.echo(f"wrote {out}; whoever holds the public key checks it with `haodun audit verify --proof {out}`")


@app.command()
def erase(
    subject: Annotated[str, typer.Argument(help="The subject's id.")],
    basis: Annotated[str, typer.Option("--basis", help="The request, the statute, or the end of keeping.")],
    data: Data = DEFAULT,
) -> None:
    """Delete what a subject id means; the entries stay, and one more says that it was erased and on what basis."""
    try:
        identity = uuid.UUID(subject)
    except ValueError as error:
        raise CommandError(f"{subject} is no subject id; it looks like {uuid.UUID(int=0)}") from error
    with _database(data):
        from haodun.audit.looking import erase as erase_subject

        entry = erase_subject(identity, actor=None, organisation=None, basis=basis, purpose="haodun audit erase")
    typer.echo(f"erased {identity}; entry {entry} says so")
