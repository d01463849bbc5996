"""`haodun snapshot`: make keys, build a signed snapshot, look into it, verify it, compare two."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypedDict

import typer

from haodun.cli.errors import CommandError

if TYPE_CHECKING:
    from haodun.screening.snapshot import Manifest, Snapshot, Trust

app = typer.Typer(help="Build, verify and compare signed snapshots.", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(help="The snapshot's folder.")]
Key = Annotated[Path, typer.Option("--key", help="The issuer's private key (PEM).")]
OfList = Annotated[list[str], typer.Option("--list", help="NAME=FILE: entries of a list, of a delta those to add.")]
Remove = Annotated[list[str], typer.Option("--remove", help="NAME=FILE: numbers that a delta removes.")]
PolicyFile = Annotated[str | None, typer.Option("--policy", help="A shipped pack or a YAML file (default cn).")]
TrunksFile = Annotated[Path | None, typer.Option("--trunks", help="The trunks file to carry along.")]
Issuer = Annotated[str, typer.Option("--issuer", help="Who issues it.")]
Version = Annotated[int, typer.Option("--version", help="Its number, above every earlier one.")]
Parent = Annotated[int, typer.Option("--parent", help="The version that it follows; 0 for none.")]
Base = Annotated[list[Path], typer.Option("--base", help="The full snapshot and the deltas on it, in order.")]
Expires = Annotated[str, typer.Option("--expires", help="Date or UTC time after which it is not taken any more.")]
Approver = Annotated[list[str], typer.Option("--approver", help="NAME=KEY: an approver signs the new blocks.")]
Out = Annotated[Path, typer.Option("--out", help="A new folder.")]
TrustKey = Annotated[Path | None, typer.Option("--trust", help="The issuer's public key (PEM), or a trust file.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


@app.command()
def keygen(out: Annotated[Path, typer.Option("--out", help="Path without suffix.")] = Path("snapshot")) -> None:
    """Make an Ed25519 key pair: OUT.key (mode 0600, keep it) and OUT.pub (give it to the edges)."""
    from haodun.screening.snapshot import Signer

    signer = Signer.generate()
    private, public = Path(f"{out}.key"), Path(f"{out}.pub")
    signer.save(private, public)
    typer.echo(f"{private} (secret), {public}: key {signer.key_id}")


class _When(TypedDict):
    """What every drafting is told of time."""

    version: int
    created_ms: int
    expires_ms: int


@app.command()
def build(
    key: Key,
    issuer: Issuer,
    version: Version,
    expires: Expires,
    out: Out,
    policy: PolicyFile = None,
    lists: OfList = [],  # noqa: B006 (typer wants it; it is never changed)
    remove: Remove = [],  # noqa: B006
    trunks: TrunksFile = None,
    parent: Parent = 0,
    base: Base = [],  # noqa: B006
    approver: Approver = [],  # noqa: B006
) -> None:
    """Build a full snapshot, or with --base a delta, and sign it."""
    from haodun.screening.snapshot import Content, Signer, Trust, draft, draft_delta
    from haodun.screening.snapshot.entries import read_entries

    signer = Signer.load(key)
    chain = _opened(base, Trust(issuer=None, keys=(signer.public,))) if base else None
    _check_build(chain, issuer=issuer, remove=remove, parent=parent)
    when: _When = {"version": version, "created_ms": _now_ms(), "expires_ms": _moment(expires)}
    adds = {name: read_entries(path) for name, path in _named(lists, "--list").items()}
    carried = None if trunks is None else _text(trunks, "--trunks")
    if chain is None:
        content = Content(policy_yaml=_policy_text(policy or "cn"), lists=adds, trunks_yaml=carried)
        drafted = draft(content, issuer=issuer, parent=parent, **when)
    else:
        removes = {
            name: read_entries(path, ends=False).numbers.tolist() for name, path in _named(remove, "--remove").items()
        }
        text = None if policy is None else _policy_text(policy)
        drafted = draft_delta(chain, adds=adds, removes=removes, policy_yaml=text, trunks_yaml=carried, **when)
    keys = {name: Signer.load(place) for name, place in _named(approver, "--approver").items()}
    manifest = drafted.write(out, signer, [drafted.approve(name, own, chain) for name, own in keys.items()])
    typer.echo(f"{_words(manifest)}\n{out}")


def _check_build(base: Snapshot | None, *, issuer: str, remove: list[str], parent: int) -> None:
    if base is None and remove:
        raise CommandError("--remove: a full snapshot holds what --list says; only a delta (--base) removes numbers")
    if base is not None and base.manifest.issuer != issuer:
        raise CommandError(f"--issuer {issuer}: the base was issued by {base.manifest.issuer}; only its issuer goes on")
    if base is not None and parent not in (0, base.version):
        raise CommandError(f"--parent {parent}: the base is version {base.version}; leave --parent out")


@app.command()
def inspect(folder: Folder, as_json: AsJson = False) -> None:
    """Show what a snapshot says it is; neither signature nor parts are checked, see `verify`."""
    from haodun.screening.snapshot import read_unverified

    manifest = read_unverified(folder)
    if as_json:
        typer.echo(json.dumps(manifest.model_dump(mode="json") | {"digest": manifest.digest}, ensure_ascii=False))
        return
    typer.echo(_words(manifest))
    for part in manifest.parts:
        typer.echo(f"  {part.size:>14,} B  {part.name}")
    typer.echo("not verified: `haodun snapshot verify --trust PUBKEY` checks the signature and every part")


@app.command()
def verify(folder: Folder, trust: TrustKey = None, base: Base = [], as_json: AsJson = False) -> None:  # noqa: B006
    """Check signature, moment and every part, as an edge does when it is offered; a delta needs --base."""
    from haodun.screening.snapshot import open_snapshot

    believed = _trusted(trust)
    chain = _opened(base, believed) if base else None
    snapshot = open_snapshot(folder, trust=believed, now_ms=_now_ms(), base=chain)
    if as_json:
        typer.echo(json.dumps({"valid": True, "name": snapshot.name, "counts": snapshot.manifest.counts}))
    else:
        typer.echo(_words(snapshot.manifest))
        typer.echo(f"valid: signed by key {snapshot.manifest.key_id}, every part is what was signed")


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="The earlier full snapshot.")],
    new: Annotated[Path, typer.Argument(help="The later snapshot; a delta is taken on the earlier one.")],
    trust: TrustKey = None,
    as_json: AsJson = False,
) -> None:
    """Say in words what differs: numbers added and removed by list, rules, trunks, numbers newly blocked."""
    from haodun.screening.snapshot.difference import diff_snapshots

    believed = _trusted(trust)
    earlier = _opened([old], believed)
    later = _opened([new], believed, base=earlier)
    found = diff_snapshots(earlier, later)
    typer.echo(json.dumps(found.to_dict(), ensure_ascii=False) if as_json else str(found))


@app.command()
def approve(
    folder: Annotated[Path, typer.Argument(help="The draft's folder, with `new` and `parent` in it.")],
    key: Annotated[Path, typer.Option("--key", help="The approver's own private key (PEM).")],
    approver: Annotated[str, typer.Option("--approver", help="The approver's name, as the trust files have it.")],
    out: Annotated[Path, typer.Option("--out", help="A new file for the signatures.")],
    trust: TrustKey = None,
    numbers: Annotated[
        Path | None, typer.Option("--numbers", help="Also write what is newly blocked, to hold against the orders.")
    ] = None,
) -> None:
    """Say what a draft would newly block and lift, and sign exactly that; away from the console, with one's own key."""
    from haodun.screening.snapshot import Signer, draft_words, open_draft, sign_draft

    for place in (out, numbers):
        if place is not None and place.exists():
            raise CommandError(f"{place} is there already; nothing is written over, name another file")
    new, parent = open_draft(folder, trust=_trusted(trust))
    file = sign_draft(new, parent, approver_id=approver, signer=Signer.load(key))
    if numbers is not None:
        _write_numbers(numbers, new, parent)
    out.write_bytes(file.encode())
    typer.echo(f"{draft_words(new, parent)}\nsigned by {approver} with key {file.key_id}: {out}")


