"""Directories of other nodes as held here: taken whole or by deltas, checked, on the lists while their issuer speaks.

Theory of operation. A node's items replace what was held of it in one transaction, and only once the root that its head
signs was computed from them anew. An item that changed gets the number of a change, so that the next snapshot carries
it as it carries an entry of this node's own centre; an own entry of the same number goes before. A directory whose head
is past its end counts no more (`lapse`): a list that nobody renews must not let calls through, or stop them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from django.db import transaction
from pydantic import ValidationError

from haodun.numbering import parse
from haodun.offices.transitions.services import emit
from haodun.registry.restrictions.services import next_change
from haodun.registry.trusted_numbers.documents import DirectoryError, Head, Item, apply_delta, read_full, read_head
from haodun.registry.trusted_numbers.facts import TrustedChanged
from haodun.registry.trusted_numbers.models import OtherDirectory, OtherItem
from haodun.screening.snapshot import Name, Named, PublicKey

BATCH = 2_000
USCC = 18
"""Characters of a unified social credit code (GB 32100-2015)."""
LATEST = 2**33
"""Seconds since the epoch: the year 2242."""
_SHOWN = ("holder", "uscc", "zh", "en", "inbound_only", "until")


class NotHeldError(DirectoryError):
    """A delta changes a version that is not held here; the issuer must send the whole file."""


def keep(node: str, head: bytes, signature: bytes, key: PublicKey, file: bytes, *, whole: bool, at: datetime) -> int:
    """Hold a version of a node's directory; the change that carries it, 0 where no item changed. DirectoryError."""
    said = read_head(head, signature, key)
    if said.issuer != node:
        raise DirectoryError(f"the head was issued by {said.issuer} and came from {node}; send one's own directory")
    if said.expires_ms <= at.timestamp() * 1000:
        raise DirectoryError(f"version {said.version} is past its end; publish anew and send that")
    with transaction.atomic():
        held = OtherDirectory.objects.select_for_update().filter(node=node).first()
        if held is not None and held.version >= said.version:
            raise DirectoryError(f"version {held.version} is held and {said.version} is not newer; send the newest")
        items = read_full(said, file) if whole else _from_delta(said, file, held)
        _check(items)
        change = _replace(node, items, anew=held is not None and held.lapsed_at is not None)
        OtherDirectory.objects.update_or_create(
            node=node,
            defaults={
                "version": said.version,
                "head": head.decode("utf-8"),
                "signature": signature.hex(),
                "key": key.raw.hex(),
                "expires_at": datetime.fromtimestamp(said.expires_ms / 1000, UTC),
                "came_at": at,
                "lapsed_at": None,
            },
        )
    return change


def lapse(at: datetime, node: str | None = None) -> list[str]:
    """No item counts of directories that are past their end, or of this node's; their nodes."""
    with transaction.atomic():
        rows = OtherDirectory.objects.select_for_update().filter(lapsed_at=None).order_by("node")
        found = list(rows.filter(expires_at__lte=at) if node is None else rows.filter(node=node))
        if not found:
            return []
        change = next_change()
        nodes = [row.node for row in found]
        OtherItem.objects.filter(node__in=nodes, gone=False).update(change=change)
        OtherDirectory.objects.filter(node__in=nodes).update(lapsed_at=at)
        emit(TrustedChanged("lapsed", change))
    return nodes


def _from_delta(head: Head, file: bytes, held: OtherDirectory | None) -> list[Item]:
    if held is None or held.version != head.parent:
        raise NotHeldError(f"version {head.parent} of the directory is not held here; send the whole file")
    data, signature = held.head.encode("utf-8"), bytes.fromhex(held.signature)
    parent = read_head(data, signature, PublicKey(bytes.fromhex(held.key)))
    rows = OtherItem.objects.filter(node=held.node, gone=False).order_by("number")
    return apply_delta(head, file, parent=parent, items=[_item(row) for row in rows.iterator(BATCH)])


def _check(items: Iterable[Item]) -> None:
    """What a signature does not say: numbers are numbers, and names are what a snapshot and its edges take."""
    for one in items:
        number = parse(f"+{one.number}")
        if not number.is_number or number.key != one.number:
            raise DirectoryError("the directory names a number that is none in international form (E.164)")
        try:
            Named(holder=one.holder, name=Name(zh=one.zh, en=one.en), numbers=(one.number,), trunks=(), until=one.until)
        except ValidationError as error:
            raise DirectoryError("the directory has an item that no telephone could show") from error
        if "\x00" in one.holder + one.uscc or len(one.uscc) > USCC or one.until >= LATEST:
            raise DirectoryError("the directory has an item whose code or end is none")


def _replace(node: str, items: Sequence[Item], *, anew: bool) -> int:
    """Make the held items these; the change that carries the difference, 0 for none."""
    held = {row.number: row for row in OtherItem.objects.filter(node=node)}
    new = {one.number: _row(node, one) for one in items}
    changed = [row for number, row in new.items() if anew or _differs(held.get(number), row)]
    gone = [row for number, row in held.items() if number not in new and not row.gone]
    if not changed and not gone:
        return 0
    change = next_change()
    for row in changed:
        before = held.get(row.number)
        stays = before is not None and not anew and not before.gone and before.inbound_only == row.inbound_only
        row.change, row.placed_change = change, before.placed_change if before is not None and stays else change
    for row in gone:
        row.gone, row.change = True, change
    OtherItem.objects.bulk_create(
        [*changed, *gone],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["node", "number"],
        update_fields=[*_SHOWN, "gone", "placed_change", "change"],
    )
    emit(TrustedChanged("directory", change))
    return change


def _differs(before: OtherItem | None, after: OtherItem) -> bool:
    return before is None or before.gone or any(getattr(before, name) != getattr(after, name) for name in _SHOWN)


def _row(node: str, one: Item) -> OtherItem:
    return OtherItem(
        node=node,
        number=one.number,
        holder=one.holder,
        uscc=one.uscc,
        zh=one.zh,
        en=one.en,
        inbound_only=one.inbound_only,
        until=datetime.fromtimestamp(one.until, UTC),
    )


def _item(row: OtherItem) -> Item:
    return Item(
        number=row.number,
        holder=row.holder,
        uscc=row.uscc,
        zh=row.zh,
        en=row.en,
        inbound_only=row.inbound_only,
        until=int(row.until.timestamp()),
    )
