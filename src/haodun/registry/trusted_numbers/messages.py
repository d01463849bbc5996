"""What the centre exchanges with other nodes: its signed directory, whole to whoever is new to it, else by deltas.

A file goes in pieces that fit an envelope; a node's stream is in order, so they come in order. It is executed once
every live edge of the receiving node has it. A node that does not hold the version a delta changes refuses it, and gets
the whole file with the next offer.
"""

from __future__ import annotations

from hashlib import sha256
from uuid import UUID

import msgspec
from django.db import transaction
from django.utils import timezone

from haodun.federation.services import Answer, Received, Refuse, executed, own_name, reachable, send, subscribe
from haodun.offices.organisations.services import system
from haodun.registry.restrictions.services import owe
from haodun.registry.trusted_numbers.documents import DirectoryError
from haodun.registry.trusted_numbers.models import DirectoryOffered, DirectoryPiece, DirectoryVersion, OtherItem
from haodun.registry.trusted_numbers.other_directories import NotHeldError, keep, lapse
from haodun.registry.trusted_numbers.publishing import directory_folder, newest, public_key
from haodun.screening.snapshot import PublicKey

KIND = "directory"
PIECE = 500_000
"""Characters of one piece: at most two megabytes as UTF-8."""
MAX_PIECES = 1_000


class Piece(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Schema 1 of kind `directory`."""

    head: str
    key: str
    part: int
    parts: int
    signature: str
    text: str
    whole: bool


def register() -> None:
    """Take the directories of other nodes, and hear what becomes of ours."""
    subscribe(KIND, 1, take, zh="可信号码目录", en="Trusted directory", undo=undo, heard=heard)


def offer() -> list[str]:
    """Send the newest version to each node that may get it and has not; their names."""
    with system(), transaction.atomic():
        row = newest()
        nodes = reachable(KIND)
        if row is None or not nodes:
            return []
        sent = {one.node: one.version for one in DirectoryOffered.objects.select_for_update().filter(node__in=nodes)}
        due = [node for node in nodes if sent.get(node, 0) < row.version]
        for node in due:
            message = _send(node, row, whole=sent.get(node) != row.version - 1 or row.version == 1)
            DirectoryOffered.objects.update_or_create(node=node, defaults={"version": row.version, "message": message})
    return due


def _send(node: str, row: DirectoryVersion, *, whole: bool) -> UUID:
    folder = directory_folder() / str(row.version)
    head = (folder / "head.json").read_text(encoding="utf-8")
    text = (folder / ("full.json" if whole else "delta.json")).read_text(encoding="utf-8")
    signature, key = (folder / "head.sig").read_bytes().hex(), public_key().raw.hex()
    pieces = [text[at : at + PIECE] for at in range(0, len(text), PIECE)]
    sent = [
        send(KIND, [node], msgspec.structs.asdict(Piece(head, key, part, len(pieces), signature, piece, whole)))
        for part, piece in enumerate(pieces, start=1)
    ]
    return sent[-1]


def take(received: Received) -> None:
    """Keep a piece; with the last one, the directory. Refuse."""
    try:
        said = msgspec.convert(dict(received.body), Piece)
        signature, key = bytes.fromhex(said.signature), PublicKey(bytes.fromhex(said.key))
        head = said.head.encode("utf-8")
        said.text.encode("utf-8")
    except (msgspec.ValidationError, ValueError) as error:
        raise Refuse("bad_body", f"it is no directory of schema 1: {error}") from error
    if not 1 <= said.part <= said.parts <= MAX_PIECES or len(said.text) > PIECE:
        raise Refuse("bad_body", f"a directory comes in 1 to {MAX_PIECES} pieces of at most {PIECE} characters")
    file = _joined(received.issuer, said)
    if file is None:
        executed(received.id, {"piece": said.part, "of": said.parts}, own=received.own)
        return
    with system():
        try:
            change = keep(
                received.issuer,
                head,
                signature,
                key,
                file.encode("utf-8"),
                whole=said.whole,
                at=timezone.now(),
            )
        except DirectoryError as error:
            raise Refuse("not_held" if isinstance(error, NotHeldError) else "directory", str(error)) from error
    _answer(received, change)


def _joined(node: str, said: Piece) -> str | None:
    """The file, once this is its last piece; None before. Refuse."""
    digest = _digest(said.head)
    held = DirectoryPiece.objects.filter(node=node).order_by("part")
    if said.part == 1:
        held.delete()
    elif held.filter(head=digest).count() != said.part - 1:
        raise Refuse("not_held", "a piece came without the pieces before it; send the whole file again")
    if said.part < said.parts:
        DirectoryPiece.objects.create(node=node, head=digest, part=said.part, text=said.text)
        return None
    text = "".join([*held.values_list("text", flat=True), said.text])
    held.delete()
    return text


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8")).hexdigest()


def _answer(received: Received, change: int) -> None:
    """`executed` is said once every live edge has the change; at once where no item changed."""
    if change == 0:
        executed(received.id, {"done": "no item changed"}, own=received.own)
        return
    owe(received.id, change=change, numbers=OtherItem.objects.filter(node=received.issuer, change=change).count())


def undo(asked: Received, before: Received) -> None:
    """A recall takes the issuer's whole directory off the lists, until it sends a newer one."""
    with system():
        nodes = lapse(timezone.now(), node=before.issuer)
    executed(asked.id, {"was_in_force": bool(nodes)}, own=asked.own)


def heard(answer: Answer) -> None:
    """A node that does not hold what a delta changes gets the whole file next."""
    if answer.status == "refused" and answer.code == "not_held" and answer.own == own_name():
        DirectoryOffered.objects.filter(node=answer.node).delete()