def _write_numbers(path: Path, new: Snapshot, parent: Snapshot | None) -> None:
    from haodun.screening.snapshot.approving import draft_blocks

    lines = (f"{name} +{number}\n" for name, found in draft_blocks(new, parent).items() for number in found.tolist())
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.writelines(lines)


def _opened(folders: list[Path], trust: Trust, *, base: Snapshot | None = None) -> Snapshot:
    """The last of a chain of snapshots, each taken on the one before; expiry is not asked."""
    from haodun.screening.snapshot import load_snapshot

    for folder in folders:
        base = load_snapshot(folder, trust=trust, base=base)
    if base is None:
        raise CommandError("--base: name the folder of a snapshot")
    return base


def _trusted(path: Path | None) -> Trust:
    from haodun.screening.snapshot import load_trust

    return load_trust(trusted_key(path))


def trusted_key(path: Path | None) -> Path:
    """The issuer's public key: as given, or the one in the data folder."""
    place = path or Path(os.environ.get("HAODUN_DATA") or "haodun-data") / "keys" / "snapshot.pub"
    if path is None and not place.is_file():
        raise CommandError(f"--trust is needed: the issuer's public key (PEM), since there is no {place}")
    return place


def _policy_text(source: str) -> str:
    """The YAML of a shipped pack or a file."""
    from haodun.screening.policy import policy_files
    from haodun.screening.policy.source import POLICY_FILE

    files = policy_files(source)
    if len(files) > 1:
        other = next(name for name in files if name != POLICY_FILE)
        raise CommandError(f"--policy {source}: its list file {other} cannot come along; give it with --list NAME=FILE")
    return files[POLICY_FILE]


def _text(path: Path, option: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{option} {path} cannot be read as UTF-8 text; check path and encoding") from error


def _named(pairs: list[str], option: str) -> dict[str, Path]:
    """NAME=FILE, several times."""
    found: dict[str, Path] = {}
    for pair in pairs:
        name, equals, path = pair.partition("=")
        if not (name and equals and path) or name in found:
            raise CommandError(f"{option} {pair}: write NAME=FILE, each name once")
        found[name] = Path(path)
    return found


def _moment(text: str) -> int:
    from haodun.screening.policy.reading import parse_date

    moment = parse_date(text)
    if moment is None:
        raise CommandError(f"--expires {text}: write 2027-01-31 or 2027-01-31T12:00:00Z")
    return moment


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _words(manifest: Manifest) -> str:
    """A snapshot on a few lines."""
    follows = f", follows {manifest.parent}" if manifest.parent else ""
    created, expires = (
        datetime.fromtimestamp(moment / 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for moment in (manifest.created_ms, manifest.expires_ms)
    )
    policy = manifest.policy
    lines = [
        f"{manifest.kind} snapshot {manifest.version} of {manifest.issuer}{follows}; key {manifest.key_id}",
        f"created {created}, not taken after {expires}",
        f"policy {policy.id} {policy.version} ({policy.digest[:8]}), content {manifest.content[:16]}",
        *(f"list {name}: {count:,}" for name, count in manifest.counts.items()),
    ]
    if manifest.approvals:
        lines.append("signed by " + ", ".join(approval.approver_id for approval in manifest.approvals))
    return "\n".join(lines)
